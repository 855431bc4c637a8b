"""The page over HTTP: what it shows to whom, and what it takes from whom."""

import asyncio
import io
import json
import re
from typing import Any

import aiohttp
import pytest

from bot.sandbox.seat import Seat
from tests.sandbox.conftest import CREDENTIALS, Stage
from tests.sandbox.listening import Json, Listener, actions, button, confirm, field, form, options, plain, text_field
from tests.sandbox.test_actions import post
from tests.sandbox.test_every_block import EVERY_BLOCK, EVERY_INPUT
from tests.sandbox.test_views import home, opened
from tests.sandbox.test_web_api import ADAM, GENERAL, PETRA


class Browser:
    """Fetches and posts as the page's script does."""

    def __init__(self, stage: Stage, session: aiohttp.ClientSession) -> None:
        self._address = stage.workspace.address
        self._session = session

    async def get(self, path: str, **query: str) -> tuple[int, str]:
        async with self._session.get(self._address + path, params=query) as response:
            return response.status, await response.text()

    async def parts(self, **query: str) -> dict[str, str]:
        status, body = await self.get("/sandbox/parts", **query)
        assert status == 200, body
        return dict(json.loads(body))

    async def post(self, path: str, body: Any, **headers: str) -> tuple[int, Json]:
        async with self._session.post(f"{self._address}/sandbox/{path}", json=body, headers=headers) as response:
            return response.status, await response.json()


@pytest.fixture
def browser(stage: Stage, session: aiohttp.ClientSession) -> Browser:
    return Browser(stage, session)


async def test_the_page_opens_as_the_first_person(browser: Browser) -> None:
    status, html = await browser.get("/")
    assert status == 200
    assert "Acting as <strong>Adam Alvarez</strong>" in html
    assert 'data-as="adam"' in html
    for name in ("general", "random", "secret"):
        assert f'<span class="name">{name}</span>' in html


async def test_nothing_is_loaded_from_outside(stage: Stage, session: aiohttp.ClientSession, browser: Browser) -> None:
    await post(stage, *EVERY_BLOCK)
    async with session.get(f"{stage.workspace.address}/?in=general") as response:
        html = await response.text()
        policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(?:https?:)?//", html)
    assert "<script>" not in html
    for path in ("/static/sandbox.js", "/static/sandbox.css", "/static/icon.svg"):
        assert (await browser.get(path))[0] == 200


async def test_each_person_sees_their_own(stage: Stage, browser: Browser) -> None:
    await stage.client.chat_postEphemeral(channel=GENERAL, user=ADAM, text="Only for Adam")
    await stage.client.chat_postMessage(channel=PETRA, text="Only for Petra")
    adam = await browser.parts(**{"as": "adam", "in": GENERAL})
    petra = await browser.parts(**{"as": "petra", "in": GENERAL})
    assert "Only for Adam" in adam["main"]
    assert "Only visible to you" in adam["main"]
    assert "Only for Adam" not in petra["main"]
    assert 'aria-label="1 unread"' in petra["sidebar"]
    assert "1 new" in adam["top"], "whoever plays sees where something waits"
    assert "secret" not in petra["sidebar"]


async def test_reading_a_conversation_marks_it_read(stage: Stage, browser: Browser) -> None:
    posted = await stage.client.chat_postMessage(channel=PETRA, text="Hello")
    await browser.parts(**{"as": "petra", "in": "home"})
    assert stage.workspace.unread(PETRA, posted["channel"]) == 1
    await browser.parts(**{"as": "petra", "in": posted["channel"]})
    assert stage.workspace.unread(PETRA, posted["channel"]) == 0


async def test_a_long_conversation_shows_its_end(stage: Stage, browser: Browser) -> None:
    for number in range(250):
        stage.workspace.post_as_bot(GENERAL, text=f"Message {number}.")
    html = (await browser.parts(**{"as": "adam", "in": GENERAL}))["main"]
    assert "Message 249." in html
    assert "Message 49." not in html


async def test_somebody_who_is_not_there(browser: Browser) -> None:
    assert await browser.get("/", **{"as": "nobody"}) == (
        404,
        "There is nobody called nobody in this workspace. Open / instead.",
    )
    assert (await browser.get("/sandbox/parts", **{"as": "nobody"}))[0] == 404
    assert (await browser.get("/sandbox/seen", **{"as": "nobody"}))[0] == 404


async def test_every_block_is_rendered(stage: Stage, browser: Browser) -> None:
    await post(stage, *EVERY_BLOCK)
    html = (await browser.parts(**{"as": "adam", "in": GENERAL}))["main"]
    for words in (
        "Header",
        "Field one",
        "In a context",
        "A picture",
        "In rich text",
        "Cell",
        "In Markdown",
        "In a container",
    ):
        assert words in html, words
    assert "A block of the kind" not in html


async def test_every_input_is_rendered_with_its_label(stage: Stage, browser: Browser) -> None:
    await opened(stage.workspace, form(*EVERY_INPUT))
    html = (await browser.parts(**{"as": "adam"}))["modal"]
    kinds = {block["element"]["type"] for block in EVERY_INPUT if block["type"] == "input"}
    for kind in kinds:
        assert f'data-input="{kind}"' in html
    for label in re.findall(r'<label class="label" for="(\w+)"', html):
        assert f'id="{label}"' in html
    for label in re.findall(r'aria-labelledby="(\w+-label)"', html):
        assert f'id="{label}"' in html


async def test_what_the_bot_writes_cannot_become_markup(stage: Stage, browser: Browser) -> None:
    evil = "<img src=x onerror=alert(1)>\"'"
    await post(
        stage,
        {"type": "header", "text": plain(evil[:75])},
        {"type": "section", "text": {"type": "mrkdwn", "text": evil}},
        actions(button(text=evil, value=evil, confirm=confirm(title=plain(evil)))),
        {"type": "markdown", "text": evil},
    )
    view = form(text_field(placeholder=plain(evil), initial_value=evil), title=plain("T"), callback_id=evil)
    await opened(stage.workspace, view)
    parts = await browser.parts(**{"as": "adam", "in": GENERAL, "side": "hood"})
    for html in parts.values():
        assert "<img" not in html


async def test_errors_and_trouble_stand_in_the_modal(stage: Stage, adam: Seat, browser: Browser) -> None:
    bot = Listener(stage)
    await opened(stage.workspace, form())
    bot.answer = {"response_action": "errors", "errors": {"field": "Nobody is called that."}}
    await adam.submit(text="x")
    html = (await browser.parts(**{"as": "adam"}))["modal"]
    assert "Nobody is called that." in html
    assert 'aria-invalid="true"' in html
    bot.answer = {"response_action": "explode"}
    await adam.submit(text="x")
    assert "We had some trouble connecting" in (await browser.parts(**{"as": "adam"}))["modal"]


async def test_the_whole_way_through_the_page(stage: Stage, browser: Browser) -> None:
    bot = Listener(stage)

    async def open_form(body: Json) -> None:
        if "command" in body:
            blocks = [
                text_field(),
                actions(button("more", "More")),
                field({"type": "datetimepicker", "action_id": "at"}, "at"),
            ]
            await stage.client.views_open(trigger_id=body["trigger_id"], view=form(*blocks))

    bot.meanwhile = open_form
    status, answer = await browser.post("acts/command", {"as": "adam", "channel": "general", "text": "/echo hi"})
    assert (status, answer) == (200, {"error": None, "errors": {}})
    seen = json.loads((await browser.get("/sandbox/seen", **{"as": "adam"}))[1])
    view_id = seen["modal"]["id"]
    entries = [
        {"block_id": "field", "action_id": "text", "given": "Ann"},
        {"block_id": "at", "action_id": "at", "given": "2026-07-24T09:30"},
    ]
    more = {"as": "adam", "view_id": view_id, "block_id": "row", "action_id": "more", "entries": entries}
    assert (await browser.post("acts/act", more))[0] == 200
    values = bot.last["view"]["state"]["values"]
    assert values["field"]["text"]["value"] == "Ann"
    assert values["at"]["at"]["selected_date_time"] == 1_784_899_800, "09:30 in New York"
    assert (await browser.post("acts/submit", {"as": "adam", "view_id": view_id, "entries": []}))[1]["errors"] == {}
    assert json.loads((await browser.get("/sandbox/seen", **{"as": "adam"}))[1])["modal"] is None


async def test_other_acts(stage: Stage, browser: Browser) -> None:
    bot = Listener(stage)
    bot.answer = {"options": options("anna")}
    status, said = await browser.post("acts/say", {"as": "adam", "channel": GENERAL, "text": "Hello"})
    assert status == 200
    reply = {"as": "petra", "channel": GENERAL, "text": "Hello too", "thread_ts": said["ts"]}
    await browser.post("acts/say", reply)
    thread = await browser.parts(**{"as": "adam", "in": GENERAL, "side": "thread", "thread": said["ts"]})
    assert "Hello too" in thread["side"]
    assert "1 reply" in thread["main"]
    assert (await browser.post("acts/shortcut", {"as": "adam", "callback_id": "echo_form"}))[0] == 200
    assert (await browser.post("acts/home", {"as": "adam"}))[0] == 200
    select = {"type": "external_select", "action_id": "search", "min_query_length": 0}
    view = await opened(stage.workspace, form(field(select)))
    suggest = {"as": "adam", "view_id": view["id"], "action_id": "search", "block_id": "field", "query": ""}
    assert (await browser.post("acts/suggest", suggest))[1]["options"][0]["value"] == "anna"
    assert (await browser.post("acts/close", {"as": "adam", "view_id": view["id"], "everything": True}))[0] == 200
    assert not stage.seat("adam").has_modal


@pytest.mark.parametrize(
    ("path", "body", "refused"),
    [
        ("acts/say", {"as": "nobody", "channel": GENERAL, "text": "a"}, "nobody called nobody"),
        ("acts/say", {"as": "adam", "text": "a"}, "channel is missing"),
        ("acts/say", {"as": "adam", "channel": "nowhere", "text": "a"}, "no channel called nowhere"),
        ("acts/act", {"as": "adam", "view_id": "V1", "action_id": "a"}, "not there any more"),
        ("acts/act", {"as": "adam", "channel": GENERAL, "ts": "1.0", "action_id": "a"}, "not there any more"),
        ("acts/shortcut", {"as": "adam", "callback_id": "x"}, "no shortcut"),
        ("advance", {"hours": -1}, "forward"),
        ("advance", {"hours": "many"}, "could not convert"),
        ("advance", {"hours": 10_000}, "at most a year"),
        ("advance", {}, "hours is missing"),
        ("people", {"person": "nobody", "deactivated": True}, "nobody called nobody"),
    ],
)
async def test_refusals_are_sentences(browser: Browser, path: str, body: Json, refused: str) -> None:
    status, answer = await browser.post(path, body)
    assert status == 422
    assert refused in answer["refused"]


async def test_rubbish_and_other_sites(browser: Browser, stage: Stage, session: aiohttp.ClientSession) -> None:
    assert (await browser.post("advance", []))[0] == 400
    async with session.post(f"{stage.workspace.address}/sandbox/advance", data=b"{") as response:
        assert response.status == 400
    status, answer = await browser.post("advance", {"hours": 1}, origin="https://evil.example")
    assert (status, answer) == (403, {"refused": "This page only listens to itself."})
    assert (await browser.post("advance", {"hours": 1}, origin=stage.workspace.address))[0] == 200


async def test_the_clock(stage: Stage, browser: Browser) -> None:
    before = json.loads((await browser.get("/sandbox/clock"))[1])
    await browser.post("advance", {"hours": 72})
    after = json.loads((await browser.get("/sandbox/clock"))[1])
    assert (before["advanced_seconds"], after["advanced_seconds"]) == (0, 72 * 3600)
    assert "Mon 27 Jul 2026 08:00" in (await browser.parts(**{"as": "adam"}))["top"]


async def test_faults_are_switched_and_shown(stage: Stage, browser: Browser) -> None:
    faults = stage.workspace.faults
    switches: list[Json] = [
        {"answer_delay": 2},
        {"rate_limit": {"method": "chat.update", "retry_after": "7"}},
        {"fail_next": {"method": "chat.postMessage", "error": "is_archived"}},
        {"scope": "chat:write", "granted": False},
        {"double_delivery": True},
    ]
    for switch in switches:
        assert (await browser.post("faults", switch))[0] == 200
    assert faults.answer_delay == 2
    assert faults.limits == {"chat.update": 7}
    assert faults.planned_errors == {"chat.postMessage": ["is_archived"]}
    assert faults.refused_scopes == {"chat:write"}
    assert faults.double_delivery
    html = (await browser.parts(**{"as": "adam", "side": "faults"}))["side"]
    assert "retry after 7 s" in html
    assert "is_archived" in html
    await browser.post("faults", {"rate_limit": {"method": "chat.update", "retry_after": None}})
    await browser.post("faults", {"scope": "chat:write", "granted": True})
    assert (faults.limits, faults.refused_scopes) == ({}, set())
    await browser.post("faults", {"clear": True})
    assert not faults.active


async def test_people_and_channels_change(stage: Stage, browser: Browser) -> None:
    await browser.post("people", {"person": "petra", "deactivated": True})
    assert stage.workspace.person("petra").deactivated
    await browser.post("channels", {"channel": "random", "bot": "add"})
    assert "U0ECHO0001" in stage.workspace.channel("random").member_ids
    await browser.post("channels", {"channel": "random", "bot": "remove"})
    assert "U0ECHO0001" not in stage.workspace.channel("random").member_ids


async def test_under_the_hood(stage: Stage, adam: Seat, browser: Browser) -> None:
    Listener(stage)
    await adam.command("/echo", "hi")
    await stage.client.users_info(user=ADAM)
    html = (await browser.parts(**{"as": "adam", "side": "hood"}))["side"]
    assert "slash_command" in html
    assert "users.info" in html
    assert CREDENTIALS.bot_token not in html
    await browser.post("record/clear", {})
    assert "Nothing yet." in (await browser.parts(**{"as": "adam", "side": "hood"}))["side"]


async def test_news_arrive_by_themselves(stage: Stage, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{stage.workspace.address}/sandbox/live") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        await stream.content.readuntil(b"\n\n")
        await stage.client.chat_postMessage(channel=GENERAL, text="Hello")
        event = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 2)
    assert event.startswith(b"event: changed\n")


async def test_files(stage: Stage, session: aiohttp.ClientSession, browser: Browser) -> None:
    address = f"{stage.workspace.address}/sandbox/upload"
    async with session.post(address, params={"as": "adam", "name": "a.html"}, data=b"<b>") as response:
        file = await response.json()
    async with session.get(f"{stage.workspace.address}/sandbox/files/{file['id']}") as response:
        assert await response.read() == b"<b>"
        assert response.headers["content-disposition"] == "attachment"
        assert response.headers["content-type"] == "application/octet-stream"
    assert (await browser.get("/sandbox/files/F1"))[0] == 404
    async with session.post(address, params={"as": "nobody"}, data=b"x") as response:
        assert response.status == 422
    async with session.post(address, params={"as": "adam"}, data=io.BytesIO(b"x" * 10_000_001)) as response:
        assert (await response.json())["refused"] == "A file may have 10 MB at most."


async def test_the_home_tab_is_shown(stage: Stage, browser: Browser) -> None:
    assert "has not published a Home tab" in (await browser.parts(**{"as": "adam", "in": "home"}))["main"]
    await stage.client.views_publish(user_id=ADAM, view=home("Your invitations"))
    assert "Your invitations" in (await browser.parts(**{"as": "adam", "in": "home"}))["main"]
