"""Overviews of a batch: for the inviter with names, for the channel with counts; and notices to the inviter."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.language import Language, Mrkdwn, mention, message, plural_message
from bot.settlement import Settlement
from handlers.views.blocks import Block, context, header, section, sections, shortened
from handlers.views.blocks import message as slack_message
from handlers.views.obstacles import and_more
from handlers.views.outcomes import credit_applies
from models.batch import Batch
from models.invitation import Invitation, InvitationStatus, Licence, Reach
from models.post import Notice

MOST_LINES = 100
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
    lines = [_line(language, invitation) for invitation in invitations[:MOST_LINES]]
    lines += and_more(language, len(invitations) - MOST_LINES)
    blocks = [
        section(text),
        *([section(counts(language, invitations))] if len(invitations) > 1 else []),
        *sections(lines),
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
        (by_status[InvitationStatus.JOINED], message("{count} joined")),
        (waiting, message("{count} waiting")),
        (by_status[InvitationStatus.SCHEDULED], message("{count} being sent")),
        (by_status[InvitationStatus.DECLINED], message("{count} declined")),
        (by_status[InvitationStatus.EXPIRED], message("{count} expired")),
        (by_status[InvitationStatus.REVOKED], message("{count} taken back")),
        (by_status[InvitationStatus.UNDELIVERABLE], message("{count} could not be invited")),
    ]
    parts = [language.mrkdwn(text, count=language.number(number)) for number, text in numbers if number]
    return Mrkdwn(language.listing(parts))


def _line(language: Language, invitation: Invitation) -> Mrkdwn:
    return language.mrkdwn("• {who}: {how}", who=who(language, invitation), how=how(language, invitation))


def who(language: Language, invitation: Invitation) -> Mrkdwn:
    """Name and address."""
    if invitation.name is None:
        return language.mrkdwn("{address}", address=invitation.address)
    return language.mrkdwn("{name} ({address})", name=invitation.name, address=invitation.address)


def how(language: Language, invitation: Invitation) -> Mrkdwn:
    """How an invitation stands, for an admin: the status, with the reason where there is one. No amounts."""
    status = language.mrkdwn(STATUS[invitation.status])
    if invitation.status is InvitationStatus.UNDELIVERABLE:
        return language.mrkdwn("{status}: {why}", status=status, why=_why_refused(language, invitation))
    if invitation.status is InvitationStatus.DECLINED and invitation.end_reason:
        return language.mrkdwn("{status}: “{reason}”", status=status, reason=_reason(invitation))
    if invitation.status is InvitationStatus.PENDING and invitation.reach in (Reach.NOT_IN_SLACK, Reach.DEACTIVATED):
        return language.mrkdwn("{status}, *not reachable in Slack*", status=status)
    return status


def _why_refused(language: Language, invitation: Invitation) -> Mrkdwn:
    return language.mrkdwn(_REFUSED.get(invitation.end_reason or "", _REFUSED_OTHERWISE))


def _reason(invitation: Invitation) -> str:
    return shortened(invitation.end_reason or "", LONGEST_REASON)


def notice_message(
    language: Language, notice: Notice, invitations: Sequence[Invitation], settlement: Settlement | None = None
) -> Block:
    """A message of its own to the inviter. For a batch, about everybody it concerns."""
    if notice in _LISTS:
        return _listed(language, invitations, _LISTS[notice])
    first = invitations[0]
    match notice:
        case Notice.DECLINED if first.end_reason:
            said = language.mrkdwn("{who} has declined: “{reason}”", who=who(language, first), reason=_reason(first))
            return slack_message(said, [section(said)])
        case Notice.CREDITED if settlement is not None and settlement.credit is not None:
            return _credited(language, first, settlement)
        case _:
            said = language.mrkdwn(_SAID[notice], who=who(language, first), address=first.address)
            return slack_message(said, [section(said)])


_SAID = {
    Notice.DECLINED: message("{who} has declined, without giving a reason."),
    Notice.JOINED: message("{who} has joined."),
    Notice.CREDITED: message("{who} has joined and chose credit."),
    Notice.NO_SEAT: message(
        "{who} wanted to join, but no licence is left. Buy one or take one back from somebody; then they can accept "
        "again."
    ),
    Notice.GAVE_UP: message(
        "Something about the invitation of {who} could not be carried out, although I tried again and again. Ask "
        "whoever runs this bot to look; then try again with `resend {address}`."
    ),
}


@dataclass(frozen=True, slots=True)
class _List:
    """A notice about some people at once: what is said of them, and what to do."""

    heading: tuple[str, str]
    advice: str
    reasons: bool = False


_LISTS = {
    Notice.NOT_IN_SLACK: _List(
        plural_message(
            "{count} person has no account in this Slack workspace, so I cannot write to them:",
            "{count} people have no account in this Slack workspace, so I cannot write to them:",
        ),
        message("They got the invitation by mail. Tell them that it is real, or invite them to Slack."),
    ),
    Notice.REFUSED: _List(
        plural_message("{count} person could not be invited:", "{count} people could not be invited:"),
        message("Nothing was sent to them."),
        reasons=True,
    ),
    Notice.EXPIRED: _List(
        plural_message(
            "{count} invitation has expired without an answer:",
            "{count} invitations have expired without an answer:",
        ),
        message("To invite somebody again, use `resend` with their address."),
    ),
}


def _listed(language: Language, invitations: Sequence[Invitation], listed: _List) -> Block:
    heading = language.mrkdwn_plural(*listed.heading, len(invitations))
    lines = [
        _line(language, invitation) if listed.reasons else language.mrkdwn("• {who}", who=who(language, invitation))
        for invitation in invitations[:MOST_LINES]
    ]
    lines += and_more(language, len(invitations) - MOST_LINES)
    return slack_message(heading, [section(heading), *sections(lines), context(language.mrkdwn(listed.advice))])


def _credited(language: Language, invitation: Invitation, settlement: Settlement) -> Block:
    """The amount, because the invitee chose that the organisation gets it (S19, invariant 6)."""
    said = language.mrkdwn(
        "{who} chose to transfer {amount} as credit to your account. Reference: {reference}.",
        who=who(language, invitation),
        amount=language.money(settlement.credit) if settlement.credit else "",
        reference=settlement.reference or "",
    )
    blocks = [header(language.plain("Credit for your account")), section(said)]
    return slack_message(said, [*blocks, section(credit_applies(language, settlement.applies))])
