"""Overviews of a batch: for the inviter with names, for the channel with counts."""

from collections import Counter
from collections.abc import Callable, Sequence

from bot.drafts import Waiting
from bot.language import Language, Mrkdwn, mention, message, plural_message
from handlers.views.blocks import LONGEST_SECTION, Block, context, section, sections, shortened
from handlers.views.blocks import message as slack_message
from handlers.views.obstacles import and_more
from models.batch import Batch
from models.invitation import Invitation, InvitationStatus, Licence, Reach

# A message holds so many people, in four paragraphs of Slack's longest; the rest is counted.
MOST_LINES = 100
LONGEST_LIST = 4 * LONGEST_SECTION
LONGEST_NAME = 80
LONGEST_REASON = 300

STATUS = {
    InvitationStatus.SCHEDULED: message("being sent"),
    InvitationStatus.PENDING: message("waiting for an answer"),
    InvitationStatus.ACCEPTING: message("has accepted, joining now"),
    InvitationStatus.JOINED: message("has joined"),
    InvitationStatus.DECLINED: message("has declined"),
    InvitationStatus.REVOKED: message("taken back"),
    InvitationStatus.EXPIRED: message("expired without an answer"),
    InvitationStatus.UNDELIVERABLE: message("could not be invited"),
}
# Why the bot does not write to somebody in Slack at all. Slack itself looks up nobody who is deactivated.
NOT_REACHABLE = {
    Reach.NOT_IN_SLACK: message("no active account there has this address"),
    Reach.DEACTIVATED: message("deactivated there"),
    Reach.GUEST: message("a guest there, and I write to full members only"),
    Reach.STRANGER: message("a member of another workspace, there through a shared channel"),
    Reach.UNCONFIRMED: message("the address is not confirmed there"),
}
_REFUSED = {
    "AlreadyMember": message("is a member already"),
    "BelongsToOtherAccount": message("belongs to another organisation, whose admin must release them first"),
    "NotInvitable": message("cannot be invited, says the account system"),
    "DomainNotAllowed": message("has an address in a domain that you may not invite from"),
    "NoSeatAvailable": message("no licence was left for them"),
    "InvalidEmail": message("the account system does not take the address"),
    "NotPaidAccount": message("your organisation is not on a paid plan"),
    "Forbidden": message("you may not invite people any more, says the account system"),
    "Bounced": message("mail to the address comes back"),
}
_REFUSED_OTHERWISE = message("the account system did not answer or refused; try again later")


def batch_message(language: Language, batch: Batch, invitations: Sequence[Invitation]) -> Block:
    """Everybody of a batch and how they stand, for the admin who sent it."""
    licence = language.plain("Licensed") if batch.licence is Licence.LICENSED else language.plain("Basic")
    text = language.mrkdwn_plural(
        "You invited {count} person to join {organisation} as {licence}.",
        "You invited {count} people to join {organisation} as {licence}.",
        len(invitations),
        organisation=batch.organisation_name,
        licence=licence,
    )
    blocks = [
        section(text),
        *([section(counts(language, invitations))] if len(invitations) > 1 else []),
        *listed(language, invitations, line),
        context(language.mrkdwn("I keep this message up to date.")),
    ]
    return slack_message(text, blocks)


def channel_message(language: Language, batch: Batch, invitations: Sequence[Invitation]) -> Block:
    """How a batch stands, in counts; nobody is named but the admin."""
    text = language.mrkdwn_plural(
        "{inviter} invited {count} person to join *{organisation}*: {counts}",
        "{inviter} invited {count} people to join *{organisation}*: {counts}",
        len(invitations),
        inviter=mention(batch.inviter),
        organisation=batch.organisation_name,
        counts=counts(language, invitations),
    )
    return slack_message(text, [section(text)])


def counts(language: Language, invitations: Sequence[Invitation]) -> Mrkdwn:
    """How many stand how: "2 joined, 1 waiting"."""
    by_status = Counter(invitation.status for invitation in invitations)
    waiting = by_status[InvitationStatus.PENDING] + by_status[InvitationStatus.ACCEPTING]
    numbers = [
        (by_status[InvitationStatus.JOINED], plural_message("{count} joined", "{count} joined")),
        (waiting, plural_message("{count} waiting", "{count} waiting")),
        (by_status[InvitationStatus.SCHEDULED], plural_message("{count} being sent", "{count} being sent")),
        (by_status[InvitationStatus.DECLINED], plural_message("{count} declined", "{count} declined")),
        (by_status[InvitationStatus.EXPIRED], plural_message("{count} expired", "{count} expired")),
        (by_status[InvitationStatus.REVOKED], plural_message("{count} taken back", "{count} taken back")),
        (
            by_status[InvitationStatus.UNDELIVERABLE],
            plural_message("{count} could not be invited", "{count} could not be invited"),
        ),
    ]
    parts = [language.mrkdwn_plural(*text, number) for number, text in numbers if number]
    return Mrkdwn(language.listing(parts))


def listed(
    language: Language, invitations: Sequence[Invitation], render: Callable[[Language, Invitation], Mrkdwn]
) -> list[Block]:
    """Some people, a line for each as far as a message holds them, and the number of the others."""
    lines: list[Mrkdwn] = []
    room = LONGEST_LIST
    for invitation in invitations[:MOST_LINES]:
        text = render(language, invitation)
        room -= len(text) + 1
        if room < 0:
            break
        lines.append(text)
    return sections([*lines, *and_more(language, len(invitations) - len(lines))])


def line(language: Language, invitation: Invitation) -> Mrkdwn:
    """Who it is, and how they stand."""
    return language.mrkdwn("• {who}: {how}", who=who(language, invitation), how=how(language, invitation))


def who(language: Language, invitation: Invitation | Waiting) -> Mrkdwn:
    """Name and address."""
    if invitation.name is None:
        return language.mrkdwn("{address}", address=invitation.address)
    name = shortened(invitation.name, LONGEST_NAME)
    return language.mrkdwn("{name} ({address})", name=name, address=invitation.address)


def how(language: Language, invitation: Invitation) -> Mrkdwn:
    """How an invitation stands, for an admin: the status, with the reason where there is one. No amounts."""
    status = language.mrkdwn(STATUS[invitation.status])
    if invitation.status is InvitationStatus.UNDELIVERABLE:
        return language.mrkdwn("{status}: {why}", status=status, why=_why_refused(language, invitation))
    if invitation.status is InvitationStatus.DECLINED and invitation.end_reason:
        return language.mrkdwn("{status}: “{reason}”", status=status, reason=reason_to_decline(invitation))
    if invitation.status is InvitationStatus.PENDING and invitation.reach in NOT_REACHABLE:
        return language.mrkdwn("{status}, *not reachable in Slack*", status=status)
    if invitation.status is InvitationStatus.PENDING and invitation.reach is Reach.FAILED:
        return language.mrkdwn("{status}, *my message did not get through in Slack*", status=status)
    return status


def _why_refused(language: Language, invitation: Invitation) -> Mrkdwn:
    return language.mrkdwn(_REFUSED.get(invitation.end_reason or "", _REFUSED_OTHERWISE))


def reason_to_decline(invitation: Invitation) -> str:
    """The invitee's words, as far as a line holds them."""
    return shortened(invitation.end_reason or "", LONGEST_REASON)
