"""Settlements, refunds and credit: written once and never changed (R11, R16 to R18).

What becomes of a refund is not written but follows from the clock, and what is left of a credit from what was used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from bot.accounts.errors import (
    AutopayAppliesItself,
    CreditTooSmall,
    CurrencyMismatch,
    Forbidden,
    InvoiceNotOpen,
    SettlementNotPossible,
)
from bot.accounts.sandbox.access import held_invitation, require_admin, require_admin_or_bot
from bot.accounts.sandbox.loading import switches
from bot.accounts.sandbox.records import find_account
from bot.accounts.sandbox.store import Row, Transaction
from bot.accounts.values import (
    Actor,
    Collection,
    Credit,
    CreditApplies,
    InvoiceStatus,
    Quote,
    Refund,
    RefundStatus,
    System,
)
from bot.business_days import business_days_after, settlement_window
from models.join import SettlementKind
from models.money import Money

# Credit of the file and credit that joins brought, with what was used of each.
_CREDITS = """
SELECT given.*, coalesce((SELECT sum(amount) FROM ledger WHERE credit = given.id), 0) AS used FROM (
    SELECT opening.id, opening.account, opening.amount, accounts.currency, '' AS invitation, opening.at, 0 AS number
    FROM opening_credits AS opening JOIN accounts ON accounts.id = opening.account
    UNION ALL SELECT id, account, amount, currency, invitation, at, number FROM ledger WHERE kind = 'credit'
) AS given
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settlement wrote into the ledger."""

    amount: Money | None = None
    refund_id: str | None = None
    credit_id: str | None = None
    as_credit: Money | None = None


def settle(
    db: Transaction, invitation: Row, source: Row | None, kind: SettlementKind, quote: Quote | None, *, fails: bool
) -> Settled:
    """Pay back what was quoted, once for an invitation; the database refuses a second time (R16).

    `fails` says that the payment method will not take the refund; that comes out days later (R17).
    """
    target = find_account(db, invitation["account"])
    chosen = quote if kind is not SettlementKind.NONE else None
    db.insert(
        "settlements",
        invitation=invitation["id"],
        kind=kind,
        source=source and source["id"],
        target=target["id"],
        quote=quote and quote.id,
        whole=chosen.whole.minor if chosen else 0,
        currency=chosen.whole.currency if chosen else target["currency"],
        at=db.now,
    )
    if chosen is None:
        return Settled()
    if kind is SettlementKind.CREDIT:
        return Settled(chosen.whole, credit_id=_give_credit(db, invitation, target, chosen.whole))
    refund_id = _write(db, "refund", chosen.refund, invitation["id"], chosen.source, chosen.payment_method, fails=fails)
    credit_id = _give_credit(db, invitation, target, chosen.refund_as_credit)
    return Settled(chosen.refund, refund_id, credit_id, chosen.refund_as_credit if credit_id else None)


def get_refund(db: Transaction, actor: Actor, refund: str) -> Refund:
    """How far a refund is: for the invitee, and for the bot that watches it."""
    row = db.one("SELECT * FROM ledger WHERE id = ? AND kind = 'refund'", refund)
    if not isinstance(actor, System):
        invitation = held_invitation(db, actor)
        if row is not None and row["invitation"] != invitation["id"]:
            raise Forbidden("this refund is somebody else's")
    if row is None:
        raise SettlementNotPossible(f"there is no refund {refund}")
    return refund_of(db, row)


def refund_of(db: Transaction, row: Row) -> Refund:
    """A refund as it stands now: on its way for some business days, then paid or come back (R17, R19)."""
    how = switches(db)
    zone = ZoneInfo(db.value("SELECT time_zone FROM accounts WHERE id = ?", row["account"]) or "UTC")
    submitted = datetime.fromisoformat(row["at"])
    day = submitted.astimezone(zone).date()
    done = _midnight(business_days_after(day, how.refund_business_days, how.holidays), zone)
    status, failure = RefundStatus.PENDING, None
    if db.now >= done:
        status = RefundStatus.FAILED if row["fails"] else RefundStatus.SUCCEEDED
        failure = "The payment method did not take the refund." if row["fails"] else None
    earliest, latest = settlement_window(day, how.holidays) if how.promise_refund_dates else (None, None)
    return Refund(
        id=row["id"],
        amount=Money(row["amount"], row["currency"]),
        method=row["method"],
        status=status,
        submitted_at=submitted,
        failure=failure,
        expected_from=earliest,
        expected_by=latest,
    )


def list_credits(db: Transaction, actor: Actor, account: str) -> Sequence[Credit]:
    """The credit of an account, oldest first."""
    row = find_account(db, account)
    require_admin_or_bot(db, actor, account)
    return credits_of(db, row)


def credits_of(db: Transaction, account: Row) -> tuple[Credit, ...]:
    """Every credit of an account, what is used up too."""
    rows = db.all(f"{_CREDITS} WHERE account = ? ORDER BY at, number", account["id"])
    return tuple(_credit(row, account) for row in rows)


def apply_credit(db: Transaction, actor: Actor, credit: str, invoice: str, amount: Money) -> Credit:
    """Use credit on an open invoice of its account (S21)."""
    given = db.one(f"{_CREDITS} WHERE id = ?", credit)
    if given is None:
        raise CreditTooSmall(f"there is no credit {credit}")
    account = find_account(db, given["account"])
    require_admin(db, actor, account["id"])
    if account["collection"] == Collection.AUTOPAY:
        raise AutopayAppliesItself(account["id"])
    if amount.currency != given["currency"] or amount.currency != account["currency"]:
        raise CurrencyMismatch(amount.currency)
    if not 0 < amount.minor <= given["amount"] - given["used"]:
        raise CreditTooSmall(credit)
    _pay(db, account, invoice, amount)
    db.insert(
        "ledger",
        id=db.new_id("application"),
        kind="application",
        account=account["id"],
        amount=amount.minor,
        currency=amount.currency,
        credit=credit,
        invoice=invoice,
        at=db.now,
    )
    return next(left for left in credits_of(db, account) if left.id == credit)


def _pay(db: Transaction, account: Row, invoice: str, amount: Money) -> None:
    row = db.one("SELECT * FROM invoices WHERE id = ? AND account = ? AND status = 'open'", invoice, account["id"])
    if row is None:
        raise InvoiceNotOpen(invoice)
    if amount.minor > row["remaining"]:
        raise InvoiceNotOpen(f"only {row['remaining']} of {invoice} is open")
    remaining = row["remaining"] - amount.minor
    status = InvoiceStatus.OPEN if remaining else InvoiceStatus.PAID
    db.run("UPDATE invoices SET remaining = ?, status = ? WHERE id = ?", remaining, status, invoice)


def _give_credit(db: Transaction, invitation: Row, target: Row, amount: Money) -> str | None:
    """Credit on the organisation account; never in another currency than its own (R13)."""
    if not amount or amount.currency != target["currency"]:
        return None
    return _write(db, "credit", amount, invitation["id"], target["id"], None, fails=False)


def _write(
    db: Transaction, kind: str, amount: Money, invitation: str, account: str, method: str | None, *, fails: bool
) -> str:
    identifier = db.new_id(kind)
    db.insert(
        "ledger",
        id=identifier,
        kind=kind,
        invitation=invitation,
        account=account,
        amount=amount.minor,
        currency=amount.currency,
        method=method,
        fails=fails,
        at=db.now,
    )
    return identifier


def _credit(row: Row, account: Row) -> Credit:
    automatic = account["collection"] == Collection.AUTOPAY
    return Credit(
        id=row["id"],
        account=row["account"],
        amount=Money(row["amount"], row["currency"]),
        remaining=Money(row["amount"] - row["used"], row["currency"]),
        applies=CreditApplies.AUTOMATICALLY if automatic else CreditApplies.ON_REQUEST,
        source_invitation=row["invitation"],
        created_at=datetime.fromisoformat(row["at"]),
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
