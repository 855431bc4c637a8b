"""What one field of the accounts file alone cannot show: references, things that exist twice, periods, seats."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from bot.accounts.proration import PaidLine, Rules, prorate
from bot.accounts.sandbox.definition import AccountKind, AccountPart, Definition, LinePart, PersonPart, Place
from bot.accounts.sandbox.moments import Moment
from bot.accounts.values import Collection, Granularity, InvoiceStatus
from models.invitation import Licence, address_key

Contradiction = tuple[Place, str]


def find_contradictions(definition: Definition, now: datetime) -> Iterator[Contradiction]:
    """Every contradiction in the file: its place, and a sentence."""
    yield from _people_on_two_accounts(definition)
    yield from _invoice_numbers(definition)
    for name, account in definition.accounts.items():
        zone = ZoneInfo(account.time_zone)
        for place, sentence in (
            *_parent(definition, name, account),
            *_payment(account),
            *_seats(account),
            *_rooms(account),
            *_invoices(account),
            *_periods(account, now, zone, definition.sandbox.granularity),
            *_outside_calendar(_moments(account), now, zone),
        ):
            yield ("accounts", name, *place), sentence
    holidays = [(("sandbox", "holidays", index), day) for index, day in enumerate(definition.sandbox.holidays)]
    yield from _outside_calendar(holidays, now, ZoneInfo("UTC"))


def paid_line(line: LinePart, now: datetime, zone: ZoneInfo) -> PaidLine:
    """A line as the money rules take it.

    Raises:
        ValueError: its period does not end, or is outside the calendar.
    """
    if line.renewal is None:
        raise ValueError("needs `end`, or `every: month` or `every: year`")
    start, end = line.start.resolve(now, zone), line.renewal.resolve(now, zone)
    return PaidLine(line.gross, line.tax, start, end, line.description)


def _people_on_two_accounts(definition: Definition) -> Iterator[Contradiction]:
    first: dict[str, Place] = {}
    for place, person in _everybody(definition):
        other = first.setdefault(address_key(person.email), place)
        if other != place:
            yield place, f"{person.email} is in the file twice, also at {'.'.join(map(str, other))}"


def _everybody(definition: Definition) -> Iterator[tuple[Place, PersonPart]]:
    for name, account in definition.accounts.items():
        yield from ((("accounts", name, *place), person) for place, _, person in account.people)
    yield from ((("people", index), person) for index, person in enumerate(definition.people))


def _invoice_numbers(definition: Definition) -> Iterator[Contradiction]:
    first: dict[str, str] = {}
    for name, account in definition.accounts.items():
        for index, invoice in enumerate(account.invoices):
            if invoice.number in first:
                where = ("accounts", name, "invoices", index, "number")
                yield where, f"{invoice.number} is used already, on accounts.{first[invoice.number]}"
            first.setdefault(invoice.number, name)


def _parent(definition: Definition, name: str, account: AccountPart) -> Iterator[Contradiction]:
    if account.parent is None:
        return
    parent = definition.accounts.get(account.parent)
    if account.parent == name:
        yield ("parent",), "an account cannot be its own parent"
    elif parent is None:
        nearest = get_close_matches(account.parent, definition.accounts, n=1)
        hint = f"; did you mean `{nearest[0]}`?" if nearest else ""
        yield ("parent",), f"there is no account `{account.parent}` in this file{hint}"
    elif parent.kind is not AccountKind.ORGANISATION or parent.parent is not None:
        yield ("parent",), "must be an organisation account that is no sub-account itself"


def _payment(account: AccountPart) -> Iterator[Contradiction]:
    if account.net_terms_days is not None and account.how_it_pays is not Collection.NET_TERMS:
        yield ("net_terms_days",), "only goes with `collection: net_terms`"
    if account.subscriptions and not account.bought.in_use:
        yield ("subscriptions",), f"there is nothing to subscribe to on a plan that is {account.bought.status}"
    if account.cancellation_requested and not account.bought.paid:
        yield ("cancellation_requested",), f"there is nothing to cancel on a plan that is {account.bought.status}"


def _seats(account: AccountPart) -> Iterator[Contradiction]:
    used = Counter(add_on.code for _, _, person in account.people for add_on in person.add_ons)
    used[Licence.LICENSED] = sum(account.licence_of(person) is Licence.LICENSED for _, _, person in account.people)
    for code, seats in account.seats.items():
        taken = used[code] + seats.used_elsewhere
        if taken > seats.bought:
            yield (
                ("seats", code),
                f"{seats.bought} bought, but {taken} in use: the people here who have it, and elsewhere",
            )


def _rooms(account: AccountPart) -> Iterator[Contradiction]:
    counted = Counter(room.id for room in account.rooms if room.id is not None)
    for index, room in enumerate(account.rooms):
        if room.id is not None and counted[room.id] > 1:
            yield ("rooms", index, "id"), f"two rooms of this account are `{room.id}`"


def _invoices(account: AccountPart) -> Iterator[Contradiction]:
    for index, invoice in enumerate(account.invoices):
        place = ("invoices", index, "remaining")
        if invoice.status is not InvoiceStatus.OPEN and invoice.remaining:
            yield place, f"nothing remains to be paid of an invoice that is {invoice.status}"
        elif invoice.status is InvoiceStatus.OPEN and invoice.still_to_pay == 0:
            yield place, "something must remain to be paid of an open invoice; otherwise write `status: paid`"
        elif invoice.still_to_pay > invoice.total:
            yield place, f"must not be more than the total of {invoice.total}"


def _periods(account: AccountPart, now: datetime, zone: ZoneInfo, granularity: Granularity) -> Iterator[Contradiction]:
    """The periods that the money rules cannot work with."""
    for index, subscription in enumerate(account.subscriptions):
        for number, line in enumerate(subscription.lines):
            try:
                prorate([paid_line(line, now, zone)], now, zone, Rules(granularity=granularity))
            except ValueError as error:
                yield ("subscriptions", index, "lines", number, "end"), str(error).rstrip(".")


def _moments(account: AccountPart) -> Iterator[tuple[Place, Moment]]:
    """Every other date on an account."""
    if account.cancellation_requested:
        yield ("cancellation_requested",), account.cancellation_requested
    yield from ((("invoices", index, "due"), invoice.due) for index, invoice in enumerate(account.invoices))
    for place, _, person in account.people:
        yield from (
            ((*place, "meetings", index, "start"), meeting.start) for index, meeting in enumerate(person.meetings)
        )


def _outside_calendar(
    moments: Iterable[tuple[Place, Moment]], now: datetime, zone: ZoneInfo
) -> Iterator[Contradiction]:
    for place, moment in moments:
        try:
            moment.instant(now, zone)
        except ValueError as error:
            yield place, str(error)
