"""Everything a test with killed processes looks at: Slack and the account backend here, the bot in its own process."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from sqlmodel import SQLModel, select

import bot.sandbox
from bot.clock import ManualClock, SystemClock
from bot.database import Database
from bot.sandbox.definition import load_definition
from bot.sandbox.delivery import Deliver, Reply
from bot.sandbox.records import Message
from bot.sandbox.seat import Seat
from bot.sandbox.server import Sandbox
from bot.sandbox.serving import served
from bot.sandbox.workspace import Credentials, Workspace
from bot.settings import Settings
from bot.slack.manifest import manifest
from models.effect import Effect, EffectStatus
from tests.durability.life import Bot, Cradle, alive

DEMO = Path(bot.sandbox.__file__).parent / "demo"
CHANNEL = "C0LICENCES1"
CREDENTIALS = Credentials(
    bot_token="xoxb-durable", app_token="xapp-durable", signing_secret="signed", verification_token="old"
)
# Seconds of real time in which anything happens that is going to happen.
PATIENCE = 120

Row = TypeVar("Row", bound=SQLModel)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Place:
    """Where one stage keeps its things, all made and empty.

    Attributes:
        database_url: the bot's own database, with its tables.
        accounts_file: what is in the account backend.
        accounts: the account backend's database.
        log: where the bot's log lines go.
    """

    database_url: str
    accounts_file: Path
    accounts: Path
    log: Path


class Stage:
    """One Slack workspace, one account backend, and one bot, in one process or in several."""

    def __init__(self, sandbox: Sandbox, settings: Mapping[str, Any], database: Database, place: Place) -> None:
        self.sandbox = sandbox
        self.settings = settings
        self.database = database
        self.place = place
        self.bots: list[Bot] = []

    @property
    def bot(self) -> Bot:
        """The bot, or the first of its processes."""
        return self.bots[0]

    def seat(self, name: str) -> Seat:
        return self.sandbox.seat(name)

    async def until(self, look: Callable[[], Found | None]) -> Found:
        """Wait until `look` finds something."""
        async with asyncio.timeout(PATIENCE):
            while not (found := look()):
                await asyncio.sleep(0.01)
        return found

    async def quiet(self) -> None:
        """Wait until there is nothing left to do, but for what belongs to another day."""
        async with asyncio.timeout(PATIENCE):
            while await self._left_to_do():
                await asyncio.sleep(0.05)

    async def _left_to_do(self) -> bool:
        soon = SystemClock().now() + timedelta(hours=1)
        effects = await self.rows(Effect)
        return any(effect.status is EffectStatus.WAITING and effect.due_at < soon for effect in effects)

    async def rows(self, table: type[Row]) -> Sequence[Row]:
        """All rows of one of the bot's tables."""
        async with self.database.read() as session:
            return list(await session.exec(select(table)))

    def ledger(self, query: str) -> list[tuple[Any, ...]]:
        """What the account backend's own database says."""
        with closing(sqlite3.connect(f"file:{self.place.accounts}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    def said_to(self, name: str) -> list[Message]:
        """What the bot has said in the direct conversation with a person, the oldest first."""
        workspace = self.sandbox.workspace
        channel = workspace.direct(workspace.person(name).id, workspace.app.user_id)
        return self.said_in(channel.id) if channel else []

    def said_in(self, channel: str) -> list[Message]:
        """What the bot has said in a channel for everybody in it, the oldest first."""
        workspace = self.sandbox.workspace
        return [message for message in workspace.messages(channel) if message.bot_id and message.ephemeral_to is None]


def keys(messages: Sequence[Message]) -> list[str]:
    """What each message is, by the key in its metadata."""
    return [message.metadata["event_payload"]["key"] if message.metadata else "none" for message in messages]


@asynccontextmanager
async def staged(cradle: Cradle, place: Place, fatal: Iterable[str] = (), *, helpers: int = 0) -> AsyncIterator[Stage]:
    """A stage on which the bot lives.

    Args:
        cradle: where its lives begin.
        place: where everything is kept.
        fatal: the points at which it dies, once at each.
        helpers: how many more processes of the bot run beside it on the same database.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        bots = [Bot(cradle, place.log, session, fatal), *(Bot(cradle, place.log, session) for _ in range(helpers))]
        stage = await stack.enter_async_context(prepared(place, in_turn(bots)))
        for one in bots:
            await stack.enter_async_context(alive(one, stage.settings))
            stage.bots.append(one)
        yield stage


@asynccontextmanager
async def prepared(place: Place, deliver: Deliver) -> AsyncIterator[Stage]:
    """A stage without a bot; what Slack sends goes where `deliver` carries it."""
    settings = _settings(place)
    workspace = await Workspace.open(
        load_definition(DEMO / "workspace.yaml"),
        # Time stands still in Slack, so that no trigger expires because the machine is busy.
        clock=ManualClock(SystemClock().now()),
        manifest=_manifest(Settings.load(_env_file=None, **settings)),
        extra_commands=["/invite"],
        credentials=CREDENTIALS,
    )
    sandbox = Sandbox(workspace, deliver, patience=PATIENCE, retry_after=(0, 0, 0))
    database = Database(place.database_url, SystemClock())
    try:
        async with served(sandbox.application) as address:
            workspace.address = address
            settings["slack_api_url"] = f"{address}/api/"
            yield Stage(sandbox, settings, database, place)
    finally:
        await sandbox.close()
        await workspace.close()
        await database.close()


def in_turn(bots: Sequence[Bot]) -> Deliver:
    """Deliver to one process after the other, as a load balancer does."""
    turns = cycle(bots)

    async def deliver(body: bytes, headers: Mapping[str, str]) -> Reply:
        return await next(turns).deliver(body, headers)

    return deliver


def _settings(place: Place) -> dict[str, Any]:
    return {
        "slack_bot_token": CREDENTIALS.bot_token,
        "slack_signing_secret": CREDENTIALS.signing_secret,
        "database_url": place.database_url,
        "organisation_account": "acme",
        "invite_channel": CHANNEL,
        "sandbox_accounts": str(place.accounts_file),
        "sandbox_database": str(place.accounts),
    }


def _manifest(settings: Settings) -> dict[str, Any]:
    """The bot's own, and the right to read channels beside it.

    Without that right nobody can tell after a crash whether the overview for the channel had been posted, and it may be
    posted a second time; for direct messages the manifest asks for it.
    """
    declared = manifest(settings)
    declared["oauth_config"]["scopes"]["bot"].append("channels:history")
    return declared
