"""Effects that are told to the account backend, or brought by the clock: each looks at the invitation as it is now."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
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
BOUNCED = "Bounced"


class InvitationEffect:
    """What effects about one invitation share: loaded together, and the inviter is told when they are given up."""

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

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """Record it, and tell the inviter."""
        invitation = await transaction.session.get(Invitation, due.invitation_id)
        if invitation is not None:
            stuck = deed(Action.GAVE_UP, invitation, kind=due.kind, why=reason)
            await record(transaction, due.workspace, BACKEND, [stuck])
            await telling.notify(transaction, invitation, Notice.GAVE_UP)


class Errand(InvitationEffect, ABC):
    """Something to be told to the account backend about an invitation."""

    async def run(self, due: Due, loaded: Invitation | None) -> Aftermath | None:
        """Do it, or take over an end that the backend knows of."""
        if loaded is None:
            return None
        try:
            return await self.act(due, loaded)
        except OVER:
            return await self.follow(loaded)

    @abstractmethod
    async def act(self, due: Due, invitation: Invitation) -> Aftermath | None:
        """What this errand is for."""

    async def follow(self, invitation: Invitation) -> Aftermath | None:
        """Take over what has become of an invitation in the backend; nothing if that is no news."""
        there = await ask(self._services, invitation)
        if not is_news(invitation, there):
            return None

        async def write(transaction: Transaction) -> None:
            await take_over(transaction, invitation, there)

        return write

    async def revoke(self, invitation: Invitation, backend_id: str) -> None:
        """Take an invitation back in the backend, as the bot."""
        await self._accounts.revoke_invitation(self._services.call(correlation_id=invitation.id), backend_id)


class Invite(Errand):
    """Tell the account backend of an invitation; then it is pending, and the invitee is looked for in Slack."""

    async def act(self, due: Due, invitation: Invitation) -> Aftermath | None:
        """Invite, as the admin who sent it."""
        if invitation.status is InvitationStatus.REVOKED:
            await self._undo(due, invitation)
        if invitation.status is not InvitationStatus.SCHEDULED:
            return None
        try:
            known = await self._invite(invitation)
        except REFUSALS as refusal:
            return self._refused(invitation, refusal.code)
        if known.delivery is MailDelivery.BOUNCED:
            return self._refused(invitation, BOUNCED, known.id)
        return self._pending(invitation, known)

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
            await self.revoke(invitation, known.id)

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

    async def act(self, due: Due, invitation: Invitation) -> Aftermath | None:
        """Send again, if it is still pending."""
        if invitation.status is not InvitationStatus.PENDING or invitation.backend_id is None:
            return None
        expires_at = await self._mail_again(invitation, invitation.backend_id)

        async def write(transaction: Transaction) -> None:
            await transaction.session.exec(
                update(Invitation)
                .where(col(Invitation.id) == invitation.id)
                .values(sendings=invitation.sendings + 1, expires_at=expires_at)
            )
            find = Wanted(EffectKind.FIND_INVITEE, f"find:{invitation.id}", transaction.now, invitation.id)
            await enqueue(transaction, workspace_of(invitation), [find])

        return write

    async def _mail_again(self, invitation: Invitation, backend_id: str) -> datetime | None:
        """Returns until when it can be answered."""
        key = f"{invitation.id}:resend:{invitation.sendings}"
        try:
            call = self._services.call(correlation_id=invitation.id)
            return (await self._accounts.resend_invitation(call, backend_id, key)).expires_at
        except (errors.TooSoon, errors.NotSupported):
            # The backend's mail stays as it was; the direct message goes out all the same.
            return invitation.expires_at


class Revoke(Errand):
    """Take an invitation back in the account backend, after it was taken back here."""

    async def act(self, due: Due, invitation: Invitation) -> Aftermath | None:
        """Revoke it, if the backend ever heard of it."""
        if invitation.backend_id is not None:
            await self.revoke(invitation, invitation.backend_id)
        return None


class Decline(Errand):
    """Tell the account backend that the invitee declined."""

    async def act(self, due: Due, invitation: Invitation) -> Aftermath | None:
        """Decline as the invitee; where the backend knows no declining, take the invitation back."""
        if invitation.backend_id is None:
            return None
        try:
            call = self._services.call(Invitee(invitation.backend_id), invitation.id)
            await self._accounts.decline_invitation(call, invitation.backend_id)
        except errors.NotSupported:
            await self.revoke(invitation, invitation.backend_id)
        return None


class Follow(Errand):
    """See what has become of an invitation in the account backend."""

    async def act(self, due: Due, invitation: Invitation) -> Aftermath | None:
        """Take it over, unless a join runs, which looks for itself."""
        if invitation.backend_id is None or invitation.status is InvitationStatus.ACCEPTING:
            return None
        return await self.follow(invitation)


class Expire(Errand):
    """End an invitation that nobody answered in time."""

    async def act(self, due: Due, invitation: Invitation) -> Aftermath | None:
        """Expire it, unless it was answered elsewhere, or sending it again has given it more time."""
        if invitation.status is not InvitationStatus.PENDING or invitation.expires_at is None:
            return None
        if not is_overdue(invitation, self._services.clock.now()):
            raise Later(invitation.expires_at)
        return await self.follow(invitation) or partial(self._expire, invitation)

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """The backend never answered; the time is up all the same."""
        invitation = await transaction.session.get(Invitation, due.invitation_id)
        if invitation is not None and invitation.status is InvitationStatus.PENDING:
            await self._expire(invitation, transaction)

    async def _expire(self, invitation: Invitation, transaction: Transaction) -> None:
        await expire(transaction, invitation)
