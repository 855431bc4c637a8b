"""An answer within Slack's three seconds, and a word to the person when it is late, or when Slack does not take it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt.async_app import AsyncBoltContext

from bot.language import Language
from bot.refusals import NotOneOfUs
from bot.sandbox.records import Message, View
from bot.sandbox.seat import Seat
from bot.slack.dispatch import FOLLOW_UPS
from handlers import commands, modals, router
from handlers.desk import Desk, GoOn
from handlers.payloads import Act, Click, Command, Submission
from handlers.replies import FieldErrors, Reply, Whisper
from handlers.views import notes
from handlers.views.blocks import Block
from models.workspace import Workspace
from tests.scenarios.conftest import Stage
from tests.scenarios.steps import click_of, fill_in, invite, open_form, review, words


def impatient(stage: Stage) -> Desk:
    """A desk at which waiting moves the clock, and what Slack was busy with is over then."""

    async def sleep(seconds: float) -> None:
        stage.sandbox.workspace.faults.rate_limit("views.update", retry_after=None)
        stage.clock.advance(timedelta(seconds=seconds))

    return replace(stage.bot.desk, sleep=sleep)


def command_of(stage: Stage, seat: Seat) -> Command:
    """A command that came without a way to answer it where it was typed."""
    return Command(
        Workspace(stage.sandbox.workspace.team.id), seat.id, from_elsewhere=False, name="/invite", text="pending"
    )


def title(_: Language) -> str:
    return "Invite People"


async def ready(_: Language) -> Block:
    return notes.note(Language(), "Invite People", "Here it is.")


async def open_loading_view(stage: Stage, seat: Seat) -> str:
    await open_form(stage, seat)
    view = seat.modal.surface
    assert isinstance(view, View)
    return view.id


async def test_a_busy_slack_gets_the_modal_filled_after_the_pause_it_asks_for(stage: Stage, adam: Seat) -> None:
    view_id = await open_loading_view(stage, adam)
    stage.sandbox.workspace.faults.rate_limit("views.update", retry_after=2)
    await modals.fill_view(impatient(stage), command_of(stage, adam), view_id, title, ready)
    assert "Here it is." in adam.modal.text
    assert words(adam) == []


@pytest.mark.parametrize("trouble", ["long pause", "no answer", "refusal"])
async def test_nobody_is_left_before_a_loading_view(stage: Stage, adam: Seat, trouble: str) -> None:
    """Where the modal cannot be filled, they read so where they are."""
    view_id = await open_loading_view(stage, adam)
    faults = stage.sandbox.workspace.faults
    if trouble == "long pause":
        faults.rate_limit("views.update", retry_after=60)
    elif trouble == "no answer":
        faults.fail_next("views.update", "internal_error")
        faults.fail_next("views.update", "internal_error")
    else:
        faults.fail_next("views.update", "view_too_large")
    await modals.fill_view(impatient(stage), command_of(stage, adam), view_id, title, ready)
    assert "Close it, and look again" in words(adam)[-1]


async def test_a_modal_that_was_closed_is_no_trouble(stage: Stage, adam: Seat) -> None:
    view_id = await open_loading_view(stage, adam)
    await adam.close()
    await modals.fill_view(impatient(stage), command_of(stage, adam), view_id, title, ready)
    assert words(adam) == []


async def test_a_fault_after_the_acknowledgement_of_a_command_is_said(stage: Stage, adam: Seat) -> None:
    going_on: list[Any] = []

    async def late(act: Command, desk: Desk, language: Language, rest: str) -> Block:
        await stage.gate.wait()
        raise RuntimeError

    act = command_of(stage, adam)
    await commands._answered(act, stage.bot.desk, going_on.append, late, "")
    stage.gate.set()
    for work in going_on:
        await work
    assert "Something went wrong on our side" in words(adam)[-1]


async def test_an_answer_that_the_response_url_does_not_take_comes_as_a_direct_message(
    stage: Stage, adam: Seat
) -> None:
    act = replace(command_of(stage, adam), response_url=f"{stage.sandbox.workspace.address}/response/none")
    await impatient(stage).whisper(act, {"text": "Here it is."})
    [message] = adam.dm()
    assert isinstance(message.surface, Message)
    assert message.surface.ephemeral_to is None
    assert message.text.strip() == "Here it is."


async def test_a_slow_handler_is_acknowledged_in_time_and_answers_late(stage: Stage, adam: Seat) -> None:
    """It is not stopped, because it may be writing; what it says reaches the person all the same."""
    await open_form(stage, adam)
    view = adam.modal.surface
    assert isinstance(view, View)
    goes_on = asyncio.Event()
    went_on: list[str] = []

    async def slow(act: Act, desk: Desk, go_on: GoOn) -> Reply:
        await goes_on.wait()
        go_on(note_that(type(act).__name__))
        if isinstance(act, Submission):
            return FieldErrors({"addresses": "Which addresses?"})
        return Whisper({"text": "Done at last."})

    async def note_that(kind: str) -> None:
        went_on.append(kind)

    async def refuses(act: Act, desk: Desk, go_on: GoOn) -> Reply:
        await goes_on.wait()
        raise NotOneOfUs

    workspace = Workspace(stage.sandbox.workspace.team.id)
    late: list[Any] = []
    acknowledged = []
    for act, handle in (
        (Command(workspace, adam.id, from_elsewhere=False), slow),
        (Submission(workspace, adam.id, from_elsewhere=False, view_id=view.id), slow),
        (Click(workspace, adam.id, from_elsewhere=False, trigger_id="gone"), refuses),
    ):
        context = AsyncBoltContext({FOLLOW_UPS: []})
        ack = context.ack
        await router._answer(ack, context, stage.bot.desk, act, handle, deadline=0.01)
        assert ack.response is not None
        acknowledged.append(ack.response.body)
        late += context[FOLLOW_UPS]
    assert "One moment" in acknowledged.pop(1)
    assert acknowledged == ["", ""]

    goes_on.set()
    for work in late:
        await work
    assert went_on == ["Command", "Submission"]
    done, refused = words(adam)[-2:]
    assert "Done at last." in done
    assert "This is for full members of this Slack workspace." in refused
    assert "Which addresses?" in adam.modal.text


async def test_answering_asks_slack_nothing_before_the_acknowledgement(stage: Stage, adam: Seat) -> None:
    """Whatever is slow at Slack, an answer is taken; the language is the one that is remembered."""
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    await fill_in(petra, "refund")
    stage.clock.advance(timedelta(minutes=6))
    before = calls(stage)
    await petra.submit()
    assert calls(stage) == before
    await stage.settle()
    assert "You have joined" in words(petra)[0]


async def test_declining_asks_slack_nothing_but_to_open_the_form(stage: Stage, adam: Seat) -> None:
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    stage.clock.advance(timedelta(minutes=6))
    before = calls(stage)
    await petra.click("decline")
    opened = before | {"views.open": before["views.open"] + 1}
    assert calls(stage) == opened
    await petra.submit(reason="No thanks")
    assert calls(stage) == opened
    await stage.settle()
    assert "You have declined" in words(petra)[0]


async def test_a_refusal_asks_slack_nothing_but_to_show_it(stage: Stage, adam: Seat) -> None:
    frank = stage.seat("frank")
    await invite(stage, adam, "petra@acme.example")
    invitation = await stage.invitation("petra@acme.example")
    before = calls(stage)
    await stage.deliver(click_of(stage, frank, "decline", invitation.id))
    assert calls(stage) == before | {"views.open": before["views.open"] + 1}
    assert "only they can answer it" in frank.modal.text


def calls(stage: Stage) -> dict[str, int]:
    """How often each method of Slack's was called."""
    record = stage.sandbox.workspace.record
    return {method: len(record.calls(method)) for method in ("users.info", "views.open", "views.update")}
