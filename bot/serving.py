"""Serving HTTP until told to stop."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from bot.trouble import CannotStart

# Ctrl-C ends the bot within five seconds, whoever is connected.
GRACE_SECONDS = 2


async def serve(
    application: Starlette, host: str, port: int, stop: asyncio.Event, started: Callable[[], None] = lambda: None
) -> None:
    """Serve HTTP until `stop` is set; `started` is called once requests are answered.

    Raises:
        CannotStart: the port cannot be had.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise CannotStart(f"Nobody can be served at {host}, port {port}: {why}. Set HOST or PORT.") from error
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws="websockets-sansio",
    )
    server = _Server(config, started)

    async def end() -> None:
        await stop.wait()
        server.should_exit = True

    ending = asyncio.create_task(end())
    try:
        await server.serve(sockets=[listening])
    finally:
        ending.cancel()


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: stopping is decided in one place."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def told_to_stop() -> asyncio.Event:
    """An event that is set by Ctrl-C or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
