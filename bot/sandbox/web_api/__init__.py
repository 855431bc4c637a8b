"""Slack's Web API, as far as a bot like ours uses it, and as strict (https://docs.slack.dev/apis/web-api)."""

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from bot.sandbox.errors import SlackError
from bot.sandbox.record import ApiCall
from bot.sandbox.web_api import chat, conversations, files, people, views
from bot.sandbox.web_api.call import Arguments, Call, Method, granted_scopes
from bot.sandbox.workspace import Workspace

Json = dict[str, Any]

METHODS: Mapping[str, Method] = {
    name: method
    for module in (chat, conversations, files, people, views)
    for name, method in module.methods.by_name.items()
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP."""

    body: Json
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


async def answer(workspace: Workspace, name: str, token: str | None, arguments: Mapping[str, Any]) -> Answer:
    """Carry out a call.

    Args:
        workspace: where.
        name: the method, for example `chat.postMessage`.
        token: from the header or the arguments; None when there is none.
        arguments: without the token.
    """
    started = monotonic()
    if workspace.faults.answer_delay:
        await asyncio.sleep(workspace.faults.answer_delay)
    answered = _answer(workspace, name, token, Arguments(arguments))
    await workspace.store.flush()
    workspace.record.add(
        ApiCall(
            number=workspace.record.next_number(),
            at=workspace.now(),
            method=name,
            arguments=dict(arguments),
            answer=answered.body,
            status=answered.status,
            seconds=monotonic() - started,
        )
    )
    workspace.changes.publish("record")
    return answered


def _answer(workspace: Workspace, name: str, token: str | None, arguments: Arguments) -> Answer:
    method = METHODS.get(name)
    if method is None:
        return Answer({"ok": False, "error": "unknown_method", "req_method": name})
    try:
        _check_token(workspace, method, token)
    except SlackError as error:
        return Answer(error.answer())
    headers = {"x-oauth-scopes": ",".join(sorted(granted_scopes(workspace)))} if method.caller == "bot" else {}
    return _planned_fault(workspace, name) or Answer(_carried_out(workspace, method, arguments), headers=headers)


def _planned_fault(workspace: Workspace, name: str) -> Answer | None:
    """What the call gets instead of its answer, because somebody has switched it on."""
    retry_after = workspace.faults.retry_after(name)
    if retry_after is not None:
        return Answer({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(retry_after)})
    planned = workspace.faults.take_error(name)
    if planned is None:
        return None
    word, _, status = planned.partition("http_")
    return Answer({"ok": False, "error": planned}, int(status) if not word and status.isdigit() else 200)


def _carried_out(workspace: Workspace, method: Method, arguments: Arguments) -> Json:
    call = Call(workspace, arguments)
    try:
        call.need(*method.scopes)
        return {"ok": True, **method.handler(call)}
    except SlackError as error:
        return error.answer()


def _check_token(workspace: Workspace, method: Method, token: str | None) -> None:
    if method.caller == "anyone":
        return
    if not token:
        raise SlackError("not_authed")
    credentials = workspace.credentials
    right, other = credentials.bot_token, credentials.app_token
    if method.caller == "app":
        right, other = other, right
    if hmac.compare_digest(token.encode(), other.encode()):
        raise SlackError("not_allowed_token_type")
    if not hmac.compare_digest(token.encode(), right.encode()):
        raise SlackError("invalid_auth")
    if not workspace.installed:
        raise SlackError("account_inactive")
