"""Trouble that comes from outside or from others at work: expected now and then, and no fault of this program."""

from datetime import datetime


class Trouble(Exception):
    """Something did not go as asked, and may the next time. Logged as a line, not as a crash with a traceback."""


class Busy(Trouble):
    """An outside system has no room for us now; we are welcome again at `retry_at` (UTC)."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(retry_at.isoformat())
        self.retry_at = retry_at


class CannotStart(Exception):
    """The bot cannot start as things are; the message says what is wrong and what to do."""
