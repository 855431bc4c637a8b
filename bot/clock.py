"""Time is an argument (design.md, invariant 8): whoever needs it is given a clock."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant, UTC-aware."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant, UTC-aware."""
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's clock, moved forward by `offset`; the sandbox moves it to show what three days bring."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """The present instant of the shifted time, UTC-aware."""
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        """Move forward. Time does not go back: what was sent has been sent.

        Raises:
            ValueError: `by` is negative.
        """
        if by < timedelta():
            raise ValueError("The clock only moves forward.")
        self.offset += by


class ManualClock:
    """A clock that stands still until it is moved; for tests."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it stands at, UTC-aware."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move forward.

        Raises:
            ValueError: `by` is negative.
        """
        if by < timedelta():
            raise ValueError("The clock only moves forward.")
        self._at += by
