"""Misbehaving on purpose: what an outside system does to its callers now and then. For tests and for the demo."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.accounts.errors import AccountError, Unavailable
from bot.accounts.values import Capability

Result = TypeVar("Result")
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Fault:
    """What happens to one call: a wait, then a refusal before or after acting, or another answer."""

    seconds: float = 0
    before: AccountError | None = None
    after: AccountError | None = None
    change: Callable[[Any], Any] | None = None


class Faults:
    """Faults to come, each for the next call of one operation; several wait in line.

    They are in this object and not in the database: another process is not affected.
    """

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep
        self._coming: defaultdict[Capability, deque[_Fault]] = defaultdict(deque)

    def refuse_next(self, operation: Capability, error: AccountError | None = None) -> None:
        """The next call does nothing and raises `error`, or `Unavailable`."""
        self._coming[operation].append(_Fault(before=error or Unavailable("a fault that was asked for")))

    def time_out_next(self, operation: Capability) -> None:
        """The next call does what it should and then raises `Unavailable`, as if its answer were lost."""
        self._coming[operation].append(_Fault(after=Unavailable("the answer was lost")))

    def delay_next(self, operation: Capability, seconds: float) -> None:
        """The next call takes `seconds` longer."""
        self._coming[operation].append(_Fault(seconds=seconds))

    def change_next(self, operation: Capability, change: Callable[[Any], Any]) -> None:
        """The next call does what it should, and answers what `change` makes of its answer."""
        self._coming[operation].append(_Fault(change=change))

    def clear(self) -> None:
        """Behave from now on."""
        self._coming.clear()

    async def around(self, operation: Capability, act: Callable[[], Awaitable[Result]]) -> Result:
        """Carry out `act` with the fault that is next in line, if any."""
        waiting = self._coming.get(operation)
        if not waiting:
            return await act()
        fault = waiting.popleft()
        if fault.seconds:
            await self._sleep(fault.seconds)
        if fault.before:
            raise fault.before
        result = await act()
        if fault.after:
            raise fault.after
        return fault.change(result) if fault.change else result
