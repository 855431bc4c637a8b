"""What would be paid back, and for how long that holds: R1 to R15 through the backend, S25, F1."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.accounts.errors import Forbidden, NothingToQuote, QuoteChanged, QuoteExpired
from bot.accounts.values import Granularity, Quote, Withheld, WithheldReason
from models.invitation import Licence
from models.join import SettlementKind
from models.money import Money
from tests.contract.stage import ADAM, BOT, Adapter, Stage, admin, as_invitee, invitation_of
from tests.contract.worlds import with_lines, world

REFUND, CREDIT, NONE = SettlementKind.REFUND, SettlementKind.CREDIT, SettlementKind.NONE
WHOLE_YEAR = {"gross": 36500, "start": "2026-01-01", "end": "2027-01-01"}


async def quoted(stage: Stage, name: str) -> Quote:
    call = await stage.invited(f"{name}@acme.example")
    return await stage.backend.quote_proration(call, name, "acme")


async def petra_paid(
    adapter: Adapter, *lines: dict[str, Any], sandbox: dict[str, Any] | None = None, **how: Any
) -> Quote:
    """The quote for a Petra who paid for these lines."""
    accounts = world(sandbox, petra={"subscriptions": with_lines(*lines, **how)})
    return await quoted(Stage(adapter, await adapter.open(accounts)), "petra")


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


class TestFigures:
    async def test_w1_and_everything_a_quote_says(self, stage: Stage) -> None:
        quote = await quoted(stage, "petra")
        assert (quote.source, quote.at, quote.time_zone) == ("petra", stage.clock.now(), "Europe/Amsterdam")
        assert quote.granularity is Granularity.DAY
        assert (quote.whole, quote.tax, quote.net) == (euro(8994), euro(1561), euro(7433))
        assert (quote.refund, quote.refund_as_credit) == (euro(8994), euro(0))
        assert quote.options == {REFUND, CREDIT}
        assert quote.withheld == ()
        assert quote.payment_method == "Visa ending in 4242"
        assert not quote.after_reactivation
        (line,) = quote.lines
        assert (line.description, line.paid) == ("Pro, yearly", euro(14990))
        assert (line.unused, line.total, line.amount, line.tax) == (219, 365, euro(8994), euro(1561))
        assert line.start == datetime(2026, 2, 28, 23, tzinfo=UTC), "midnight in Amsterdam"
        assert line.end == datetime(2027, 2, 28, 23, tzinfo=UTC)

    async def test_w8_two_lines(self, adapter: Adapter) -> None:
        quote = await petra_paid(
            adapter,
            {"gross": 14990, "tax": 2602, "start": "2025-10-31", "end": "2026-10-31"},
            {"gross": 5000, "tax": 868, "start": "2026-07-17", "end": "2026-08-16"},
        )
        assert [(line.amount.minor, line.tax.minor) for line in quote.lines] == [(4025, 699), (3667, 637)]
        assert (quote.whole, quote.tax) == (euro(7692), euro(1336))

    async def test_two_subscriptions_are_limited_one_by_one(self, adapter: Adapter) -> None:
        """What was refunded of one does not limit the other."""
        subscriptions = [
            *with_lines(WHOLE_YEAR, refunded=36000),
            *with_lines(WHOLE_YEAR, payment_method="PayPal"),
        ]
        stage = Stage(adapter, await adapter.open(world(petra={"subscriptions": subscriptions})))
        quote = await quoted(stage, "petra")
        assert [line.amount.minor for line in quote.lines] == [500, 16000]
        assert quote.payment_method == "Visa, PayPal"

    async def test_r3_the_billing_zone_decides_the_day(self, adapter: Adapter) -> None:
        """At 12:00 UTC it is the 25th in Kiritimati already."""
        stage = Stage(adapter, await adapter.open(world(petra={"time_zone": "Pacific/Kiritimati"})))
        assert (await quoted(stage, "petra")).lines[0].unused == 218

    async def test_r3_the_day_of_acceptance_unused(self, adapter: Adapter) -> None:
        quote = await petra_paid(adapter, WHOLE_YEAR, sandbox={"acceptance_day": "unused"})
        assert (quote.lines[0].unused, quote.whole) == (161, euro(16100))

    async def test_r3_seconds(self, adapter: Adapter) -> None:
        line = {"gross": 3000, "start": "2026-07-01 00:00Z", "end": "2026-07-31 00:00Z"}
        quote = await petra_paid(adapter, line, sandbox={"granularity": "second"})
        assert quote.granularity is Granularity.SECOND
        assert (quote.lines[0].unused, quote.lines[0].total) == (6 * 86400 + 43200, 30 * 86400)
        assert quote.whole == euro(650)

    async def test_r8_earlier_refund(self, adapter: Adapter) -> None:
        line = {"gross": 14990, "tax": 2602, "start": "2026-03-01", "end": "2027-03-01"}
        quote = await petra_paid(adapter, line, refunded=10000)
        assert (quote.whole, quote.tax, quote.lines[0].amount) == (euro(4990), euro(866), euro(4990))

    async def test_r20_s25_the_balance_is_no_part_of_it(self, adapter: Adapter) -> None:
        """Ivan owes 1999 and holds 250 of credit; once he has paid, his quote is the same with or without credit."""
        stage = Stage(adapter, await adapter.open(world()))
        ivan = await stage.invited("ivan@acme.example")
        balance = await stage.backend.get_balance(ivan, "ivan")
        assert (balance.owed, balance.credit) == (euro(1999), euro(250))
        figures = []
        for credit in (250, 0):
            await stage.reload(world(ivan={"invoices": [], "credit": credit}))
            figures.append((await stage.backend.quote_proration(ivan, "ivan", "acme")).whole)
        assert figures[0] == figures[1]


class TestNothing:
    @pytest.mark.parametrize("name", ["frank", "tina"])
    async def test_r9_free_and_trial(self, stage: Stage, name: str) -> None:
        with pytest.raises(NothingToQuote):
            await quoted(stage, name)

    async def test_r9_paid_but_no_line(self, adapter: Adapter) -> None:
        stage = Stage(adapter, await adapter.open(world(petra={"subscriptions": []})))
        with pytest.raises(NothingToQuote):
            await quoted(stage, "petra")

    async def test_r9_the_period_is_over(self, stage: Stage) -> None:
        stage.pass_time(days=221)
        with pytest.raises(NothingToQuote):
            await quoted(stage, "petra")

    async def test_w10_the_last_day(self, stage: Stage) -> None:
        stage.pass_time(days=218)
        assert (await quoted(stage, "petra")).lines[0].unused == 1
        stage.pass_time(days=1)
        with pytest.raises(NothingToQuote):
            await quoted(stage, "petra")


class TestWays:
    async def test_r12_part_paid_by_credit(self, stage: Stage) -> None:
        quote = await quoted(stage, "nils")
        assert (quote.whole, quote.refund, quote.refund_as_credit) == (euro(8994), euro(3994), euro(5000))
        assert quote.options == {REFUND, CREDIT}

    async def test_r12_all_that_is_left_was_paid_by_credit(self, adapter: Adapter) -> None:
        quote = await petra_paid(adapter, WHOLE_YEAR, credit_paid=36500)
        assert (quote.refund, quote.refund_as_credit) == (euro(0), euro(16000))
        assert quote.options == {CREDIT}
        assert quote.withheld == (Withheld(REFUND, WithheldReason.PAID_BY_CREDIT),)
        assert quote.payment_method is None

    async def test_r13_another_currency(self, stage: Stage) -> None:
        quote = await quoted(stage, "yuki")
        assert (quote.whole, quote.tax) == (Money(923, "JPY"), Money(84, "JPY"))
        assert quote.options == {REFUND}
        assert quote.withheld == (Withheld(CREDIT, WithheldReason.CURRENCY_MISMATCH),)

    async def test_r14_f19_paid_through_an_app_store(self, stage: Stage) -> None:
        quote = await quoted(stage, "aisha")
        assert (quote.whole, quote.refund, quote.refund_as_credit) == (euro(16000), euro(0), euro(16000))
        assert quote.options == {CREDIT}
        assert quote.withheld == (Withheld(REFUND, WithheldReason.PAID_THROUGH_RESELLER, "Apple"),)

    async def test_r13_r14_neither_way_is_open(self, adapter: Adapter) -> None:
        stage = Stage(adapter, await adapter.open(world(aisha={"currency": "USD"})))
        quote = await quoted(stage, "aisha")
        assert quote.options == {NONE}
        assert {(way.kind, way.reason) for way in quote.withheld} == {
            (REFUND, WithheldReason.PAID_THROUGH_RESELLER),
            (CREDIT, WithheldReason.CURRENCY_MISMATCH),
        }

    async def test_s24_not_the_owner(self, stage: Stage) -> None:
        ida = await stage.invited("ida@olsen.example")
        quote = await stage.backend.quote_proration(ida, "oscar", "acme")
        assert (quote.whole, quote.lines) == (euro(0), ())
        assert quote.options == {NONE}
        assert {(way.kind, way.reason, way.ask) for way in quote.withheld} == {
            (REFUND, WithheldReason.NOT_ACCOUNT_OWNER, "oscar@olsen.example"),
            (CREDIT, WithheldReason.NOT_ACCOUNT_OWNER, "oscar@olsen.example"),
        }

    async def test_s24_oscar_himself_gets_the_money(self, stage: Stage) -> None:
        oscar = await stage.invited("oscar@olsen.example")
        assert (await stage.backend.quote_proration(oscar, "oscar", "acme")).whole == euro(34100)


class TestPrivacy:
    async def test_admins_never_see_it(self, stage: Stage) -> None:
        await stage.invite("petra@acme.example")
        for call in (ADAM, admin("petra", "petra@acme.example")):
            for ask in (
                stage.backend.quote_proration(call, "petra", "acme"),
                stage.backend.get_balance(call, "petra"),
                stage.backend.list_blockers(call, "petra", "acme"),
            ):
                with pytest.raises(Forbidden):
                    await ask
        with pytest.raises(Forbidden):
            await stage.backend.list_invoices(ADAM, "ivan")

    async def test_one_invitee_never_sees_anothers(self, stage: Stage) -> None:
        frank = await stage.invited("frank@acme.example")
        for ask in (
            stage.backend.quote_proration(frank, "petra", "acme"),
            stage.backend.get_balance(frank, "petra"),
            stage.backend.list_invoices(frank, "ivan"),
            stage.backend.quote_proration(frank, "frank", "globex"),
        ):
            with pytest.raises(Forbidden):
                await ask

    async def test_a_co_user_does_not_see_the_owners_money(self, stage: Stage) -> None:
        ida = await stage.invited("ida@olsen.example")
        for ask in (stage.backend.get_balance(ida, "oscar"), stage.backend.list_invoices(ida, "oscar")):
            with pytest.raises(Forbidden):
                await ask

    async def test_s26_an_invitee_sees_their_own_invoices(self, stage: Stage) -> None:
        ivan = await stage.invited("ivan@acme.example")
        numbers = [invoice.number for invoice in await stage.backend.list_invoices(ivan, "ivan")]
        assert numbers == ["I-0", "I-1", "I-2"]

    async def test_the_bot_reads_it_to_reconcile(self, stage: Stage) -> None:
        assert (await stage.backend.quote_proration(BOT, "petra", "acme")).whole == euro(8994)
        assert (await stage.backend.get_balance(BOT, "ivan")).owed == euro(1999)


class TestValidity:
    async def test_r15_the_same_facts_give_the_same_quote(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        first = await stage.backend.quote_proration(petra, "petra", "acme")
        assert first.valid_until == stage.clock.now() + timedelta(minutes=30)
        stage.pass_time(minutes=30, microseconds=-1)
        assert await stage.backend.quote_proration(petra, "petra", "acme") == first
        stage.pass_time(microseconds=1)
        second = await stage.backend.quote_proration(petra, "petra", "acme")
        assert second.id != first.id
        assert second.at == stage.clock.now()

    async def test_f1_it_holds_over_midnight(self, stage: Stage) -> None:
        stage.pass_time(hours=9, minutes=50)
        petra = await stage.invited("petra@acme.example")
        late = await stage.backend.quote_proration(petra, "petra", "acme")
        stage.pass_time(minutes=20)
        assert await stage.backend.quote_proration(petra, "petra", "acme") == late
        join = await accept(stage, petra, late)
        assert join.amount == late.whole == euro(8994), "what was quoted is paid (R15)"

    async def test_how_long_it_holds_is_a_switch(self, adapter: Adapter) -> None:
        quote = await petra_paid(adapter, WHOLE_YEAR, sandbox={"quote_minutes": 5})
        assert quote.valid_until - quote.at == timedelta(minutes=5)

    async def test_r15_changed_facts_give_another(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        first = await stage.backend.quote_proration(petra, "petra", "acme")
        await stage.reload(world(petra={"subscriptions": with_lines(WHOLE_YEAR)}))
        second = await stage.backend.quote_proration(petra, "petra", "acme")
        assert (second.id != first.id, second.whole) == (True, euro(16000))
        with pytest.raises(QuoteChanged) as refused:
            await accept(stage, petra, first)
        assert refused.value.quote == second

    async def test_r15_what_does_not_concern_it_changes_nothing(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        first = await stage.backend.quote_proration(petra, "petra", "acme")
        await stage.reload(world(frank={"name": "Frank's"}))
        assert await stage.backend.quote_proration(petra, "petra", "acme") == first

    async def test_r15_an_expired_one_is_refused_with_the_next(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        first = await stage.backend.quote_proration(petra, "petra", "acme")
        stage.pass_time(days=1)
        with pytest.raises(QuoteExpired) as refused:
            await accept(stage, petra, first)
        fresh = refused.value.quote
        assert fresh is not None
        assert fresh.whole == euro(8953)
        assert (await accept(stage, petra, fresh)).amount == fresh.whole

    async def test_r15_an_expired_one_with_nothing_to_follow(self, stage: Stage) -> None:
        stage.pass_time(days=218)
        petra = await stage.invited("petra@acme.example")
        last = await stage.backend.quote_proration(petra, "petra", "acme")
        stage.pass_time(days=1)
        with pytest.raises(QuoteExpired) as refused:
            await accept(stage, petra, last)
        assert refused.value.quote is None

    async def test_a_quote_of_somebody_else_is_none(self, stage: Stage) -> None:
        nils = await quoted(stage, "nils")
        petra = await stage.invited("petra@acme.example")
        with pytest.raises(QuoteChanged) as refused:
            await accept(stage, petra, nils)
        assert refused.value.quote is not None
        assert refused.value.quote.source == "petra"

    async def test_a_new_invitation_keeps_the_quote(self, stage: Stage) -> None:
        first_invitation = await stage.invite("petra@acme.example")
        first = await stage.backend.quote_proration(as_invitee(first_invitation), "petra", "acme")
        await stage.backend.revoke_invitation(ADAM, first_invitation.id)
        again = await stage.invited("petra@acme.example")
        assert await stage.backend.quote_proration(again, "petra", "acme") == first


async def accept(stage: Stage, call: Any, quote: Quote) -> Any:
    """Petra accepts a refund of what she was quoted."""
    ticks = await stage.ticks(call, "petra@acme.example", "petra", Licence.BASIC)
    return await stage.backend.accept_invitation(call, invitation_of(call), REFUND, quote.id, ticks, stage.key())
