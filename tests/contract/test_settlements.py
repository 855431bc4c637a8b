"""Refunds on their way, and credit: S19 to S21, S29, R11, R16 to R19."""

from datetime import UTC, date, datetime

import pytest

from bot.accounts.errors import (
    AutopayAppliesItself,
    CreditTooSmall,
    CurrencyMismatch,
    Forbidden,
    InvoiceNotOpen,
    SettlementNotPossible,
)
from bot.accounts.values import AccountJoinState, Credit, CreditApplies, Invoice, InvoiceStatus, RefundStatus
from models.invitation import Licence
from models.join import SettlementKind
from models.money import Money
from tests.contract.stage import ADAM, BOT, NORA, Adapter, Stage, as_invitee, invitation_of
from tests.contract.worlds import with_lines, world

REFUND, CREDIT = SettlementKind.REFUND, SettlementKind.CREDIT
PETRA = "petra@acme.example"


async def refund_status(stage: Stage, refund: str | None) -> RefundStatus:
    return (await stage.backend.get_refund(BOT, str(refund))).status


class TestRefund:
    async def test_s29_it_goes_to_the_original_method_and_arrives_after_business_days(self, stage: Stage) -> None:
        """Submitted on Friday 24 July; four business days later is Thursday 30 July, in Amsterdam."""
        petra, join = await stage.join(PETRA, "petra", REFUND)
        refund = await stage.backend.get_refund(petra, str(join.refund_id))
        assert (refund.amount, refund.method) == (Money(8994, "EUR"), "Visa ending in 4242")
        assert (refund.status, refund.failure) == (RefundStatus.PENDING, None)
        assert refund.submitted_at == datetime(2026, 7, 24, 12, tzinfo=UTC)
        assert (refund.expected_from, refund.expected_by) == (None, None), "the bot counts for itself"
        stage.pass_time(days=5, hours=9, minutes=59)
        assert await refund_status(stage, join.refund_id) is RefundStatus.PENDING
        stage.pass_time(minutes=1)
        assert await refund_status(stage, join.refund_id) is RefundStatus.SUCCEEDED

    async def test_r19_holidays_and_dates_that_the_backend_promises(self, adapter: Adapter) -> None:
        switches = {"promise_refund_dates": True, "holidays": ["2026-07-27"]}
        stage = Stage(adapter, await adapter.open(world(switches)))
        petra, join = await stage.join(PETRA, "petra", REFUND)
        refund = await stage.backend.get_refund(petra, str(join.refund_id))
        assert (refund.expected_from, refund.expected_by) == (date(2026, 7, 30), date(2026, 8, 3))
        stage.pass_time(days=6)
        assert await refund_status(stage, join.refund_id) is RefundStatus.PENDING
        stage.pass_time(days=1)
        assert await refund_status(stage, join.refund_id) is RefundStatus.SUCCEEDED

    @pytest.mark.parametrize("where", ["switch", "subscription"])
    async def test_r17_a_failed_refund_does_not_undo_the_join(self, adapter: Adapter, where: str) -> None:
        line = {"gross": 36500, "start": "2026-01-01", "end": "2027-01-01"}
        accounts = (
            world({"refund_fails": True})
            if where == "switch"
            else world(petra={"subscriptions": with_lines(line, refund_fails=True)})
        )
        stage = Stage(adapter, await adapter.open(accounts))
        petra, join = await stage.join(PETRA, "petra", REFUND)
        assert await refund_status(stage, join.refund_id) is RefundStatus.PENDING
        assert (await stage.backend.get_join(petra, join.id)).state is AccountJoinState.COMPLETED
        stage.pass_time(days=7)
        refund = await stage.backend.get_refund(petra, str(join.refund_id))
        assert refund.status is RefundStatus.FAILED
        assert refund.failure
        after = await stage.backend.get_join(petra, join.id)
        assert (after.state, after.failure) == (AccountJoinState.SETTLEMENT_FAILED, refund.failure)
        assert PETRA in [member.email for member in (await stage.backend.list_members(ADAM, "acme")).items]

    async def test_a_refund_is_the_invitees_own_business(self, stage: Stage) -> None:
        _, join = await stage.join(PETRA, "petra", REFUND)
        frank = await stage.invited("frank@acme.example")
        for call in (ADAM, frank):
            with pytest.raises(Forbidden):
                await stage.backend.get_refund(call, str(join.refund_id))

    async def test_a_refund_that_is_not_there(self, stage: Stage) -> None:
        petra, join = await stage.join(PETRA, "petra", CREDIT)
        for refund in ("nothing", str(join.credit_id)):
            with pytest.raises(SettlementNotPossible):
                await stage.backend.get_refund(petra, refund)


class TestCredit:
    async def test_s20_on_autopay(self, stage: Stage) -> None:
        petra, join = await stage.join(PETRA, "petra", CREDIT)
        assert await stage.backend.list_credits(ADAM, "acme") == (
            Credit(
                id=str(join.credit_id),
                account="acme",
                amount=Money(8994, "EUR"),
                remaining=Money(8994, "EUR"),
                applies=CreditApplies.AUTOMATICALLY,
                source_invitation=invitation_of(petra),
                created_at=stage.clock.now(),
            ),
        )

    async def test_r11_a_refund_gives_no_credit(self, stage: Stage) -> None:
        await stage.join(PETRA, "petra", REFUND)
        assert await stage.backend.list_credits(ADAM, "acme") == ()

    async def test_r18_one_for_each_join_oldest_first(self, stage: Stage) -> None:
        first = (await stage.join(PETRA, "petra", CREDIT))[1]
        stage.pass_time(minutes=1)
        second = (await stage.join("nils@acme.example", "nils", CREDIT))[1]
        listed = await stage.backend.list_credits(BOT, "acme")
        assert [credit.id for credit in listed] == [first.credit_id, second.credit_id]

    async def test_s21_on_net_terms_it_waits(self, stage: Stage) -> None:
        (opening,) = await stage.backend.list_credits(NORA, "globex")
        assert (opening.remaining, opening.applies) == (Money(3000, "EUR"), CreditApplies.ON_REQUEST)
        assert opening.source_invitation == ""

    async def test_s20_on_autopay_there_is_nothing_to_apply(self, stage: Stage) -> None:
        _, join = await stage.join(PETRA, "petra", CREDIT)
        with pytest.raises(AutopayAppliesItself):
            await stage.backend.apply_credit(ADAM, str(join.credit_id), "G-2", Money(1, "EUR"), stage.key())

    async def test_invitees_and_other_admins_do_not_see_it(self, stage: Stage) -> None:
        petra, _ = await stage.join(PETRA, "petra", CREDIT)
        for call in (petra, NORA):
            with pytest.raises(Forbidden):
                await stage.backend.list_credits(call, "acme")


class TestApply:
    async def use(self, stage: Stage, minor: int, invoice: str = "G-2", currency: str = "EUR") -> Credit:
        (credit,) = await stage.backend.list_credits(NORA, "globex")
        return await stage.backend.apply_credit(NORA, credit.id, invoice, Money(minor, currency), stage.key())

    async def open_invoices(self, stage: Stage) -> list[Invoice]:
        return list(await stage.backend.list_invoices(NORA, "globex", InvoiceStatus.OPEN))

    async def test_s21_in_part(self, stage: Stage) -> None:
        left = await self.use(stage, 1200)
        assert (left.amount, left.remaining) == (Money(3000, "EUR"), Money(1800, "EUR"))
        (invoice,) = await self.open_invoices(stage)
        assert (invoice.number, invoice.remaining) == ("G-2", Money(3800, "EUR"))
        assert (await self.use(stage, 1800)).remaining == Money(0, "EUR")
        assert (await self.open_invoices(stage))[0].remaining == Money(2000, "EUR")

    async def test_s21_until_the_invoice_is_paid(self, adapter: Adapter) -> None:
        stage = Stage(adapter, await adapter.open(world(globex={"credit": 9000})))
        assert (await self.use(stage, 5000)).remaining == Money(4000, "EUR")
        assert await self.open_invoices(stage) == []
        paid = await stage.backend.list_invoices(NORA, "globex", InvoiceStatus.PAID)
        assert {invoice.number for invoice in paid} == {"G-1", "G-2"}

    async def test_not_more_than_the_credit(self, stage: Stage) -> None:
        for minor in (3001, 0, -5):
            with pytest.raises(CreditTooSmall):
                await self.use(stage, minor)
        await self.use(stage, 3000)
        with pytest.raises(CreditTooSmall):
            await self.use(stage, 1)

    async def test_not_more_than_the_invoice(self, adapter: Adapter) -> None:
        stage = Stage(adapter, await adapter.open(world(globex={"credit": 9000})))
        with pytest.raises(InvoiceNotOpen):
            await self.use(stage, 5001)
        assert (await self.open_invoices(stage))[0].remaining == Money(5000, "EUR")

    async def test_only_on_an_open_invoice_of_the_account(self, stage: Stage) -> None:
        for invoice in ("G-1", "I-1", "nothing"):
            with pytest.raises(InvoiceNotOpen):
                await self.use(stage, 1, invoice)

    async def test_r13_only_in_its_currency(self, stage: Stage) -> None:
        with pytest.raises(CurrencyMismatch):
            await self.use(stage, 1, currency="USD")

    async def test_credit_that_is_not_there(self, stage: Stage) -> None:
        with pytest.raises(CreditTooSmall):
            await stage.backend.apply_credit(NORA, "nothing", "G-2", Money(1, "EUR"), stage.key())

    async def test_only_by_an_admin_of_the_account(self, stage: Stage) -> None:
        (credit,) = await stage.backend.list_credits(NORA, "globex")
        petra = as_invitee(await stage.invite(PETRA, Licence.BASIC, by=NORA, account="globex"))
        for call in (ADAM, BOT, petra):
            with pytest.raises(Forbidden):
                await stage.backend.apply_credit(call, credit.id, "G-2", Money(1, "EUR"), stage.key())

    async def test_r18_credit_of_a_join_on_net_terms(self, stage: Stage) -> None:
        petra = as_invitee(await stage.invite(PETRA, Licence.LICENSED, by=NORA, account="globex"))
        quote = await stage.backend.quote_proration(petra, "petra", "globex")
        ticks = ("reports_saved", "features_lost")
        join = await stage.backend.accept_invitation(petra, invitation_of(petra), CREDIT, quote.id, ticks, stage.key())
        credit = (await stage.backend.list_credits(NORA, "globex"))[-1]
        assert (credit.id, credit.applies, credit.remaining) == (join.credit_id, CreditApplies.ON_REQUEST, quote.whole)
        (invoice,) = await self.open_invoices(stage)
        assert invoice.remaining == Money(5000, "EUR"), "nothing is applied by itself"
        used = await stage.backend.apply_credit(NORA, credit.id, "G-2", Money(5000, "EUR"), stage.key())
        assert used.remaining == Money(3994, "EUR")
