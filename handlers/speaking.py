"""Saying a thing once in Slack: post it, remember where it stands, update it ever after."""

from dataclasses import dataclass
from typing import Any

import structlog

from bot.database import Transaction, insert_into
from bot.effects import Aftermath, Due, Hopeless, Later
from bot.slack.client import SlackBusy, SlackRefused
from handlers.desk import Desk
from handlers.views.blocks import Block
from models.post import Audience, Post

log = structlog.get_logger()

# Slack's word that a message of ours is no longer there or no longer ours to change: post a new one (slack.md, 7).
CANNOT_UPDATE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "block_mismatch"})
EVENT_TYPE = "invitebot_post"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be said: what it is (its key), to whom, and where it is kept."""

    key: str
    to: str
    audience: Audience
    message: Block
    invitation_id: str | None = None
    batch_id: str | None = None
    thread: Post | None = None


class Speaker:
    """What all speakers share: saying a thing once, and understanding Slack's refusals."""

    at_a_time = 20
    side_by_side = 10

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._services = desk.services
        self._slack = desk.slack

    async def run(self, due: Due, loaded: Any) -> Aftermath | None:
        """Say it, with Slack's refusals renamed: busy means later, a plain no means never."""
        if loaded is None:
            return None
        try:
            return await self.speak(due, loaded)
        except SlackBusy as busy:
            raise Later(busy.at) from busy
        except SlackRefused as refusal:
            raise Hopeless(refusal.code) from refusal

    async def speak(self, due: Due, loaded: Any) -> Aftermath | None:
        """Say it."""
        raise NotImplementedError

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """Nobody else can be told that telling failed, unless the message was for the invitee."""
        log.warning("not_said", kind=due.kind, invitation=due.invitation_id, why=reason)

    async def say(self, due: Due, letter: Letter, posted: Post | None) -> Aftermath | None:
        """Post a message, or update the one that was posted; what is to be remembered is the aftermath."""
        if posted is not None and await self._updated(posted, letter):
            return None
        found = await self._find(letter) if due.attempts > 1 else None
        thread = letter.thread.ts if letter.thread else None
        message = {**letter.message, "metadata": _metadata(letter.key)}
        channel, ts = found or await self._slack.post(letter.to, message, thread)

        async def remember(transaction: Transaction) -> None:
            await _remember(transaction, due, letter, channel, ts)

        return remember

    async def _updated(self, posted: Post, letter: Letter) -> bool:
        try:
            await self._slack.update(posted.channel, posted.ts, letter.message)
        except SlackRefused as refusal:
            if refusal.code in CANNOT_UPDATE:
                return False
            raise
        return True

    async def _find(self, letter: Letter) -> tuple[str, str] | None:
        """Look for a message whose posting may have succeeded without our knowing; needs an optional scope."""
        try:
            if letter.thread is not None:
                channel = letter.thread.channel
            elif letter.audience is Audience.CHANNEL:
                channel = letter.to
            else:
                channel = await self._slack.open_conversation(letter.to)
            recent = await self._slack.recent_messages(channel, letter.thread.ts if letter.thread else None)
        except SlackRefused as refusal:
            log.info("posted_before_not_known", why=refusal.code)
            return None
        for message in recent:
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if payload.get("key") == letter.key:
                return channel, str(message["ts"])
        return None


def _metadata(key: str) -> dict[str, Any]:
    """The key of a post, where the bot finds it again (https://docs.slack.dev/messaging/message-metadata)."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


async def _remember(transaction: Transaction, due: Due, letter: Letter, channel: str, ts: str) -> None:
    """Keep where a message stands; where it was posted anew, the new place."""
    insert = insert_into(transaction.session, Post)
    row = {
        "key": letter.key,
        "team_id": due.workspace.team_id,
        "enterprise_id": due.workspace.enterprise_id,
        "audience": letter.audience,
        "invitation_id": letter.invitation_id,
        "batch_id": letter.batch_id,
        "channel": channel,
        "ts": ts,
        "posted_at": transaction.now,
    }
    moved = {"channel": channel, "ts": ts, "posted_at": transaction.now}
    await transaction.session.exec(insert.values(row).on_conflict_do_update(index_elements=["key"], set_=moved))
