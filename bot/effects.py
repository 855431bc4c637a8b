"""The durable "do this, at this time" table: what is to be done, and how those who do it look. `bot.runner` runs it.

A use case writes its effects in the transaction of its state change (`enqueue`); they are written last, in the order
of their keys, so that two transactions never wait for each other.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import and_, case, update
from sqlmodel import col

from bot.database import Transaction, insert_into
from models.effect import WAITING, Effect, EffectKind, EffectStatus
from models.workspace import Workspace


class Later(Exception):
    """Not now, but at `at` (UTC). Does not count as an attempt: whoever says so has told us when."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


class Hopeless(Exception):
    """Trying again cannot help; the reason is a code, never somebody's words."""


@dataclass(frozen=True, slots=True)
class Due:
    """An effect that a worker has claimed.

    Attributes:
        attempts: how often it has been taken, this time included; more than one means that it may have been done.
        faults: how many of those ended in a fault of ours, or with the death of the process; this one included.
        asked_at: when it was last asked for.
    """

    id: int
    workspace: Workspace
    kind: EffectKind
    key: str
    invitation_id: str | None
    payload: Mapping[str, Any]
    attempts: int
    faults: int
    generation: int
    asked_at: datetime


Aftermath = Callable[[Transaction], Awaitable[None]]
"""What an effect writes once it is done; committed together with its end."""


class Performer(Protocol):
    """How the effects of one kind are run.

    Attributes:
        at_a_time: how many are loaded together and recorded together.
        side_by_side: how many run at the same time in one process, so that an outside system is not overrun.
    """

    at_a_time: int
    side_by_side: int

    async def load(self, due: Sequence[Due]) -> Mapping[int, Any]:
        """Read, in one go, what these effects look at before they act; by effect id."""
        ...

    async def run(self, due: Due, loaded: Any) -> Aftermath | None:
        """Do it. Raises `Later` or `Busy` to be tried then, `Hopeless`, or anything else to be tried again."""
        ...

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """Write what follows from its never being done."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """An effect to be written: what, about what, and when (UTC)."""

    kind: EffectKind
    key: str
    due_at: datetime
    invitation_id: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


class _Outbox:
    """The effects of one transaction, by key, until it is about to be committed."""

    def __init__(self) -> None:
        self._wanted: dict[str, tuple[Workspace, Wanted]] = {}

    @classmethod
    def of(cls, transaction: Transaction) -> "_Outbox":
        found = next((hook for hook in transaction.before_commit if isinstance(hook, cls)), None)
        if found is None:
            found = cls()
            transaction.before_commit.append(found)
        return found

    def add(self, workspace: Workspace, wanted: Wanted) -> None:
        known = self._wanted.get(wanted.key)
        due = min(known[1].due_at, wanted.due_at) if known else wanted.due_at
        self._wanted[wanted.key] = workspace, replace(wanted, due_at=due)

    def drop(self, invitation_id: str, kinds: Iterable[EffectKind]) -> None:
        dropped = frozenset(kinds)
        self._wanted = {
            key: (workspace, wanted)
            for key, (workspace, wanted) in self._wanted.items()
            if wanted.invitation_id != invitation_id or wanted.kind not in dropped
        }

    async def __call__(self, transaction: Transaction) -> None:
        if not self._wanted:
            return
        rows = [
            {
                "team_id": workspace.team_id,
                "enterprise_id": workspace.enterprise_id,
                "kind": wanted.kind,
                "key": wanted.key,
                "invitation_id": wanted.invitation_id,
                "payload": wanted.payload,
                "due_at": wanted.due_at,
                "status": EffectStatus.WAITING,
                "attempts": 0,
                "faults": 0,
                "generation": 0,
                "created_at": transaction.now,
                "asked_at": transaction.now,
            }
            for _, (workspace, wanted) in sorted(self._wanted.items())
        ]
        await transaction.session.exec(_insert_or_ask_again(transaction), params=rows)
        if any(wanted.due_at <= transaction.now for _, wanted in self._wanted.values()):
            transaction.wakes_worker = True


async def enqueue(transaction: Transaction, workspace: Workspace, wanted: Sequence[Wanted]) -> None:
    """Write effects with the transaction. Where one with the same key waits, it runs once more, by then at the latest.

    Its attempts go on counting until one has succeeded: whoever runs it must know that it may have been done before.
    """
    for effect in wanted:
        _Outbox.of(transaction).add(workspace, effect)


async def cancel(
    transaction: Transaction, workspace: Workspace, invitation_id: str, kinds: Iterable[EffectKind]
) -> None:
    """Cancel what waits for an invitation and no longer matters."""
    pointless = list(kinds)
    _Outbox.of(transaction).drop(invitation_id, pointless)
    await transaction.session.exec(
        update(Effect)
        .where(
            WAITING,
            col(Effect.invitation_id) == invitation_id,
            col(Effect.team_id) == workspace.team_id,
            col(Effect.kind).in_(pointless),
        )
        .values(status=EffectStatus.CANCELLED, finished_at=transaction.now)
    )


def _insert_or_ask_again(transaction: Transaction) -> Any:
    insert = insert_into(transaction.session, Effect)
    asked = insert.excluded
    still_waiting = and_(col(Effect.leased_until).is_(None), col(Effect.due_at) < asked.due_at)
    return insert.on_conflict_do_update(
        index_elements=[col(Effect.key)],
        index_where=WAITING,
        set_={
            "due_at": case((still_waiting, col(Effect.due_at)), else_=asked.due_at),
            "payload": asked.payload,
            "generation": col(Effect.generation) + 1,
            "asked_at": asked.asked_at,
        },
    )
