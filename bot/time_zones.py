"""Time zones by their IANA names."""

from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_LONGEST_NAME = 60


class UnknownTimeZone(ValueError):
    """The name is not an IANA time zone; the message is a sentence for whoever wrote it."""


def find_time_zone(name: str) -> ZoneInfo:
    """The time zone of that name, such as `Europe/Amsterdam`.

    Raises:
        UnknownTimeZone: there is none.
    """
    try:
        return ZoneInfo(name)
    # A folder of zones is an OSError, a path that leaves the zones a ValueError.
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise UnknownTimeZone(f"{name[:_LONGEST_NAME]!r} is not a time zone; {_suggestion(name)}.") from error


def _suggestion(name: str) -> str:
    """The nearest name, also where only the case or the spaces are wrong."""
    known = {zone.casefold(): zone for zone in available_timezones()}
    likely = name[:_LONGEST_NAME].strip().replace(" ", "_").casefold()
    nearest = get_close_matches(likely, known, n=1, cutoff=0.75)
    return f"the nearest is {known[nearest[0]]}" if nearest else "write one such as Europe/Amsterdam"
