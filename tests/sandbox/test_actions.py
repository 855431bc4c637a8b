"""Buttons, menus and fields: what the bot is sent, and what Slack's client does by itself."""

import asyncio
from typing import Any

import pytest

from bot.sandbox.acts import BAD_STATUS, NOT_INTERACTIVE, TOO_SLOW
from bot.sandbox.errors import ActRefused
from bot.sandbox.seat import Seat
from tests.sandbox.conftest import Stage
from tests.sandbox.listening import Json, Listener, actions, button, confirm, field, form, options, plain, text_field
from tests.sandbox.test_views import home, opened
from tests.sandbox.test_web_api import ADAM, GENERAL, PETRA, declare


async def post(stage: Stage, *blocks: Json, channel: str = GENERAL) -> Json:
    posted = await stage.client.chat_postMessage(channel=channel, text="Choose", blocks=list(blocks))
    return dict(posted.data) if isinstance(posted.data, dict) else {}


async def test_a_button_on_a_message(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    posted = await post(stage, actions(button(value="42", style="primary")))
    assert (await adam.click("Go")).error is None
    body = bot.last
    assert body["type"] == "block_actions"
    assert body["team"] == {"id": "T0ACME0001", "domain": "acme"}
    assert (body["enterprise"], body["is_enterprise_install"]) == (None, False)
    assert body["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": GENERAL,
        "is_ephemeral": False,
    }
    assert body["channel"] == {"id": GENERAL, "name": "general"}
    assert body["message"]["ts"] == posted["ts"]
    assert body["response_url"]
    assert body["trigger_id"]
    (action,) = body["actions"]
    assert action["action_ts"]
    assert {name: action[name] for name in ("type", "action_id", "block_id", "value", "style")} == {
        "type": "button",
        "action_id": "go",
        "block_id": "row",
        "value": "42",
        "style": "primary",
    }


async def test_an_ephemeral_message_does_not_travel_along(stage: Stage, adam: Seat, petra: Seat) -> None:
    bot = Listener(stage)
    await stage.client.chat_postEphemeral(channel=GENERAL, user=ADAM, text="a", blocks=[actions(button())])
    await adam.click("go")
    assert bot.last["container"]["is_ephemeral"] is True
    assert "message" not in bot.last
    with pytest.raises(ActRefused, match="sees no go"):
        await petra.click("go")


async def test_a_button_on_the_home_tab(stage: Stage, adam: Seat, petra: Seat) -> None:
    bot = Listener(stage)
    view = home(blocks=[actions(button())])
    await stage.client.views_publish(user_id=ADAM, view=view)
    await adam.click("go")
    assert bot.last["container"]["type"] == "view"
    assert bot.last["view"]["type"] == "home"
    assert "response_url" not in bot.last
    with pytest.raises(ActRefused):
        await petra.click("go", on=adam.home)


async def test_a_dialog_asks_whether_one_is_sure(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    await post(stage, actions(button(confirm=confirm())))
    with pytest.raises(ActRefused, match="say whether you are sure"):
        await adam.click("go")
    await adam.click("go", confirmed=False)
    assert bot.bodies == []
    await adam.click("go", confirmed=True)
    assert len(bot.bodies) == 1


async def test_what_is_not_there_cannot_be_clicked(stage: Stage, adam: Seat) -> None:
    Listener(stage)
    posted = await post(stage, actions(button()))
    seen = adam.messages("general")[-1]
    with pytest.raises(ActRefused, match=r"There is no stop here\. There is: go"):
        await adam.click("stop", on=seen)
    await stage.client.chat_delete(channel=GENERAL, ts=posted["ts"])
    with pytest.raises(ActRefused, match="This message is not there"):
        await adam.click("go", on=seen)


async def test_a_message_in_a_channel_one_is_not_in(stage: Stage, adam: Seat) -> None:
    Listener(stage)
    await post(stage, actions(button()))
    with pytest.raises(ActRefused, match="does not see"):
        await stage.seat("giulia").click("go", on=adam.messages("general")[-1])


CASES: list[tuple[Json, Any, Json]] = [
    (
        {"type": "static_select", "options": options("one", "two")},
        "two",
        {"selected_option": {"text": plain("Two") | {"emoji": True}, "value": "two"}},
    ),
    (
        {"type": "static_select", "option_groups": [{"label": plain("G"), "options": options("one")}]},
        "One",
        {"selected_option": {"text": plain("One") | {"emoji": True}, "value": "one"}},
    ),
    (
        {"type": "overflow", "options": options("one", "two")},
        "one",
        {"selected_option": {"text": plain("One") | {"emoji": True}, "value": "one"}},
    ),
    ({"type": "checkboxes", "options": options("one", "two")}, [], {"selected_options": []}),
    (
        {"type": "multi_static_select", "options": options("one", "two")},
        ["one", "two"],
        {"selected_options": [{"text": plain(v.title()) | {"emoji": True}, "value": v} for v in ("one", "two")]},
    ),
    ({"type": "users_select"}, "petra", {"selected_user": PETRA}),
    ({"type": "multi_users_select"}, ["petra", ADAM], {"selected_users": [PETRA, ADAM]}),
    ({"type": "channels_select"}, "general", {"selected_channel": GENERAL}),
    ({"type": "conversations_select"}, "#general", {"selected_conversation": GENERAL}),
    ({"type": "datepicker"}, "2026-08-01", {"selected_date": "2026-08-01"}),
    ({"type": "timepicker"}, "09:30", {"selected_time": "09:30"}),
    ({"type": "datetimepicker"}, 1_785_000_000, {"selected_date_time": 1_785_000_000}),
]


@pytest.mark.parametrize(("element", "given", "reported"), CASES, ids=[case[0]["type"] for case in CASES])
async def test_menus_report_what_was_chosen(
    stage: Stage, adam: Seat, element: Json, given: Any, reported: Json
) -> None:
    bot = Listener(stage)
    await post(stage, actions({"action_id": "menu", **element}))
    await adam.choose("menu", given)
    (action,) = bot.last["actions"]
    assert {name: action[name] for name in reported} == reported
    if element["type"] != "overflow":
        assert bot.last["state"]["values"]["row"]["menu"] == {"type": element["type"], **reported}


@pytest.mark.parametrize(
    ("element", "given", "complaint"),
    [
        ({"type": "static_select", "options": options("one")}, "two", "There is no option two."),
        ({"type": "overflow", "options": options("one")}, "two", "There is no two in this menu."),
        ({"type": "users_select"}, "nobody", "nobody called nobody"),
        ({"type": "channels_select"}, "nowhere", "no channel called nowhere"),
        ({"type": "datepicker"}, "1 August", "YYYY-MM-DD"),
        ({"type": "timepicker"}, "25:00", "HH:MM"),
        (
            {"type": "multi_static_select", "options": options("one", "two"), "max_selected_items": 1},
            ["one", "two"],
            "no more than 1",
        ),
    ],
)
async def test_menus_refuse_what_they_do_not_have(
    stage: Stage, adam: Seat, element: Json, given: Any, complaint: str
) -> None:
    bot = Listener(stage)
    await post(stage, actions({"action_id": "menu", **element}))
    with pytest.raises(ActRefused, match=complaint):
        await adam.choose("menu", given)
    assert bot.bodies == []


async def test_a_field_is_sent_at_once_only_when_it_says_so(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    loud = {**text_field("loud", "loud"), "dispatch_action": True}
    await opened(stage.workspace, form(text_field("quiet", "quiet"), loud))
    await adam.choose("quiet", "a")
    assert bot.bodies == []
    await adam.choose("loud", "b")
    assert bot.last["actions"][0]["value"] == "b"
    values = bot.last["view"]["state"]["values"]
    assert values["quiet"]["quiet"] == {"type": "plain_text_input", "value": "a"}


async def test_suggestions_come_from_the_bot(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    bot.answer = {"options": options("anna", "anton")}
    select = {"type": "external_select", "action_id": "search", "min_query_length": 2}
    await opened(stage.workspace, form(field(select)))
    assert await adam.suggestions("search", "a") == []
    assert bot.bodies == []
    assert await adam.suggestions("search", "an") == ["Anna", "Anton"]
    assert (bot.last["type"], bot.last["value"], bot.last["action_id"]) == ("block_suggestion", "an", "search")
    await adam.submit(search="anton")
    chosen = bot.last["view"]["state"]["values"]["field"]["search"]["selected_option"]
    assert chosen["value"] == "anton"


async def test_unusable_suggestions(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    select = {"type": "external_select", "action_id": "search", "min_query_length": 0}
    await opened(stage.workspace, form(field(select)))
    for answer in ({"options": options(*[f"o{n}" for n in range(101)])}, {"options": [{"text": plain("a")}]}):
        bot.answer = answer
        with pytest.raises(ActRefused, match="Result not available"):
            await adam.suggestions("search", "")


async def test_a_bot_that_is_slow_or_broken_leaves_a_warning(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    await post(stage, actions(button()))

    async def fail(_: Json) -> None:
        raise RuntimeError("broken")

    bot.meanwhile = fail
    assert (await adam.click("go")).error == BAD_STATUS
    released = asyncio.Event()

    async def wait(_: Json) -> None:
        await released.wait()

    bot.meanwhile = wait
    stage.sandbox.delivery.patience = 0.01
    assert (await adam.click("go")).error == TOO_SLOW
    released.set()


async def test_an_app_without_interactivity(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    declare(stage.workspace, interactive=False)
    await post(stage, actions(button()))
    assert (await adam.click("go")).error == NOT_INTERACTIVE
    assert bot.bodies == []


async def test_a_double_click_is_two_requests(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    await post(stage, actions(button()))
    stage.workspace.faults.double_delivery = True
    await adam.click("go")
    first, second = bot.bodies
    assert first["trigger_id"] != second["trigger_id"]
    assert first["actions"][0]["action_id"] == second["actions"][0]["action_id"]
