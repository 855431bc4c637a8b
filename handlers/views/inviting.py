"""The admin's modals: the form, the preview, the summary."""

from collections.abc import Sequence

from bot.accounts.values import Account
from bot.drafts import PAYING, Draft, Entrant, Kind, Sent
from bot.language import Language, Mrkdwn, message
from handlers.ids import Button, Field, Modal
from handlers.views.blocks import (
    LONGEST_INPUT,
    Block,
    actions,
    button,
    context,
    labelled,
    modal,
    option,
    radio_buttons,
    section,
    sections,
    text_input,
)
from models.invitation import Licence

LONGEST_NOTE = 500

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
    Kind.NOT_CHECKED: message("could not be checked, the account system did not answer; try again in a minute"),
}


def invite_title(language: Language) -> str:
    """The title of the admin's modals."""
    return language.plain("Invite People")


def invite_form(
    language: Language, account: Account, entered: str = "", licence: Licence | None = None, note: str | None = None
) -> Block:
    """Addresses, licence and note; what does not fit one field goes on in a second."""
    chosen = licence or (Licence.LICENSED if _seats_left(account) != 0 else Licence.BASIC)
    first, rest = _split(entered)
    blocks = [
        section(
            language.mrkdwn(
                "People you invite join *{organisation}* (plan {plan}). Before anything is sent, you see what happens "
                "to each of them.",
                organisation=account.name,
                plan=account.plan.name,
            )
        ),
        labelled(
            language.plain("Addresses"),
            Field.ADDRESSES,
            text_input(initial=first, multiline=True),
            hint=language.plain(
                "One or many, separated by commas, semicolons, spaces or new lines. Also: Bob <bob@example.com>"
            ),
        ),
    ]
    if rest:
        more = text_input(initial=rest, multiline=True)
        blocks.append(labelled(language.plain("More addresses"), Field.MORE_ADDRESSES, more, optional=True))
    return modal(
        Modal.INVITE_FORM,
        invite_title(language),
        [*blocks, _licence_field(language, account, chosen), _note_field(language, note)],
        submit=language.plain("Continue"),
        close=language.plain("Cancel"),
    )


def _licence_field(language: Language, account: Account, chosen: Licence) -> Block:
    left = _seats_left(account)
    seats = (
        language.plain("Takes a licence of your account")
        if left is None
        else language.plural("{count} licence left", "{count} licences left", left)
    )
    choices = {
        Licence.LICENSED: option(language.plain("Licensed"), Licence.LICENSED, seats),
        Licence.BASIC: option(
            language.plain("Basic"), Licence.BASIC, language.plain("Takes no licence; one can be given later")
        ),
    }
    return labelled(language.plain("Licence"), Field.LICENCE, radio_buttons(list(choices.values()), choices[chosen]))


def _note_field(language: Language, note: str | None) -> Block:
    return labelled(
        language.plain("Personal note"),
        Field.NOTE,
        text_input(initial=note, multiline=True, longest=LONGEST_NOTE),
        hint=language.plain("They read it in the invitation."),
        optional=True,
    )


def invite_preview(language: Language, draft: Draft) -> Block:
    """What would happen to whom; Send only if there is somebody to invite and a seat for each."""
    blocks: list[Block] = []
    invited = len(draft.invited)
    if invited:
        heading = language.mrkdwn_plural(
            "*{count} person will be invited*", "*{count} people will be invited*", invited
        )
        blocks += sections([heading, *(_line(language, entrant) for entrant in draft.invited)])
    others = [entrant for entrant in draft.entrants if not entrant.is_invited]
    if others:
        heading = language.mrkdwn_plural(
            "*{count} entry will not be invited*", "*{count} entries will not be invited*", len(others)
        )
        blocks += sections([heading, *(_line(language, entrant) for entrant in others)])
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
    shown = Mrkdwn(entrant.shown) if entrant.address is None and entrant.slack_user else entrant.shown
    who = (
        language.mrkdwn("{name} ({address})", name=entrant.name, address=shown)
        if entrant.name and entrant.address
        else language.mrkdwn("{address}", address=shown)
    )
    return language.mrkdwn("• {who}: {what}", who=who, what=_what(language, entrant))


def _what(language: Language, entrant: Entrant) -> Mrkdwn:
    if entrant.kind is Kind.OWNER_WITH_CO_USERS:
        return _owner(language, entrant)
    return language.mrkdwn(WHAT[entrant.kind])


def _owner(language: Language, entrant: Entrant) -> Mrkdwn:
    if not entrant.external_co_users:
        return language.mrkdwn_plural(
            "owns an account with {count} other user, who comes along",
            "owns an account with {count} other users, who come along",
            entrant.co_users,
        )
    return language.mrkdwn_plural(
        "owns an account with {count} other user, who comes along and is outside your organisation’s domains",
        "owns an account with {count} other users, who come along; {external} of them outside your organisation’s "
        "domains",
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
        *_overtaken(language, sent.overtaken),
    ]
    if sent.again:
        sentences.append(language.mrkdwn("You had sent these before; nobody gets a second message."))
    if sent.invited:
        sentences.append(
            language.mrkdwn(
                "I keep you up to date in a direct message: who cannot be reached in Slack, who accepts, who declines."
            )
        )
    blocks = [*sections(sentences), context(language.mrkdwn("You can close this."))]
    return modal(Modal.NOTE, language.plain("Invitations Sent"), blocks, close=language.plain("Done"))


def _overtaken(language: Language, addresses: Sequence[str]) -> list[Mrkdwn]:
    return [
        language.mrkdwn("• {address}: somebody else has invited them in the meantime", address=address)
        for address in addresses
    ]


def _seats_left(account: Account) -> int | None:
    return next((pool.left for pool in account.seats if pool.licence == Licence.LICENSED), None)


def _split(entered: str) -> tuple[str, str]:
    """What fits the first field, cut between entries, and the rest."""
    if len(entered) <= LONGEST_INPUT:
        return entered, ""
    cut = max(entered.rfind(mark, 0, LONGEST_INPUT) for mark in (",", ";", "\n", " "))
    cut = cut + 1 if cut > 0 else LONGEST_INPUT
    return entered[:cut], entered[cut:].strip()
