"""Rows of the bot's, written without the bot: invitations that are to be delivered now."""

from datetime import datetime, timedelta

from bot.database import Transaction
from bot.effects import Wanted, enqueue
from bot.sandbox.server import Sandbox
from models.effect import EffectKind
from models.invitation import Invitation, InvitationStatus, Reach
from models.workspace import Workspace
from tests import rows

HERE = Workspace("T0ACME00001")
INVITER = "U0ADAM0001"
PEOPLE = ("petra", "frank", "tomas", "oscar", "ida", "ivan", "rosa", "carla", "aisha", "yuki")


async def to_deliver(transaction: Transaction, sandbox: Sandbox) -> None:
    """Write an invitation for each of `PEOPLE`, whose handle is its id, and the effect that delivers it."""
    transaction.session.add(rows.batch(transaction.now, team_id=HERE.team_id, inviter=INVITER))
    transaction.session.add_all(invitation(name, sandbox.seat(name).id, transaction.now) for name in PEOPLE)
    deliver = [Wanted(EffectKind.DELIVER, f"deliver:{name}", transaction.now, name) for name in PEOPLE]
    await enqueue(transaction, HERE, deliver)


def invitation(name: str, invitee: str, now: datetime) -> Invitation:
    """One that waits for an answer, with its invitee's handle for an id."""
    return rows.invitation(
        now,
        id=name,
        team_id=HERE.team_id,
        address=f"{name}@acme.example",
        inviter=INVITER,
        invitee=invitee,
        reach=Reach.REACHED,
        status=InvitationStatus.PENDING,
        backend_id=name,
        pending_at=now,
        expires_at=now + timedelta(days=30),
    )
