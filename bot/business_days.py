"""Business days: Monday to Friday, minus holidays (features.md, R19). Pure."""

from collections.abc import Container
from datetime import date, timedelta

# What S29 promises for a refund: "processed in 3-5 business days".
EARLIEST_SETTLEMENT = 3
LATEST_SETTLEMENT = 5

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


def is_business_day(day: date, holidays: Container[date] = ()) -> bool:
    """Whether `day` is from Monday to Friday and no holiday."""
    return day.weekday() < _SATURDAY and day not in holidays


def business_days_after(day: date, count: int, holidays: Container[date] = ()) -> date:
    """The date `count` business days after `day`, which is day 0 whatever day of the week it is (R19).

    Raises:
        ValueError: `count` is negative.
    """
    if count < 0:
        raise ValueError("The number of business days must not be negative.")
    while count:
        day += _ONE_DAY
        count -= is_business_day(day, holidays)
    return day


def settlement_window(submitted: date, holidays: Container[date] = ()) -> tuple[date, date]:
    """The earliest and the latest date on which a refund submitted on `submitted` is processed (S29, R19)."""
    return (
        business_days_after(submitted, EARLIEST_SETTLEMENT, holidays),
        business_days_after(submitted, LATEST_SETTLEMENT, holidays),
    )
