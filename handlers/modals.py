"""Opening, filling and replacing modals: something to see at once, the answer as soon as it is there."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.language import Language
from bot.slack.client import SlackError, SlackRefused
from handlers.desk import Desk, GoOn
from handlers.explaining import explained
from handlers.payloads import Act
from handlers.replies import Reply, ShowView
from handlers.views import notes
from handlers.views.blocks import Block, sentence

log = structlog.get_logger()

Title = Callable[[Language], str]
Fill = Callable[[Language], Awaitable[Block]]

# How long an acknowledgement waits for what is probably quick, so that the person is spared a loading view, or sees
# the modal at once. Slack itself waits three seconds, and a trigger lives as long.
PATIENCE = 1.0
# Slack's word that a view is no longer open.
CLOSED = "not_found"


async def open_and_fill(desk: Desk, act: Act, title: Title, fill: Fill, go_on: GoOn) -> None:
    """Open a loading view within the life of the trigger, and fill it once the answer is there."""
    language = desk.language_at_once(act)
    opening = asyncio.create_task(open_view(desk, act, notes.loading(language, title(language))))
    await asyncio.wait({opening}, timeout=PATIENCE)

    async def fill_what_was_opened() -> None:
        if (view_id := await opening) is not None:
            await fill_view(desk, act, view_id, title, fill)

    go_on(fill_what_was_opened())


async def open_filled(desk: Desk, act: Act, title: Title, fill: Fill, go_on: GoOn) -> None:
    """Open a view for which nobody outside has to be asked, in the language that is remembered."""

    async def make_and_open() -> None:
        await open_view(desk, act, await _filled(desk.language_at_once(act), title, fill))

    opening = asyncio.create_task(make_and_open())
    await asyncio.wait({opening}, timeout=PATIENCE)
    go_on(_ended(opening))


async def open_view(desk: Desk, act: Act, view: Block, otherwise: str | None = None) -> str | None:
    """Open a view and return its id; `None`, with a word to the person, if that came too late.

    Args:
        otherwise: the word (mrkdwn), where there is something better to say than that.
    """
    try:
        return await desk.slack.open_view(act.trigger_id or "", view)
    except SlackError as error:
        log.warning("modal_not_opened", why=str(error))
        language = desk.language_at_once(act)
        too_late = language.mrkdwn("That took too long, so Slack did not let me open it. Please try again.")
        await desk.whisper(act, sentence(otherwise or too_late))
        return None


async def fill_view(desk: Desk, act: Act, view_id: str, title: Title, fill: Fill) -> None:
    """Replace a view that is open with what `fill` gives, or with why it cannot; nobody is left before "one moment"."""
    language = await desk.language(act.user_id)
    view = await _filled(language, title, fill)
    try:
        await desk.insist(lambda: desk.slack.update_view(view_id, view))
    except SlackError as error:
        if isinstance(error, SlackRefused) and error.code == CLOSED:
            # They have closed it; nothing is lost, since nothing depends on a modal being open.
            log.info("modal_closed")
            return
        log.warning("modal_not_filled", why=str(error))
        stale = language.mrkdwn(
            "Slack did not let me put the answer into the window that I opened. Close it, and look again; what is done "
            "stays done."
        )
        await desk.whisper(act, sentence(stale))


async def show(desk: Desk, act: Act, view_id: str | None, title: Title, fill: Fill, go_on: GoOn, wait: str) -> Reply:
    """Answer a submission with the view that `fill` gives; if it is not there soon, with a loading view first.

    Args:
        wait: what the loading view says.
    """

    async def fill_in_their_language() -> Block:
        return await _filled(await desk.language(act.user_id), title, fill)

    filling = asyncio.create_task(fill_in_their_language())
    done, _ = await asyncio.wait({filling}, timeout=PATIENCE)
    if done:
        return ShowView(filling.result())

    async def ready(_: Language) -> Block:
        return await filling

    go_on(fill_view(desk, act, view_id or "", title, ready))
    language = desk.language_at_once(act)
    return ShowView(notes.loading(language, title(language), wait))


async def _filled(language: Language, title: Title, fill: Fill) -> Block:
    """The view that `fill` gives, or the one that says why there is none."""
    return await explained(fill(language), language, lambda said: notes.note(language, title(language), said))


async def _ended(task: asyncio.Task[None]) -> None:
    await task
