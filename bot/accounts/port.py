"""The port to the account backend: every operation the bot can ask for (backends.md, E.2).

The values are in `bot.accounts.values`, the closed set of refusals in `bot.accounts.errors`. A backend may serve
only people (`DirectoryBackend`) or only money (`BillingBackend`); the bot talks to an `AccountBackend`, both.

Behind each operation: its row in backends.md, E.2, and R (reads), K (needs an idempotency key; a repeat with the
same key returns the first answer, with other arguments raises `IdempotencyMismatch`) or N (idempotent by nature).

Every operation may raise `NotSupported`, `Forbidden`, `AccountNotFound`, `RateLimited`, `QuotaExceeded`,
`Unavailable` and `ContractViolation`; each names only what else it raises. Addresses are compared case-folded.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.accounts.values import (
    Account,
    AccountInvitation,
    AccountInvitationStatus,
    AccountJoin,
    ActorRole,
    Balance,
    Blocker,
    Call,
    Capabilities,
    Credit,
    Domain,
    Event,
    Impact,
    InviteRequest,
    Invoice,
    InvoiceStatus,
    Meeting,
    Member,
    Page,
    Person,
    Plan,
    Quote,
    Refund,
    RemovalMode,
    ReportExport,
    SeatPool,
)
from models.invitation import Licence
from models.join import SettlementKind
from models.money import Money


class DirectoryBackend(Protocol):
    """People, invitations, licences and their data."""

    async def resolve_actor(self, call: Call, account: str, email: str) -> ActorRole:
        """What somebody may do in an account (2, R, S05). `Role.NONE` for a person who is not on it."""
        ...

    async def list_domains(self, call: Call, account: str) -> Sequence[Domain]:
        """The domains associated with an account (4, R, S18)."""
        ...

    async def list_candidates(self, call: Call, account: str, domain: str, cursor: str | None = None) -> Page[Person]:
        """People of a domain with an individual account (5, R)."""
        ...

    async def lookup_user(self, call: Call, account: str, email: str) -> Person:
        """Where a person has their account now, seen from `account` (6, R, S02).

        Somebody the backend does not know is a `Person` with `Home.NONE`, not an error.

        Raises:
            InvalidEmail: the backend does not take it for an address.
        """
        ...

    async def list_members(
        self, call: Call, account: str, *, external_only: bool = False, cursor: str | None = None
    ) -> Page[Member]:
        """Who is on an account (7, R). Members outside its domains are marked external (S30)."""
        ...

    async def invite(self, call: Call, account: str, request: InviteRequest, key: str) -> AccountInvitation:
        """Invite one person (9, K). The backend mails them as well (S11). An open invitation is returned as it is.

        Raises:
            AlreadyMember, BelongsToOtherAccount, NotInvitable, DomainNotAllowed, NoSeatAvailable, InvalidEmail,
            NotPaidAccount, IdempotencyMismatch, Conflict.
        """
        ...

    async def list_invitations(
        self, call: Call, account: str, status: AccountInvitationStatus | None = None, cursor: str | None = None
    ) -> Page[AccountInvitation]:
        """The invitations of an account (10, R), newest first."""
        ...

    async def get_invitation(self, call: Call, invitation: str) -> AccountInvitation:
        """One invitation (11, R).

        Raises:
            InvitationNotFound.
        """
        ...

    async def resend_invitation(self, call: Call, invitation: str, key: str) -> AccountInvitation:
        """Mail an open invitation again; its thirty days start anew (12, K).

        Raises:
            InvitationNotFound, InvitationExpired, NotPending, TooSoon, IdempotencyMismatch, Conflict.
        """
        ...

    async def revoke_invitation(self, call: Call, invitation: str) -> AccountInvitation:
        """Take an open invitation back (13, N).

        Raises:
            InvitationNotFound.
            NotPending: it was accepted or declined before.
        """
        ...

    async def decline_invitation(self, call: Call, invitation: str) -> AccountInvitation:
        """Decline, as the invitee (14, N).

        Raises:
            InvitationNotFound.
            NotPending: it was accepted, revoked or has expired before.
        """
        ...

    async def preview_impact(self, call: Call, email: str, target: str, licence: Licence) -> Impact:
        """What joining `target` with `licence` changes for a person (19, R, F3).

        An admin is told what follows from the licence (F11); data, meetings and settings are the invitee's.

        Raises:
            UserNotFound.
        """
        ...

    async def list_upcoming_meetings(self, call: Call, email: str, target: str, until: datetime) -> Sequence[Meeting]:
        """The person's upcoming meetings with the link before and after joining (20, R, S46), soonest first.

        Raises:
            UserNotFound.
        """
        ...

    async def export_report(self, call: Call, email: str, kind: str, start: date, end: date, key: str) -> ReportExport:
        """Have a report made ready to download before joining (21, K, S41).

        Raises:
            UserNotFound, IdempotencyMismatch, Conflict.
        """
        ...

    async def remove_room(self, call: Call, source: str, room: str) -> None:
        """Remove a room from the invitee's own account (23, N, S33).

        Raises:
            RoomNotFound.
        """
        ...

    async def remove_member(
        self, call: Call, account: str, member: str, mode: RemovalMode, transfer_to: str | None = None
    ) -> None:
        """Unlink or delete a member (24, N, S31).

        Raises:
            NotAMember, CannotRemoveOwner, CannotRemoveAdmin, ManagedDomain, TransferTargetInvalid.
        """
        ...

    async def assign_licence(
        self, call: Call, account: str, member: str, licence: Licence, add_ons: Sequence[str] = ()
    ) -> Member:
        """Give a member a licence and add-ons, by code (30, N, S17, S40).

        Raises:
            NoSeatAvailable, NotAMember, InvitationPending, ConflictingPlanFields.
        """
        ...


class BillingBackend(Protocol):
    """Plans, invoices, quotes, settlements and credit."""

    async def get_account(self, call: Call, account: str) -> Account:
        """An account with its plan and seats (3, R)."""
        ...

    async def list_licences(self, call: Call, account: str) -> Sequence[SeatPool]:
        """Seats of each licence and add-on, bought and taken (8, R, F16)."""
        ...

    async def list_blockers(self, call: Call, source: str, target: str) -> Sequence[Blocker]:
        """What stands between the invitee's account and joining `target`, all of it at once (15, R, F2)."""
        ...

    async def get_balance(self, call: Call, source: str) -> Balance:
        """What the invitee's account owes now (16, R, S25)."""
        ...

    async def list_invoices(self, call: Call, account: str, status: InvoiceStatus | None = None) -> Sequence[Invoice]:
        """The invoices of an account, oldest first (17, R)."""
        ...

    async def quote_proration(self, call: Call, source: str, target: str) -> Quote:
        """What the invitee would get back for the rest of the paid period (18; the same facts give the same quote).

        `target` is needed to tell whether credit is possible (R13).

        Raises:
            NothingToQuote: free, trial, or the period is used up (R9).
            BlockersPresent: an outstanding invoice stands in the way (R10).
        """
        ...

    async def reactivate_subscription(self, call: Call, source: str) -> Plan:
        """Undo a pending cancellation (22, N, S35).

        Raises:
            NoCancellationRequested, PeriodEnded.
        """
        ...

    async def accept_invitation(
        self,
        call: Call,
        invitation: str,
        settlement: SettlementKind,
        quote: str | None,
        acknowledged: Sequence[str],
        key: str,
    ) -> AccountJoin:
        """Join, as the invitee (25, K): move the membership, end the subscription, settle (E.4).

        `quote` is the id of the quote that was agreed to, `None` only with `SettlementKind.NONE`.

        Raises:
            InvitationNotFound, InvitationExpired, NotPending, BlockersPresent, AcknowledgementMissing, QuoteExpired,
            QuoteChanged, SettlementNotPossible, CurrencyMismatch, NoSeatAvailable, IdempotencyMismatch, Conflict.
        """
        ...

    async def get_join(self, call: Call, join: str) -> AccountJoin:
        """How far a join is (26, R).

        Raises:
            InvitationNotFound: there is no such join.
        """
        ...

    async def get_refund(self, call: Call, refund: str) -> Refund:
        """How far a refund is, for the invitee (27, R, F9).

        Raises:
            SettlementNotPossible: there is no such refund.
        """
        ...

    async def list_credits(self, call: Call, account: str) -> Sequence[Credit]:
        """The credit an organisation account holds, oldest first (28, R, R18)."""
        ...

    async def apply_credit(self, call: Call, credit: str, invoice: str, amount: Money, key: str) -> Credit:
        """Use credit on an open invoice, in part or whole (29, K, S21).

        Raises:
            CreditTooSmall, InvoiceNotOpen, CurrencyMismatch, AutopayAppliesItself, IdempotencyMismatch, Conflict.
        """
        ...


class AccountBackend(DirectoryBackend, BillingBackend, Protocol):
    """Both halves, and what belongs to neither."""

    async def capabilities(self) -> Capabilities:
        """What this backend can do (1, R)."""
        ...

    async def parse_event(self, headers: Mapping[str, str], raw: bytes) -> Sequence[Event]:
        """Read a signed message from the backend (31).

        Raises:
            BadSignature, StaleEvent, ContractViolation.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
