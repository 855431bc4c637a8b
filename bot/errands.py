"""Effects that are told to the account backend, or brought by the clock: each looks at the invitation as it is now."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from bot import telling
from bot.accounts import errors
from bot.accounts.values import (
    AccountInvitation,
    AccountInvitationStatus,
    Admin,
    Call,
    Invitee,
    InviteRequest,
    MailDelivery,
)
from bot.audit import record
from bot.database import Transaction
from bot.effects import Aftermath, Due, Later, Wanted, enqueue
from bot.following import BACKEND, OVER, ask, is_news, take_over
from bot.lifecycle import change_status, deed, expire, is_overdue, workspace_of
from bot.services import Services
from models.audit import Action
from models.batch import Batch
from models.effect import EffectKind
from models.invitation import Invitation, InvitationStatus, address_key
from models.post import Notice

# The backend has decided; asking again cannot help.
REFUSALS = (
    errors.AlreadyMember,
    errors.BelongsToOtherAccount,
    errors.NotInvitable,
    errors.DomainNotAllowed,
    errors.NoSeatAvailable,
    errors.InvalidEmail,
    errors.NotPaidAccount,
    errors.Forbidden,
    errors.AccountNotFound,
    errors.NotSupported,
    errors.IdempotencyMismatch,
)
BUSY = (errors.RateLimited, errors.QuotaExceeded)
BOUNCED = "Bounced"


class Errand:
    """What these effects share: they load their invitations together, and tell the inviter when they give up."""

    at_a_time = 20
    side_by_side = 8

    def __init__(self, services: Services) -> None:
        self._services = services
        self._accounts = services.accounts

    async def load(self, due: Sequence[Due]) -> Mapping[int, Any]:
        """The invitations as they are now, by effect id."""
        return await self._invitations(due)

    async def _invitations(self, due: Sequence[Due]) -> Mapping[int, Invitation]:
        ids = {one.invitation_id for one in due}
        async with self._services.database.read() as session:
            found = await session.exec(select(Invitation).where(col(Invitation.id).in_(ids)))
            by_id = {invitation.id: invitation for invitation in found}
        return {
            one.id: by_id[one.invitation_id]
            for one in due
            if one.invitation_id in by_id and by_id[one.invitation_id].team_id == one.workspace.team_id
        }

    async def follow(self, invitation: Invitation) -> Aftermath | None:
        """Take over what has become of an invitation in the backend; nothing if that is no news."""
        there = await ask(self._services, invitation)
        if not is_news(invitation, there):
            return None

        async def write(transaction: Transaction) -> None:
            await take_over(transaction, invitation, there)

        return write

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """Record it, and tell the inviter."""
        invitation = await transaction.session.get(Invitation, due.invitation_id)
        if invitation is not None:
            stuck = deed(Action.GAVE_UP, invitation, kind=due.kind, why=reason)
            await record(transaction, due.workspace, BACKEND, [stuck])
            await telling.notify(transaction, invitation, Notice.GAVE_UP)


class Invite(Errand):
    """Tell the account backend of an invitation; then it is pending, and the invitee is looked for in Slack."""

    async def run(self, due: Due, loaded: Invitation | None) -> Aftermath | None:
        """Invite, as the admin who sent it."""
        if loaded is None:
            return None
        if loaded.status is InvitationStatus.REVOKED:
            await self._undo(due, loaded)
        if loaded.status is not InvitationStatus.SCHEDULED:
            return None
        try:
            known = await self._invite(loaded)
        except REFUSALS as refusal:
            return self._refused(loaded, refusal.code)
        except BUSY as busy:
            raise Later(busy.retry_at) from busy
        if known.delivery is MailDelivery.BOUNCED:
            return self._refused(loaded, BOUNCED, known.id)
        return self._pending(loaded, known)

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """The backend never answered: the invitation ends, and the inviter is told."""
        invitation = await transaction.session.get(Invitation, due.invitation_id)
        if invitation is not None and invitation.status is InvitationStatus.SCHEDULED:
            await self._refused(invitation, reason)(transaction)

    async def _invite(self, invitation: Invitation) -> AccountInvitation:
        async with self._services.database.read() as session:
            batch = await session.get_one(Batch, invitation.batch_id)
        call = self._services.call(Admin(invitation.organisation, batch.inviter_email), invitation.id)
        request = InviteRequest(invitation.address, invitation.licence, invitation.name)
        return await self._accounts.invite(call, invitation.organisation, request, f"{invitation.id}:invite")

    def _pending(self, invitation: Invitation, known: AccountInvitation) -> Aftermath:
        async def write(transaction: Transaction) -> None:
            pending = await change_status(
                transaction,
                invitation,
                InvitationStatus.PENDING,
                BACKEND,
                deed(Action.INVITED, invitation),
                backend_id=known.id,
                pending_at=transaction.now,
                expires_at=known.expires_at,
            )
            find = Wanted(EffectKind.FIND_INVITEE, f"find:{pending.id}", transaction.now, pending.id)
            await enqueue(transaction, workspace_of(pending), [find])

        return write

    def _refused(self, invitation: Invitation, reason: str, backend_id: str | None = None) -> Aftermath:
        async def write(transaction: Transaction) -> None:
            refused = await change_status(
                transaction,
                invitation,
                InvitationStatus.UNDELIVERABLE,
                BACKEND,
                deed(Action.REFUSED_BY_BACKEND, invitation, why=reason),
                end_reason=reason,
                backend_id=backend_id,
            )
            await telling.notify(transaction, refused, Notice.REFUSED)
            if backend_id is not None:
                revoke = Wanted(EffectKind.REVOKE, f"revoke:{refused.id}", transaction.now, refused.id)
                await enqueue(transaction, workspace_of(refused), [revoke])

        return write

    async def _undo(self, due: Due, invitation: Invitation) -> None:
        """Revoked before we came. If an earlier attempt may have reached the backend, take it back there too."""
        if invitation.backend_id is not None or due.attempts == 1:
            return
        call = self._services.call(correlation_id=invitation.id)
        known = await self._waiting_there(call, invitation)
        if known is not None:
            await self._accounts.revoke_invitation(call, known.id)

    async def _waiting_there(self, call: Call, invitation: Invitation) -> AccountInvitation | None:
        cursor = None
        while True:
            page = await self._accounts.list_invitations(
                call, invitation.organisation, AccountInvitationStatus.PENDING, cursor
            )
            for known in page.items:
                if address_key(known.email) == invitation.address_key:
                    return known
            if (cursor := page.cursor) is None:
                return None


class Resend(Errand):
    """Have the backend mail an open invitation again, and write to the invitee in Slack again."""

    async def run(self, due: Due, loaded: Invitation | None) -> Aftermath | None:
        """Send again, if it is still pending."""
        if loaded is None or loaded.status is not InvitationStatus.PENDING or loaded.backend_id is None:
            return None
        key = f"{loaded.id}:resend:{loaded.sendings}"
        call = self._services.call(correlation_id=loaded.id)
        expires_at = loaded.expires_at
        try:
            expires_at = (await self._accounts.resend_invitation(call, loaded.backend_id, key)).expires_at
        except (errors.TooSoon, errors.NotSupported):
            # The backend's mail stays as it was; the direct message goes out all the same.
            pass
        except OVER:
            return await self.follow(loaded)
        except BUSY as busy:
            raise Later(busy.retry_at) from busy

        async def write(transaction: Transaction) -> None:
            await transaction.session.exec(
                update(Invitation)
                .where(col(Invitation.id) == loaded.id)
                .values(sendings=loaded.sendings + 1, expires_at=expires_at)
            )
            find = Wanted(EffectKind.FIND_INVITEE, f"find:{loaded.id}", transaction.now, loaded.id)
            await enqueue(transaction, workspace_of(loaded), [find])

        return write


class Revoke(Errand):
    """Take an invitation back in the account backend, after it was taken back here."""

    async def run(self, due: Due, loaded: Invitation | None) -> Aftermath | None:
        """Revoke; that it is over there already is as good."""
        if loaded is None or loaded.backend_id is None:
            return None
        try:
            await self._accounts.revoke_invitation(self._services.call(correlation_id=loaded.id), loaded.backend_id)
        except OVER:
            return await self.follow(loaded)
        except BUSY as busy:
            raise Later(busy.retry_at) from busy
        return None


class Decline(Errand):
    """Tell the account backend that the invitee declined; where it knows no declining, take the invitation back."""

    async def run(self, due: Due, loaded: Invitation | None) -> Aftermath | None:
        """Decline as the invitee, or revoke as the bot."""
        if loaded is None or loaded.backend_id is None:
            return None
        try:
            await self._decline(loaded, loaded.backend_id)
        except OVER:
            return await self.follow(loaded)
        except BUSY as busy:
            raise Later(busy.retry_at) from busy
        return None

    async def _decline(self, invitation: Invitation, backend_id: str) -> None:
        try:
            call = self._services.call(Invitee(backend_id), invitation.id)
            await self._accounts.decline_invitation(call, backend_id)
        except errors.NotSupported:
            await self._accounts.revoke_invitation(self._services.call(correlation_id=invitation.id), backend_id)


class Follow(Errand):
    """See what has become of an invitation in the account backend."""

    async def run(self, due: Due, loaded: Invitation | None) -> Aftermath | None:
        """Take it over, unless a join runs, which looks for itself."""
        if loaded is None or loaded.backend_id is None or loaded.status is InvitationStatus.ACCEPTING:
            return None
        return await self.follow(loaded)


class Expire(Errand):
    """End an invitation that nobody answered in time."""

    async def run(self, due: Due, loaded: Invitation | None) -> Aftermath | None:
        """Expire it, unless it was answered elsewhere, or sending it again has given it more time."""
        if loaded is None or loaded.status is not InvitationStatus.PENDING or loaded.expires_at is None:
            return None
        if not is_overdue(loaded, self._services.clock.now()):
            raise Later(loaded.expires_at)
        if (ended_elsewhere := await self.follow(loaded)) is not None:
            return ended_elsewhere

        return partial(self._expire, loaded)

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """The backend never answered; the time is up all the same."""
        invitation = await transaction.session.get(Invitation, due.invitation_id)
        if invitation is not None and invitation.status is InvitationStatus.PENDING:
            await self._expire(invitation, transaction)

    async def _expire(self, invitation: Invitation, transaction: Transaction) -> None:
        await expire(transaction, invitation)
