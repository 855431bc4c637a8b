from datetime import date

import pytest

from bot.business_days import business_days_after, is_business_day, settlement_window

YEAR_END = frozenset({date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)})


def test_w14_submitted_before_christmas() -> None:
    assert business_days_after(date(2026, 12, 24), 3, YEAR_END) == date(2026, 12, 30)
    assert business_days_after(date(2026, 12, 24), 5, YEAR_END) == date(2027, 1, 4)


def test_w14_submitted_on_a_sunday() -> None:
    assert business_days_after(date(2026, 11, 22), 3) == date(2026, 11, 25)
    assert business_days_after(date(2026, 11, 22), 5) == date(2026, 11, 27)


def test_s29_the_window_is_three_to_five_business_days() -> None:
    assert settlement_window(date(2026, 12, 24), YEAR_END) == (date(2026, 12, 30), date(2027, 1, 4))


def test_r19_the_day_of_submission_is_day_zero() -> None:
    assert business_days_after(date(2026, 11, 23), 0) == date(2026, 11, 23)
    assert business_days_after(date(2026, 11, 23), 1) == date(2026, 11, 24)
    assert business_days_after(date(2026, 11, 21), 0) == date(2026, 11, 21), "a Saturday too"


@pytest.mark.parametrize("weekend_day", [date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)])
def test_r19_from_friday_to_sunday_the_next_business_day_is_monday(weekend_day: date) -> None:
    assert business_days_after(weekend_day, 1) == date(2026, 11, 23)


def test_r19_a_holiday_on_a_weekend_changes_nothing() -> None:
    assert business_days_after(date(2026, 11, 20), 1, {date(2026, 11, 21)}) == date(2026, 11, 23)
    assert not is_business_day(date(2026, 11, 21))


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        business_days_after(date(2026, 11, 23), -1)
