"""A backend on which the tests of the contract are played, whichever adapter it is.

Another adapter is added to `ADAPTERS`, and nothing else changes.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from bot.accounts.acknowledgements import required_acknowledgements
from bot.accounts.errors import NothingToQuote, UserNotFound
from bot.accounts.port import AccountBackend
from bot.accounts.sandbox import SandboxBackend
from bot.accounts.values import (
    AccountInvitation,
    AccountJoin,
    Admin,
    Call,
    Event,
    Impact,
    Invitee,
    InviteRequest,
    Page,
    Quote,
    System,
)
from bot.clock import ManualClock
from models.invitation import Licence
from models.join import SettlementKind

T = TypeVar("T")


class Adapter(Protocol):
    """How the tests get at one kind of backend."""

    clock: ManualClock

    async def open(self, accounts: str) -> AccountBackend:
        """A backend with the accounts of that file. Opened again, it is another process on the same state."""
        ...

    def signed(self, event: Event) -> tuple[dict[str, str], bytes]:
        """The message in which the backend that was opened last would report an event."""
        ...

    async def close(self) -> None:
        """Let go of everything that was opened."""
        ...


class SandboxAdapter:
    """The sandbox on a file."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.clock = clock
        self._path = folder / "sandbox.db"
        self._opened: list[SandboxBackend] = []

    async def open(self, accounts: str) -> AccountBackend:
        self._opened.append(await SandboxBackend.open(self._path, accounts, self.clock))
        return self._opened[-1]

    def signed(self, event: Event) -> tuple[dict[str, str], bytes]:
        return self._opened[-1].sign_event(event)

    async def close(self) -> None:
        for backend in self._opened:
            await backend.close()


ADAPTERS: dict[str, Callable[[Path, ManualClock], Adapter]] = {"sandbox": SandboxAdapter}


class Stage:
    """A backend with the world of the tests, and the moves that most of them make."""

    def __init__(self, adapter: Adapter, backend: AccountBackend) -> None:
        self.adapter = adapter
        self.backend = backend
        self.clock = adapter.clock
        self._keys = 0

    def key(self) -> str:
        """An idempotency key that was not used before."""
        self._keys += 1
        return f"key-{id(self)}-{self._keys}"

    async def reload(self, accounts: str) -> None:
        """The same state, after somebody edited the accounts file."""
        self.backend = await self.adapter.open(accounts)

    def pass_time(self, **by: float) -> None:
        """Move the clock, by days, minutes and so on."""
        self.clock.advance(timedelta(**by))

    async def invite(
        self, email: str, licence: Licence = Licence.BASIC, *, by: Call | None = None, account: str = "acme"
    ) -> AccountInvitation:
        """Invite somebody as Adam."""
        return await self.backend.invite(by or ADAM, account, InviteRequest(email, licence), self.key())

    async def invited(self, email: str, licence: Licence = Licence.BASIC) -> Call:
        """A call by somebody who has just been invited to Acme."""
        return as_invitee(await self.invite(email, licence))

    async def quote(self, call: Call, source: str) -> Quote | None:
        """The quote to Acme, or `None` where there is nothing to pay back."""
        try:
            return await self.backend.quote_proration(call, source, "acme")
        except NothingToQuote:
            return None

    async def ticks(self, call: Call, email: str, source: str | None, licence: Licence) -> Sequence[str]:
        """Every consequence that this person must tick."""
        blockers = await self.backend.list_blockers(call, source, "acme") if source else ()
        impact: Impact | None
        try:
            impact = await self.backend.preview_impact(call, email, "acme", licence)
        except UserNotFound:
            impact = None
        return required_acknowledgements(blockers, impact)

    async def join(
        self,
        email: str,
        source: str | None,
        settlement: SettlementKind = SettlementKind.NONE,
        licence: Licence = Licence.BASIC,
    ) -> tuple[Call, AccountJoin]:
        """Somebody is invited to Acme, ticks everything, and accepts."""
        call = await self.invited(email, licence)
        quote = await self.quote(call, source) if source else None
        ticks = await self.ticks(call, email, source, licence)
        identifier = quote.id if quote else None
        join = await self.backend.accept_invitation(
            call, invitation_of(call), settlement, identifier, ticks, self.key()
        )
        return call, join


async def everything(ask: Callable[[str | None], Awaitable[Page[T]]]) -> list[T]:
    """All items of a list that comes in pages; it must be more than one."""
    page = await ask(None)
    found, cursor = list(page.items), page.cursor
    assert cursor is not None
    while cursor is not None:
        page = await ask(cursor)
        found, cursor = [*found, *page.items], page.cursor
    return found


def admin(account: str, email: str) -> Call:
    """A call by somebody acting for an account."""
    return Call(Admin(account, email), "test")


def as_invitee(invitation: AccountInvitation) -> Call:
    """A call by the person an invitation is for."""
    return Call(Invitee(invitation.id), "test")


def invitation_of(call: Call) -> str:
    """The invitation that an invitee holds."""
    assert isinstance(call.actor, Invitee)
    return call.actor.invitation


ADAM = admin("acme", "adam@acme.example")
OLIVIA = admin("acme", "olivia@acme.example")
MIA = admin("acme", "mia@acme.example")
NORA = admin("globex", "nora@globex.example")
BOT = Call(System(), "test")
