"""The way back: effects that must be told become messages, posted once and updated ever after.

Each looks at how things stand now and says that, so that a repeat, or two changes in a row, end in the same message.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
from sqlalchemy import update
from sqlmodel import col, select

from bot import surfaces, telling
from bot.audit import SYSTEM, By, record
from bot.database import Transaction
from bot.effects import Aftermath, Due, Later, Performer, enqueue
from bot.language import Language
from bot.lifecycle import deed, is_overdue, workspace_of
from bot.settlement import Settlement
from bot.slack.client import SlackRefused
from bot.slack.directory import SlackPerson
from bot.surfaces import BatchSurface, InvitationSurface
from handlers.desk import Desk
from handlers.speaking import Outgoing, Speaker
from handlers.views import overviews
from handlers.views.blocks import Block
from handlers.views.messages import Invited, expired_message, invitation_message, outcome_view
from models.audit import Action, Source
from models.effect import EffectKind
from models.invitation import Invitation, InvitationStatus, Reach
from models.post import Audience, Notice, Post

log = structlog.get_logger()

CLOCK = By(SYSTEM, Source.CLOCK)

# How long a notice waits for the overview that it belongs under.
WAIT_FOR_OVERVIEW = timedelta(seconds=30)


class AboutInvitation(Speaker):
    """Speakers about one invitation."""

    async def load(self, due: Sequence[Due]) -> Mapping[int, InvitationSurface]:
        """The invitations as they are now."""
        return await surfaces.of_invitations(self._services.database, due)

    def invited(self, surface: InvitationSurface) -> Invited:
        """What a message to the invitee is made of."""
        return Invited(surface.invitation, surface.batch, surface.join, self._desk.sign_in_url)


class AboutBatch(Speaker):
    """Speakers about a whole batch."""

    async def load(self, due: Sequence[Due]) -> Mapping[int, BatchSurface]:
        """The batches as they are now."""
        return await surfaces.of_batches(self._services.database, due)


class Deliver(AboutInvitation):
    """The invitation itself: one message to the invitee, and one more each time it is sent again."""

    async def speak(self, due: Due, loaded: InvitationSurface) -> Aftermath | None:
        """Post it, if it is still waiting for an answer."""
        invitation = loaded.invitation
        if invitation.status is not InvitationStatus.PENDING or invitation.invitee is None:
            return None
        person = await self._services.people.person(invitation.invitee, fresh=True)
        if person.deactivated:
            return _deactivated(invitation)
        key = f"invitee:{invitation.id}:{invitation.sendings}"
        language = Language(person.locale, person.zone)
        message = invitation_message(language, self.invited(loaded))
        posted = await self.say(due, _to_invitee(loaded, person, key, message), loaded.posted(key))
        return _and_refresh(invitation, posted, others=bool(loaded.posts))

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """The invitee could not be written to: their inviter should know."""
        invitation = await transaction.session.get(Invitation, due.invitation_id)
        if invitation is not None:
            await _set_reach(transaction, invitation, Reach.NOT_IN_SLACK, reason)


class Remind(AboutInvitation):
    """The reminder: looks again before it speaks."""

    async def speak(self, due: Due, loaded: InvitationSurface) -> Aftermath | None:
        """Remind, if there is still no answer and there is time for one."""
        invitation = loaded.invitation
        if (
            invitation.status is not InvitationStatus.PENDING
            or invitation.invitee is None
            or invitation.reach is not Reach.REACHED
            or is_overdue(invitation, self._services.clock.now())
        ):
            return None
        person = await self._services.people.person(invitation.invitee, fresh=True)
        if person.deactivated:
            return _deactivated(invitation)
        key = f"remind:{invitation.id}:1"
        message = invitation_message(Language(person.locale, person.zone), self.invited(loaded), reminder=True)
        posted = await self.say(due, _to_invitee(loaded, person, key, message), loaded.posted(key))

        async def reminded(transaction: Transaction) -> None:
            await transaction.session.exec(
                update(Invitation).where(col(Invitation.id) == invitation.id).values(reminders_sent=1)
            )
            await record(transaction, due.workspace, CLOCK, [deed(Action.REMINDED, invitation)])
            await enqueue(transaction, due.workspace, telling.overviews(transaction, invitation.batch_id))

        return _and_refresh(invitation, _both(posted, reminded), others=True)


class Refresh(AboutInvitation):
    """Every message to the invitee says how things stand now; only the newest has buttons."""

    async def speak(self, due: Due, loaded: InvitationSurface) -> Aftermath | None:
        """Update them one by one, the newest last."""
        invitation = loaded.invitation
        if invitation.invitee is None:
            return None
        language = await self._desk.language(invitation.invitee)
        mine = [post for post in loaded.posts if post.audience is Audience.INVITEE and _is_invitation(post)]
        for post in mine:
            message = invitation_message(
                language,
                self.invited(loaded),
                newest=post is mine[-1],
                reminder=post.key.startswith("remind:"),
            )
            try:
                await self._slack.update(post.channel, post.ts, message)
            except SlackRefused as refusal:
                # The person or an admin has deleted it, or may not have it changed: then it shows nothing wrong.
                log.info("post_not_updated", post=post.key, why=refusal.code)
        return None


class ShowOutcome(AboutInvitation):
    """The modal in which the invitee accepted, if it is still open."""

    async def speak(self, due: Due, loaded: InvitationSurface) -> Aftermath | None:
        """Say how it went."""
        join = loaded.join
        if join is None or join.view_id is None or join.id != due.payload["join"]:
            return None
        language = await self._desk.language(loaded.invitation.invitee or "")
        try:
            await self._slack.update_view(join.view_id, outcome_view(language, self.invited(loaded)))
        except SlackRefused as refusal:
            log.info("outcome_not_shown", why=refusal.code)
        return None


class ShowBatch(AboutBatch):
    """The overview for the inviter."""

    async def speak(self, due: Due, loaded: BatchSurface) -> Aftermath | None:
        """Post or update it."""
        if not loaded.invitations:
            return None
        batch = loaded.batch
        language = await self._desk.language(batch.inviter)
        key = _batch_key(batch.id)
        message = overviews.batch_message(language, batch, loaded.invitations)
        outgoing = Outgoing(key, batch.inviter, Audience.INVITER, message, batch_id=batch.id)
        return await self.say(due, outgoing, loaded.posted(key))


class ShowChannel(AboutBatch):
    """The overview for the channel, in counts."""

    async def speak(self, due: Due, loaded: BatchSurface) -> Aftermath | None:
        """Post or update it, if there is a channel."""
        channel = self._desk.invite_channel
        if channel is None or not loaded.invitations:
            return None
        key = f"channel:{loaded.batch.id}"
        message = overviews.channel_message(Language(), loaded.batch, loaded.invitations)
        outgoing = Outgoing(key, channel, Audience.CHANNEL, message, batch_id=loaded.batch.id)
        return await self.say(due, outgoing, loaded.posted(key))


class Notify(Speaker):
    """Messages of their own: to the inviter below the overview, to the invitee at the end."""

    async def load(self, due: Sequence[Due]) -> Mapping[int, tuple[BatchSurface, InvitationSurface]]:
        """The batches and the invitations as they are now."""
        batches = await surfaces.of_batches(self._services.database, due)
        invitations = await surfaces.of_invitations(self._services.database, due)
        known = batches.keys() & invitations.keys()
        return {one.id: (batches[one.id], invitations[one.id]) for one in due if one.id in known}

    async def speak(self, due: Due, loaded: tuple[BatchSurface, InvitationSurface]) -> Aftermath | None:
        """Say it to whom it concerns."""
        batch, invitation = loaded
        notice = Notice(due.payload["notice"])
        if notice is Notice.EXPIRED_FOR_INVITEE:
            return await self._to_invitee(due, invitation)
        return await self._to_inviter(due, notice, batch, invitation)

    async def _to_invitee(self, due: Due, surface: InvitationSurface) -> Aftermath | None:
        invitation = surface.invitation
        if invitation.invitee is None or invitation.reach is not Reach.REACHED:
            return None
        person = await self._services.people.person(invitation.invitee, fresh=True)
        if person.deactivated:
            return None
        invited = Invited(invitation, surface.batch, surface.join)
        message = expired_message(Language(person.locale, person.zone), invited)
        key = f"expired:{invitation.id}"
        return await self.say(due, _to_invitee(surface, person, key, message), surface.posted(key))

    async def _to_inviter(
        self, due: Due, notice: Notice, surface: BatchSurface, one: InvitationSurface
    ) -> Aftermath | None:
        about = concerned(notice, surface.invitations) or (
            [one.invitation] if notice not in telling.FOR_THE_BATCH else []
        )
        if not about:
            return None
        thread = surface.posted(_batch_key(surface.batch.id))
        now = self._services.clock.now()
        if thread is None and surface.batch.sent_at is not None and now < surface.batch.sent_at + WAIT_FOR_OVERVIEW:
            raise Later(now + telling.OVERVIEW_PAUSE)
        language = await self._desk.language(surface.batch.inviter)
        outcome = one.join.outcome if one.join is not None and notice is Notice.CREDITED else None
        settlement = Settlement.from_json(outcome) if outcome else None
        outgoing = Outgoing(
            due.key,
            surface.batch.inviter,
            Audience.INVITER,
            overviews.notice_message(language, notice, about, settlement),
            batch_id=surface.batch.id,
            thread=thread,
        )
        return await self.say(due, outgoing, surface.posted(due.key))


def concerned(notice: Notice, invitations: Sequence[Invitation]) -> list[Invitation]:
    """Whom of a batch a notice about several is about."""
    match notice:
        case Notice.NOT_IN_SLACK:
            return [one for one in invitations if one.reach in (Reach.NOT_IN_SLACK, Reach.DEACTIVATED)]
        case Notice.REFUSED:
            return [one for one in invitations if one.status is InvitationStatus.UNDELIVERABLE]
        case Notice.EXPIRED:
            return [one for one in invitations if one.status is InvitationStatus.EXPIRED]
        case _:
            return []


def speakers(desk: Desk) -> Mapping[EffectKind, Performer]:
    """Who says what."""
    return {
        EffectKind.DELIVER: Deliver(desk),
        EffectKind.REMIND: Remind(desk),
        EffectKind.REFRESH: Refresh(desk),
        EffectKind.SHOW_OUTCOME: ShowOutcome(desk),
        EffectKind.SHOW_BATCH: ShowBatch(desk),
        EffectKind.SHOW_CHANNEL: ShowChannel(desk),
        EffectKind.NOTICE: Notify(desk),
    }


def _batch_key(batch_id: str) -> str:
    return f"batch:{batch_id}"


def _is_invitation(post: Post) -> bool:
    """Whether a message is the invitation itself, and not the word at its end."""
    return post.key.startswith(("invitee:", "remind:"))


def _to_invitee(surface: InvitationSurface, person: SlackPerson, key: str, message: Block) -> Outgoing:
    return Outgoing(key, person.id, Audience.INVITEE, message, invitation_id=surface.invitation.id)


def _and_refresh(invitation: Invitation, posted: Aftermath | None, *, others: bool) -> Aftermath:
    """After posting: older messages lose their buttons, and what changed meanwhile is shown after all."""

    async def write(transaction: Transaction) -> None:
        if posted is not None:
            await posted(transaction)
        version = (
            await transaction.session.exec(select(Invitation.version).where(Invitation.id == invitation.id))
        ).one()
        if others or version != invitation.version:
            await telling.everyone(transaction, invitation)

    return write


def _both(first: Aftermath | None, second: Aftermath) -> Aftermath:
    async def write(transaction: Transaction) -> None:
        if first is not None:
            await first(transaction)
        await second(transaction)

    return write


def _deactivated(invitation: Invitation) -> Aftermath:
    async def write(transaction: Transaction) -> None:
        await _set_reach(transaction, invitation, Reach.DEACTIVATED, "deactivated")

    return write


async def _set_reach(transaction: Transaction, invitation: Invitation, reach: Reach, why: str) -> None:
    """The invitee cannot be written to: note it, and tell the inviter."""
    await transaction.session.exec(update(Invitation).where(col(Invitation.id) == invitation.id).values(reach=reach))
    workspace = workspace_of(invitation)
    await record(transaction, workspace, CLOCK, [deed(Action.NOT_REACHED, invitation, why=why)])
    await telling.notify(transaction, invitation, Notice.NOT_IN_SLACK)
    await enqueue(transaction, workspace, telling.overviews(transaction, invitation.batch_id))
