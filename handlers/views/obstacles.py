"""Obstacles to joining, each with its reason and its remedy (F2, S26 to S37)."""

from bot.accounts.values import Blocker, BlockerCode, FixKind, Invoice
from bot.language import Language, Mrkdwn, link, message
from handlers.views.blocks import Block, sections

_MOST_NAMES = 20

_OTHERS = {
    BlockerCode.SUBSCRIPTION_PAST_DUE: message(
        "*Your last payment failed.* Pay what is due on your billing page first."
    ),
    BlockerCode.NOT_ACCOUNT_OWNER: message(
        "*You are not the owner of the account that you are on.* Ask {ask} to join with it, and you come along; or to "
        "remove you from it, and you can accept for yourself."
    ),
    BlockerCode.ALREADY_MEMBER: message("*You are a member already.* There is nothing to accept."),
}
_FIXES = {
    FixKind.PAY_INVOICES: message("Open your invoices"),
    FixKind.REMOVE_ROOMS: message("Open the list of rooms"),
    FixKind.REACTIVATE_SUBSCRIPTION: message("Open your billing page"),
    FixKind.REMOVE_MEMBERS: message("Open the list of users"),
    FixKind.ASK_OWNER: message("Open your account page"),
}


def obstacle(language: Language, blocker: Blocker) -> list[Block]:
    """What is in the way, and how it is taken away."""
    lines = {
        BlockerCode.OUTSTANDING_INVOICE: _invoices,
        BlockerCode.ROOMS_PRESENT: _rooms,
        BlockerCode.CANCELLATION_REQUESTED: _cancellation,
        BlockerCode.EXTERNAL_MEMBERS: _people,
        BlockerCode.OTHER_USERS: _people,
    }.get(blocker.code, _other)(language, blocker)
    if blocker.fix and blocker.fix.url:
        lines.append(link(blocker.fix.url, language.plain(_FIXES[blocker.fix.kind])))
    return sections(lines)


def _invoices(language: Language, blocker: Blocker) -> list[Mrkdwn]:
    heading = language.mrkdwn_plural(
        "*{count} invoice is not paid yet.* Pay it first.",
        "*{count} invoices are not paid yet.* Pay them first.",
        len(blocker.invoices),
    )
    return [heading, *(_invoice(language, invoice) for invoice in blocker.invoices)]


def _invoice(language: Language, invoice: Invoice) -> Mrkdwn:
    number = link(invoice.pay_url, invoice.number) if invoice.pay_url else invoice.number
    return language.mrkdwn(
        "• {number}: {amount}, due {due}",
        number=number,
        amount=language.money(invoice.remaining),
        due=language.short_day(invoice.due_on),
    )


def _rooms(language: Language, blocker: Blocker) -> list[Mrkdwn]:
    return [
        language.mrkdwn_plural(
            "*There is {count} room on your account.* Remove it first.",
            "*There are {count} rooms on your account.* Remove them first.",
            blocker.count or 1,
        )
    ]


def _cancellation(language: Language, blocker: Blocker) -> list[Mrkdwn]:
    until = language.short_day(blocker.until) if blocker.until else None
    text = (
        language.mrkdwn("*You have asked to cancel your subscription* at the end of the period, {until}.", until=until)
        if until
        else language.mrkdwn("*You have asked to cancel your subscription* at the end of the period.")
    )
    remedy = language.mrkdwn("On your billing page, choose *Reactivate subscription*; then you can accept.")
    if blocker.preserves is None:
        return [text, remedy]
    keeps = language.mrkdwn(
        "By reactivating you keep your right to {amount} back.", amount=language.money(blocker.preserves)
    )
    return [text, remedy, keeps]


def _people(language: Language, blocker: Blocker) -> list[Mrkdwn]:
    count = len(blocker.people) or blocker.count or 1
    heading = language.mrkdwn_plural(
        "*{count} other person is on your account* and cannot come along. Remove or unlink them first.",
        "*{count} other people are on your account* and cannot come along. Remove or unlink them first.",
        count,
    )
    names = [
        language.mrkdwn("• {name} ({address})", name=person.name, address=person.email)
        for person in blocker.people[:_MOST_NAMES]
    ]
    return [heading, *names, *and_more(language, len(blocker.people) - _MOST_NAMES)]


def and_more(language: Language, count: int) -> list[Mrkdwn]:
    """What stands for the rest of a long list."""
    return [language.mrkdwn_plural("• and {count} more", "• and {count} more", count)] if count > 0 else []


def _other(language: Language, blocker: Blocker) -> list[Mrkdwn]:
    ask = blocker.fix.ask if blocker.fix and blocker.fix.ask else language.plain("its owner")
    return [language.mrkdwn(_OTHERS[blocker.code], ask=ask)]
