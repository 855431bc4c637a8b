"""The money rules R1 to R9, R12 and R20 of features.md, with its worked examples by number."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from inspect import signature
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts.proration import AcceptanceDay, PaidLine, Proration, Rules, half_up, prorate
from bot.accounts.values import Granularity

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
USED_DAY = Rules()
UNUSED_DAY = Rules(acceptance_day=AcceptanceDay.UNUSED)
SECONDS = Rules(granularity=Granularity.SECOND)

ANNUAL = PaidLine(14990, 2602, date(2026, 3, 1), date(2027, 3, 1))
MONTHLY = PaidLine(1599, 0, date(2026, 11, 10), date(2026, 12, 10))
ADD_ON = PaidLine(5000, 868, date(2026, 11, 15), date(2026, 12, 15))
YEN = PaidLine(2200, 200, date(2026, 12, 1), date(2027, 1, 1))
DINAR = PaidLine(4900, 0, date(2027, 2, 1), date(2027, 3, 1))


def noon(day: date, zone: ZoneInfo = AMSTERDAM) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=zone)


def on(day: date, *lines: PaidLine, rules: Rules = USED_DAY, refunded: int = 0, credit_paid: int = 0) -> Proration:
    return prorate(lines, noon(day), AMSTERDAM, rules, refunded=refunded, credit_paid=credit_paid)


class TestWorkedExamples:
    def test_w1_annual_with_vat(self) -> None:
        result = on(date(2026, 7, 24), ANNUAL)
        assert (result.lines[0].unused, result.lines[0].total) == (219, 365)
        assert (result.whole, result.tax, result.net) == (8994, 1561, 7433)
        assert (result.refund, result.refund_as_credit) == (8994, 0)

    def test_w2_monthly(self) -> None:
        result = on(date(2026, 11, 22), MONTHLY)
        assert (result.lines[0].unused, result.lines[0].total, result.whole) == (17, 30, 906)

    def test_w2_monthly_with_the_day_of_acceptance_unused(self) -> None:
        result = on(date(2026, 11, 22), MONTHLY, rules=UNUSED_DAY)
        assert (result.lines[0].unused, result.whole) == (18, 959)

    def test_w4_yen(self) -> None:
        result = on(date(2026, 12, 18), YEN)
        assert (result.lines[0].unused, result.lines[0].total) == (13, 31)
        assert (result.whole, result.tax, result.net) == (923, 84, 839)

    def test_w5_three_decimals(self) -> None:
        result = on(date(2027, 2, 17), DINAR)
        assert (result.lines[0].unused, result.lines[0].total, result.whole) == (11, 28, 1925)

    def test_w8_two_lines_on_their_own_periods(self) -> None:
        result = on(date(2026, 11, 22), ANNUAL, ADD_ON)
        assert [(line.unused, line.total, line.amount, line.tax) for line in result.lines] == [
            (98, 365, 4025, 699),
            (22, 30, 3667, 637),
        ]
        assert (result.whole, result.tax) == (7692, 1336)

    def test_w10_first_day(self) -> None:
        result = on(date(2026, 11, 10), MONTHLY)
        assert (result.lines[0].unused, result.whole) == (29, 1546)

    def test_w10_last_day(self) -> None:
        assert on(date(2026, 12, 9), MONTHLY).whole == 0

    def test_w11_discount_counts_from_what_was_paid(self) -> None:
        assert on(date(2026, 7, 24), PaidLine(11992, 0, ANNUAL.start, ANNUAL.end)).whole == 7195


class TestTime:
    def test_r3_days_are_counted_in_the_billing_zone(self) -> None:
        """The same instant is the 24th in Amsterdam and the 23rd in New York."""
        at = datetime(2026, 7, 23, 22, 30, tzinfo=UTC)
        assert prorate([ANNUAL], at, AMSTERDAM).lines[0].unused == 219
        assert prorate([ANNUAL], at, ZoneInfo("America/New_York")).lines[0].unused == 220

    @pytest.mark.parametrize(
        ("zone", "unused"),
        [("Pacific/Kiritimati", 218), ("UTC", 219), ("Etc/GMT+12", 220)],
    )
    def test_r3_the_zones_at_the_edges_of_the_world(self, zone: str, unused: int) -> None:
        """At +14 it is the 25th already when it is the 24th in UTC, and still the 23rd at -12."""
        at = datetime(2026, 7, 24, 10, 30, tzinfo=UTC)
        assert prorate([ANNUAL], at, ZoneInfo(zone)).lines[0].unused == unused

    @pytest.mark.parametrize(("offset", "expected"), [(14, 219), (-12, 219), (0, 219)])
    def test_r3_how_the_instant_is_written_does_not_matter(self, offset: int, expected: int) -> None:
        at = datetime(2026, 7, 24, 12, tzinfo=UTC).astimezone(timezone(timedelta(hours=offset)))
        assert prorate([ANNUAL], at, AMSTERDAM).lines[0].unused == expected

    def test_r2_a_leap_year_has_366_days(self) -> None:
        leap = PaidLine(36600, 0, date(2027, 3, 1), date(2028, 3, 1))
        assert prorate([leap], noon(date(2028, 2, 28)), AMSTERDAM).lines[0].total == 366
        assert prorate([leap], noon(date(2028, 2, 28)), AMSTERDAM).whole == 100, "the 29th is left"

    def test_r2_february(self) -> None:
        assert on(date(2027, 2, 1), DINAR).lines[0].total == 28
        leap = PaidLine(2900, 0, date(2028, 2, 1), date(2028, 3, 1))
        assert on(date(2028, 2, 1), leap).lines[0].total == 29

    def test_r3_a_day_with_a_clock_change_is_one_day(self) -> None:
        """2026-03-29 has 23 hours and 2026-10-25 has 25 in Amsterdam."""
        for day in (date(2026, 3, 29), date(2026, 10, 25)):
            line = PaidLine(300, 0, day - timedelta(days=1), day + timedelta(days=2))
            for hour in (0, 3, 23):
                at = datetime(day.year, day.month, day.day, hour, 59, tzinfo=AMSTERDAM)
                assert prorate([line], at, AMSTERDAM).whole == 100

    def test_r3_midnight_begins_the_next_day(self) -> None:
        last_second = datetime(2026, 7, 24, 23, 59, 59, tzinfo=AMSTERDAM)
        assert prorate([ANNUAL], last_second, AMSTERDAM).lines[0].unused == 219
        assert prorate([ANNUAL], last_second + timedelta(seconds=1), AMSTERDAM).lines[0].unused == 218

    def test_r3_a_period_that_has_not_begun_is_all_unused(self) -> None:
        result = on(date(2026, 2, 27), ANNUAL)
        assert (result.lines[0].unused, result.whole, result.tax) == (365, 14990, 2602)

    @pytest.mark.parametrize("day", [date(2027, 2, 28), date(2027, 3, 1), date(2031, 1, 1)])
    def test_r9_a_period_that_is_over_gives_nothing(self, day: date) -> None:
        result = on(day, ANNUAL)
        assert (result.lines[0].unused, result.whole, result.tax) == (0, 0, 0)

    def test_r3_instants_are_dates_of_the_billing_zone_where_days_are_counted(self) -> None:
        line = PaidLine(14990, 2602, datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2027, 2, 28, 23, tzinfo=UTC))
        result = on(date(2026, 7, 24), line)
        assert (result.lines[0].unused, result.lines[0].total) == (219, 365)


class TestSeconds:
    START = datetime(2026, 11, 10, tzinfo=UTC)
    LINE = PaidLine(3000, 600, START, START + timedelta(days=30))

    def at(self, moment: datetime, line: PaidLine = LINE) -> tuple[int, int]:
        prorated = prorate([line], moment, AMSTERDAM, SECONDS).lines[0]
        return prorated.unused, prorated.total

    def test_r3_seconds(self) -> None:
        result = prorate([self.LINE], self.START + timedelta(days=12, seconds=1), AMSTERDAM, SECONDS)
        assert (result.lines[0].unused, result.lines[0].total) == (18 * 86400 - 1, 30 * 86400)
        assert (result.whole, result.tax) == (1800, 360)

    def test_r3_the_instant_is_cut_to_the_second(self) -> None:
        assert self.at(self.START + timedelta(seconds=1, microseconds=999_999))[0] == 30 * 86400 - 1

    def test_r3_the_day_of_acceptance_plays_no_part(self) -> None:
        at = self.START + timedelta(days=3)
        rules = Rules(AcceptanceDay.UNUSED, Granularity.SECOND)
        assert prorate([self.LINE], at, AMSTERDAM, rules) == prorate([self.LINE], at, AMSTERDAM, SECONDS)

    def test_r3_limits(self) -> None:
        assert self.at(self.START - timedelta(days=1)) == (30 * 86400, 30 * 86400)
        assert self.at(self.START + timedelta(days=30)) == (0, 30 * 86400)
        assert self.at(self.START + timedelta(days=99)) == (0, 30 * 86400)

    def test_r3_a_clock_change_counts_in_seconds(self) -> None:
        """From noon to noon over the night of 2026-03-29 there are 23 hours in Amsterdam."""
        line = PaidLine(
            100, 0, datetime(2026, 3, 28, 12, tzinfo=AMSTERDAM), datetime(2026, 3, 29, 12, tzinfo=AMSTERDAM)
        )
        assert self.at(datetime(2026, 3, 29, 4, tzinfo=AMSTERDAM), line) == (8 * 3600, 23 * 3600)

    def test_r3_dates_are_midnights_of_the_billing_zone(self) -> None:
        line = PaidLine(100, 0, date(2026, 3, 29), date(2026, 3, 30))
        assert self.at(datetime(2026, 3, 28, 23, tzinfo=UTC), line) == (23 * 3600, 23 * 3600)


class TestMoney:
    @pytest.mark.parametrize(
        ("amount", "expected"),
        [
            (Fraction(1, 2), 1),
            (Fraction(3, 2), 2),
            (Fraction(5, 2), 3),
            (Fraction(49, 100), 0),
            (Fraction(0), 0),
            (Fraction(7), 7),
            (Fraction(2 * 10**30 + 1, 2), 10**30 + 1),
        ],
    )
    def test_r6_half_up(self, amount: Fraction, expected: int) -> None:
        """Python's `round` would give 0 for a half and 2 for two and a half."""
        assert half_up(amount) == expected

    def test_r6_exactly_half_a_cent(self) -> None:
        line = PaidLine(1, 1, date(2026, 11, 1), date(2026, 11, 5))
        result = on(date(2026, 11, 2), line)
        assert (result.lines[0].unused, result.whole, result.tax) == (2, 1, 1)

    def test_r7_rounded_per_line_and_then_summed(self) -> None:
        line = PaidLine(1, 0, date(2026, 11, 1), date(2026, 11, 5))
        assert on(date(2026, 11, 2), line, line, line).whole == 3, "three halves, each rounded up"

    def test_r1_huge_amounts_stay_exact(self) -> None:
        paid = 10**24 + 1
        assert on(date(2026, 7, 24), PaidLine(paid, 0, ANNUAL.start, ANNUAL.end)).whole == 6 * 10**23 + 1

    def test_r8_an_earlier_refund_that_leaves_enough_changes_nothing(self) -> None:
        assert on(date(2026, 7, 24), ANNUAL, refunded=14990 - 8994).whole == 8994

    def test_r8_an_earlier_refund_limits_the_whole(self) -> None:
        result = on(date(2026, 7, 24), ANNUAL, refunded=10000)
        assert (result.whole, result.tax, result.lines[0].amount) == (4990, 866, 4990)
        assert result.lines[0].unused == 219

    @pytest.mark.parametrize("refunded", [14990, 14991, 10**9])
    def test_r8_never_negative(self, refunded: int) -> None:
        result = on(date(2026, 7, 24), ANNUAL, refunded=refunded)
        assert (result.whole, result.tax, result.refund, result.refund_as_credit) == (0, 0, 0, 0)

    def test_r8_the_limit_counts_over_the_lines_together(self) -> None:
        """W8 pays 7692 of 19990; what is left after refunding 15000 is 4990, shared 4025 : 3667."""
        result = on(date(2026, 11, 22), ANNUAL, ADD_ON, refunded=15000)
        assert [line.amount for line in result.lines] == [2611, 2379]
        assert [line.tax for line in result.lines] == [453, 413]
        assert (result.whole, result.tax) == (4990, 866)

    def test_r8_what_rounding_leaves_over_goes_to_the_largest_remainder(self) -> None:
        period = (date(2026, 1, 1), date(2027, 1, 1))
        lines = [PaidLine(10, 0, *period), PaidLine(10, 0, *period), PaidLine(10, 0, *period)]
        result = on(date(2025, 6, 1), *lines, refunded=10)
        assert [line.amount for line in result.lines] == [7, 7, 6]

    def test_r12_part_paid_by_credit(self) -> None:
        """Cash paid is 9990, used is 5996: 3994 can go to the payment method, the rest is credit."""
        result = on(date(2026, 7, 24), ANNUAL, credit_paid=5000)
        assert (result.refund, result.refund_as_credit, result.whole) == (3994, 5000, 8994)

    @pytest.mark.parametrize("credit_paid", [8994, 14990, 20000])
    def test_r12_used_more_than_was_paid_in_cash(self, credit_paid: int) -> None:
        result = on(date(2026, 7, 24), ANNUAL, credit_paid=credit_paid)
        assert (result.refund, result.refund_as_credit) == (0, 8994)

    def test_r9_nothing_paid_gives_nothing(self) -> None:
        free = PaidLine(0, 0, ANNUAL.start, ANNUAL.end)
        assert on(date(2026, 7, 24), free, refunded=5).whole == 0
        assert on(date(2026, 7, 24)).whole == 0

    def test_r20_the_balance_is_no_input(self) -> None:
        names = {*signature(prorate).parameters, *(field.name for field in fields(PaidLine))}
        assert not any("balance" in name or "owed" in name for name in names)


class TestRefused:
    @pytest.mark.parametrize(("gross", "tax"), [(-1, 0), (100, -1), (100, 101)])
    def test_amounts(self, gross: int, tax: int) -> None:
        with pytest.raises(ValueError, match="tax must be between"):
            PaidLine(gross, tax, ANNUAL.start, ANNUAL.end)

    @pytest.mark.parametrize("end", [ANNUAL.start, date(2026, 2, 1)])
    def test_a_period_that_does_not_end_after_its_start(self, end: date) -> None:
        for rules in (USED_DAY, SECONDS):
            with pytest.raises(ValueError, match="end after its start"):
                prorate([PaidLine(1, 0, ANNUAL.start, end)], noon(date(2026, 7, 24)), AMSTERDAM, rules)

    def test_an_instant_without_a_zone(self) -> None:
        naive = datetime(2026, 7, 24)  # noqa: DTZ001 (the case)
        with pytest.raises(ValueError, match="needs a time zone"):
            prorate([ANNUAL], naive, AMSTERDAM)
        with pytest.raises(ValueError, match="needs a time zone"):
            PaidLine(1, 0, naive, naive)

    def test_negative_refunds_and_credit(self) -> None:
        with pytest.raises(ValueError, match="must not be negative"):
            on(date(2026, 7, 24), ANNUAL, refunded=-1)
        with pytest.raises(ValueError, match="must not be negative"):
            on(date(2026, 7, 24), ANNUAL, credit_paid=-1)


# Section 4c: invariants.

ZONES = st.sampled_from(["Europe/Amsterdam", "Pacific/Kiritimati", "Etc/GMT+12", "America/Sao_Paulo", "Asia/Kathmandu"])
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
RULES = st.builds(Rules, st.sampled_from(AcceptanceDay), st.sampled_from(Granularity))


@st.composite
def paid_lines(draw: st.DrawFn) -> PaidLine:
    gross = draw(st.integers(0, 10**7))
    start = draw(st.dates(date(2025, 1, 1), date(2027, 12, 31)))
    end = start + timedelta(days=draw(st.integers(1, 800)))
    return PaidLine(gross, draw(st.integers(0, gross)), start, end)


LINES = st.lists(paid_lines(), max_size=4)
EARLIER = st.one_of(st.just(0), st.integers(0, 3 * 10**7))


@given(LINES, INSTANTS, ZONES, RULES, EARLIER, EARLIER)
def test_invariants(
    lines: list[PaidLine], at: datetime, zone: str, rules: Rules, refunded: int, credit_paid: int
) -> None:
    result = prorate(lines, at, ZoneInfo(zone), rules, refunded=refunded, credit_paid=credit_paid)
    paid = sum(line.gross for line in lines)
    assert 0 <= result.refund <= result.whole <= max(0, paid - refunded)
    assert result.refund <= max(0, paid - credit_paid - refunded), "never more cash than was paid and not yet returned"
    assert result.refund + result.refund_as_credit == result.whole == sum(line.amount for line in result.lines)
    assert result.net + result.tax == result.whole
    for line in result.lines:
        assert 0 <= line.tax <= line.amount <= line.paid.gross
        assert line.tax <= line.paid.tax
        assert 0 <= line.unused <= line.total


@given(LINES, INSTANTS, st.timedeltas(timedelta(), timedelta(days=900)), ZONES, RULES, EARLIER, EARLIER)
def test_a_later_acceptance_never_gives_more(
    lines: list[PaidLine], at: datetime, later: timedelta, zone: str, rules: Rules, refunded: int, credit_paid: int
) -> None:
    first = prorate(lines, at, ZoneInfo(zone), rules, refunded=refunded, credit_paid=credit_paid)
    second = prorate(lines, at + later, ZoneInfo(zone), rules, refunded=refunded, credit_paid=credit_paid)
    assert second.whole <= first.whole
    assert second.refund <= first.refund


@given(LINES, INSTANTS, ZONES, RULES)
def test_the_same_input_gives_the_same_figure(lines: list[PaidLine], at: datetime, zone: str, rules: Rules) -> None:
    assert prorate(lines, at, ZoneInfo(zone), rules) == prorate(lines, at, ZoneInfo(zone), rules)


@given(paid_lines(), INSTANTS, ZONES)
def test_r2_used_and_unused_days_make_up_the_period(line: PaidLine, at: datetime, zone: str) -> None:
    prorated = prorate([line], at, ZoneInfo(zone)).lines[0]
    used = (at.astimezone(ZoneInfo(zone)).date() - line.start).days + 1
    assert prorated.unused + min(max(used, 0), prorated.total) == prorated.total == (line.end - line.start).days
