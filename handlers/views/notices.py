"""Notices to the inviter: what has happened to somebody they invited, to some at once, or to the channel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.language import Language, Mrkdwn, message, plural_message
from bot.settlement import Settlement
from handlers.views.blocks import Block, context, header, section
from handlers.views.blocks import message as slack_message
from handlers.views.outcomes import credit_applies
from handlers.views.overviews import NOT_REACHABLE, line, listed, reason_to_decline, who
from models.invitation import Invitation
from models.post import Notice


def notice_message(
    language: Language,
    notice: Notice,
    invitations: Sequence[Invitation],
    *,
    command: str,
    settlement: Settlement | None = None,
    channel: str | None = None,
    why: str | None = None,
) -> Block:
    """A message of its own to the inviter.

    Args:
        invitations: whom it is about; nobody, where it is about the channel.
        command: the name of the command, for what to type.
        settlement: what was paid back, where somebody has joined.
        channel: the id of the channel that is kept up to date.
        why: Slack's code, where it is about that channel.
    """
    if notice is Notice.CHANNEL_TROUBLE:
        return _channel_trouble(language, channel or "", why or "")
    if notice in _TOGETHER and (len(invitations) > 1 or notice not in _SAID):
        return _together(language, invitations, _TOGETHER[notice], command)
    first = invitations[0]
    match notice:
        case Notice.DECLINED if first.end_reason:
            reason = reason_to_decline(first)
            said = language.mrkdwn("{who} has declined: “{reason}”", who=who(language, first), reason=reason)
            return slack_message(said, [section(said)])
        case Notice.CREDITED if settlement is not None and settlement.credit is not None:
            return _credited(language, first, settlement)
        case _:
            said = language.mrkdwn(_SAID[notice], who=who(language, first))
            return slack_message(said, [section(said)])


_SAID = {
    Notice.DECLINED: message("{who} has declined, without giving a reason."),
    Notice.JOINED: message("{who} has joined."),
    Notice.CREDITED: message("{who} has joined and chose credit."),
}


def _name(language: Language, invitation: Invitation) -> Mrkdwn:
    return language.mrkdwn("• {who}", who=who(language, invitation))


def _why_not_reachable(language: Language, invitation: Invitation) -> Mrkdwn:
    if invitation.reach not in NOT_REACHABLE:
        return _name(language, invitation)
    why = language.mrkdwn(NOT_REACHABLE[invitation.reach])
    return language.mrkdwn("• {who}: {why}", who=who(language, invitation), why=why)


@dataclass(frozen=True, slots=True)
class _Together:
    """A notice about some people at once: what is said of all, what to do, and what is said of each."""

    heading: tuple[str, str]
    advice: str | None = None
    of_each: Callable[[Language, Invitation], Mrkdwn] = _name


_TOGETHER = {
    Notice.NOT_REACHABLE: _Together(
        plural_message(
            "I cannot write to {count} person in this Slack workspace, so they have the invitation by mail only:",
            "I cannot write to {count} people in this Slack workspace, so they have the invitation by mail only:",
        ),
        message(
            "Tell them that the mail is real. Once somebody is a full member here with that address, type "
            "`{command} resend` with it, and I write to them."
        ),
        _why_not_reachable,
    ),
    Notice.NOT_DELIVERED: _Together(
        plural_message(
            "My message to {count} person did not get through in Slack, so they have the invitation by mail only:",
            "My messages to {count} people did not get through in Slack, so they have the invitation by mail only:",
        ),
        message("To have me try again, type `{command} resend` with their address."),
    ),
    Notice.NOT_REMINDED: _Together(
        plural_message(
            "I could not remind {count} person, although I tried:",
            "I could not remind {count} people, although I tried:",
        ),
        message("They can still answer. Remind them yourself, or type `{command} resend` with their address."),
    ),
    Notice.NOT_TOLD_OF_EXPIRY: _Together(
        plural_message(
            "I could not tell {count} person that their invitation has expired, although I tried:",
            "I could not tell {count} people that their invitations have expired, although I tried:",
        ),
        message("Nothing has changed for them."),
    ),
    Notice.REFUSED: _Together(
        plural_message("{count} person could not be invited:", "{count} people could not be invited:"),
        message("Nothing was sent to them."),
        line,
    ),
    Notice.EXPIRED: _Together(
        plural_message(
            "{count} invitation has expired without an answer:",
            "{count} invitations have expired without an answer:",
        ),
        message("To invite somebody again, type `{command} resend` with their address."),
    ),
    Notice.NO_SEAT: _Together(
        plural_message(
            "{count} person wanted to join, and no licence was left for them:",
            "{count} people wanted to join, and no licence was left for them:",
        ),
        message("Buy one, or take one back from somebody; then they can accept as before."),
    ),
    Notice.JOINED: _Together(
        plural_message("{count} person has joined:", "{count} people have joined:"),
    ),
    Notice.DECLINED: _Together(
        plural_message("{count} person has declined:", "{count} people have declined:"),
        message("To invite somebody again, type `{command} resend` with their address."),
        line,
    ),
    Notice.GAVE_UP: _Together(
        plural_message(
            "Something about the invitation of {count} person could not be carried out, although I tried again and "
            "again:",
            "Something about the invitations of {count} people could not be carried out, although I tried again and "
            "again:",
        ),
        message("Ask whoever runs this bot to look; then type `{command} resend` with their address."),
        line,
    ),
}


def _together(language: Language, invitations: Sequence[Invitation], together: _Together, command: str) -> Block:
    heading = language.mrkdwn_plural(*together.heading, len(invitations))
    people = listed(language, invitations, together.of_each)
    advice = [context(language.mrkdwn(together.advice, command=command))] if together.advice else []
    return slack_message(heading, [section(heading), *people, *advice])


def _credited(language: Language, invitation: Invitation, settlement: Settlement) -> Block:
    """The amount, because the invitee chose that the organisation gets it (S19, invariant 6)."""
    said = language.mrkdwn(
        "{who} has joined and chose to transfer {amount} as credit to your account. Reference: {reference}.",
        who=who(language, invitation),
        amount=language.money(settlement.credit) if settlement.credit else "",
        reference=settlement.reference or "",
    )
    blocks = [header(language.plain("Credit for your account")), section(said)]
    return slack_message(said, [*blocks, section(credit_applies(language, settlement.applies))])


# Slack's codes for why a channel does not take a message (slack.md, section 7), and who mends it.
_NOT_THERE = message("I am not in it. Type `/invite @Invitebot` there (that is Slack's own command).")
_GONE = message("It is archived. Unarchive it, or ask whoever runs this bot to set another channel.")
_UNKNOWN = message("I cannot find it. Ask whoever runs this bot to check the setting `INVITE_CHANNEL`.")
_NOT_ALLOWED = message("I may not write there. Ask a Slack admin to allow it, or whoever runs this bot to set another.")
_OTHERWISE = message("Slack has not taken my messages there. Ask whoever runs this bot to look.")
_CHANNEL_TROUBLE = {
    "not_in_channel": _NOT_THERE,
    "is_archived": _GONE,
    "is_inactive": _GONE,
    "channel_not_found": _UNKNOWN,
    "missing_scope": _NOT_ALLOWED,
    "restricted_action": _NOT_ALLOWED,
    "restricted_action_read_only_channel": _NOT_ALLOWED,
    "restricted_action_thread_only_channel": _NOT_ALLOWED,
}


def _channel_trouble(language: Language, channel: str, why: str) -> Block:
    said = language.mrkdwn(
        "I cannot keep {channel} up to date about these invitations. {remedy} The invitations themselves go on.",
        channel=Mrkdwn(f"<#{channel}>"),
        remedy=language.mrkdwn(_CHANNEL_TROUBLE.get(why, _OTHERWISE)),
    )
    return slack_message(said, [section(said)])
