"""The life of an invitation here: pending until it is accepted, declined, revoked, or thirty days are over."""

import json
from datetime import datetime, timedelta

from bot.accounts.errors import (
    AlreadyMember,
    BelongsToOtherAccount,
    DomainNotAllowed,
    Forbidden,
    InvalidEmail,
    InvitationExpired,
    InvitationNotFound,
    NotInvitable,
    NotPaidAccount,
    NotPending,
    TooSoon,
)
from bot.accounts.sandbox.access import require_admin, require_admin_or_bot
from bot.accounts.sandbox.definition import AccountKind
from bot.accounts.sandbox.fields import check_email
from bot.accounts.sandbox.paging import PAGE_SIZE, after, page
from bot.accounts.sandbox.records import (
    find_account,
    find_person,
    invitation_of,
    invitation_status,
    is_paid,
    plan_status,
)
from bot.accounts.sandbox.seats import require_seat
from bot.accounts.sandbox.store import Row, Transaction, stamp
from bot.accounts.values import (
    AccountInvitation,
    AccountInvitationStatus,
    Actor,
    Invitee,
    InviteRequest,
    MailDelivery,
    Page,
)
from models.invitation import address_key

LIFETIME = timedelta(days=30)
RESEND_INTERVAL = timedelta(minutes=1)

_Status = AccountInvitationStatus


def invite(db: Transaction, actor: Actor, account: str, request: InviteRequest) -> AccountInvitation:
    """Invite one person, after every reason not to; an open invitation is returned as it is."""
    organisation = find_account(db, account)
    require_admin(db, actor, account)
    if organisation["parent"] is not None:
        raise NotInvitable("a sub-account takes no invitations (S03)")
    if not is_paid(plan_status(db, organisation)):
        raise NotPaidAccount(account)
    address = _address(request.email)
    person = find_person(db, address)
    if person is not None and person["account"] == account:
        raise AlreadyMember
    pending = _pending(db, account, address)
    if pending is not None:
        return invitation_of(pending, db.now)
    _require_invitable(db, organisation, address, person)
    require_seat(db, organisation, request.licence)
    return _write(db, account, address, request, bounces=person is not None and not person["deliverable"])


def _address(text: str) -> str:
    try:
        return check_email(text.strip())
    except ValueError as error:
        raise InvalidEmail from error


def _require_invitable(db: Transaction, organisation: Row, address: str, person: Row | None) -> None:
    domain = address.rpartition("@")[2].casefold()
    if domain in json.loads(organisation["blocked_domains"]):
        raise DomainNotAllowed(domain)
    if person is None:
        return
    if not person["invitable"]:
        raise NotInvitable
    if person["account"] and find_account(db, person["account"])["kind"] == AccountKind.ORGANISATION:
        raise BelongsToOtherAccount


def _pending(db: Transaction, account: str, address: str) -> Row | None:
    """The open invitation of an account to somebody. One that the clock has ended is put aside first."""
    db.run(
        "UPDATE invitations SET status = 'expired'"
        " WHERE account = ? AND person = ? AND status = 'pending' AND expires_at <= ?",
        account,
        address_key(address),
        stamp(db.now),
    )
    return db.one(
        "SELECT * FROM invitations WHERE account = ? AND person = ? AND status = 'pending'",
        account,
        address_key(address),
    )


def _write(db: Transaction, account: str, address: str, request: InviteRequest, *, bounces: bool) -> AccountInvitation:
    identifier = db.new_id("invitation")
    db.insert(
        "invitations",
        id=identifier,
        account=account,
        person=address_key(address),
        email=address,
        name=request.name,
        licence=request.licence,
        status=_Status.PENDING,
        delivery=MailDelivery.BOUNCED if bounces else MailDelivery.SENT,
        sent_at=db.now,
        expires_at=db.now + LIFETIME,
    )
    return invitation_of(find_invitation(db, identifier), db.now)


def find_invitation(db: Transaction, invitation: str) -> Row:
    """The row of an invitation.

    Raises:
        InvitationNotFound: there is none.
    """
    row = db.one("SELECT * FROM invitations WHERE id = ?", invitation)
    if row is None:
        raise InvitationNotFound(invitation)
    return row


def list_invitations(
    db: Transaction, actor: Actor, account: str, status: AccountInvitationStatus | None, cursor: str | None
) -> Page[AccountInvitation]:
    """The invitations of an account, newest first."""
    find_account(db, account)
    require_admin_or_bot(db, actor, account)
    last = after(cursor)
    rows = db.all(
        "SELECT * FROM invitations WHERE account = ?1 AND (?2 IS NULL OR number < ?2) AND (?3 IS NULL OR ?3 ="
        " CASE WHEN status = 'pending' AND expires_at <= ?4 THEN 'expired' ELSE status END)"
        " ORDER BY number DESC LIMIT ?5",
        account,
        int(last) if last else None,
        status,
        stamp(db.now),
        PAGE_SIZE + 1,
    )
    return page([invitation_of(row, db.now) for row in rows], [row["number"] for row in rows])


def get_invitation(db: Transaction, actor: Actor, invitation: str) -> AccountInvitation:
    """One invitation, for whoever holds it and for those who sent it."""
    row = find_invitation(db, invitation)
    if not _holds(actor, row):
        require_admin_or_bot(db, actor, row["account"])
    return invitation_of(row, db.now)


def resend_invitation(db: Transaction, actor: Actor, invitation: str) -> AccountInvitation:
    """Mail an open invitation again; its thirty days start anew."""
    row = find_invitation(db, invitation)
    require_admin_or_bot(db, actor, row["account"])
    require_pending(db, row)
    earliest = datetime.fromisoformat(row["sent_at"]) + RESEND_INTERVAL
    if db.now < earliest:
        raise TooSoon(earliest)
    db.run(
        "UPDATE invitations SET sent_at = ?, expires_at = ? WHERE id = ?",
        stamp(db.now),
        stamp(db.now + LIFETIME),
        invitation,
    )
    return invitation_of(find_invitation(db, invitation), db.now)


def revoke_invitation(db: Transaction, actor: Actor, invitation: str) -> AccountInvitation:
    """Take an open invitation back. One that is revoked or has expired is left as it is."""
    row = find_invitation(db, invitation)
    require_admin_or_bot(db, actor, row["account"])
    return _end(db, row, _Status.REVOKED, already_ended=(_Status.REVOKED, _Status.EXPIRED))


def decline_invitation(db: Transaction, actor: Actor, invitation: str) -> AccountInvitation:
    """Decline, as the invitee."""
    row = find_invitation(db, invitation)
    if not _holds(actor, row):
        raise Forbidden("only the person who is invited may decline")
    return _end(db, row, _Status.DECLINED, already_ended=(_Status.DECLINED,))


def require_pending(db: Transaction, row: Row) -> None:
    """An invitation that waits for its answer.

    Raises:
        InvitationExpired, NotPending.
    """
    status = invitation_status(row, db.now)
    if status is _Status.EXPIRED:
        raise InvitationExpired(row["id"])
    if status is not _Status.PENDING:
        raise NotPending(f"{row['id']} is {status}")


def _end(
    db: Transaction, row: Row, status: AccountInvitationStatus, already_ended: tuple[AccountInvitationStatus, ...]
) -> AccountInvitation:
    now_is = invitation_status(row, db.now)
    if now_is in already_ended:
        return invitation_of(row, db.now)
    if now_is is not _Status.PENDING:
        raise NotPending(f"{row['id']} is {now_is}")
    db.run("UPDATE invitations SET status = ? WHERE id = ?", status, row["id"])
    return invitation_of(find_invitation(db, row["id"]), db.now)


def _holds(actor: Actor, invitation: Row) -> bool:
    return isinstance(actor, Invitee) and actor.invitation == invitation["id"]
