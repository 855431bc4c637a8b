"""`invitebot quote`: how much would somebody get back? The words of a command line in, whole minor units out.

The arithmetic is `bot.accounts.proration`; here the words become values, and what cannot is refused with a sentence.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypedDict, TypeVar
from zoneinfo import ZoneInfo

from bot.accounts.proration import AcceptanceDay, PaidLine, Proration, Rules, prorate
from bot.accounts.values import Granularity
from bot.time_zones import UnknownTimeZone, find_time_zone
from models.money import UnknownCurrency, check_currency

Choice = TypeVar("Choice", bound=StrEnum)

# ASCII digits only: Python's own parsers also take full-width digits, underscores, week dates and signs. Thirty
# digits are more than any amount of money has, and few enough to read in an answer.
_AMOUNT = re.compile("[0-9]{1,30}")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_A_DATE = "a date such as 2026-03-01"
_AN_INSTANT = "an instant with its offset from UTC, such as 2026-07-24T12:00:00+00:00"
_AN_AMOUNT = "a whole number of minor units, digits only, such as 14990 for 149.90"
_A_LINE = "gross paid, tax, start and end, separated by commas, such as 14990,2602,2026-03-01,2027-03-01"


class QuoteInputError(ValueError):
    """The command was given something that it cannot work with; the message is a sentence for whoever typed it."""


class AnswerLine(TypedDict):
    """What is paid back for one line; `unused` and `total` are days or seconds."""

    unused: int
    total: int
    amount: int
    tax: int


class Answer(TypedDict):
    """How much would they get back, in whole minor units.

    `refund` goes to the payment method if refund is chosen, and `refund_as_credit` can in that case only be credit
    (R12); `credit` is the whole, if credit is chosen; `tax` and `net` are those of the whole.
    """

    refund: int
    refund_as_credit: int
    credit: int
    tax: int
    net: int
    lines: list[AnswerLine]


def answer(
    lines: Sequence[str],
    currency: str,
    at: str,
    zone: str,
    refunded: str = "0",
    credit_paid: str = "0",
    acceptance_day: str = "used",
    granularity: str = "day",
) -> Answer:
    """Prorate `lines`, each "gross,tax,start,end", for an acceptance `at` an instant in the billing time zone `zone`.

    Every argument is the text as it was typed. What was refunded or paid by credit counts over the lines together;
    more than was paid is no error, the figures stop at zero (R8).

    Raises:
        QuoteInputError: something is not as it should be; says which option, what was given, and what it should be.
    """
    billing_zone = _zone(zone)
    _currency(currency)
    rules = Rules(
        _choice("--acceptance-day", acceptance_day, AcceptanceDay), _choice("--granularity", granularity, Granularity)
    )
    if not lines:
        raise QuoteInputError(f"--line: none was given; give at least one, {_A_LINE}.")
    paid = [_line(text, billing_zone, rules.granularity) for text in lines]
    result = prorate(
        paid,
        _instant("--at", at, billing_zone),
        billing_zone,
        rules,
        refunded=_amount("--refunded", refunded),
        credit_paid=_amount("--credit-paid", credit_paid),
    )
    return _answer(result)


def _answer(result: Proration) -> Answer:
    return Answer(
        refund=result.refund,
        refund_as_credit=result.refund_as_credit,
        credit=result.whole,
        tax=result.tax,
        net=result.net,
        lines=[
            AnswerLine(unused=line.unused, total=line.total, amount=line.amount, tax=line.tax) for line in result.lines
        ],
    )


def _line(text: str, zone: ZoneInfo, granularity: Granularity) -> PaidLine:
    """One `--line`: gross paid, tax, start, end."""
    words = text.split(",")
    if len(words) != 4:
        raise _wrong("--line", text, _A_LINE)
    gross, tax = _amount(f"--line {_shown(text)}: gross", words[0]), _amount(f"--line {_shown(text)}: tax", words[1])
    if tax > gross:
        raise QuoteInputError(f"--line {_shown(text)}: the tax of {tax} is more than the gross amount of {gross}.")
    start, end = (
        _moment(f"--line {_shown(text)}: {name}", word, zone, granularity)
        for name, word in (("start", words[2]), ("end", words[3]))
    )
    if end <= start:
        raise QuoteInputError(f"--line {_shown(text)}: the end must be after the start.")
    return PaidLine(gross, tax, start, end)


def _moment(option: str, text: str, zone: ZoneInfo, granularity: Granularity) -> date:
    """The start or end of a line: a date where days are counted, an instant where seconds are."""
    if granularity is Granularity.SECOND:
        # Fractions of a second are not counted, so they must not make a period either.
        return _instant(option, text, zone).replace(microsecond=0)
    if _INSTANT.fullmatch(text.strip().upper()):
        raise QuoteInputError(
            f"{option}: {_shown(text)} is an instant, but days are counted; write {_A_DATE}, or --granularity second."
        )
    if not _DATE.fullmatch(text.strip()):
        raise _wrong(option, text, _A_DATE)
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise QuoteInputError(f"{option}: {_shown(text)} is not in the calendar; write {_A_DATE}.") from error


def _instant(option: str, text: str, zone: ZoneInfo) -> datetime:
    """An instant with its offset, in UTC."""
    words = text.strip().upper()
    if _DATE.fullmatch(words):
        raise QuoteInputError(f"{option}: {_shown(text)} is a date; write {_AN_INSTANT}.")
    if not _INSTANT.fullmatch(words):
        raise _wrong(option, text, _AN_INSTANT)
    try:
        instant = datetime.fromisoformat(words)
    except ValueError as error:
        raise QuoteInputError(
            f"{option}: {_shown(text)} is not in the calendar or not on the clock; write {_AN_INSTANT}."
        ) from error
    if instant.tzinfo is None:
        raise QuoteInputError(f"{option}: {_shown(text)} has no offset from UTC; write {_AN_INSTANT}.")
    try:
        instant.astimezone(zone)
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise QuoteInputError(f"{option}: {_shown(text)} is too near the end of the calendar.") from error


def _amount(option: str, text: str) -> int:
    if not _AMOUNT.fullmatch(text.strip()):
        raise _wrong(option, text, _AN_AMOUNT)
    return int(text)


def _zone(text: str) -> ZoneInfo:
    try:
        return find_time_zone(text.strip())
    except UnknownTimeZone as error:
        raise QuoteInputError(f"--zone: {error}") from error


def _currency(text: str) -> str:
    try:
        return check_currency(text.strip())
    except UnknownCurrency as error:
        raise _wrong("--currency", text, "an ISO 4217 code in capitals, such as EUR") from error


def _choice(option: str, text: str, choices: type[Choice]) -> Choice:
    try:
        return choices(text.strip())
    except ValueError as error:
        raise _wrong(option, text, " or ".join(choices)) from error


def _wrong(option: str, given: str, expected: str) -> QuoteInputError:
    return QuoteInputError(f"{option}: {_shown(given)} was given; it must be {expected}.")


def _shown(text: str) -> str:
    """What was given, in quotes, no longer than a reader needs to recognise it."""
    longest = 60
    return repr(text if len(text) <= longest else text[: longest - 3] + "...")
