"""Doing things again, at once, and in another process: one answer, one settlement (R11, R16, Q22)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from bot.accounts.errors import AccountError, IdempotencyMismatch, NoSeatAvailable, NotPending
from bot.accounts.values import AccountInvitationStatus, AccountJoin, Call, Home, InviteRequest
from models.invitation import Licence
from models.join import SettlementKind
from models.money import Money
from tests.contract.stage import ADAM, NORA, OLIVIA, Adapter, Stage, invitation_of
from tests.contract.worlds import with_lines, world

REFUND, CREDIT = SettlementKind.REFUND, SettlementKind.CREDIT
PETRA = "petra@acme.example"
TICKS = ("features_lost", "reports_saved")
DAYS = (date(2026, 1, 1), date(2026, 6, 30))


async def outcomes(calls: list[Awaitable[object]]) -> list[object]:
    return list(await asyncio.gather(*calls, return_exceptions=True))


async def petra_ready(stage: Stage) -> tuple[Call, Callable[..., Awaitable[AccountJoin]]]:
    """Petra, and her acceptance of what she was quoted."""
    petra = await stage.invited(PETRA)
    quote = await stage.backend.quote_proration(petra, "petra", "acme")

    def accept(key: str, settlement: SettlementKind = REFUND, stage: Stage = stage) -> Awaitable[AccountJoin]:
        return stage.backend.accept_invitation(petra, invitation_of(petra), settlement, quote.id, TICKS, key)

    return petra, accept


class TestSameKey:
    async def test_invite(self, stage: Stage) -> None:
        request = InviteRequest(PETRA, Licence.LICENSED)
        first = await stage.backend.invite(ADAM, "acme", request, "k")
        await stage.backend.revoke_invitation(ADAM, first.id)
        stage.pass_time(days=3)
        assert await stage.backend.invite(ADAM, "acme", request, "k") == first, "the first answer, not a new invitation"
        for other in (InviteRequest(PETRA, Licence.BASIC), InviteRequest("frank@acme.example", Licence.LICENSED)):
            with pytest.raises(IdempotencyMismatch):
                await stage.backend.invite(ADAM, "acme", other, "k")
        with pytest.raises(IdempotencyMismatch):
            await stage.backend.invite(OLIVIA, "acme", request, "k")

    async def test_resend(self, stage: Stage) -> None:
        invitation = await stage.invite(PETRA)
        stage.pass_time(minutes=5)
        first = await stage.backend.resend_invitation(ADAM, invitation.id, "k")
        assert await stage.backend.resend_invitation(ADAM, invitation.id, "k") == first, "not too soon"
        other = await stage.invite("frank@acme.example")
        with pytest.raises(IdempotencyMismatch):
            await stage.backend.resend_invitation(ADAM, other.id, "k")

    async def test_accept(self, stage: Stage) -> None:
        _, accept = await petra_ready(stage)
        first = await accept("k")
        stage.pass_time(days=40)
        assert await accept("k") == first, "also when the quote and the invitation would have expired"

    async def test_r16_the_choice_cannot_be_changed_under_the_same_key(self, stage: Stage) -> None:
        _, accept = await petra_ready(stage)
        await accept("k")
        with pytest.raises(IdempotencyMismatch):
            await accept("k", CREDIT)
        assert await stage.backend.list_credits(ADAM, "acme") == ()

    async def test_the_order_of_the_ticks_is_no_difference(self, stage: Stage) -> None:
        petra = await stage.invited(PETRA)
        quote = await stage.backend.quote_proration(petra, "petra", "acme")
        joins = [
            await stage.backend.accept_invitation(petra, invitation_of(petra), REFUND, quote.id, ticks, "k")
            for ticks in (TICKS, TICKS[::-1])
        ]
        assert joins[0] == joins[1]

    async def test_apply_credit(self, stage: Stage) -> None:
        (credit,) = await stage.backend.list_credits(NORA, "globex")
        answers = [await stage.backend.apply_credit(NORA, credit.id, "G-2", Money(1000, "EUR"), "k") for _ in range(3)]
        assert {answer.remaining for answer in answers} == {Money(2000, "EUR")}
        (after,) = await stage.backend.list_credits(NORA, "globex")
        assert after.remaining == Money(2000, "EUR")
        with pytest.raises(IdempotencyMismatch):
            await stage.backend.apply_credit(NORA, credit.id, "G-2", Money(1, "EUR"), "k")

    async def test_export_report(self, stage: Stage) -> None:
        petra = await stage.invited(PETRA)
        first = await stage.backend.export_report(petra, PETRA, "meetings", *DAYS, "k")
        assert await stage.backend.export_report(petra, PETRA, "meetings", *DAYS, "k") == first
        with pytest.raises(IdempotencyMismatch):
            await stage.backend.export_report(petra, PETRA, "webinars", *DAYS, "k")

    async def test_a_key_of_another_operation(self, stage: Stage) -> None:
        invitation = await stage.backend.invite(ADAM, "acme", InviteRequest(PETRA, Licence.BASIC), "k")
        stage.pass_time(minutes=5)
        with pytest.raises(IdempotencyMismatch):
            await stage.backend.resend_invitation(ADAM, invitation.id, "k")

    async def test_a_refusal_is_no_answer(self, stage: Stage) -> None:
        request = InviteRequest("frank@acme.example", Licence.LICENSED)
        await stage.reload(world(acme={"seats": 3}))
        with pytest.raises(NoSeatAvailable):
            await stage.backend.invite(ADAM, "acme", request, "k")
        await stage.reload(world())
        assert (await stage.backend.invite(ADAM, "acme", request, "k")).status is AccountInvitationStatus.PENDING


class TestAtOnce:
    async def test_f10_five_acceptances_with_one_key(self, stage: Stage) -> None:
        _, accept = await petra_ready(stage)
        joins = await outcomes([accept("k") for _ in range(5)])
        assert all(join == joins[0] for join in joins)
        assert isinstance(joins[0], AccountJoin)

    async def test_f10_five_acceptances_with_five_keys_settle_once(self, stage: Stage) -> None:
        _, accept = await petra_ready(stage)
        choices = [REFUND, CREDIT, REFUND, CREDIT, CREDIT]
        answers = await outcomes([accept(f"k{number}", choice) for number, choice in enumerate(choices)])
        assert Counter(type(answer) for answer in answers) == {AccountJoin: 1, NotPending: 4}
        (join,) = (answer for answer in answers if isinstance(answer, AccountJoin))
        assert len(await stage.backend.list_credits(ADAM, "acme")) == (join.settlement is CREDIT)
        assert (join.refund_id is None) is (join.settlement is CREDIT)

    async def test_f10_in_two_processes(self, stage: Stage, adapter: Adapter) -> None:
        other = Stage(adapter, await adapter.open(world()))
        _, accept = await petra_ready(stage)
        answers = await outcomes([accept(f"k{number}", REFUND, stage if number % 2 else other) for number in range(6)])
        assert Counter(type(answer) for answer in answers) == {AccountJoin: 1, NotPending: 5}

    async def test_f16_the_last_seat(self, stage: Stage, adapter: Adapter) -> None:
        other = Stage(adapter, await adapter.open(world()))
        answers = await outcomes(
            [
                (stage if number % 2 else other).invite(f"new{number}@acme.example", Licence.LICENSED)
                for number in range(12)
            ]
        )
        assert Counter(isinstance(answer, NoSeatAvailable) for answer in answers) == {False: 5, True: 7}
        pool = (await stage.backend.list_licences(ADAM, "acme"))[0]
        assert (pool.reserved, pool.left) == (5, 0)

    async def test_one_person_invited_by_everybody(self, stage: Stage) -> None:
        answers = await outcomes(
            [stage.invite(spelling, by=by) for spelling in (PETRA, PETRA.upper()) for by in (ADAM, OLIVIA) * 3]
        )
        assert len({getattr(answer, "id", None) for answer in answers}) == 1

    async def test_accepted_and_revoked(self, stage: Stage) -> None:
        petra, accept = await petra_ready(stage)
        answers = await outcomes([stage.backend.revoke_invitation(ADAM, invitation_of(petra)), accept("k")])
        status = (await stage.backend.get_invitation(ADAM, invitation_of(petra))).status
        refused = [answer for answer in answers if isinstance(answer, AccountError)]
        assert len(refused) == 1
        joined = (await stage.backend.lookup_user(ADAM, "acme", PETRA)).home is Home.MEMBER_HERE
        assert joined is (status is AccountInvitationStatus.ACCEPTED)

    async def test_credit_is_used_once(self, stage: Stage) -> None:
        (credit,) = await stage.backend.list_credits(NORA, "globex")
        answers = await outcomes(
            [
                stage.backend.apply_credit(NORA, credit.id, "G-2", Money(2000, "EUR"), f"k{number}")
                for number in range(4)
            ]
        )
        assert sum(not isinstance(answer, AccountError) for answer in answers) == 1


class TestOpenedAgain:
    async def test_everything_is_still_there(self, stage: Stage) -> None:
        petra, accept = await petra_ready(stage)
        join = await accept("k")
        frank = await stage.invite("frank@acme.example", Licence.LICENSED)
        await stage.reload(world())
        assert await stage.backend.get_join(petra, join.id) == join
        assert await stage.backend.get_invitation(ADAM, frank.id) == frank
        assert (await stage.backend.lookup_user(ADAM, "acme", PETRA)).home is Home.MEMBER_HERE
        assert await accept("k") == join

    async def test_an_edited_file_replaces_the_accounts_and_nothing_else(self, stage: Stage) -> None:
        petra, accept = await petra_ready(stage)
        join = await accept("k", CREDIT)
        frank = await stage.invite("frank@acme.example")
        line = {"gross": 36500, "start": "2026-01-01", "end": "2027-01-01"}
        await stage.reload(world(petra={"subscriptions": with_lines(line)}))
        assert (await stage.backend.lookup_user(ADAM, "acme", PETRA)).home is Home.INDIVIDUAL
        assert await stage.backend.get_join(petra, join.id) == join
        assert await stage.backend.get_invitation(ADAM, frank.id) == frank
        assert [credit.id for credit in await stage.backend.list_credits(ADAM, "acme")] == [join.credit_id]
        again, second = await stage.join(PETRA, "petra", REFUND)
        assert (second.amount, again != petra) == (Money(16000, "EUR"), True)

    async def test_an_invitation_to_somebody_who_is_a_member_now_is_closed(self, stage: Stage) -> None:
        frank = await stage.invite("frank@acme.example", Licence.LICENSED)
        await stage.reload(world(acme={"members": ["frank@acme.example"]}, frank=None))
        assert (await stage.backend.get_invitation(ADAM, frank.id)).status is AccountInvitationStatus.REVOKED
        assert (await stage.backend.list_licences(ADAM, "acme"))[0].reserved == 0
