"""The durable effects: written with the state, claimed once, retried, given up (design.md, invariants 1 and 3)."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.database import Database, Transaction
from bot.effects import Aftermath, Due, Hopeless, Later, Retry, Runner, Wanted, cancel, enqueue
from models.effect import Effect, EffectKind, EffectStatus
from models.workspace import Workspace

HERE = Workspace("T1")


class Recorder:
    """Runs nothing, remembers what it was asked to run, and fails as told."""

    def __init__(self, at_a_time: int = 1) -> None:
        self.at_a_time = at_a_time
        self.side_by_side = 100
        self.ran: list[str] = []
        self.attempts: list[int] = []
        self.given_up: list[tuple[str, str]] = []
        self.groups: list[int] = []
        self.failures: list[Exception] = []
        self.aftermath: Aftermath | None = None
        self.gate: asyncio.Event | None = None

    async def load(self, due: Sequence[Due]) -> Mapping[int, Any]:
        self.groups.append(len(due))
        return {}

    async def run(self, due: Due, loaded: Any) -> Aftermath | None:
        self.ran.append(due.key)
        self.attempts.append(due.attempts)
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        return self.aftermath

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        self.given_up.append((due.key, reason))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def runner(database: Database, clock: ManualClock, recorder: Recorder) -> Runner:
    return make_runner(database, clock, recorder)


def make_runner(database: Database, clock: ManualClock, recorder: Recorder) -> Runner:
    return Runner(database, dict.fromkeys(EffectKind, recorder), clock, Retry(attempts=3, random=Random(1)))


async def want(database: Database, clock: ManualClock, key: str, after: timedelta = timedelta(), **more: Any) -> None:
    async with database.begin() as transaction:
        await enqueue(transaction, HERE, [Wanted(EffectKind.REMIND, key, clock.now() + after, **more)])


async def effects(database: Database) -> list[Effect]:
    async with database.read() as session:
        return list(await session.exec(select(Effect).order_by(col(Effect.id))))


async def test_an_effect_runs_when_it_is_due_and_not_before(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    await want(database, clock, "later", timedelta(days=3))
    await want(database, clock, "now")

    assert await runner.run_due() == 1
    clock.advance(timedelta(days=3))
    assert await runner.run_due() == 1

    assert recorder.ran == ["now", "later"]
    assert [effect.status for effect in await effects(database)] == [EffectStatus.DONE] * 2
    assert await runner.run_due() == 0


async def test_an_effect_is_not_written_when_its_transaction_fails(database: Database, clock: ManualClock) -> None:
    with pytest.raises(RuntimeError):
        async with database.begin() as transaction:
            await enqueue(transaction, HERE, [Wanted(EffectKind.REMIND, "lost", clock.now())])
            raise RuntimeError
    assert await effects(database) == []


async def test_asking_again_while_it_waits_leaves_one(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    await want(database, clock, "same", timedelta(hours=1), payload={"n": 1})
    await want(database, clock, "same", timedelta(hours=2), payload={"n": 2})

    [effect] = await effects(database)
    assert (effect.payload, effect.due_at) == ({"n": 2}, clock.now() + timedelta(hours=1))
    clock.advance(timedelta(hours=1))
    await runner.run_due()
    assert recorder.ran == ["same"]


async def test_asking_again_while_it_runs_makes_it_run_once_more(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    await want(database, clock, "same")
    recorder.gate = asyncio.Event()
    running = asyncio.create_task(runner.run_due())
    while not recorder.ran:
        await asyncio.sleep(0)
    await want(database, clock, "same")
    assert await make_runner(database, clock, recorder).run_due() == 0, "it is in hand"
    recorder.gate.set()
    await running

    assert await runner.run_due() == 1
    assert recorder.ran == ["same", "same"]
    assert [effect.status for effect in await effects(database)] == [EffectStatus.DONE]


async def test_many_workers_run_each_effect_once(database: Database, clock: ManualClock) -> None:
    async with database.begin() as transaction:
        wanted = [Wanted(EffectKind.REMIND, f"k{number}", clock.now()) for number in range(1200)]
        await enqueue(transaction, HERE, wanted)
    recorder = Recorder(at_a_time=50)
    workers = [make_runner(database, clock, recorder) for _ in range(4)]

    async def work(runner: Runner) -> None:
        while await runner.run_due():
            pass

    await asyncio.gather(*(work(worker) for worker in workers))

    assert sorted(recorder.ran) == sorted(f"k{number}" for number in range(1200))
    assert max(recorder.groups) == 50


async def test_a_failure_is_tried_again_with_growing_pauses_and_given_up_in_the_end(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    recorder.failures = [RuntimeError(), OSError(), ValueError()]
    await want(database, clock, "hard")
    pauses = []

    for _ in range(2):
        assert await runner.run_due() == 1
        assert await runner.run_due() == 0, "it waits before it is tried again"
        [effect] = await effects(database)
        pauses.append(effect.due_at - clock.now())
        clock.advance(pauses[-1])
    assert await runner.run_due() == 1

    assert timedelta(seconds=1) <= pauses[0] <= timedelta(seconds=2) <= pauses[1] <= timedelta(seconds=4)
    assert recorder.given_up == [("hard", "ValueError")]
    [effect] = await effects(database)
    assert (effect.status, effect.last_error) == (EffectStatus.GIVEN_UP, "ValueError")


async def test_what_is_hopeless_is_given_up_at_once(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    recorder.failures = [Hopeless("channel_not_found")]
    await want(database, clock, "gone")
    await runner.run_due()
    assert recorder.given_up == [("gone", "channel_not_found")]


async def test_later_says_when_and_does_not_count_as_an_attempt(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    await want(database, clock, "paced")
    for _ in range(5):
        recorder.failures = [Later(clock.now() + timedelta(minutes=1))]
        assert await runner.run_due() == 1
        assert await runner.run_due() == 0
        clock.advance(timedelta(minutes=1))
    assert await runner.run_due() == 1
    assert recorder.given_up == []


async def test_what_follows_is_written_with_the_end_or_not_at_all(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    async def next_step(transaction: Transaction) -> None:
        await enqueue(transaction, HERE, [Wanted(EffectKind.JOIN, "next", transaction.now + timedelta(days=1))])

    async def broken(transaction: Transaction) -> None:
        await next_step(transaction)
        raise RuntimeError

    recorder.aftermath = broken
    await want(database, clock, "step")
    await runner.run_due()
    assert [(effect.key, effect.status) for effect in await effects(database)] == [("step", EffectStatus.WAITING)]

    recorder.aftermath = next_step
    clock.advance(timedelta(minutes=1))
    await runner.run_due()
    assert [(effect.key, effect.status) for effect in await effects(database)] == [
        ("step", EffectStatus.DONE),
        ("next", EffectStatus.WAITING),
    ]


async def test_one_failing_end_does_not_hold_up_the_others(database: Database, clock: ManualClock) -> None:
    class OneBreaks(Recorder):
        async def run(self, due: Due, loaded: Any) -> Aftermath | None:
            async def breaks(_: Transaction) -> None:
                raise RuntimeError

            return breaks if due.key == "k3" else None

    async with database.begin() as transaction:
        await enqueue(transaction, HERE, [Wanted(EffectKind.REMIND, f"k{number}", clock.now()) for number in range(6)])
    await make_runner(database, clock, OneBreaks(at_a_time=10)).run_due()

    waiting = [effect.key for effect in await effects(database) if effect.status == EffectStatus.WAITING]
    assert waiting == ["k3"]


async def test_an_answer_cancels_what_waits(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    await want(database, clock, "mine", timedelta(days=3), invitation_id="i1")
    await want(database, clock, "another's", timedelta(days=3), invitation_id="i2")
    async with database.begin() as transaction:
        await cancel(transaction, HERE, "i1", [EffectKind.REMIND, EffectKind.EXPIRE])
        await cancel(transaction, Workspace("T2"), "i2", [EffectKind.REMIND])
    clock.advance(timedelta(days=3))
    await runner.run_due()
    assert recorder.ran == ["another's"]


async def test_what_a_dead_worker_had_in_hand_is_taken_back_at_once(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    await want(database, clock, "in hand")
    recorder.gate = asyncio.Event()
    dying = asyncio.create_task(runner.run_due())
    while not recorder.ran:
        await asyncio.sleep(0)
    dying.cancel()

    successor = make_runner(database, clock, recorder)
    assert await successor.run_due() == 0, "the lease still holds"
    recorder.gate = None
    await successor.recover()
    assert await successor.run_due() == 1
    assert recorder.ran == ["in hand", "in hand"]


async def test_asking_again_does_not_hide_that_a_dead_worker_may_have_done_it(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    """Whoever runs it then must know that it was tried before, and look for what was posted (invariant 3)."""
    for asked_again_first in (True, False):
        recorder.ran, recorder.attempts, recorder.gate = [], [], asyncio.Event()
        await want(database, clock, "posted")
        dying = asyncio.create_task(runner.run_due())
        while not recorder.ran:
            await asyncio.sleep(0)
        dying.cancel()
        recorder.gate = None
        successor = make_runner(database, clock, recorder)
        if asked_again_first:
            await want(database, clock, "posted")
        await successor.recover()
        if not asked_again_first:
            await want(database, clock, "posted")
        while await successor.run_due():
            pass
        assert recorder.attempts[:2] == [1, 2]


async def test_what_was_done_and_is_asked_again_starts_counting_anew(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    await want(database, clock, "busy")
    for _ in range(5):
        recorder.ran, recorder.gate = [], asyncio.Event()
        running = asyncio.create_task(runner.run_due())
        while not recorder.ran:
            await asyncio.sleep(0)
        await want(database, clock, "busy")
        recorder.gate.set()
        await running
    recorder.gate = None
    assert await runner.run_due() == 1
    assert recorder.attempts == [1] * 6
    assert recorder.given_up == []


async def test_a_lease_of_another_machine_ends_by_itself(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    await want(database, clock, "elsewhere")
    async with database.begin() as transaction:
        effect = (await transaction.session.exec(select(Effect))).one()
        effect.leased_until, effect.lease_holder = clock.now() + timedelta(minutes=2), "another-machine:1"
        effect.attempts = 1
        transaction.session.add(effect)
    await runner.recover()
    assert await runner.run_due() == 0
    clock.advance(timedelta(minutes=2))
    assert await runner.run_due() == 1


async def test_serving_wakes_for_what_is_written_and_stops_when_told(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    database.wake_worker = runner.wake
    stop = asyncio.Event()
    serving = asyncio.create_task(runner.serve(stop))
    await want(database, clock, "woken")
    async with asyncio.timeout(10):
        while (await effects(database))[0].status != EffectStatus.DONE:
            await asyncio.sleep(0.01)
        stop.set()
        runner.wake()
        await serving
    assert recorder.ran == ["woken"]
