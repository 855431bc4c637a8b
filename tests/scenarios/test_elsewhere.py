"""What happens in the account system without the bot, and what takes long there: the bot finds out and says so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.accounts import errors
from bot.accounts.values import AccountJoin, AccountJoinState, Admin, Call, Capability, Consequence, Invitee
from bot.sandbox.seat import Seat
from models.invitation import Invitation, InvitationStatus
from models.join import SettlementKind
from tests.scenarios.conftest import DEMO, Stage
from tests.scenarios.steps import accept, fill_in, invite, review, whispered, words

ADAM = Call(Admin("acme", "adam@acme.example"), "elsewhere")
FRANK = "frank@acme.example"
PETRA = "petra@acme.example"


@pytest.fixture
def adam(stage: Stage) -> Seat:
    return stage.seat("adam")


@pytest.fixture
def petra(stage: Stage) -> Seat:
    return stage.seat("petra")


@pytest.fixture
def frank(stage: Stage) -> Seat:
    return stage.seat("frank")


async def accept_by_mail(stage: Stage, address: str) -> None:
    """S11: the backend mails its invitations too, and people answer those."""
    invitation = await stage.invitation(address)
    assert invitation.backend_id is not None
    await stage.accounts.accept_invitation(
        Call(Invitee(invitation.backend_id), "mail"),
        invitation.backend_id,
        SettlementKind.NONE,
        None,
        [str(code) for code in Consequence],
        "mail",
    )


async def revoke_there(stage: Stage, address: str) -> Invitation:
    invitation = await stage.invitation(address)
    assert invitation.backend_id is not None
    await stage.accounts.revoke_invitation(ADAM, invitation.backend_id)
    return invitation


async def status_of(stage: Stage, address: str) -> InvitationStatus:
    return (await stage.invitation(address)).status


async def test_somebody_who_answered_by_mail_is_told_so_and_their_inviter_too(
    stage: Stage, adam: Seat, frank: Seat
) -> None:
    await invite(stage, adam, FRANK, "basic")
    await accept_by_mail(stage, FRANK)
    await review(stage, frank)
    assert "You have joined." in frank.modal.text
    assert await status_of(stage, FRANK) is InvitationStatus.JOINED
    assert any("Frank Fischer (frank@acme.example) has joined." in text for text in words(adam)[1:])
    assert not frank.dm()[-1].buttons


async def test_somebody_who_answered_by_mail_is_not_reminded(stage: Stage, adam: Seat, frank: Seat) -> None:
    await invite(stage, adam, FRANK, "basic")
    await accept_by_mail(stage, FRANK)
    await stage.later(timedelta(days=3))
    assert len(words(frank)) == 1
    assert "You have joined" in words(frank)[0]
    assert await status_of(stage, FRANK) is InvitationStatus.JOINED


async def test_somebody_who_answered_by_mail_has_not_let_the_invitation_expire(
    stage: Stage, adam: Seat, frank: Seat
) -> None:
    await invite(stage, adam, FRANK, "basic")
    await accept_by_mail(stage, FRANK)
    await stage.later(timedelta(days=31))
    assert await status_of(stage, FRANK) is InvitationStatus.JOINED


@pytest.mark.parametrize("when", ["before the review", "before the acceptance"])
async def test_an_invitation_that_was_taken_back_in_the_account_system_is_over_here_too(
    stage: Stage, adam: Seat, petra: Seat, when: str
) -> None:
    """F15: and nobody is told that something is out of order."""
    await invite(stage, adam, PETRA)
    if when == "before the review":
        await revoke_there(stage, PETRA)
        await review(stage, petra)
    else:
        await review(stage, petra)
        await revoke_there(stage, PETRA)
        await accept(stage, petra, "refund")
    assert "has been taken back" in petra.modal.text
    assert await status_of(stage, PETRA) is InvitationStatus.REVOKED
    assert not any("could not be carried out" in text for text in words(adam))


async def test_sending_again_what_was_taken_back_in_the_account_system_invites_anew(
    stage: Stage, adam: Seat, petra: Seat
) -> None:
    await invite(stage, adam, PETRA)
    await revoke_there(stage, PETRA)
    await adam.command("/invite", f"resend {PETRA}")
    await stage.settle()
    statuses = sorted(one.status for one in await stage.invitations())
    assert statuses == [InvitationStatus.PENDING, InvitationStatus.REVOKED]
    await review(stage, petra)
    await accept(stage, petra, "refund")
    assert InvitationStatus.JOINED in [one.status for one in await stage.invitations()]


async def test_declined_by_mail(stage: Stage, adam: Seat, petra: Seat) -> None:
    await invite(stage, adam, PETRA)
    invitation = await stage.invitation(PETRA)
    await stage.accounts.decline_invitation(
        Call(Invitee(str(invitation.backend_id)), "mail"), str(invitation.backend_id)
    )
    await review(stage, petra)
    assert "You have declined" in petra.modal.text
    assert any("has declined" in text for text in words(adam)[1:])


async def test_taking_back_what_was_accepted_by_mail_says_that_they_have_joined(
    stage: Stage, adam: Seat, frank: Seat
) -> None:
    await invite(stage, adam, FRANK, "basic")
    await accept_by_mail(stage, FRANK)
    await adam.command("/invite", f"revoke {FRANK}")
    await stage.settle()
    assert "has joined" in whispered(adam)[-1]
    assert await status_of(stage, FRANK) is InvitationStatus.JOINED


async def test_the_status_that_an_admin_asks_for_is_that_of_the_account_system(stage: Stage, adam: Seat) -> None:
    await invite(stage, adam, FRANK)
    await accept_by_mail(stage, FRANK)
    await adam.command("/invite", f"status {FRANK}")
    await stage.settle()
    assert "has joined" in whispered(adam)[-1]


async def test_taking_back_crosses_with_an_acceptance_by_mail(stage: Stage, adam: Seat, frank: Seat) -> None:
    """The account system was not asked in time: the invitation is taken back here, and then turns out accepted."""
    await invite(stage, adam, FRANK, "basic")
    await accept_by_mail(stage, FRANK)
    stage.faults.refuse_next(Capability.GET_INVITATION, errors.Unavailable())
    await adam.command("/invite", f"revoke {FRANK}")
    await stage.settle()
    assert "taken back" in whispered(adam)[-1]
    assert await status_of(stage, FRANK) is InvitationStatus.JOINED
    assert any("has joined" in text for text in words(adam)[1:])
    assert "You have joined" in words(frank)[-1]


async def test_an_admin_cannot_take_back_what_has_been_accepted(stage: Stage, adam: Seat, petra: Seat) -> None:
    """F15: the money may be on its way; the join goes on to its end."""
    await invite(stage, adam, PETRA)
    await review(stage, petra)
    stage.faults.refuse_next(Capability.LIST_BLOCKERS, errors.RateLimited(stage.clock.now() + timedelta(minutes=5)))
    await accept(stage, petra, "refund")
    assert await status_of(stage, PETRA) is InvitationStatus.ACCEPTING
    await adam.command("/invite", f"revoke {PETRA}")
    await stage.settle()
    assert "is joining at this moment" in whispered(adam)[-1]
    await stage.later(timedelta(minutes=5))
    assert await status_of(stage, PETRA) is InvitationStatus.JOINED


async def test_who_came_along_with_the_owner_has_joined_too(stage: Stage, adam: Seat) -> None:
    """S30: Ida is on Oscar's account; when Oscar joins, her own invitation is answered by that."""
    ida, oscar = stage.seat("ida"), stage.seat("oscar")
    await invite(stage, adam, "ida@olsen-design.example, oscar@olsen-design.example")
    await review(stage, oscar)
    assert "as Basic members at first" in oscar.modal.text
    await accept(stage, oscar, "refund")
    assert await status_of(stage, "ida@olsen-design.example") is InvitationStatus.JOINED
    assert "You have joined" in words(ida)[-1]
    assert not ida.dm()[-1].buttons
    assert any("Ida Olsen" in text and "has joined" in text for text in words(adam)[1:])


async def test_those_who_came_along_are_one_notice_and_the_owner_is_told_of_at_once(stage: Stage, adam: Seat) -> None:
    brought = ["ida@olsen-design.example", "jonas@olsen-design.example", "kari@freelance.example"]
    oscar = stage.seat("oscar")
    await invite(stage, adam, ", ".join([*brought, "oscar@olsen-design.example"]))
    await review(stage, oscar)
    await fill_in(oscar, "credit")
    await oscar.submit()
    accepted_at = stage.clock.now()
    while not any("Oscar Olsen" in text and "has joined and chose" in text for text in words(adam)[1:]):
        assert await stage.bot.runner.run_due(), "nobody who answers here waits for others"
    assert stage.clock.now() == accepted_at
    await stage.settle()
    [notice] = [text for text in words(adam)[1:] if "3 people have joined" in text]
    assert all(address in notice for address in brought)
    assert sum("joined" in text for text in words(adam)[1:]) == 2
    assert stage.clock.now() - accepted_at < timedelta(seconds=10)


async def test_a_join_that_takes_long_is_asked_after_less_and_less_and_handed_to_a_person(
    stage: Stage, adam: Seat, petra: Seat
) -> None:
    asked = []

    def not_yet(join: AccountJoin) -> AccountJoin:
        asked.append(stage.clock.now())
        return replace(join, state=AccountJoinState.MOVED)

    for _ in range(300):
        stage.faults.change_next(Capability.GET_JOIN, not_yet)
    await invite(stage, adam, PETRA)
    await review(stage, petra)
    await fill_in(petra, "refund")
    await petra.submit()
    began = stage.clock.now()
    while stage.clock.now() - began < timedelta(days=2):
        if not await stage.bot.runner.run_due():
            stage.clock.advance(timedelta(minutes=1))
    assert 50 < len(asked) < 250
    assert asked[-1] - began < timedelta(days=1, hours=1)
    assert await status_of(stage, PETRA) is InvitationStatus.ACCEPTING
    assert sum("could not be carried out" in text for text in words(adam)) == 1
    assert "takes longer than expected" in petra.modal.text

    stage.faults.clear()
    await adam.command("/invite", f"resend {PETRA}")
    await stage.settle()
    assert await status_of(stage, PETRA) is InvitationStatus.JOINED


async def test_the_inviter_hears_that_no_licence_was_left(stage: Stage, adam: Seat, petra: Seat) -> None:
    """F16: the invitee is told that their inviter knows, so they must."""
    await invite(stage, adam, PETRA)
    await review(stage, petra)
    stage.faults.refuse_next(Capability.ACCEPT_INVITATION, errors.NoSeatAvailable("licensed"))
    await accept(stage, petra, "refund")
    assert "Whoever invited you has been told" in petra.modal.text
    assert any("no licence was left for them" in text for text in words(adam)[1:])


@pytest.mark.parametrize(
    ("capability", "said"),
    [
        (Capability.QUOTE_PRORATION, "What you get back* cannot be worked out here. Ask Billing."),
        (Capability.GET_BALANCE, "To be found out by hand:* Ask Billing."),
        (Capability.LOOKUP_USER, "cannot be done from here, but by hand: Ask Billing."),
    ],
)
async def test_what_the_account_system_cannot_tell_is_shown_as_a_step_by_hand(
    stage: Stage, adam: Seat, petra: Seat, capability: Capability, said: str
) -> None:
    """design.md, invariant 12; and never as if nothing were paid back."""
    await invite(stage, adam, PETRA)
    stage.faults.refuse_next(capability, errors.NotSupported(capability, "Ask Billing."))
    await review(stage, petra)
    assert said in petra.modal.text
    assert "nothing is paid back" not in petra.modal.text


class TestPaidFromCredit:
    """R12: what was paid from credit can only become credit."""

    @pytest.fixture
    def accounts_file(self) -> str:
        text = (DEMO / "accounts.yaml").read_text()
        for method, amount in (
            ("JCB ending in 0505", 500),
            ("Visa ending in 4242", 5000),
            ("Visa ending in 1881", 90000),
        ):
            line = f"      - payment_method: {method}\n"
            assert line in text
            text = text.replace(line, f"{line}        credit_paid: {amount}\n")
        return text

    async def test_the_rest_goes_to_the_organisation_and_both_figures_are_shown(
        self, stage: Stage, adam: Seat, petra: Seat
    ) -> None:
        await invite(stage, adam, PETRA)
        await review(stage, petra)
        assert "The other €50.00 had been paid from credit, so it goes to Acme Corp as credit." in petra.modal.text
        await accept(stage, petra, "refund")
        assert "€50.00 had been paid from credit, and went to Acme Corp as credit." in words(petra)[-1]
        given = await stage.accounts.list_credits(ADAM, "acme")
        assert [credit.amount.minor for credit in given if credit.source_invitation] == [5000]
        assert not any("€" in text or "chose to transfer" in text for text in words(adam)), "S19, invariant 6"

    async def test_nothing_is_said_to_be_credited_where_currencies_differ(self, stage: Stage, adam: Seat) -> None:
        yuki = stage.seat("yuki")
        await invite(stage, adam, "yuki@acme.example")
        await review(stage, yuki)
        assert "It is lost: it can only become credit of Acme Corp, who pay in another currency." in yuki.modal.text
        await accept(stage, yuki, "refund")
        assert "had been paid from credit" not in words(yuki)[-1]
        assert not [credit for credit in await stage.accounts.list_credits(ADAM, "acme") if credit.source_invitation]

    async def test_what_cannot_be_paid_back_at_all_is_not_promised(self, stage: Stage, adam: Seat) -> None:
        """R12, R13: all was paid from credit, and in another currency."""
        oscar = stage.seat("oscar")
        await invite(stage, adam, "oscar@olsen-design.example")
        await review(stage, oscar)
        choice = oscar.modal.element("settlement")
        assert choice is not None
        assert [one["value"] for one in choice.element["options"]] == ["credit"]
        assert "A refund is not possible, because this period was paid from credit." in oscar.modal.text
