"""Whom to tell: the effects that make messages follow a change of state. What they say is in `handlers`."""

from datetime import timedelta

from bot.database import Transaction
from bot.effects import Wanted, enqueue
from models.effect import EffectKind
from models.invitation import Invitation
from models.post import Notice
from models.workspace import Workspace

# Overviews are put off for a moment, so that a hundred answers at once make one update and not a hundred.
OVERVIEW_PAUSE = timedelta(seconds=1)


# About all of a batch together, so that thirty at once are one message, which grows.
FOR_THE_BATCH = frozenset({Notice.NOT_IN_SLACK, Notice.REFUSED, Notice.EXPIRED})


async def everyone(transaction: Transaction, invitation: Invitation) -> None:
    """Bring every message about an invitation up to date."""
    refresh = Wanted(EffectKind.REFRESH, f"refresh:{invitation.id}", transaction.now, invitation.id)
    await enqueue(transaction, _workspace(invitation), [refresh, *overviews(transaction, invitation.batch_id)])


def overviews(transaction: Transaction, batch_id: str) -> list[Wanted]:
    """The overviews of a batch: the inviter's message and the channel's."""
    soon = transaction.now + OVERVIEW_PAUSE
    return [
        Wanted(EffectKind.SHOW_BATCH, f"batch:{batch_id}", soon, payload={"batch": batch_id}),
        Wanted(EffectKind.SHOW_CHANNEL, f"channel:{batch_id}", soon, payload={"batch": batch_id}),
    ]


async def notify(transaction: Transaction, invitation: Invitation, notice: Notice) -> None:
    """Send a message of its own, once; about a batch, one that grows."""
    subject = invitation.batch_id if notice in FOR_THE_BATCH else invitation.id
    due = transaction.now + (OVERVIEW_PAUSE if notice in FOR_THE_BATCH else timedelta())
    payload = {"notice": notice, "batch": invitation.batch_id}
    wanted = Wanted(EffectKind.NOTICE, f"notice:{notice}:{subject}", due, invitation.id, payload)
    await enqueue(transaction, _workspace(invitation), [wanted])


async def outcome(transaction: Transaction, invitation: Invitation, join_id: str) -> None:
    """Tell the modal in which the invitee accepted how it went, if it is still open."""
    payload = {"join": join_id}
    wanted = Wanted(EffectKind.SHOW_OUTCOME, f"outcome:{join_id}", transaction.now, invitation.id, payload)
    await enqueue(transaction, _workspace(invitation), [wanted])


def _workspace(invitation: Invitation) -> Workspace:
    return Workspace(invitation.team_id, invitation.enterprise_id)
