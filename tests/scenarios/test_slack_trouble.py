"""When Slack is slow, busy, or says no: nothing is lost, nothing is said twice, and the person hears what to do."""

from datetime import timedelta

import pytest

from bot.accounts.errors import AccountError
from bot.accounts.values import Capability
from bot.sandbox.records import Message
from bot.sandbox.seat import Seat
from bot.slack.client import SlackBusy
from models.effect import EffectKind
from models.invitation import InvitationStatus, Reach
from tests.scenarios.conftest import Stage
from tests.scenarios.steps import accept, invite, open_form, preview, review, whispered, words


async def test_a_busy_slack_is_waited_for(stage: Stage, adam: Seat) -> None:
    await preview(stage, adam, "petra@acme.example")
    stage.sandbox.workspace.faults.rate_limit("chat.postMessage", retry_after=45)
    await adam.submit()
    await stage.bot.background.drain(5)
    while await stage.bot.runner.run_due():
        pass
    waiting = [one for one in await stage.waiting() if one.kind is EffectKind.DELIVER]
    assert [one.due_at - stage.clock.now() for one in waiting] == [timedelta(seconds=45)]
    assert [one.attempts for one in waiting] == [0], "being told when is no failure"
    stage.sandbox.workspace.faults.clear()
    await stage.settle()
    assert len(words(stage.seat("petra"))) == 1


@pytest.mark.parametrize("error", ["internal_error", "service_unavailable", "fatal_error"])
async def test_trouble_on_slacks_side_is_tried_again(stage: Stage, adam: Seat, error: str) -> None:
    await preview(stage, adam, "petra@acme.example")
    for _ in range(3):
        stage.sandbox.workspace.faults.fail_next("chat.postMessage", error)
    await adam.submit()
    await stage.settle()
    assert len(words(stage.seat("petra"))) == 1
    assert len(words(adam)) == 1


async def test_an_address_is_looked_up_again_after_trouble(stage: Stage, adam: Seat) -> None:
    await preview(stage, adam, "petra@acme.example")
    stage.sandbox.workspace.faults.fail_next("users.lookupByEmail", "internal_error")
    await adam.submit()
    await stage.settle()
    assert (await stage.invitation("petra@acme.example")).reach is Reach.REACHED


async def test_a_deleted_message_is_posted_anew_only_where_it_is_needed(stage: Stage, adam: Seat) -> None:
    """Slack's word is message_not_found: the overview is posted again, an old invitation is left alone."""
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    stage.sandbox.workspace.faults.fail_next("chat.update", "message_not_found")
    stage.sandbox.workspace.faults.fail_next("chat.update", "message_not_found")
    await petra.click("decline")
    await petra.submit()
    await stage.settle()
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.DECLINED


async def test_a_trigger_that_is_too_old_is_said_privately(stage: Stage, adam: Seat) -> None:
    stage.sandbox.workspace.faults.fail_next("views.open", "expired_trigger_id")
    await open_form(stage, adam)
    assert not adam.has_modal
    assert "That took too long" in words(adam)[-1]


async def test_closing_the_modal_loses_nothing(stage: Stage, adam: Seat) -> None:
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    petra.fill(settlement="refund", ticks=["reports_saved"])
    await petra.submit()
    await petra.close()
    await stage.settle()
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.JOINED
    assert "You have joined" in words(petra)[0]
    assert not petra.has_modal


async def test_a_slow_backend_shows_a_loading_view_first(stage: Stage, adam: Seat) -> None:
    """Slack is answered within its three seconds, whatever the account backend takes."""
    stage.faults.delay_next(Capability.RESOLVE_ACTOR, 1)
    await adam.command("/invite", "petra@acme.example")
    assert "One moment" in adam.modal.text
    stage.gate.set()
    await stage.settle()
    assert "petra@acme.example" in str(adam.modal.blocks)


async def test_a_slow_answer_to_a_subcommand_comes_later(stage: Stage, adam: Seat) -> None:
    stage.faults.delay_next(Capability.RESOLVE_ACTOR, 1)
    await adam.command("/invite", "pending")
    assert "One moment" in whispered(adam)[-1]
    stage.gate.set()
    await stage.settle()
    assert "Nobody has an open invitation" in whispered(adam)[-1]


class Boom(AccountError):
    """An error that nobody expects: it has no code of the contract."""

    @property
    def code(self) -> str:
        raise RuntimeError


async def test_a_crash_of_ours_is_said_with_a_reference(stage: Stage, adam: Seat) -> None:
    """Never a stack trace, never a silent button: what to do, and a number to give to the operator."""
    stage.faults.refuse_next(Capability.RESOLVE_ACTOR, Boom("boom"))
    await adam.command("/invite", "pending")
    await stage.settle()
    assert "Something went wrong on our side" in whispered(adam)[-1]
    assert "boom" not in whispered(adam)[-1]


async def test_a_message_whose_answer_was_lost_is_found_again(stage: Stage, adam: Seat) -> None:
    """Invariant 3: the post succeeded and we did not hear; the key in its metadata tells, so it is not posted twice."""
    petra = stage.seat("petra")
    await preview(stage, adam, "petra@acme.example")
    stage.lose_answers("chat.postMessage", 3)
    await adam.submit()
    await stage.settle()
    assert len(words(petra)) == 1
    assert len(words(adam)) == 1
    await review(stage, petra)
    await accept(stage, petra, "refund")
    assert "You have joined" in words(petra)[0]


@pytest.mark.parametrize("earlier", [0, 60, 450])
async def test_a_notice_whose_answer_was_lost_is_found_however_long_its_thread_is(
    stage: Stage, adam: Seat, earlier: int
) -> None:
    """Invariant 3: Slack shows a thread from its oldest message on, so it is asked from when the notice was due."""
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    overview = adam.dm()[0].surface
    assert isinstance(overview, Message)
    for number in range(earlier):
        stage.sandbox.workspace.post_as_bot(overview.channel, text=f"earlier notice {number}", thread_ts=overview.ts)
    stage.clock.advance(timedelta(hours=1))
    await petra.click("decline")
    stage.lose_answers("chat.postMessage", 1)
    await petra.submit(reason="No thanks.")
    await stage.settle()
    assert len([text for text in words(adam) if text.startswith("Petra de Vries (petra@acme.example) has dec")]) == 1
    asked = stage.calls("conversations.replies")
    assert len(asked) == 1, "the hour before is not read again"


async def test_a_conversation_is_read_page_by_page(stage: Stage, adam: Seat) -> None:
    """More was said since than Slack shows at once."""
    channel, _ = await stage.bot.slack.post(adam.id, {"text": "The oldest."})
    since = stage.clock.now() - timedelta(minutes=1)
    for number in range(450):
        stage.sandbox.workspace.post_as_bot(channel, text=f"Number {number}.")
    read = [message["text"] async for message in stage.bot.slack.messages_since(channel, since)]
    assert (len(read), read[0], read[-1]) == (451, "Number 449.", "The oldest.")


async def test_a_method_that_is_busy_is_left_alone_until_slack_says(stage: Stage) -> None:
    """slack.md, 7: Retry-After holds for the whole method, not for the one call that met it."""
    faults = stage.sandbox.workspace.faults
    faults.rate_limit("chat.postMessage", retry_after=30)
    for _ in range(3):
        with pytest.raises(SlackBusy) as busy:
            await stage.bot.slack.post(stage.seat("petra").id, {"text": "Hello"})
        assert busy.value.retry_at == stage.clock.now() + timedelta(seconds=30)
    assert len(stage.calls("chat.postMessage")) == 1
    faults.clear()
    assert (await stage.bot.slack.user(stage.seat("petra").id))["id"] == stage.seat("petra").id, "others go on"
    stage.clock.advance(timedelta(seconds=30))
    await stage.bot.slack.post(stage.seat("petra").id, {"text": "Hello"})
