"""The Block Kit lint: does a message or a view keep to Slack's rules?

Every payload we build goes through it in tests, and in the sender when debugging (design.md, invariant 11). The
sandbox workspace refuses with it what Slack would refuse. Payloads are plain dictionaries and are never changed:
Slack's own model classes drop what they do not know (slack.md, section 6.1).
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bot.slack.lint.blocks import AT_MOST_PER_MESSAGE, BLOCK_SURFACES, BLOCKS, ELEMENT_SURFACES, NESTED_BLOCKS
from bot.slack.lint.checks import (
    Check,
    Place,
    Problem,
    Problems,
    Surface,
    any_object,
    boolean,
    fields,
    many,
    string,
    typed,
)
from bot.slack.lint.objects import any_kind, identifier, plain

__all__ = ["LARGEST_VIEW", "LONGEST_TEXT", "Problem", "lint_message", "lint_view"]

# In bytes of JSON; above it Slack answers `view_too_large`.
LARGEST_VIEW = 250_000

# Slack splits a longer text into several messages, and refuses it in chat.update.
LONGEST_TEXT = 4_000
LONGEST_MARKDOWN = 12_000

# fmt: off
MESSAGE_ARGUMENTS = frozenset({
    "as_user", "attachments", "blocks", "channel", "delete_original", "file_ids", "icon_emoji", "icon_url",
    "link_names", "markdown_text", "metadata", "mrkdwn", "parse", "post_at", "replace_original", "reply_broadcast",
    "response_type", "text", "thread_ts", "token", "ts", "unfurl_links", "unfurl_media", "user", "username",
})
# fmt: on


def lint_message(payload: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a message, as given to chat.postMessage, chat.update, a response_url or an acknowledgement.

    Args:
        payload: the arguments of the call, `blocks` as a list of dictionaries.

    Returns:
        The problems; empty when there are none. Those with `refused_by_slack` false are poor practice only.
    """
    place = Place("", "message")
    problems = [*_message_arguments(payload, place), *_message_text(payload, place)]
    for pointer, blocks in _block_lists(payload):
        at = Place(pointer, "message")
        problems += [*many(typed(lambda: BLOCKS), most=50, least=0)(blocks, at), *_whole_surface(blocks, at)]
    return problems


def lint_view(view: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a modal or a Home tab, as given to views.open, views.push, views.update and views.publish.

    Args:
        view: the view, with its `type`. Pointers start at the view itself (`/blocks/0`).

    Returns:
        The problems; empty when there are none.
    """
    surface: Surface = "home" if view.get("type") == "home" else "modal"
    place = Place("", surface)
    problems = [*typed(lambda: VIEWS)(view, place), *_whole_surface(view.get("blocks"), place.at("blocks"))]
    asks = any(found.block.get("type") == "input" for found in _all_blocks(view.get("blocks"), place))
    if surface == "modal" and asks and view.get("submit") is None:
        problems.append(
            place.problem("required", "missing required field: submit (a modal with an input block needs it)")
        )
    if (
        len(json.dumps(view, ensure_ascii=False, separators=(",", ":"), default=str).encode(errors="replace"))
        > LARGEST_VIEW
    ):
        problems.append(place.problem("view_too_large", f"must be less than {LARGEST_VIEW + 1} bytes"))
    return problems


VIEW_FIELDS: Mapping[str, Check] = {
    "type!": any_kind,
    "blocks!": many(typed(lambda: BLOCKS), most=100),
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
VIEWS: Mapping[str, Check] = {
    "home": fields(VIEW_FIELDS),
    "modal": fields(
        {
            **VIEW_FIELDS,
            "title!": plain(24),
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        }
    ),
}
METADATA = fields({"event_type!": identifier, "event_payload!": any_object})


def _message_arguments(payload: Mapping[str, Any], place: Place) -> Problems:
    for name in payload:
        if name not in MESSAGE_ARGUMENTS:
            yield place.at(name).problem("unknown_argument", f"no such argument: {name}")
    if payload.get("metadata") is not None:
        yield from METADATA(payload["metadata"], place.at("metadata"))
    if payload.get("attachments") is not None:
        yield from many(any_object, most=100, least=0)(payload["attachments"], place.at("attachments"))


def _message_text(payload: Mapping[str, Any], place: Place) -> Problems:
    """A message needs words, also when it has blocks: notifications and screen readers read only `text`."""
    text, markdown = payload.get("text"), payload.get("markdown_text")
    if text is not None and not isinstance(text, str):
        yield place.at("text").problem("kind", "must be a string")
    elif text and len(text) > LONGEST_TEXT:
        yield place.at("text").problem("text_length", f"must be less than {LONGEST_TEXT + 1} characters")
    if markdown is not None:
        yield from string(LONGEST_MARKDOWN)(markdown, place.at("markdown_text"))
        if text or payload.get("blocks"):
            yield place.problem("markdown_text_conflict", "markdown_text cannot be used with text or blocks")
    if payload.get("delete_original") or markdown or (isinstance(text, str) and text.strip()):
        return
    if payload.get("blocks") or payload.get("attachments"):
        yield place.problem("fallback_text", "needs a text that says the same as the blocks")
    else:
        yield place.problem("no_text", "needs a text or blocks")


def _block_lists(payload: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The message's own blocks and those of its attachments, with their pointers."""
    if payload.get("blocks") is not None:
        yield "/blocks", payload["blocks"]
    attachments = payload.get("attachments")
    for index, attachment in enumerate(attachments if isinstance(attachments, list) else []):
        if isinstance(attachment, dict) and attachment.get("blocks") is not None:
            yield f"/attachments/{index}/blocks", attachment["blocks"]


class Found(NamedTuple):
    """A block or an element, and where it stands."""

    block: Mapping[str, Any]
    place: Place


def _all_blocks(blocks: Any, place: Place) -> Iterator[Found]:
    """Every block, also those inside containers, in order."""
    for index, block in enumerate(blocks if isinstance(blocks, list) else []):
        if isinstance(block, dict):
            yield Found(block, place.at(index))
            nested = NESTED_BLOCKS.get(str(block.get("type")))
            if nested:
                yield from _all_blocks(block.get(nested), place.at(index).at(nested))


def _elements(found: Found) -> Iterator[Found]:
    """The elements that stand directly in a block."""
    for name in ("accessory", "element"):
        if isinstance(found.block.get(name), dict):
            yield Found(found.block[name], found.place.at(name))
    for name in ("elements", "actions"):
        entries = found.block.get(name)
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, dict) and str(found.block.get("type")) not in NESTED_BLOCKS:
                yield Found(entry, found.place.at(name).at(index))


def _whole_surface(blocks: Any, place: Place) -> Problems:
    """The rules that need to see all blocks of a surface at once."""
    everything = list(_all_blocks(blocks, place))
    elements = [element for found in everything for element in _elements(found)]
    yield from _placement(everything, BLOCK_SURFACES)
    yield from _placement(elements, ELEMENT_SURFACES)
    yield from _repeated(everything, "block_id")
    for found in everything:
        yield from _repeated(list(_elements(found)), "action_id")
    for found in [element for element in elements if element.block.get("focus_on_load") is True][1:]:
        yield found.place.at("focus_on_load").problem("focus_on_load", "only one element may have focus_on_load")
    kinds = Counter(str(found.block.get("type")) for found in everything)
    for kind, most in AT_MOST_PER_MESSAGE.items():
        if kinds[kind] > most:
            yield place.problem("items", f"no more than {most} {kind} blocks allowed")
    texts = [found.block.get("text") for found in everything if found.block.get("type") == "markdown"]
    if len(texts) > 1 and sum(len(text) for text in texts if isinstance(text, str)) > LONGEST_MARKDOWN:
        yield place.problem("length", f"markdown blocks must be less than {LONGEST_MARKDOWN + 1} characters in total")


def _placement(found: list[Found], surfaces: Mapping[str, frozenset[Surface]]) -> Problems:
    for entry, place in found:
        kind = str(entry.get("type"))
        if kind in surfaces and place.surface not in surfaces[kind]:
            yield place.problem("surface", f"{kind} is not supported in a {place.surface}")


def _repeated(found: list[Found], name: str) -> Problems:
    seen: set[str] = set()
    for entry, place in found:
        value = entry.get(name)
        if isinstance(value, str):
            if value in seen:
                yield place.at(name).problem(f"duplicate_{name}", f"{name} already exists: {value}")
            seen.add(value)
