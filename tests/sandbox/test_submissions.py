"""Submitting and closing modals: what is checked before the bot hears of it, and what its answer does."""

import asyncio
from typing import Any

import pytest

from bot.sandbox.acts import TROUBLE
from bot.sandbox.errors import ActRefused
from bot.sandbox.seat import Seat
from tests.sandbox.conftest import Stage
from tests.sandbox.listening import Json, Listener, field, form, options, text_field
from tests.sandbox.test_views import modal, opened
from tests.sandbox.test_web_api import ADAM, GENERAL


async def test_a_submission_carries_the_view_and_its_values(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    view = await opened(stage.workspace, form(private_metadata="id-1", external_id="e-1"))
    outcome = await adam.submit(text="Hello")
    assert (outcome.error, outcome.errors) == (None, {})
    body = bot.last
    assert body["type"] == "view_submission"
    assert body["view"]["id"] == view["id"]
    assert body["view"]["hash"] == view["hash"]
    assert body["view"]["private_metadata"] == "id-1"
    assert body["view"]["external_id"] == "e-1"
    assert body["view"]["callback_id"] == "form"
    assert body["view"]["state"]["values"] == {"field": {"text": {"type": "plain_text_input", "value": "Hello"}}}
    assert body["response_urls"] == []
    assert body["trigger_id"]
    assert not adam.has_modal


def number(**more: Any) -> Json:
    return {"type": "number_input", "action_id": "a", "is_decimal_allowed": False, **more}


COMPLAINTS: list[tuple[Json, Any, str]] = [
    ({"type": "plain_text_input"}, "", "Please complete this required field."),
    ({"type": "plain_text_input"}, "  ", "Please complete this required field."),
    ({"type": "plain_text_input", "min_length": 3}, "ab", "Please enter at least 3 characters."),
    ({"type": "plain_text_input", "max_length": 3}, "abcd", "Please enter no more than 3 characters."),
    ({"type": "email_text_input"}, "ann", "Please enter a valid email address."),
    ({"type": "email_text_input"}, "ann@x", "Please enter a valid email address."),
    ({"type": "url_text_input"}, "x.example", "Please enter a valid URL."),
    (number(), "many", "Please enter a valid number."),
    (number(), "NaN", "Please enter a valid number."),
    (number(), "1.5", "Please enter a whole number."),
    (number(min_value="2"), "1", "Please enter a number of at least 2."),
    (number(max_value="2"), "3", "Please enter a number of at most 2."),
    ({"type": "static_select", "options": options("one")}, None, "Please complete this required field."),
    ({"type": "checkboxes", "options": options("one")}, [], "Please complete this required field."),
    ({"type": "users_select"}, None, "Please complete this required field."),
    ({"type": "datepicker"}, None, "Please complete this required field."),
]


@pytest.mark.parametrize(("element", "given", "complaint"), COMPLAINTS)
async def test_the_client_checks_first(stage: Stage, adam: Seat, element: Json, given: Any, complaint: str) -> None:
    bot = Listener(stage)
    await opened(stage.workspace, form(field({"action_id": "a", **element})))
    outcome = await adam.submit(a=given)
    assert outcome.errors == {"field": complaint}
    assert adam.modal.errors == {"field": complaint}
    assert bot.bodies == []


@pytest.mark.parametrize(
    ("element", "given"),
    [
        ({"type": "plain_text_input", "min_length": 3, "max_length": 3}, "abc"),
        ({"type": "email_text_input"}, "ann.o'neil+x@mail.example"),
        ({"type": "url_text_input"}, "https://x.example/a?b"),
        (number(min_value="-2", max_value="2"), "-2"),
        ({"type": "number_input", "is_decimal_allowed": True}, "0.5"),
        ({"type": "rich_text_input"}, "Hello"),
        ({"type": "radio_buttons", "options": options("one")}, "one"),
    ],
)
async def test_what_the_client_lets_pass(stage: Stage, adam: Seat, element: Json, given: Any) -> None:
    bot = Listener(stage)
    await opened(stage.workspace, form(field({"action_id": "a", **element})))
    assert (await adam.submit(a=given)).errors == {}
    assert len(bot.bodies) == 1


async def test_optional_fields_may_stay_empty(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    empty = {"type": "plain_text_input", "action_id": "a", "min_length": 3}
    await opened(stage.workspace, form(field(empty, optional=True)))
    await adam.submit()
    assert bot.last["view"]["state"]["values"]["field"]["a"]["value"] is None


async def test_errors_stand_under_their_fields_until_the_next_attempt(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    await opened(stage.workspace, form())
    bot.answer = {"response_action": "errors", "errors": {"field": "Nobody is called that."}}
    outcome = await adam.submit(text="Xyz")
    assert outcome.errors == {"field": "Nobody is called that."}
    assert "Nobody is called that." in adam.modal.text
    bot.answer = {}
    await adam.submit()
    assert bot.last["view"]["state"]["values"]["field"]["text"]["value"] == "Xyz"
    assert not adam.has_modal


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"elsewhere": "No."}},
        {"response_action": "errors", "errors": {"words": "No."}},
        {"response_action": "errors", "errors": {"field": ""}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "explode"},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "update", "view": {"type": "home", "blocks": []}},
        {"response_action": "push", "view": {"type": "modal", "title": "x"}},
    ],
)
async def test_answers_slack_cannot_use(stage: Stage, adam: Seat, answer: Json) -> None:
    bot = Listener(stage)
    words = {"type": "section", "block_id": "words", "text": {"type": "plain_text", "text": "Hello"}}
    await opened(stage.workspace, form(text_field(), words))
    bot.answer = answer
    outcome = await adam.submit(text="a")
    assert outcome.error == TROUBLE
    assert (adam.modal.trouble or "").startswith("We had some trouble connecting")


async def test_update_push_and_clear(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    view = await opened(stage.workspace, form())
    bot.answer = {"response_action": "update", "view": form(title={"type": "plain_text", "text": "Second"})}
    await adam.submit(text="a")
    assert (adam.modal.title, adam.modal.surface.key) == ("Second", view["id"])
    bot.answer = {"response_action": "push", "view": form(title={"type": "plain_text", "text": "Third"})}
    await adam.submit(text="a")
    assert adam.modal.title == "Third"
    bot.answer = {}
    await adam.submit(text="a")
    assert adam.modal.title == "Second", "an empty answer closes only the view that was submitted"
    bot.answer = {"response_action": "clear"}
    await adam.submit(text="a")
    assert not adam.has_modal


async def test_a_fourth_view_cannot_be_pushed(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    await opened(stage.workspace, form())
    bot.answer = {"response_action": "push", "view": form()}
    await adam.submit(text="a")
    await adam.submit(text="a")
    outcome = await adam.submit(text="a")
    assert outcome.error == TROUBLE
    assert len(stage.workspace.views.stack(ADAM)) == 3


async def test_a_bot_that_does_not_answer_a_form(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    released = asyncio.Event()

    async def wait(_: Json) -> None:
        await released.wait()

    bot.meanwhile = wait
    await opened(stage.workspace, form())
    stage.sandbox.delivery.patience = 0.01
    outcome = await adam.submit(text="a")
    assert outcome.error == TROUBLE
    assert TROUBLE in adam.modal.text
    released.set()


async def test_the_bot_may_update_the_view_while_it_is_submitted(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)

    async def update(body: Json) -> None:
        await stage.client.views_update(view_id=body["view"]["id"], view=modal("Working"))

    bot.meanwhile = update
    bot.answer = {"response_action": "update", "view": modal("Done")}
    await opened(stage.workspace, form())
    await adam.submit(text="a")
    assert adam.modal.title == "Done"


async def test_the_bot_may_open_another_modal_instead(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)

    async def reopen(body: Json) -> None:
        await stage.client.views_open(trigger_id=body["trigger_id"], view=modal("Other"))

    bot.meanwhile = reopen
    await opened(stage.workspace, form())
    assert (await adam.submit(text="a")).error is None
    assert adam.modal.title == "Other"


async def test_a_view_without_submit_cannot_be_submitted(stage: Stage, adam: Seat) -> None:
    Listener(stage)
    await opened(stage.workspace, modal())
    with pytest.raises(ActRefused, match="no button to submit"):
        await adam.submit()
    await adam.close()
    with pytest.raises(ActRefused, match="no modal open"):
        await adam.submit()


async def test_fields_that_are_not_there(stage: Stage, adam: Seat) -> None:
    Listener(stage)
    await opened(stage.workspace, form(text_field("one", "same"), text_field("two", "same")))
    with pytest.raises(ActRefused, match="There is no name here"):
        adam.fill(name="Ann")
    with pytest.raises(ActRefused, match="several same"):
        adam.fill(same="Ann")
    adam.fill({"one": "Ann", "two": "Bob"})


async def test_closing_is_told_only_when_asked_for(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    await opened(stage.workspace, form())
    await adam.close()
    assert bot.bodies == []
    await opened(stage.workspace, form(notify_on_close=True))
    await adam.close()
    assert (bot.last["type"], bot.last["is_cleared"]) == ("view_closed", False)


async def test_clear_on_close_closes_the_whole_stack(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    await opened(stage.workspace, form(notify_on_close=True))
    bot.answer = {"response_action": "push", "view": form(clear_on_close=True, notify_on_close=True)}
    await adam.submit(text="a")
    bot.answer = {}
    await adam.close()
    assert not adam.has_modal
    assert [body["is_cleared"] for body in bot.bodies if body["type"] == "view_closed"] == [True, True]


async def test_a_conversation_can_bring_its_response_url(stage: Stage, adam: Seat, session: Any) -> None:
    bot = Listener(stage)
    select = {"type": "conversations_select", "action_id": "where", "response_url_enabled": True}
    await opened(stage.workspace, form(field(select)))
    await adam.submit(where="general")
    (response,) = bot.last["response_urls"]
    assert (response["channel_id"], response["action_id"], response["block_id"]) == (GENERAL, "where", "field")
    async with session.post(response["response_url"], json={"text": "Hi", "response_type": "in_channel"}) as answer:
        assert answer.status == 200
    assert "Hi" in adam.messages("general")[-1].text


async def test_files_are_put_into_a_form(stage: Stage, adam: Seat, session: Any) -> None:
    bot = Listener(stage)
    await opened(stage.workspace, form(field({"type": "file_input", "action_id": "file", "max_files": 1})))
    file = stage.workspace.files.add(ADAM, "people.csv", b"ann@x.com\n\xff")
    other = stage.workspace.files.add(ADAM, "more.csv", b"x")
    assert (await adam.submit(file=[file.id, other.id])).errors == {"field": "Please upload no more than 1 files."}
    await adam.submit(file=[file.id])
    (sent,) = bot.last["view"]["state"]["values"]["field"]["file"]["files"]
    assert (sent["name"], sent["mimetype"]) == ("people.csv", "text/csv")
    headers = {"authorization": f"Bearer {stage.workspace.credentials.bot_token}"}
    async with session.get(sent["url_private_download"], headers=headers) as response:
        assert await response.read() == b"ann@x.com\n\xff"
    async with session.get(sent["url_private_download"]) as response:
        assert response.status == 403
