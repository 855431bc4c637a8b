"""What an account backend says, as typed values. Times are UTC-aware, amounts whole minor units.

Where a field may be `None`, the backend does not know or does not tell; that is never read as "no".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum, auto
from typing import Generic, TypeVar

from models.invitation import Licence
from models.join import SettlementKind
from models.money import Money

T = TypeVar("T")


class Capability(StrEnum):
    """One operation of the port; a backend lists the ones it serves."""

    RESOLVE_ACTOR = auto()
    GET_ACCOUNT = auto()
    LIST_DOMAINS = auto()
    LIST_CANDIDATES = auto()
    LOOKUP_USER = auto()
    LIST_MEMBERS = auto()
    LIST_LICENCES = auto()
    INVITE = auto()
    LIST_INVITATIONS = auto()
    GET_INVITATION = auto()
    RESEND_INVITATION = auto()
    REVOKE_INVITATION = auto()
    DECLINE_INVITATION = auto()
    LIST_BLOCKERS = auto()
    GET_BALANCE = auto()
    LIST_INVOICES = auto()
    QUOTE_PRORATION = auto()
    PREVIEW_IMPACT = auto()
    LIST_UPCOMING_MEETINGS = auto()
    EXPORT_REPORT = auto()
    REACTIVATE_SUBSCRIPTION = auto()
    REMOVE_ROOM = auto()
    REMOVE_MEMBER = auto()
    ACCEPT_INVITATION = auto()
    GET_JOIN = auto()
    GET_REFUND = auto()
    LIST_CREDITS = auto()
    APPLY_CREDIT = auto()
    ASSIGN_LICENCE = auto()
    PARSE_EVENT = auto()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do.

    Attributes:
        supported: the operations it serves.
        manual_steps: for an operation it does not serve, what a person does instead.
        whole_account_join: whether the owner of an account with co-users may join and bring them along (S30);
            if not, the co-users are an obstacle (features.md, section 5).
    """

    supported: frozenset[Capability]
    manual_steps: Mapping[Capability, str] = field(default_factory=dict)
    whole_account_join: bool = True


# Who is asking. Invitee-only reads are refused to admins (design.md, invariant 6).


@dataclass(frozen=True, slots=True)
class Admin:
    """Somebody acting for an account, named by the address the backend knows them by."""

    account: str
    email: str


@dataclass(frozen=True, slots=True)
class Invitee:
    """The person an invitation is for; `invitation` is the backend's id of it."""

    invitation: str


@dataclass(frozen=True, slots=True)
class System:
    """The bot itself: expiry, reconciliation."""


Actor = Admin | Invitee | System


@dataclass(frozen=True, slots=True)
class Call:
    """What goes with every call.

    Attributes:
        actor: on whose behalf.
        correlation_id: the same in every log line about one thing.
        deadline: the instant (UTC) after which nobody waits for the answer; `None` for the adapter's own limit.
    """

    actor: Actor
    correlation_id: str
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list; `cursor` asks for the next part, `None` means this was the last."""

    items: tuple[T, ...]
    cursor: str | None = None


# Accounts and people


class Role(StrEnum):
    """What somebody is in an account."""

    OWNER = auto()
    ADMIN = auto()
    MEMBER = auto()
    NONE = auto()


class Collection(StrEnum):
    """How an account pays: `AUTOPAY` applies credit by itself (S20), `NET_TERMS` does not (S21)."""

    AUTOPAY = auto()
    NET_TERMS = auto()
    NONE = auto()


class PlanStatus(StrEnum):
    """The state of a subscription."""

    FREE = auto()
    TRIAL = auto()
    ACTIVE = auto()
    PAST_DUE = auto()
    CANCELLED = auto()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an account has bought. `cancel_requested_at` is set while a cancellation is pending (S34)."""

    code: str
    name: str
    paid: bool
    status: PlanStatus
    period_start: date | None = None
    period_end: date | None = None
    cancel_requested_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeatPool:
    """Seats of one licence or add-on. `reserved` are held by open invitations, each person once (F16)."""

    licence: str
    bought: int
    used: int
    reserved: int

    @property
    def left(self) -> int:
        """Seats that a new invitation can still take."""
        return max(0, self.bought - self.used - self.reserved)


@dataclass(frozen=True, slots=True)
class AddOn:
    """Something bought on top of a licence, such as large meetings; it does not move (S40)."""

    code: str
    name: str
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the backend knows it. `parent` is set for a sub-account, which takes no invitations (S03)."""

    id: str
    name: str
    owner_email: str
    plan: Plan
    collection: Collection
    currency: str
    time_zone: str
    net_terms_days: int | None = None
    vanity_host: str | None = None
    sso_enabled: bool | None = None
    parent: str | None = None
    seats: tuple[SeatPool, ...] = ()


class Home(StrEnum):
    """Where a person has their account now, seen from the organisation account."""

    NONE = auto()
    INDIVIDUAL = auto()
    MEMBER_HERE = auto()
    PENDING_HERE = auto()
    OTHER_ORGANISATION = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Person:
    """What anybody who may invite is told of a person (S02). No amounts.

    Attributes:
        email: as the backend spells it.
        account: the id of the account the person is in.
        paid: whether that account is on a paid plan.
        owns_account: whether the person is its owner.
        co_users: how many others are on the account the person owns.
        external_co_users: how many of those are outside the organisation's domains (S30).
        deliverable: whether mail to the address arrives (S13).
    """

    email: str
    home: Home
    name: str | None = None
    account: str | None = None
    paid: bool | None = None
    owns_account: bool | None = None
    co_users: int | None = None
    external_co_users: int | None = None
    licence: Licence | None = None
    deliverable: bool | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on an account; `external` means outside the domains of the account asked about."""

    id: str
    email: str
    name: str
    role: Role
    licence: Licence
    external: bool
    add_ons: tuple[AddOn, ...] = ()


@dataclass(frozen=True, slots=True)
class ActorRole:
    """What a person may do in an account (S05)."""

    email: str
    role: Role
    permissions: frozenset[str] = frozenset()

    @property
    def may_invite(self) -> bool:
        """Admins and owners may; nobody else (S05)."""
        return self.role in (Role.OWNER, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain associated with an account, and whether its people come in by another way (S18)."""

    name: str
    verified: bool
    policy: str = "none"


# Invitations


class AccountInvitationStatus(StrEnum):
    """The state of an invitation in the backend."""

    PENDING = auto()
    ACCEPTED = auto()
    DECLINED = auto()
    EXPIRED = auto()
    REVOKED = auto()


class MailDelivery(StrEnum):
    """What became of the backend's own mail (S11, S13)."""

    UNKNOWN = auto()
    SENT = auto()
    DELIVERED = auto()
    BOUNCED = auto()


@dataclass(frozen=True, slots=True)
class AccountInvitation:
    """An invitation as the backend knows it."""

    id: str
    account: str
    email: str
    licence: Licence
    status: AccountInvitationStatus
    delivery: MailDelivery
    sent_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InviteRequest:
    """One person to invite."""

    email: str
    licence: Licence
    name: str | None = None
    groups: tuple[str, ...] = ()


# What stands in the way, and what will change


class InvoiceStatus(StrEnum):
    """The state of an invoice."""

    OPEN = auto()
    PAID = auto()
    VOID = auto()


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice; `remaining` is what is still to be paid."""

    id: str
    number: str
    total: Money
    remaining: Money
    due_on: date
    status: InvoiceStatus
    pay_url: str | None = None


class BlockerCode(StrEnum):
    """Every obstacle to joining that there is (F2)."""

    OUTSTANDING_INVOICE = auto()
    ROOMS_PRESENT = auto()
    CANCELLATION_REQUESTED = auto()
    SUBSCRIPTION_PAST_DUE = auto()
    EXTERNAL_MEMBERS = auto()
    OTHER_USERS = auto()
    NOT_ACCOUNT_OWNER = auto()
    ALREADY_MEMBER = auto()


class FixKind(StrEnum):
    """What takes an obstacle away."""

    PAY_INVOICES = auto()
    REMOVE_ROOMS = auto()
    REACTIVATE_SUBSCRIPTION = auto()
    REMOVE_MEMBERS = auto()
    ASK_OWNER = auto()


@dataclass(frozen=True, slots=True)
class Fix:
    """How to take an obstacle away: a page to go to, and who to ask where it is somebody else's to do."""

    kind: FixKind
    url: str | None = None
    ask: str | None = None


@dataclass(frozen=True, slots=True)
class Blocker:
    """One obstacle. A soft one (`hard` false) is a consequence to be ticked, unless a policy says otherwise (S31).

    Attributes:
        invoices: the outstanding ones (S26).
        count: of rooms or of people.
        people: who, for obstacles that are people.
        preserves: what taking the obstacle away keeps for the person (S37).
        until: when the cancelled period ends (S34).
    """

    code: BlockerCode
    hard: bool
    fix: Fix | None = None
    invoices: tuple[Invoice, ...] = ()
    count: int | None = None
    people: tuple[Member, ...] = ()
    preserves: Money | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account owes now, and the credit it holds. Never an input of a quote (S25, R20)."""

    owed: Money
    credit: Money


@dataclass(frozen=True, slots=True)
class SettingConflict:
    """A setting that joining will change (S39)."""

    setting: str
    yours: str
    theirs: str
    locked_by: str


class Consequence(StrEnum):
    """What a person ticks before accepting, beside the codes of the soft blockers (backends.md, E.4).

    `FEATURES_LOST` is S16, `LINKS_CHANGE` S44, `REPORTS_SAVED` S41. Which of them it is for one person is decided by
    `bot.accounts.acknowledgements`.
    """

    FEATURES_LOST = auto()
    LINKS_CHANGE = auto()
    REPORTS_SAVED = auto()


class DataKind(StrEnum):
    """The rows of the data-transfer table (S38)."""

    PROFILE = auto()
    MEETINGS = auto()
    RECORDINGS = auto()
    CHAT = auto()
    CONTACTS = auto()
    PERSONAL_CONTACTS = auto()
    SETTINGS = auto()
    ADD_ONS = auto()
    REPORTS = auto()
    CHAT_BEFORE_JOINING = auto()


@dataclass(frozen=True, slots=True)
class Impact:
    """What joining changes for one person (F3).

    Attributes:
        licence_now / licence_after: before and after joining.
        features_lost: names of what the new licence does not have (S16).
        add_ons_lost: what was bought on top and does not move (S40).
        settings_conflicts: `None` where the backend cannot compare settings (S39).
        moves / stays: the data that comes along and the data that does not (S38).
        reports_url: where the person downloads reports first (S41).
        vanity_now / vanity_after: the hosts in join links (S43, S44).
        meetings_affected: how many upcoming meetings get another link (S44).
        leaving: what becomes of the person's data if they leave the organisation later (F18).
    """

    licence_now: Licence
    licence_after: Licence
    features_lost: tuple[str, ...] = ()
    add_ons_lost: tuple[AddOn, ...] = ()
    settings_conflicts: tuple[SettingConflict, ...] | None = None
    moves: tuple[DataKind, ...] = ()
    stays: tuple[DataKind, ...] = ()
    reports_url: str | None = None
    vanity_now: str | None = None
    vanity_after: str | None = None
    meetings_affected: int | None = None
    leaving: str | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """An upcoming meeting and its link before and after joining (S46)."""

    id: str
    topic: str
    start: datetime
    kind: str
    join_url_now: str
    join_url_after: str
    has_registrants: bool = False


# Money


class WithheldReason(StrEnum):
    """Why a way of paying back is not offered."""

    CURRENCY_MISMATCH = auto()
    PAID_THROUGH_RESELLER = auto()
    PAID_BY_CREDIT = auto()
    NOT_ACCOUNT_OWNER = auto()


@dataclass(frozen=True, slots=True)
class Withheld:
    """A way of paying back that is not offered, why, and who to ask instead (R13, R14, F19)."""

    kind: SettlementKind
    reason: WithheldReason
    ask: str | None = None


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One paid line of a subscription, prorated on its own period (R7). Days or seconds, as the quote says."""

    description: str
    paid: Money
    start: datetime
    end: datetime
    unused: int
    total: int
    amount: Money
    tax: Money


class Granularity(StrEnum):
    """Whether time is counted in days of the billing time zone or in seconds (R3)."""

    DAY = auto()
    SECOND = auto()


@dataclass(frozen=True, slots=True)
class Quote:
    """What the backend would pay back, with its arithmetic, until when (F1, R15).

    Attributes:
        source: the account the money comes back from.
        at: the instant the figures are for.
        time_zone: the billing time zone of the source, in which days are counted (R3).
        whole: the gross amount, all of it if credit is chosen.
        tax: the tax in it; net is the difference (R5).
        refund: what goes to the payment method if refund is chosen.
        refund_as_credit: what in that case can only be credit, because credit paid for it (R12).
        options: what may be chosen; only `NONE` where there is nothing to pay back (R9).
        withheld: what may not, and why.
        payment_method: masked, such as "Visa ending in 4242" (S29).
        after_reactivation: the figure holds once a pending cancellation is undone (R10, S37).
        valid_until: the instant from which it must be asked for again.
    """

    id: str
    source: str
    at: datetime
    time_zone: str
    granularity: Granularity
    rule_version: str
    lines: tuple[QuoteLine, ...]
    whole: Money
    tax: Money
    refund: Money
    refund_as_credit: Money
    options: frozenset[SettlementKind]
    valid_until: datetime
    withheld: tuple[Withheld, ...] = ()
    payment_method: str | None = None
    after_reactivation: bool = False

    @property
    def net(self) -> Money:
        """Gross minus tax (R5)."""
        return Money(self.whole.minor - self.tax.minor, self.whole.currency)


class AccountJoinState(StrEnum):
    """How far a join is in the backend (backends.md, E.4)."""

    REQUESTED = auto()
    CHECKED = auto()
    MOVED = auto()
    SETTLING = auto()
    COMPLETED = auto()
    FAILED = auto()
    SETTLEMENT_FAILED = auto()


@dataclass(frozen=True, slots=True)
class AccountJoin:
    """A join as the backend carries it out.

    Attributes:
        amount: the refund, or the credit if that was chosen.
        credit_id: of either credit.
        as_credit: what was credited beside a refund, because credit had paid for it (R12).
        moved: the addresses of everybody who came along, the invitee first.
        failure: an error code where it failed.
    """

    id: str
    invitation: str
    state: AccountJoinState
    settlement: SettlementKind
    amount: Money | None = None
    refund_id: str | None = None
    credit_id: str | None = None
    as_credit: Money | None = None
    moved: tuple[str, ...] = ()
    failure: str | None = None


class RefundStatus(StrEnum):
    """How far a refund is (R17)."""

    PENDING = auto()
    REQUIRES_ACTION = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    CANCELLED = auto()


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way to the original payment method (S29).

    `expected_from` and `expected_by` are dates the backend promises; where it promises none, the bot counts
    three to five business days from `submitted_at` (R19).
    """

    id: str
    amount: Money
    method: str
    status: RefundStatus
    submitted_at: datetime
    failure: str | None = None
    expected_from: date | None = None
    expected_by: date | None = None


class CreditApplies(StrEnum):
    """How credit reaches an invoice: by itself on autopay (S20), when Billing is asked on net terms (S21)."""

    AUTOMATICALLY = auto()
    ON_REQUEST = auto()


@dataclass(frozen=True, slots=True)
class Credit:
    """Credit on the organisation account (R18)."""

    id: str
    account: str
    amount: Money
    remaining: Money
    applies: CreditApplies
    source_invitation: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReportExport:
    """A report being made ready for download (S41)."""

    id: str
    url: str | None
    ready: bool


class RemovalMode(StrEnum):
    """What becomes of a removed member: `UNLINK` leaves them a free account of their own."""

    UNLINK = auto()
    DELETE = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in the backend without the bot; `dedupe_key` tells repeats apart."""

    dedupe_key: str
    type: str
    occurred_at: datetime
    account: str
    data: Mapping[str, str]
