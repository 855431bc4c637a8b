"""Dates in the accounts file."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.accounts.sandbox.moments import read_moment, shifted

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 7, 24, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("today", date(2026, 7, 25)),
        ("today - 145 days", date(2026, 3, 2)),
        ("today-1day", date(2026, 7, 24)),
        ("  today  +  2 weeks  ", date(2026, 8, 8)),
        ("today + 1 month", date(2026, 8, 25)),
        ("today + 1 year - 1 day", date(2027, 7, 24)),
        ("2028-02-29 + 1 year", date(2029, 2, 28)),
        ("2026-01-31 + 1 month", date(2026, 2, 28)),
        ("2026-12-15 + 1 month", date(2027, 1, 15)),
        ("2026-01-15 - 13 months", date(2024, 12, 15)),
    ],
)
def test_dates(written: str, expected: date) -> None:
    """Today is the date in the account's zone: 22:30 in UTC is tomorrow in Amsterdam."""
    moment = read_moment(written)
    assert moment.on(NOW, AMSTERDAM) == moment.resolve(NOW, AMSTERDAM) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-01 14:00", datetime(2026, 3, 1, 13, tzinfo=UTC)),
        ("2026-07-01T14:00:30", datetime(2026, 7, 1, 12, 0, 30, tzinfo=UTC)),
        ("2026-07-01 14:00Z", datetime(2026, 7, 1, 14, tzinfo=UTC)),
        ("2026-07-01T14:00:00+05:30", datetime(2026, 7, 1, 8, 30, tzinfo=UTC)),
        ("today + 3 days 14:00", datetime(2026, 7, 28, 12, tzinfo=UTC)),
        ("today 00:00", datetime(2026, 7, 24, 22, tzinfo=UTC)),
    ],
)
def test_instants(written: str, expected: datetime) -> None:
    moment = read_moment(written)
    assert moment.instant(NOW, AMSTERDAM) == moment.resolve(NOW, AMSTERDAM) == expected


def test_a_date_as_an_instant_is_its_midnight() -> None:
    assert read_moment("2026-07-01").instant(NOW, AMSTERDAM) == datetime(2026, 6, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "today +",
        "today + days",
        "today + 1.5 days",
        "today + 1 hour",
        "24-07-2026",
        "2026-7-1",
        "2026-07-01 2pm",
        "2026-07-01 9:00",
        "today\uff0b1 day",
        20260701,
        None,
        True,
    ],
)
def test_what_is_no_date(written: object) -> None:
    with pytest.raises(ValueError, match="is not a date; write one such as"):
        read_moment(written)


@pytest.mark.parametrize(
    "written", ["2026-02-30", "2026-13-01", "0000-01-01", "today 24:30", "today 12:60", "today 12:00+30:00"]
)
def test_what_is_not_in_the_calendar(written: str) -> None:
    with pytest.raises(ValueError, match="is not in the calendar"):
        read_moment(written)


@pytest.mark.parametrize(
    ("day", "count", "unit"),
    [(date(9999, 12, 31), 1, "day"), (date(1, 1, 1), -1, "month"), (date(2026, 1, 1), 99999, "year")],
)
def test_what_falls_out_of_the_calendar(day: date, count: int, unit: str) -> None:
    with pytest.raises(ValueError, match="outside the calendar"):
        shifted(day, count, unit)


def test_an_instant_that_falls_out_of_the_calendar_in_utc() -> None:
    with pytest.raises(ValueError, match="outside the calendar"):
        read_moment("0001-01-01").instant(NOW, AMSTERDAM)
