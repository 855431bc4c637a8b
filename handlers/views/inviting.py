"""What the admin is shown before Send, and after it."""

from collections.abc import Sequence

from bot.drafts import PAYING, Draft, Entrant, Kind, Sent
from bot.language import Language, Mrkdwn, mention, message
from handlers.ids import Button, Modal
from handlers.views.blocks import (
    Block,
    actions,
    button,
    context,
    modal,
    section,
    sections,
    sections_at_most,
    shortened,
)
from handlers.views.invite_form import LONGEST_ENTRY
from handlers.views.obstacles import and_more
from models.invitation import Licence

# So many paragraphs of people who are invited, and as many of those who are not, stay within what a view may weigh.
MOST_PARAGRAPHS = 9

WHAT = {
    Kind.NEW: message("has no account yet"),
    Kind.INDIVIDUAL_FREE: message("has a free account of their own"),
    Kind.INDIVIDUAL_PAID: message("pays for an account of their own, and will be quoted what they get back"),
    Kind.CO_USER: message("is on an account that somebody else owns"),
    Kind.UNKNOWN_HOME: message("may have an account elsewhere; the account system cannot tell"),
    Kind.ALREADY_MEMBER: message("is a member already"),
    Kind.ALREADY_INVITED: message("has been invited already and has not answered yet"),
    Kind.OTHER_ORGANISATION: message("belongs to another organisation, whose admin must release them first"),
    Kind.NOT_DELIVERABLE: message("cannot receive mail at this address; ask for another one"),
    Kind.DUPLICATE: message("was entered more than once; the first one counts"),
    Kind.UNREADABLE: message("is not an e-mail address; check the spelling"),
    Kind.NO_ADDRESS_IN_SLACK: message("shows no e-mail address in Slack; enter it instead"),
    Kind.NOT_A_PERSON: message("is no active person in this workspace"),
    Kind.SLACK_SILENT: message("could not be looked up, Slack did not answer; try again in a minute"),
    Kind.NOT_CHECKED: message("could not be checked, the account system did not answer; try again in a minute"),
}


def invite_preview(language: Language, draft: Draft) -> Block:
    """What would happen to whom; Send only if there is somebody to invite and a seat for each."""
    invited = len(draft.invited)
    others = [entrant for entrant in draft.entrants if not entrant.is_invited]
    blocks: list[Block] = []
    if invited:
        heading = language.mrkdwn_plural(
            "*{count} person will be invited*", "*{count} people will be invited*", invited
        )
        blocks += _people(language, heading, draft.invited)
    if others:
        heading = language.mrkdwn_plural(
            "*{count} entry will not be invited*", "*{count} entries will not be invited*", len(others)
        )
        blocks += _people(language, heading, others)
    blocks += [section(text) for text in _remarks(language, draft)]
    blocks.append(actions(button(language.plain("Change Entries"), Button.CHANGE_ENTRIES, draft.batch.id)))
    send = language.plural("Send {count} Invitation", "Send {count} Invitations", invited)
    return modal(
        Modal.INVITE_PREVIEW,
        language.plain("Check and Send"),
        blocks,
        submit=send if draft.may_be_sent else None,
        close=language.plain("Cancel"),
        metadata=draft.batch.id,
    )


def _people(language: Language, heading: Mrkdwn, entrants: Sequence[Entrant]) -> list[Block]:
    """People by name under a heading; of very many the first, with a count of the rest."""
    lines = [heading, *(_line(language, entrant) for entrant in entrants)]
    return _within_bounds(language, lines)


def _within_bounds(language: Language, lines: Sequence[Mrkdwn]) -> list[Block]:
    shown, left = sections_at_most(MOST_PARAGRAPHS, lines)
    return [*shown, *sections(and_more(language, left))]


def _remarks(language: Language, draft: Draft) -> list[Mrkdwn]:
    remarks: list[Mrkdwn] = []
    if draft.seats_needed:
        remarks.append(_seats(language, draft))
    paying = sum(entrant.kind in PAYING for entrant in draft.invited)
    if draft.batch.licence is Licence.BASIC and paying:
        remarks.append(
            language.mrkdwn_plural(
                "*Note:* {count} of them pays for an account now and loses its licensed features by joining as Basic, "
                "such as cloud recording and long meetings. You can give a licence later.",
                "*Note:* {count} of them pay for accounts now and lose their licensed features by joining as Basic, "
                "such as cloud recording and long meetings. You can give licences later.",
                paying,
            )
        )
    if not draft.invited:
        remarks.append(language.mrkdwn("There is nobody to invite here. Change the entries, or close this."))
    return remarks


def _seats(language: Language, draft: Draft) -> Mrkdwn:
    needed = draft.seats_needed
    if draft.seats_left is None:
        return language.mrkdwn_plural("*Licences:* {count} needed.", "*Licences:* {count} needed.", needed)
    left = language.number(draft.seats_left)
    if needed <= draft.seats_left:
        return language.mrkdwn_plural(
            "*Licences:* {count} needed, {left} left.", "*Licences:* {count} needed, {left} left.", needed, left=left
        )
    return language.mrkdwn_plural(
        "*Licences:* {count} needed, but only {left} left, so nothing can be sent. Invite fewer people, choose Basic, "
        "or buy licences first.",
        "*Licences:* {count} needed, but only {left} left, so nothing can be sent. Invite fewer people, choose Basic, "
        "or buy licences first.",
        needed,
        left=left,
    )


def _line(language: Language, entrant: Entrant) -> Mrkdwn:
    text = (
        message("• {who}: {what}; gets it by mail only, since I cannot write to them in Slack")
        if entrant.is_invited and entrant.by_mail_only
        else message("• {who}: {what}")
    )
    return language.mrkdwn(text, who=_who(language, entrant), what=_what(language, entrant))


def _who(language: Language, entrant: Entrant) -> Mrkdwn:
    if entrant.address is None:
        return mention(entrant.slack_user) if entrant.slack_user else _short(language, entrant.shown)
    address = language.mrkdwn("{address}", address=entrant.address)
    if not entrant.name:
        return address
    return language.mrkdwn("{name} ({address})", name=_short(language, entrant.name), address=address)


def _short(language: Language, typed: str) -> Mrkdwn:
    return language.mrkdwn("{typed}", typed=shortened(typed, LONGEST_ENTRY))


def _what(language: Language, entrant: Entrant) -> Mrkdwn:
    if entrant.kind is Kind.OWNER_WITH_CO_USERS:
        return _owner(language, entrant)
    if entrant.owner is not None:
        owner = _short(language, entrant.owner)
        return language.mrkdwn("is on the account of {owner}, and comes along when {owner} joins", owner=owner)
    return language.mrkdwn(WHAT[entrant.kind])


def _owner(language: Language, entrant: Entrant) -> Mrkdwn:
    if not entrant.external_co_users:
        return language.mrkdwn_plural(
            "owns an account with {count} other user, who comes along as a Basic member",
            "owns an account with {count} other users, who come along as Basic members",
            entrant.co_users,
        )
    return language.mrkdwn_plural(
        "owns an account with {count} other user, who comes along as a Basic member and is outside your organisation’s "
        "domains",
        "owns an account with {count} other users, who come along as Basic members; {external} of them outside your "
        "organisation’s domains",
        entrant.co_users,
        external=language.number(entrant.external_co_users),
    )


def summary(language: Language, sent: Sent) -> Block:
    """What was sent, and what comes next."""
    sentences = [
        language.mrkdwn_plural(
            "*{count} invitation is on its way* to join {organisation}.",
            "*{count} invitations are on their way* to join {organisation}.",
            sent.invited,
            organisation=sent.batch.organisation_name,
        )
        if sent.invited
        else language.mrkdwn("*Nothing was sent.*"),
    ]
    if sent.again:
        sentences.append(language.mrkdwn("You had sent these before; nobody gets a second message."))
    if sent.invited:
        sentences.append(
            language.mrkdwn(
                "I keep you up to date in a direct message: who cannot be reached in Slack, who accepts, who declines."
            )
        )
    overtaken = _within_bounds(language, _overtaken(language, sent.overtaken))
    blocks = [*sections(sentences), *overtaken, context(language.mrkdwn("You can close this."))]
    return modal(Modal.NOTE, language.plain("Invitations Sent"), blocks, close=language.plain("Done"))


def _overtaken(language: Language, addresses: Sequence[str]) -> list[Mrkdwn]:
    return [
        language.mrkdwn("• {address}: somebody else has invited them in the meantime", address=address)
        for address in addresses
    ]
