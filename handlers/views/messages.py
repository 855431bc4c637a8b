"""The invitee's messages: the invitation as it stands, the reminder, the word at its end."""

from dataclasses import dataclass

from bot.language import Language, Mrkdwn, escape, link, mention, message
from bot.refusals import standing
from bot.settlement import Settlement
from handlers.ids import Button
from handlers.views.blocks import Block, actions, button, context, header, section, sections
from handlers.views.blocks import message as slack_message
from handlers.views.briefing import briefing_title, gain
from handlers.views.notes import note, review_again
from handlers.views.outcomes import longer_than_expected, returned_sentence, settlement_lines
from models.batch import Batch
from models.invitation import Invitation, InvitationStatus
from models.join import Join, JoinStatus


@dataclass(frozen=True, slots=True)
class Invited:
    """Everything a message to the invitee is made of."""

    invitation: Invitation
    batch: Batch
    join: Join | None = None
    sign_in_url: str | None = None


def invitation_message(language: Language, invited: Invited, *, newest: bool = True, reminder: bool = False) -> Block:
    """The invitation as it stands now: with buttons while it waits for an answer, without them ever after.

    Args:
        newest: whether this is the last message about it; only that one has buttons.
        reminder: whether it was posted to remind.
    """
    match invited.invitation.status:
        case InvitationStatus.PENDING:
            return _pending(language, invited, newest=newest, reminder=reminder)
        case InvitationStatus.JOINED:
            return _joined(language, invited)
        case InvitationStatus.EXPIRED:
            return _expired(language, invited)
        case _:
            return _standing(language, invited)


def _pending(language: Language, invited: Invited, *, newest: bool, reminder: bool) -> Block:
    invitation, organisation = invited.invitation, invited.batch.organisation_name
    inviter = mention(invitation.inviter)
    opening = language.mrkdwn(
        "{inviter} invites you to join *{organisation}* (plan {plan}). If you have an account of your own, you bring "
        "it along.",
        inviter=inviter,
        organisation=organisation,
        plan=invited.batch.plan_name,
    )
    lines = [opening, gain(language, invitation.licence, organisation)]
    if invitation.note:
        lines += [language.mrkdwn("{inviter} writes:", inviter=inviter), _quoted(invitation.note)]
    if invited.join is not None and invited.join.status is JoinStatus.RETURNED:
        lines.append(returned_sentence(language, invited.join))
    until = language.moment(invitation.expires_at) if invitation.expires_at else ""
    waiting = language.mrkdwn(
        "You can answer until {until}. *Review* shows what happens to your account and your money first; nothing "
        "changes before you accept.",
        until=until,
    )
    title = language.plain("Reminder: an invitation for you") if reminder else language.plain("An invitation for you")
    notification = (
        message("Reminder: {inviter} invites you to join {organisation}. You can answer until {until}.")
        if reminder
        else message("{inviter} invites you to join {organisation}.")
    )
    text = language.mrkdwn(notification, inviter=inviter, organisation=organisation, until=until)
    answers = [
        actions(
            button(language.plain("Review"), Button.REVIEW, invitation.id, style="primary"),
            button(language.plain("Decline"), Button.DECLINE, invitation.id),
        )
    ]
    if not newest:
        answers = [context(language.mrkdwn("There is a newer message about this invitation; answer there."))]
    return slack_message(text, [header(title), *sections(lines), context(waiting), *answers])


def _joined(language: Language, invited: Invited) -> Block:
    text = language.mrkdwn("You have joined {organisation}.", organisation=invited.batch.organisation_name)
    return slack_message(text, [header(language.plain("Welcome")), *sections(joined_lines(language, invited))])


def joined_lines(language: Language, invited: Invited) -> list[Mrkdwn]:
    """What somebody who has joined should know: signing in (S27), membership (S28), what was paid back (S29)."""
    organisation = invited.batch.organisation_name
    lines = [
        language.mrkdwn(
            "*You have joined {organisation}* and are a member of its account now.", organisation=organisation
        ),
        _sign_in(language, invited),
    ]
    if invited.join is not None and invited.join.outcome is not None:
        lines += settlement_lines(language, Settlement.from_json(invited.join.outcome), organisation)
    return lines


def outcome_view(language: Language, invited: Invited) -> Block:
    """How an acceptance went, for the modal in which it was given."""
    title, join = briefing_title(language), invited.join
    if invited.invitation.status is InvitationStatus.JOINED:
        return note(language, title, *joined_lines(language, invited))
    if join is not None and join.status is JoinStatus.RETURNED and invited.invitation.is_open:
        return review_again(language, title, [returned_sentence(language, join)], invited.invitation.id)
    if join is not None and join.failure is not None and invited.invitation.is_open:
        return note(language, title, longer_than_expected(language))
    return note(language, title, standing(language, invited.invitation))


def _sign_in(language: Language, invited: Invited) -> Mrkdwn:
    """Signing in stays the same (S27), except for somebody who had nothing to sign in to."""
    how = (
        message("You sign in with this address: {address}. The mail that you got says how.")
        if invited.join is not None and not invited.join.had_account
        else message("You sign in as before, with the same address.")
    )
    said = language.mrkdwn(how, address=invited.invitation.address)
    if invited.sign_in_url is None:
        return said
    return Mrkdwn(f"{said} {link(invited.sign_in_url, language.plain('Go to the sign-in page'))}")


def _expired(language: Language, invited: Invited) -> Block:
    """No more than that it is over: what to do then stands in the one message that tells it (F5)."""
    sentence = language.mrkdwn(
        "The invitation to join *{organisation}* expired on {day}.",
        organisation=invited.batch.organisation_name,
        day=language.day(invited.invitation.ended_at or invited.batch.created_at),
    )
    return slack_message(sentence, [section(sentence)])


def _standing(language: Language, invited: Invited) -> Block:
    organisation = invited.batch.organisation_name
    sentence = standing(language, invited.invitation)
    about = language.mrkdwn("Your invitation to join *{organisation}*", organisation=organisation)
    return slack_message(sentence, [section(about), section(sentence)])


def expired_message(language: Language, invited: Invited) -> Block:
    """A word of its own when an invitation has expired (F5)."""
    sentence = language.mrkdwn(
        "The invitation to join *{organisation}* has expired, and nothing has changed for you. To join after all, ask "
        "{inviter} to invite you again.",
        organisation=invited.batch.organisation_name,
        inviter=mention(invited.invitation.inviter),
    )
    return slack_message(sentence, [section(sentence)])


def _quoted(note: str) -> Mrkdwn:
    return Mrkdwn("\n".join(f"> {escape(line)}" for line in note.splitlines()))
