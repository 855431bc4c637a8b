"""The composition root: settings in, a running bot out. The only module that builds things."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, cast

import aiohttp
import holidays
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.accounts.port import AccountBackend
from bot.accounts.sandbox import DefinitionError, ForeignDatabase, SandboxBackend
from bot.audit import denials, history, line
from bot.background import Background
from bot.clock import Clock, SystemClock
from bot.database import Database
from bot.effects import Performer
from bot.errands import Decline, Expire, Follow, Invite, Resend, Revoke
from bot.joining import JoinPerformer
from bot.migration import current_revision, migrate, newest_revision
from bot.pruning import prune
from bot.reaching import FindInvitee
from bot.runner import Retry, Runner
from bot.scheduler import Scheduler
from bot.services import Services
from bot.serving import GRACE_SECONDS, serve, told_to_stop
from bot.settings import Settings
from bot.slack.client import NOT_A_TOKEN, SlackClient, SlackError, SlackRefused
from bot.slack.directory import Directory
from bot.slack.installations import Authorize, Installations
from bot.slack.manifest import in_order_of_use
from bot.slack.socket import SocketMode
from bot.trouble import CannotStart
from bot.web import Health, SlackEndpoint, routes
from handlers import router
from handlers.desk import Desk
from handlers.notices import speakers
from models.effect import EffectKind

log = structlog.get_logger()

# Slack must answer within this; an interactive act has only three seconds in all.
SLACK_TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
SLACK_CONNECTIONS = 50


@dataclass
class Bot:
    """The parts of a bot, put together; `running` starts and stops them."""

    settings: Settings
    clock: Clock
    database: Database
    accounts: AccountBackend
    session: aiohttp.ClientSession
    slack: SlackClient
    installations: Installations
    services: Services
    desk: Desk
    runner: Runner
    scheduler: Scheduler
    background: Background
    bolt: AsyncApp
    socket: SocketMode | None

    async def close(self) -> None:
        """Close every connection."""
        if self.socket is not None:
            await self.socket.close()
        await self.session.close()
        await self.accounts.close()
        await self.database.close()

    def routes(self, *, worker: bool) -> list[BaseRoute]:
        """The bot's paths: health, and Slack's endpoint unless payloads come over a socket."""
        health = Health(
            self.database,
            self.clock,
            last_turn=(lambda: self.runner.last_turn) if worker else None,
            is_connected=self.socket.is_connected if self.socket else None,
        )
        secret = self.settings.slack_signing_secret
        endpoint = (
            SlackEndpoint(self.bolt, secret.get_secret_value(), self.background)
            if secret is not None and self.socket is None
            else None
        )
        return routes(health, endpoint)


async def build(settings: Settings, clock: Clock | None = None, accounts: AccountBackend | None = None) -> Bot:
    """Put a bot together; nothing runs yet.

    Raises:
        CannotStart: the database's file cannot be written, or the account backend cannot be opened.
    """
    clock = clock or SystemClock()
    database = _open_database(settings, clock)
    backend = accounts or await open_accounts(settings, clock)
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    session = aiohttp.ClientSession(timeout=SLACK_TIMEOUT, connector=aiohttp.TCPConnector(limit=SLACK_CONNECTIONS))
    web = AsyncWebClient(token=token, base_url=settings.slack_api_url, session=session, retry_handlers=[])
    slack = SlackClient(web, clock, lint=settings.debug)
    installations = Installations(slack)
    services = Services(
        database, backend, Directory(slack, clock), clock, settings.organisation_account or "", _holidays(settings)
    )
    desk = Desk(
        services,
        slack,
        in_order_of_use(settings.invite_commands),
        settings.help_url,
        settings.sign_in_url,
        settings.invite_channel,
    )
    runner = Runner(database, performers(services, desk), clock, Retry())
    database.wake_worker = runner.wake
    background = Background()
    bolt = _bolt(settings, session, Authorize(installations, token), desk)
    app_token = settings.slack_app_token
    return Bot(
        settings=settings,
        clock=clock,
        database=database,
        accounts=backend,
        session=session,
        slack=slack,
        installations=installations,
        services=services,
        desk=desk,
        runner=runner,
        scheduler=Scheduler(runner.wake, lambda: prune(database)),
        background=background,
        bolt=bolt,
        socket=SocketMode(bolt, app_token.get_secret_value(), web, background) if app_token else None,
    )


def performers(services: Services, desk: Desk) -> Mapping[EffectKind, Performer]:
    """Who carries out what: the account backend's errands here, what is said in Slack in `handlers`."""
    return {
        EffectKind.INVITE: Invite(services),
        EffectKind.RESEND: Resend(services),
        EffectKind.REVOKE: Revoke(services),
        EffectKind.DECLINE: Decline(services),
        EffectKind.FOLLOW: Follow(services),
        EffectKind.EXPIRE: Expire(services),
        EffectKind.FIND_INVITEE: FindInvitee(services),
        EffectKind.JOIN: JoinPerformer(services),
        **speakers(desk),
    }


async def open_accounts(settings: Settings, clock: Clock) -> AccountBackend:
    """The account backend of the settings.

    Raises:
        CannotStart: the accounts file or the database of the sandbox cannot be used.
    """
    path = settings.sandbox_accounts
    if path is None:
        raise CannotStart("SANDBOX_ACCOUNTS is missing. Set it to the file that says who has which account.")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"The accounts file {path} (SANDBOX_ACCOUNTS) cannot be read: {error}") from error
    try:
        settings.sandbox_database.parent.mkdir(parents=True, exist_ok=True)
        return await SandboxBackend.open(settings.sandbox_database, text, clock)
    except DefinitionError as error:
        raise CannotStart(f"The accounts file {path} (SANDBOX_ACCOUNTS) has mistakes:\n{error}") from error
    except OSError as error:
        raise CannotStart(f"The database of the sandbox (SANDBOX_DATABASE) cannot be made: {error}") from error
    except ForeignDatabase as error:
        raise CannotStart(f"SANDBOX_DATABASE: {error}") from error


def _holidays(settings: Settings) -> Container[date]:
    """The public holidays that are no business days (R19); none unless a country is set."""
    return holidays.country_holidays(settings.holidays) if settings.holidays else frozenset()


def _bolt(settings: Settings, session: aiohttp.ClientSession, authorize: Authorize, desk: Desk) -> AsyncApp:
    secret = settings.slack_signing_secret
    # Bolt finds SLACK_BOT_TOKEN in the environment by itself, and warns that it will not use it.
    logging.getLogger("slack_bolt.AsyncApp").addFilter(_is_not_about_unused_token)
    app = AsyncApp(
        # Without a name Bolt looks for the file that called it, by way of every module's source: a tenth of a second.
        name="invitebot",
        client=AsyncWebClient(base_url=settings.slack_api_url, session=session, retry_handlers=[]),
        signing_secret=secret.get_secret_value() if secret else None,
        # Bolt takes an object of its own class here as well, which its annotation forgets.
        authorize=cast("Callable[..., Awaitable[AuthorizeResult]]", authorize),
        # Otherwise every acknowledgement waits in steps of ten milliseconds (stack.md, section 1).
        process_before_response=True,
    )
    router.register(app, desk)
    return app


def _is_not_about_unused_token(record: logging.LogRecord) -> bool:
    return record.getMessage() != warning_client_prioritized_and_token_skipped()


@asynccontextmanager
async def running(
    bot: Bot, *, web: bool, worker: bool, bring_up_to_date: bool, greet: bool = True
) -> AsyncIterator[Bot]:
    """A bot that runs as long as the block lasts.

    Args:
        greet: ask Slack at once who the bot is, rather than at the first request.

    Raises:
        CannotStart: the database cannot be reached, or its tables are not those of this version.
    """
    stop = asyncio.Event()
    working: asyncio.Task[None] | None = None
    try:
        await _prepare_database(bot.database, bring_up_to_date=bring_up_to_date)
        if greet:
            await _greet(bot)
        if worker:
            bot.scheduler.start()
            working = asyncio.create_task(bot.runner.serve(stop))
        if web and bot.socket is not None:
            bot.socket.start()
        yield bot
    finally:
        stop.set()
        bot.runner.wake()
        bot.scheduler.stop()
        if bot.socket is not None:
            # First of all: nothing more should come in.
            await bot.socket.close()
        await bot.background.drain(GRACE_SECONDS)
        if working is not None:
            await working
        await bot.close()


def _open_database(settings: Settings, clock: Clock) -> Database:
    try:
        return Database(settings.database_url, clock)
    except OSError as error:
        raise CannotStart(f"The file of the database (DATABASE_URL) cannot be written: {error}.") from error


async def _prepare_database(database: Database, *, bring_up_to_date: bool) -> None:
    try:
        if bring_up_to_date:
            await migrate(database)
        elif await current_revision(database) != newest_revision():
            raise CannotStart("The database is not up to date. Run `invitebot migrate` first.")
    except (SQLAlchemyError, OSError) as error:
        raise CannotStart(f"The database (DATABASE_URL) cannot be used: {cause(error)}") from error


async def bring_up_to_date(settings: Settings) -> None:
    """Bring the database of the settings up to date.

    Raises:
        CannotStart: it cannot be reached.
    """
    database = _open_database(settings, SystemClock())
    try:
        await _prepare_database(database, bring_up_to_date=True)
    finally:
        await database.close()


async def audit_lines(settings: Settings, invitation: str | None) -> list[dict[str, Any]]:
    """What is recorded of an invitation, oldest first; without one, who was refused what.

    Args:
        invitation: its id, or the address it is for.

    Raises:
        CannotStart: the database cannot be reached.
    """
    database = _open_database(settings, SystemClock())
    try:
        await _prepare_database(database, bring_up_to_date=False)
        entries = await (denials(database) if invitation is None else history(database, invitation))
        return [line(entry) for entry in entries]
    finally:
        await database.close()


def cause(error: BaseException) -> str:
    """What a database driver said, without the wrapping."""
    original = getattr(error, "orig", None) or error
    return f"{type(original).__name__}: {original}".strip(": ")


async def _greet(bot: Bot) -> None:
    """Ask Slack who we are. If it does not answer now, the first request asks again.

    Raises:
        CannotStart: Slack answers that a token is not valid.
    """
    name, remedy = (
        "SLACK_BOT_TOKEN",
        "Copy the Bot User OAuth Token of your app into it; install the app again if need be",
    )
    app_token = bot.settings.slack_app_token
    try:
        installation = await bot.installations.get()
        if app_token is not None:
            name, remedy = "SLACK_APP_TOKEN", "Copy the app-level token of your app into it; it needs connections:write"
            await bot.slack.try_app_token(app_token.get_secret_value())
    except SlackError as error:
        if isinstance(error, SlackRefused) and error.code in NOT_A_TOKEN:
            raise CannotStart(f"Slack refuses {name}: {error.code}. {remedy}.") from error
        log.warning("slack_not_reached", why=str(error))
        return
    log.info("connected_to_slack", team=installation.workspace.team_id, bot=installation.bot_user_id)


async def run(settings: Settings, *, web: bool, worker: bool, bring_up_to_date: bool) -> None:
    """Run until told to stop (Ctrl-C, SIGTERM)."""
    stop = told_to_stop()
    bot = await build(settings)
    async with running(bot, web=web, worker=worker, bring_up_to_date=bring_up_to_date):
        # What is there now stays; looking through it for garbage is what would make somebody wait.
        gc.collect()
        gc.freeze()
        if not web:
            log.info("working")
            await stop.wait()
            return
        application = Starlette(routes=bot.routes(worker=worker))
        ready = partial(log.info, "listening", host=settings.host, port=settings.port, worker=worker)
        await serve(application, settings.host, settings.port, stop, ready)
