"""The invitee's way: review, accept, decline."""

from bot import answers
from bot.audit import By
from bot.language import Language, message
from bot.refusals import standing
from handlers import modals
from handlers.desk import Desk, GoOn
from handlers.ids import Field
from handlers.payloads import Click, Submission
from handlers.replies import Done, FieldErrors, Reply, ShowView
from handlers.views import notes, outcomes
from handlers.views.blocks import Block
from handlers.views.briefing import briefing_modal, briefing_title, decline_modal
from models.audit import Source
from models.join import SettlementKind

EXPIRED = message("*The amount you saw is no longer valid.* This is the one that holds now.")


async def review(act: Click, desk: Desk, go_on: GoOn) -> Reply:
    """Open the briefing. Opening it answers nothing (S23)."""
    await modals.open_and_fill(desk, act, briefing_title, _briefing(act, desk, act.value), go_on)
    return Done()


async def review_again(act: Click, desk: Desk, go_on: GoOn) -> Reply:
    """The same in the modal that is open, with the facts as they are now."""
    if act.view_id is None:
        return await review(act, desk, go_on)
    go_on(modals.fill_view(desk, act, act.view_id, briefing_title, _briefing(act, desk, act.value)))
    return Done()


def _briefing(act: Click | Submission, desk: Desk, invitation_id: str, news: str | None = None) -> modals.Fill:
    async def fill(language: Language) -> Block:
        by = By(act.user_id, Source.BUTTON)
        opened = await answers.open_briefing(desk.services, act.workspace, by, invitation_id)
        said = language.mrkdwn(news) if news else None
        return briefing_modal(language, opened.invitation, opened.briefing, opened.briefing_id, said)

    return fill


async def accept(act: Submission, desk: Desk, go_on: GoOn) -> Reply:
    """Accept what was shown: "working" at once, the rest is the join's."""
    language = desk.language_at_once(act)
    chosen = act.text(Field.SETTLEMENT)
    choice = SettlementKind(chosen) if chosen in set(SettlementKind) else None
    by = By(act.user_id, Source.MODAL)
    try:
        await answers.accept(
            desk.services, act.workspace, by, act.metadata, choice, act.chosen(Field.TICKS), act.view_id
        )
    except answers.AnswerIncomplete as incomplete:
        return FieldErrors(_what_is_missing(language, incomplete))
    except answers.QuoteNoLongerHolds as outdated:
        again = _briefing(act, desk, outdated.invitation_id, EXPIRED)
        wait = language.plain("One moment, please …")
        return await modals.show(desk, act, act.view_id, briefing_title, again, go_on, wait)
    return ShowView(outcomes.working(language, briefing_title(language)))


def _what_is_missing(language: Language, incomplete: answers.AnswerIncomplete) -> dict[str, str]:
    errors: dict[str, str] = {}
    if incomplete.choice_missing:
        errors[Field.SETTLEMENT] = language.plain("Choose how it should be paid back.")
    if incomplete.ticks_missing:
        errors[Field.TICKS] = language.plural(
            "Tick this first, so that nothing surprises you.",
            "Tick all of these first, so that nothing surprises you.",
            len(incomplete.ticks_missing),
        )
    return errors


async def ask_why(act: Click, desk: Desk, go_on: GoOn) -> Reply:
    """Decline was pressed: open the form with the optional reason (F7)."""

    async def fill(language: Language) -> Block:
        by = By(act.user_id, Source.BUTTON)
        mine = await answers.to_decline(desk.services, act.workspace, by, act.value)
        return decline_modal(language, mine.invitation, mine.organisation_name)

    await modals.open_filled(desk, act, briefing_title, fill, go_on)
    return Done()


async def decline(act: Submission, desk: Desk, go_on: GoOn) -> Reply:
    """Decline, with the reason if there is one."""
    language = desk.language_at_once(act)
    by = By(act.user_id, Source.MODAL)
    invitation = await answers.decline(desk.services, act.workspace, by, act.metadata, act.text(Field.REASON))
    return ShowView(notes.note(language, briefing_title(language), standing(language, invitation)))
