"""Finding one's way in blocks that have passed the lint."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

Json = dict[str, Any]

# Blocks inside blocks, and the field that holds them.
NESTED = {"container": "child_blocks", "carousel": "elements"}

# Elements one can act on; an image is none, nor is a text.
INTERACTIVE = frozenset(
    {
        *("button", "workflow_button", "icon_button", "feedback_buttons", "overflow"),
        *("checkboxes", "radio_buttons", "static_select", "multi_static_select", "external_select"),
        *("multi_external_select", "users_select", "multi_users_select", "conversations_select"),
        *("multi_conversations_select", "channels_select", "multi_channels_select", "datepicker", "timepicker"),
        *("datetimepicker", "plain_text_input", "email_text_input", "url_text_input", "number_input"),
        *("rich_text_input", "file_input"),
    }
)


class Located(NamedTuple):
    """An element one can act on, and the block it stands in."""

    block: Json
    element: Json

    @property
    def block_id(self) -> str:
        """The id of the block."""
        return str(self.block["block_id"])

    @property
    def action_id(self) -> str:
        """The id of the element."""
        return str(self.element["action_id"])


def all_blocks(blocks: Sequence[Json]) -> Iterator[Json]:
    """Every block, also inside containers, in order."""
    for block in blocks:
        yield block
        if block["type"] in NESTED:
            yield from all_blocks(block[NESTED[block["type"]]])


def elements_of(block: Json) -> Iterator[Json]:
    """The elements of a block that one can act on."""
    if block["type"] in NESTED:
        return
    single = (block.get("accessory"), block.get("element"))
    for element in (*single, *block.get("elements", ()), *block.get("actions", ())):
        if element and element.get("type") in INTERACTIVE:
            yield element


def interactive(blocks: Sequence[Json]) -> Iterator[Located]:
    """Every element one can act on, in order."""
    for block in all_blocks(blocks):
        for element in elements_of(block):
            yield Located(block, element)


def locate(blocks: Sequence[Json], action_id: str, block_id: str | None = None) -> Located | None:
    """The element with this action id; the block id settles which one, when there are several."""
    for found in interactive(blocks):
        if found.action_id == action_id and block_id in {None, found.block_id}:
            return found
    return None


def completed(blocks: Sequence[Json], new_id: Callable[[], str]) -> list[Json]:
    """A copy as Slack keeps it: missing block and action ids made up, texts with their defaults spelt out."""
    copy = deepcopy(list(blocks))
    for block in all_blocks(copy):
        block["block_id"] = block.get("block_id") or new_id()
        for element in elements_of(block):
            element["action_id"] = element.get("action_id") or new_id()
    _spell_out_texts(copy)
    return copy


def _spell_out_texts(value: Any) -> None:
    if isinstance(value, dict):
        if value.get("type") == "plain_text":
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
        value = list(value.values())
    if isinstance(value, list):
        for entry in value:
            _spell_out_texts(entry)


def completed_view(view: Json, new_id: Callable[[], str]) -> Json:
    """The same for a view, title and buttons included."""
    copy = {**deepcopy(view), "blocks": completed(view["blocks"], new_id)}
    _spell_out_texts([copy.get(name) for name in ("title", "submit", "close")])
    return copy
