"""The Home tab: what waits for this person, and the way to invite."""

from collections.abc import Sequence
from datetime import datetime

from bot.drafts import Mine, WaitingList
from bot.language import Language, mention
from handlers.ids import Button
from handlers.views.blocks import Block, actions, button, context, divider, header, home, section
from handlers.views.lists import pending_message


def home_view(
    language: Language,
    mine: Sequence[Mine],
    waiting: WaitingList | None,
    command: str,
    now: datetime,
) -> Block:
    """What a person sees in the app's Home tab.

    Args:
        mine: their own open invitations.
        waiting: the open invitations, for somebody who may invite; `None` for everybody else.
    """
    blocks = [header(language.plain("Your invitations")), *_mine(language, mine)]
    if waiting is not None:
        blocks += [
            divider(),
            header(language.plain("Invite people")),
            section(
                language.mrkdwn(
                    "Bring people who have an account of their own into the account of *{organisation}*.",
                    organisation=waiting.organisation,
                )
            ),
            actions(button(language.plain("Invite People"), Button.INVITE, style=None if mine else "primary")),
            *pending_message(language, waiting, command, now)["blocks"],
            context(language.mrkdwn("`{command} help` shows what else there is.", command=command)),
        ]
    return home(blocks)


def _mine(language: Language, mine: Sequence[Mine]) -> list[Block]:
    if not mine:
        return [
            section(
                language.mrkdwn(
                    "Nothing waits for you. If somebody invites you to bring your account along, you find it here and "
                    "in your messages from me."
                )
            )
        ]
    blocks: list[Block] = []
    for number, one in enumerate(mine):
        invitation = one.invitation
        text = language.mrkdwn(
            "{inviter} invites you to join *{organisation}*. You can answer until {until}.",
            inviter=mention(invitation.inviter),
            organisation=one.organisation_name,
            until=language.moment(invitation.expires_at) if invitation.expires_at else "",
        )
        review = button(language.plain("Review"), Button.REVIEW, invitation.id, style=None if number else "primary")
        decline = button(language.plain("Decline"), Button.DECLINE, invitation.id)
        blocks += [section(text), actions(review, decline)]
    return blocks
