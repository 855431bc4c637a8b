"""What happens to one invitation, and what must be true at its end, however often the bot has died meanwhile."""

from bot.sandbox.records import Message
from models.effect import Effect, EffectStatus
from models.invitation import Invitation, InvitationStatus
from models.join import Join, JoinStatus
from tests.durability.people import Admin, Invitee
from tests.durability.stage import CHANNEL, Stage, keys

PETRA = "petra@acme.example"


async def accepted(stage: Stage) -> None:
    adam, petra = Admin(stage, "adam"), Invitee(stage, "petra")
    await adam.invites(PETRA)
    await stage.quiet()
    await petra.accepts()

    invitation = await the_end(stage, InvitationStatus.JOINED)
    assert [join.status for join in await stage.rows(Join)] == [JoinStatus.DONE]
    assert stage.ledger("SELECT count(*) FROM joins") == [(1,)]
    assert stage.ledger("SELECT kind FROM settlements") == [("refund",)]
    assert stage.ledger("SELECT kind, amount, currency FROM ledger") == [("refund", 8994, "EUR")]
    told_once(stage, invitation, "joined")


async def declined(stage: Stage) -> None:
    adam, petra = Admin(stage, "adam"), Invitee(stage, "petra")
    await adam.invites(PETRA)
    await stage.quiet()
    stage.bot.from_here()
    await petra.declines()

    invitation = await the_end(stage, InvitationStatus.DECLINED)
    assert invitation.end_reason == "I would rather not."
    nothing_moved(stage, "declined")
    told_once(stage, invitation, "declined")


async def revoked(stage: Stage) -> None:
    adam = Admin(stage, "adam")
    await adam.invites(PETRA)
    await stage.quiet()
    stage.bot.from_here()
    await adam.revokes(PETRA)

    invitation = await the_end(stage, InvitationStatus.REVOKED)
    nothing_moved(stage, "revoked")
    told_once(stage, invitation)


async def the_end(stage: Stage, status: InvitationStatus) -> Invitation:
    """Wait until nothing is left to do, and return the one invitation, which has ended so."""
    await stage.quiet()
    [invitation] = await stage.rows(Invitation)
    assert invitation.status is status
    assert [effect.key for effect in await stage.rows(Effect) if effect.status is EffectStatus.GIVEN_UP] == []
    return invitation


def nothing_moved(stage: Stage, status: str) -> None:
    """The account backend knows how it ended, and neither moved nor paid anything."""
    assert stage.ledger("SELECT status FROM invitations") == [(status,)]
    assert stage.ledger("SELECT * FROM joins") == []
    assert stage.ledger("SELECT * FROM settlements") == []


def told_once(stage: Stage, invitation: Invitation, *notices: str) -> None:
    """One message to each, which says how it ended: nobody can press anything any more."""
    to_petra, to_adam, to_all = stage.said_to("petra"), stage.said_to("adam"), stage.said_in(CHANNEL)
    assert keys(to_petra) == [f"invitee:{invitation.id}:1"]
    assert keys(to_adam) == [f"batch:{invitation.batch_id}", *(f"notice:{one}:{invitation.id}" for one in notices)]
    assert keys(to_all) == [f"channel:{invitation.batch_id}"]
    assert [message.text for message in [*to_petra, *to_adam] if has_buttons(message)] == []


def has_buttons(message: Message) -> bool:
    """Whether there is anything to press."""
    return any(block["type"] == "actions" for block in message.blocks)
