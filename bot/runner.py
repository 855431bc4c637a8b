"""Claims the effects that are due, runs them, and records their ends: once, or again, or never.

Claiming is one statement in the database, so any number of runners work beside each other. A claim is a lease, kept up
while the process lives. What a process had in hand when it died is claimed again once its lease is over.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil
from operator import attrgetter
from random import Random
from typing import Any

import structlog
from sqlalchemy import and_, bindparam, case, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import col

from bot.clock import Clock
from bot.database import Database, Transaction
from bot.effects import Aftermath, Due, Hopeless, Later, Performer
from bot.trouble import Busy, Trouble
from models.effect import WAITING, Effect, EffectKind, EffectStatus
from models.workspace import Workspace

log = structlog.get_logger()

# Claimed at a time; in hand at a time; how long one may take; how long it is a worker's own unless prolonged; and how
# long a worker that stops waits for what it has in hand.
BATCH = 500
CAPACITY = 1000
LIMIT = timedelta(seconds=30)
LEASE = timedelta(seconds=15)
DRAIN = timedelta(seconds=1.5)

# Trouble outside is a line in the log; anything else is a fault of ours, with its traceback.
_EXPECTED = (Trouble, TimeoutError)


@dataclass(frozen=True)
class Retry:
    """How often and how patiently an effect is tried again.

    A fault of ours is tried `faults` times. Trouble outside is waited out for as long as `patience`. The pauses
    double from `first` to `longest`; each is drawn between half of that and all of it, so that what failed together
    does not come back together.
    """

    faults: int = 12
    patience: timedelta = timedelta(days=2)
    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(hours=1)
    random: Random = field(default_factory=Random)

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after that many attempts."""
        doublings = min(attempts - 1, 30)
        full = min(self.longest, self.first * (1 << doublings))
        return full * self.random.uniform(0.5, 1.0)


@dataclass(frozen=True, slots=True)
class _Done:
    aftermath: Aftermath | None


@dataclass(frozen=True, slots=True)
class _Postponed:
    at: datetime


@dataclass(frozen=True, slots=True)
class _Failed:
    reason: str
    ours: bool


@dataclass(frozen=True, slots=True)
class _GivenUp:
    reason: str


_Outcome = _Done | _Postponed | _Failed | _GivenUp


class Runner:
    """Runs what is due.

    Attributes:
        lease: for how long what was claimed is this worker's own, unless prolonged.
        last_turn: when it last looked for what is due; an old one means that it no longer works.
    """

    def __init__(
        self, database: Database, performers: Mapping[EffectKind, Performer], clock: Clock, retry: Retry
    ) -> None:
        self._database = database
        self._performers = performers
        self._clock = clock
        self._retry = retry
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._claim_due = _claiming(performers)
        self._gates = {kind: asyncio.Semaphore(one.side_by_side) for kind, one in performers.items()}
        self._lanes = {kind: asyncio.Semaphore(_groups_at_once(one)) for kind, one in performers.items()}
        self._groups: set[asyncio.Task[None]] = set()
        self._in_hand: set[int] = set()
        self._awake = asyncio.Event()
        self.lease = LEASE
        self.last_turn: datetime | None = None

    def wake(self) -> None:
        """Look at once for what is due, rather than at the next tick."""
        self._awake.set()

    async def serve(self, stop: asyncio.Event) -> None:
        """Run what is due, whenever woken, until `stop` is set; then let what is in hand finish, for a while."""
        heartbeat = asyncio.create_task(self._keep_leases())
        try:
            while not stop.is_set():
                self._awake.clear()
                if not await self._take_turn():
                    await self._awake.wait()
            if self._groups:
                await asyncio.wait(self._groups, timeout=DRAIN.total_seconds())
        finally:
            for task in (heartbeat, *self._groups):
                task.cancel()
            await self._let_go()

    async def run_due(self) -> int:
        """Run what is due now, wait for it, and return how much it was."""
        claimed = await self._start_due(BATCH)
        while self._groups:
            await asyncio.wait(self._groups)
        return claimed

    async def _take_turn(self) -> bool:
        """Start what is due; whether there was anything. A database that fails is tried again at the next tick."""
        try:
            claimed = await self._start_due(min(BATCH, CAPACITY - len(self._in_hand)))
        except Exception:
            log.exception("effects_not_claimed")
            return False
        self.last_turn = self._clock.now()
        return claimed > 0

    async def _start_due(self, limit: int) -> int:
        if limit <= 0:
            return 0
        claimed = [due for due in await self._claim(limit) if due.id not in self._in_hand]
        for group in self._grouped(claimed):
            ids = {due.id for due in group}
            self._in_hand |= ids
            task = asyncio.create_task(self._run_group(group))
            self._groups.add(task)
            task.add_done_callback(self._put_down(ids))
        return len(claimed)

    def _put_down(self, ids: set[int]) -> Callable[[asyncio.Task[None]], None]:
        def ended(task: asyncio.Task[None]) -> None:
            self._groups.discard(task)
            self._in_hand -= ids
            self._awake.set()
            if not task.cancelled() and (error := task.exception()):
                log.error("effects_not_recorded", exc_info=error)

        return ended

    async def _keep_leases(self) -> None:
        """Prolong the leases of what is in hand, for as long as this process lives."""
        while True:
            await asyncio.sleep(self.lease.total_seconds() / 3)
            try:
                await self._prolong_leases()
            except Exception:
                log.exception("leases_not_kept")

    async def _let_go(self) -> None:
        """Leave what is still in hand to others at once; that it may have been done is known from its attempts."""
        try:
            async with asyncio.timeout(DRAIN.total_seconds()):
                await self._lease_in_hand(until=None)
        except Exception:
            log.exception("leases_not_ended")

    async def _prolong_leases(self) -> None:
        await self._lease_in_hand(until=self._clock.now() + self.lease)

    async def _lease_in_hand(self, until: datetime | None) -> None:
        # By their ids: what could not be recorded is no longer in hand, and is to be claimed again.
        if not self._in_hand:
            return
        async with self._database.begin() as transaction:
            await transaction.session.exec(
                update(Effect)
                .where(WAITING, col(Effect.id).in_(sorted(self._in_hand)), col(Effect.lease_holder) == self._holder)
                .values(leased_until=until)
            )

    async def _claim(self, limit: int) -> list[Due]:
        now = self._clock.now()
        values = {"now": now, "limit": limit, "until": now + self.lease, "holder": self._holder}
        async with self._database.begin() as transaction:
            connection = await transaction.session.connection()
            rows = await connection.execute(self._claim_due, values)
            return [Due(row[0], Workspace(row[1], row[2]), *row[3:]) for row in rows]

    def _grouped(self, claimed: Sequence[Due]) -> Iterable[Sequence[Due]]:
        for kind, effects in groupby(sorted(claimed, key=attrgetter("kind", "id")), key=attrgetter("kind")):
            members = list(effects)
            size = self._performers[kind].at_a_time
            for start in range(0, len(members), size):
                yield members[start : start + size]

    async def _run_group(self, group: Sequence[Due]) -> None:
        kind = group[0].kind
        async with self._lanes[kind]:
            outcomes = await self._outcomes(self._performers[kind], group)
            await self._record(self._performers[kind], list(zip(group, outcomes, strict=True)))

    async def _outcomes(self, performer: Performer, group: Sequence[Due]) -> Sequence[_Outcome]:
        kind, count = group[0].kind, len(group)
        try:
            loaded = await performer.load(group)
        except Later as later:
            return [_Postponed(later.at)] * count
        except Busy as busy:
            return [_Postponed(busy.retry_at)] * count
        except _EXPECTED as trouble:
            log.warning("effects_not_loaded", kind=kind, count=count, why=_words(trouble))
            return [self._after_trouble(due, trouble) for due in group]
        except Exception as error:
            log.exception("effects_not_loaded", kind=kind, count=count)
            return [self._after_fault(due, error) for due in group]
        return await asyncio.gather(*(self._attempt(performer, due, loaded.get(due.id)) for due in group))

    async def _attempt(self, performer: Performer, due: Due, loaded: object) -> _Outcome:
        if due.faults > self._retry.faults:
            return _GivenUp("crashed")
        try:
            async with self._gates[due.kind], asyncio.timeout(LIMIT.total_seconds()):
                return _Done(await performer.run(due, loaded))
        except Later as later:
            return _Postponed(later.at)
        except Busy as busy:
            return _Postponed(busy.retry_at)
        except Hopeless as hopeless:
            return _GivenUp(str(hopeless))
        except _EXPECTED as trouble:
            log.warning("effect_failed", effect=due.id, kind=due.kind, attempt=due.attempts, why=_words(trouble))
            return self._after_trouble(due, trouble)
        except Exception as error:
            log.exception("effect_failed", effect=due.id, kind=due.kind, attempt=due.attempts)
            return self._after_fault(due, error)

    def _after_trouble(self, due: Due, trouble: Exception) -> _Outcome:
        """Waited out, but not for ever."""
        reason = type(trouble).__name__
        too_long = self._clock.now() - due.asked_at > self._retry.patience
        return _GivenUp(reason) if too_long else _Failed(reason, ours=False)

    def _after_fault(self, due: Due, error: Exception) -> _Outcome:
        reason = type(error).__name__
        return _GivenUp(reason) if due.faults >= self._retry.faults else _Failed(reason, ours=True)

    async def _record(self, performer: Performer, ended: Sequence[tuple[Due, _Outcome]]) -> None:
        """Record the ends of a group together; if that fails, one by one, so that one cannot hold up the others."""
        try:
            async with self._database.begin() as transaction:
                await self._write(transaction, performer, ended)
        except _EXPECTED as trouble:
            await self._record_singly(performer, ended, trouble, ours=False)
        except Exception as error:
            log.exception("effects_not_recorded", kind=ended[0][0].kind, count=len(ended))
            await self._record_singly(performer, ended, error, ours=True)

    async def _record_singly(
        self, performer: Performer, ended: Sequence[tuple[Due, _Outcome]], error: Exception, *, ours: bool
    ) -> None:
        if len(ended) > 1:
            for one in ended:
                await self._record(performer, [one])
            return
        [(due, outcome)] = ended
        log.warning("effect_not_recorded", effect=due.id, kind=due.kind, why=_words(error))
        if isinstance(outcome, _Failed | _Postponed):
            raise error
        async with self._database.begin() as transaction:
            await self._write(transaction, performer, [(due, _Failed(type(error).__name__, ours))])

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
                    await self._put_off(transaction, due, at, due.attempts - 1, due.faults - 1)
                case _Failed(reason, ours):
                    at = transaction.now + self._retry.pause(due.attempts)
                    await self._put_off(transaction, due, at, due.attempts, due.faults - (not ours), reason)
                case _GivenUp(reason):
                    await performer.give_up(transaction, due, reason)
                    await self._end(transaction, [due.id], due.generation, EffectStatus.GIVEN_UP, reason)
        for generation, ids in done.items():
            await self._end(transaction, ids, generation, EffectStatus.DONE)

    async def _end(
        self, transaction: Transaction, ids: list[int], generation: int, status: EffectStatus, error: str | None = None
    ) -> None:
        """End those that were not asked for again while they ran; the others wait for their next turn."""
        mine = and_(WAITING, col(Effect.id).in_(ids), col(Effect.lease_holder) == self._holder)
        free = {"leased_until": None, "lease_holder": None}
        ended = await transaction.session.exec(
            update(Effect)
            .where(mine, col(Effect.generation) == generation)
            .values(status=status, finished_at=transaction.now, last_error=error, **free),
        )
        if ended.rowcount < len(ids):
            await transaction.session.exec(update(Effect).where(mine).values(attempts=0, faults=0, **free))
            transaction.wakes_worker = True

    async def _put_off(
        self, transaction: Transaction, due: Due, at: datetime, attempts: int, faults: int, error: str | None = None
    ) -> None:
        asked_again = col(Effect.generation) != due.generation
        await transaction.session.exec(
            update(Effect)
            .where(WAITING, col(Effect.id) == due.id, col(Effect.lease_holder) == self._holder)
            .values(
                due_at=case((asked_again, col(Effect.due_at)), else_=at),
                attempts=attempts,
                faults=faults,
                last_error=error,
                leased_until=None,
                lease_holder=None,
            )
        )


def _groups_at_once(performer: Performer) -> int:
    """As many groups as keep its hands full, and one more that is loaded or recorded meanwhile.

    All at once would take every connection of the database's pool, and whoever presses a button would wait for one.
    """
    return 1 + ceil(performer.side_by_side / performer.at_a_time)


def _claiming(kinds: Iterable[EffectKind]) -> ReturningUpdate[Any]:
    """The statement that claims what is due, of the kinds that this version knows how to run."""
    due = (
        select(col(Effect.id))
        .where(
            WAITING,
            col(Effect.kind).in_(sorted(kinds)),
            col(Effect.due_at) <= bindparam("now"),
            or_(col(Effect.leased_until).is_(None), col(Effect.leased_until) <= bindparam("now")),
        )
        .order_by(col(Effect.due_at), col(Effect.id))
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )
    return (
        update(Effect)
        .where(col(Effect.id).in_(due))
        # A fault until it turns out otherwise: a process that dies of an effect cannot say so afterwards.
        .values(
            attempts=col(Effect.attempts) + 1,
            faults=col(Effect.faults) + 1,
            leased_until=bindparam("until"),
            lease_holder=bindparam("holder"),
        )
        .returning(
            col(Effect.id),
            col(Effect.team_id),
            col(Effect.enterprise_id),
            col(Effect.kind),
            col(Effect.key),
            col(Effect.invitation_id),
            col(Effect.payload),
            col(Effect.attempts),
            col(Effect.faults),
            col(Effect.generation),
            col(Effect.asked_at),
        )
    )


def _words(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()
