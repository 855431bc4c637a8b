"""The workspace that the bot's token belongs to, asked of Slack once."""

import asyncio
from dataclasses import dataclass

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext

from bot.slack.client import SlackClient
from models.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the bot is installed, and who it is there."""

    workspace: Workspace
    team_name: str
    bot_user_id: str
    bot_id: str | None
    scopes: frozenset[str]


class Installations:
    """The installation of the one token in the settings."""

    def __init__(self, slack: SlackClient) -> None:
        self._slack = slack
        self._known: Installation | None = None
        self._asking = asyncio.Lock()

    async def get(self) -> Installation:
        """The installation; Slack is asked the first time.

        Raises:
            SlackError: Slack refuses the token, or does not answer.
        """
        if self._known is None:
            async with self._asking:
                self._known = self._known or await self._ask()
        return self._known

    async def _ask(self) -> Installation:
        answer = await self._slack.who_am_i()
        header = next((value for name, value in answer.headers.items() if name.lower() == "x-oauth-scopes"), "")
        return Installation(
            workspace=Workspace(str(answer.get("team_id") or ""), answer.get("enterprise_id") or None),
            team_name=str(answer.get("team") or ""),
            bot_user_id=str(answer.get("user_id") or ""),
            bot_id=answer.get("bot_id"),
            scopes=frozenset(scope.strip() for scope in header.split(",") if scope.strip()),
        )


class Authorize(AsyncAuthorize):
    """Bolt's question at every request: may this team use us? Answered without a call to Slack (stack.md, 1b)."""

    def __init__(self, installations: Installations, token: str) -> None:
        self._installations = installations
        self._token = token

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,
        actor_team_id: str | None = None,
        actor_user_id: str | None = None,
    ) -> AuthorizeResult | None:
        """The token, for a request from our team or our enterprise; `None` for any other."""
        installation = await self._installations.get()
        ours = installation.workspace
        same_enterprise = ours.enterprise_id is not None and enterprise_id == ours.enterprise_id
        if team_id != ours.team_id and not same_enterprise:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=self._token,
            bot_id=installation.bot_id,
            bot_user_id=installation.bot_user_id,
        )
