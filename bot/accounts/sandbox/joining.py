"""Accepting an invitation: the checks and steps of backends.md, E.4, all of them or none in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from bot.accounts.acknowledgements import required_acknowledgements
from bot.accounts.errors import (
    AcknowledgementMissing,
    BlockersPresent,
    CurrencyMismatch,
    Forbidden,
    InvitationNotFound,
    NothingToQuote,
    QuoteChanged,
    QuoteExpired,
    SettlementNotPossible,
)
from bot.accounts.sandbox.access import held_invitation, require_admin_or_bot
from bot.accounts.sandbox.changes import impact
from bot.accounts.sandbox.figures import subscriptions_of
from bot.accounts.sandbox.invitations import find_invitation, require_pending
from bot.accounts.sandbox.ledger import refund_of, settle
from bot.accounts.sandbox.loading import switches
from bot.accounts.sandbox.membership import move_in
from bot.accounts.sandbox.obstacles import obstacles
from bot.accounts.sandbox.quotes import current_quote, given_quote
from bot.accounts.sandbox.records import find_account, find_person
from bot.accounts.sandbox.seats import require_reserved_seat
from bot.accounts.sandbox.store import Row, Transaction, stamp
from bot.accounts.values import (
    AccountInvitationStatus,
    AccountJoin,
    AccountJoinState,
    Actor,
    Admin,
    Blocker,
    Collection,
    Invitee,
    PlanStatus,
    Quote,
    RefundStatus,
    WithheldReason,
)
from models.invitation import Licence
from models.join import SettlementKind

_JOIN = TypeAdapter(AccountJoin)


@dataclass(frozen=True, slots=True)
class _Joining:
    """Who joins what: the person and their account are `None` for somebody who has none yet."""

    invitation: Row
    organisation: Row
    person: Row | None
    source: Row | None

    @property
    def licence(self) -> Licence:
        """The licence that the invitation is for."""
        return Licence(self.invitation["licence"])

    @property
    def brings_everybody(self) -> bool:
        """Whether it is the owner, with whom the account goes over (S30)."""
        return self.source is not None and self.source["owner"] == self.invitation["person"]


def accept_invitation(
    db: Transaction,
    actor: Actor,
    invitation: str,
    settlement: SettlementKind,
    quote: str | None,
    acknowledged: Sequence[str],
) -> AccountJoin:
    """Check everything again, move the membership, end the subscription, and settle."""
    row = find_invitation(db, invitation)
    if not isinstance(actor, Invitee) or actor.invitation != invitation:
        raise Forbidden("only the person who is invited may accept")
    require_pending(db, row)
    joining = _gather(db, row)
    blockers = _require_no_obstacles(db, joining)
    agreed = _require_quote(db, joining, settlement, quote)
    _require_acknowledged(db, joining, blockers, acknowledged)
    require_reserved_seat(db, joining.organisation, joining.licence)
    fails = _refund_fails(db, joining)
    moved = _move(db, joining)
    settled = settle(db, row, joining.source, settlement, agreed, fails=fails)
    join = AccountJoin(
        id=db.new_id("join"),
        invitation=invitation,
        state=AccountJoinState.COMPLETED,
        settlement=settlement,
        amount=settled.amount,
        refund_id=settled.refund_id,
        credit_id=settled.credit_id,
        as_credit=settled.as_credit,
        moved=moved,
    )
    db.insert("joins", id=join.id, invitation=invitation, body=_JOIN.dump_json(join).decode(), at=db.now)
    return join


def get_join(db: Transaction, actor: Actor, join: str) -> AccountJoin:
    """How a join stands. Its admins see what concerns them: an amount only where it became their credit."""
    row = db.one("SELECT * FROM joins WHERE id = ?", join)
    if row is None:
        raise InvitationNotFound(join)
    invitation = find_invitation(db, row["invitation"])
    result = _JOIN.validate_json(row["body"])
    if isinstance(actor, Invitee):
        if held_invitation(db, actor)["id"] != invitation["id"]:
            raise Forbidden("this join is somebody else's")
    else:
        require_admin_or_bot(db, actor, invitation["account"])
    if isinstance(actor, Admin):
        credited = result.settlement is SettlementKind.CREDIT
        return replace(result, amount=result.amount if credited else None, refund_id=None)
    return _with_refund(db, result)


def _with_refund(db: Transaction, join: AccountJoin) -> AccountJoin:
    """A refund that came back leaves the person joined and the settlement failed (R17)."""
    row = db.one("SELECT * FROM ledger WHERE id = ?", join.refund_id)
    if row is None:
        return join
    refund = refund_of(db, row)
    if refund.status is not RefundStatus.FAILED:
        return join
    return replace(join, state=AccountJoinState.SETTLEMENT_FAILED, failure=refund.failure)


def _gather(db: Transaction, invitation: Row) -> _Joining:
    person = find_person(db, invitation["email"])
    source = find_account(db, person["account"]) if person and person["account"] else None
    return _Joining(invitation, find_account(db, invitation["account"]), person, source)


def _require_no_obstacles(db: Transaction, joining: _Joining) -> tuple[Blocker, ...]:
    """The soft blockers, once it is sure that there is no hard one."""
    if joining.person is None or joining.source is None:
        return ()
    found = obstacles(db, joining.person, joining.source["id"], joining.organisation["id"])
    hard = [blocker for blocker in found if blocker.hard]
    if hard:
        raise BlockersPresent(hard)
    return found


def _require_quote(
    db: Transaction, joining: _Joining, settlement: SettlementKind, identifier: str | None
) -> Quote | None:
    """The quote that was agreed to, if it still holds (R15) and allows what was chosen (R11, R13, R14)."""
    agreed = _unchanged_quote(db, joining, identifier)
    if agreed is None:
        if settlement is not SettlementKind.NONE:
            raise SettlementNotPossible("there is nothing to pay back")
        return None
    if settlement not in agreed.options:
        reasons = {way.reason for way in agreed.withheld if way.kind is settlement}
        if reasons == {WithheldReason.CURRENCY_MISMATCH}:
            raise CurrencyMismatch(agreed.whole.currency)
        raise SettlementNotPossible(f"{settlement} is not open to this person")
    return agreed


def _unchanged_quote(db: Transaction, joining: _Joining, identifier: str | None) -> Quote | None:
    """The quote that holds now, which must be the one that was agreed to; `None` where there is no money in it."""
    current = _current(db, joining)
    if current and current.id == identifier:
        return current
    if identifier is None and (current is None or current.options == {SettlementKind.NONE}):
        return current
    given = given_quote(db, joining.person, identifier) if joining.person and identifier else None
    if given and db.now >= given.valid_until:
        raise QuoteExpired(current)
    raise QuoteChanged(current)


def _current(db: Transaction, joining: _Joining) -> Quote | None:
    if joining.person is None or joining.source is None:
        return None
    try:
        return current_quote(db, joining.person, joining.source["id"], joining.organisation["id"])
    except NothingToQuote:
        return None


def _require_acknowledged(
    db: Transaction, joining: _Joining, blockers: Sequence[Blocker], acknowledged: Sequence[str]
) -> None:
    changes = impact(db, joining.person, joining.organisation, joining.licence) if joining.person else None
    missing = [code for code in required_acknowledgements(blockers, changes) if code not in acknowledged]
    if missing:
        raise AcknowledgementMissing(missing)


def _refund_fails(db: Transaction, joining: _Joining) -> bool:
    """Whether the payment method will not take the refund, as the accounts file says."""
    if joining.source is None:
        return False
    paid = subscriptions_of(db, joining.source["id"])
    return switches(db).refund_fails or any(subscription.refund_fails for subscription in paid)


def _move(db: Transaction, joining: _Joining) -> tuple[str, ...]:
    """Move the person, with an owner everybody on the account; returns who moved, the invitee first."""
    invitation, organisation = joining.invitation, joining.organisation
    db.run("UPDATE invitations SET status = ? WHERE id = ?", AccountInvitationStatus.ACCEPTED, invitation["id"])
    person = joining.person or _new_person(db, invitation)
    if not joining.brings_everybody or joining.source is None:
        move_in(db, person, organisation, joining.licence)
        return (person["email"],)
    others = db.all(
        "SELECT * FROM people WHERE account = ? AND key <> ? ORDER BY key", joining.source["id"], person["key"]
    )
    move_in(db, person, organisation, joining.licence)
    for other in others:
        move_in(db, other, organisation, _licence_of_co_user(db, other, organisation))
    _close(db, joining.source)
    return (person["email"], *(other["email"] for other in others))


def _licence_of_co_user(db: Transaction, person: Row, organisation: Row) -> Licence:
    """Basic, to be changed by an admin (S17); or what they were invited with themselves, which is answered by this."""
    invited = db.one(
        "SELECT id, licence FROM invitations"
        " WHERE account = ? AND person = ? AND status = 'pending' AND expires_at > ?",
        organisation["id"],
        person["key"],
        stamp(db.now),
    )
    if invited is None:
        return Licence.BASIC
    db.run("UPDATE invitations SET status = ? WHERE id = ?", AccountInvitationStatus.ACCEPTED, invited["id"])
    return Licence(invited["licence"])


def _close(db: Transaction, account: Row) -> None:
    """End the subscription; this cannot be undone (E.4, step 5)."""
    db.run(
        "UPDATE accounts SET plan_status = ?, collection = ?, cancel_requested_at = NULL WHERE id = ?",
        PlanStatus.CANCELLED,
        Collection.NONE,
        account["id"],
    )


def _new_person(db: Transaction, invitation: Row) -> Row:
    """Somebody who had no account at all."""
    name = invitation["name"] or invitation["email"].partition("@")[0].replace(".", " ").title()
    db.insert(
        "people",
        key=invitation["person"],
        id=db.new_id("user"),
        email=invitation["email"],
        domain=invitation["email"].rpartition("@")[2].casefold(),
        name=name,
        account=None,
        role="none",
        licence=Licence.NONE,
        deliverable=True,
        invitable=True,
    )
    return db.row("SELECT * FROM people WHERE key = ?", invitation["person"])
