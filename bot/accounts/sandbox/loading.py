"""From the accounts file into the tables: when the database is new, or the file is another than the one loaded last."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from bot.accounts.proration import AcceptanceDay, Rules
from bot.accounts.sandbox.checks import paid_line
from bot.accounts.sandbox.definition import (
    DEFAULT_NET_TERMS_DAYS,
    AccountPart,
    DomainPart,
    PersonPart,
    SubscriptionPart,
    SwitchesPart,
)
from bot.accounts.sandbox.definition import Mail as MailOutcome
from bot.accounts.sandbox.reading import read_definition
from bot.accounts.sandbox.schema import WORLD_TABLES
from bot.accounts.sandbox.store import Transaction, stamp
from bot.accounts.values import Collection, Granularity, Role
from models.invitation import Licence, address_key


@dataclass(frozen=True, slots=True)
class Switches:
    """How the sandbox behaves, as the file that was loaded says; docs/sandbox-accounts.md explains each."""

    whole_account_join: bool
    co_users_may_leave: bool
    quote_minutes: int
    acceptance_day: AcceptanceDay
    granularity: Granularity
    refund_fails: bool
    refund_business_days: int
    promise_refund_dates: bool
    holidays: tuple[date, ...]
    default_host: str

    @property
    def rules(self) -> Rules:
        """How time is counted (R3)."""
        return Rules(self.acceptance_day, self.granularity)


_SWITCHES = TypeAdapter(Switches)


def load(db: Transaction, text: str) -> bool:
    """Load the accounts file unless it is the one that was loaded last; returns whether it was loaded.

    The accounts are then as in the file. Invitations and the ledger stay; an open invitation to somebody who is on
    the account now is closed.

    Raises:
        DefinitionError: the file cannot be used. Nothing has changed then.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    if db.value("SELECT digest FROM loaded") == digest:
        return False
    definition = read_definition(text, db.now)
    for table in WORLD_TABLES:
        db.run(f"DELETE FROM {table}")  # noqa: S608 (a name from the list)
    for name, account in definition.accounts.items():
        _load_account(db, name, account, definition.sandbox.default_host)
    for person in definition.people:
        _load_person(db, person, None, Role.NONE, Licence.NONE, ZoneInfo("UTC"))
    db.run(
        "UPDATE invitations SET status = 'revoked' WHERE status = 'pending' AND EXISTS"
        " (SELECT 1 FROM people WHERE key = invitations.person AND account = invitations.account)"
    )
    db.run("DELETE FROM loaded")
    db.insert("loaded", only_row=1, digest=digest, at=db.now, switches=_switches_json(definition.sandbox, db.now))
    return True


def switches(db: Transaction) -> Switches:
    """The switches of the file that was loaded last."""
    return _SWITCHES.validate_json(db.value("SELECT switches FROM loaded"))


def _switches_json(part: SwitchesPart, now: datetime) -> str:
    holidays = tuple(day.on(now, ZoneInfo("UTC")) for day in part.holidays)
    fields = {name: getattr(part, name) for name in SwitchesPart.model_fields}
    return _SWITCHES.dump_json(Switches(**fields | {"holidays": holidays})).decode()


def _load_account(db: Transaction, name: str, account: AccountPart, default_host: str) -> None:
    zone = ZoneInfo(account.time_zone)
    plan = account.bought
    net_terms = account.how_it_pays is Collection.NET_TERMS
    cancelled = account.cancellation_requested
    db.insert(
        "accounts",
        id=name,
        kind=account.kind,
        name=account.name or account.owner.display_name,
        owner=address_key(account.owner.email),
        owner_email=account.owner.email,
        plan_code=plan.code or plan.name.casefold().replace(" ", "-"),
        plan_name=plan.name,
        plan_status=plan.status,
        features=json.dumps(plan.licensed_features),
        collection=account.how_it_pays,
        net_terms_days=(account.net_terms_days or DEFAULT_NET_TERMS_DAYS) if net_terms else None,
        currency=account.currency,
        time_zone=account.time_zone,
        vanity_host=account.vanity_host,
        sso=account.sso,
        parent=account.parent,
        cancel_requested_at=cancelled and cancelled.instant(db.now, zone),
        external_users=account.policies.external_users,
        blocked_domains=json.dumps(account.policies.blocked_domains),
        leaving=account.leaving,
    )
    for _, role, person in account.people:
        _load_person(db, person, name, role, account.licence_of(person), zone)
    for number, subscription in enumerate(account.subscriptions):
        _load_subscription(db, name, number, subscription, zone)
    _load_possessions(db, name, account, zone, default_host)


def _load_possessions(db: Transaction, name: str, account: AccountPart, zone: ZoneInfo, default_host: str) -> None:
    """Domains, seats, rooms, settings, invoices and credit of an account."""
    # Without a domain in the file, an account's people are those of its owner's domain.
    own = DomainPart.model_construct(name=_domain(account.owner.email), verified=False, policy="none")
    for domain in account.domains or (own,):
        db.insert("domains", account=name, name=domain.name, verified=domain.verified, policy=domain.policy)
    for code, seats in account.seats.items():
        db.insert("seats", account=name, code=code, bought=seats.bought, used_elsewhere=seats.used_elsewhere)
    for number, room in enumerate(account.rooms, start=1):
        db.insert("rooms", account=name, id=room.id or f"room-{number}", name=room.name)
    for setting, part in account.settings.items():
        db.insert("account_settings", account=name, name=setting, value=part.value, locked_by=part.locked_by)
    for invoice in account.invoices:
        db.insert(
            "invoices",
            id=invoice.number,
            account=name,
            total=invoice.total,
            remaining=invoice.still_to_pay,
            due_on=invoice.due.on(db.now, zone).isoformat(),
            status=invoice.status,
            pay_url=invoice.pay_url or f"https://{default_host}/billing/invoices/{invoice.number}",
        )
    if account.credit:
        db.insert("opening_credits", id=db.new_id("credit"), account=name, amount=account.credit, at=db.now)


def _load_subscription(
    db: Transaction, account: str, number: int, subscription: SubscriptionPart, zone: ZoneInfo
) -> None:
    reseller = subscription.paid_through
    db.insert(
        "subscriptions",
        account=account,
        number=number,
        payment_method=subscription.payment_method,
        reseller=reseller and reseller.name,
        reseller_ask=reseller and (reseller.ask or reseller.name),
        credit_paid=subscription.credit_paid,
        refunded=subscription.refunded,
        refund_fails=subscription.refund_fails,
    )
    for position, part in enumerate(subscription.lines):
        line = paid_line(part, db.now, zone)
        db.insert(
            "lines",
            account=account,
            subscription=number,
            number=position,
            description=line.description,
            gross=line.gross,
            tax=line.tax,
            start=line.start.isoformat(),
            end=line.end.isoformat(),
        )


def _load_person(
    db: Transaction, person: PersonPart, account: str | None, role: Role, licence: Licence, zone: ZoneInfo
) -> None:
    key = address_key(person.email)
    db.insert(
        "people",
        key=key,
        id=f"user_{_number_for(key, 'id'):010d}",
        email=person.email,
        domain=_domain(person.email),
        name=person.display_name,
        account=account,
        role=role,
        licence=licence,
        deliverable=person.mail is MailOutcome.ARRIVES,
        invitable=person.invitable,
    )
    for add_on in person.add_ons:
        db.insert(
            "add_ons", person=key, code=add_on.code, name=add_on.name or add_on.code.title(), capacity=add_on.capacity
        )
    for setting, value in person.settings.items():
        db.insert("settings", person=key, name=setting, value=value)
    for number, meeting in enumerate(person.meetings):
        db.insert(
            "meetings",
            person=key,
            id=meeting.id or str(80_000_000_000 + _number_for(key, number)),
            topic=meeting.topic,
            start=stamp(meeting.start.instant(db.now, zone)),
            kind=meeting.kind,
            registrants=meeting.registrants,
        )


def _domain(email: str) -> str:
    return email.rpartition("@")[2].casefold()


def _number_for(person: str, what: object) -> int:
    """Up to ten digits that are the same whenever the file is loaded, and different for everybody in it."""
    return int.from_bytes(hashlib.sha256(f"{person} {what}".encode()).digest()[:4])
