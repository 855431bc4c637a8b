"""The invitee's modals: the briefing with quote, obstacles, consequences and choice; and declining."""

from bot.accounts.values import Capability, Granularity, Quote, QuoteLine, Withheld, WithheldReason
from bot.briefing import Briefing, Situation
from bot.language import Language, Mrkdwn, mention, message
from handlers.ids import Button, Field, Modal
from handlers.views import consequences, obstacles
from handlers.views.blocks import (
    Block,
    actions,
    button,
    checkboxes,
    context,
    divider,
    header,
    labelled,
    modal,
    option,
    radio_buttons,
    section,
    sections,
    text_input,
)
from models.invitation import Invitation, Licence
from models.join import SettlementKind

LONGEST_REASON = 500

_WITHHELD = {
    (SettlementKind.CREDIT, WithheldReason.CURRENCY_MISMATCH): message(
        "Credit is not possible, because {organisation} pays in another currency than you."
    ),
    (SettlementKind.REFUND, WithheldReason.PAID_THROUGH_RESELLER): message(
        "A refund is not ours to give, because you pay through somebody else. Ask {ask}."
    ),
    (SettlementKind.CREDIT, WithheldReason.PAID_THROUGH_RESELLER): message(
        "Credit is not ours to give, because you pay through somebody else. Ask {ask}."
    ),
    (SettlementKind.REFUND, WithheldReason.PAID_BY_CREDIT): message(
        "A refund is not possible, because this period was paid from credit."
    ),
    (SettlementKind.REFUND, WithheldReason.NOT_ACCOUNT_OWNER): message(
        "Only the owner of your account can choose a refund."
    ),
    (SettlementKind.CREDIT, WithheldReason.NOT_ACCOUNT_OWNER): message(
        "Only the owner of your account can choose credit."
    ),
}


def briefing_title(language: Language) -> str:
    """The title of the invitee's modals."""
    return language.plain("Your Invitation")


def briefing_modal(
    language: Language, invitation: Invitation, briefing: Briefing, briefing_id: str, news: str | None = None
) -> Block:
    """What the invitee must know, and Accept if nothing stands in the way.

    Args:
        news: why they are looking at it again, if they are.
    """
    blocks = [
        *([section(news), divider()] if news else []),
        *_introduction(language, invitation, briefing),
        *(_obstacles(language, invitation, briefing) if briefing.obstacles else _terms(language, briefing)),
    ]
    if briefing.obstacles:
        return modal(Modal.NOTE, briefing_title(language), blocks, close=language.plain("Close"))
    return modal(
        Modal.BRIEFING,
        briefing_title(language),
        blocks,
        submit=language.plain("Accept"),
        close=language.plain("Not Now"),
        metadata=briefing_id,
    )


def _introduction(language: Language, invitation: Invitation, briefing: Briefing) -> list[Block]:
    organisation = briefing.facts.organisation
    invited = language.mrkdwn(
        "{inviter} invites you to join *{organisation}* (plan {plan}).",
        inviter=mention(invitation.inviter),
        organisation=organisation.name,
        plan=organisation.plan.name,
    )
    lines = [invited, gain(language, invitation.licence, organisation.name)]
    if briefing.situation is Situation.NO_ACCOUNT:
        lines.append(language.mrkdwn("You have no account yet; you get one as a member of theirs."))
    if invitation.expires_at is not None:
        until = language.moment(invitation.expires_at)
        lines.append(language.mrkdwn("You can answer until {until}. Nothing changes before you accept.", until=until))
    return sections(lines)


def gain(language: Language, licence: Licence, organisation: str) -> Mrkdwn:
    """What the invitee gains; a licence is promised only to whom one is given (S01)."""
    if licence is Licence.LICENSED:
        return language.mrkdwn(
            "You get a *licence*, paid for by {organisation}, with all features of the plan.",
            organisation=organisation,
        )
    return language.mrkdwn("You become a *Basic* member of {organisation}.", organisation=organisation)


def _obstacles(language: Language, invitation: Invitation, briefing: Briefing) -> list[Block]:
    again = button(language.plain("Check Again"), Button.REVIEW_AGAIN, invitation.id, style="primary")
    return [
        header(language.plain("First, this has to be out of the way")),
        *(block for blocker in briefing.obstacles for block in obstacles.obstacle(language, blocker)),
        context(language.mrkdwn("Your invitation stays valid meanwhile.")),
        actions(again),
    ]


def _terms(language: Language, briefing: Briefing) -> list[Block]:
    return [
        *_money(language, briefing),
        *consequences.consequences(language, briefing.facts),
        *(_ticks(language, briefing)),
    ]


def _money(language: Language, briefing: Briefing) -> list[Block]:
    """What they get back and what they owe; nothing for somebody who pays nothing (S04)."""
    if briefing.situation in (Situation.FREE, Situation.NO_ACCOUNT):
        return []
    heading = header(language.plain("Your money"))
    if briefing.situation is Situation.PAID_NOT_OWNER:
        owner = language.mrkdwn(
            "The account you are on is paid by its owner, so nothing is paid back to you, and there is nothing for you "
            "to choose."
        )
        return [heading, section(owner)]
    quote = briefing.facts.quote
    if quote is None:
        return [heading, section(_no_quote(language, briefing)), *_balance(language, briefing)]
    return [
        heading,
        *_worth(language, briefing, quote),
        *_balance(language, briefing),
        *_choice(language, briefing, quote),
    ]


def _no_quote(language: Language, briefing: Briefing) -> Mrkdwn:
    step = briefing.facts.by_hand(Capability.QUOTE_PRORATION)
    if step is not None:
        return language.mrkdwn("*What you get back* cannot be worked out here. {step}", step=step)
    return language.mrkdwn("Nothing of a paid period is left, so nothing is paid back.")


def _worth(language: Language, briefing: Briefing, quote: Quote) -> list[Block]:
    """What the rest of the paid period is worth, with the arithmetic (F1); promised only where it is paid back."""
    if SettlementKind.REFUND in briefing.choices:
        heading = message("*You get back {amount}* for the rest of what you have paid:")
    elif briefing.choices:
        heading = message("*The rest of what you have paid is worth {amount}*, which can only become credit:")
    else:
        heading = message("*The rest of what you have paid is worth {amount}*, which cannot be paid back here:")
    lines = [language.mrkdwn(heading, amount=language.money(quote.whole))]
    lines += [_line(language, quote, line) for line in quote.lines]
    if quote.tax:
        lines.append(
            language.mrkdwn(
                "Of this, {tax} is tax and {net} is net.", tax=language.money(quote.tax), net=language.money(quote.net)
            )
        )
    if quote.granularity is Granularity.DAY:
        counted = language.mrkdwn("Days are counted in the time zone {zone}.", zone=quote.time_zone.replace("_", " "))
    else:
        counted = language.mrkdwn("Time is counted to the second.")
    holds = language.mrkdwn("This figure holds until {until}.", until=language.moment(quote.valid_until))
    return [*sections(lines), context(holds, counted)]


def _line(language: Language, quote: Quote, line: QuoteLine) -> Mrkdwn:
    """One line with its arithmetic (F1)."""
    days = quote.granularity is Granularity.DAY
    arithmetic = (
        language.mrkdwn_plural(
            "{paid} × {unused} of {count} day = *{amount}*",
            "{paid} × {unused} of {count} days = *{amount}*",
            line.total,
            paid=language.money(line.paid),
            unused=language.number(line.unused),
            amount=language.money(line.amount),
        )
        if days
        else language.mrkdwn_plural(
            "{paid} × {unused} of {count} second = *{amount}*",
            "{paid} × {unused} of {count} seconds = *{amount}*",
            line.total,
            paid=language.money(line.paid),
            unused=language.number(line.unused),
            amount=language.money(line.amount),
        )
    )
    return language.mrkdwn(
        "• {description}, {start} to {end}: {arithmetic}",
        description=line.description,
        start=language.in_zone(quote.time_zone).short_day(line.start),
        end=language.in_zone(quote.time_zone).short_day(line.end),
        arithmetic=arithmetic,
    )


def _balance(language: Language, briefing: Briefing) -> list[Block]:
    """What they owe, apart from what they get back (S25)."""
    if briefing.facts.balance is None:
        return []
    text = language.mrkdwn(
        "*Account balance:* you owe {owed} at the moment. This is a separate thing and no part of what you get back.",
        owed=language.money(briefing.facts.balance.owed),
    )
    return [section(text)]


def _choice(language: Language, briefing: Briefing, quote: Quote) -> list[Block]:
    withheld = [section(_why_not(language, briefing, one)) for one in quote.withheld]
    if not briefing.choices:
        return withheld
    organisation = briefing.facts.organisation.name
    options = {
        SettlementKind.REFUND: option(
            language.mrkdwn("Refund of {amount}", amount=language.money(quote.refund)), SettlementKind.REFUND
        ),
        SettlementKind.CREDIT: option(
            language.mrkdwn("Credit of {amount}", amount=language.money(quote.whole)), SettlementKind.CREDIT
        ),
    }
    meaning = {
        SettlementKind.REFUND: _meaning_of_refund(language, quote, organisation),
        SettlementKind.CREDIT: [
            language.mrkdwn(
                "*Credit:* {amount} goes to {organisation}, who use it for their invoices. You get no money.",
                amount=language.money(quote.whole),
                organisation=organisation,
            )
        ],
    }
    label = (
        language.plain("How should it be paid back? You can choose once.")
        if len(briefing.choices) > 1
        else language.plain("This is the only way to pay it back. Please choose it.")
    )
    return [
        *sections([line for kind in briefing.choices for line in meaning[kind]]),
        *withheld,
        labelled(label, Field.SETTLEMENT, radio_buttons([options[kind] for kind in briefing.choices])),
    ]


def _meaning_of_refund(language: Language, quote: Quote, organisation: str) -> list[Mrkdwn]:
    """What goes where if they choose refund; what was paid from credit is no money to give back (R12)."""
    refund = language.mrkdwn(
        "*Refund:* {amount} goes back to {method}. It takes 3 to 5 business days; your bank may need longer.",
        amount=language.money(quote.refund),
        method=quote.payment_method or language.plain("your payment method"),
    )
    if not quote.refund_as_credit:
        return [refund]
    rest = (
        message("The other {amount} had been paid from credit, so it goes to {organisation} as credit.")
        if SettlementKind.CREDIT in quote.options
        else message(
            "The other {amount} had been paid from credit. It is lost: it can only become credit of {organisation}, "
            "who pay in another currency."
        )
    )
    as_credit = language.mrkdwn(rest, amount=language.money(quote.refund_as_credit), organisation=organisation)
    return [refund, as_credit]


def _why_not(language: Language, briefing: Briefing, withheld: Withheld) -> Mrkdwn:
    known = _WITHHELD.get((withheld.kind, withheld.reason), message("One way of paying back is not possible here."))
    ask = withheld.ask or language.plain("whoever you pay")
    return language.mrkdwn(known, organisation=briefing.facts.organisation.name, ask=ask)


def _ticks(language: Language, briefing: Briefing) -> list[Block]:
    if not briefing.ticks:
        return []
    options = [option(consequences.tick_label(language, code), code) for code in briefing.ticks]
    label = language.plain("Please tick each, so that we know you have seen it")
    return [divider(), labelled(label, Field.TICKS, checkboxes(options))]


def decline_modal(language: Language, invitation: Invitation, organisation: str) -> Block:
    """Declining, with a reason if they like (F7)."""
    blocks = [
        section(
            language.mrkdwn(
                "You decline to join *{organisation}*. Your account stays as it is, and nobody reminds you again.",
                organisation=organisation,
            )
        ),
        labelled(
            language.plain("Why?"),
            Field.REASON,
            text_input(multiline=True, longest=LONGEST_REASON),
            hint=language.plain("Whoever invited you reads it."),
            optional=True,
        ),
    ]
    return modal(
        Modal.DECLINE,
        briefing_title(language),
        blocks,
        submit=language.plain("Decline"),
        close=language.plain("Back"),
        metadata=invitation.id,
    )
