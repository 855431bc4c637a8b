"""Handing a payload to Bolt, over HTTP or a socket, and starting what goes on once the answer has left."""

from collections.abc import Mapping, Sequence
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.background import Background

FOLLOW_UPS = "follow_ups"
"""Where handlers leave the coroutines to be started after the answer; a key of Bolt's context."""


class NotAPayload(Exception):
    """The body is not of the form that Slack's payloads have."""


async def dispatch(
    app: AsyncApp, body: str | dict[str, Any], headers: Mapping[str, str | Sequence[str]], mode: str
) -> tuple[BoltResponse, list[Any]]:
    """Bolt's answer to a payload, and what is to be started after it has been sent.

    Raises:
        NotAPayload: it cannot be read.
    """
    follow_ups: list[Any] = []
    try:
        request = AsyncBoltRequest(body=body, headers=dict(headers), mode=mode, context={FOLLOW_UPS: follow_ups})
    except (ValueError, TypeError, AttributeError) as error:
        raise NotAPayload from error
    return await app.async_dispatch(request), follow_ups


def start_follow_ups(background: Background, follow_ups: Sequence[Any]) -> None:
    """Start what goes on."""
    for work in follow_ups:
        background.start(work)
