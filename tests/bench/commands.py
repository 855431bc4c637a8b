"""1. A signed `/invite pending` through the real app over HTTP, against a bare Bolt app that only acknowledges."""

from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bot.clock import SystemClock
from tests.bench import accounts, servers
from tests.bench.figures import Figure, more_at_most, ratio_at_least
from tests.bench.load import Load, Outcome, sent
from tests.bench.payloads import command
from tests.bench.plan import Plan, median
from tests.bench.population import open_invitations

OPEN = 10
CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class _Round:
    """One server, crowded and alone with a single client."""

    crowded: Outcome
    alone: Outcome


async def measure(plan: Plan) -> list[Figure]:
    """The figures, for each database."""
    rounds: dict[str, list[_Round]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(servers.slack())
        running = {
            "trivial": (await stack.enter_async_context(servers.bare("--trivial")), ""),
            "bare": (await stack.enter_async_context(servers.bare()), ""),
        }
        now = SystemClock().now()
        for engine in plan.engines:
            await engine.make("commands", open_invitations(OPEN, now, due=0))
            invited = await accounts.known(OPEN, now, plan.folder)
            url = await stack.enter_async_context(engine.copy("commands"))
            bot = await stack.enter_async_context(servers.bot(url, invited, slack))
            running[engine.name] = bot, f"{OPEN} open invitations"
        for number in range(plan.rounds):
            plan.say(f"/invite pending: round {number + 1}")
            for name, (server, expected) in running.items():
                rounds[name].append(await _round(server.port, expected))
    bare, trivial = rounds.pop("bare"), rounds.pop("trivial")
    return [_client(trivial, bare), *(figure for name, ours in rounds.items() for figure in _figures(name, ours, bare))]


async def _round(port: int, expected: str) -> _Round:
    request = command("pending", expected)
    return _Round(
        await sent(Load(port, request, connections=CONNECTIONS, seconds=3)),
        await sent(Load(port, request, connections=1, seconds=2)),
    )


def _client(trivial: list[_Round], bare: list[_Round]) -> Figure:
    """Whether the client is fast enough to measure the bare app."""
    return ratio_at_least(
        f"the client, with a server that does nothing: requests/s, {CONNECTIONS} connections",
        median(trivial, lambda one: one.crowded.per_second),
        median(bare, lambda one: one.crowded.per_second),
        2,
    )


def _figures(name: str, ours: list[_Round], bare: list[_Round]) -> list[Figure]:
    return [
        ratio_at_least(
            f"{name}: requests/s, {CONNECTIONS} connections",
            median(ours, lambda one: one.crowded.per_second),
            median(bare, lambda one: one.crowded.per_second),
            0.25,
        ),
        Figure(
            f"{name}: p99 in ms, {CONNECTIONS} connections",
            median(ours, lambda one: one.crowded.p99),
            median(bare, lambda one: one.crowded.p99),
        ),
        more_at_most(
            f"{name}: median in ms, 1 connection",
            median(ours, lambda one: one.alone.median),
            median(bare, lambda one: one.alone.median),
            4,
        ),
    ]
