"""The bot as processes: killed, several at once, told to stop (design.md, invariants 1, 3 and 9; features.md, R16).

All in one file, so that test runners that deal files out do not let the killed, who keep two cores busy, slow down
those who have to stop in time.
"""

import asyncio

import aiohttp
import pytest

from bot.effects import Wanted, enqueue
from bot.runner import CAPACITY
from bot.sandbox.records import Message
from models.effect import Effect, EffectKind, EffectStatus
from models.invitation import Invitation, InvitationStatus
from models.join import Join, JoinStatus
from models.post import Post
from tests.durability.command import Command
from tests.durability.conftest import MakePlace
from tests.durability.life import Cradle
from tests.durability.people import Admin, Invitee
from tests.durability.plays import die_everywhere
from tests.durability.rows import HERE, PEOPLE, to_deliver
from tests.durability.stage import PATIENCE, Stage, keys, prepared, staged
from tests.durability.stories import PETRA, accepted, declined, revoked

FRANK = "frank@acme.example"


async def test_killed_between_any_two_steps_it_loses_and_repeats_nothing(make_place: MakePlace, lives: Cradle) -> None:
    await die_everywhere([accepted, declined, revoked], make_place, lives)


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


@pytest.mark.parametrize("licensed_seats", [35])
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
        assert [key.rpartition(":")[0] for key in notices] == [f"notice:refused:{refused.batch_id}"]


async def test_two_processes_run_each_effect_once(make_place: MakePlace, lives: Cradle) -> None:
    """More is due than one process takes in hand, so that both have a part in it."""
    async with make_place() as place, staged(lives, place, helpers=1) as stage:
        async with stage.database.begin() as transaction:
            pointless = [Wanted(EffectKind.REMIND, f"remind:{n}", transaction.now) for n in range(2 * CAPACITY)]
            await enqueue(transaction, HERE, pointless)
            await to_deliver(transaction, stage.sandbox)
        await stage.quiet()

        assert {(effect.status, effect.attempts) for effect in await stage.rows(Effect)} == {(EffectStatus.DONE, 1)}
        assert [keys(stage.said_to(name)) for name in PEOPLE] == [[f"invitee:{name}:1"] for name in PEOPLE]
        assert all(any("in hand" in point for point in bot.reached[0]) for bot in stage.bots)


@pytest.mark.parametrize("seconds", [1, 60], ids=["slow", "hanging"])
async def test_stops_in_time_and_loses_nothing(make_place: MakePlace, seconds: float) -> None:
    """Ten messages are in hand and somebody waits for a modal, while Slack is slow to answer, or does not answer."""
    async with aiohttp.ClientSession() as session, make_place() as place:
        command = Command(session)
        async with prepared(place, command.deliver) as stage:
            async with command.running(stage.settings):
                stage.sandbox.workspace.faults.answer_delay = seconds
                async with stage.database.begin() as transaction:
                    await to_deliver(transaction, stage.sandbox)
                waiting = asyncio.create_task(stage.seat("adam").command("/invite"))
                await in_hand(stage)
            assert keys(everything_said(stage)) == sorted(post.key for post in await stage.rows(Post))
            await waiting

            stage.sandbox.workspace.faults.clear()
            async with command.running(stage.settings):
                await stage.quiet()
            assert keys(everything_said(stage)) == [f"invitee:{name}:1" for name in sorted(PEOPLE)]


async def in_hand(stage: Stage) -> None:
    """Wait until a worker has everything in hand."""
    async with asyncio.timeout(PATIENCE):
        while any(effect.lease_holder is None for effect in await stage.rows(Effect)):
            await asyncio.sleep(0.01)


def everything_said(stage: Stage) -> list[Message]:
    return [message for name in sorted(PEOPLE) for message in stage.said_to(name)]
