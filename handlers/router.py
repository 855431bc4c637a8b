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

from bot.language import Language, Mrkdwn
from bot.refusals import NotOneOfUs, Refusal
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
from handlers.replies import Done, Reply, ShowView, Whisper, acknowledgement
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

# Seconds a handler has before its answer must leave; Slack gives up after three.
DEADLINE = 2.5


class TookTooLong(Refusal):
    """The handler was stopped, because Slack would have given up on it."""

    def sentence(self, language: Language) -> Mrkdwn:
        """What to do."""
        return language.mrkdwn(
            "That took too long, so I stopped; it may have been done all the same. Look how things stand, and try "
            "again if it was not."
        )


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

    Args:
        deadline: seconds that the handler has.
    """
    follow_ups: list[Any] = context[FOLLOW_UPS]
    handled = _handled(act, desk, handle, follow_ups.append, deadline)
    reply = await explained(handled, desk.language_at_once(act), str)
    if isinstance(reply, str):
        reply = _explanation(act, desk, reply, follow_ups.append)
    await ack(**acknowledgement(reply))


async def _handled(act: ActT, desk: Desk, handle: Handler[ActT], go_on: GoOn, deadline: float) -> Reply:
    if act.from_elsewhere:
        raise NotOneOfUs
    try:
        async with asyncio.timeout(deadline) as timeout:
            return await handle(act, desk, go_on)
    except TimeoutError as error:
        if not timeout.expired():
            raise
        log.warning("act_too_slow", kind=type(act).__name__)
        raise TookTooLong from error


def _explanation(act: Act, desk: Desk, said: str, go_on: GoOn) -> Reply:
    """Say why something was not done; a view for it is opened after the acknowledgement, which has waited enough."""
    language = desk.language_at_once(act)
    note = notes.note(language, language.plain("Invitations"), said)
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
