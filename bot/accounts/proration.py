"""How much is paid back for the rest of a paid period (features.md, section 4b). Pure; whole minor units, no floats.

Each line of a subscription is prorated on its own period, rounded once, and the lines are summed (R7). What was
refunded before limits the sum (R8); what account credit had paid for can only become credit again (R12).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum, auto
from fractions import Fraction
from zoneinfo import ZoneInfo

from bot.accounts.values import Granularity

# Goes with every quote, so that a figure can be explained after the rules have changed (R15).
RULE_VERSION = "1"


class AcceptanceDay(StrEnum):
    """Whether the day of acceptance counts as used (R3). Only in days; seconds need no such rule."""

    USED = auto()
    UNUSED = auto()


@dataclass(frozen=True, slots=True)
class Rules:
    """How time is counted (R3)."""

    acceptance_day: AcceptanceDay = AcceptanceDay.USED
    granularity: Granularity = Granularity.DAY


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One line of a subscription as it was paid: after discounts, for the half-open period [start, end) (R2, R4).

    Attributes:
        gross: what was paid, in minor units; `tax` is the part of it that was tax.
        start: a date in the billing time zone, or a UTC-aware instant.
        end: the renewal; the same kind as `start`.
        description: what was bought.

    Raises:
        ValueError: a negative amount, more tax than gross, an instant without a time zone.
    """

    gross: int
    tax: int
    start: date
    end: date
    description: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.tax <= self.gross:
            raise ValueError("The tax must be between zero and the gross amount.")
        for moment in (self.start, self.end):
            if isinstance(moment, datetime) and moment.tzinfo is None:
                raise ValueError("An instant needs a time zone.")


@dataclass(frozen=True, slots=True)
class ProratedLine:
    """What is paid back for one line.

    Attributes:
        paid: the line it is a part of.
        unused: days or seconds that are left, of `total`.
        amount: gross, minor units; `tax` is the part of it that is tax (R5).
    """

    paid: PaidLine
    unused: int
    total: int
    amount: int
    tax: int


@dataclass(frozen=True, slots=True)
class Proration:
    """What is paid back for all lines together.

    Attributes:
        lines: in the order given; their amounts add up to the whole.
        refund: what goes to the payment method if refund is chosen.
        refund_as_credit: what in that case can only be credit (R12).
    """

    lines: tuple[ProratedLine, ...]
    refund: int
    refund_as_credit: int

    @property
    def whole(self) -> int:
        """The gross amount; all of it is credit if credit is chosen."""
        return self.refund + self.refund_as_credit

    @property
    def tax(self) -> int:
        """The tax in the whole."""
        return sum(line.tax for line in self.lines)

    @property
    def net(self) -> int:
        """The whole without its tax (R5)."""
        return self.whole - self.tax


def prorate(
    lines: Sequence[PaidLine],
    at: datetime,
    zone: ZoneInfo,
    rules: Rules = Rules(),
    *,
    refunded: int = 0,
    credit_paid: int = 0,
) -> Proration:
    """What is paid back to somebody who accepts at the instant `at`.

    Args:
        lines: what was paid. A date in it means midnight of the billing time zone where seconds are counted, an
            instant means its date in that zone where days are counted.
        at: UTC-aware.
        zone: the billing time zone of the paid account; not UTC, not the reader's (R3).
        rules: how time is counted.
        refunded: refunded or credited before, over the lines together (R8).
        credit_paid: paid from account credit, over the lines together (R12).

    Raises:
        ValueError: a negative amount, `at` without a time zone, or a period that does not end after its start.
    """
    if refunded < 0 or credit_paid < 0:
        raise ValueError("What was refunded or paid by credit must not be negative.")
    if at.tzinfo is None:
        raise ValueError("The instant of acceptance needs a time zone.")
    prorated = [_prorate_line(line, at, zone, rules) for line in lines]
    refundable = max(0, sum(line.gross for line in lines) - refunded)
    capped = _capped(prorated, refundable)
    whole = sum(line.amount for line in capped)
    refund = max(0, whole - credit_paid)
    return Proration(tuple(capped), refund, whole - refund)


def half_up(amount: Fraction) -> int:
    """The nearest whole number; exactly one half goes up, away from zero for the amounts here (R6)."""
    return (amount + Fraction(1, 2)).__floor__()


def _prorate_line(line: PaidLine, at: datetime, zone: ZoneInfo, rules: Rules) -> ProratedLine:
    """The unused share of one line, gross and tax each rounded once (R5)."""
    if rules.granularity is Granularity.SECOND:
        unused, total = _seconds(line, at, zone)
    else:
        unused, total = _days(line, at, zone, rules.acceptance_day)
    if total <= 0:
        raise ValueError("A paid period must end after its start.")
    unused = min(max(unused, 0), total)
    share = Fraction(unused, total)
    return ProratedLine(line, unused, total, half_up(line.gross * share), half_up(line.tax * share))


def _days(line: PaidLine, at: datetime, zone: ZoneInfo, acceptance_day: AcceptanceDay) -> tuple[int, int]:
    """Unused and total days, by the calendar of the billing time zone (R2, R3)."""
    start, end = _day(line.start, zone), _day(line.end, zone)
    unused = (end - _day(at, zone)).days
    if acceptance_day is AcceptanceDay.USED:
        unused -= 1
    return unused, (end - start).days


def _seconds(line: PaidLine, at: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """Unused and total seconds (R3); fractions of a second are dropped before counting."""
    start, end = _instant(line.start, zone), _instant(line.end, zone)
    return _whole_seconds(_instant(at, zone), end), _whole_seconds(start, end)


def _day(moment: date, zone: ZoneInfo) -> date:
    """The date of a moment in `zone`."""
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment


def _instant(moment: date, zone: ZoneInfo) -> datetime:
    """The instant of a moment, in UTC (in one local zone, Python subtracts wall clocks) and without fractions."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), zone)
    return moment.astimezone(UTC).replace(microsecond=0)


def _whole_seconds(start: datetime, end: datetime) -> int:
    """From `start` to `end`, without the float of `timedelta.total_seconds`."""
    between = end - start
    return between.days * 86_400 + between.seconds


def _capped(lines: Sequence[ProratedLine], limit: int) -> list[ProratedLine]:
    """The lines, reduced in proportion so that they add up to `limit` where they are more (R8).

    The units that rounding down leaves over go to the largest remainders, the earlier line first.
    """
    total = sum(line.amount for line in lines)
    if total <= limit:
        return list(lines)
    shares = [Fraction(line.amount * limit, total) for line in lines]
    amounts = [share.__floor__() for share in shares]
    by_remainder = sorted(range(len(lines)), key=lambda index: amounts[index] - shares[index])
    for index in by_remainder[: limit - sum(amounts)]:
        amounts[index] += 1
    return [_reduced(line, amount) for line, amount in zip(lines, amounts, strict=True)]


def _reduced(line: ProratedLine, amount: int) -> ProratedLine:
    """The line with a smaller amount and the tax that belongs to it."""
    if amount == line.amount:
        return line
    return replace(line, amount=amount, tax=half_up(Fraction(line.paid.tax * amount, line.paid.gross)))
