"""What no client would send, signed all the same: nothing of it may break anything."""

import pytest

from bot.sandbox.seat import Seat
from handlers.payloads import read_click, read_command, read_submission
from models.invitation import InvitationStatus
from tests.scenarios.conftest import Stage
from tests.scenarios.steps import invite, modal_content, open_form, submission_of, words

HARMFUL = ["a\x00b", "a\ud800b", "a\x1b\x7f\x85b"]


def typed(text: str) -> dict[str, object]:
    return {"type": "plain_text_input", "value": text}


@pytest.mark.parametrize("text", HARMFUL)
def test_control_characters_and_halves_of_characters_are_left_out_of_all_texts(text: str) -> None:
    command = read_command({"command": "/invite", "text": text, "user_id": text})
    assert (command.text, command.user_id) == ("ab", "ab")
    click = read_click({"actions": [{"action_id": text, "value": text}]})
    assert (click.action_id, click.value) == ("ab", "ab")
    view = {"private_metadata": text, "state": {"values": {"note": {"note": typed(text)}}}}
    submission = read_submission({"view": view})
    assert (submission.metadata, submission.text("note")) == ("ab", "ab")


def test_lines_tabs_and_all_scripts_stay() -> None:
    text = "Zoë\tof 東京 😀\nnext line"
    assert read_submission({"view": {"state": {"values": {"note": {"note": typed(text)}}}}}).text("note") == text


@pytest.mark.parametrize("text", HARMFUL)
async def test_a_reason_with_such_characters_is_taken(stage: Stage, adam: Seat, text: str) -> None:
    """PostgreSQL takes no NUL, and no UTF-8 has half a character."""
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    invitation = await stage.invitation("petra@acme.example")
    view = {"type": "modal", "callback_id": "decline", "private_metadata": invitation.id}
    await stage.deliver(submission_of(stage, petra, view, {"reason": typed(text)}))
    await stage.settle()
    declined = await stage.invitation("petra@acme.example")
    assert (declined.status, declined.end_reason) == (InvitationStatus.DECLINED, "ab")
    assert "“ab”" in words(adam)[-1]


@pytest.mark.parametrize("licence", ["none", "enterprise", ""])
async def test_a_licence_that_is_not_offered_is_refused_beside_the_field(
    stage: Stage, adam: Seat, licence: str
) -> None:
    await open_form(stage, adam)
    values = {"addresses": typed("frank@acme.example"), "licence": licence}
    answer = await stage.deliver(submission_of(stage, adam, modal_content(adam), values))
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == ["licence"]
    assert await stage.invitations() == []
