"""A bot that answers what a test tells it to, and remembers what it was sent; and views and messages to act on."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from tests.sandbox.conftest import Stage

Json = dict[str, Any]

ANYTHING = re.compile(".*")


class Listener:
    """Registered with slack_bolt for everything a person can do.

    Attributes:
        bodies: what has come, in order.
        answer: arguments for the next acknowledgement, and all that follow.
        meanwhile: done before acknowledging, with the body.
    """

    def __init__(self, stage: Stage) -> None:
        self.bodies: list[Json] = []
        self.answer: Json = {}
        self.meanwhile: Callable[[Json], Awaitable[Any]] | None = None
        bolt: Any = stage.bolt
        for matcher in (bolt.command, bolt.action, bolt.view, bolt.shortcut, bolt.options):
            matcher(ANYTHING)(self._hear)
        bolt.view_closed(ANYTHING)(self._hear)

    async def _hear(self, ack: Any, body: Json) -> None:
        self.bodies.append(body)
        if self.meanwhile is not None:
            await self.meanwhile(body)
        await ack(**self.answer)

    @property
    def last(self) -> Json:
        return self.bodies[-1]

    def kinds(self) -> list[str]:
        return [body.get("type", "command") for body in self.bodies]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(action_id: str = "go", text: str = "Go", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def actions(*elements: Json, block_id: str = "row") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def field(element: Json, block_id: str = "field", **more: Any) -> Json:
    return {"type": "input", "block_id": block_id, "label": plain("Field"), "element": element, **more}


def text_field(block_id: str = "field", action_id: str = "text", **more: Any) -> Json:
    return field({"type": "plain_text_input", "action_id": action_id, **more}, block_id)


def options(*values: str) -> list[Json]:
    return [{"text": plain(value.title()), "value": value} for value in values]


def form(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("Form"),
        "submit": plain("Send"),
        "blocks": list(blocks) or [text_field()],
        **more,
    }


def confirm(**more: Any) -> Json:
    return {"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No"), **more}
