"""What was paid on an account, subscription by subscription."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.accounts.proration import PaidLine, Rules
from bot.accounts.sandbox.figures import Subscription, figure

UTC_ZONE = ZoneInfo("UTC")
AT = datetime(2026, 7, 24, 12, tzinfo=UTC)


@st.composite
def subscriptions(draw: st.DrawFn) -> Subscription:
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.dates(date(2026, 1, 1), date(2026, 9, 1)))
        gross = draw(st.integers(0, 10**6))
        end = start + timedelta(days=draw(st.integers(1, 400)))
        lines.append(PaidLine(gross, draw(st.integers(0, gross)), start, end))
    reseller = draw(st.sampled_from([None, "App Store"]))
    return Subscription(
        lines=tuple(lines),
        payment_method="Visa",
        reseller=reseller,
        ask=reseller,
        credit_paid=draw(st.sampled_from([0, 100, 10**7])),
        refunded=draw(st.sampled_from([0, 100, 10**7])),
        refund_fails=False,
    )


@given(st.lists(subscriptions(), max_size=3))
def test_r7_r12_r14_the_whole_is_the_sum_and_cash_only_goes_where_cash_came_from(paid: list[Subscription]) -> None:
    together = figure(paid, AT, UTC_ZONE, Rules())
    apart = [figure([one], AT, UTC_ZONE, Rules()) for one in paid]
    assert together.refund == sum(one.refund for one in apart)
    assert together.whole == sum(one.whole for one in apart) == sum(line.amount for line in together.lines)
    assert together.tax == sum(one.tax for one in apart) <= together.whole
    for subscription, one in zip(paid, apart, strict=True):
        gross = sum(line.gross for line in subscription.lines)
        assert one.refund <= max(0, gross - subscription.credit_paid - subscription.refunded)
        assert not (subscription.reseller and one.refund)
        assert (one.method is None) is (one.refund == 0)
