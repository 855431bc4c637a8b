"""Who wants to know that something has changed: the page, and tests that wait for the bot."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Found = TypeVar("Found")


class Subscription:
    """The topics that have changed since one last asked."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._ready = asyncio.Event()

    def add(self, topics: tuple[str, ...]) -> None:
        """Note that these have changed."""
        self._topics.update(topics)
        self._ready.set()

    async def next(self) -> frozenset[str]:
        """Wait until something has changed, and say what."""
        await self._ready.wait()
        self._ready.clear()
        topics = frozenset(self._topics)
        self._topics.clear()
        return topics


class Changes:
    """Passes the word on.

    A topic is `channel:<id>`, `modal:<user>`, `home:<user>`, `people`, `clock`, `faults`, `record` or `closed`.

    Attributes:
        closed: nothing more is to come, because the server stops.
    """

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self.closed = False

    def publish(self, *topics: str) -> None:
        """Tell everyone who listens that these have changed."""
        for subscription in self._subscriptions:
            subscription.add(topics)

    def close(self) -> None:
        """Wake everybody up a last time, so that pages that wait for news let go of their connection."""
        self.closed = True
        self.publish("closed")

    @contextmanager
    def listen(self) -> Iterator[Subscription]:
        """Listen as long as the block lasts."""
        subscription = Subscription()
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    async def until(self, look: Callable[[], Found | None], within: float) -> Found:
        """Look again after every change until `look` finds something true, and return it.

        Args:
            look: finds what is waited for, or something falsy.
            within: seconds of real time to wait at most.

        Raises:
            TimeoutError: it did not come.
        """
        with self.listen() as subscription:
            async with asyncio.timeout(within):
                while True:
                    found = look()
                    if found:
                        return found
                    await subscription.next()
