"""5. `/invite help` every 20 ms, while effects are run and invitations are written in the same process."""

import asyncio
import time
from dataclasses import dataclass

import aiohttp

from bot.clock import SystemClock
from bot.database import Database
from tests.bench import accounts, payloads, servers
from tests.bench.databases import Engine, Raw, connect
from tests.bench.figures import Figure, at_most
from tests.bench.load import Load, Outcome, sent
from tests.bench.plan import Plan, median
from tests.bench.population import draft, make_reminders_due, open_invitations
from tests.bench.servers import Server

EFFECTS = 5_000
PEOPLE = 1_000
OPEN = 10_000
EVERY = 0.02
# Seconds within which all of it must have been done.
PATIENCE = 120


@dataclass(frozen=True, slots=True)
class _Round:
    """The answers, and the seconds until all was done."""

    at_rest: Outcome
    busy: Outcome
    seconds: float


async def measure(plan: Plan) -> list[Figure]:
    """The figures, for each database."""
    figures = []
    for engine in plan.engines:
        await engine.make("answering", open_invitations(OPEN, SystemClock().now(), due=0))
        rounds = []
        for number in range(plan.rounds):
            plan.say(f"/invite help while busy: {engine.name}, round {number + 1}")
            rounds.append(await _round(plan, engine))
        figures += [
            at_most(
                f"{engine.name}: slowest answer while busy in ms (baseline: at rest)",
                median(rounds, lambda one: one.busy.slowest),
                100,
                median(rounds, lambda one: one.at_rest.slowest),
            ),
            Figure(
                f"{engine.name}: median answer while busy in ms",
                median(rounds, lambda one: one.busy.median),
                median(rounds, lambda one: one.at_rest.median),
            ),
            Figure(f"{engine.name}: busy for so many s", median(rounds, lambda one: one.seconds)),
        ]
    return figures


async def _round(plan: Plan, engine: Engine) -> _Round:
    invited = await accounts.known(OPEN, SystemClock().now(), plan.folder)
    async with (
        engine.copy("answering") as url,
        servers.slack() as slack,
        servers.bot(url, invited, slack) as bot,
        aiohttp.ClientSession() as session,
    ):
        await _keep_draft(url)
        help_me = payloads.command("help", "revoke ann@example.com")
        at_rest = await sent(Load(bot.port, help_me, seconds=2, every=EVERY))
        done = asyncio.Event()
        load = Load(bot.port, help_me, seconds=PATIENCE, warm_up=0, every=EVERY)
        busy = asyncio.create_task(sent(load, until=done))
        began = time.perf_counter()
        await asyncio.sleep(0.5)
        await _send(session, bot)
        async with connect(url) as raw:
            await raw.fetch(make_reminders_due(EFFECTS, SystemClock().now()))
            await _all_done(raw)
        seconds = time.perf_counter() - began
        done.set()
        return _Round(at_rest, await busy, seconds)


async def _keep_draft(url: str) -> None:
    clock = SystemClock()
    database = Database(url, clock)
    async with database.begin() as transaction:
        transaction.session.add(draft(PEOPLE, "draft", clock.now()))
    await database.close()


async def _send(session: aiohttp.ClientSession, bot: Server) -> None:
    """Press Send in the preview of the draft."""
    request = payloads.send_draft("draft")
    address = f"http://127.0.0.1:{bot.port}{request.path}"
    async with session.post(address, data=request.body, headers=request.headers) as answer:
        answer.raise_for_status()


async def _all_done(raw: Raw) -> None:
    """Wait until enough effects have been run; the invitations must all be there by then.

    Raises:
        RuntimeError: they are not.
        TimeoutError: it takes too long.
    """
    async with asyncio.timeout(PATIENCE):
        while await _count(raw, "effects WHERE status = 'done'") < EFFECTS:
            await asyncio.sleep(0.5)
    if (written := await _count(raw, "invitations WHERE batch_id = 'draft'")) != PEOPLE:
        raise RuntimeError(f"{written} of {PEOPLE} invitations were written.")


async def _count(raw: Raw, what: str) -> int:
    [[count]] = await raw.fetch(f"SELECT count(*) FROM {what}")  # noqa: S608 (ours)
    return int(count)
