"""The demo as a newcomer sees it: the real bot, web and worker, between its two stand-ins, and people in browsers.

It is put together as `bot.demo` does, but for the clock, which starts at a fixed instant so that every run says the
same, and for what would otherwise be random on the screen.
"""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.accounts.sandbox import SandboxBackend
from bot.app import build, running
from bot.clock import ShiftedClock
from bot.demo import CHANNEL, HERE, ORGANISATION
from bot.sandbox.definition import load_definition
from bot.sandbox.endpoints import over_http
from bot.sandbox.server import Sandbox
from bot.sandbox.serving import served
from bot.sandbox.workspace import Credentials, Workspace
from bot.settings import Settings
from bot.slack.manifest import manifest
from bot.web import SLACK_PATH
from tests.browser.chromium import chromium
from tests.browser.pictures import WINDOW

# A Friday on which the demo's accounts give the first worked example of docs/features.md.
FIRST_DAY = datetime(2026, 7, 24, 12, 0, tzinfo=UTC)
# What the bot may take at most before a page shows it; it takes a second or two.
PATIENCE = 20_000

CREDENTIALS = Credentials(
    bot_token="xoxb-browser", app_token="xapp-browser", signing_secret="signed", verification_token="old"
)


class Demo:
    """The demo while it runs.

    Attributes:
        address: where the page is.
    """

    def __init__(self, address: str, sandbox: Sandbox, clock: ShiftedClock, folder: Path) -> None:
        self.address = address
        self.sandbox = sandbox
        self._clock = clock
        self._folder = folder

    async def change_accounts(self, old: str, new: str) -> None:
        """Somebody changes something in the account system itself."""
        text = (HERE / "accounts.yaml").read_text()
        assert old in text
        other = await SandboxBackend.open(self._folder / "accounts.db", text.replace(old, new), self._clock)
        await other.close()


class Front:
    """Somebody in front of the page, in a window of their own."""

    def __init__(self, page: Page, handle: str) -> None:
        self.page = page
        self.handle = handle
        self.dialog = page.locator("#modal")
        self.messages = page.get_by_role("article")

    async def go(self, channel: str) -> None:
        """Look at a channel."""
        await self.page.goto(f"/?as={self.handle}&in={channel}")

    async def open_bot(self) -> None:
        """Look at the conversation with the bot."""
        await self.page.get_by_role("link", name="Invitebot").press("Enter")
        await expect(self.page.get_by_role("tab", name="Messages", selected=True)).to_be_visible()

    async def type(self, text: str) -> None:
        """Type into the message field and send it."""
        box = self.page.get_by_label("Message", exact=True)
        await box.fill(text)
        await box.press("Enter")

    async def press(self, name: str) -> None:
        """Press a button: of the modal if one is open, else of the newest message that has it.

        With the keyboard, because news may redraw a button between the two halves of a click.
        """
        surface = self.dialog if await self.dialog.is_visible() else self.page.locator(".main")
        await surface.get_by_role("button", name=name, exact=True).last.press("Enter")

    async def close(self, name: str) -> None:
        """Close the modal by one of its buttons."""
        await self.press(name)
        await expect(self.dialog).not_to_be_visible()

    async def review(self) -> Locator:
        """Open the invitation; returns the briefing."""
        await self.press("Review")
        await expect(self.dialog).to_contain_text("invites you to join Acme Corp")
        return self.dialog

    async def invite(self, addresses: str, *, licence: str = "Licensed", note: str = "") -> None:
        """From the command to the summary, which is closed."""
        await self.type("/invite")
        await self.dialog.get_by_label("Addresses").fill(addresses)
        await self.dialog.get_by_label(licence).check()
        await self.dialog.get_by_label("Personal note").fill(note)
        await self.press("Continue")
        await self.dialog.get_by_role("button", name="Send").press("Enter")
        await expect(self.dialog).to_contain_text("on their way" if "," in addresses else "on its way")
        await self.close("Done")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest.fixture
async def demo(tmp_path: Path, migrated_sqlite: Path) -> AsyncIterator[Demo]:
    async with _playing(tmp_path, migrated_sqlite) as playing:
        yield playing


@asynccontextmanager
async def _playing(folder: Path, template: Path) -> AsyncIterator[Demo]:
    clock = ShiftedClock(FIRST_DAY - datetime.now(UTC))
    settings = _settings(folder)
    shutil.copy(template, folder / "invitebot.db")
    accounts = await SandboxBackend.open(
        folder / "accounts.db", (HERE / "accounts.yaml").read_text(), clock, new_id=_ids_in_order()
    )
    workspace = await Workspace.open(
        load_definition(HERE / "workspace.yaml"),
        clock=clock,
        manifest=manifest(settings),
        extra_commands=["/invite"],
        credentials=CREDENTIALS,
    )
    whole: list[ASGIApp] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await whole[0](scope, receive, send)

    async with served(application) as address, aiohttp.ClientSession() as session:
        workspace.address = address
        sandbox = Sandbox(workspace, over_http(session, address + SLACK_PATH))
        bot = await build(settings.model_copy(update={"slack_api_url": f"{address}/api/"}), clock, accounts)
        whole.append(Starlette(routes=[*bot.routes(worker=True), Mount("/", sandbox.application)]))
        async with running(bot, web=True, worker=True, bring_up_to_date=False, greet=False):
            yield Demo(address, sandbox, clock, folder)
            workspace.changes.close()
        await sandbox.close()
    await workspace.close()


def _settings(folder: Path) -> Settings:
    return Settings.load(
        _env_file=None,
        slack_bot_token=CREDENTIALS.bot_token,
        slack_signing_secret=CREDENTIALS.signing_secret,
        slack_app_token=None,
        database_url=f"sqlite:///{folder / 'invitebot.db'}",
        organisation_account=ORGANISATION,
        invite_channel=CHANNEL,
        sandbox_accounts=HERE / "accounts.yaml",
        holidays="NL",
    )


def _ids_in_order() -> Callable[[str], str]:
    """References as the account system gives them, the same in every run."""
    numbers = count(1)
    return lambda prefix: f"{prefix}_{next(numbers):06}"


@pytest.fixture
async def front(demo: Demo, browser: Browser) -> AsyncIterator[Callable[[str], Awaitable[Front]]]:
    """Seats people in front of the page; anything that the page's script complains about fails the test."""
    complaints: list[str] = []

    async def sit(handle: str) -> Front:
        page = await browser.new_page(base_url=demo.address, viewport=WINDOW, bypass_csp=True)
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        somebody = Front(page, handle)
        await somebody.go("general")
        return somebody

    expect.set_options(timeout=PATIENCE)
    yield sit
    assert complaints == []
