"""`invitebot demo`: the real bot between two stand-ins, a Slack workspace in the browser and a sandbox account backend.

The second place that builds things, beside `bot/app.py`: it builds what plays the outside world, and joins the two.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import aiohttp
from starlette.applications import Starlette
from starlette.routing import Mount

import bot.sandbox
from bot.app import build, running
from bot.clock import ShiftedClock
from bot.sandbox.definition import load_definition
from bot.sandbox.endpoints import over_http
from bot.sandbox.server import Sandbox
from bot.sandbox.workspace import Workspace
from bot.serving import serve, told_to_stop
from bot.settings import Settings
from bot.slack.manifest import manifest
from bot.web import SLACK_PATH

HERE = Path(bot.sandbox.__file__).parent / "demo"
HOST = "127.0.0.1"
ORGANISATION = "acme"
CHANNEL = "C0LICENCES1"


async def play(data: Path, port: int, announce: Callable[[str], None]) -> None:
    """Run the demo until told to stop; its state is kept in `data`.

    Raises:
        CannotStart: the port is taken, or the state is not ours.
    """
    stop = told_to_stop()
    clock = ShiftedClock()
    address = f"http://{HOST}:{port}"
    async with aiohttp.ClientSession() as session:
        workspace = await _workspace(data, clock, address)
        settings = _settings(data, workspace, address)
        sandbox = Sandbox(workspace, over_http(session, address + SLACK_PATH))
        try:
            bot = await build(settings, clock)
            async with running(bot, web=True, worker=True, bring_up_to_date=True, greet=False):
                application = Starlette(routes=[*bot.routes(worker=True), Mount("/", sandbox.application)])
                letting_go = asyncio.create_task(_let_pages_go(workspace, stop))
                ready = f"\n  Invitebot's demo is ready: open {address} in a browser. Ctrl-C stops it.\n"
                try:
                    await serve(application, HOST, port, stop, partial(announce, ready))
                finally:
                    letting_go.cancel()
        finally:
            await sandbox.close()
            await workspace.close()


async def _let_pages_go(workspace: Workspace, stop: asyncio.Event) -> None:
    """Open pages listen for changes; when the demo stops, they should not hold it up."""
    await stop.wait()
    workspace.changes.close()


async def _workspace(data: Path, clock: ShiftedClock, address: str) -> Workspace:
    workspace = await Workspace.open(
        load_definition(HERE / "workspace.yaml"),
        clock=clock,
        manifest=manifest(Settings.load(_env_file=None)),
        # Slack itself keeps this name; here it may be tried.
        extra_commands=["/invite"],
        path=data / "slack.db",
    )
    workspace.address = address
    return workspace


def _settings(data: Path, workspace: Workspace, address: str) -> Settings:
    """The bot's settings for the demo; what the environment says about a real Slack does not count here."""
    return Settings.load(
        _env_file=None,
        slack_bot_token=workspace.credentials.bot_token,
        slack_signing_secret=workspace.credentials.signing_secret,
        slack_app_token=None,
        slack_api_url=f"{address}/api/",
        invite_commands=("/invite", "/account-invite"),
        invite_channel=CHANNEL,
        database_url=f"sqlite:///{data / 'invitebot.db'}",
        account_backend="sandbox",
        organisation_account=ORGANISATION,
        sandbox_accounts=HERE / "accounts.yaml",
        sandbox_database=data / "accounts.db",
        public_url=None,
        holidays="NL",
        sign_in_url=None,
        help_url=None,
    )
