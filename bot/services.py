"""What the use cases work with; put together once, in `bot/app.py`."""

import secrets
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import date, timedelta

from bot.accounts.port import AccountBackend
from bot.accounts.values import Actor, Call, System
from bot.clock import Clock
from bot.database import Database
from bot.slack.directory import Directory

# How long a person in front of a modal waits for the account backend before we say that it does not answer.
PATIENCE = timedelta(seconds=20)


def new_id() -> str:
    """A new id, not to be guessed: 128 random bits."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Services:
    """The bot's own database, the outside systems, the clock and the source of ids.

    Attributes:
        organisation: the id of the account people are invited into.
        holidays: days that are no business days (R19).
    """

    database: Database
    accounts: AccountBackend
    people: Directory
    clock: Clock
    organisation: str
    holidays: Container[date] = frozenset()
    new_id: Callable[[], str] = new_id

    def call(self, actor: Actor | None = None, correlation_id: str | None = None) -> Call:
        """What goes with a call to the account backend; as the bot itself if nobody is named."""
        return Call(actor or System(), correlation_id or self.new_id(), self.clock.now() + PATIENCE)
