"""What the command answers: help, the list of open invitations, how one stands, what was done."""

from datetime import datetime

from bot.drafts import Resent, Waiting, WaitingList
from bot.language import Language, Mrkdwn, link, message
from handlers.views.blocks import Block, context, section, sections, sentence
from handlers.views.blocks import message as slack_message
from handlers.views.overviews import NOT_REACHABLE, STATUS, how, who
from models.invitation import Invitation, InvitationStatus, Reach

_COMMANDS = (
    ("", message("opens the form to invite people")),
    (" ann@example.com, Bob <bob@example.com>", message("opens it with these people filled in")),
    (" pending", message("lists who has not answered yet")),
    (" status ann@example.com", message("says how one invitation stands")),
    (" resend ann@example.com", message("sends it again, or invites again somebody whose invitation has ended")),
    (" revoke ann@example.com", message("takes it back")),
    (" help", message("shows this")),
)

_RESENT = {
    Resent.SENT_AGAIN: message("{who} gets the invitation once more, by mail and here."),
    Resent.INVITED_AGAIN: message("{who} has been invited again."),
    Resent.JOIN_RESUMED: message("The joining of {who} goes on where it stopped."),
}


def help_message(
    language: Language, command: str, help_url: str | None, unknown: str | None = None, nearest: str | None = None
) -> Block:
    """What the command can do; for an unknown word with the nearest one it knows.

    Args:
        command: the name it was called by.
        help_url: a page about managing users (S14).
    """
    lines: list[Mrkdwn] = []
    if unknown is not None:
        lines.append(language.mrkdwn("I do not know “{word}”.", word=unknown))
    if nearest is not None:
        lines.append(language.mrkdwn("Did you mean `{command} {word}`?", command=command, word=nearest))
    lines += [
        language.mrkdwn("• `{usage}` {what}", usage=command + arguments, what=language.mrkdwn(what))
        for arguments, what in _COMMANDS
    ]
    lines.append(
        language.mrkdwn(
            "Addresses go one after the other, separated by commas, semicolons, spaces or new lines; `@name` works too."
        )
    )
    other_ways = language.mrkdwn(
        "People can also come in by single sign-on and associated domains, if your account has them."
    )
    small = [other_ways]
    if help_url:
        small.append(link(help_url, language.plain("How to manage users of the account")))
    return slack_message(lines[0], [*sections(lines), context(*small)])


def pending_message(language: Language, waiting: WaitingList, command: str, now: datetime) -> Block:
    """The open invitations, those first that have waited longest (S12); `command` is the name to type."""
    if not waiting.lines:
        nobody = language.mrkdwn("Nobody has an open invitation to {organisation}.", organisation=waiting.organisation)
        return sentence(nobody)
    heading = language.mrkdwn_plural(
        "*{count} open invitation* to {organisation}",
        "*{count} open invitations* to {organisation}",
        waiting.total,
        organisation=waiting.organisation,
    )
    lines = [_waiting(language, one, command, now) for one in waiting.lines]
    rest = waiting.total - len(waiting.lines)
    more = (
        [context(language.mrkdwn_plural("{count} more waits shorter.", "{count} more wait shorter.", rest))]
        if rest > 0
        else []
    )
    return slack_message(heading, [section(heading), *sections(lines), *more])


def _waiting(language: Language, one: Waiting, command: str, now: datetime) -> Mrkdwn:
    """One line of the list; almost all of them wait for an answer, so only what is different is said."""
    status = [] if one.status is InvitationStatus.PENDING else [language.mrkdwn(STATUS[one.status])]
    return language.mrkdwn(
        "• {who}: {how}",
        who=who(language, one),
        how=Mrkdwn(", ".join([*status, *_so_far(language, one, command, now)])),
    )


def _so_far(language: Language, one: Waiting | Invitation, command: str, now: datetime) -> list[Mrkdwn]:
    """Since when, until when, reminded, reached (S12)."""
    parts = [_sent(language, one.created_at, now)]
    if one.expires_at is not None:
        parts.append(language.mrkdwn("expires {day}", day=language.short_day(one.expires_at)))
    if one.reminders_sent:
        parts.append(language.mrkdwn_plural("reminded {count} time", "reminded {count} times", one.reminders_sent))
    if one.status is InvitationStatus.PENDING:
        parts.append(_reached(language, one.reach, command))
    return parts


def _reached(language: Language, reach: Reach, command: str) -> Mrkdwn:
    if reach in NOT_REACHABLE:
        return language.mrkdwn("*not reachable in Slack* ({why})", why=language.mrkdwn(NOT_REACHABLE[reach]))
    return language.mrkdwn(_REACHED[reach], command=command)


def _sent(language: Language, at: datetime, now: datetime) -> Mrkdwn:
    day, days = language.short_day(at), (now - at).days
    if not days:
        return language.mrkdwn("sent {day}", day=day)
    return language.mrkdwn_plural("sent {day} ({count} day ago)", "sent {day} ({count} days ago)", days, day=day)


_REACHED = {
    Reach.UNKNOWN: message("not written to yet"),
    Reach.REACHED: message("reached in Slack"),
    Reach.FAILED: message("*my message did not get through in Slack*; `{command} resend` tries again"),
}


def status_message(language: Language, invitation: Invitation, command: str, now: datetime) -> Block:
    """How one invitation stands; `command` is the name to type."""
    if invitation.is_open:
        parts = [language.mrkdwn(STATUS[invitation.status]), *_so_far(language, invitation, command, now)]
    else:
        parts = [how(language, invitation), Mrkdwn(language.short_day(invitation.ended_at or now))]
    return sentence(language.mrkdwn("{who}: {how}", who=who(language, invitation), how=Mrkdwn(", ".join(parts))))


def revoked_message(language: Language, invitation: Invitation) -> Block:
    """An invitation was taken back."""
    said = language.mrkdwn(
        "The invitation of {who} has been taken back. Their message says so, and its buttons are gone.",
        who=who(language, invitation),
    )
    return sentence(said)


def resent_message(language: Language, invitation: Invitation, resent: Resent) -> Block:
    """An invitation was sent again, or what that came to."""
    said = language.mrkdwn(_RESENT[resent], who=who(language, invitation))
    return sentence(said)
