"""Where a life of the bot may end: around every commit, and after every call that told or asked somebody outside.

Nothing of this is in the product. The commits are seen through SQLAlchemy's events, the account backend is passed in
wrapped, and Slack's client is replaced by one that looks on.
"""

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any
from weakref import WeakSet

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

# Calls that somebody sees. The others only ask.
_SEEN = ("chat.", "views.")
_WRITES = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
# How often the runner claims depends on what happens to be due together; one death for all of its claims is enough,
# because the effects that are in hand after a claim are points of their own.
_UNCOUNTED = "serve"


class Points:
    """The points that a life reaches, by name, and the end of it at the first that is fatal.

    A name says what is being done and how far it is, and when a life comes there again, the how-manieth time it is:
    `join: before a commit of effects, join_steps (2)`.
    """

    def __init__(self, fatal: Collection[str], say: Callable[[str], None]) -> None:
        """Begin.

        Args:
            fatal: the names of the points to die at.
            say: is told the name of each point that is reached, before anything else happens.
        """
        self._fatal = frozenset(fatal)
        self._say = say
        self._reached: Counter[str] = Counter()
        self._begun: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._committing: dict[asyncio.Task[Any], str] = {}

    def reach(self, how_far: str) -> None:
        """One more point; where it is fatal there is no next instruction."""
        doing = _doing()
        name = f"{doing}: {how_far}"
        self._reached[name] += 1
        if self._reached[name] > 1 and doing != _UNCOUNTED:
            name = f"{name} ({self._reached[name]})"
        self._say(name)
        if name in self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch_database(self) -> None:
        """Have points before and after every commit that changes something, and where effects have been claimed."""

        @event.listens_for(Engine, "begin")
        def begun(_: Connection) -> None:
            task = _task()
            if "group" in _locals(task) and task not in self._begun:
                self._begun.add(task)
                self.reach("in hand")

        @event.listens_for(Engine, "after_cursor_execute")
        def executed(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
            if cursor.rowcount != 0 and (written := _WRITES.match(statement)):
                connection.info.setdefault("written", set()).add(written[1])

        @event.listens_for(Engine, "rollback")
        def rolled_back(connection: Connection) -> None:
            connection.info.pop("written", None)

        @event.listens_for(Engine, "commit")
        def before(connection: Connection) -> None:
            if written := connection.info.pop("written", None):
                what = f"a commit of {', '.join(sorted(written))}"
                self._committing[_task()] = what
                self.reach(f"before {what}")

        @event.listens_for(Session, "after_commit")
        def after(_: Session) -> None:
            if what := self._committing.pop(_task(), None):
                self.reach(f"after {what}")


class WatchedAccounts:
    """An account backend of which every answer is a point."""

    def __init__(self, backend: Any, points: Points) -> None:
        self._backend = backend
        self._points = points

    async def close(self) -> None:
        await self._backend.close()

    def __getattr__(self, operation: str) -> Any:
        ask = getattr(self._backend, operation)

        async def asked(*arguments: Any, **more: Any) -> Any:
            answer = await ask(*arguments, **more)
            self._points.reach(f"after {operation}")
            return answer

        return asked


class WatchedSlack(AsyncWebClient):
    """Slack's client, of which every call that somebody sees is a point."""

    points: Points

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        answer = await super().api_call(api_method, **arguments)
        if api_method.startswith(_SEEN):
            self.points.reach(f"after {api_method}")
        return answer


def _doing() -> str:
    """What the present task is doing: an effect of some kind, or what its coroutine is called."""
    task = _task()
    known = _locals(task)
    due = known.get("due") or next(iter(known.get("group", ())), None)
    return str(due.kind) if due else str(getattr(task.get_coro(), "__name__", "")).strip("_")


def _task() -> "asyncio.Task[Any]":
    task = asyncio.current_task()
    assert task is not None
    return task


def _locals(task: "asyncio.Task[Any]") -> dict[str, Any]:
    """The variables of a task's coroutine. The runner's are called `group` and `due`."""
    frame = getattr(task.get_coro(), "cr_frame", None)
    return frame.f_locals if frame else {}
