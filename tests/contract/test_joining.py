"""Accepting: the checks and steps of backends.md, E.4."""

from datetime import UTC, datetime

import pytest

from bot.accounts.errors import (
    AcknowledgementMissing,
    CurrencyMismatch,
    Forbidden,
    InvitationExpired,
    NoSeatAvailable,
    NotPending,
    QuoteChanged,
    SettlementNotPossible,
)
from bot.accounts.values import AccountInvitationStatus, AccountJoinState, Home, PlanStatus, Role
from models.invitation import Licence
from models.join import SettlementKind
from models.money import Money
from tests.contract.stage import ADAM, BOT, MIA, NORA, Adapter, Stage, as_invitee, invitation_of
from tests.contract.worlds import with_lines, world

REFUND, CREDIT, NONE = SettlementKind.REFUND, SettlementKind.CREDIT, SettlementKind.NONE
PETRA = "petra@acme.example"
PETRA_TICKS = ("features_lost", "reports_saved")
OSCAR = "oscar@olsen.example"


async def members(stage: Stage) -> dict[str, tuple[Role, Licence]]:
    page = await stage.backend.list_members(ADAM, "acme")
    return {member.email: (member.role, member.licence) for member in page.items}


class TestJoining:
    async def test_s28_somebody_free_becomes_a_member(self, stage: Stage) -> None:
        frank, join = await stage.join("frank@acme.example", "frank")
        assert (join.state, join.settlement, join.amount) == (AccountJoinState.COMPLETED, NONE, None)
        assert (join.refund_id, join.credit_id, join.failure) == (None, None, None)
        assert join.moved == ("frank@acme.example",)
        assert join.invitation == invitation_of(frank)
        assert (await members(stage))["frank@acme.example"] == (Role.MEMBER, Licence.BASIC)
        assert (await stage.backend.lookup_user(ADAM, "acme", "frank@acme.example")).home is Home.MEMBER_HERE
        invitation = await stage.backend.get_invitation(ADAM, join.invitation)
        assert invitation.status is AccountInvitationStatus.ACCEPTED

    async def test_s02_somebody_without_an_account_becomes_a_member(self, stage: Stage) -> None:
        _, join = await stage.join("zoe@acme.example", None, licence=Licence.LICENSED)
        assert join.moved == ("zoe@acme.example",)
        assert (await members(stage))["zoe@acme.example"] == (Role.MEMBER, Licence.LICENSED)

    async def test_somebody_known_without_an_account_becomes_a_member(self, stage: Stage) -> None:
        await stage.join("bounce@acme.example", None)
        assert "bounce@acme.example" in await members(stage)

    async def test_s04_somebody_paid_gets_a_refund(self, stage: Stage) -> None:
        _, join = await stage.join(PETRA, "petra", REFUND, Licence.LICENSED)
        assert (join.settlement, join.amount) == (REFUND, Money(8994, "EUR"))
        assert join.refund_id
        assert join.credit_id is None
        assert (await members(stage))[PETRA] == (Role.MEMBER, Licence.LICENSED)

    async def test_s19_or_credit(self, stage: Stage) -> None:
        _, join = await stage.join(PETRA, "petra", CREDIT)
        assert (join.settlement, join.amount, join.refund_id) == (CREDIT, Money(8994, "EUR"), None)
        assert join.credit_id

    async def test_r12_a_refund_of_which_a_part_can_only_be_credit(self, stage: Stage) -> None:
        _, join = await stage.join("nils@acme.example", "nils", REFUND)
        assert join.amount == Money(3994, "EUR")
        assert join.refund_id
        assert join.credit_id
        (credit,) = await stage.backend.list_credits(ADAM, "acme")
        assert (credit.id, credit.amount) == (join.credit_id, Money(5000, "EUR"))

    async def test_the_subscription_ends(self, stage: Stage) -> None:
        await stage.join(PETRA, "petra", REFUND)
        plan = (await stage.backend.get_account(BOT, "petra")).plan
        assert (plan.status, plan.paid) == (PlanStatus.CANCELLED, False)

    async def test_s30_an_owner_brings_everybody_along(self, stage: Stage) -> None:
        oscar, join = await stage.join(OSCAR, "oscar", CREDIT, Licence.LICENSED)
        assert join.moved[0] == OSCAR
        assert set(join.moved[1:]) == {"ida@olsen.example", "jonas@olsen.example", "kari@freelance.example"}
        now = await members(stage)
        assert now[OSCAR] == (Role.MEMBER, Licence.LICENSED)
        assert {now[email] for email in join.moved[1:]} == {(Role.MEMBER, Licence.BASIC)}
        external = (await stage.backend.list_members(ADAM, "acme", external_only=True)).items
        assert [member.email for member in external] == ["kari@freelance.example"]
        assert await stage.backend.get_join(oscar, join.id) == join

    async def test_s30_a_co_user_who_was_invited_too_gets_that_licence(self, stage: Stage) -> None:
        ida = await stage.invite("ida@olsen.example", Licence.LICENSED)
        await stage.join(OSCAR, "oscar", REFUND)
        assert (await members(stage))["ida@olsen.example"] == (Role.MEMBER, Licence.LICENSED)
        assert (await stage.backend.get_invitation(ADAM, ida.id)).status is AccountInvitationStatus.ACCEPTED
        pool = (await stage.backend.list_licences(ADAM, "acme"))[0]
        assert (pool.used, pool.reserved) == (6, 0)
        with pytest.raises(NotPending):
            await stage.backend.accept_invitation(as_invitee(ida), ida.id, NONE, None, (), stage.key())

    async def test_a_co_user_who_may_leave_goes_alone_and_without_money(self, adapter: Adapter) -> None:
        stage = Stage(adapter, await adapter.open(world({"co_users_may_leave": True})))
        _, join = await stage.join("ida@olsen.example", "oscar")
        assert (join.moved, join.amount) == (("ida@olsen.example",), None)
        account = await stage.backend.get_account(BOT, "oscar")
        assert account.plan.paid, "the owner's subscription goes on"
        assert (await stage.backend.lookup_user(ADAM, "acme", OSCAR)).co_users == 2

    async def test_a_member_can_be_invited_by_nobody_else(self, stage: Stage) -> None:
        await stage.join("frank@acme.example", "frank")
        person = await stage.backend.lookup_user(NORA, "globex", "frank@acme.example")
        assert person.home is Home.OTHER_ORGANISATION

    async def test_s39_s40_locked_settings_and_add_ons(self, stage: Stage) -> None:
        tomas, _ = await stage.join("tomas@acme.example", "tomas", REFUND)
        impact = await stage.backend.preview_impact(tomas, "tomas@acme.example", "acme", Licence.BASIC)
        assert impact.settings_conflicts == (), "they follow the organisation now"
        assert impact.add_ons_lost == ()

    async def test_s46_meetings_can_be_listed_after_joining(self, stage: Stage) -> None:
        tomas, _ = await stage.join("tomas@acme.example", "tomas", REFUND)
        until = datetime(2026, 12, 1, tzinfo=UTC)
        meetings = await stage.backend.list_upcoming_meetings(tomas, "tomas@acme.example", "acme", until)
        assert [meeting.join_url_after for meeting in meetings] == [
            "https://acme.meet.example/j/M1",
            "https://acme.meet.example/j/W1",
        ]


class TestChoice:
    async def test_r11_owners_of_a_paid_account_must_choose(self, stage: Stage) -> None:
        petra = await stage.invited(PETRA)
        quote = await stage.backend.quote_proration(petra, "petra", "acme")
        with pytest.raises(SettlementNotPossible):
            await stage.backend.accept_invitation(petra, invitation_of(petra), NONE, quote.id, PETRA_TICKS, stage.key())

    async def test_without_a_quote_there_is_no_money(self, stage: Stage) -> None:
        frank = await stage.invited("frank@acme.example")
        for settlement in (REFUND, CREDIT):
            with pytest.raises(SettlementNotPossible):
                await stage.backend.accept_invitation(
                    frank, invitation_of(frank), settlement, None, ("reports_saved",), stage.key()
                )

    async def test_money_that_was_not_shown_is_shown_first(self, stage: Stage) -> None:
        petra = await stage.invited(PETRA)
        for settlement in (NONE, REFUND):
            with pytest.raises(QuoteChanged) as refused:
                await stage.backend.accept_invitation(
                    petra, invitation_of(petra), settlement, None, PETRA_TICKS, stage.key()
                )
            assert refused.value.quote == await stage.backend.quote_proration(petra, "petra", "acme")

    async def test_money_that_is_no_longer_there(self, stage: Stage) -> None:
        petra = await stage.invited(PETRA)
        quote = await stage.backend.quote_proration(petra, "petra", "acme")
        await stage.reload(world(petra={"plan": None, "subscriptions": []}))
        with pytest.raises(QuoteChanged) as refused:
            await stage.backend.accept_invitation(
                petra, invitation_of(petra), REFUND, quote.id, PETRA_TICKS, stage.key()
            )
        assert refused.value.quote is None

    async def test_r13_no_credit_in_another_currency(self, stage: Stage) -> None:
        with pytest.raises(CurrencyMismatch):
            await stage.join("yuki@acme.example", "yuki", CREDIT)
        _, join = await stage.join("yuki@acme.example", "yuki", REFUND)
        assert join.amount == Money(923, "JPY")

    async def test_r14_no_refund_of_what_an_app_store_was_paid(self, stage: Stage) -> None:
        with pytest.raises(SettlementNotPossible):
            await stage.join("aisha@acme.example", "aisha", REFUND)
        _, join = await stage.join("aisha@acme.example", "aisha", CREDIT)
        assert join.amount == Money(16000, "EUR")

    async def test_r13_r14_neither_is_possible(self, adapter: Adapter) -> None:
        stage = Stage(adapter, await adapter.open(world(aisha={"currency": "USD"})))
        _, join = await stage.join("aisha@acme.example", "aisha", NONE)
        assert (join.amount, join.refund_id, join.credit_id) == (None, None, None)

    async def test_r12_r13_credit_paid_for_it_in_another_currency(self, adapter: Adapter) -> None:
        """What could only be credit is shown, but no credit is given in a currency that the account does not have."""
        line = {"gross": 2200, "start": "2026-07-07", "end": "2026-08-07"}
        subscriptions = with_lines(line, credit_paid=500)
        stage = Stage(adapter, await adapter.open(world(yuki={"subscriptions": subscriptions})))
        _, join = await stage.join("yuki@acme.example", "yuki", REFUND)
        assert (join.amount, join.credit_id) == (Money(423, "JPY"), None)
        assert await stage.backend.list_credits(ADAM, "acme") == ()


class TestTicks:
    async def test_e4_what_must_be_ticked(self, stage: Stage) -> None:
        for email, source, licence, expected in [
            ("frank@acme.example", "frank", Licence.BASIC, {"reports_saved"}),
            (PETRA, "petra", Licence.BASIC, {"features_lost", "reports_saved"}),
            ("nils@acme.example", "nils", Licence.LICENSED, {"reports_saved"}),
            ("tomas@acme.example", "tomas", Licence.LICENSED, {"links_change", "reports_saved"}),
            (OSCAR, "oscar", Licence.LICENSED, {"other_users", "external_members", "reports_saved"}),
        ]:
            call = await stage.invited(email, licence)
            quote = await stage.quote(call, source)
            settlement, identifier = (REFUND, quote.id) if quote else (NONE, None)
            with pytest.raises(AcknowledgementMissing) as refused:
                await stage.backend.accept_invitation(
                    call, invitation_of(call), settlement, identifier, (), stage.key()
                )
            assert set(refused.value.missing) == expected == set(await stage.ticks(call, email, source, licence))

    async def test_s30_s41_each_of_them_is_needed(self, stage: Stage) -> None:
        oscar = await stage.invited(OSCAR, Licence.LICENSED)
        quote = await stage.backend.quote_proration(oscar, "oscar", "acme")
        ticks = await stage.ticks(oscar, OSCAR, "oscar", Licence.LICENSED)
        for missing in ticks:
            with pytest.raises(AcknowledgementMissing) as refused:
                await stage.backend.accept_invitation(
                    oscar,
                    invitation_of(oscar),
                    REFUND,
                    quote.id,
                    [tick for tick in ticks if tick != missing],
                    stage.key(),
                )
            assert refused.value.missing == (missing,)
        assert (await stage.backend.lookup_user(ADAM, "acme", OSCAR)).home is Home.PENDING_HERE


class TestRefusals:
    async def test_only_the_invitee_accepts(self, stage: Stage) -> None:
        petra = await stage.invite(PETRA)
        frank = await stage.invited("frank@acme.example")
        for call in (ADAM, BOT, MIA, frank):
            with pytest.raises(Forbidden):
                await stage.backend.accept_invitation(call, petra.id, NONE, None, (), stage.key())

    async def test_an_expired_invitation(self, stage: Stage) -> None:
        frank = await stage.invited("frank@acme.example")
        stage.pass_time(days=30)
        with pytest.raises(InvitationExpired):
            await stage.backend.accept_invitation(
                frank, invitation_of(frank), NONE, None, ("reports_saved",), stage.key()
            )

    async def test_r16_a_second_acceptance_with_another_key(self, stage: Stage) -> None:
        petra, _ = await stage.join(PETRA, "petra", REFUND)
        for settlement in (REFUND, CREDIT, NONE):
            with pytest.raises(NotPending):
                await stage.backend.accept_invitation(
                    petra, invitation_of(petra), settlement, None, PETRA_TICKS, stage.key()
                )
        assert await stage.backend.list_credits(ADAM, "acme") == ()

    async def test_seats_that_were_taken_away_meanwhile(self, stage: Stage) -> None:
        petra = await stage.invited("frank@acme.example", Licence.LICENSED)
        await stage.reload(world(acme={"seats": {"licensed": 3}}))
        with pytest.raises(NoSeatAvailable):
            await stage.backend.accept_invitation(
                petra, invitation_of(petra), NONE, None, ("reports_saved",), stage.key()
            )

    async def test_a_refusal_changes_nothing_and_the_same_key_may_succeed_later(self, stage: Stage) -> None:
        frank = await stage.invited("frank@acme.example")
        key = stage.key()
        with pytest.raises(AcknowledgementMissing):
            await stage.backend.accept_invitation(frank, invitation_of(frank), NONE, None, (), key)
        assert "frank@acme.example" not in await members(stage)
        join = await stage.backend.accept_invitation(frank, invitation_of(frank), NONE, None, ("reports_saved",), key)
        assert join.state is AccountJoinState.COMPLETED


class TestReading:
    async def test_who_sees_a_join(self, stage: Stage) -> None:
        petra, join = await stage.join(PETRA, "petra", REFUND)
        frank = await stage.invited("frank@acme.example")
        assert await stage.backend.get_join(petra, join.id) == join
        assert await stage.backend.get_join(BOT, join.id) == join
        for call in (frank, MIA, NORA):
            with pytest.raises(Forbidden):
                await stage.backend.get_join(call, join.id)

    async def test_invariant_6_admins_see_an_amount_only_where_it_is_their_credit(self, stage: Stage) -> None:
        _, refunded = await stage.join(PETRA, "petra", REFUND)
        seen = await stage.backend.get_join(ADAM, refunded.id)
        assert (seen.amount, seen.refund_id, seen.state) == (None, None, AccountJoinState.COMPLETED)
        _, credited = await stage.join("nils@acme.example", "nils", CREDIT)
        assert (await stage.backend.get_join(ADAM, credited.id)).amount == Money(8994, "EUR")
