"""What has passed between the workspace and the bot, in order: for tests, and for looking under the hood."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

Json = dict[str, Any]

KEPT = 5_000


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A Web API call of the bot.

    Attributes:
        arguments: as decoded, without the token.
        status: the HTTP status, 200 also for refusals but for a rate limit.
        seconds: how long the answer took.
    """

    number: int
    at: datetime
    method: str
    arguments: Json
    answer: Json
    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Delivered:
    """Something the workspace sent to the bot.

    Attributes:
        kind: `slash_command`, `event_callback`, `url_verification` or the type of an interaction.
        acknowledgement: the body of the answer, decoded where it is JSON.
        error: Slack's word for what went wrong, such as `operation_timeout`; None when all is well.
    """

    number: int
    at: datetime
    kind: str
    payload: Json
    transport: str
    acknowledgement: Any
    error: str | None
    seconds: float


@dataclass(slots=True)
class Record:
    """The last few thousand calls and deliveries."""

    entries: deque[ApiCall | Delivered] = field(default_factory=lambda: deque(maxlen=KEPT))
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def next_number(self) -> int:
        """The number of the next entry."""
        return next(self._numbers)

    def add(self, entry: ApiCall | Delivered) -> None:
        """Note an entry."""
        self.entries.append(entry)

    def calls(self, method: str | None = None) -> list[ApiCall]:
        """The bot's calls in order, of one method when it is named."""
        return [
            entry for entry in self.entries if isinstance(entry, ApiCall) and (method is None or entry.method == method)
        ]

    def deliveries(self, kind: str | None = None) -> list[Delivered]:
        """What was sent to the bot in order, of one kind when it is named."""
        return [
            entry for entry in self.entries if isinstance(entry, Delivered) and (kind is None or entry.kind == kind)
        ]

    def clear(self) -> None:
        """Forget everything so far."""
        self.entries.clear()
