"""Ways to the bot's one endpoint: over HTTP, or straight into an ASGI application in the same process."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
from starlette.types import ASGIApp, Message, Scope

from bot.sandbox.delivery import Deliver, Reply, Unreachable


def over_http(session: aiohttp.ClientSession, address: str) -> Deliver:
    """Send requests to this address."""

    async def deliver(body: bytes, headers: Mapping[str, str]) -> Reply:
        try:
            async with session.post(address, data=body, headers=dict(headers), allow_redirects=False) as response:
                return Reply(
                    status=response.status,
                    body=await response.read(),
                    headers={name.lower(): value for name, value in response.headers.items()},
                )
        except aiohttp.ClientError as error:
            raise Unreachable(str(error)) from error

    return deliver


def into(application: ASGIApp, path: str = "/slack/events") -> Deliver:
    """Call an ASGI application as a server would. When Slack's patience ends, the application goes on all the same."""
    under_way: set[asyncio.Task[Reply]] = set()

    async def deliver(body: bytes, headers: Mapping[str, str]) -> Reply:
        task = asyncio.create_task(_call(application, path, body, headers))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        return await asyncio.shield(task)

    return deliver


async def _call(application: ASGIApp, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-length", str(len(body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in headers.items()),
        ],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
    }
    requests: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    answered: dict[str, Any] = {"status": 500, "headers": [], "body": b""}

    async def receive() -> Message:
        return requests.pop() if requests else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.update(status=message["status"], headers=message.get("headers", []))
        elif message["type"] == "http.response.body":
            answered["body"] += message.get("body", b"")

    await application(scope, receive, send)
    return Reply(
        status=answered["status"],
        body=answered["body"],
        headers={name.decode().lower(): value.decode() for name, value in answered["headers"]},
    )
