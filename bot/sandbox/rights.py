"""Short-lived rights: trigger ids and response addresses.

A trigger id lives 3 s and opens one view; a response_url may be used 5 times within 30 minutes
(https://docs.slack.dev/interactivity/handling-user-interaction). Both age by the workspace's own time, so that moving
the clock three days forward does not end what was started a moment ago.
"""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.sandbox.errors import SlackError
from bot.sandbox.records import ResponseRight, Trigger

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_LIFE = timedelta(minutes=30)
RESPONSE_USES = 5


class Rights:
    """What the workspace has handed out with its payloads."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._triggers: dict[str, Trigger] = {}
        self._responses: dict[str, ResponseRight] = {}

    async def load(self) -> None:
        """Take up the response addresses of the file; triggers are dead by then."""
        for key, body in await self._workspace.store.load("response"):
            self._responses[key] = ResponseRight.model_validate_json(body)

    def issue_trigger(self, person: str, view_id: str | None = None) -> str:
        """A new trigger id for something this person has just done, perhaps in a modal."""
        now = self._workspace.own_time()
        stamp = int(now.timestamp() * 1000)
        trigger_id = f"{stamp}.{self._workspace.team.id[1:]}.{secrets.token_hex(16)}"
        self._triggers = {key: entry for key, entry in self._triggers.items() if now - entry.issued <= RESPONSE_LIFE}
        self._triggers[trigger_id] = Trigger(id=trigger_id, person=person, view_id=view_id, issued=now)
        return trigger_id

    def valid_trigger(self, trigger_id: str) -> Trigger:
        """The trigger of this id, which can still be exchanged.

        Raises:
            SlackError: `invalid_trigger_id`, `expired_trigger_id` or `exchanged_trigger_id`.
        """
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.exchanged:
            raise SlackError("exchanged_trigger_id")
        if self._workspace.own_time() - trigger.issued > TRIGGER_LIFE:
            raise SlackError("expired_trigger_id")
        return trigger

    def issue_response_url(self, person: str, channel: str, message_ts: str | None = None) -> str:
        """A new address at which the bot may answer, in this channel and to this person."""
        token = secrets.token_hex(16)
        right = ResponseRight(
            token=token,
            person=person,
            channel=channel,
            message_ts=message_ts,
            issued=self._workspace.own_time(),
        )
        self._keep(right)
        return f"{self._workspace.address}/hooks/response/{token}"

    def of_url(self, response_url: str) -> ResponseRight:
        """The right that goes with an address handed out before, without using it."""
        return self._responses[response_url.rpartition("/")[2]]

    def use_response(self, token: str) -> ResponseRight:
        """Use a response address once.

        Raises:
            SlackError: `expired_url` or `used_url`, which Slack answers with status 404.
        """
        right = self._responses.get(token)
        if right is None or self._workspace.own_time() - right.issued > RESPONSE_LIFE:
            raise SlackError("expired_url")
        if right.uses >= RESPONSE_USES:
            raise SlackError("used_url")
        used = right.model_copy(update={"uses": right.uses + 1})
        self._keep(used)
        return used

    def answered_with(self, token: str, message_ts: str | None) -> None:
        """Note which message the last answer left, which the next one may replace."""
        self._keep(self._responses[token].model_copy(update={"message_ts": message_ts}))

    def _keep(self, right: ResponseRight) -> None:
        self._responses[right.token] = right
        self._workspace.store.put("response", right.token, right)
