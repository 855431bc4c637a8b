"""Reaching the invitee in Slack: when they are written to, and what is noted when they were, or cannot be."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import col

from bot import telling
from bot.audit import SYSTEM, By, record
from bot.database import Transaction
from bot.effects import enqueue
from bot.lifecycle import deed, is_overdue, workspace_of
from models.audit import Action, Source
from models.invitation import Invitation, InvitationStatus, Reach
from models.post import Notice

CLOCK = By(SYSTEM, Source.CLOCK)


def waits_for_answer(invitation: Invitation) -> bool:
    """Whether there is somebody in Slack who has not answered yet."""
    return invitation.status is InvitationStatus.PENDING and invitation.invitee is not None


def may_be_reminded(invitation: Invitation, now: datetime) -> bool:
    """Whether a reminder makes sense: they were written to, have not answered, and still can."""
    return waits_for_answer(invitation) and invitation.reach is Reach.REACHED and not is_overdue(invitation, now)


async def reminded(transaction: Transaction, invitation: Invitation) -> None:
    """The invitee has been reminded."""
    await transaction.session.exec(
        update(Invitation).where(col(Invitation.id) == invitation.id).values(reminders_sent=1)
    )
    await record(transaction, workspace_of(invitation), CLOCK, [deed(Action.REMINDED, invitation)])
    await telling.everyone(transaction, invitation)


async def deactivated(transaction: Transaction, invitation: Invitation) -> None:
    """The invitee has been deactivated in Slack since they were found there."""
    await _not_reached(transaction, invitation, Reach.DEACTIVATED, "deactivated", Notice.NOT_IN_SLACK)


async def not_delivered(transaction: Transaction, invitation_id: str | None, why: str) -> None:
    """The message with the invitation was given up on: Slack refused it, or could not be reached for too long.

    Args:
        why: a code, for the audit table.
    """
    invitation = await transaction.session.get(Invitation, invitation_id)
    if invitation is not None and invitation.status is InvitationStatus.PENDING:
        await _not_reached(transaction, invitation, Reach.FAILED, why, Notice.NOT_DELIVERED)


async def not_told(transaction: Transaction, invitation_id: str | None, why: str, notice: Notice) -> None:
    """A later message to the invitee was given up on; the inviter hears it as `notice`."""
    invitation = await transaction.session.get(Invitation, invitation_id)
    if invitation is not None:
        await record(transaction, workspace_of(invitation), CLOCK, [deed(Action.NOT_REACHED, invitation, why=why)])
        await telling.notify(transaction, invitation, notice)


async def _not_reached(
    transaction: Transaction, invitation: Invitation, reach: Reach, why: str, notice: Notice
) -> None:
    await transaction.session.exec(update(Invitation).where(col(Invitation.id) == invitation.id).values(reach=reach))
    workspace = workspace_of(invitation)
    await record(transaction, workspace, CLOCK, [deed(Action.NOT_REACHED, invitation, why=why)])
    await telling.notify(transaction, invitation, notice)
    await enqueue(transaction, workspace, telling.overviews(transaction, invitation.batch_id))
