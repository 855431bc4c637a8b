"""What may be written in the accounts file, field by field; docs/sandbox-accounts.md explains it to its readers.

Each class is one kind of mapping in the file. Short forms (`plan: Business`, `Ann Lee <ann@acme.example>`) are turned
into the long ones before they are validated. What concerns several places at once is checked in `checks`.
"""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum, auto
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, ValidationInfo, field_validator

from bot.accounts.proration import AcceptanceDay
from bot.accounts.sandbox.fields import (
    Amount,
    Count,
    Currency,
    Email,
    HostName,
    Identifier,
    SettingValue,
    Text,
    TimeZone,
    When,
    expand_person,
    short_form,
)
from bot.accounts.sandbox.moments import Moment
from bot.accounts.values import Collection, Granularity, InvoiceStatus, PlanStatus, Role
from models.invitation import Licence

# What a licence gives where the file does not say: what a licensed person loses as a basic one (S16).
DEFAULT_FEATURES = ("Cloud recording", "Meetings longer than 40 minutes")
DEFAULT_NET_TERMS_DAYS = 30

# Where something is written: names of fields and keys, and indexes in lists.
Place = tuple[str | int, ...]


class Part(BaseModel):
    """A mapping in the file. A field that is not listed is a mistake, not something to ignore."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MeetingPart(Part):
    """An upcoming meeting or webinar (S44, S46)."""

    topic: Text
    start: When
    kind: Literal["meeting", "webinar"] = "meeting"
    registrants: StrictBool = False
    id: Identifier | None = None


class AddOnPart(Part):
    """Something bought on top of a licence (S40). Short form: its code."""

    code: Identifier
    name: Text | None = None
    capacity: Count | None = None


AddOnForm = Annotated[AddOnPart, short_form(str, lambda code: {"code": code})]


class Mail(StrEnum):
    """Whether mail to somebody arrives (S13)."""

    ARRIVES = auto()
    BOUNCES = auto()


class PersonPart(Part):
    """A person. Short form: `Ann Lee <ann@acme.example>`, or the address alone."""

    email: Email
    name: Text | None = None
    licence: Licence | None = None
    add_ons: tuple[AddOnForm, ...] = ()
    settings: dict[Text, SettingValue] = {}
    meetings: tuple[MeetingPart, ...] = ()
    mail: Mail = Mail.ARRIVES
    invitable: StrictBool = True

    @property
    def display_name(self) -> str:
        """The name, or what the address makes of it."""
        return self.name or self.email.partition("@")[0].replace(".", " ").title()


PersonForm = Annotated[PersonPart, short_form(str, expand_person)]


class PlanPart(Part):
    """What an account has bought. Short form: the name of a plan that is paid for."""

    name: Text
    code: Identifier | None = None
    status: PlanStatus = PlanStatus.ACTIVE
    features: tuple[Text, ...] | None = None

    @property
    def paid(self) -> bool:
        """Whether money is paid for it (S06); a trial is not paid for."""
        return self.status in (PlanStatus.ACTIVE, PlanStatus.PAST_DUE)

    @property
    def in_use(self) -> bool:
        """Whether it gives more than a free one."""
        return self.paid or self.status is PlanStatus.TRIAL

    @property
    def licensed_features(self) -> tuple[str, ...]:
        """What its licensed people may use."""
        if self.features is not None:
            return self.features
        return DEFAULT_FEATURES if self.in_use else ()


FREE_PLAN = PlanPart(name="Free", status=PlanStatus.FREE)
PAID_PLAN = PlanPart(name="Pro")


class LinePart(Part):
    """One paid line of a subscription (R4, R7): minor units, and the half-open period that was paid for."""

    gross: Amount
    tax: Amount = 0
    start: When
    end: When | None = None
    every: Literal["month", "year"] | None = None
    description: Text = "Subscription"

    @property
    def renewal(self) -> Moment | None:
        """When the period ends: as written, or a month or a year after its start; `None` where neither is."""
        if self.every:
            return replace(self.start, shifts=(*self.start.shifts, (1, self.every)))
        return self.end

    @field_validator("tax")
    @classmethod
    def _tax_is_a_part(cls, tax: int, info: ValidationInfo) -> int:
        if tax > info.data.get("gross", tax):
            raise ValueError("must not be more than the gross amount")
        return tax

    @field_validator("every")
    @classmethod
    def _one_way_to_say_when_it_ends(cls, every: str | None, info: ValidationInfo) -> str | None:
        if every is not None and info.data.get("end") is not None:
            raise ValueError("must be left out where `end` is given: one of them says when the period ends")
        return every


class ResellerPart(Part):
    """Who was paid instead, such as an app store (R14, F19). Short form: its name."""

    name: Text
    ask: Text | None = None


def _require_some(lines: tuple[LinePart, ...]) -> tuple[LinePart, ...]:
    """At least one. (`min_length` would also count a line with a mistake in it as none.)"""
    if not lines:
        raise ValueError("needs at least one line, with what was paid and for which period")
    return lines


class SubscriptionPart(Part):
    """What was paid for, and how."""

    lines: Annotated[tuple[LinePart, ...], AfterValidator(_require_some)]
    payment_method: Text | None = None
    paid_through: Annotated[ResellerPart, short_form(str, lambda name: {"name": name})] | None = None
    credit_paid: Amount = 0
    refunded: Amount = 0
    refund_fails: StrictBool = False


class InvoicePart(Part):
    """An invoice, open or paid (S26)."""

    number: Identifier
    total: Amount
    remaining: Amount | None = None
    due: When
    status: InvoiceStatus = InvoiceStatus.OPEN
    pay_url: Text | None = None

    @property
    def still_to_pay(self) -> int:
        """What is still to be paid: all of an open invoice unless the file says otherwise, nothing of another."""
        if self.status is not InvoiceStatus.OPEN:
            return 0
        return self.total if self.remaining is None else self.remaining


class RoomPart(Part):
    """A conference room on an account (S32). Short form: its name."""

    name: Text
    id: Identifier | None = None


class DomainPart(Part):
    """A domain associated with an account (S18). Short form: the name of a verified one."""

    name: HostName
    verified: StrictBool = True
    policy: Literal["none", "manage", "consolidate", "signup"] = "none"


class SeatsPart(Part):
    """Seats of a licence or an add-on (F16). Short form: how many were bought."""

    bought: Count
    used_elsewhere: Count = 0


SeatsForm = Annotated[SeatsPart, short_form(int, lambda bought: {"bought": bought})]


class SettingPart(Part):
    """A setting of an account (S39); `locked_by` names what enforces it. Short form: a value that is not enforced."""

    value: SettingValue
    locked_by: Text | None = None


class ExternalUsers(StrEnum):
    """Whether people outside the domains may come along (S31)."""

    WARN = auto()
    BLOCK = auto()


class PoliciesPart(Part):
    """What an organisation account allows."""

    external_users: ExternalUsers = ExternalUsers.WARN
    blocked_domains: tuple[HostName, ...] = ()


class AccountKind(StrEnum):
    """An account that people are invited into, or one that somebody has of their own."""

    INDIVIDUAL = auto()
    ORGANISATION = auto()


class AccountPart(Part):
    """One account with everything on it."""

    owner: PersonForm
    kind: AccountKind = AccountKind.INDIVIDUAL
    name: Text | None = None
    admins: tuple[PersonForm, ...] = ()
    members: tuple[PersonForm, ...] = ()
    plan: Annotated[PlanPart, short_form(str, lambda name: {"name": name})] | None = None
    currency: Currency = "EUR"
    time_zone: TimeZone = "UTC"
    collection: Collection | None = None
    net_terms_days: Count | None = None
    vanity_host: HostName | None = None
    sso: StrictBool | None = None
    parent: Identifier | None = None
    domains: tuple[Annotated[DomainPart, short_form(str, lambda name: {"name": name})], ...] = ()
    seats: Annotated[dict[Identifier, SeatsForm], short_form(int, lambda bought: {"licensed": bought})] = {}
    subscriptions: tuple[SubscriptionPart, ...] = ()
    invoices: tuple[InvoicePart, ...] = ()
    credit: Amount = 0
    rooms: tuple[Annotated[RoomPart, short_form(str, lambda name: {"name": name})], ...] = ()
    cancellation_requested: When | None = None
    settings: dict[Text, Annotated[SettingPart, short_form((str, bool, int), lambda value: {"value": value})]] = {}
    policies: PoliciesPart = PoliciesPart()
    leaving: Text | None = None

    @property
    def bought(self) -> PlanPart:
        """The plan; where none is written, a subscription makes it a paid one."""
        return self.plan or (PAID_PLAN if self.subscriptions else FREE_PLAN)

    @property
    def how_it_pays(self) -> Collection:
        """Autopay for a paid plan unless the file says otherwise."""
        return self.collection or (Collection.AUTOPAY if self.bought.paid else Collection.NONE)

    @property
    def people(self) -> Iterator[tuple[Place, Role, PersonPart]]:
        """Everybody on it, the owner first: where they are written, and as what."""
        yield ("owner",), Role.OWNER, self.owner
        yield from ((("admins", index), Role.ADMIN, person) for index, person in enumerate(self.admins))
        yield from ((("members", index), Role.MEMBER, person) for index, person in enumerate(self.members))

    def licence_of(self, person: PersonPart) -> Licence:
        """What the file says; else licensed on a plan that is paid for or tried, basic on a free one."""
        return person.licence or (Licence.LICENSED if self.bought.in_use else Licence.BASIC)


class SwitchesPart(Part):
    """How the sandbox itself behaves."""

    whole_account_join: StrictBool = True
    co_users_may_leave: StrictBool = False
    quote_minutes: Annotated[int, Field(strict=True, ge=1, le=10_080)] = 30
    acceptance_day: AcceptanceDay = AcceptanceDay.USED
    granularity: Granularity = Granularity.DAY
    refund_fails: StrictBool = False
    refund_business_days: Annotated[int, Field(strict=True, ge=0, le=60)] = 4
    promise_refund_dates: StrictBool = False
    holidays: tuple[When, ...] = ()
    default_host: HostName = "meet.example"


class Definition(Part):
    """The whole file."""

    sandbox: SwitchesPart = SwitchesPart()
    accounts: Annotated[dict[Identifier, AccountPart], Field(min_length=1)]
    people: tuple[PersonForm, ...] = ()
