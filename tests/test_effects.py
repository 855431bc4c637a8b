"""The durable effects: written with the state, claimed once, retried, given up (design.md, invariants 1 and 3)."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.database import Database, Transaction
from bot.effects import Aftermath, Due, Hopeless, Later, Wanted, cancel, enqueue
from bot.lifecycle import StatusMoved
from bot.runner import LEASE, Retry, Runner
from bot.trouble import Busy, Trouble
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
    return Runner(database, dict.fromkeys(EffectKind, recorder), clock, Retry(faults=3, random=Random(1)))


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


async def test_a_worker_takes_up_only_as_many_groups_as_keep_it_busy(
    database: Database, clock: ManualClock, recorder: Recorder
) -> None:
    recorder.at_a_time, recorder.side_by_side = 2, 4
    runner = make_runner(database, clock, recorder)
    for number in range(12):
        await want(database, clock, f"k{number}")
    recorder.gate = asyncio.Event()
    running = asyncio.create_task(runner.run_due())
    while len(recorder.ran) < recorder.side_by_side:
        await asyncio.sleep(0)
    assert len(recorder.groups) <= 3, "two that it carries out, and one that it has loaded meanwhile"

    recorder.gate.set()
    assert await running == 12
    assert recorder.groups == [2] * 6


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
    for postponed in [Later, Busy] * 3:
        recorder.failures = [postponed(clock.now() + timedelta(minutes=1))]
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


async def take_and_die(runner: Runner, recorder: Recorder) -> None:
    """Claim what is due, begin it, and never end it."""
    recorder.ran, recorder.gate = [], asyncio.Event()
    dying = asyncio.create_task(runner.run_due())
    while not recorder.ran:
        await asyncio.sleep(0)
    dying.cancel()
    recorder.gate = None


async def test_what_a_dead_worker_had_in_hand_is_run_by_another_once_its_lease_is_over(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    await want(database, clock, "in hand")
    await take_and_die(runner, recorder)

    successor = make_runner(database, clock, recorder)
    assert await successor.run_due() == 0, "the lease still holds"
    clock.advance(LEASE)
    assert await successor.run_due() == 1
    assert (recorder.ran, recorder.attempts) == (["in hand", "in hand"], [1, 2])


@pytest.mark.parametrize("asked_again", ["before", "after"])
async def test_asking_again_does_not_hide_that_a_dead_worker_may_have_done_it(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder, asked_again: str
) -> None:
    """Whoever runs it then must know that it was tried before, and look for what was posted (invariant 3)."""
    await want(database, clock, "posted")
    await take_and_die(runner, recorder)
    if asked_again == "before":
        await want(database, clock, "posted")
    clock.advance(LEASE)
    if asked_again == "after":
        await want(database, clock, "posted")

    successor = make_runner(database, clock, recorder)
    while await successor.run_due():
        pass
    assert recorder.attempts[:2] == [1, 2]


async def test_what_kills_every_worker_is_given_up(database: Database, clock: ManualClock, recorder: Recorder) -> None:
    await want(database, clock, "deadly")
    for _ in range(3):
        await take_and_die(make_runner(database, clock, recorder), recorder)
        clock.advance(LEASE)
    recorder.ran = []
    assert await make_runner(database, clock, recorder).run_due() == 1
    assert (recorder.ran, recorder.given_up) == ([], [("deadly", "crashed")])


async def test_a_worker_that_was_believed_dead_cannot_end_what_another_has_taken(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    await want(database, clock, "slow")
    slow = recorder.gate = asyncio.Event()
    believed_dead = asyncio.create_task(runner.run_due())
    while not recorder.ran:
        await asyncio.sleep(0)
    clock.advance(LEASE)
    recorder.gate = asyncio.Event()
    successor = make_runner(database, clock, recorder)
    running = asyncio.create_task(successor.run_due())
    while len(recorder.ran) < 2:
        await asyncio.sleep(0)

    slow.set()
    await believed_dead
    assert [effect.status for effect in await effects(database)] == [EffectStatus.WAITING], "the other has it in hand"
    recorder.gate.set()
    await running
    assert [effect.status for effect in await effects(database)] == [EffectStatus.DONE]


async def test_what_a_worker_has_in_hand_it_does_not_begin_again_when_the_clock_jumps(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    await want(database, clock, "slow")
    recorder.gate = asyncio.Event()
    running = asyncio.create_task(runner.run_due())
    while not recorder.ran:
        await asyncio.sleep(0)
    clock.advance(timedelta(days=3))
    again = asyncio.create_task(runner.run_due())
    await want(database, clock, "sign of life", timedelta(days=9))
    recorder.gate.set()
    await asyncio.gather(running, again)

    assert recorder.ran == ["slow"]
    assert (await effects(database))[0].status == EffectStatus.DONE


async def test_a_lease_is_kept_up_while_the_worker_lives(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    runner.lease = timedelta(seconds=0.03)
    recorder.gate = asyncio.Event()
    await want(database, clock, "slow")
    stop = asyncio.Event()
    serving = asyncio.create_task(runner.serve(stop))
    while not recorder.ran:
        await asyncio.sleep(0.001)
    clock.advance(timedelta(minutes=1))
    async with asyncio.timeout(10):
        while (until := (await effects(database))[0].leased_until) is None or until <= clock.now():
            await asyncio.sleep(0.01)
    assert await make_runner(database, clock, recorder).run_due() == 0
    recorder.gate.set()
    stop.set()
    runner.wake()
    await serving


class Outage(Database):
    """A database that cannot be written to now and then."""

    is_down = False

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        if self.is_down:
            raise OSError("down")
        async with super().begin() as transaction:
            yield transaction


async def test_what_could_not_be_recorded_is_run_again_though_its_worker_lives(
    database_url: str, database: Database, clock: ManualClock, recorder: Recorder
) -> None:
    outage = Outage(database_url, clock)
    runner = make_runner(outage, clock, recorder)
    await want(database, clock, "one")
    recorder.gate = asyncio.Event()
    running = asyncio.create_task(runner.run_due())
    while not recorder.ran:
        await asyncio.sleep(0)
    outage.is_down = True
    recorder.gate.set()
    await running

    outage.is_down = False
    clock.advance(LEASE)
    await runner._prolong_leases()
    assert await runner.run_due() == 1
    assert recorder.attempts == [1, 2]
    await outage.close()


async def test_a_worker_that_is_told_to_stop_leaves_what_it_cannot_finish_to_others_at_once(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    await want(database, clock, "endless")
    recorder.gate = asyncio.Event()
    stop = asyncio.Event()
    serving = asyncio.create_task(runner.serve(stop))
    while not recorder.ran:
        await asyncio.sleep(0.001)
    stop.set()
    runner.wake()
    await serving

    recorder.gate = None
    assert await make_runner(database, clock, recorder).run_due() == 1
    assert recorder.attempts == [1, 2]


async def test_an_end_that_others_were_faster_with_is_looked_at_again_without_an_alarm(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    async def too_late(transaction: Transaction) -> None:
        raise StatusMoved

    recorder.aftermath = too_late
    await want(database, clock, "overtaken")
    await runner.run_due()
    [effect] = await effects(database)
    assert (effect.status, effect.faults, effect.last_error) == (EffectStatus.WAITING, 0, "StatusMoved")
    assert "Traceback" not in caplog.text


async def test_a_kind_that_this_version_does_not_know_is_left_to_one_that_does(
    database: Database, clock: ManualClock, recorder: Recorder
) -> None:
    await want(database, clock, "from a newer version")
    older = Runner(database, {EffectKind.INVITE: recorder}, clock, Retry())
    assert await older.run_due() == 0
    assert await make_runner(database, clock, recorder).run_due() == 1


async def test_trouble_outside_is_waited_out_for_two_days(
    database: Database, clock: ManualClock, runner: Runner, recorder: Recorder
) -> None:
    """A weekend without Slack must not cost an invitation; only faults of ours are given up after a few tries."""
    await want(database, clock, "no Slack")
    began = clock.now()
    while not recorder.given_up:
        recorder.failures = [Trouble()]
        [effect] = await effects(database)
        clock.advance(max(timedelta(), effect.due_at - clock.now()))
        assert await runner.run_due() == 1
    assert timedelta(days=2) < clock.now() - began < timedelta(days=2, hours=2)
    assert recorder.given_up == [("no Slack", "Trouble")]
    assert len(recorder.ran) > 40


async def test_effects_are_written_in_the_order_of_their_keys_so_that_none_waits_for_another(
    database: Database, clock: ManualClock
) -> None:
    async def both(first: str, second: str) -> None:
        async with database.begin() as transaction:
            await enqueue(transaction, HERE, [Wanted(EffectKind.REMIND, first, clock.now())])
            await asyncio.sleep(0)
            await enqueue(transaction, HERE, [Wanted(EffectKind.REMIND, second, clock.now())])

    for _ in range(20):
        await asyncio.gather(both("a", "b"), both("b", "a"))
    assert [effect.key for effect in await effects(database)] == ["a", "b"]


async def test_what_is_asked_and_cancelled_in_one_transaction_is_not_written(
    database: Database, clock: ManualClock
) -> None:
    async with database.begin() as transaction:
        wanted = [Wanted(kind, str(kind), clock.now(), "i1") for kind in (EffectKind.REMIND, EffectKind.NOTICE)]
        await enqueue(transaction, HERE, wanted)
        await cancel(transaction, HERE, "i1", [EffectKind.REMIND])
    assert [effect.kind for effect in await effects(database)] == [EffectKind.NOTICE]


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
