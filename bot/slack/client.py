"""Slack's Web API as the bot uses it: one pooled session, every foreign error renamed at the door."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.clock import Clock
from bot.slack.lint import Problem, lint_message, lint_view
from bot.trouble import Busy, Trouble

log = structlog.get_logger()

Payload = Mapping[str, Any]

# What says "not now" rather than "no" (slack.md, 2.3). A workspace's message quota opens again after hours.
_BUSY = frozenset({"ratelimited", "rate_limited"})
_QUOTA = "message_limit_exceeded"
_QUOTA_PAUSE = timedelta(hours=4)
_SERVER_TROUBLE = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "server_error"}
)
# What says that a token is wrong, or no longer good (slack.md, section 7).
NOT_A_TOKEN = frozenset(
    {
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("not_allowed_token_type", "missing_scope", "no_permission"),
    }
)
# Messages are read in pages of the size Slack recommends, and no further back than so many.
_PAGE = 200
_MOST_PAGES = 10


class SlackError(Trouble):
    """Slack did not do what it was asked. Only its subclasses are raised."""


class SlackRefused(SlackError):
    """Slack answered, and said no; `code` is Slack's word for why."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code


class SlackBusy(SlackError, Busy):
    """Too many calls of one method."""


class SlackUnreachable(SlackError):
    """No answer, or trouble on Slack's side: the call may or may not have been carried out."""


class SlackClient:
    """The calls the bot makes. Retries nothing: a request must answer at once, and effects are retried as rows."""

    def __init__(self, web: AsyncWebClient, clock: Clock, *, lint: bool = False) -> None:
        """Speak through `web`; with `lint`, log what Slack may not like of what is said (invariant 11)."""
        self.web = web
        self._clock = clock
        self._lint = lint
        # Slack counts each method by itself (slack.md, 2.3).
        self._busy_until: dict[str, datetime] = {}

    async def who_am_i(self) -> AsyncSlackResponse:
        """`auth.test`: the team and the user of the token, with the granted scopes in a header."""
        return await self._call(self.web.auth_test)

    async def try_app_token(self, app_token: str) -> None:
        """`apps.connections.open`: whether Socket Mode can be had with this token. The connection is not used."""
        await self._call(self.web.apps_connections_open, app_token=app_token)

    async def open_view(self, trigger_id: str, view: Payload) -> str:
        """Open a modal and return its id. Only within three seconds of the act, and once for each."""
        self._look_over(lint_view, view)
        answer = await self._call(self.web.views_open, trigger_id=trigger_id, view=dict(view))
        return str(answer["view"]["id"])

    async def update_view(self, view_id: str, view: Payload) -> None:
        """Replace the content of a modal that is still open."""
        self._look_over(lint_view, view)
        await self._call(self.web.views_update, view_id=view_id, view=dict(view))

    async def publish_home(self, user_id: str, view: Payload) -> None:
        """Show a person's Home tab."""
        self._look_over(lint_view, view)
        await self._call(self.web.views_publish, user_id=user_id, view=dict(view))

    async def post(self, channel: str, message: Payload, thread: str | None = None) -> tuple[str, str]:
        """Post a message and return where it stands: channel id and ts. A user's id opens the direct message.

        Args:
            thread: the ts of the message to reply to; the conversation shows the reply as well.
        """
        self._look_over(lint_message, message)
        quiet = {"unfurl_links": False, "unfurl_media": False}
        where = {} if thread is None else {"thread_ts": thread, "reply_broadcast": True}
        answer = await self._call(self.web.chat_postMessage, channel=channel, **where, **quiet, **message)
        return str(answer["channel"]), str(answer["ts"])

    async def update(self, channel: str, ts: str, message: Payload) -> None:
        """Replace a message of ours."""
        self._look_over(lint_message, message)
        await self._call(self.web.chat_update, channel=channel, ts=ts, **message)

    async def respond(self, response_url: str, payload: Payload) -> None:
        """Answer through the address that came with an act: five times at most, within half an hour."""
        webhook = AsyncWebhookClient(response_url, session=self.web.session, retry_handlers=[])
        try:
            answer = await webhook.send_dict(dict(payload))
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackUnreachable(type(error).__name__) from error
        if answer.status_code != 200:
            raise SlackRefused(f"response_url_{answer.status_code}")

    async def messages_since(self, channel: str, since: datetime, thread: str | None = None) -> AsyncIterator[Payload]:
        """What was said in a conversation or a thread after `since` (UTC), with metadata; needs a history scope.

        A conversation begins with its newest message, a thread with its oldest
        (https://docs.slack.dev/reference/methods/conversations.replies), so both are read page by page.
        """
        ask: Callable[..., Awaitable[AsyncSlackResponse]] = self.web.conversations_history
        where = {"channel": channel}
        if thread is not None:
            ask, where = self.web.conversations_replies, {"channel": channel, "ts": thread}
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await self._call(
                ask,
                **where,
                oldest=f"{since.timestamp():.6f}",
                limit=_PAGE,
                cursor=cursor,
                include_all_metadata=True,
            )
            for message in answer.get("messages") or []:
                yield message
            cursor = _next_cursor(answer)
            if cursor is None:
                return

    async def open_conversation(self, user_id: str) -> str:
        """The id of the direct message with a person."""
        answer = await self._call(self.web.conversations_open, users=user_id)
        return str(answer["channel"]["id"])

    async def user(self, user_id: str) -> Payload:
        """`users.info`, with the locale."""
        answer = await self._call(self.web.users_info, user=user_id, include_locale=True)
        user: Payload = answer["user"]
        return user

    async def user_by_email(self, email: str) -> Payload | None:
        """The member with this profile address, `None` if there is none."""
        try:
            answer = await self._call(self.web.users_lookupByEmail, email=email)
        except SlackRefused as refusal:
            if refusal.code == "users_not_found":
                return None
            raise
        user: Payload = answer["user"]
        return user

    async def users_page(self, cursor: str | None) -> tuple[Sequence[Payload], str | None]:
        """Up to 200 members, and the cursor of the next page."""
        answer = await self._call(self.web.users_list, limit=200, cursor=cursor, include_locale=True)
        members: list[Payload] = answer.get("members") or []
        return members, _next_cursor(answer)

    async def channel(self, channel: str) -> Payload:
        """`conversations.info`."""
        answer = await self._call(self.web.conversations_info, channel=channel)
        found: Payload = answer["channel"]
        return found

    def _look_over(self, lint: Callable[[Payload], list[Problem]], payload: Payload) -> None:
        if self._lint:
            for problem in lint(payload):
                log.warning("block_kit_problem", pointer=problem.pointer, rule=problem.rule)

    async def _call(self, ask: Callable[..., Awaitable[AsyncSlackResponse]], **arguments: Any) -> AsyncSlackResponse:
        """Ask Slack, unless it has said for how long this method is not to be called."""
        method = ask.__name__
        if (until := self._busy_until.get(method)) and self._clock.now() < until:
            raise SlackBusy(until)
        try:
            return await ask(**arguments)
        except SlackApiError as error:
            renamed = self._renamed(error)
            if isinstance(renamed, SlackBusy):
                self._busy_until[method] = renamed.retry_at
            raise renamed from error
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackUnreachable(type(error).__name__) from error

    def _renamed(self, error: SlackApiError) -> SlackError:
        response = error.response
        code = str(response.get("error") or "") if isinstance(response.data, dict) else ""
        if response.status_code == 429 or code in _BUSY:
            return SlackBusy(self._clock.now() + timedelta(seconds=_seconds(response.headers.get("Retry-After"))))
        if code == _QUOTA:
            return SlackBusy(self._clock.now() + _QUOTA_PAUSE)
        if response.status_code >= 500 or code in _SERVER_TROUBLE or not code:
            return SlackUnreachable(code or f"status {response.status_code}")
        needed = response.get("needed")
        return SlackRefused(code, f"(needs {needed})" if needed else "")


def _next_cursor(answer: AsyncSlackResponse) -> str | None:
    return (answer.get("response_metadata") or {}).get("next_cursor") or None


def _seconds(header: str | None) -> int:
    return int(header) if header and header.isdigit() else 30
