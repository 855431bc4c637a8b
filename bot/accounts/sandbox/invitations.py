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


def invite(t: Transaction, actor: Actor, account: str, request: InviteRequest) -> AccountInvitation:
    """Invite one person, after every reason not to; an open invitation is returned as it is."""
    organisation = find_account(t, account)
    require_admin(t, actor, account)
    if organisation["parent"] is not None:
        raise NotInvitable("a sub-account takes no invitations (S03)")
    if not is_paid(plan_status(t, organisation)):
        raise NotPaidAccount(account)
    address = _address(request.email)
    person = find_person(t, address)
    if person is not None and person["account"] == account:
        raise AlreadyMember(address)
    pending = _pending(t, account, address)
    if pending is not None:
        return invitation_of(pending, t.now)
    _require_invitable(t, organisation, address, person)
    require_seat(t, organisation, request.licence)
    return _write(t, account, address, request, bounces=person is not None and not person["deliverable"])


def _address(text: str) -> str:
    try:
        return check_email(text.strip())
    except ValueError as error:
        raise InvalidEmail(str(error)) from error


def _require_invitable(t: Transaction, organisation: Row, address: str, person: Row | None) -> None:
    domain = address.rpartition("@")[2].casefold()
    if domain in json.loads(organisation["blocked_domains"]):
        raise DomainNotAllowed(domain)
    if person is None:
        return
    if not person["invitable"]:
        raise NotInvitable(address)
    if person["account"] and find_account(t, person["account"])["kind"] == AccountKind.ORGANISATION:
        raise BelongsToOtherAccount(address)


def _pending(t: Transaction, account: str, address: str) -> Row | None:
    """The open invitation of an account to somebody. One that the clock has ended is put aside first."""
    t.run(
        "UPDATE invitations SET status = 'expired'"
        " WHERE account = ? AND person = ? AND status = 'pending' AND expires_at <= ?",
        account,
        address_key(address),
        stamp(t.now),
    )
    return t.one(
        "SELECT * FROM invitations WHERE account = ? AND person = ? AND status = 'pending'",
        account,
        address_key(address),
    )


def _write(t: Transaction, account: str, address: str, request: InviteRequest, *, bounces: bool) -> AccountInvitation:
    identifier = t.new_id("invitation")
    t.insert(
        "invitations",
        id=identifier,
        account=account,
        person=address_key(address),
        email=address,
        name=request.name,
        licence=request.licence,
        status=_Status.PENDING,
        delivery=MailDelivery.BOUNCED if bounces else MailDelivery.SENT,
        sent_at=t.now,
        expires_at=t.now + LIFETIME,
    )
    return invitation_of(find_invitation(t, identifier), t.now)


def find_invitation(t: Transaction, invitation: str) -> Row:
    """The row of an invitation.

    Raises:
        InvitationNotFound: there is none.
    """
    row = t.one("SELECT * FROM invitations WHERE id = ?", invitation)
    if row is None:
        raise InvitationNotFound(invitation)
    return row


def list_invitations(
    t: Transaction, actor: Actor, account: str, status: AccountInvitationStatus | None, cursor: str | None
) -> Page[AccountInvitation]:
    """The invitations of an account, newest first."""
    find_account(t, account)
    require_admin_or_bot(t, actor, account)
    last = after(cursor)
    rows = t.all(
        "SELECT * FROM invitations WHERE account = ?1 AND (?2 IS NULL OR number < ?2) AND (?3 IS NULL OR ?3 ="
        " CASE WHEN status = 'pending' AND expires_at <= ?4 THEN 'expired' ELSE status END)"
        " ORDER BY number DESC LIMIT ?5",
        account,
        int(last) if last else None,
        status,
        stamp(t.now),
        PAGE_SIZE + 1,
    )
    return page([invitation_of(row, t.now) for row in rows], [row["number"] for row in rows])


def get_invitation(t: Transaction, actor: Actor, invitation: str) -> AccountInvitation:
    """One invitation, for whoever holds it and for those who sent it."""
    row = find_invitation(t, invitation)
    if not _holds(actor, row):
        require_admin_or_bot(t, actor, row["account"])
    return invitation_of(row, t.now)


def resend_invitation(t: Transaction, actor: Actor, invitation: str) -> AccountInvitation:
    """Mail an open invitation again; its thirty days start anew."""
    row = find_invitation(t, invitation)
    require_admin_or_bot(t, actor, row["account"])
    require_pending(t, row)
    earliest = datetime.fromisoformat(row["sent_at"]) + RESEND_INTERVAL
    if t.now < earliest:
        raise TooSoon(earliest)
    t.run(
        "UPDATE invitations SET sent_at = ?, expires_at = ? WHERE id = ?",
        stamp(t.now),
        stamp(t.now + LIFETIME),
        invitation,
    )
    return invitation_of(find_invitation(t, invitation), t.now)


def revoke_invitation(t: Transaction, actor: Actor, invitation: str) -> AccountInvitation:
    """Take an open invitation back. One that is revoked or has expired is left as it is."""
    row = find_invitation(t, invitation)
    require_admin_or_bot(t, actor, row["account"])
    return _end(t, row, _Status.REVOKED, already_ended=(_Status.REVOKED, _Status.EXPIRED))


def decline_invitation(t: Transaction, actor: Actor, invitation: str) -> AccountInvitation:
    """Decline, as the invitee."""
    row = find_invitation(t, invitation)
    if not _holds(actor, row):
        raise Forbidden("only the person who is invited may decline")
    return _end(t, row, _Status.DECLINED, already_ended=(_Status.DECLINED,))


def require_pending(t: Transaction, row: Row) -> None:
    """An invitation that waits for its answer.

    Raises:
        InvitationExpired, NotPending.
    """
    status = invitation_status(row, t.now)
    if status is _Status.EXPIRED:
        raise InvitationExpired(row["id"])
    if status is not _Status.PENDING:
        raise NotPending(f"{row['id']} is {status}")


def _end(
    t: Transaction, row: Row, status: AccountInvitationStatus, already_ended: tuple[AccountInvitationStatus, ...]
) -> AccountInvitation:
    now_is = invitation_status(row, t.now)
    if now_is in already_ended:
        return invitation_of(row, t.now)
    if now_is is not _Status.PENDING:
        raise NotPending(f"{row['id']} is {now_is}")
    t.run("UPDATE invitations SET status = ? WHERE id = ?", status, row["id"])
    return invitation_of(find_invitation(t, row["id"]), t.now)


def _holds(actor: Actor, invitation: Row) -> bool:
    return isinstance(actor, Invitee) and actor.invitation == invitation["id"]
