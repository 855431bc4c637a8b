"""A response_url is good five times within thirty minutes (slack.md, section 2.1)."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.clock import ManualClock
from bot.sandbox.seat import Seat
from tests.sandbox.conftest import Stage
from tests.sandbox.listening import Json, Listener, actions, button
from tests.sandbox.test_actions import post


class Responder:
    """Posts to the response_url of the last thing that happened."""

    def __init__(self, session: aiohttp.ClientSession, bot: Listener) -> None:
        self._session, self._bot = session, bot

    async def __call__(self, **body: Any) -> tuple[int, str]:
        async with self._session.post(self._bot.last["response_url"], json=body) as response:
            return response.status, await response.text()


@pytest.fixture
def bot(stage: Stage) -> Listener:
    return Listener(stage)


@pytest.fixture
def respond(session: aiohttp.ClientSession, bot: Listener) -> Responder:
    return Responder(session, bot)


def texts(seat: Seat) -> list[str]:
    return [seen.text.split("\n")[0] for seen in seat.messages("general")]


async def test_five_times(adam: Seat, respond: Responder) -> None:
    await adam.command("/echo", channel="general")
    for number in range(5):
        assert await respond(text=f"Answer {number}") == (200, "ok")
    status, body = await respond(text="Once too often")
    assert (status, "used_url" in body) == (404, True)
    assert len(adam.messages("general")) == 5


async def test_thirty_minutes(adam: Seat, respond: Responder, clock: ManualClock, stage: Stage) -> None:
    await adam.command("/echo", channel="general")
    stage.workspace.advance(timedelta(days=1))
    clock.advance(timedelta(minutes=30))
    assert (await respond(text="In time"))[0] == 200
    clock.advance(timedelta(seconds=1))
    status, body = await respond(text="Too late")
    assert (status, "expired_url" in body) == (404, True)


async def test_only_the_person_sees_it_unless_all_shall(adam: Seat, petra: Seat, respond: Responder) -> None:
    await adam.command("/echo", channel="general")
    await respond(text="For Adam")
    await respond(text="For all", response_type="in_channel")
    assert texts(adam) == ["For Adam", "For all"]
    assert texts(petra) == ["For all"]


async def test_the_message_one_clicked_on_can_be_replaced_or_deleted(
    stage: Stage, adam: Seat, petra: Seat, respond: Responder
) -> None:
    await post(stage, actions(button()))
    await adam.click("go")
    await respond(text="Beside it")
    assert texts(adam) == ["Choose", "Beside it"]
    await respond(text="Done", replace_original=True)
    assert texts(petra) == ["Done"]
    await respond(delete_original=True)
    assert texts(petra) == []


async def test_the_answer_to_a_command_can_be_replaced(adam: Seat, respond: Responder) -> None:
    await adam.command("/echo", channel="general")
    await respond(text="Working")
    await respond(text="Done", replace_original=True)
    assert texts(adam) == ["Done"]


async def test_it_works_where_the_bot_is_not(adam: Seat, respond: Responder) -> None:
    await adam.command("/echo", channel="secret")
    assert (await respond(text="Hello"))[0] == 200
    assert "Hello" in adam.messages("secret")[-1].text


@pytest.mark.parametrize(
    ("body", "error"),
    [({}, "no_text"), ({"text": "a", "blocks": [{"type": "sektion"}]}, "invalid_blocks")],
)
async def test_what_is_refused(adam: Seat, respond: Responder, body: Json, error: str) -> None:
    await adam.command("/echo", channel="general")
    status, answer = await respond(**body)
    assert (status, error in answer) == (400, True)


async def test_an_address_nobody_was_given(stage: Stage, session: aiohttp.ClientSession) -> None:
    async with session.post(f"{stage.workspace.address}/hooks/response/abc", json={"text": "a"}) as response:
        assert response.status == 404


async def test_bolts_respond_works(stage: Stage, adam: Seat) -> None:
    @stage.bolt.command("/echo")
    async def echo(ack: Any, respond: Any) -> None:
        await ack()
        await respond("Hello")

    await adam.command("/echo", channel="general")
    assert texts(adam) == ["Hello"]
