"""The bot's lives as a test sees them: begun, watched, found dead, begun again."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

from bot.sandbox.delivery import Reply, Unreachable
from bot.sandbox.endpoints import over_http
from bot.web import SLACK_PATH
from tests.durability.process import Order

# Seconds of real time in which a life begins or ends, on the slowest machine we can think of.
PATIENCE = 60


class Cradle:
    """The process of which every life is a fork (see `tests.durability.process`)."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def order(self, life: Order) -> None:
        """Have a life begin."""
        assert self._process.stdin is not None
        self._process.stdin.write(life.model_dump_json() + "\n")
        self._process.stdin.flush()


@contextmanager
def cradle() -> Iterator[Cradle]:
    """A cradle, gone at the end of the block."""
    command = [sys.executable, "-m", "tests.durability.process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:  # noqa: S603 (it is ours)
        yield Cradle(process)


class Bot:
    """The bot of one test: one life after the other.

    Attributes:
        lives: how many have begun.
        reached: the names of the points that each life has reached, in order.
        fatal: the points at which a life will still die; each kills once.
        begins_at: how many points the first life had reached where the story begins that is told.
    """

    def __init__(self, cradle: Cradle, log: Path, session: aiohttp.ClientSession, fatal: Iterable[str] = ()) -> None:
        self._cradle = cradle
        self._log = log
        self._session = session
        self._settings: Mapping[str, Any] = {}
        self._server: asyncio.Server | None = None
        self._address: str | None = None
        self._pid: int | None = None
        self._ending = False
        self._changed = asyncio.Condition()
        self.reached: list[list[str]] = []
        self.fatal = set(fatal)
        self.begins_at = 0

    @property
    def lives(self) -> int:
        return len(self.reached)

    def from_here(self) -> None:
        """What was reached so far is another story's."""
        self.begins_at = len(self.reached[0])

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Carry one of Slack's requests to the life there is now. If it dies of that, everybody knows afterwards."""
        address = self._address
        if address is None:
            raise Unreachable("it is dead")
        try:
            return await over_http(self._session, address + SLACK_PATH)(body, headers)
        except Unreachable:
            await self._until(lambda: self._address != address)
            raise

    async def up(self) -> None:
        """Wait until there is a life that answers."""
        await self._until(lambda: self._address is not None)

    async def begin(self, settings: Mapping[str, Any]) -> None:
        """Begin a life, and another one whenever it dies."""
        self._settings = settings
        self._server = await asyncio.start_server(self._watch, "127.0.0.1", 0)
        self._order()
        await self.up()

    async def end(self) -> None:
        """End it for good, without a word."""
        await self._until(lambda: self._pid is not None)
        self._ending = True
        if self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        await self._until(lambda: self._pid is None)
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _order(self) -> None:
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        self.reached.append([])
        settings, fatal = dict(self._settings), frozenset(self.fatal)
        self._cradle.order(Order(settings=settings, report_to=port, log=str(self._log), fatal=fatal))

    async def _watch(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Follow one life from its first word to its end."""
        pid = 0
        async for line in reader:
            said = json.loads(line)
            pid = self._pid = said.get("pid", pid)
            self._address = said.get("address", self._address)
            if "reached" in said:
                self.reached[-1].append(said["reached"])
                self.fatal.discard(said["reached"])
            await self._tell()
        writer.close()
        await _gone(pid)
        self._pid = self._address = None
        if not self._ending:
            self._order()
        await self._tell()

    async def _until(self, look: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(look)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def alive(bot: Bot, settings: Mapping[str, Any]) -> AsyncIterator[None]:
    """The bot lives as long as the block lasts, but for its deaths."""
    try:
        await bot.begin(settings)
        yield
    finally:
        await bot.end()


async def _gone(pid: int) -> None:
    """Wait until a process that is dying is no longer there for anybody."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.001)
