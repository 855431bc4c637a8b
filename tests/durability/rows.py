"""Rows of the bot's, written without the bot: invitations that are to be delivered now."""

from datetime import datetime, timedelta

from bot.database import Transaction
from bot.effects import Wanted, enqueue
from bot.sandbox.server import Sandbox
from models.batch import Batch
from models.effect import EffectKind
from models.invitation import Invitation, InvitationStatus, Licence, Reach
from models.workspace import Workspace

HERE = Workspace("T0ACME00001")
PEOPLE = ("petra", "frank", "tomas", "oscar", "ida", "ivan", "rosa", "carla", "aisha", "yuki")


async def to_deliver(transaction: Transaction, sandbox: Sandbox) -> None:
    """Write an invitation for each of `PEOPLE`, whose handle is its id, and the effect that delivers it."""
    transaction.session.add(batch(transaction.now))
    transaction.session.add_all(invitation(name, sandbox.seat(name).id, transaction.now) for name in PEOPLE)
    deliver = [Wanted(EffectKind.DELIVER, f"deliver:{name}", transaction.now, name) for name in PEOPLE]
    await enqueue(transaction, HERE, deliver)


def batch(now: datetime) -> Batch:
    return Batch(
        id="batch",
        team_id=HERE.team_id,
        organisation="acme",
        organisation_name="Acme Corp",
        plan_name="Business",
        inviter="U0ADAM0001",
        inviter_email="adam@acme.example",
        licence=Licence.BASIC,
        entered="",
        created_at=now,
    )


def invitation(name: str, invitee: str, now: datetime) -> Invitation:
    """One that waits for an answer, with its invitee's handle for an id."""
    return Invitation(
        id=name,
        team_id=HERE.team_id,
        batch_id="batch",
        organisation="acme",
        address=f"{name}@acme.example",
        address_key=f"{name}@acme.example",
        licence=Licence.BASIC,
        inviter="U0ADAM0001",
        invitee=invitee,
        reach=Reach.REACHED,
        status=InvitationStatus.PENDING,
        backend_id=name,
        created_at=now,
        pending_at=now,
        expires_at=now + timedelta(days=30),
    )
