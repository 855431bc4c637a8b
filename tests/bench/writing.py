"""2. A thousand invitations sent, with effects and audit rows, against as many rows by the driver's `executemany`."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot import invitations
from bot.app import Bot
from bot.audit import By
from bot.clock import SystemClock
from models.audit import Source
from models.workspace import Workspace
from tests.bench import accounts
from tests.bench.databases import Engine, Raw, Row, connect
from tests.bench.figures import Figure, ratio_at_most
from tests.bench.in_process import built
from tests.bench.plan import Plan, median
from tests.bench.population import draft
from tests.bench.slack import INVITER, TEAM

PEOPLE = 1000

_COLUMNS = {
    "invitations": (
        "id, team_id, enterprise_id, batch_id, organisation, address, address_key, name, licence, note, inviter, "
        "invitee, reach, status, created_at, sendings, reminders_sent, version"
    ),
    "effects": (
        "team_id, enterprise_id, kind, key, invitation_id, payload, due_at, status, attempts, faults, generation, "
        "created_at, asked_at"
    ),
    "audit": "team_id, enterprise_id, at, actor, action, source, invitation_id, detail",
}

Written = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class _Round:
    """In seconds."""

    ours: float
    raw: float


async def measure(plan: Plan) -> list[Figure]:
    """The figures, for each database."""
    figures = []
    for engine in plan.engines:
        await engine.make("writing")
        plan.say(f"{PEOPLE} invitations written: {engine.name}")
        rounds = [await _round(plan, engine) for _ in range(plan.rounds)]
        figures.append(
            ratio_at_most(
                f"{engine.name}: {PEOPLE} invitations sent, in ms",
                1000 * median(rounds, lambda one: one.ours),
                1000 * median(rounds, lambda one: one.raw),
                4,
            )
        )
    return figures


async def _round(plan: Plan, engine: Engine) -> _Round:
    """Each does it twice, and the second time counts."""
    clock = SystemClock()
    path = await accounts.known(0, clock.now(), plan.folder)
    async with (
        engine.copy("writing") as url,
        connect(url) as raw,
        built(url, path, clock) as bot,
    ):
        await _send(bot, "first")
        before = await _written(raw)
        ours = await _send(bot, "second")
        after = await _written(raw)
    second = {table: rows[len(before[table]) :] for table, rows in after.items()}
    async with engine.copy("writing") as url, connect(url) as raw:
        await _write(raw, before)
        return _Round(ours, await _write(raw, second))


async def _send(bot: Bot, name: str) -> float:
    """Send a draft; the seconds that took."""
    async with bot.database.begin() as transaction:
        transaction.session.add(draft(PEOPLE, name, transaction.now))
    began = time.perf_counter()
    sent = await invitations.send(bot.services, Workspace(TEAM), By(INVITER, Source.MODAL), name)
    took = time.perf_counter() - began
    if sent.invited != PEOPLE:
        raise RuntimeError(f"{sent.invited} of {PEOPLE} invitations were written.")
    return took


async def _written(raw: Raw) -> Written:
    """Every row there is, by table, the oldest first."""
    return {
        table: await raw.fetch(f"SELECT {columns} FROM {table} ORDER BY {_AGE[table]}")  # noqa: S608 (names of ours)
        for table, columns in _COLUMNS.items()
    }


async def _write(raw: Raw, rows: Written) -> float:
    began = time.perf_counter()
    async with raw.transaction():
        for table, columns in _COLUMNS.items():
            await raw.write(table, columns.split(", "), rows[table])
    return time.perf_counter() - began


_AGE = {"invitations": "created_at", "effects": "id", "audit": "id"}
