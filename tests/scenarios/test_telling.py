"""What an inviter is told without asking: each thing once, in a message that they notice, and many at once in one."""

from datetime import timedelta

import pytest

from bot.accounts.errors import NoSeatAvailable
from bot.accounts.values import Capability
from bot.language import Language
from bot.sandbox.records import Message
from bot.sandbox.seat import Seat
from handlers.views.notices import notice_message
from models.audit import Action
from models.effect import EffectKind
from models.invitation import InvitationStatus, Reach
from models.post import Notice
from tests.scenarios.conftest import Stage
from tests.scenarios.steps import accept, invite, preview, review, whispered, words

STRANGERS = [f"person{number:02d}@elsewhere.example" for number in range(40)]


def notices(admin: Seat, saying: str) -> list[Message]:
    """The messages to an admin whose notification says something, as Slack keeps them."""
    surfaces = [message.surface for message in admin.dm()]
    return [surface for surface in surfaces if isinstance(surface, Message) and saying in surface.text]


async def test_news_of_forty_is_one_message(stage: Stage, adam: Seat) -> None:
    """Nobody of them is in Slack; the end comes for all of them at once, too."""
    await invite(stage, adam, ", ".join(STRANGERS), "basic")
    [not_in_slack] = notices(adam, "in this Slack workspace")
    assert "40 people" in not_in_slack.text
    assert all(address in str(not_in_slack.blocks) for address in STRANGERS)
    await stage.later(timedelta(days=30))
    assert {one.status for one in await stage.invitations()} == {InvitationStatus.EXPIRED}
    assert len(notices(adam, "expired without an answer")) <= 2, "two, if a window ends in the midst of it"


async def test_later_news_is_a_message_of_its_own(stage: Stage, adam: Seat) -> None:
    """A message that was read is not edited to say something new: Slack tells nobody of an edit."""
    await invite(stage, adam, "petra@acme.example, frank@acme.example")
    await stage.later(timedelta(days=5))
    await adam.command("/invite", "resend frank@acme.example")
    await stage.later(timedelta(days=25, hours=1))
    [first] = notices(adam, "expired without an answer")
    assert "petra@acme.example" in str(first.blocks)
    await stage.later(timedelta(days=6))
    again, second = notices(adam, "expired without an answer")
    assert again == first
    assert "frank@acme.example" in str(second.blocks)
    assert "petra@acme.example" not in str(second.blocks)


async def test_news_is_told_once_though_answers_are_lost(stage: Stage, adam: Seat) -> None:
    """Invariant 3, for what is told together."""
    await preview(stage, adam, ", ".join(STRANGERS[:3]), "basic")
    await adam.submit()
    stage.lose_answers("chat.postMessage", 5)
    await stage.settle()
    assert len(notices(adam, "in this Slack workspace")) == 1


async def test_news_stands_below_the_overview_and_in_the_conversation(stage: Stage, adam: Seat) -> None:
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    overview = adam.dm()[0].surface
    assert isinstance(overview, Message)
    await petra.click("decline")
    await petra.submit(reason="Not now.")
    await stage.settle()
    [declined] = notices(adam, "has declined")
    assert declined.thread_ts == overview.ts
    assert declined.in_the_open


async def test_news_is_told_though_the_overview_was_deleted(stage: Stage, adam: Seat) -> None:
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    stage.sandbox.workspace.faults.fail_next("chat.postMessage", "cannot_reply_to_message")
    await petra.click("decline")
    await petra.submit()
    await stage.settle()
    [declined] = notices(adam, "has declined")
    assert declined.thread_ts is None


@pytest.mark.parametrize("how", ["refused", "no answer for days"])
async def test_an_invitation_that_does_not_get_through_says_so(stage: Stage, adam: Seat, how: str) -> None:
    """In the overview, in the status, and in a notice; sending again is the remedy."""
    petra, faults = stage.seat("petra"), stage.sandbox.workspace.faults
    await invite(stage, adam, "frank@acme.example")
    await preview(stage, adam, "petra@acme.example")
    await adam.submit()
    while not any(effect.kind is EffectKind.DELIVER for effect in await stage.waiting()):
        assert await stage.bot.runner.run_due()
    if how == "refused":
        faults.fail_next("users.info", "user_not_visible")
    else:
        for _ in range(100):
            faults.fail_next("users.info", "internal_error")
        await stage.later(timedelta(days=2, minutes=1))
        faults.clear()
    await stage.settle()
    await adam.close()

    assert (await stage.invitation("petra@acme.example")).reach is Reach.FAILED
    assert words(petra) == []
    [notice] = notices(adam, "did not get through")
    assert "petra@acme.example" in str(notice.blocks)
    assert "internal_error" not in str(notice.blocks)
    assert "`/account-invite resend`" in str(notice.blocks), "the name that works in every Slack"
    assert any("waiting for an answer, *my message did not get through" in message.text for message in adam.dm())
    await adam.command("/invite", "status petra@acme.example")
    await stage.settle()
    assert "*my message did not get through in Slack*; `/invite resend`" in whispered(adam)[-1], "the name they used"

    await adam.command("/invite", "resend petra@acme.example")
    await stage.settle()
    assert (await stage.invitation("petra@acme.example")).reach is Reach.REACHED
    assert len(words(petra)) == 1


async def test_people_who_may_not_be_looked_up_count_as_not_reached(stage: Stage, adam: Seat) -> None:
    await preview(stage, adam, "petra@acme.example, frank@acme.example")
    await adam.submit()
    stage.sandbox.workspace.faults.fail_next("users.lookupByEmail", "missing_scope")
    await stage.settle()
    assert {one.reach for one in await stage.invitations()} == {Reach.FAILED}
    [notice] = notices(adam, "did not get through")
    assert "2 people" in notice.text


async def test_a_reminder_that_does_not_get_through_is_told(stage: Stage, adam: Seat) -> None:
    await invite(stage, adam, "petra@acme.example")
    stage.clock.advance(timedelta(days=3))
    stage.sandbox.workspace.faults.fail_next("chat.postMessage", "restricted_action")
    await stage.settle()
    [notice] = notices(adam, "I could not remind 1 person")
    assert "petra@acme.example" in str(notice.blocks)
    assert (await stage.invitation("petra@acme.example")).reminders_sent == 0
    assert Action.REMINDED not in [entry.action for entry in await stage.audit()]


async def test_what_was_given_up_for_several_is_one_message(stage: Stage, adam: Seat) -> None:
    """The account backend cannot be told for two days that both have declined."""
    await invite(stage, adam, "petra@acme.example, frank@acme.example")
    for name in ("petra", "frank"):
        await stage.seat(name).click("decline")
        await stage.seat(name).submit()
    for since in (timedelta(), timedelta(days=2, minutes=1)):
        stage.clock.advance(since)
        for _ in range(2):
            stage.faults.refuse_next(Capability.DECLINE_INVITATION)
        await stage.bot.runner.run_due()
    await stage.settle()
    [gave_up] = notices(adam, "could not be carried out")
    assert "the invitations of 2 people" in gave_up.text
    assert all(address in str(gave_up.blocks) for address in ("petra@acme.example", "frank@acme.example"))


async def test_trouble_with_the_channel_is_told_once_with_the_remedy(stage: Stage, adam: Seat) -> None:
    workspace = stage.sandbox.workspace
    workspace.faults.refused_scopes.add("chat:write.public")
    bot = workspace.people[workspace.app.user_id]
    stage.sandbox.happenings.remove_from_channel(bot, workspace.channel("it-licences"))
    await invite(stage, adam, "petra@acme.example")
    petra = stage.seat("petra")
    await petra.click("decline")
    await petra.submit()
    await stage.settle()
    [trouble] = notices(adam, "I cannot keep <#C0LICENCES1> up to date")
    assert "/invite @Invitebot" in trouble.text
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.DECLINED


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("is_archived", "Unarchive it"),
        ("channel_not_found", "`INVITE_CHANNEL`"),
        ("restricted_action_read_only_channel", "Ask a Slack admin"),
        ("something_new", "Ask whoever runs this bot to look"),
    ],
)
def test_each_trouble_with_the_channel_has_its_remedy(code: str, remedy: str) -> None:
    said = notice_message(Language(), Notice.CHANNEL_TROUBLE, [], command="/account-invite", channel="C1", why=code)
    assert remedy in said["text"]
    assert code not in said["text"]


async def test_a_licence_that_is_missing_again_is_told_again(stage: Stage, adam: Seat) -> None:
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    for _ in range(2):
        await review(stage, petra)
        stage.faults.refuse_next(Capability.ACCEPT_INVITATION, NoSeatAvailable("licensed"))
        await accept(stage, petra, "refund")
        await petra.close()
    first, second = notices(adam, "no licence was left")
    assert "petra@acme.example" in str(first.blocks)
    assert second.ts != first.ts
