"""The same story over Socket Mode: payloads come over a WebSocket that the bot opens."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from starlette.routing import Route

from bot.app import Bot, build, running
from bot.sandbox.seat import Seat
from models.invitation import InvitationStatus
from tests.scenarios.conftest import CREDENTIALS, Stage
from tests.scenarios.steps import accept, invite, review


@pytest.fixture
async def socket_bot(stage: Stage) -> AsyncIterator[Bot]:
    settings = stage.bot.settings.model_copy(
        update={"slack_app_token": SecretStr(CREDENTIALS.app_token), "slack_signing_secret": None}
    )
    bot = await build(settings, stage.clock, stage.accounts)
    async with running(bot, web=True, worker=False, bring_up_to_date=False):
        await stage.sandbox.workspace.changes.until(lambda: stage.sandbox.sockets.connected or None, 10)
        yield bot


async def test_from_invite_to_joined_over_a_socket(stage: Stage, adam: Seat, socket_bot: Bot) -> None:
    http_bot, stage.bot = stage.bot, socket_bot
    frank = stage.seat("frank")
    await invite(stage, adam, "frank@acme.example")
    await review(stage, frank)
    await accept(stage, frank)
    assert (await stage.invitation("frank@acme.example")).status is InvitationStatus.JOINED
    transports = {delivery.transport for delivery in stage.sandbox.workspace.record.deliveries()}
    assert transports == {"socket"}
    paths = [route.path for route in socket_bot.routes(worker=False) if isinstance(route, Route)]
    assert paths == ["/healthz", "/readyz"], "nobody else is listened to"
    stage.bot = http_bot
