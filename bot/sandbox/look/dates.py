"""Dates and times as the reader sees them: in their zone, in their language.

The tokens are those of `<!date^...>` (https://docs.slack.dev/messaging/formatting-message-text, "Date formatting").
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta

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
        return self._near(seconds) or self.date(seconds, "full")

    def moment(self, seconds: float) -> str:
        """Day and time in full and in English, like the page around it, for example `Fri 24 Jul 2026 14:00`."""
        return self.local(seconds).strftime("%a %-d %b %Y %H:%M")

    def formatted(self, seconds: int, template: str) -> str | None:
        """A template of Slack's with its tokens filled in; None when it has one that does not exist."""
        names = TOKEN.findall(template)
        if not names or not all(name in TOKENS for name in names):
            return None
        return TOKEN.sub(lambda found: TOKENS[found[1]](self, seconds), template)

    def _near(self, seconds: float) -> str | None:
        away = (self.local(seconds).date() - self.local(self.now.timestamp()).date()).days
        return {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}.get(away)

    def date(self, seconds: float, style: str) -> str:
        """The date in one of CLDR's styles, or by a skeleton such as `MMMMd`."""
        day = self.local(seconds)
        if style in {"full", "long", "medium"}:
            return format_date(day, style, locale=self.babel)
        return format_skeleton(style, day, tzinfo=ZoneInfo(self.zone), locale=self.babel)

    def pretty(self, seconds: float, style: str) -> str:
        """Yesterday, today or tomorrow; otherwise the date."""
        return self._near(seconds) or self.date(seconds, style)

    def ago(self, seconds: float) -> str:
        """How long ago, or how long until."""
        away = self.local(seconds) - self.now
        return format_timedelta(away, add_direction=True, locale=self.babel)


TOKENS: Mapping[str, Callable[[Calendar, float], str]] = {
    "date_num": lambda calendar, at: calendar.local(at).strftime("%Y-%m-%d"),
    "date_slash": lambda calendar, at: calendar.local(at).strftime("%d/%m/%Y"),
    "date": lambda calendar, at: calendar.date(at, "MMMMd"),
    "date_long": lambda calendar, at: calendar.date(at, "full"),
    "date_long_full": lambda calendar, at: calendar.date(at, "long"),
    "date_short": lambda calendar, at: calendar.date(at, "medium"),
    "date_pretty": lambda calendar, at: calendar.pretty(at, "MMMMd"),
    "date_long_pretty": lambda calendar, at: calendar.pretty(at, "full"),
    "date_short_pretty": lambda calendar, at: calendar.pretty(at, "medium"),
    "day_divider_pretty": lambda calendar, at: calendar.pretty(at, "MMMMEEEEd"),
    "time": lambda calendar, at: calendar.time(at),
    "time_secs": lambda calendar, at: format_time(calendar.local(at), "medium", locale=calendar.babel),
    "ago": lambda calendar, at: calendar.ago(at),
}
