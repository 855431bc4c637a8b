"""Sending things to the bot: signed requests over HTTP, or envelopes over Socket Mode.

Requests are signed with the machine's own time even when the clock of the workspace has been moved, because the bot
compares the time of a request with its machine's (https://docs.slack.dev/authentication/verifying-requests-from-slack).
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol
from urllib.parse import urlencode

from bot.clock import Clock, SystemClock
from bot.sandbox import payloads
from bot.sandbox.record import Delivered
from bot.sandbox.workspace import Workspace

Json = dict[str, Any]

SLACKS_PATIENCE = 3.0
RETRY_AFTER = (0.0, 60.0, 300.0)
OK = 200
SOCKET_WORDS = {"slash_command": "slash_commands", "event_callback": "events_api"}


class Unreachable(Exception):
    """No connection to the bot."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The bot's answer to a request, header names in lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


# Carries the body and the headers of a request to the bot's one endpoint; raises Unreachable.
Deliver = Callable[[bytes, Mapping[str, str]], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What came of a delivery.

    Attributes:
        body: the answer, decoded where it is JSON, text otherwise, None when it is empty.
        error: `operation_timeout` or `dispatch_failed`, Slack's words; None when all is well.
        reason: why, as in the header x-slack-retry-reason.
        no_retry: the bot does not want an event again.
    """

    body: Any = None
    error: str | None = None
    reason: str | None = None
    no_retry: bool = False


class SocketSender(Protocol):
    """The open Socket Mode connections."""

    @property
    def connected(self) -> bool:
        """Whether there is one at least."""
        ...

    async def send(self, kind: str, payload: Json, retry: tuple[int, str] | None) -> Any:
        """Send an envelope and wait for its acknowledgement, whose payload is returned."""
        ...


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Slack's signature of a request."""
    base = b"v0:" + str(timestamp).encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Delivery:
    """Sends the payloads of one workspace.

    Args:
        workspace: whose payloads.
        deliver: carries a signed request to the bot.
        sockets: when one is connected, payloads go there instead.
        patience: seconds the bot has to acknowledge; may be changed later.
        retry_after: seconds before each further attempt at an event.
        machine_clock: the time that requests are stamped with.
    """

    def __init__(
        self,
        workspace: Workspace,
        deliver: Deliver,
        sockets: SocketSender,
        *,
        patience: float = SLACKS_PATIENCE,
        retry_after: Sequence[float] = RETRY_AFTER,
        machine_clock: Clock | None = None,
    ) -> None:
        self._workspace = workspace
        self._deliver = deliver
        self._sockets = sockets
        self.patience = patience
        self._retry_after = tuple(retry_after)
        self._machine_clock = machine_clock or SystemClock()
        self._under_way: set[asyncio.Task[None]] = set()

    async def command(self, payload: Json) -> Acknowledgement:
        """Send a slash command."""
        return await self._send("slash_command", payload, urlencode(payload).encode())

    async def interaction(self, payload: Json) -> Acknowledgement:
        """Send a click, a form, a shortcut or a wish for suggestions."""
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return await self._send(payload["type"], payload, body)

    def event(self, event: Json, subscription: str | None = None) -> None:
        """Send an event in the background, if the app has subscribed to it, and again when it is not taken.

        Args:
            event: the inner event, with its `type`.
            subscription: the name in the manifest, where it is not the type itself.
        """
        if (subscription or event["type"]) not in self._workspace.app.manifest.events:
            return
        task = asyncio.create_task(self._send_event(payloads.event_callback(self._workspace, event)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def verify_address(self) -> bool:
        """Ask the bot's endpoint whether it is one, as Slack does when its address is entered."""
        payload = payloads.url_verification(self._workspace)
        answer = await self._send("url_verification", payload, json.dumps(payload).encode(), "application/json")
        said = answer.body.get("challenge") if isinstance(answer.body, dict) else answer.body
        return answer.error is None and said == payload["challenge"]

    async def settled(self) -> None:
        """Wait until no event is under way any more."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _send_event(self, payload: Json) -> None:
        body = json.dumps(payload).encode()
        answer = await self._send("event_callback", payload, body, "application/json")
        if answer.error is None and self._workspace.faults.double_delivery:
            await self._send("event_callback", payload, body, "application/json", (1, "http_timeout"))
        for number, pause in enumerate(self._retry_after, start=1):
            if answer.error is None or answer.no_retry:
                return
            await asyncio.sleep(pause)
            retry = (number, answer.reason or "unknown_error")
            answer = await self._send("event_callback", payload, body, "application/json", retry)

    async def _send(
        self,
        kind: str,
        payload: Json,
        body: bytes,
        content_type: str = "application/x-www-form-urlencoded",
        retry: tuple[int, str] | None = None,
    ) -> Acknowledgement:
        """Send by the way there is, wait as long as Slack would, and note what came of it."""
        await self._workspace.store.flush()
        started = monotonic()
        by_socket = self._sockets.connected
        try:
            async with asyncio.timeout(self.patience):
                if by_socket:
                    said = await self._sockets.send(SOCKET_WORDS.get(kind, "interactive"), payload, retry)
                    answer = Acknowledgement(body=said)
                else:
                    answer = _understood(await self._deliver(body, self._headers(body, content_type, retry)))
        except TimeoutError:
            answer = Acknowledgement(error="operation_timeout", reason="http_timeout")
        except Unreachable:
            answer = Acknowledgement(error="dispatch_failed", reason="connection_failed")
        self._workspace.record.add(
            Delivered(
                number=self._workspace.record.next_number(),
                at=self._workspace.now(),
                kind=kind,
                payload=payload,
                transport="socket" if by_socket else "http",
                acknowledgement=answer.body,
                error=answer.error,
                seconds=monotonic() - started,
            )
        )
        self._workspace.changes.publish("record")
        return answer

    def _headers(self, body: bytes, content_type: str, retry: tuple[int, str] | None) -> dict[str, str]:
        timestamp = int(self._machine_clock.now().timestamp())
        headers = {
            "content-type": content_type,
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "x-slack-request-timestamp": str(timestamp),
            "x-slack-signature": signature(self._workspace.credentials.signing_secret, timestamp, body),
        }
        if retry is not None:
            headers |= {"x-slack-retry-num": str(retry[0]), "x-slack-retry-reason": retry[1]}
        return headers


def _understood(reply: Reply) -> Acknowledgement:
    """What a reply over HTTP amounts to."""
    no_retry = reply.headers.get("x-slack-no-retry") == "1"
    if reply.status != OK:
        return Acknowledgement(error="dispatch_failed", reason="http_error", no_retry=no_retry)
    text = reply.body.decode(errors="replace")
    if not text.strip():
        return Acknowledgement()
    if "json" not in reply.headers.get("content-type", ""):
        return Acknowledgement(body=text)
    try:
        return Acknowledgement(body=json.loads(text))
    except ValueError:
        return Acknowledgement(error="dispatch_failed", reason="http_error", no_retry=no_retry)
