"""Quotes: the figure, the ways of paying it back, and how long both hold (R9 to R15)."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from pydantic_core import to_json

from bot.accounts.errors import BlockersPresent, NothingToQuote
from bot.accounts.proration import RULE_VERSION, ProratedLine
from bot.accounts.sandbox.access import invited_person
from bot.accounts.sandbox.figures import Figure, Subscription, figure, subscriptions_of
from bot.accounts.sandbox.loading import Switches, switches
from bot.accounts.sandbox.obstacles import unpaid
from bot.accounts.sandbox.records import find_account, is_paid, plan_status
from bot.accounts.sandbox.store import Row, Transaction, stamp
from bot.accounts.values import Actor, Quote, QuoteLine, Withheld, WithheldReason
from models.join import SettlementKind
from models.money import Money

_QUOTE = TypeAdapter(Quote)
_NOTHING = Figure((), 0, 0, None, None)


def quote_proration(db: Transaction, actor: Actor, source: str, target: str) -> Quote:
    """What the invitee would get back. The same facts give the same quote until it expires (R15)."""
    return current_quote(db, invited_person(db, actor, source, target), source, target)


def current_quote(db: Transaction, person: Row, source: str, target: str) -> Quote:
    """The quote that holds now for somebody on `source`: the one given before, or a new one.

    Raises:
        NothingToQuote: there is nothing to pay back (R9).
        BlockersPresent: something is still to be paid (R10).
    """
    facts = _gather(db, person, source, target)
    if not is_paid(plan_status(db, facts.source)):
        raise NothingToQuote(source)
    obstacles = unpaid(db, facts.source) if facts.owns else ()
    if obstacles:
        raise BlockersPresent(obstacles)
    before = db.value(
        "SELECT body FROM quotes WHERE person = ? AND source = ? AND target = ? AND facts = ? AND valid_until > ?",
        person["key"],
        source,
        target,
        facts.fingerprint(),
        stamp(db.now),
    )
    return _QUOTE.validate_json(before) if before else _give(db, person, facts)


def given_quote(db: Transaction, person: Row, identifier: str) -> Quote | None:
    """A quote that was given to somebody, whether or not it still holds."""
    body = db.value("SELECT body FROM quotes WHERE id = ? AND person = ?", identifier, person["key"])
    return _QUOTE.validate_json(body) if body else None


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything that a figure depends on, but the time."""

    source: Row
    target: Row
    owns: bool
    subscriptions: tuple[Subscription, ...]
    how: Switches

    def fingerprint(self) -> str:
        """The same for the same facts."""
        facts = (
            self.owns,
            self.subscriptions,
            self.how.rules,
            self.source["currency"],
            self.source["time_zone"],
            self.source["cancel_requested_at"],
            self.target["currency"],
        )
        return hashlib.sha256(to_json(facts)).hexdigest()


def _gather(db: Transaction, person: Row, source: str, target: str) -> _Facts:
    account = find_account(db, source)
    return _Facts(
        source=account,
        target=find_account(db, target),
        owns=account["owner"] == person["key"],
        subscriptions=subscriptions_of(db, source),
        how=switches(db),
    )


def _give(db: Transaction, person: Row, facts: _Facts) -> Quote:
    """Make a quote and write it down."""
    zone = ZoneInfo(facts.source["time_zone"])
    worth = figure(facts.subscriptions, db.now, zone, facts.how.rules) if facts.owns else _NOTHING
    if facts.owns and not worth.whole:
        raise NothingToQuote(facts.source["id"])
    withheld = _withheld(facts, worth)
    possible = {SettlementKind.REFUND, SettlementKind.CREDIT} - {way.kind for way in withheld}
    currency = facts.source["currency"]
    quote = Quote(
        id=db.new_id("quote"),
        source=facts.source["id"],
        at=db.now,
        time_zone=zone.key,
        granularity=facts.how.granularity,
        rule_version=RULE_VERSION,
        lines=tuple(_quote_line(line, zone, currency) for line in worth.lines),
        whole=Money(worth.whole, currency),
        tax=Money(worth.tax, currency),
        refund=Money(worth.refund, currency),
        refund_as_credit=Money(worth.refund_as_credit, currency),
        options=frozenset(possible or {SettlementKind.NONE}),
        valid_until=db.now + timedelta(minutes=facts.how.quote_minutes),
        withheld=withheld,
        payment_method=worth.method,
        after_reactivation=facts.source["cancel_requested_at"] is not None,
    )
    db.insert(
        "quotes",
        id=quote.id,
        source=quote.source,
        target=facts.target["id"],
        person=person["key"],
        facts=facts.fingerprint(),
        valid_until=quote.valid_until,
        body=_QUOTE.dump_json(quote).decode(),
    )
    return quote


def _withheld(facts: _Facts, worth: Figure) -> tuple[Withheld, ...]:
    """The ways of paying back that are not open to this person, and why."""
    if not facts.owns:
        owner = facts.source["owner_email"]
        return (
            Withheld(SettlementKind.REFUND, WithheldReason.NOT_ACCOUNT_OWNER, owner),
            Withheld(SettlementKind.CREDIT, WithheldReason.NOT_ACCOUNT_OWNER, owner),
        )
    withheld = []
    if not worth.refund:
        reason = WithheldReason.PAID_THROUGH_RESELLER if worth.ask else WithheldReason.PAID_BY_CREDIT
        withheld.append(Withheld(SettlementKind.REFUND, reason, worth.ask))
    if facts.source["currency"] != facts.target["currency"]:
        withheld.append(Withheld(SettlementKind.CREDIT, WithheldReason.CURRENCY_MISMATCH))
    return tuple(withheld)


def _quote_line(line: ProratedLine, zone: ZoneInfo, currency: str) -> QuoteLine:
    return QuoteLine(
        description=line.paid.description,
        paid=Money(line.paid.gross, currency),
        start=_instant(line.paid.start, zone),
        end=_instant(line.paid.end, zone),
        unused=line.unused,
        total=line.total,
        amount=Money(line.amount, currency),
        tax=Money(line.tax, currency),
    )


def _instant(moment: date, zone: ZoneInfo) -> datetime:
    """In UTC; a date is its midnight in the billing time zone."""
    local = moment if isinstance(moment, datetime) else datetime.combine(moment, time(), zone)
    return local.astimezone(UTC)
