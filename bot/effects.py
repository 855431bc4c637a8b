"""The durable "do this, at this time" table: enqueue, claim, run, retry, give up.

A use case writes its effects in the transaction of its state change (`enqueue`). A worker claims what is due in
batches, runs it, and records the end of each together with whatever the effect has to write. What a worker had in
hand when it died is claimed again once its lease is over, or at once by the next worker on the same machine.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from random import Random
from typing import Any, Protocol

import sqlmodel
import structlog
from sqlalchemy import CursorResult, and_, bindparam, case, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from bot.clock import Clock
from bot.database import Database, Transaction, insert_into
from bot.trouble import Trouble
from models.effect import WAITING, Effect, EffectKind, EffectStatus
from models.workspace import Workspace

log = structlog.get_logger()

# Claimed at a time; in hand at a time; how long one may take; how long it is a worker's own unless prolonged; and how
# long a worker that stops waits for what it has in hand.
BATCH = 500
CAPACITY = 1000
LIMIT = timedelta(seconds=30)
LEASE = timedelta(minutes=2)
DRAIN = timedelta(seconds=1.5)


class Later(Exception):
    """Not now, but at `at` (UTC). Does not count as an attempt: whoever says so has told us when."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


class Hopeless(Exception):
    """Trying again cannot help; the reason is a code, never somebody's words."""


@dataclass(frozen=True, slots=True)
class Due:
    """An effect that a worker has claimed."""

    id: int
    workspace: Workspace
    kind: EffectKind
    key: str
    invitation_id: str | None
    payload: Mapping[str, Any]
    attempts: int
    generation: int


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
        """Do it. Raises `Later`, `Hopeless`, or anything else to be tried again."""
        ...

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """Write what follows from its never being done."""
        ...


@dataclass(frozen=True)
class Retry:
    """How often and how patiently an effect is tried again.

    The pauses double from `first` to `longest`; each is drawn between half of that and all of it, so that what
    failed together does not come back together.
    """

    attempts: int = 12
    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(hours=1)
    random: Random = field(default_factory=Random)

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after that many attempts."""
        doublings = min(attempts - 1, 30)
        full = min(self.longest, self.first * (1 << doublings))
        return full * self.random.uniform(0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An effect to be written: what, about what, and when (UTC)."""

    kind: EffectKind
    key: str
    due_at: datetime
    invitation_id: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


async def enqueue(transaction: Transaction, workspace: Workspace, wanted: Sequence[Wanted]) -> None:
    """Write effects. Where one with the same key waits already, it runs once more, no later than asked for now.

    Its attempts go on counting until one has succeeded: whoever runs it must know that it may have been done before.
    """
    if not wanted:
        return
    rows = [
        {
            "team_id": workspace.team_id,
            "enterprise_id": workspace.enterprise_id,
            "kind": effect.kind,
            "key": effect.key,
            "invitation_id": effect.invitation_id,
            "payload": effect.payload,
            "due_at": effect.due_at,
            "status": EffectStatus.WAITING,
            "attempts": 0,
            "generation": 0,
            "created_at": transaction.now,
        }
        for effect in wanted
    ]
    await transaction.session.exec(_insert_or_ask_again(transaction), params=rows)
    if any(effect.due_at <= transaction.now for effect in wanted):
        transaction.wakes_worker = True


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
        },
    )


async def cancel(
    transaction: Transaction, workspace: Workspace, invitation_id: str, kinds: Iterable[EffectKind]
) -> None:
    """Cancel what waits for an invitation and no longer matters."""
    await transaction.session.exec(
        update(Effect)
        .where(
            WAITING,
            col(Effect.invitation_id) == invitation_id,
            col(Effect.team_id) == workspace.team_id,
            col(Effect.kind).in_(list(kinds)),
        )
        .values(status=EffectStatus.CANCELLED, finished_at=transaction.now)
    )


_DUE = (
    select(col(Effect.id))
    .where(
        WAITING,
        col(Effect.due_at) <= bindparam("now"),
        or_(col(Effect.leased_until).is_(None), col(Effect.leased_until) <= bindparam("now")),
    )
    .order_by(col(Effect.due_at), col(Effect.id))
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(Effect)
    .where(col(Effect.id).in_(_DUE))
    .values(attempts=col(Effect.attempts) + 1, leased_until=bindparam("until"), lease_holder=bindparam("holder"))
    .returning(
        col(Effect.id),
        col(Effect.team_id),
        col(Effect.enterprise_id),
        col(Effect.kind),
        col(Effect.key),
        col(Effect.invitation_id),
        col(Effect.payload),
        col(Effect.attempts),
        col(Effect.generation),
    )
)


# Trouble outside is a line in the log; anything else is a fault of ours, with its traceback.
_EXPECTED = (Trouble, TimeoutError)


@dataclass(frozen=True, slots=True)
class _Done:
    aftermath: Aftermath | None


@dataclass(frozen=True, slots=True)
class _Postponed:
    at: datetime


@dataclass(frozen=True, slots=True)
class _Failed:
    reason: str


@dataclass(frozen=True, slots=True)
class _GivenUp:
    reason: str


_Outcome = _Done | _Postponed | _Failed | _GivenUp


class Runner:
    """Claims what is due and runs it. Several may run beside each other, in this process or in others."""

    def __init__(
        self, database: Database, performers: Mapping[EffectKind, Performer], clock: Clock, retry: Retry
    ) -> None:
        self._database = database
        self._performers = performers
        self._clock = clock
        self._retry = retry
        self._host = socket.gethostname()
        self._holder = f"{self._host}:{os.getpid()}"
        self._gates = {kind: asyncio.Semaphore(one.side_by_side) for kind, one in performers.items()}
        self._groups: set[asyncio.Task[None]] = set()
        self._in_hand = 0
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """Look at once for what is due, rather than at the next tick."""
        self._awake.set()

    async def serve(self, stop: asyncio.Event) -> None:
        """Run what is due, whenever woken, until `stop` is set; then let what is in hand finish, for a while."""
        await self.recover()
        heartbeat = asyncio.create_task(self._keep_leases())
        while not stop.is_set():
            self._awake.clear()
            try:
                claimed = await self._start_due(min(BATCH, CAPACITY - self._in_hand))
            except (SQLAlchemyError, OSError):
                log.exception("effects_not_claimed")
                claimed = 0
            if not claimed:
                await self._awake.wait()
        if self._groups:
            await asyncio.wait(self._groups, timeout=DRAIN.total_seconds())
        for task in (heartbeat, *self._groups):
            task.cancel()

    async def run_due(self) -> int:
        """Run what is due now, wait for it, and return how much it was."""
        claimed = await self._start_due(BATCH)
        while self._groups:
            await asyncio.wait(self._groups)
        return claimed

    async def recover(self) -> None:
        """Take back at once what workers of this machine had in hand when they died."""
        async with self._database.begin() as transaction:
            leased = and_(WAITING, col(Effect.leased_until).is_not(None))
            holders = await transaction.session.exec(sqlmodel.select(col(Effect.lease_holder)).where(leased).distinct())
            dead = [holder for holder in holders if holder and self._is_dead(holder)]
            if dead:
                await transaction.session.exec(
                    update(Effect)
                    .where(WAITING, col(Effect.lease_holder).in_(dead))
                    .values(leased_until=None, lease_holder=None)
                )

    async def _keep_leases(self) -> None:
        """Prolong the leases of what is in hand, for as long as this process lives."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            try:
                async with self._database.begin() as transaction:
                    await transaction.session.exec(
                        update(Effect)
                        .where(WAITING, col(Effect.lease_holder) == self._holder)
                        .values(leased_until=transaction.now + LEASE)
                    )
            except (SQLAlchemyError, OSError):
                log.exception("leases_not_kept")

    def _is_dead(self, holder: str) -> bool:
        """Whether the process is known to be gone. One with our own number is an earlier life of ours."""
        host, _, process = holder.rpartition(":")
        if host != self._host:
            return False
        return holder == self._holder or not _is_running(int(process))

    async def _start_due(self, limit: int) -> int:
        if limit <= 0:
            return 0
        claimed = await self._claim(limit)
        for group in self._grouped(claimed):
            self._in_hand += len(group)
            task = asyncio.create_task(self._run_group(group))
            self._groups.add(task)
            task.add_done_callback(self._finished(len(group)))
        return len(claimed)

    def _finished(self, count: int) -> Callable[[asyncio.Task[None]], None]:
        def forget(task: asyncio.Task[None]) -> None:
            self._groups.discard(task)
            self._in_hand -= count
            self._awake.set()
            if not task.cancelled() and (error := task.exception()):
                log.error("effects_not_recorded", exc_info=error)

        return forget

    async def _claim(self, limit: int) -> list[Due]:
        now = self._clock.now()
        async with self._database.begin() as transaction:
            connection = await transaction.session.connection()
            rows = await connection.execute(
                _CLAIM, {"now": now, "limit": limit, "until": now + LEASE, "holder": self._holder}
            )
            return [
                Due(row[0], Workspace(row[1], row[2]), row[3], row[4], row[5], row[6], row[7], row[8]) for row in rows
            ]

    def _grouped(self, claimed: Sequence[Due]) -> Iterable[Sequence[Due]]:
        for kind, effects in groupby(sorted(claimed, key=attrgetter("kind", "id")), key=attrgetter("kind")):
            members = list(effects)
            size = self._performers[kind].at_a_time
            for start in range(0, len(members), size):
                yield members[start : start + size]

    async def _run_group(self, group: Sequence[Due]) -> None:
        performer = self._performers[group[0].kind]
        outcomes: list[_Outcome]
        try:
            loaded = await performer.load(group)
        except Later as later:
            outcomes = [_Postponed(later.at)] * len(group)
        except _EXPECTED as trouble:
            log.warning("effects_not_loaded", kind=group[0].kind, count=len(group), why=_words(trouble))
            outcomes = [self._after_failure(due, trouble) for due in group]
        except Exception as error:
            log.exception("effects_not_loaded", kind=group[0].kind, count=len(group))
            outcomes = [self._after_failure(due, error) for due in group]
        else:
            outcomes = await asyncio.gather(*(self._attempt(performer, due, loaded.get(due.id)) for due in group))
        await self._record(performer, list(zip(group, outcomes, strict=True)))

    async def _attempt(self, performer: Performer, due: Due, loaded: Any) -> _Outcome:
        if due.attempts > self._retry.attempts:
            return _GivenUp("crashed")
        try:
            async with self._gates[due.kind], asyncio.timeout(LIMIT.total_seconds()):
                return _Done(await performer.run(due, loaded))
        except Later as later:
            return _Postponed(later.at)
        except Hopeless as hopeless:
            return _GivenUp(str(hopeless))
        except _EXPECTED as trouble:
            log.warning("effect_failed", effect=due.id, kind=due.kind, attempt=due.attempts, why=_words(trouble))
            return self._after_failure(due, trouble)
        except Exception as error:
            log.exception("effect_failed", effect=due.id, kind=due.kind, attempt=due.attempts)
            return self._after_failure(due, error)

    def _after_failure(self, due: Due, error: Exception) -> _Outcome:
        reason = type(error).__name__
        return _GivenUp(reason) if due.attempts >= self._retry.attempts else _Failed(reason)

    async def _record(self, performer: Performer, ended: Sequence[tuple[Due, _Outcome]]) -> None:
        """Record the ends of a group together; if that fails, one by one, so that one cannot hold up the others."""
        try:
            async with self._database.begin() as transaction:
                await self._write(transaction, performer, ended)
        except Exception as error:
            if len(ended) > 1:
                for one in ended:
                    await self._record(performer, [one])
                return
            due, outcome = ended[0]
            log.exception("effect_not_recorded", effect=due.id, kind=due.kind)
            if isinstance(outcome, _Failed | _Postponed):
                raise
            async with self._database.begin() as transaction:
                await self._write(transaction, performer, [(due, _Failed(type(error).__name__))])

    async def _write(
        self, transaction: Transaction, performer: Performer, ended: Sequence[tuple[Due, _Outcome]]
    ) -> None:
        done: dict[int, list[int]] = {}
        for due, outcome in ended:
            match outcome:
                case _Done(aftermath):
                    if aftermath is not None:
                        await aftermath(transaction)
                    done.setdefault(due.generation, []).append(due.id)
                case _Postponed(at):
                    await self._put_off(transaction, due, at, attempts=due.attempts - 1)
                case _Failed(reason):
                    pause = self._retry.pause(due.attempts)
                    await self._put_off(transaction, due, transaction.now + pause, due.attempts, reason)
                case _GivenUp(reason):
                    await performer.give_up(transaction, due, reason)
                    await self._end(transaction, [due.id], due.generation, EffectStatus.GIVEN_UP, reason)
        for generation, ids in done.items():
            await self._end(transaction, ids, generation, EffectStatus.DONE)

    async def _end(
        self, transaction: Transaction, ids: list[int], generation: int, status: EffectStatus, error: str | None = None
    ) -> None:
        """End those that were not asked for again while they ran; the others wait for their next turn."""
        mine = and_(WAITING, col(Effect.id).in_(ids))
        free = {"leased_until": None, "lease_holder": None}
        ended: CursorResult[Any] = await transaction.session.exec(
            update(Effect)
            .where(mine, col(Effect.generation) == generation)
            .values(status=status, finished_at=transaction.now, last_error=error, **free),
        )
        if ended.rowcount < len(ids):
            await transaction.session.exec(update(Effect).where(mine).values(attempts=0, **free))
            transaction.wakes_worker = True

    async def _put_off(
        self, transaction: Transaction, due: Due, at: datetime, attempts: int, error: str | None = None
    ) -> None:
        asked_again = col(Effect.generation) != due.generation
        await transaction.session.exec(
            update(Effect)
            .where(WAITING, col(Effect.id) == due.id)
            .values(
                due_at=case((asked_again, col(Effect.due_at)), else_=at),
                attempts=attempts,
                last_error=error,
                leased_until=None,
                lease_holder=None,
            )
        )


def _words(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
