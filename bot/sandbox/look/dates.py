"""Dates and times as the reader sees them: in their zone, in their language.

The tokens are those of `<!date^...>` (https://docs.slack.dev/messaging/formatting-message-text, "Date formatting").
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta

TOKEN = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Calendar:
    """One reader's way to see time.

    Attributes:
        zone: IANA name.
        locale: IETF tag.
        now: the present instant in the workspace, UTC-aware.
    """

    zone: str
    locale: str
    now: datetime

    def local(self, seconds: float) -> datetime:
        """An instant in the reader's zone."""
        return datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(self.zone))

    @property
    def babel(self) -> Locale:
        """The reader's language."""
        return Locale.parse(self.locale, sep="-")

    def time(self, seconds: float) -> str:
        """The time of day, for example `14:34` or `2:34 PM`."""
        return format_time(self.local(seconds), "short", locale=self.babel)

    def day(self, seconds: float) -> str:
        """The day as a heading between messages: Today, Yesterday, or the date."""
        return self._near(seconds) or format_date(self.local(seconds), "EEEE, d MMMM y", locale=self.babel)

    def moment(self, seconds: float) -> str:
        """Day and time in full, for example `Fri 24 Jul 2026 14:00`."""
        pattern = "EEE d MMM y HH:mm"
        return format_datetime(self.local(seconds), pattern, tzinfo=ZoneInfo(self.zone), locale=self.babel)

    def formatted(self, seconds: int, template: str) -> str | None:
        """A template of Slack's with its tokens filled in; None when it has one that does not exist."""
        names = TOKEN.findall(template)
        if not names or not all(name in TOKENS for name in names):
            return None
        return TOKEN.sub(lambda found: TOKENS[found[1]](self, seconds), template)

    def _near(self, seconds: float) -> str | None:
        away = (self.local(seconds).date() - self.local(self.now.timestamp()).date()).days
        return {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}.get(away)

    def date(self, seconds: float, pattern: str) -> str:
        """The date by a CLDR pattern."""
        return format_date(self.local(seconds), pattern, locale=self.babel)

    def pretty(self, seconds: float, pattern: str) -> str:
        """Yesterday, today or tomorrow; otherwise the date by a CLDR pattern."""
        return self._near(seconds) or self.date(seconds, pattern)

    def ago(self, seconds: float) -> str:
        """How long ago, or how long until."""
        away = self.local(seconds) - self.now
        return format_timedelta(away, add_direction=True, locale=self.babel)


TOKENS: Mapping[str, Callable[[Calendar, float], str]] = {
    "date_num": lambda calendar, at: calendar.date(at, "yyyy-MM-dd"),
    "date_slash": lambda calendar, at: calendar.date(at, "dd/MM/yyyy"),
    "date": lambda calendar, at: calendar.date(at, "d MMMM"),
    "date_long": lambda calendar, at: calendar.date(at, "EEEE, d MMMM y"),
    "date_long_full": lambda calendar, at: calendar.date(at, "d MMMM y"),
    "date_short": lambda calendar, at: calendar.date(at, "d MMM y"),
    "date_pretty": lambda calendar, at: calendar.pretty(at, "d MMMM"),
    "date_long_pretty": lambda calendar, at: calendar.pretty(at, "EEEE, d MMMM y"),
    "date_short_pretty": lambda calendar, at: calendar.pretty(at, "d MMM y"),
    "day_divider_pretty": lambda calendar, at: calendar.pretty(at, "EEEE, d MMMM"),
    "time": lambda calendar, at: calendar.time(at),
    "time_secs": lambda calendar, at: format_time(calendar.local(at), "medium", locale=calendar.babel),
    "ago": lambda calendar, at: calendar.ago(at),
}
