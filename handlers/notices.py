"""The way back: effects that must be told become messages, posted once and updated ever after.

Each looks at how things stand now and says that, so that a repeat, or two changes in a row, end in the same message.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from bot import posts, reaching, snapshots, telling
from bot.database import Transaction
from bot.effects import Aftermath, Due, Later, Performer
from bot.following import catch_up
from bot.language import Language
from bot.settlement import Settlement
from bot.slack.client import SlackRefused
from bot.slack.directory import SlackPerson
from bot.snapshots import BatchSnapshot, InvitationSnapshot, NoticeSnapshot
from handlers.desk import Desk
from handlers.home import ShowHome
from handlers.speaking import Outgoing, Speaker
from handlers.views import overviews
from handlers.views.blocks import Block
from handlers.views.messages import Invited, expired_message, invitation_message, outcome_view
from handlers.views.notices import notice_message
from models.effect import EffectKind
from models.invitation import InvitationStatus, Reach
from models.post import Audience, Notice, Post

log = structlog.get_logger()

# How long a notice waits for the overview that it belongs under.
WAIT_FOR_OVERVIEW = timedelta(seconds=30)


class AboutInvitation(Speaker):
    """Speakers about one invitation."""

    async def load(self, due: Sequence[Due]) -> Mapping[int, InvitationSnapshot]:
        """The invitations as they are now."""
        return await snapshots.of_invitations(self._services.database, due)

    def invited(self, snapshot: InvitationSnapshot) -> Invited:
        """What a message to the invitee is made of."""
        return Invited(snapshot.invitation, snapshot.batch, snapshot.join, self._desk.sign_in_url)


class AboutBatch(Speaker):
    """Speakers about a whole batch."""

    async def load(self, due: Sequence[Due]) -> Mapping[int, BatchSnapshot]:
        """The batches as they are now."""
        return await snapshots.of_batches(self._services.database, due)


class Deliver(AboutInvitation):
    """The invitation itself: one message to the invitee, and one more each time it is sent again."""

    async def speak(self, due: Due, loaded: InvitationSnapshot) -> Aftermath | None:
        """Post it, if it is still waiting for an answer."""
        invitation = loaded.invitation
        if not reaching.waits_for_answer(invitation):
            return None
        person = await self._services.people.person(invitation.invitee or "", fresh=True)
        if person.deactivated:
            return _deactivated(loaded)
        key = f"invitee:{invitation.id}:{invitation.sendings}"
        message = invitation_message(_language(person), self.invited(loaded))
        posted = await self.say(due, _to_invitee(loaded, key, message), loaded.posted(key))

        async def delivered(transaction: Transaction) -> None:
            await _then(transaction, posted)
            if loaded.posts:
                await telling.everyone(transaction, invitation)
            else:
                await telling.everyone_if_changed(transaction, invitation)

        return delivered

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """The invitee could not be written to: the invitation says so, and so does a notice to their inviter."""
        await reaching.not_delivered(transaction, due.invitation_id, reason)


class Remind(AboutInvitation):
    """The reminder: looks again before it speaks."""

    async def speak(self, due: Due, loaded: InvitationSnapshot) -> Aftermath | None:
        """Remind, if there is still no answer, in the account system either, and there is time for one."""
        invitation, now = loaded.invitation, self._services.clock.now()
        if not reaching.may_be_reminded(invitation, now):
            return None
        invitation = await catch_up(self._services, invitation)
        if not reaching.may_be_reminded(invitation, now):
            return None
        person = await self._services.people.person(invitation.invitee or "", fresh=True)
        if person.deactivated:
            return _deactivated(loaded)
        key = f"remind:{invitation.id}:1"
        message = invitation_message(_language(person), self.invited(loaded), reminder=True)
        posted = await self.say(due, _to_invitee(loaded, key, message), loaded.posted(key))

        async def reminded(transaction: Transaction) -> None:
            await _then(transaction, posted)
            await reaching.reminded(transaction, invitation)

        return reminded

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """Then the inviter should know that nobody was reminded."""
        await reaching.not_told(transaction, due.invitation_id, reason, Notice.NOT_REMINDED)


class TellExpired(AboutInvitation):
    """The word to the invitee that their time to answer is over (F5)."""

    async def speak(self, due: Due, loaded: InvitationSnapshot) -> Aftermath | None:
        """Say it to somebody who was written to before."""
        invitation = loaded.invitation
        if invitation.status is not InvitationStatus.EXPIRED or invitation.reach is not Reach.REACHED:
            return None
        person = await self._services.people.person(invitation.invitee or "", fresh=True)
        if person.deactivated:
            return None
        message = expired_message(_language(person), self.invited(loaded))
        return await self.say(due, _to_invitee(loaded, due.key, message), loaded.posted(due.key))

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """Then the inviter should know that the invitee does not."""
        await reaching.not_told(transaction, due.invitation_id, reason, Notice.NOT_TOLD_OF_EXPIRY)


class Refresh(AboutInvitation):
    """Every message to the invitee says how things stand now; only the newest has buttons."""

    async def speak(self, due: Due, loaded: InvitationSnapshot) -> Aftermath | None:
        """Update them one by one, the newest last."""
        invitation = loaded.invitation
        if invitation.invitee is None:
            return None
        language = await self._desk.language(invitation.invitee)
        mine = [post for post in loaded.posts if _is_invitation(post)]
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

    async def speak(self, due: Due, loaded: InvitationSnapshot) -> Aftermath | None:
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

    async def speak(self, due: Due, loaded: BatchSnapshot) -> Aftermath | None:
        """Post or update it."""
        batch = loaded.batch
        if not loaded.invitations:
            return None
        language = await self._desk.language(batch.inviter)
        key = posts.overview_key(batch.id)
        message = overviews.batch_message(language, batch, loaded.invitations)
        outgoing = Outgoing(key, batch.inviter, Audience.INVITER, message, batch_id=batch.id)
        return await self.say(due, outgoing, loaded.posted(key))


class ShowChannel(AboutBatch):
    """The overview for the channel, in counts."""

    async def speak(self, due: Due, loaded: BatchSnapshot) -> Aftermath | None:
        """Post or update it, if there is a channel."""
        channel = self._desk.invite_channel
        if channel is None or not loaded.invitations:
            return None
        message = overviews.channel_message(Language(), loaded.batch, loaded.invitations)
        outgoing = Outgoing(due.key, channel, Audience.CHANNEL, message, batch_id=loaded.batch.id)
        return await self.say(due, outgoing, loaded.posted(due.key))

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """Tell the admin who invited, once for each batch: they can mend it, or know who can."""
        log.warning("channel_not_kept_up_to_date", why=reason)
        batch_id = str(due.payload["batch"])
        if not await posts.is_posted(transaction, telling.channel_trouble_key(batch_id)):
            await telling.channel_trouble(transaction, due.workspace, batch_id, reason)


class Notify(Speaker):
    """News for the inviter: a reply below the overview, which the conversation shows as well.

    The thread is the log of its batch. A reply in a thread alone is easily missed in a direct message, and this is
    what somebody should look up for (slack.md, section 5: a direct message for what must be seen, and little noise).
    """

    async def load(self, due: Sequence[Due]) -> Mapping[int, NoticeSnapshot]:
        """Whom the notices are about, as they are now."""
        return await snapshots.of_notices(self._services.database, due)

    async def speak(self, due: Due, loaded: NoticeSnapshot) -> Aftermath | None:
        """Post it, below the overview if there is one."""
        notice, batch = Notice(due.payload["notice"]), loaded.batch
        if not loaded.invitations and notice is not Notice.CHANNEL_TROUBLE:
            return None
        self._wait_for_overview(loaded)
        language = await self._desk.language(batch.inviter)
        outcome = loaded.join.outcome if loaded.join is not None else None
        message = notice_message(
            language,
            notice,
            loaded.invitations,
            command=self._desk.commands[0],
            settlement=Settlement.from_json(outcome) if outcome else None,
            channel=self._desk.invite_channel,
            why=due.payload.get("why"),
        )
        outgoing = Outgoing(
            due.key, batch.inviter, Audience.INVITER, message, batch_id=batch.id, thread=loaded.overview
        )
        return await self.say(due, outgoing, loaded.posted)

    def _wait_for_overview(self, loaded: NoticeSnapshot) -> None:
        now, sent_at = self._services.clock.now(), loaded.batch.sent_at
        if loaded.overview is None and sent_at is not None and now < sent_at + WAIT_FOR_OVERVIEW:
            raise Later(now + telling.OVERVIEW_PAUSE)


def speakers(desk: Desk) -> Mapping[EffectKind, Performer]:
    """Who says what."""
    return {
        EffectKind.DELIVER: Deliver(desk),
        EffectKind.REMIND: Remind(desk),
        EffectKind.TELL_EXPIRED: TellExpired(desk),
        EffectKind.REFRESH: Refresh(desk),
        EffectKind.SHOW_OUTCOME: ShowOutcome(desk),
        EffectKind.SHOW_BATCH: ShowBatch(desk),
        EffectKind.SHOW_CHANNEL: ShowChannel(desk),
        EffectKind.SHOW_HOME: ShowHome(desk),
        EffectKind.NOTICE: Notify(desk),
    }


def _is_invitation(post: Post) -> bool:
    """Whether a message is the invitation itself, and not the word at its end."""
    return post.key.startswith(("invitee:", "remind:"))


def _language(person: SlackPerson) -> Language:
    return Language(person.locale, person.zone)


def _to_invitee(snapshot: InvitationSnapshot, key: str, message: Block) -> Outgoing:
    invitation = snapshot.invitation
    return Outgoing(key, invitation.invitee or "", Audience.INVITEE, message, invitation_id=invitation.id)


def _deactivated(snapshot: InvitationSnapshot) -> Aftermath:
    async def write(transaction: Transaction) -> None:
        await reaching.deactivated(transaction, snapshot.invitation)

    return write


async def _then(transaction: Transaction, aftermath: Aftermath | None) -> None:
    if aftermath is not None:
        await aftermath(transaction)
