"""Socket Mode: payloads come over a WebSocket that we open, for where Slack cannot reach us."""

import asyncio
import json

import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.background import Background
from bot.slack.dispatch import NotAPayload, dispatch, start_follow_ups

log = structlog.get_logger()


class SocketMode:
    """Receives payloads over a socket and answers them; reconnects by itself."""

    def __init__(self, app: AsyncApp, app_token: str, web: AsyncWebClient, background: Background) -> None:
        self._app = app
        self._background = background
        self._client = SocketModeClient(app_token=app_token, web_client=web)
        self._client.socket_mode_request_listeners.append(self._receive)
        self._connecting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect, and try until it succeeds; `is_connected` tells when."""
        self._connecting = asyncio.create_task(self._client.connect())

    async def is_connected(self) -> bool:
        """Whether payloads can arrive."""
        return await self._client.is_connected()

    async def close(self) -> None:
        """Close the socket for good."""
        if self._connecting is not None:
            self._connecting.cancel()
        await self._client.close()

    async def _receive(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        headers = {
            "x-slack-retry-num": str(request.retry_attempt or 0),
            "x-slack-retry-reason": request.retry_reason or "",
        }
        try:
            answer, follow_ups = await dispatch(self._app, request.payload, headers, "socket_mode")
        except NotAPayload:
            log.warning("not_a_payload", type=request.type)
            return
        if answer.status == 200:
            await client.send_socket_mode_response(
                SocketModeResponse(envelope_id=request.envelope_id, payload=_payload(answer.body))
            )
        start_follow_ups(self._background, follow_ups)


def _payload(body: str | None) -> dict[str, object] | None:
    """Bolt's answer as an acknowledgement carries it: JSON as it is, text as a text."""
    if not body:
        return None
    try:
        parsed = json.loads(body)
    except ValueError:
        return {"text": body}
    return parsed if isinstance(parsed, dict) else {"text": body}
