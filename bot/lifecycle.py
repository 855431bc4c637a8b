"""The one place that changes the status of an invitation: by compare-and-set, audited, and told to whoever should know.

Nothing else writes `Invitation.status` (design.md, invariant 2).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from bot import telling
from bot.audit import SYSTEM, By, Deed, record
from bot.database import Transaction
from bot.effects import Wanted, cancel, enqueue
from bot.reminders import first_reminder
from bot.trouble import Trouble
from models.audit import Action, Source
from models.effect import EffectKind
from models.invitation import OPEN_STATUSES, TRANSITIONS, Invitation, InvitationStatus
from models.post import Notice
from models.workspace import Workspace

# What waits while an invitation is pending, and is pointless once it is not.
_WHILE_PENDING = (EffectKind.REMIND, EffectKind.EXPIRE, EffectKind.DELIVER, EffectKind.RESEND)


class StatusMoved(Trouble):
    """Somebody else changed the status first; look again."""


async def change_status(
    transaction: Transaction, invitation: Invitation, to: InvitationStatus, by: By, deed: Deed, **changes: Any
) -> Invitation:
    """Move an invitation from the status it was read with to another, and return it as it is then.

    Args:
        deed: what the audit table says of it.
        changes: other columns that change with the status.

    Raises:
        StatusMoved: it no longer has the status it was read with.
        ValueError: there is no such transition.
    """
    if to not in TRANSITIONS[invitation.status]:
        raise ValueError(f"An invitation does not go from {invitation.status} to {to}.")
    ended_at = None if to in OPEN_STATUSES else transaction.now
    result = await transaction.session.exec(
        update(Invitation)
        .where(
            col(Invitation.id) == invitation.id,
            col(Invitation.team_id) == invitation.team_id,
            col(Invitation.status) == invitation.status,
        )
        .values(status=to, version=col(Invitation.version) + 1, ended_at=ended_at, **changes)
        .returning(Invitation)
        .execution_options(populate_existing=True)
    )
    moved: Invitation | None = result.scalar_one_or_none()
    if moved is None:
        raise StatusMoved
    workspace = workspace_of(moved)
    if to is InvitationStatus.PENDING:
        await _plan_while_pending(transaction, moved)
    else:
        await cancel(transaction, workspace, moved.id, _WHILE_PENDING)
    await record(transaction, workspace, by, [deed])
    await telling.everyone(transaction, moved)
    return moved


async def expire(transaction: Transaction, invitation: Invitation) -> Invitation:
    """End an invitation that nobody answered, and tell both sides (F5).

    Raises:
        StatusMoved: it was answered or revoked in the meantime.
    """
    expired = await change_status(
        transaction, invitation, InvitationStatus.EXPIRED, By(SYSTEM, Source.CLOCK), deed(Action.EXPIRED, invitation)
    )
    await telling.notify(transaction, expired, Notice.EXPIRED)
    await telling.expired(transaction, expired)
    return expired


def is_overdue(invitation: Invitation, now: datetime) -> bool:
    """Whether it is still pending although its time is up."""
    return (
        invitation.status is InvitationStatus.PENDING
        and invitation.expires_at is not None
        and now >= invitation.expires_at
    )


async def _plan_while_pending(transaction: Transaction, invitation: Invitation) -> None:
    """The reminder and the expiry; they look again at the invitation before they do anything."""
    if invitation.expires_at is None or invitation.pending_at is None:
        return
    wanted = [Wanted(EffectKind.EXPIRE, f"expire:{invitation.id}", invitation.expires_at, invitation.id)]
    reminder = first_reminder(invitation.pending_at, invitation.expires_at)
    if reminder is not None and reminder > transaction.now and not invitation.reminders_sent:
        wanted.append(Wanted(EffectKind.REMIND, f"remind:{invitation.id}", reminder, invitation.id))
    await enqueue(transaction, workspace_of(invitation), wanted)


def workspace_of(invitation: Invitation) -> Workspace:
    """The workspace an invitation belongs to."""
    return Workspace(invitation.team_id, invitation.enterprise_id)


def deed(action: Action, invitation: Invitation, **detail: Any) -> Deed:
    """Something done to an invitation, for the audit table."""
    return Deed(action, invitation.id, detail)
