"""From Slack to the handlers: one Bolt listener for each kind of payload, with a table behind it.

Bolt matches its listeners one after the other and builds all their arguments to do so, hence few of them (stack.md,
section 1b). Handlers return what to acknowledge; work that goes on is started by whoever sends the answer, after it.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.language import Language
from bot.refusals import NotOneOfUs
from bot.slack.dispatch import FOLLOW_UPS
from handlers import answering, commands, events, home, inviting, modals
from handlers.desk import Desk, GoOn
from handlers.explaining import explained
from handlers.ids import Button, Modal, Shortcut
from handlers.payloads import (
    Act,
    Body,
    Click,
    Command,
    Happening,
    Press,
    Submission,
    read_click,
    read_command,
    read_happening,
    read_press,
    read_submission,
)
from handlers.replies import Done, FieldErrors, Reply, ShowView, Whisper, acknowledgement
from handlers.views import notes
from handlers.views.blocks import Block, sentence

log = structlog.get_logger()

ActT = TypeVar("ActT", bound=Act)
Handler = Callable[[ActT, Desk, GoOn], Awaitable[Reply]]

PRESSES: Mapping[str, Handler[Press]] = {Shortcut.INVITE: inviting.start_from_shortcut}
CLICKS: Mapping[str, Handler[Click]] = {
    Button.INVITE: inviting.start_from_home,
    Button.MORE_ROOM: inviting.more_room,
    Button.CHANGE_ENTRIES: inviting.change_entries,
    Button.REVIEW: answering.review,
    Button.REVIEW_AGAIN: answering.review_again,
    Button.DECLINE: answering.ask_why,
}
SUBMISSIONS: Mapping[str, Handler[Submission]] = {
    Modal.INVITE_FORM: inviting.preview,
    Modal.INVITE_PREVIEW: inviting.send,
    Modal.BRIEFING: answering.accept,
    Modal.DECLINE: answering.decline,
}
HAPPENINGS: Mapping[str, Handler[Happening]] = {
    "app_home_opened": home.opened,
    "user_change": events.person_changed,
}
_ANY = re.compile("")

# Seconds until an acknowledgement leaves, with or without the handler's answer; Slack gives up after three.
DEADLINE = 2.5


def register(app: AsyncApp, desk: Desk) -> None:
    """Have all payloads of `app` handled."""

    @app.command(_ANY)
    async def on_command(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await _answer(ack, context, desk, read_command(body), commands.command)

    @app.shortcut(_ANY)
    async def on_press(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        act = read_press(body)
        await _answer(ack, context, desk, act, PRESSES.get(act.callback_id, _nothing))

    @app.action(_ANY)
    async def on_click(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        act = read_click(body)
        await _answer(ack, context, desk, act, CLICKS.get(act.action_id, _nothing))

    @app.view(_ANY)
    async def on_submission(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        act = read_submission(body)
        await _answer(ack, context, desk, act, SUBMISSIONS.get(act.callback_id, _nothing))

    @app.event(_ANY)
    async def on_event(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        act = read_happening(body)
        await _answer(ack, context, desk, act, HAPPENINGS.get(act.type, _nothing))


async def _nothing(act: Act, desk: Desk, go_on: GoOn) -> Reply:
    """Nothing of ours: a link button, an event we do not look at."""
    return Done()


async def _answer(
    ack: AsyncAck,
    context: AsyncBoltContext,
    desk: Desk,
    act: ActT,
    handle: Handler[ActT],
    deadline: float = DEADLINE,
) -> None:
    """Handle an act and acknowledge it in time, whatever happens: what went wrong is said where the person is looking.

    A handler that is slow is not stopped, because it may be writing: its answer follows the acknowledgement.

    Args:
        deadline: seconds until the acknowledgement leaves.
    """
    follow_ups: list[Any] = context[FOLLOW_UPS]
    begun: list[Any] = []
    handled = explained(_handled(act, desk, handle, begun.append), desk.language_at_once(act), str)
    handling = asyncio.create_task(handled)
    in_time, _ = await asyncio.wait({handling}, timeout=deadline)
    if in_time:
        follow_ups += begun
        reply = _as_reply(act, desk, handling.result(), follow_ups.append)
    else:
        log.warning("act_slow", kind=type(act).__name__)
        follow_ups.append(_answer_late(act, desk, handling, begun))
        reply = _one_moment(act, desk)
    await ack(**acknowledgement(reply))


async def _handled(act: ActT, desk: Desk, handle: Handler[ActT], go_on: GoOn) -> Reply:
    if act.from_elsewhere:
        raise NotOneOfUs
    return await handle(act, desk, go_on)


def _one_moment(act: Act, desk: Desk) -> Reply:
    """What is acknowledged before there is an answer."""
    language = desk.language_at_once(act)
    return ShowView(notes.loading(language, _title(language))) if isinstance(act, Submission) else Done()


async def _answer_late(act: Act, desk: Desk, handling: asyncio.Task[Reply | str], begun: list[Any]) -> None:
    """Say what came of it, after the acknowledgement, and let follow what was to go on."""
    reply = _as_reply(act, desk, await handling, begun.append)
    language = desk.language_at_once(act)
    match reply:
        case Whisper(message):
            await desk.whisper(act, message)
        case ShowView(view):
            await _put(act, desk, view)
        case FieldErrors(by_field):
            await _put(act, desk, notes.note(language, _title(language), *by_field.values()))
    for work in begun:
        await work


async def _put(act: Act, desk: Desk, view: Block) -> None:
    """Put a view in the place of the one that says "one moment"."""

    async def fill(_: Language) -> Block:
        return view

    if isinstance(act, Submission) and act.view_id is not None:
        await modals.fill_view(desk, act, act.view_id, _title, fill)


def _as_reply(act: Act, desk: Desk, answer: Reply | str, go_on: GoOn) -> Reply:
    return _explanation(act, desk, answer, go_on) if isinstance(answer, str) else answer


def _title(language: Language) -> str:
    return language.plain("Invitations")


def _explanation(act: Act, desk: Desk, said: str, go_on: GoOn) -> Reply:
    """Say why something was not done; a view for it is opened after the acknowledgement, which has waited enough."""
    language = desk.language_at_once(act)
    note = notes.note(language, _title(language), said)
    match act:
        case Command():
            return Whisper(sentence(said))
        case Submission():
            return ShowView(note)
        case Click() | Press():
            go_on(_open(desk, act, note, said))
    return Done()


async def _open(desk: Desk, act: Act, note: Block, said: str) -> None:
    await modals.open_view(desk, act, note, otherwise=said)
