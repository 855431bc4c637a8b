"""What handlers work with, and the few things they all do."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import structlog

from bot.language import Language
from bot.services import Services
from bot.slack.client import SlackBusy, SlackClient, SlackError, SlackUnreachable
from handlers.payloads import Act
from handlers.views.blocks import Block

log = structlog.get_logger()

GoOn = Callable[[Coroutine[Any, Any, None]], None]
"""Starts work that goes on after the answer has left."""

Answer = TypeVar("Answer")

# Somebody is waiting: beyond this pause there is no second attempt, and after no answer at all it comes soon.
LONGEST_PAUSE = timedelta(seconds=30)
SHORT_PAUSE = timedelta(seconds=1)


@dataclass(frozen=True)
class Desk:
    """The use cases' services, Slack, and what texts mention.

    Attributes:
        commands: the names of the slash command; the first is the one that texts mention.
        help_url: a page about managing users (S14).
        sign_in_url: where members sign in (S27).
        invite_channel: the channel that is kept up to date, if there is one.
        sleep: waits for so many seconds.
    """

    services: Services
    slack: SlackClient
    commands: tuple[str, ...]
    help_url: str | None = None
    sign_in_url: str | None = None
    invite_channel: str | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def language(self, user_id: str) -> Language:
        """The language and zone of a person; the default where Slack does not tell."""
        try:
            person = await self.services.people.person(user_id)
        except SlackError:
            return Language()
        return Language(person.locale, person.zone)

    def language_at_once(self, act: Act) -> Language:
        """The same without asking Slack, for what must not wait: as far as they are remembered."""
        person = self.services.people.remembered(act.user_id)
        return Language(person.locale, person.zone) if person else Language()

    async def whisper(self, act: Act, message: Block) -> None:
        """Say something only to the person: where they are, and where that cannot be, in a direct message."""
        url = act.response_url
        if url is not None and await self._said(self.slack.respond, url, {"response_type": "ephemeral", **message}):
            return
        await self._said(self.slack.post, act.user_id, message)

    async def insist(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do something in Slack; once more if Slack was busy or did not answer.

        Raises:
            SlackError: it was no use either time, or Slack is busy for longer than anybody waits.
        """
        try:
            return await call()
        except SlackBusy as busy:
            pause = busy.retry_at - self.services.clock.now()
            if pause > LONGEST_PAUSE:
                raise
        except SlackUnreachable:
            pause = SHORT_PAUSE
        await self.sleep(pause.total_seconds())
        return await call()

    async def _said(self, say: Callable[[str, Block], Awaitable[object]], where: str, message: Block) -> bool:
        try:
            await self.insist(lambda: say(where, message))
        except SlackError as error:
            log.warning("not_whispered", why=str(error))
            return False
        return True
