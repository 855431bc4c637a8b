"""What the clock brings: one reminder, and the end."""

from datetime import timedelta

from bot.sandbox.seat import Seat
from models.audit import Action
from models.effect import EffectKind
from models.invitation import InvitationStatus
from tests.scenarios.conftest import Stage
from tests.scenarios.steps import accept, invite, review, words


async def test_one_reminder_after_three_days(stage: Stage, adam: Seat) -> None:
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    await stage.later(timedelta(days=2, hours=23))
    assert len(words(petra)) == 1
    await stage.later(timedelta(hours=1))
    first, reminder = petra.dm()
    assert "Reminder" in reminder.text
    assert reminder.buttons == ["Review", "Decline"]
    assert first.buttons == []
    await stage.later(timedelta(days=20))
    assert len(words(petra)) == 2
    assert (await stage.invitation("petra@acme.example")).reminders_sent == 1
    assert [entry.action for entry in await stage.audit()].count(Action.REMINDED) == 1


async def test_an_answer_cancels_the_reminder_and_the_expiry(stage: Stage, adam: Seat) -> None:
    frank = stage.seat("frank")
    await invite(stage, adam, "frank@acme.example")
    assert {effect.kind for effect in await stage.waiting()} == {EffectKind.REMIND, EffectKind.EXPIRE}
    await review(stage, frank)
    await accept(stage, frank)
    assert await stage.waiting() == []


async def test_after_thirty_days_it_expires_and_both_sides_hear_it(stage: Stage, adam: Seat) -> None:
    """F5, Q1: told, kept, and no obstacle to inviting again."""
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example, frank@acme.example")
    await stage.later(timedelta(days=3))
    await stage.later(timedelta(days=27))
    assert {one.status for one in await stage.invitations()} == {InvitationStatus.EXPIRED}
    first, reminder, end = words(petra)
    assert "has expired, and nothing has changed for you" in end
    for before in (first, reminder):
        assert "The invitation to join *Acme Corp* expired on Sunday" in before
    assert all(message.buttons == [] for message in petra.dm())
    expired = [text for text in words(adam) if "expired without an answer" in text]
    assert "2 invitations have expired without an answer" in expired[-1]
    await invite(stage, adam, "petra@acme.example")
    assert petra.dm()[-1].buttons == ["Review", "Decline"]


async def test_a_worker_that_slept_reminds_nobody_of_what_is_over(stage: Stage, adam: Seat) -> None:
    """Looked at again at the moment of sending: after forty days there is only the end to tell."""
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    stage.clock.advance(timedelta(days=40))
    await stage.settle()
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.EXPIRED
    assert not any("Reminder" in text for text in words(petra))


async def test_somebody_deactivated_meanwhile_is_not_reminded(stage: Stage, adam: Seat) -> None:
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    stage.sandbox.happenings.change_person(petra.person, deactivated=True)
    await stage.later(timedelta(days=3))
    assert len(words(petra)) == 1
    assert "petra@acme.example" in words(adam)[-1]


async def test_an_invitation_that_is_over_is_not_accepted_even_before_the_worker_comes(
    stage: Stage, adam: Seat
) -> None:
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    stage.clock.advance(timedelta(days=30))
    await petra.click("review")
    await stage.bot.background.drain(5)
    assert "This invitation has expired" in petra.modal.text
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.EXPIRED
    await stage.settle()
    assert len([text for text in words(petra) if "has expired, and nothing" in text]) == 1
