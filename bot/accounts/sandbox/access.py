"""Who may ask what (design.md, invariants 5 and 6).

An admin acts for their own account only, and never sees an invitee's money. An invitee holds one invitation: it opens
their own account and what they are invited to, until it is revoked, declined or expired (F15). The bot itself may read
what it has to reconcile, send an invitation again and take it back; everything else needs a person.
"""

from bot.accounts.errors import Forbidden
from bot.accounts.sandbox.records import find_account, find_person, invitation_status
from bot.accounts.sandbox.store import Row, Transaction
from bot.accounts.values import AccountInvitationStatus, Actor, Admin, Invitee, Role, System
from models.invitation import address_key

_LIVE = (AccountInvitationStatus.PENDING, AccountInvitationStatus.ACCEPTED)


def role_of(db: Transaction, account: str, email: str) -> Role:
    """What somebody is in an account."""
    role = db.value("SELECT role FROM people WHERE key = ? AND account = ?", address_key(email), account)
    return Role(role) if role else Role.NONE


def require_admin(db: Transaction, actor: Actor, account: str) -> None:
    """An admin or owner of this account (S05).

    Raises:
        Forbidden: somebody else.
    """
    if not isinstance(actor, Admin) or actor.account != account:
        raise Forbidden("only an admin of this account may do this")
    if role_of(db, account, actor.email) not in (Role.OWNER, Role.ADMIN):
        raise Forbidden("only an admin of this account may do this")


def require_admin_or_bot(db: Transaction, actor: Actor, account: str) -> None:
    """An admin of this account, or the bot itself.

    Raises:
        Forbidden: somebody else.
    """
    if not isinstance(actor, System):
        require_admin(db, actor, account)


def held_invitation(db: Transaction, actor: Actor, *, still_open: bool = False) -> Row:
    """The invitation that an invitee holds, while it is open or, unless `still_open`, after they accepted it.

    Raises:
        Forbidden: the actor is no invitee, or the invitation no longer opens anything.
    """
    if not isinstance(actor, Invitee):
        raise Forbidden("only the person who is invited may do this")
    invitation = db.one("SELECT * FROM invitations WHERE id = ?", actor.invitation)
    if invitation is None:
        raise Forbidden("there is no such invitation")
    status = invitation_status(invitation, db.now)
    if status not in _LIVE or (still_open and status is not AccountInvitationStatus.PENDING):
        raise Forbidden(f"the invitation is {status}")
    return invitation


def require_account_reader(db: Transaction, actor: Actor, account: str) -> None:
    """Somebody who may see an account's plan and seats: its admins, those invited to it, those on it, the bot.

    Raises:
        Forbidden: somebody else.
    """
    if not isinstance(actor, Invitee):
        require_admin_or_bot(db, actor, account)
        return
    invitation = held_invitation(db, actor)
    if account not in (invitation["account"], _own_account(db, invitation)):
        raise Forbidden("this account is neither the invitee's nor the one they are invited to")


def require_source_owner(db: Transaction, actor: Actor, source: str) -> None:
    """The owner of an account, holding an open invitation to another; or the bot, which may read it.

    Raises:
        Forbidden: somebody else.
    """
    account = find_account(db, source)
    if isinstance(actor, System):
        return
    if held_invitation(db, actor, still_open=True)["person"] != account["owner"]:
        raise Forbidden("only the owner of this account may do this")


def require_account_manager(db: Transaction, actor: Actor, account: str) -> None:
    """Somebody who may change an account: an admin of it, or its owner who holds an open invitation to another.

    Raises:
        Forbidden: somebody else; the bot too, because it is a person's decision.
    """
    if not isinstance(actor, Invitee):
        require_admin(db, actor, account)
    else:
        require_source_owner(db, actor, account)


def invited_person(db: Transaction, actor: Actor, source: str, target: str) -> Row:
    """Whose join from `source` to `target` it is about: the invitee; for the bot, the owner of `source`.

    Raises:
        Forbidden: an admin; or somebody who is not on `source`, or not invited to `target`.
    """
    account = find_account(db, source)
    find_account(db, target)
    if isinstance(actor, System):
        key = account["owner"]
    else:
        invitation = held_invitation(db, actor, still_open=True)
        if invitation["account"] != target:
            raise Forbidden("the invitation is to another account")
        key = invitation["person"]
    person = db.one("SELECT * FROM people WHERE key = ? AND account = ?", key, source)
    if person is None:
        raise Forbidden("the invitee is not on this account")
    return person


def require_self(db: Transaction, actor: Actor, email: str) -> None:
    """The invitee, asking about themselves; or the bot.

    Raises:
        Forbidden: somebody else.
    """
    if not isinstance(actor, System) and held_invitation(db, actor)["person"] != address_key(email):
        raise Forbidden("only the person themselves may see this")


def _own_account(db: Transaction, invitation: Row) -> str | None:
    person = find_person(db, invitation["person"])
    return person["account"] if person else None
