"""3. Due effects claimed and run: out of few and out of many open invitations, against claiming alone by the driver.

`python -m tests.bench.effects URL ACCOUNTS` measures one round in a process of its own, and prints it as JSON.
"""

import asyncio
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import ManualClock
from bot.database import Transaction
from bot.effects import Aftermath, Due
from bot.runner import Retry, Runner
from models.effect import EffectKind
from tests.bench import accounts, machine
from tests.bench.databases import Raw, connect
from tests.bench.figures import Figure, at_most, ratio_at_least, ratio_at_most
from tests.bench.in_process import built
from tests.bench.plan import Plan, median
from tests.bench.population import open_invitations

NOW = datetime(2026, 7, 24, 12, 0, tzinfo=UTC)
DUE = 5_000
FEW = 10_000

# How much faster few may be than many.
FACTORS = {"PostgreSQL": 1.5, "SQLite": 3.0}
MORE_MEMORY = 50

# Seconds that one round may take, on the slowest machine we can think of.
PATIENCE = 300

_AGAIN = (
    "UPDATE effects SET status = 'waiting', attempts = 0, faults = 0, finished_at = NULL, "
    "leased_until = NULL, lease_holder = NULL WHERE kind = 'remind' AND attempts > 0"
)


@dataclass(frozen=True, slots=True)
class Round:
    """One round.

    Attributes:
        reminded: reminders a second.
        nothing: effects a second, where those who carry them out do nothing.
        claimed: rows a second that the driver claims, by the statement that the bot uses.
        memory: how many MiB running the reminders takes.
    """

    reminded: float
    nothing: float
    claimed: float
    memory: float


async def measure(plan: Plan) -> list[Figure]:
    """The figures, for each database."""
    figures = []
    for engine in plan.engines:
        rounds: dict[int, list[Round]] = defaultdict(list)
        for total in (FEW, plan.many):
            plan.say(f"effects: {engine.name}, writing {total:,} open invitations")
            await engine.make(f"effects_{total}", open_invitations(total, NOW, due=DUE))
        for number in range(plan.rounds):
            for total in (FEW, plan.many):
                plan.say(f"effects: {engine.name}, {DUE:,} out of {total:,}, round {number + 1}")
                invited = await accounts.known(DUE, NOW, plan.folder)
                async with engine.copy(f"effects_{total}") as url:
                    rounds[total].append(await _in_a_process(url, invited))
        figures += _figures(engine.name, rounds, plan.many)
    return figures


def _figures(name: str, rounds: Mapping[int, Sequence[Round]], many: int) -> list[Figure]:
    figures = []
    for total, of_total in rounds.items():
        what = f"{name}: of {total:,} invitations,"
        claimed = median(of_total, lambda one: one.claimed)
        reminded = median(of_total, lambda one: one.reminded)
        figures += [
            ratio_at_least(f"{what} reminders/s", reminded, claimed, 0.25),
            Figure(f"{what} doing nothing, effects/s", median(of_total, lambda one: one.nothing), claimed),
            at_most(f"{what} more memory in MiB", median(of_total, lambda one: one.memory), MORE_MEMORY),
        ]
    few, of_many = (median(rounds[total], lambda one: 1000 / one.reminded) for total in (FEW, many))
    return [
        *figures,
        ratio_at_most(f"{name}: ms for an effect, of {many:,} against {FEW:,}", of_many, few, FACTORS[name]),
    ]


async def _in_a_process(url: str, invited: Path) -> Round:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.effects", url, str(invited), stdout=asyncio.subprocess.PIPE
    )
    machine.bind(process.pid, to_first=True)
    try:
        async with asyncio.timeout(PATIENCE):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return Round(**json.loads(printed))


class Nothing:
    """Does nothing, for any effect."""

    at_a_time = 20
    side_by_side = 10

    async def load(self, due: Sequence[Due]) -> Mapping[int, Any]:
        return {}

    async def run(self, due: Due, loaded: Any) -> Aftermath | None:
        await asyncio.sleep(0)
        return None

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        raise RuntimeError(reason)


class Claims:
    """The statements that claim, as the driver is given them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.last: tuple[str, Sequence[Any]] = ("", ())
        event.listen(engine.sync_engine, "before_cursor_execute", self._look)

    def _look(self, _connection: Any, _cursor: Any, statement: str, values: Sequence[Any], *_: Any) -> None:
        if statement.startswith("UPDATE effects") and "LIMIT" in statement:
            self.last = statement, values


async def _round(url: str, invited: Path) -> Round:
    clock = ManualClock(NOW - timedelta(hours=1))
    async with built(url, invited, clock) as bot, connect(url) as raw:
        claims = Claims(bot.database.engine)
        # Nothing is due yet: connections are made and statements compiled.
        await bot.runner.run_due()
        clock.advance(timedelta(hours=1))
        before = machine.memory(os.getpid())
        reminded = await _run(bot.runner)
        memory = machine.peak_memory() - before
        await _check(raw)
        await raw.fetch("DELETE FROM effects WHERE kind = 'refresh'")
        await raw.fetch(_AGAIN)
        claimed = await _claimed(raw, *claims.last)
        await raw.fetch(_AGAIN)
        nothing = await _run(Runner(bot.database, dict.fromkeys(EffectKind, Nothing()), clock, Retry()))
    return Round(reminded, nothing, claimed, memory)


async def _run(runner: Runner) -> float:
    """Run what has been due longest, which are the reminders; how many a second."""
    began, total = time.perf_counter(), 0
    while total < DUE and (count := await runner.run_due()):
        total += count
    return total / (time.perf_counter() - began)


async def _check(raw: Raw) -> None:
    """Every reminder was sent.

    Raises:
        RuntimeError: or not.
    """
    [[reminded]] = await raw.fetch("SELECT count(*) FROM invitations WHERE reminders_sent = 1")
    if reminded != DUE:
        raise RuntimeError(f"{reminded} of {DUE} reminders were sent.")


async def _claimed(raw: Raw, statement: str, values: Sequence[Any]) -> float:
    """Claim all that is due with the driver alone; rows a second."""
    began, total = time.perf_counter(), 0
    while rows := await raw.fetch(statement, *values):
        total += len(rows)
    if total != DUE:
        raise RuntimeError(f"{total} of {DUE} effects were claimed.")
    return total / (time.perf_counter() - began)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(_round(sys.argv[1], Path(sys.argv[2]))))))
