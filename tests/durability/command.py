"""The real command, as the Procfile starts it."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bot.sandbox.delivery import Reply
from bot.sandbox.endpoints import over_http
from bot.web import SLACK_PATH
from tests.durability.stage import PATIENCE

# Seconds in which it has stopped, whoever is connected and whatever hangs.
STOPS_WITHIN = 5


class Command:
    """`invitebot run` at one address."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._port = _free_port()
        self._address = f"http://127.0.0.1:{self._port}"

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Carry one of Slack's requests to it."""
        return await over_http(self._session, self._address + SLACK_PATH)(body, headers)

    @asynccontextmanager
    async def running(self, settings: Mapping[str, Any]) -> AsyncIterator[None]:
        """It is ready at the beginning of the block. At its end it is told to stop, and stops in time and in order."""
        environment = {name.upper(): str(value) for name, value in settings.items()} | {"PORT": str(self._port)}
        command = (sys.executable, "-m", "bot", "run")
        process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **environment})
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._is_ready():
                    await asyncio.sleep(0.05)
            yield
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(STOPS_WITHIN):
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _is_ready(self) -> bool:
        try:
            async with self._session.get(f"{self._address}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
