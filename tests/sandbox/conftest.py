"""A small workspace with a small bot, which is the real slack_bolt, for every test of the sandbox."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import ManualClock
from bot.sandbox.definition import AppIdentity, Channel, Person, Role, Team, WorkspaceDefinition
from bot.sandbox.endpoints import into
from bot.sandbox.seat import Seat
from bot.sandbox.server import Sandbox
from bot.sandbox.serving import served
from bot.sandbox.workspace import Credentials, Workspace

Json = dict[str, Any]

NOW = datetime(2026, 7, 24, 12, 0, tzinfo=UTC)

MANIFEST: Json = {
    "display_information": {"name": "Echo"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "bot_user": {"display_name": "Echo"},
        "slash_commands": [
            {"command": "/echo", "description": "Say it again", "usage_hint": "[words]", "should_escape": True}
        ],
        "shortcuts": [{"name": "Echo something", "type": "global", "callback_id": "echo_form", "description": "Echo"}],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "channels:history",
                "channels:read",
                "chat:write",
                "commands",
                "files:read",
                "files:write",
                "groups:read",
                "im:history",
                "im:read",
                "im:write",
                "mpim:write",
                "team:read",
                "users:read",
                "users:read.email",
            ]
        }
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": [
                "app_home_opened",
                "app_uninstalled",
                "message.im",
                "team_join",
                "tokens_revoked",
                "user_change",
            ]
        },
        "interactivity": {"is_enabled": True},
    },
}


def person(number: int, handle: str, name: str, **more: Any) -> Person:
    return Person(id=f"U000000000{number}", handle=handle, name=name, email=f"{handle}@acme.example", **more)


DEFINITION = WorkspaceDefinition(
    team=Team(id="T0ACME0001", name="Acme", domain="acme"),
    app=AppIdentity(id="A0ECHO0001", bot_id="B0ECHO0001", user_id="U0ECHO0001", name="Echo", handle="echo"),
    starts_as="adam",
    people=[
        person(1, "adam", "Adam Alvarez", zone="America/New_York"),
        person(2, "petra", "Petra de Vries", zone="Europe/Amsterdam", locale="nl-NL"),
        person(3, "olivia", "Olivia Owens", role=Role.PRIMARY_OWNER, zone="Europe/Amsterdam", locale="en-GB"),
        person(4, "giulia", "Giulia Gallo", role=Role.SINGLE_CHANNEL_GUEST),
        person(5, "dirk", "Dirk Dekker", deactivated=True),
    ],
    channels=[
        Channel(id="C0GENERAL1", name="general", members=["adam", "petra", "olivia", "echo"]),
        Channel(id="C0RANDOM01", name="random", members=["adam", "giulia"]),
        Channel(id="C0SECRET01", name="secret", kind="private", members=["adam", "olivia"]),
        Channel(id="C0OLD00001", name="old", archived=True, members=["adam", "echo"]),
    ],
)

CREDENTIALS = Credentials(
    bot_token="xoxb-for-tests", app_token="xapp-for-tests", signing_secret="secret-for-tests", verification_token="old"
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def workspace(clock: ManualClock) -> AsyncIterator[Workspace]:
    opened = await Workspace.open(
        DEFINITION, clock=clock, manifest=MANIFEST, extra_commands=["/invite"], credentials=CREDENTIALS
    )
    yield opened
    await opened.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


class EchoBot:
    """A bot made with slack_bolt, and the ASGI application it answers at.

    Tests register their listeners on `bolt`.
    """

    def __init__(self, workspace: Workspace, session: aiohttp.ClientSession) -> None:
        self.client = AsyncWebClient(
            token=workspace.credentials.bot_token, base_url=f"{workspace.address}/api/", session=session
        )
        self.bolt = AsyncApp(
            client=self.client,
            token=workspace.credentials.bot_token,
            signing_secret=workspace.credentials.signing_secret,
            process_before_response=True,
        )
        self.application = AsyncSlackRequestHandler(self.bolt)


class Stage:
    """The sandbox with the bot at the other end."""

    def __init__(self, sandbox: Sandbox, bot: EchoBot) -> None:
        self.sandbox = sandbox
        self.workspace = sandbox.workspace
        self.bot = bot
        self.bolt = bot.bolt
        self.client = bot.client

    def seat(self, name: str) -> Seat:
        return self.sandbox.seat(name)


@pytest.fixture
async def stage(workspace: Workspace, session: aiohttp.ClientSession) -> AsyncIterator[Stage]:
    bots: list[EchoBot] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await bots[0].application(scope, receive, send)

    sandbox = Sandbox(workspace, into(application), patience=1.0, retry_after=(0, 0, 0))
    async with served(sandbox.application) as address:
        workspace.address = address
        bots.append(EchoBot(workspace, session))
        yield Stage(sandbox, bots[0])
    await sandbox.close()


@pytest.fixture
def adam(stage: Stage) -> Seat:
    return stage.seat("adam")


@pytest.fixture
def petra(stage: Stage) -> Seat:
    return stage.seat("petra")
