"""Processes that serve: the real bot, the bare app, and the Slack that says yes."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.bench import machine
from tests.bench.accounts import DEFINITION
from tests.bench.population import ORGANISATION
from tests.bench.slack import SECRET, TOKEN

PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers on a loopback port.

    Attributes:
        seconds: from its start to its first answer, other than that it is not ready yet.
    """

    pid: int
    port: int
    seconds: float


@asynccontextmanager
async def bot(database_url: str, accounts: Path, slack: Server) -> AsyncIterator[Server]:
    """`invitebot run`."""
    port = _free_port()
    settings = {
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"http://127.0.0.1:{slack.port}/api/",
        "DATABASE_URL": database_url,
        "ORGANISATION_ACCOUNT": ORGANISATION,
        "SANDBOX_ACCOUNTS": str(DEFINITION),
        "SANDBOX_DATABASE": str(accounts),
        "PORT": str(port),
    }
    async with _running(("-m", "bot", "run"), port, settings, on_first_core=True) as server:
        yield server


@asynccontextmanager
async def bare(*options: str) -> AsyncIterator[Server]:
    """The app that only acknowledges."""
    port = _free_port()
    async with _running(("-m", "tests.bench.bare", str(port), *options), port, {}, on_first_core=True) as server:
        yield server


@asynccontextmanager
async def slack() -> AsyncIterator[Server]:
    """The Slack that says yes."""
    port = _free_port()
    async with _running(("-m", "tests.bench.slack", str(port)), port, {}, on_first_core=False) as server:
        yield server


@asynccontextmanager
async def _running(
    arguments: tuple[str, ...], port: int, settings: Mapping[str, str], *, on_first_core: bool
) -> AsyncIterator[Server]:
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, env={**os.environ, **settings})
    machine.bind(process.pid, to_first=on_first_core)
    try:
        async with asyncio.timeout(PATIENCE):
            await _ready(port)
        yield Server(process.pid, port, time.perf_counter() - began)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(port: int) -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    # The bare app knows no such path, and has nothing to be ready for.
                    if answer.status < 500:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.005)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
