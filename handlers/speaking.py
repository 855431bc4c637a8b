"""Saying a thing once in Slack: post it, remember where it stands, update it ever after."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import structlog

from bot import posts
from bot.database import Transaction
from bot.effects import Aftermath, Due, Hopeless
from bot.slack.client import SlackRefused
from handlers.desk import Desk
from handlers.views.blocks import Block
from models.post import Audience, Post

log = structlog.get_logger()

# Slack's word that a message of ours is no longer there or no longer ours to change: post a new one (slack.md, 7).
CANNOT_UPDATE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "block_mismatch"})
# Slack's word that the message to reply to has been deleted.
CANNOT_REPLY = frozenset({"cannot_reply_to_message", "thread_not_found"})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be said: what it is (its key), to whom, and what it is about."""

    key: str
    to: str
    audience: Audience
    message: Block
    invitation_id: str | None = None
    batch_id: str | None = None
    thread: Post | None = None


class Speaker(ABC):
    """What all speakers share: saying a thing once, and understanding Slack's refusals."""

    at_a_time = 20
    side_by_side = 10

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._services = desk.services
        self._slack = desk.slack

    async def run(self, due: Due, loaded: Any) -> Aftermath | None:
        """Say it; a plain no of Slack's means never."""
        if loaded is None:
            return None
        try:
            return await self.speak(due, loaded)
        except SlackRefused as refusal:
            raise Hopeless(refusal.code) from refusal

    @abstractmethod
    async def speak(self, due: Due, loaded: Any) -> Aftermath | None:
        """Say it."""

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """Nobody else can be told that telling failed, unless the message was for the invitee."""
        log.warning("not_said", kind=due.kind, invitation=due.invitation_id, why=reason)

    async def say(self, due: Due, outgoing: Outgoing, posted: Post | None) -> Aftermath | None:
        """Post a message, or update the one that was posted; what is to be remembered is the aftermath."""
        if posted is not None and await self._updated(posted, outgoing):
            return None
        place = await self._place_after_crash(due, outgoing) or await self._post(outgoing)

        async def remember(transaction: Transaction) -> None:
            await posts.remember(
                transaction,
                due.workspace,
                outgoing.key,
                place,
                outgoing.audience,
                invitation_id=outgoing.invitation_id,
                batch_id=outgoing.batch_id,
            )

        return remember

    async def _post(self, outgoing: Outgoing) -> tuple[str, str]:
        message = {**outgoing.message, "metadata": posts.metadata(outgoing.key)}
        if outgoing.thread is None:
            return await self._slack.post(outgoing.to, message)
        try:
            return await self._slack.post(outgoing.thread.channel, message, outgoing.thread.ts)
        except SlackRefused as refusal:
            if refusal.code not in CANNOT_REPLY:
                raise
            return await self._slack.post(outgoing.to, message)

    async def _updated(self, posted: Post, outgoing: Outgoing) -> bool:
        try:
            await self._slack.update(posted.channel, posted.ts, outgoing.message)
        except SlackRefused as refusal:
            if refusal.code in CANNOT_UPDATE:
                return False
            raise
        return True

    async def _place_after_crash(self, due: Due, outgoing: Outgoing) -> tuple[str, str] | None:
        """Where a message stands whose posting may have succeeded without our knowing; needs an optional scope."""
        if due.attempts == 1:
            return None
        since = await posts.possible_since(self._services.database, due)
        try:
            channel = await self._channel(outgoing)
            thread = outgoing.thread.ts if outgoing.thread else None
            async for message in self._slack.messages_since(channel, since, thread):
                if posts.key_of(message) == outgoing.key:
                    return channel, str(message["ts"])
        except SlackRefused as refusal:
            log.info("posted_before_not_known", why=refusal.code)
        return None

    async def _channel(self, outgoing: Outgoing) -> str:
        if outgoing.thread is not None:
            return outgoing.thread.channel
        if outgoing.audience is Audience.CHANNEL:
            return outgoing.to
        return await self._slack.open_conversation(outgoing.to)
