"""Dates and times in the accounts file: absolute, or relative to the day of loading, so that no file goes stale."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

_SHIFT = re.compile(r"([+-])\s*([0-9]{1,5})\s*(day|week|month|year)s?")
_MOMENT = re.compile(
    r"""
    (?P<day> today | [0-9]{4}-[0-9]{2}-[0-9]{2})
    (?P<shifts> (?: \s* [+-] \s* [0-9]{1,5} \s* (?:day|week|month|year) s? )* )
    (?: (?:\s+|T) (?P<time> [0-9]{2}:[0-9]{2} (?: :[0-9]{2} )? ) (?P<offset> Z | [+-][0-9]{2}:[0-9]{2} )? )?
    """,
    re.VERBOSE,
)
_EXAMPLES = (
    "write one such as 2026-03-01, or one that moves along, such as `today - 146 days` or `today + 3 days 14:00`"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, with or without a time of day, as it was written.

    Attributes:
        day: the date; `None` for the day of loading.
        shifts: what is added to it, in order: how many, and days, weeks, months or years.
        at: the time of day, in the time zone of the account unless `offset` says otherwise.
    """

    day: date | None
    shifts: tuple[tuple[int, str], ...] = ()
    at: time | None = None
    offset: tzinfo | None = None

    def resolve(self, now: datetime, zone: ZoneInfo) -> date:
        """A date where no time of day was written, else the instant in UTC.

        Raises:
            ValueError: it is outside the calendar.
        """
        return self.instant(now, zone) if self.at else self.on(now, zone)

    def on(self, now: datetime, zone: ZoneInfo) -> date:
        """The date, where today is the date of `now` in `zone`.

        Raises:
            ValueError: it is outside the calendar.
        """
        day = self.day or now.astimezone(zone).date()
        for count, unit in self.shifts:
            day = shifted(day, count, unit)
        return day

    def instant(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The instant in UTC; midnight where no time of day was written.

        Raises:
            ValueError: it is outside the calendar.
        """
        try:
            local = datetime.combine(self.on(now, zone), self.at or time(), self.offset or zone)
            return local.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("is outside the calendar") from error


def read_moment(value: object) -> Moment:
    """What was written, such as `2026-03-01`, `today - 146 days` or `today + 3 days 14:00`.

    Raises:
        ValueError: it is neither; a sentence that shows how to write it.
    """
    written = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if not written:
        raise ValueError(f"{value!r} is not a date; {_EXAMPLES}")
    try:
        day = None if written["day"] == "today" else date.fromisoformat(written["day"])
        at = time.fromisoformat(written["time"]) if written["time"] else None
        offset = datetime.fromisoformat(f"2000-01-01T00:00{written['offset']}").tzinfo if written["offset"] else None
    except ValueError as error:
        raise ValueError(f"{value!r} is not in the calendar or not on the clock; {_EXAMPLES}") from error
    shifts = tuple((int(sign + count), unit) for sign, count, unit in _SHIFT.findall(written["shifts"]))
    return Moment(day, shifts, at, offset)


def shifted(day: date, count: int, unit: str) -> date:
    """`day` moved by days, weeks, months or years; the last day of the month where there is no such day in it.

    Raises:
        ValueError: it is outside the calendar.
    """
    try:
        if unit in ("day", "week"):
            return day + timedelta(days=count * (7 if unit == "week" else 1))
        years, month = divmod(day.month - 1 + count * (12 if unit == "year" else 1), 12)
        year = day.year + years
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError) as error:
        raise ValueError("is outside the calendar") from error
