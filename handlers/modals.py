"""Opening, filling and replacing modals: something to see at once, the answer as soon as it is there."""

import asyncio
from collections.abc import Awaitable, Callable
from secrets import token_hex

import structlog

from bot.language import Language
from bot.refusals import Refusal
from bot.slack.client import SlackError, SlackRefused
from handlers.desk import Desk, GoOn
from handlers.payloads import Act
from handlers.replies import Reply, ShowView
from handlers.views import notes
from handlers.views.blocks import Block

log = structlog.get_logger()

Title = Callable[[Language], str]
Fill = Callable[[Language], Awaitable[Block]]

# How long an acknowledgement waits for an answer that is probably quick, so that the person is spared a loading view.
# Slack itself waits three seconds.
PATIENCE = 1.0


async def open_and_fill(desk: Desk, act: Act, title: Title, fill: Fill, go_on: GoOn) -> None:
    """Open a loading view within the life of the trigger, and fill it once the answer is there."""
    language = desk.language_at_once(act)
    if (view_id := await open_view(desk, act, notes.loading(language, title(language)))) is not None:
        go_on(fill_view(desk, act, view_id, title, fill))


async def open_view(desk: Desk, act: Act, view: Block) -> str | None:
    """Open a view and return its id; `None`, with a word to the person, if that came too late."""
    try:
        return await desk.slack.open_view(act.trigger_id or "", view)
    except SlackError as error:
        log.warning("modal_not_opened", why=str(error))
        language = desk.language_at_once(act)
        too_late = language.plain("That took too long, so Slack did not let me open it. Please try again.")
        await desk.whisper(act, too_late)
        return None


async def fill_view(desk: Desk, act: Act, view_id: str, title: Title, fill: Fill) -> None:
    """Replace a view that is open with what `fill` gives, or with why it cannot."""
    view = await filled(desk, act, title, fill)
    try:
        await desk.slack.update_view(view_id, view)
    except SlackRefused as refusal:
        # They have closed it; nothing is lost, since nothing depends on a modal being open.
        log.info("modal_not_filled", why=refusal.code)


async def filled(desk: Desk, act: Act, title: Title, fill: Fill) -> Block:
    """The view that `fill` gives, or the one that says why there is none."""
    language = await desk.language(act.user_id)
    try:
        return await fill(language)
    except Refusal as refusal:
        return notes.note(language, title(language), refusal.sentence(language))
    except Exception:
        reference = token_hex(4)
        log.exception("view_not_made", reference=reference)
        return notes.trouble(language, title(language), reference)


async def show(desk: Desk, act: Act, view_id: str | None, title: Title, fill: Fill, go_on: GoOn, wait: str) -> Reply:
    """Answer a submission with the view that `fill` gives; if it is not there soon, with a loading view first.

    Args:
        wait: what the loading view says.
    """
    filling = asyncio.create_task(filled(desk, act, title, fill))
    done, _ = await asyncio.wait({filling}, timeout=PATIENCE)
    if done:
        return ShowView(filling.result())

    async def ready(_: Language) -> Block:
        return await filling

    go_on(fill_view(desk, act, view_id or "", title, ready))
    language = desk.language_at_once(act)
    return ShowView(notes.loading(language, title(language), wait))
