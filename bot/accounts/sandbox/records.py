"""From rows to the values of the port."""

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.accounts.errors import AccountNotFound
from bot.accounts.sandbox.store import Row, Transaction, stamp
from bot.accounts.values import (
    AccountInvitation,
    AccountInvitationStatus,
    AddOn,
    Invoice,
    InvoiceStatus,
    MailDelivery,
    Member,
    Plan,
    PlanStatus,
    Role,
)
from models.invitation import Licence, address_key
from models.money import Money


def find_account(db: Transaction, account: str) -> Row:
    """The row of an account.

    Raises:
        AccountNotFound: there is none.
    """
    row = db.one("SELECT * FROM accounts WHERE id = ?", account)
    if row is None:
        raise AccountNotFound(account)
    return row


def find_person(db: Transaction, email: str) -> Row | None:
    """The row of whoever has that address."""
    return db.one("SELECT * FROM people WHERE key = ?", address_key(email))


def plan_status(db: Transaction, account: Row) -> PlanStatus:
    """The state of the subscription now: a cancellation takes effect when the last paid period is over."""
    if account["cancel_requested_at"] is not None:
        zone = ZoneInfo(account["time_zone"])
        ends = [row["end"] for row in db.all("SELECT end FROM lines WHERE account = ?", account["id"])]
        if ends and max(day_of(moment_of(end), zone) for end in ends) <= day_of(db.now, zone):
            return PlanStatus.CANCELLED
    return PlanStatus(account["plan_status"])


def is_paid(status: PlanStatus) -> bool:
    """Whether money is paid for a plan of that status (S06)."""
    return status in (PlanStatus.ACTIVE, PlanStatus.PAST_DUE)


def plan_of(db: Transaction, account: Row) -> Plan:
    """The plan of an account; its period is that of the first line that was paid."""
    zone = ZoneInfo(account["time_zone"])
    line = db.one("SELECT start, end FROM lines WHERE account = ? ORDER BY subscription, number LIMIT 1", account["id"])
    cancelled = account["cancel_requested_at"]
    status = plan_status(db, account)
    return Plan(
        code=account["plan_code"],
        name=account["plan_name"],
        paid=is_paid(status),
        status=status,
        period_start=day_of(moment_of(line["start"]), zone) if line else None,
        period_end=day_of(moment_of(line["end"]), zone) if line else None,
        cancel_requested_at=datetime.fromisoformat(cancelled) if cancelled else None,
    )


def moment_of(text: str) -> date:
    """A date or an instant, whichever was written down."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def day_of(moment: date, zone: ZoneInfo) -> date:
    """The date of a moment in a billing time zone."""
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment


def features_of(account: Row) -> tuple[str, ...]:
    """What the licensed people of an account may use."""
    return tuple(json.loads(account["features"]))


def domains_of(db: Transaction, account: str) -> frozenset[str]:
    """The domains whose people belong to an account; all others are external (S30)."""
    return frozenset(row["name"] for row in db.all("SELECT name FROM domains WHERE account = ?", account))


def member_of(db: Transaction, person: Row, domains: frozenset[str]) -> Member:
    """A person on an account; external where their domain is none of `domains`."""
    return Member(
        id=person["id"],
        email=person["email"],
        name=person["name"],
        role=Role(person["role"]),
        licence=Licence(person["licence"]),
        external=person["domain"] not in domains,
        add_ons=add_ons_of(db, person),
    )


def add_ons_of(db: Transaction, person: Row) -> tuple[AddOn, ...]:
    """What a person has on top of their licence."""
    rows = db.all("SELECT code, name, capacity FROM add_ons WHERE person = ? ORDER BY code", person["key"])
    return tuple(AddOn(row["code"], row["name"], row["capacity"]) for row in rows)


def invoice_of(invoice: Row, currency: str) -> Invoice:
    """An invoice."""
    return Invoice(
        id=invoice["id"],
        number=invoice["id"],
        total=Money(invoice["total"], currency),
        remaining=Money(invoice["remaining"], currency),
        due_on=date.fromisoformat(invoice["due_on"]),
        status=InvoiceStatus(invoice["status"]),
        pay_url=invoice["pay_url"],
    )


def invitation_of(invitation: Row, now: datetime) -> AccountInvitation:
    """An invitation as it stands at `now`."""
    return AccountInvitation(
        id=invitation["id"],
        account=invitation["account"],
        email=invitation["email"],
        licence=Licence(invitation["licence"]),
        status=invitation_status(invitation, now),
        delivery=MailDelivery(invitation["delivery"]),
        sent_at=datetime.fromisoformat(invitation["sent_at"]),
        expires_at=datetime.fromisoformat(invitation["expires_at"]),
    )


def invitation_status(invitation: Row, now: datetime) -> AccountInvitationStatus:
    """The state of an invitation at `now`: the clock expires it, nobody has to write that down."""
    status = AccountInvitationStatus(invitation["status"])
    if status is AccountInvitationStatus.PENDING and invitation["expires_at"] <= stamp(now):
        return AccountInvitationStatus.EXPIRED
    return status
