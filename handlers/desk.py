"""What handlers work with, and the few things they all do."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog

from bot.language import Language
from bot.services import Services
from bot.slack.client import SlackClient, SlackError
from handlers.payloads import Act
from handlers.views.blocks import Block

log = structlog.get_logger()

GoOn = Callable[[Coroutine[Any, Any, None]], None]
"""Starts work that goes on after the answer has left."""


@dataclass(frozen=True)
class Desk:
    """The use cases' services, Slack, and what texts mention.

    Attributes:
        commands: the names of the slash command; the first is the one that texts mention.
        help_url: a page about managing users (S14).
        sign_in_url: where members sign in (S27).
        invite_channel: the channel that is kept up to date, if there is one.
    """

    services: Services
    slack: SlackClient
    commands: tuple[str, ...]
    help_url: str | None = None
    sign_in_url: str | None = None
    invite_channel: str | None = None

    async def language(self, user_id: str) -> Language:
        """The language and zone of a person; the default where Slack does not tell."""
        try:
            person = await self.services.people.person(user_id)
        except SlackError:
            return Language()
        return Language(person.locale, person.zone)

    async def whisper(self, act: Act, text: str) -> None:
        """Say something only to the person, where they are; if that is nowhere, in a direct message."""
        try:
            if act.response_url is not None:
                await self.slack.respond(act.response_url, {"text": text, "response_type": "ephemeral"})
            elif act.channel_id is not None:
                await self.slack.whisper(act.channel_id, act.user_id, text)
            else:
                await self.slack.post(act.user_id, {"text": text})
        except SlackError as error:
            log.warning("not_whispered", why=str(error))

    async def respond(self, act: Act, answer: Block) -> None:
        """Answer a command after its acknowledgement; the person alone sees it."""
        try:
            await self.slack.respond(act.response_url or "", {"response_type": "ephemeral", **answer})
        except SlackError as error:
            log.warning("not_responded", why=str(error))

    def language_at_once(self, act: Act) -> Language:
        """The same without asking Slack, for what must not wait: as far as it is remembered."""
        person = self.services.people.remembered(act.user_id)
        return Language(person.locale, person.zone) if person else Language()
