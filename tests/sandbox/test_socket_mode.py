"""Socket Mode with the real client of slack_bolt (slack.md, sections 2.1 and 3.3)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler

from bot.sandbox.seat import Seat
from bot.sandbox.web_api import answer
from tests.sandbox.conftest import CREDENTIALS, Stage
from tests.sandbox.listening import Listener, form
from tests.sandbox.test_views import opened
from tests.sandbox.test_web_api import ADAM


@pytest.fixture
async def handler(stage: Stage) -> AsyncIterator[Any]:
    made: Any = AsyncSocketModeHandler(stage.bolt, CREDENTIALS.app_token, web_client=stage.client)
    await made.connect_async()
    await stage.workspace.changes.until(lambda: stage.sandbox.sockets.connected, 5)
    yield made
    await made.close_async()


async def test_everything_goes_over_the_socket(stage: Stage, adam: Seat, handler: Any) -> None:
    bot = Listener(stage)
    opened_homes: list[str] = []

    @stage.bolt.event("app_home_opened")
    async def home_opened(event: Any) -> None:
        opened_homes.append(event["user"])

    bot.answer = {"text": "Hello"}
    outcome = await adam.command("/echo")
    assert outcome.reply is not None
    assert outcome.reply.text == "Hello"
    bot.answer = {"response_action": "errors", "errors": {"field": "No."}}
    await opened(stage.workspace, form())
    assert (await adam.submit(text="a")).errors == {"field": "No."}
    await adam.open_home()
    assert opened_homes == [ADAM]
    assert {delivered.transport for delivered in stage.workspace.record.deliveries()} == {"socket"}


async def test_without_a_socket_it_is_http_again(stage: Stage, adam: Seat, handler: Any) -> None:
    Listener(stage)
    await adam.command("/echo")
    await handler.close_async()
    await stage.workspace.changes.until(lambda: not stage.sandbox.sockets.connected, 5)
    await adam.command("/echo")
    assert [each.transport for each in stage.workspace.record.deliveries()] == ["socket", "http"]


async def test_a_payload_that_is_not_acknowledged(stage: Stage, adam: Seat, handler: Any) -> None:
    bot = Listener(stage)
    released = asyncio.Event()

    async def wait(_: Any) -> None:
        await released.wait()

    bot.meanwhile = wait
    stage.sandbox.delivery.patience = 0.05
    outcome = await adam.command("/echo")
    assert outcome.error == '/echo failed with the error "operation_timeout"'
    released.set()


async def connected(stage: Stage, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    body = (await answer(stage.workspace, "apps.connections.open", CREDENTIALS.app_token, {})).body
    socket = await session.ws_connect(body["url"])
    assert (await socket.receive_json())["type"] == "hello"
    return socket


async def test_envelopes_and_their_acknowledgement(stage: Stage, adam: Seat, session: aiohttp.ClientSession) -> None:
    socket = await connected(stage, session)
    running = asyncio.create_task(adam.command("/echo", "hi"))
    envelope = await socket.receive_json()
    assert envelope["type"] == "slash_commands"
    assert envelope["payload"]["text"] == "hi"
    assert envelope["accepts_response_payload"] is True
    await socket.send_json({"envelope_id": "another"})
    await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "Yes"}})
    outcome = await running
    assert outcome.reply is not None
    assert outcome.reply.text == "Yes"
    await socket.close()


async def test_an_event_says_which_attempt_it_is(stage: Stage, adam: Seat, session: aiohttp.ClientSession) -> None:
    socket = await connected(stage, session)
    stage.workspace.faults.double_delivery = True
    running = asyncio.create_task(adam.open_home())
    for attempt, reason in ((0, ""), (1, "http_timeout")):
        envelope = await socket.receive_json()
        assert (envelope["type"], envelope["retry_attempt"], envelope["retry_reason"]) == (
            "events_api",
            attempt,
            reason,
        )
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
    await running
    await socket.close()


async def test_a_ticket_is_good_for_one_connection(stage: Stage, session: aiohttp.ClientSession) -> None:
    body = (await answer(stage.workspace, "apps.connections.open", CREDENTIALS.app_token, {})).body
    first = await session.ws_connect(body["url"])
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(body["url"])
    await first.close()


async def test_the_workspace_can_ask_for_a_new_connection(stage: Stage, session: aiohttp.ClientSession) -> None:
    socket = await connected(stage, session)
    await stage.sandbox.sockets.disconnect()
    assert await socket.receive_json() == {
        "type": "disconnect",
        "reason": "refresh_requested",
        "debug_info": {"host": "sandbox"},
    }
    await socket.close()
