"""What a reader reads: texts by gettext, and money, dates, numbers and plurals by Babel, in their language and zone.

Messages are written in English in the code, with named places: `language.plain("Hello {name}", name=...)`. A catalog
of another language is one file, `bot/locales/<language>/LC_MESSAGES/invitebot.po`.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_time
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, parse_pattern

from models.money import Money, currency_exponent

_LOCALES = Path(__file__).parent / "locales"
_DEFAULT_LOCALE = "en_GB"
# What an address of the web may hold beside letters, digits and `_.-~` (RFC 3986); anything else is percent-encoded.
_IN_URLS = ":/?#[]@!$&'()*+,;=%"


class Mrkdwn(str):
    """Text that is already mrkdwn: a mention, a link. Everything else is escaped on its way into a message."""

    __slots__ = ()


def message(text: str) -> str:
    """Mark a text for translation where it stands in a table; it is translated where it is used."""
    return text


def plural_message(one: str, many: str) -> tuple[str, str]:
    """The same for a text that depends on a number."""
    return one, many


def escape(text: str) -> str:
    """Make what somebody typed harmless in mrkdwn: no mention, no channel-wide call, no disguised link.

    https://docs.slack.dev/messaging/formatting-message-text
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mention(user_id: str) -> Mrkdwn:
    """A Slack user, by id, as Slack shows them to the reader."""
    return Mrkdwn(f"<@{user_id}>")


def link(url: str, text: str) -> Mrkdwn:
    """A link with a text; the text alone where the address is not one of the web, whatever it would do in a client."""
    if not url.lower().startswith(("https://", "http://")):
        return Mrkdwn(escape(text))
    return Mrkdwn(f"<{escape(quote(url, safe=_IN_URLS))}|{escape(text)}>")


class Language:
    """One reader's language and time zone."""

    def __init__(self, locale: str | None = None, zone: str | None = None) -> None:
        self.locale = _locale(locale)
        self.zone = _zone(zone)
        self._catalog = _catalog(self.locale.language)

    def in_zone(self, zone: str) -> "Language":
        """The same language, with the days and times of another zone."""
        return Language(str(self.locale), zone)

    def plain(self, message: str, **values: object) -> str:
        """A text for where Slack shows text as it is: buttons, labels, titles, notifications."""
        return self._catalog.gettext(message).format(**values)

    def mrkdwn(self, message: str, **values: object) -> Mrkdwn:
        """A text with Slack's markup, in which every value is escaped unless it is `Mrkdwn`."""
        return Mrkdwn(self._catalog.gettext(message).format(**_escaped(values)))

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """A text that depends on a number, which stands in it as `{count}`."""
        return self._catalog.ngettext(one, many, count).format(count=self.number(count), **values)

    def mrkdwn_plural(self, one: str, many: str, count: int, **values: object) -> Mrkdwn:
        """The same with Slack's markup, every other value escaped."""
        return Mrkdwn(self._catalog.ngettext(one, many, count).format(count=self.number(count), **_escaped(values)))

    def number(self, value: int) -> str:
        """A whole number, with the separators of the language."""
        return _number(value, self.locale)

    def money(self, amount: Money) -> str:
        """An amount with all decimals of its currency (R1), and its sign or code as the language writes it."""
        decimals = currency_exponent(amount.currency)
        pattern = parse_pattern(self.locale.currency_formats["standard"].pattern)
        pattern.frac_prec = (decimals, decimals)
        value = Decimal(amount.minor).scaleb(-decimals)
        return str(pattern.apply(value, self.locale, currency=amount.currency, currency_digits=False))

    def day(self, value: date | datetime) -> str:
        """A date with its weekday, such as "Friday 24 July 2026"; an instant is taken in the reader's zone."""
        return _date(self._local_day(value), "full", self.locale)

    def short_day(self, value: date | datetime) -> str:
        """A date without weekday, such as "24 Jul 2026"."""
        return _date(self._local_day(value), "medium", self.locale)

    def days(self, first: date, last: date) -> str:
        """From one date to another, written once what they share."""
        return format_interval(first, last, "yMMMEd", locale=self.locale)

    def moment(self, value: datetime) -> str:
        """A date and a time of day, in the reader's zone."""
        return f"{self.day(value)}, {self.time(value)}"

    def time(self, value: datetime) -> str:
        """A time of day in the reader's zone."""
        return format_time(value, "short", tzinfo=self.zone, locale=self.locale)

    def listing(self, items: Iterable[str]) -> str:
        """Some things in a row: "a, b and c"."""
        return format_list(list(items), locale=self.locale)

    def _local_day(self, value: date | datetime) -> date:
        return value.astimezone(self.zone).date() if isinstance(value, datetime) else value


def _escaped(values: dict[str, object]) -> dict[str, object]:
    return {
        name: escape(value) if isinstance(value, str) and not isinstance(value, Mrkdwn) else value
        for name, value in values.items()
    }


# Lists say the same few days and numbers again and again, and Babel takes its time over each.
@lru_cache(maxsize=4096)
def _date(day: date, length: Literal["full", "medium"], locale: Locale) -> str:
    return format_date(day, length, locale=locale)


@lru_cache(maxsize=4096)
def _number(value: int, locale: Locale) -> str:
    return format_decimal(value, locale=locale)


@lru_cache(maxsize=256)
def _locale(name: str | None) -> Locale:
    """The locale of a name of Slack's, such as `nl-NL`; the default where we have no texts in its language."""
    try:
        locale = Locale.parse((name or _DEFAULT_LOCALE).replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse(_DEFAULT_LOCALE)
    return locale if locale.language in languages() else Locale.parse(_DEFAULT_LOCALE)


@lru_cache(maxsize=1024)
def _zone(name: str | None) -> ZoneInfo:
    """The zone of an IANA name; UTC for none, or one that this machine does not know."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


@cache
def languages() -> frozenset[str]:
    """The languages that there are texts in."""
    return frozenset({"en", *(path.parts[-3] for path in _LOCALES.glob("*/LC_MESSAGES/invitebot.po"))})


@cache
def _catalog(language: str) -> NullTranslations:
    path = _LOCALES / language / "LC_MESSAGES" / "invitebot.po"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)
