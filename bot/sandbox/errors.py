"""How the workspace says no: to the bot with Slack's error codes, to a person with a sentence."""

from collections.abc import Iterable
from typing import Any

from bot.slack.lint import Problem


class SlackError(Exception):
    """A Web API call is refused with one of Slack's codes (https://docs.slack.dev/reference/methods).

    Attributes:
        code: the code, for example `channel_not_found`.
        fields: what else the answer says, for example `needed` and `provided`.
    """

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields

    def answer(self) -> dict[str, Any]:
        """The body of the answer, which Slack sends with status 200."""
        return {"ok": False, "error": self.code, **self.fields}


class ActRefused(Exception):
    """Slack's client would not let this person do this; the message says why."""


def invalid_arguments(*messages: str) -> SlackError:
    """Arguments that are missing or make no sense, each with a sentence."""
    return SlackError(
        "invalid_arguments", response_metadata={"messages": [f"[ERROR] {message}" for message in messages]}
    )


def invalid_blocks(problems: Iterable[Problem], code: str, prefix: str = "") -> SlackError:
    """A payload the lint finds fault with; `prefix` is where it stands in the arguments, such as `/view`."""
    faults = [f"{problem.message} [json-pointer:{prefix}{problem.pointer}]" for problem in problems]
    return SlackError(code, errors=faults, response_metadata={"messages": [f"[ERROR] {fault}" for fault in faults]})
