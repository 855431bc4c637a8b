"""The whole product for a test: the real bot between a sandbox Slack workspace and a sandbox account backend.

Payloads come in signed, through the real endpoint; Slack's answers, the messages and the rows come out.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import bot.sandbox
from bot.accounts.sandbox import Faults, SandboxBackend
from bot.app import Bot, build
from bot.clock import ManualClock
from bot.database import Database
from bot.sandbox.definition import load_definition
from bot.sandbox.endpoints import into
from bot.sandbox.record import ApiCall
from bot.sandbox.seat import Seat
from bot.sandbox.server import Sandbox
from bot.sandbox.serving import served
from bot.sandbox.workspace import Credentials, Workspace
from bot.settings import Settings
from bot.slack.manifest import manifest
from models.audit import AuditEntry
from models.effect import Effect, EffectStatus
from models.invitation import Invitation

DEMO = Path(bot.sandbox.__file__).parent / "demo"
CREDENTIALS = Credentials(
    bot_token="xoxb-scenario", app_token="xapp-scenario", signing_secret="signed", verification_token="old"
)


class LosesAnswers:
    """Slack's Web API over a bad line: it does as it is asked, and now and then its answer does not arrive."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self.to_lose: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = str(scope.get("path", "")).removeprefix("/api/")
        if not self.to_lose[method]:
            await self._application(scope, receive, send)
            return
        self.to_lose[method] -= 1

        async def drop(_: Message) -> None:
            """Nobody hears it."""

        await self._application(scope, receive, drop)
        await PlainTextResponse("gateway time-out", 504)(scope, receive, send)


class Stage:
    """Everything a scenario looks at."""

    def __init__(
        self,
        slack: LosesAnswers,
        gate: asyncio.Event,
        sandbox: Sandbox,
        bot: Bot,
        accounts: SandboxBackend,
        faults: Faults,
        clock: ManualClock,
        accounts_path: Path,
        accounts_file: str,
    ) -> None:
        self._slack = slack
        self.gate = gate
        self._accounts_path = accounts_path
        self._accounts_file = accounts_file
        self.sandbox = sandbox
        self.bot = bot
        self.accounts = accounts
        self.faults = faults
        self.clock = clock

    def seat(self, name: str) -> Seat:
        return self.sandbox.seat(name)

    async def settle(self) -> None:
        """Let everything that is due happen, and what follows from it within a few seconds."""
        for _ in range(200):
            await self.bot.background.drain(5)
            if await self.bot.runner.run_due():
                continue
            soonest = await self._soonest()
            if soonest is None:
                return
            self.clock.advance(soonest)
        raise AssertionError("It never settles.")

    async def later(self, by: timedelta) -> None:
        """Move the clock, and let everything happen that is due then."""
        await self.settle()
        self.clock.advance(by)
        await self.settle()

    async def invitations(self) -> Sequence[Invitation]:
        async with self.bot.database.read() as session:
            return list(await session.exec(select(Invitation).order_by(col(Invitation.address_key))))

    async def invitation(self, address: str) -> Invitation:
        [found] = [one for one in await self.invitations() if one.address_key == address]
        return found

    async def audit(self) -> Sequence[AuditEntry]:
        async with self.bot.database.read() as session:
            return list(await session.exec(select(AuditEntry).order_by(col(AuditEntry.id))))

    async def waiting(self) -> Sequence[Effect]:
        async with self.bot.database.read() as session:
            found = await session.exec(select(Effect).where(Effect.status == EffectStatus.WAITING))
            return list(found)

    async def deliver(self, payload: dict[str, Any]) -> Any:
        """Send a payload that no client would send now: once more, or forged. Returns the acknowledgement."""
        return (await self.sandbox.delivery.interaction(payload)).body

    async def change_accounts(self, old: str, new: str) -> None:
        """Somebody changes something in the account system itself."""
        assert old in self._accounts_file
        self._accounts_file = self._accounts_file.replace(old, new)
        other = await SandboxBackend.open(self._accounts_path, self._accounts_file, self.clock)
        await other.close()

    def lose_answers(self, method: str, times: int) -> None:
        """Slack does what it is asked, but its next answers are lost."""
        self._slack.to_lose[method] += times

    def calls(self, method: str) -> list[ApiCall]:
        return self.sandbox.workspace.record.calls(method)

    async def _soonest(self) -> timedelta | None:
        """Until the next effect that is put off for seconds only."""
        now = self.clock.now()
        soon = [effect.due_at - now for effect in await self.waiting() if effect.due_at - now < timedelta(minutes=2)]
        return max(min(soon), timedelta()) if soon else None


@pytest.fixture
def accounts_file() -> str:
    """The accounts of the scenario; a test module overrides it to play another case."""
    return (DEMO / "accounts.yaml").read_text()


@pytest.fixture
async def stage(
    database: Database, database_url: str, clock: ManualClock, accounts_file: str, tmp_path: Path
) -> AsyncIterator[Stage]:
    settings = Settings.load(
        _env_file=None,
        slack_bot_token=CREDENTIALS.bot_token,
        slack_signing_secret=CREDENTIALS.signing_secret,
        database_url=database_url,
        organisation_account="acme",
        invite_channel="C0LICENCES1",
    )
    workspace = await Workspace.open(
        load_definition(DEMO / "workspace.yaml"),
        clock=clock,
        manifest=manifest(settings),
        extra_commands=["/invite"],
        credentials=CREDENTIALS,
    )
    made: list[Starlette] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await made[0](scope, receive, send)

    sandbox = Sandbox(workspace, into(application), retry_after=(0, 0, 0))
    gate = asyncio.Event()
    faults = Faults(sleep=lambda _: _wait(gate))
    slack = LosesAnswers(sandbox.application)
    accounts_path = tmp_path / "accounts.db"
    accounts = await SandboxBackend.open(accounts_path, accounts_file, clock, faults=faults)
    async with served(slack) as address:
        workspace.address = address
        settings = settings.model_copy(update={"slack_api_url": f"{address}/api/"})
        bot = await build(settings, clock, accounts)
        made.append(Starlette(routes=bot.routes(worker=False)))
        yield Stage(slack, gate, sandbox, bot, accounts, faults, clock, accounts_path, accounts_file)
        await bot.background.drain(5)
        await sandbox.close()
        await bot.session.close()
        await bot.database.close()
    await accounts.close()
    await workspace.close()


async def _wait(gate: asyncio.Event) -> None:
    await gate.wait()


@pytest.fixture
def adam(stage: Stage) -> Seat:
    """Admin of the organisation account."""
    return stage.seat("adam")
