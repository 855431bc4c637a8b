"""A Slack that says yes to everything and does nothing: within the process, or as a server of its own.

`python -m tests.bench.slack PORT` serves it.
"""

import asyncio
import json
import sys
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from starlette.types import Receive, Scope, Send

TEAM = "T0BENCH0001"
INVITER = "U0ADAM0001"
INVITER_EMAIL = "adam@acme.example"
TOKEN = "xoxb-bench"
SECRET = "bench"


def answer(method: str, asked: dict[str, Any]) -> dict[str, Any]:
    """What Slack says to a call."""
    match method:
        case "auth.test":
            return {"ok": True, "team_id": TEAM, "team": "Acme", "user_id": "U0BOT", "bot_id": "B0BOT"}
        case "users.info":
            return {"ok": True, "user": _person(str(asked["user"]))}
        case "users.list":
            return {"ok": True, "members": []}
        case "chat.postMessage":
            return {"ok": True, "channel": f"D{asked['channel']}", "ts": "1700000000.000100"}
        case "views.open" | "views.update":
            return {"ok": True, "view": {"id": "V0BENCH"}}
        case _:
            return {"ok": True}


def _person(user_id: str) -> dict[str, Any]:
    email = INVITER_EMAIL if user_id == INVITER else f"{user_id.lower()}@acme.example"
    profile = {"email": email, "real_name": f"Person {user_id}"}
    return {"id": user_id, "team_id": TEAM, "profile": profile, "tz": "Europe/Amsterdam", "locale": "en-GB"}


class SilentSlack(AsyncWebClient):
    """Slack's client without a Slack behind it."""

    async def api_call(
        self,
        api_method: str,
        *,
        http_verb: str = "POST",
        params: dict[str, Any] | None = None,
        json: dict[str, Any] | None = None,
        **more: Any,
    ) -> AsyncSlackResponse:
        # A call gives the others a turn, as any other does.
        await asyncio.sleep(0)
        data = answer(api_method, {**(params or {}), **(json or {})})
        return AsyncSlackResponse(
            client=self, http_verb=http_verb, api_url=api_method, req_args={}, data=data, headers={}, status_code=200
        )


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """The same over HTTP, as an ASGI application."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    given = json.loads(body) if body.startswith(b"{") else dict(parse_qsl(body.decode()))
    asked = {**dict(parse_qsl(scope["query_string"].decode())), **given}
    said = json.dumps(answer(scope["path"].removeprefix("/api/"), asked))
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": said.encode()})


if __name__ == "__main__":
    uvicorn.run(serve, port=int(sys.argv[1]), lifespan="off", access_log=False, log_level="warning")
