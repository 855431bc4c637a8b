"""The ASGI application: the guard before Slack's endpoint, and health."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from slack_bolt.async_app import AsyncApp
from sqlalchemy import text
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.background import Background
from bot.clock import Clock, SystemClock
from bot.database import Database
from bot.migration import current_revision, newest_revision
from bot.slack.dispatch import NotAPayload, dispatch, start_follow_ups

log = structlog.get_logger()

SLACK_PATH = "/slack/events"
LARGEST_BODY = 1_000_000
# https://docs.slack.dev/authentication/verifying-requests-from-slack/
OLDEST_REQUEST = timedelta(minutes=5)
SLOWEST_TURN = timedelta(seconds=30)


class SlackEndpoint:
    """Slack's one endpoint. What is not from Slack is turned away before anybody parses or logs it."""

    def __init__(self, app: AsyncApp, signing_secret: str, background: Background, clock: Clock | None = None) -> None:
        self._app = app
        self._background = background
        self._key = hmac.new(signing_secret.encode(), digestmod=hashlib.sha256)
        # Slack's time stamps are of this world, also where the bot's own clock has been moved.
        self._clock = clock or SystemClock()

    async def __call__(self, request: Request) -> Response:
        """Answer one payload; what goes on after it starts once the answer has been sent."""
        body = await _body_within(request, LARGEST_BODY)
        if body is None:
            return PlainTextResponse("The body is too large.", 413)
        if not self._is_signed(request, body):
            return PlainTextResponse("The signature is missing, wrong, or too old.", 401)
        headers = {name: [value] for name, value in request.headers.items()}
        try:
            answer, follow_ups = await dispatch(self._app, body.decode(), headers, "http")
        except (UnicodeDecodeError, NotAPayload):
            return PlainTextResponse("The body is not a payload of Slack's.", 400)

        async def go_on() -> None:
            start_follow_ups(self._background, follow_ups)

        flat = {name: values[0] for name, values in answer.headers.items()}
        return Response(answer.body or "", answer.status, flat, background=BackgroundTask(go_on))

    def _is_signed(self, request: Request, body: bytes) -> bool:
        stamp = request.headers.get("x-slack-request-timestamp", "")
        if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 12:
            return False
        if abs(self._clock.now().timestamp() - int(stamp)) > OLDEST_REQUEST.total_seconds():
            return False
        signature = self._key.copy()
        signature.update(b"v0:" + stamp.encode() + b":" + body)
        given = request.headers.get("x-slack-signature", "")
        return hmac.compare_digest(f"v0={signature.hexdigest()}".encode(), given.encode())


async def _body_within(request: Request, limit: int) -> bytes | None:
    """The body, `None` if it is larger than `limit`; no more than that is ever read."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limit:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


@dataclass
class Health:
    """How the process is.

    Attributes:
        last_turn: when the worker, woken by the scheduler, last looked for what is due; `None` where there is none.
        is_connected: whether payloads can arrive over the socket, `None` without Socket Mode.
    """

    database: Database
    clock: Clock
    last_turn: Callable[[], datetime | None] | None = None
    is_connected: Callable[[], Awaitable[bool]] | None = None

    async def alive(self, _: Request) -> Response:
        """The process answers."""
        return PlainTextResponse("alive\n")

    async def ready(self, _: Request) -> Response:
        """Database, migrations, scheduler and socket are well; 503 with what is not."""
        checks = {"database": await self._database(), "migrations": await self._migrations()}
        if self.last_turn is not None:
            turn = self.last_turn()
            checks["scheduler"] = turn is not None and self.clock.now() - turn < SLOWEST_TURN
        if self.is_connected is not None:
            checks["socket"] = await self.is_connected()
        well = all(checks.values())
        return JSONResponse(
            {name: "well" if good else "not well" for name, good in checks.items()}, 200 if well else 503
        )

    async def _database(self) -> bool:
        try:
            async with self.database.read() as session:
                await (await session.connection()).execute(text("SELECT 1"))
        except Exception:
            log.exception("database_not_well")
            return False
        return True

    async def _migrations(self) -> bool:
        try:
            return await current_revision(self.database) == newest_revision()
        except Exception:
            log.exception("migrations_not_known")
            return False


def routes(health: Health, slack: SlackEndpoint | None) -> list[BaseRoute]:
    """The paths of the bot; Slack's only where Slack comes over HTTP."""
    paths: list[BaseRoute] = [Route("/healthz", health.alive), Route("/readyz", health.ready)]
    if slack is not None:
        paths.append(Route(SLACK_PATH, slack.__call__, methods=["POST"]))
    return paths
