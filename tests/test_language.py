"""What people read: money with all its decimals, days in their zone, and nothing that can break out of a message."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import Language, escape, link, mention
from models.money import Money, UnknownCurrency, currency_exponent


def plain_spaces(text: str) -> str:
    for narrow in ("\u2009", "\u202f", "\u00a0"):
        text = text.replace(narrow, " ")
    return text


@pytest.mark.parametrize(
    ("locale", "amount", "text"),
    [
        ("en-US", Money(8994, "EUR"), "€89.94"),
        ("en-GB", Money(1234567, "USD"), "US$12,345.67"),
        ("en-US", Money(923, "JPY"), "¥923"),
        ("en-GB", Money(1925, "KWD"), "KWD1.925"),
        # CLDR shows no decimals of the Iraqi dinar; ISO 4217, in which amounts are counted, has three (R1).
        ("en-GB", Money(1500, "IQD"), "IQD1.500"),
        ("en-GB", Money(-5, "EUR"), "-€0.05"),
    ],
)
def test_money_has_the_decimals_of_its_currency(locale: str, amount: Money, text: str) -> None:
    assert plain_spaces(Language(locale).money(amount)) == text


def test_money_has_a_known_currency() -> None:
    with pytest.raises(UnknownCurrency):
        Money(1, "EURO")
    assert [currency_exponent(code) for code in ("JPY", "EUR", "KWD", "CLF")] == [0, 2, 3, 4]


def test_days_and_times_are_those_of_the_readers_zone() -> None:
    midnight_in_tokyo = datetime(2026, 7, 24, 15, 0, tzinfo=UTC)
    assert Language("en-GB", "Asia/Tokyo").day(midnight_in_tokyo) == "Saturday, 25 July 2026"
    assert Language("en-GB", "America/New_York").moment(midnight_in_tokyo) == "Friday, 24 July 2026, 11:00"
    assert Language("en-GB", "Asia/Tokyo").short_day(date(2026, 7, 24)) == "24 Jul 2026"


def test_a_span_of_days_is_written_once() -> None:
    """S29: two dates that share a year."""
    assert plain_spaces(Language("en-GB").days(date(2026, 12, 30), date(2027, 1, 4))) == (
        "Wed, 30 Dec 2026 – Mon, 4 Jan 2027"
    )


@pytest.mark.parametrize("name", [None, "", "xx", "not a locale", "zz-ZZ", "pt-BR"])
def test_an_unknown_language_falls_back_as_a_whole(name: str | None) -> None:
    """Not half in English and half in Portuguese."""
    assert Language(name).day(date(2026, 7, 24)) == "Friday, 24 July 2026"


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../../etc/passwd"])
def test_an_unknown_zone_is_utc(name: str | None) -> None:
    assert Language("en-GB", name).time(datetime(2026, 7, 24, 15, 0, tzinfo=UTC)) == "15:00"


def test_plurals_and_places() -> None:
    language = Language("en-GB")
    assert language.plural("{count} person", "{count} people", 1) == "1 person"
    assert language.plural("{count} person", "{count} people", 1200) == "1,200 people"
    assert language.listing(["a", "b", "c"]) == "a, b and c"
    assert language.mrkdwn("{who} wrote {what}", who=mention("U1"), what="<!here>") == "<@U1> wrote &lt;!here&gt;"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://x.example", "<https://x.example|a &lt;b&gt;>"),
        ("HTTP://x.example/pay?no=1&for=me#top", "<HTTP://x.example/pay?no=1&amp;for=me#top|a &lt;b&gt;>"),
        (
            "https://x.example/|click here> <!channel>",
            "<https://x.example/%7Cclick%20here%3E%20%3C!channel%3E|a &lt;b&gt;>",
        ),
        ("https://x.example/already%20encoded", "<https://x.example/already%20encoded|a &lt;b&gt;>"),
        ("javascript:alert(1)", "a &lt;b&gt;"),
        ("slack://open", "a &lt;b&gt;"),
        ("", "a &lt;b&gt;"),
    ],
)
def test_a_link_goes_to_the_web_and_nowhere_else(url: str, shown: str) -> None:
    """slack.md, 4: addresses come from the account system, and what is in them must not become markup."""
    assert link(url, "a <b>") == shown


@given(st.text())
def test_what_is_escaped_has_no_markup_of_slacks(text: str) -> None:
    assert not set("<>") & set(escape(text))
    assert Language().mrkdwn("{text}", text=text) == escape(text)
