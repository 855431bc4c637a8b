"""The baseline of what a Slack app can be: Bolt with its best options, acknowledging and nothing else.

`python -m tests.bench.bare PORT` serves it. With `--trivial`, a server that does not even read what it is asked: what
the client can measure at most.
"""

import argparse
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast

import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from starlette.types import Receive, Scope, Send

from tests.bench.slack import SECRET, TEAM, TOKEN


class Authorize(AsyncAuthorize):
    """Knows the token by heart; an installation store would ask Slack at every request."""

    def __init__(self) -> None:
        """Bolt's own constructor has no annotations."""

    async def __call__(self, **_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_token=TOKEN, bot_id="B0BOT", bot_user_id="U0BOT")


def bare() -> AsyncSlackRequestHandler:
    """The app, as ASGI."""
    app = AsyncApp(
        name="bare",
        signing_secret=SECRET,
        # Bolt takes an object of its own class here as well, which its annotation forgets.
        authorize=cast("Callable[..., Awaitable[AuthorizeResult]]", Authorize()),
        process_before_response=True,
    )

    @app.command(re.compile(""))
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    return AsyncSlackRequestHandler(app)


async def trivial(scope: Scope, receive: Receive, send: Send) -> None:
    """Yes, to everything."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--trivial", action="store_true")
    options = parser.parse_args()
    uvicorn.run(
        trivial if options.trivial else bare(),
        port=options.port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
