"""Block Kit, a function for each part. Texts are cut at Slack's limits here, at the edge, and nowhere else.

The limits are those of https://docs.slack.dev/reference/block-kit; `bot.slack.lint` checks all that is built from them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

Block = dict[str, Any]

LONGEST_SECTION = 3000
LONGEST_INPUT = 3000
LONGEST_BUTTON = 75
LONGEST_HEADER = 150
LONGEST_TITLE = 24
LONGEST_FALLBACK = 3000


def shortened(text: str, limit: int) -> str:
    """`text`, cut with an ellipsis if it is longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plain(text: str, limit: int = LONGEST_SECTION) -> Block:
    """A text shown as it is."""
    return {"type": "plain_text", "text": shortened(text, limit)}


def mrkdwn(text: str, limit: int = LONGEST_SECTION) -> Block:
    """A text with Slack's markup; no links are made of what is not marked as one."""
    return {"type": "mrkdwn", "text": shortened(text, limit), "verbatim": True}


def header(text: str) -> Block:
    """A heading."""
    return {"type": "header", "text": plain(text, LONGEST_HEADER)}


def section(text: str, accessory: Block | None = None) -> Block:
    """A paragraph."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    return block | {"accessory": accessory} if accessory else block


def sections(lines: Iterable[str]) -> list[Block]:
    """Lines, in as few paragraphs as hold them."""
    return [section("\n".join(paragraph)) for paragraph in _paragraphs(lines)]


def sections_at_most(most: int, lines: Iterable[str]) -> tuple[list[Block], int]:
    """Lines, in so many paragraphs at most, and how many lines did not fit in."""
    paragraphs = _paragraphs(lines)
    left = sum(map(len, paragraphs[most:]))
    return [section("\n".join(paragraph)) for paragraph in paragraphs[:most]], left


def _paragraphs(lines: Iterable[str]) -> list[list[str]]:
    """Lines that fit a section together."""
    paragraphs: list[list[str]] = []
    room = 0
    for line in (shortened(line, LONGEST_SECTION) for line in lines):
        if len(line) + 1 > room:
            paragraphs.append([])
            room = LONGEST_SECTION + 1
        paragraphs[-1].append(line)
        room -= len(line) + 1
    return paragraphs


def context(*texts: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def button(
    text: str, action_id: str, value: str | None = None, *, style: str | None = None, url: str | None = None
) -> Block:
    """A button; `value` holds an id and nothing else, since anybody who sees the message can read it."""
    block: Block = {"type": "button", "text": plain(text, LONGEST_BUTTON), "action_id": action_id}
    extra = {"value": value, "style": style, "url": url}
    return block | {name: given for name, given in extra.items() if given is not None}


def actions(*elements: Block, block_id: str | None = None) -> Block:
    """Buttons in a row; with a name of their own where a handler looks for them."""
    block: Block = {"type": "actions", "elements": list(elements)}
    return block | {"block_id": block_id} if block_id else block


def option(text: str, value: str, description: str | None = None) -> Block:
    """A choice of radio buttons or checkboxes; longer explanations go into the description."""
    choice: Block = {"text": mrkdwn(text, 75), "value": value}
    return choice | {"description": mrkdwn(description, 75)} if description else choice


def labelled(label: str, field: str, element: Block, *, hint: str | None = None, optional: bool = False) -> Block:
    """An input with its label; the block and its element carry the same id."""
    block: Block = {
        "type": "input",
        "block_id": field,
        "label": plain(label, 2000),
        "element": element | {"action_id": field},
        "optional": optional,
    }
    return block | {"hint": plain(hint, 2000)} if hint else block


def text_input(*, initial: str | None = None, multiline: bool = False, longest: int = LONGEST_INPUT) -> Block:
    """A field to type in."""
    element: Block = {"type": "plain_text_input", "multiline": multiline, "max_length": longest}
    return element | {"initial_value": initial} if initial else element


def radio_buttons(options: Sequence[Block], initial: Block | None = None) -> Block:
    """One of a few, none chosen unless said."""
    element: Block = {"type": "radio_buttons", "options": list(options)}
    return element | {"initial_option": initial} if initial else element


def checkboxes(options: Sequence[Block], initial: Sequence[Block] = ()) -> Block:
    """Some of a few."""
    element: Block = {"type": "checkboxes", "options": list(options)}
    return element | {"initial_options": list(initial)} if initial else element


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    close: str,
    submit: str | None = None,
    metadata: str | None = None,
) -> Block:
    """A modal; `metadata` holds an id and nothing else."""
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, LONGEST_TITLE),
        "close": plain(close, LONGEST_TITLE),
        "blocks": list(blocks),
    }
    extra = {"submit": plain(submit, LONGEST_TITLE) if submit else None, "private_metadata": metadata}
    return view | {name: given for name, given in extra.items() if given is not None}


def home(blocks: Sequence[Block]) -> Block:
    """A Home tab."""
    return {"type": "home", "blocks": list(blocks)}


def message(text: str, blocks: Sequence[Block]) -> Block:
    """A message; `text` is what notifications and screen readers say."""
    return {"text": shortened(text, LONGEST_FALLBACK), "blocks": list(blocks)}


def sentence(text: str) -> Block:
    """A message of one paragraph."""
    return message(text, [section(text)])
