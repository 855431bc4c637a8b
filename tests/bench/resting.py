"""4. Memory at rest, and the time from the start to being ready, beside the bare app's."""

import asyncio
from collections import defaultdict
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from bot.clock import SystemClock
from tests.bench import accounts, machine, servers
from tests.bench.figures import Figure, at_most
from tests.bench.plan import Plan, median
from tests.bench.population import open_invitations
from tests.bench.servers import Server

OPEN = 100
SECONDS_OF_REST = 2


@dataclass(frozen=True, slots=True)
class _Round:
    """In MiB and seconds."""

    memory: float
    seconds: float


async def measure(plan: Plan) -> list[Figure]:
    """The figures, for each database."""
    rounds: dict[str, list[_Round]] = defaultdict(list)
    now = SystemClock().now()
    for engine in plan.engines:
        await engine.make("resting", open_invitations(OPEN, now, due=0))
    invited = await accounts.known(OPEN, now, plan.folder)
    async with servers.slack() as slack:
        for number in range(plan.rounds):
            plan.say(f"start and memory: round {number + 1}")
            rounds["bare"].append(await _round(servers.bare()))
            for engine in plan.engines:
                async with engine.copy("resting") as url:
                    rounds[engine.name].append(await _round(servers.bot(url, invited, slack)))
    bare = rounds.pop("bare")
    memory, seconds = median(bare, lambda one: one.memory), median(bare, lambda one: one.seconds)
    return [
        figure
        for name, ours in rounds.items()
        for figure in (
            at_most(f"{name}: memory at rest in MiB", median(ours, lambda one: one.memory), 120, memory),
            at_most(f"{name}: start to ready in s", median(ours, lambda one: one.seconds), 2, seconds),
        )
    ]


async def _round(starting: AbstractAsyncContextManager[Server]) -> _Round:
    async with starting as server:
        await asyncio.sleep(SECONDS_OF_REST)
        return _Round(machine.memory(server.pid), server.seconds)
