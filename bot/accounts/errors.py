"""Every way in which an account backend can refuse: a closed set, one class for each code.

The class name is the code of the published contract. Each carries fields rather than prose: what a person
reads is made from them by whoever speaks to that person, in their language.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.accounts.values import Blocker, Capability, Quote
from bot.trouble import Busy, Trouble


class AccountError(Trouble):
    """The account backend refused, or could not be reached. Only its subclasses are raised."""

    @property
    def code(self) -> str:
        """The name shared with the published contract."""
        return type(self).__name__


class NotSupported(AccountError):
    """The backend cannot do this; `manual_step` is what a person does instead (design.md, invariant 12)."""

    def __init__(self, capability: Capability, manual_step: str) -> None:
        super().__init__(f"{capability}: {manual_step}")
        self.capability = capability
        self.manual_step = manual_step


class Forbidden(AccountError):
    """The actor may not do or see this."""


class NotPaidAccount(AccountError):
    """The organisation account is not on a paid plan (S06)."""


class AccountNotFound(AccountError):
    """There is no such account."""


class UserNotFound(AccountError):
    """The backend knows nobody by that address."""


class InvalidEmail(AccountError):
    """The backend does not take this for an address."""


class AlreadyMember(AccountError):
    """The person is a member of this account already."""


class AlreadyInvited(AccountError):
    """An invitation of this account to this person is open already."""


class BelongsToOtherAccount(AccountError):
    """The person is a member of another organisation, which must let go first."""


class NotInvitable(AccountError):
    """The backend does not let this person be invited."""


class DomainNotAllowed(AccountError):
    """The address is in a domain that the account may not invite from."""


class NoSeatAvailable(AccountError):
    """No seat of this licence is left."""

    def __init__(self, licence: str) -> None:
        super().__init__(licence)
        self.licence = licence


class InvitationNotFound(AccountError):
    """There is no such invitation."""


class InvitationExpired(AccountError):
    """The invitation has expired."""


class NotPending(AccountError):
    """The invitation has been answered, revoked or has expired already."""


class TooSoon(AccountError):
    """The invitation was sent again only a moment ago."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(retry_at.isoformat())
        self.retry_at = retry_at


class BlockersPresent(AccountError):
    """Obstacles stand in the way of joining (F2)."""

    def __init__(self, blockers: Sequence[Blocker]) -> None:
        super().__init__(", ".join(blocker.code for blocker in blockers))
        self.blockers = tuple(blockers)


class AcknowledgementMissing(AccountError):
    """A consequence that must be ticked was not; `missing` are its codes."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = tuple(missing)


class QuoteExpired(AccountError):
    """The quote that was agreed to no longer holds (R15); `quote` is the one that does, if there is one."""

    def __init__(self, quote: Quote | None = None) -> None:
        super().__init__()
        self.quote = quote


class QuoteChanged(AccountError):
    """The facts under the quote have changed (R15); `quote` is the one that now holds, if there is one."""

    def __init__(self, quote: Quote | None = None) -> None:
        super().__init__()
        self.quote = quote


class NothingToQuote(AccountError):
    """There is nothing to pay back: free, trial, paid elsewhere, or the period is used up (R9)."""


class SettlementNotPossible(AccountError):
    """The choice between refund and credit that was made is not open to this person."""


class CurrencyMismatch(AccountError):
    """Credit is only possible between accounts in one currency (R13)."""


class CreditTooSmall(AccountError):
    """The credit does not hold that amount."""


class AutopayAppliesItself(AccountError):
    """On autopay, credit goes to the next invoice by itself; there is nothing to apply (S20)."""


class InvoiceNotOpen(AccountError):
    """The invoice is not open."""


class NoCancellationRequested(AccountError):
    """There is no cancellation to undo."""


class PeriodEnded(AccountError):
    """The paid period is over, so the subscription cannot be reactivated."""


class RoomNotFound(AccountError):
    """There is no such room."""


class CannotRemoveOwner(AccountError):
    """The owner of an account cannot be removed from it."""


class CannotRemoveAdmin(AccountError):
    """An admin must be made a member before they can be removed."""


class ManagedDomain(AccountError):
    """The address is in a managed domain and cannot be unlinked."""


class TransferTargetInvalid(AccountError):
    """The data cannot be transferred to that person."""


class NotAMember(AccountError):
    """The person is not a member of this account."""


class InvitationPending(AccountError):
    """The person has been invited but has not joined yet."""


class ConflictingPlanFields(AccountError):
    """The licence and the add-ons asked for exclude each other."""


class QuotaExceeded(AccountError, Busy):
    """The day's quota of the backend is used up; it opens again at `retry_at` (UTC)."""


class RateLimited(AccountError, Busy):
    """Too many calls at once; welcome again at `retry_at` (UTC)."""


class Conflict(AccountError):
    """The same call is being carried out at this moment."""


class IdempotencyMismatch(AccountError):
    """The idempotency key was used before, for something else."""


class Unavailable(AccountError):
    """The backend cannot be reached or failed; `retryable` says whether trying again can help."""

    def __init__(self, reason: str = "", *, retryable: bool = True) -> None:
        super().__init__(reason)
        self.retryable = retryable


class BadSignature(AccountError):
    """An event's signature is wrong."""


class StaleEvent(AccountError):
    """An event's time stamp is too old to be believed."""


class ContractViolation(AccountError):
    """The backend answered outside its contract. `raw` is kept for the operator; nothing is guessed from it."""

    def __init__(self, problem: str, raw: str) -> None:
        super().__init__(problem)
        self.raw = raw
