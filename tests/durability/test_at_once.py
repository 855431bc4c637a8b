"""Several at once: people who press at the same time, processes that share one database (design.md, invariant 9)."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.effects import CAPACITY, Wanted, enqueue
from models.batch import Batch
from models.effect import Effect, EffectKind, EffectStatus
from models.invitation import Invitation, InvitationStatus, Licence, Reach
from models.join import Join, JoinStatus
from models.workspace import Workspace
from tests.durability.conftest import MakePlace
from tests.durability.life import Cradle
from tests.durability.people import Admin, Invitee
from tests.durability.stage import DEMO, keys, staged

PETRA, FRANK = "petra@acme.example", "frank@acme.example"
HERE = Workspace("T0ACME00001")
PEOPLE = ("petra", "frank", "tomas", "oscar", "ida", "ivan", "rosa", "carla", "aisha", "yuki")


@pytest.fixture
def accounts_file(tmp_path: Path) -> Path:
    """The demo's accounts, but that Acme has one seat left."""
    text = (DEMO / "accounts.yaml").read_text()
    assert "licensed: {bought: 50, used_elsewhere: 31}" in text
    path = tmp_path / "accounts.yaml"
    path.write_text(text.replace("{bought: 50, used_elsewhere: 31}", "{bought: 35, used_elsewhere: 31}"))
    return path


async def test_accepting_twice_at_the_same_time_is_one_join(make_place: MakePlace, lives: Cradle) -> None:
    """R16: one settlement, whoever presses how often."""
    async with make_place() as place, staged(lives, place) as stage:
        adam, petra = Admin(stage, "adam"), Invitee(stage, "petra")
        await adam.invites(PETRA)
        await stage.quiet()
        stage.sandbox.workspace.faults.double_delivery = True
        await petra.accepts()
        await stage.quiet()

        assert [one.status for one in await stage.rows(Invitation)] == [InvitationStatus.JOINED]
        assert [join.status for join in await stage.rows(Join)] == [JoinStatus.DONE]
        assert stage.ledger("SELECT kind, amount FROM ledger") == [("refund", 8994)]


async def test_the_last_seat_goes_to_one_of_two(make_place: MakePlace, lives: Cradle) -> None:
    """F16: two admins invite somebody each for the one seat that is left, at the same time, in two processes."""
    async with make_place() as place, staged(lives, place, helpers=1) as stage:
        adam, olivia = Admin(stage, "adam"), Admin(stage, "olivia")
        await adam.previews(PETRA)
        await olivia.previews(FRANK)
        await asyncio.gather(adam.seat.submit(), olivia.seat.submit())
        await stage.quiet()

        invitations = {one.status: one for one in await stage.rows(Invitation)}
        assert set(invitations) == {InvitationStatus.PENDING, InvitationStatus.UNDELIVERABLE}
        refused = invitations[InvitationStatus.UNDELIVERABLE]
        assert refused.end_reason == "NoSeatAvailable"
        assert stage.ledger("SELECT status FROM invitations") == [("pending",)]
        notices = [key for key in keys([*stage.said_to("adam"), *stage.said_to("olivia")]) if "notice" in key]
        assert notices == [f"notice:refused:{refused.batch_id}"]


async def test_two_processes_run_each_effect_once(make_place: MakePlace, lives: Cradle) -> None:
    """More is due than one process takes in hand, so that both have a part in it."""
    async with make_place() as place, staged(lives, place, helpers=1) as stage:
        async with stage.database.begin() as transaction:
            transaction.session.add(batch(transaction.now))
            transaction.session.add_all(invitation(name, stage.seat(name).id, transaction.now) for name in PEOPLE)
            deliver = [Wanted(EffectKind.DELIVER, f"deliver:{name}", transaction.now, name) for name in PEOPLE]
            pointless = [Wanted(EffectKind.REMIND, f"remind:{n}", transaction.now) for n in range(2 * CAPACITY)]
            await enqueue(transaction, HERE, [*pointless, *deliver])
        await stage.quiet()

        assert {(effect.status, effect.attempts) for effect in await stage.rows(Effect)} == {(EffectStatus.DONE, 1)}
        assert [keys(stage.said_to(name)) for name in PEOPLE] == [[f"invitee:{name}:1"] for name in PEOPLE]
        assert all(any("in hand" in point for point in bot.reached[0]) for bot in stage.bots)


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
