"""How an invitation stands in the account backend, taken over here.

Invitations are answered and ended there without us, too: people answer the backend's own mail (S11), its admins revoke
on its own pages, its clock runs, and whoever is on an account whose owner joins comes along (S30). Everything that
finds an invitation dead over there asks here what became of it.
"""

from collections.abc import Sequence

import structlog
from sqlmodel import col, select

from bot import telling
from bot.accounts import errors
from bot.accounts.values import AccountInvitationStatus
from bot.audit import SYSTEM, By
from bot.database import Transaction
from bot.effects import Wanted, enqueue
from bot.lifecycle import StatusMoved, change_status, deed, expire, workspace_of
from bot.services import Services
from models.audit import Action, Source
from models.effect import EffectKind
from models.invitation import OPEN, TRANSITIONS, Invitation, InvitationStatus, address_key
from models.post import Notice

log = structlog.get_logger()

BACKEND = By(SYSTEM, Source.BACKEND)

# What a call says of an invitation that is over in the backend.
OVER = (errors.InvitationExpired, errors.InvitationNotFound, errors.NotPending)
# What an invitee's call says then: it no longer opens anything (F15).
CLOSED = (*OVER, errors.Forbidden)

_ENDED = {
    AccountInvitationStatus.ACCEPTED: (InvitationStatus.JOINED, Action.JOINED, Notice.JOINED),
    AccountInvitationStatus.DECLINED: (InvitationStatus.DECLINED, Action.DECLINED, Notice.DECLINED),
    AccountInvitationStatus.REVOKED: (InvitationStatus.REVOKED, Action.REVOKED, None),
    AccountInvitationStatus.EXPIRED: (InvitationStatus.EXPIRED, Action.EXPIRED, None),
}


async def ask(services: Services, invitation: Invitation) -> AccountInvitationStatus:
    """How an invitation stands in the account backend; one that it does not know any more counts as revoked.

    Raises:
        AccountError: the backend cannot be asked.
    """
    try:
        call = services.call(correlation_id=invitation.id)
        return (await services.accounts.get_invitation(call, invitation.backend_id or "")).status
    except errors.InvitationNotFound:
        return AccountInvitationStatus.REVOKED


def is_news(invitation: Invitation, there: AccountInvitationStatus) -> bool:
    """Whether the backend knows of an end that is not recorded here."""
    return there in _ENDED and _ENDED[there][0] in TRANSITIONS[invitation.status]


async def take_over(transaction: Transaction, invitation: Invitation, there: AccountInvitationStatus) -> Invitation:
    """Record an end that the backend knows of, and tell the inviter.

    Raises:
        StatusMoved: the invitation is no longer as it was read.
    """
    if there is AccountInvitationStatus.EXPIRED:
        return await expire(transaction, invitation)
    status, action, notice = _ENDED[there]
    what = deed(action, invitation, elsewhere=True)
    ended = await change_status(transaction, invitation, status, BACKEND, what)
    if notice is not None:
        await telling.answered_elsewhere(transaction, ended, notice)
    return ended


async def catch_up(services: Services, invitation: Invitation) -> Invitation:
    """The invitation as it stands once the backend has been asked, for somebody who waits for the answer.

    Raises:
        AccountError: the backend cannot be asked.
    """
    there = await ask(services, invitation)
    if not is_news(invitation, there):
        return invitation
    log.info("ended_elsewhere", invitation=invitation.id, status=there)
    try:
        async with services.database.begin() as transaction:
            return await take_over(transaction, invitation, there)
    except StatusMoved:
        async with services.database.read() as session:
            return await session.get_one(Invitation, invitation.id)


async def look_after(transaction: Transaction, joined: Invitation, addresses: Sequence[str]) -> None:
    """See to the open invitations of those who came along with somebody who has joined (S30)."""
    keys = {address_key(address) for address in addresses} - {joined.address_key}
    query = select(Invitation.id).where(
        OPEN, Invitation.organisation == joined.organisation, col(Invitation.address_key).in_(keys)
    )
    wanted = [
        Wanted(EffectKind.FOLLOW, f"follow:{other}", transaction.now, other)
        for other in await transaction.session.exec(query)
    ]
    await enqueue(transaction, workspace_of(joined), wanted)
