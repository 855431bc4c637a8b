"""The sandbox account backend: every operation of the port, each one transaction of its own database."""
# ruff: noqa: D102 (what a method of the port does is said in the port)

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from bot.accounts.errors import QuoteChanged, QuoteExpired
from bot.accounts.sandbox import (
    billing,
    changes,
    directory,
    events,
    invitations,
    joining,
    ledger,
    loading,
    membership,
    obstacles,
    quotes,
)
from bot.accounts.sandbox.answers import answer_once
from bot.accounts.sandbox.faults import Faults
from bot.accounts.sandbox.store import Store, Transaction, new_token
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
    Capability,
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
from bot.clock import Clock
from models.invitation import Licence
from models.join import SettlementKind
from models.money import Money

Result = TypeVar("Result")
Work = Callable[[Transaction], Result]


class SandboxBackend:
    """An account backend that plays an outside system. Make one with `open`; the port says what each method does.

    Everything is in the database, so that several processes may share it; nothing that could go stale is kept here.
    Refusals name no addresses, so that they can be logged. Deadlines play no part: an answer takes milliseconds.
    Who may ask what is decided in `access`.
    """

    def __init__(self, store: Store, clock: Clock, faults: Faults, event_secret: str) -> None:
        self._store = store
        self._clock = clock
        self._faults = faults
        self._event_secret = event_secret

    @classmethod
    async def open(
        cls,
        path: Path | None,
        definition: str,
        clock: Clock,
        *,
        faults: Faults | None = None,
        new_id: Callable[[str], str] = new_token,
    ) -> "SandboxBackend":
        """Open the database, and load the accounts if it is new or they are other than those loaded last.

        Args:
            path: the database's file; `None` keeps everything in memory.
            definition: the text of the accounts file (docs/sandbox-accounts.md).
            clock: tells when invitations and quotes expire, and refunds arrive.
            faults: what goes wrong on purpose.
            new_id: makes an id that nobody can guess from its prefix.

        Raises:
            DefinitionError: the accounts file cannot be used.
            ForeignDatabase: the file is something else.
        """
        store = await Store.open(path, clock, new_id)
        try:
            await store.write(lambda db: loading.load(db, definition))
            secret = await store.write(events.secret)
        except BaseException:
            await store.close()
            raise
        return cls(store, clock, faults or Faults(), secret)

    async def close(self) -> None:
        """Let go of the database."""
        await self._store.close()

    async def capabilities(self) -> Capabilities:
        """Everything; whether accounts join as a whole is a switch of the accounts file."""
        how = await self._store.read(loading.switches)
        return Capabilities(frozenset(Capability), whole_account_join=how.whole_account_join)

    # People, invitations, licences and data

    async def resolve_actor(self, call: Call, account: str, email: str) -> ActorRole:
        return await self._read(
            Capability.RESOLVE_ACTOR, lambda db: directory.resolve_actor(db, call.actor, account, email)
        )

    async def list_domains(self, call: Call, account: str) -> Sequence[Domain]:
        return await self._read(Capability.LIST_DOMAINS, lambda db: directory.list_domains(db, call.actor, account))

    async def list_candidates(self, call: Call, account: str, domain: str, cursor: str | None = None) -> Page[Person]:
        return await self._read(
            Capability.LIST_CANDIDATES, lambda db: directory.list_candidates(db, call.actor, account, domain, cursor)
        )

    async def lookup_user(self, call: Call, account: str, email: str) -> Person:
        return await self._read(
            Capability.LOOKUP_USER, lambda db: directory.lookup_user(db, call.actor, account, email)
        )

    async def list_members(
        self, call: Call, account: str, *, external_only: bool = False, cursor: str | None = None
    ) -> Page[Member]:
        return await self._read(
            Capability.LIST_MEMBERS,
            lambda db: directory.list_members(db, call.actor, account, cursor, external_only=external_only),
        )

    async def invite(self, call: Call, account: str, request: InviteRequest, key: str) -> AccountInvitation:
        return await self._once(
            Capability.INVITE,
            key,
            (call.actor, account, request),
            AccountInvitation,
            lambda db: invitations.invite(db, call.actor, account, request),
        )

    async def list_invitations(
        self, call: Call, account: str, status: AccountInvitationStatus | None = None, cursor: str | None = None
    ) -> Page[AccountInvitation]:
        return await self._read(
            Capability.LIST_INVITATIONS,
            lambda db: invitations.list_invitations(db, call.actor, account, status, cursor),
        )

    async def get_invitation(self, call: Call, invitation: str) -> AccountInvitation:
        return await self._read(
            Capability.GET_INVITATION, lambda db: invitations.get_invitation(db, call.actor, invitation)
        )

    async def resend_invitation(self, call: Call, invitation: str, key: str) -> AccountInvitation:
        return await self._once(
            Capability.RESEND_INVITATION,
            key,
            (call.actor, invitation),
            AccountInvitation,
            lambda db: invitations.resend_invitation(db, call.actor, invitation),
        )

    async def revoke_invitation(self, call: Call, invitation: str) -> AccountInvitation:
        return await self._write(
            Capability.REVOKE_INVITATION, lambda db: invitations.revoke_invitation(db, call.actor, invitation)
        )

    async def decline_invitation(self, call: Call, invitation: str) -> AccountInvitation:
        return await self._write(
            Capability.DECLINE_INVITATION, lambda db: invitations.decline_invitation(db, call.actor, invitation)
        )

    async def preview_impact(self, call: Call, email: str, target: str, licence: Licence) -> Impact:
        return await self._read(
            Capability.PREVIEW_IMPACT, lambda db: changes.preview_impact(db, call.actor, email, target, licence)
        )

    async def list_upcoming_meetings(self, call: Call, email: str, target: str, until: datetime) -> Sequence[Meeting]:
        return await self._read(
            Capability.LIST_UPCOMING_MEETINGS,
            lambda db: changes.list_upcoming_meetings(db, call.actor, email, target, until),
        )

    async def export_report(self, call: Call, email: str, kind: str, start: date, end: date, key: str) -> ReportExport:
        return await self._once(
            Capability.EXPORT_REPORT,
            key,
            (call.actor, email, kind, start, end),
            ReportExport,
            lambda db: changes.export_report(db, call.actor, email, kind, start, end),
        )

    async def remove_room(self, call: Call, source: str, room: str) -> None:
        await self._write(Capability.REMOVE_ROOM, lambda db: membership.remove_room(db, call.actor, source, room))

    async def remove_member(
        self, call: Call, account: str, member: str, mode: RemovalMode, transfer_to: str | None = None
    ) -> None:
        await self._write(
            Capability.REMOVE_MEMBER,
            lambda db: membership.remove_member(db, call.actor, account, member, mode, transfer_to),
        )

    async def assign_licence(
        self, call: Call, account: str, member: str, licence: Licence, add_ons: Sequence[str] = ()
    ) -> Member:
        return await self._write(
            Capability.ASSIGN_LICENCE,
            lambda db: membership.assign_licence(db, call.actor, account, member, licence, add_ons),
        )

    # Plans, invoices, quotes, settlements and credit

    async def get_account(self, call: Call, account: str) -> Account:
        return await self._read(Capability.GET_ACCOUNT, lambda db: directory.get_account(db, call.actor, account))

    async def list_licences(self, call: Call, account: str) -> Sequence[SeatPool]:
        return await self._read(Capability.LIST_LICENCES, lambda db: directory.list_licences(db, call.actor, account))

    async def list_blockers(self, call: Call, source: str, target: str) -> Sequence[Blocker]:
        return await self._read(
            Capability.LIST_BLOCKERS, lambda db: obstacles.list_blockers(db, call.actor, source, target)
        )

    async def get_balance(self, call: Call, source: str) -> Balance:
        return await self._read(Capability.GET_BALANCE, lambda db: billing.get_balance(db, call.actor, source))

    async def list_invoices(self, call: Call, account: str, status: InvoiceStatus | None = None) -> Sequence[Invoice]:
        return await self._read(
            Capability.LIST_INVOICES, lambda db: billing.list_invoices(db, call.actor, account, status)
        )

    async def quote_proration(self, call: Call, source: str, target: str) -> Quote:
        return await self._write(
            Capability.QUOTE_PRORATION, lambda db: quotes.quote_proration(db, call.actor, source, target)
        )

    async def reactivate_subscription(self, call: Call, source: str) -> Plan:
        return await self._write(
            Capability.REACTIVATE_SUBSCRIPTION, lambda db: billing.reactivate_subscription(db, call.actor, source)
        )

    async def accept_invitation(
        self,
        call: Call,
        invitation: str,
        settlement: SettlementKind,
        quote: str | None,
        acknowledged: Sequence[str],
        key: str,
    ) -> AccountJoin:
        return await self._once(
            Capability.ACCEPT_INVITATION,
            key,
            (call.actor, invitation, settlement, quote, sorted(acknowledged)),
            AccountJoin,
            lambda db: joining.accept_invitation(db, call.actor, invitation, settlement, quote, acknowledged),
        )

    async def get_join(self, call: Call, join: str) -> AccountJoin:
        return await self._read(Capability.GET_JOIN, lambda db: joining.get_join(db, call.actor, join))

    async def get_refund(self, call: Call, refund: str) -> Refund:
        return await self._read(Capability.GET_REFUND, lambda db: ledger.get_refund(db, call.actor, refund))

    async def list_credits(self, call: Call, account: str) -> Sequence[Credit]:
        return await self._read(Capability.LIST_CREDITS, lambda db: ledger.list_credits(db, call.actor, account))

    async def apply_credit(self, call: Call, credit: str, invoice: str, amount: Money, key: str) -> Credit:
        return await self._once(
            Capability.APPLY_CREDIT,
            key,
            (call.actor, credit, invoice, amount),
            Credit,
            lambda db: ledger.apply_credit(db, call.actor, credit, invoice, amount),
        )

    # Messages from the backend

    async def parse_event(self, headers: Mapping[str, str], raw: bytes) -> Sequence[Event]:
        return (events.parse_event(headers, raw, self._event_secret, self._clock.now()),)

    def sign_event(self, event: Event) -> tuple[dict[str, str], bytes]:
        """The headers and body of a message that `parse_event` takes: how the sandbox sends one."""
        return events.sign_event(event, self._event_secret, self._clock.now())

    async def _read(self, operation: Capability, work: Work[Result]) -> Result:
        return await self._faults.around(operation, lambda: self._store.read(work))

    async def _write(self, operation: Capability, work: Work[Result]) -> Result:
        # A refusal that hands over a new quote must leave that quote behind, so that it can be accepted.
        return await self._faults.around(operation, lambda: self._store.write(work, keep=(QuoteChanged, QuoteExpired)))

    async def _once(
        self, operation: Capability, key: str, asked: tuple[object, ...], kind: type[Result], work: Work[Result]
    ) -> Result:
        """A change with an idempotency key."""
        return await self._write(
            operation, lambda db: answer_once(db, key, (operation, *asked), kind, lambda: work(db))
        )
