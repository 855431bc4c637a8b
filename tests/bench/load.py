"""The client, in a process of its own so that it takes nothing from what is measured: `python -m tests.bench.load`.

It reads one line of JSON with a `Load` from standard input, and prints one with what came of it. It ends earlier when
standard input does.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import cast

import httptools
import uvloop

from tests.bench import machine
from tests.bench.payloads import Request


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be sent: the same request over and over.

    Attributes:
        connections: how many; each sends the next request when it has the answer to the last.
        seconds: for how long, after `warm_up` seconds that do not count.
        every: instead, a request every so many seconds, whether others have been answered or not.
    """

    port: int
    request: Request
    connections: int = 1
    seconds: float = 3.0
    warm_up: float = 0.5
    every: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it; times in milliseconds.

    Attributes:
        wrong: answers other than the expected.
    """

    answers: int
    wrong: int
    per_second: float
    median: float
    p99: float
    slowest: float


class Connection(asyncio.Protocol):
    """One connection, with one request at a time."""

    def __init__(self, request: Request, port: int) -> None:
        lines = [f"POST {request.path} HTTP/1.1", f"host: 127.0.0.1:{port}", f"content-length: {len(request.body)}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        self._request = "\r\n".join([*lines, "", request.body]).encode()
        self._expected = request.expected.encode()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[bool] | None = None
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        right = self._parser.get_status_code() == 200 and self._expected in self._body
        self._parser, self._body = httptools.HttpResponseParser(self), b""
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(right)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(False)

    async def ask(self) -> bool:
        """Send the request, and wait for the answer; whether it was the right one."""
        assert self._transport is not None
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(self._request)
        return await self._answered

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class Client:
    """Sends a load, and keeps the times."""

    def __init__(self, load: Load, stop: asyncio.Event) -> None:
        self._load = load
        self._stop = stop
        self._times: list[float] = []
        self._wrong = 0
        self._begin = time.perf_counter() + load.warm_up

    async def run(self) -> Outcome:
        """All of it."""
        load = self._load
        if load.every is not None:
            await self._steadily(load.every)
        else:
            await asyncio.gather(*(self._in_turn() for _ in range(load.connections)))
        times = sorted(1000 * seconds for seconds in self._times) or [0.0]
        took = time.perf_counter() - self._begin
        p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
        return Outcome(len(self._times), self._wrong, len(self._times) / took, statistics.median(times), p99, times[-1])

    async def _in_turn(self) -> None:
        """On one connection, one request after the other."""
        async with self._connection() as connection:
            while not self._over():
                await self._timed(connection, time.perf_counter())

    async def _steadily(self, every: float) -> None:
        """At fixed times, on a connection of its own each. Times count from when a request should have left."""
        asking: set[asyncio.Task[None]] = set()
        at = time.perf_counter()
        while not self._over():
            asking.add(task := asyncio.create_task(self._once(at)))
            task.add_done_callback(asking.discard)
            at += every
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
        await asyncio.gather(*asking)

    async def _once(self, at: float) -> None:
        async with self._connection() as connection:
            await self._timed(connection, at)

    async def _timed(self, connection: Connection, since: float) -> None:
        right = await connection.ask()
        if since >= self._begin:
            self._times.append(time.perf_counter() - since)
            self._wrong += not right

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        load = self._load
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(load.request, load.port), "127.0.0.1", load.port
        )
        yield connection
        connection.close()

    def _over(self) -> bool:
        return self._stop.is_set() or time.perf_counter() >= self._begin + self._load.seconds


async def sent(load: Load, *, until: asyncio.Event | None = None) -> Outcome:
    """Send a load from a process of its own; `until` ends it before its time.

    Raises:
        RuntimeError: an answer was not the expected one, or there was none.
    """
    command = (sys.executable, "-m", "tests.bench.load")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    machine.bind(process.pid, to_first=False)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(asdict(load)).encode() + b"\n")
    await process.stdin.drain()
    reading = asyncio.create_task(process.stdout.read())
    if until is not None:
        await asyncio.wait({reading, stopping := asyncio.create_task(until.wait())}, return_when="FIRST_COMPLETED")
        stopping.cancel()
        process.stdin.write_eof()
    printed = await reading
    await process.wait()
    outcome = Outcome(**json.loads(printed))
    if outcome.wrong or not outcome.answers:
        raise RuntimeError(f"{outcome.wrong} of {outcome.answers} answers were not the expected ones.")
    return outcome


async def _main() -> None:
    given = json.loads(await asyncio.to_thread(sys.stdin.readline))
    load = Load(**{**given, "request": Request(**given["request"])})
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), stop.set)
    outcome = await Client(load, stop).run()
    loop.remove_reader(sys.stdin.fileno())
    sys.stdout.write(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    uvloop.run(_main())
