"""From Slack to the handlers: one Bolt listener for each kind of payload, with a table behind it.

Bolt matches its listeners one after the other and builds all their arguments to do so, hence few of them (stack.md,
section 1b). Handlers return what to acknowledge; work that goes on is started by whoever sends the answer, after it.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from secrets import token_hex
from typing import Any, TypeVar

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.refusals import NotOneOfUs, Refusal
from bot.slack.dispatch import FOLLOW_UPS
from handlers import answering, commands, events, home, inviting, modals
from handlers.desk import Desk, GoOn
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
from handlers.replies import Done, Reply, ShowView, Whisper, acknowledgement
from handlers.views import notes
from handlers.views.blocks import message, section

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


async def _answer(ack: AsyncAck, context: AsyncBoltContext, desk: Desk, act: ActT, handle: Handler[ActT]) -> None:
    """Handle an act and acknowledge it, whatever happens: the one place where refusals and errors are shown."""
    follow_ups: list[Any] = context[FOLLOW_UPS]
    try:
        if act.from_elsewhere:
            raise NotOneOfUs
        reply = await handle(act, desk, follow_ups.append)
    except Refusal as refusal:
        language = await desk.language(act.user_id)
        reply = await _tell(act, desk, refusal.sentence(language))
    except Exception:
        reference = token_hex(4)
        log.exception("act_failed", reference=reference, kind=type(act).__name__)
        reply = await _tell(act, desk, notes.trouble_sentence(desk.language_at_once(act), reference))
    await ack(**acknowledgement(reply))


async def _tell(act: Act, desk: Desk, sentence: str) -> Reply:
    """Say something where the person is looking."""
    language = desk.language_at_once(act)
    note = notes.note(language, language.plain("Invitations"), sentence)
    match act:
        case Command():
            return Whisper(message(sentence, [section(sentence)]))
        case Submission():
            return ShowView(note)
        case Click() | Press():
            await modals.open_view(desk, act, note)
            return Done()
        case _:
            return Done()
