"""Blocks: their fields, limits, and where they may stand.

The numbers are those of https://docs.slack.dev/reference/block-kit/blocks and its page for each block.
"""

from collections.abc import Mapping

from bot.slack.lint.checks import (
    Check,
    Surface,
    any_object,
    any_of,
    boolean,
    characters_in_rows,
    exactly_one_of,
    fields,
    integer,
    many,
    number,
    one_of,
    string,
    typed,
)
from bot.slack.lint.elements import ELEMENTS, IN_ACTIONS, IN_INPUT, IN_SECTION, element
from bot.slack.lint.objects import any_kind, file_reference, identifier, image_url, plain, text, url
from bot.slack.lint.rich_text import rich_text

block: Mapping[str, Check] = {"type!": any_kind, "block_id": identifier}
raw_cells: Mapping[str, Check] = {
    "raw_text": fields({"type!": any_kind, "text!": string(20_000)}),
    "raw_number": fields({"type!": any_kind, "value!": number, "text": string(20_000)}),
}


def cell(*allowed: str) -> Check:
    """One cell of a table."""
    return typed(lambda: {**raw_cells, "rich_text": rich_text}, *allowed)


def blocks(*allowed: str) -> Check:
    """A block of one of these types, inside another block."""
    return typed(lambda: BLOCKS, *allowed)


column_settings = fields({"align": one_of("left", "center", "right"), "is_wrapped": boolean})
chart = typed(lambda: dict.fromkeys(("pie", "bar", "area", "line"), any_object))
# fmt: off
IN_CONTAINER = (
    "actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video",
)
# fmt: on

BLOCKS: Mapping[str, Check] = {
    "actions": fields({**block, "elements!": many(element(*IN_ACTIONS), 25)}),
    "alert": fields({**block, "text!": text(200), "level": one_of("default", "info", "warning", "error", "success")}),
    "card": fields(
        {
            **block,
            "hero_image": element("image"),
            "icon": element("image"),
            "slack_icon": fields({"type!": one_of("icon"), "name!": string(255, 1)}),
            "title": text(150),
            "subtitle": text(150),
            "body": text(200),
            "actions": many(element("button"), 3),
        },
        any_of("hero_image", "title", "actions", "body"),
    ),
    "carousel": fields({**block, "elements!": many(blocks("card"), 10)}),
    "container": fields(
        {
            **block,
            "title": plain(150),
            "rich_text_title": blocks("rich_text"),
            "subtitle": text(150),
            "child_blocks!": many(blocks(*IN_CONTAINER), 10),
            "width": one_of("narrow", "standard", "wide", "full"),
            "icon": element("image"),
            "is_collapsible": boolean,
            "default_collapsed": boolean,
            "has_header_divider": boolean,
        },
        any_of("title", "rich_text_title"),
    ),
    "context": fields(
        {
            **block,
            "elements!": many(
                typed(lambda: {"image": ELEMENTS["image"], "plain_text": text(3000), "mrkdwn": text(3000)}), 10
            ),
        }
    ),
    "context_actions": fields({**block, "elements!": many(element("feedback_buttons", "icon_button"), 5)}),
    "data_table": fields(
        {
            **block,
            "caption!": string(3000, 1),
            "rows!": many(many(cell("raw_text", "raw_number", "rich_text"), 20), 201, 2),
            "page_size": integer(1, 100),
            "row_header_column_index": integer(0, 19),
        },
        characters_in_rows(20_000),
    ),
    "data_visualization": fields({**block, "title!": string(50, 1), "chart!": chart}),
    "divider": fields(block),
    "file": fields({**block, "source!": one_of("remote"), "external_id!": identifier}),
    "header": fields({**block, "text!": plain(150)}),
    "image": fields(
        {
            **block,
            "alt_text!": string(2000),
            "title": plain(2000),
            "image_url": image_url,
            "slack_file": file_reference,
        },
        exactly_one_of("image_url", "slack_file"),
    ),
    "input": fields(
        {
            **block,
            "label!": plain(2000),
            "element!": element(*IN_INPUT),
            "hint": plain(2000),
            "optional": boolean,
            "dispatch_action": boolean,
        }
    ),
    "markdown": fields({**block, "text!": string(12_000, 1)}),
    "plan": fields({**block, "title!": string(3000, 1), "tasks": many(blocks("task_card"), 50)}),
    "rich_text": rich_text,
    "section": fields(
        {
            **block,
            "text": text(3000),
            "fields": many(text(2000), 10),
            "accessory": element(*IN_SECTION),
            "expand": boolean,
        },
        any_of("text", "fields"),
    ),
    "table": fields(
        {
            **block,
            "rows!": many(many(cell("raw_text", "rich_text"), 20), 100),
            "column_settings": many(column_settings, 20),
        },
        characters_in_rows(10_000),
    ),
    "task_card": fields(
        {
            **block,
            "task_id!": identifier,
            "title!": string(3000, 1),
            "details": blocks("rich_text"),
            "output": blocks("rich_text"),
            "sources": many(element("url"), 100),
            "status!": one_of("pending", "in_progress", "complete", "error"),
        }
    ),
    "video": fields(
        {
            **block,
            "video_url!": url,
            "thumbnail_url!": image_url,
            "alt_text!": string(2000, 1),
            "title!": plain(199),
            "title_url": url,
            "author_name": string(49),
            "provider_name": string(255),
            "provider_icon_url": image_url,
            "description": plain(200),
        }
    ),
}

# Blocks that hold blocks, and the field that holds them.
NESTED_BLOCKS: Mapping[str, str] = {"container": "child_blocks", "carousel": "elements", "plan": "tasks"}

# fmt: off
MESSAGE_ONLY = (
    "card", "carousel", "context_actions", "data_table", "data_visualization", "file", "markdown", "plan", "table",
    "task_card",
)
# fmt: on

# Where a block or an element may stand; those not named here may stand anywhere.
BLOCK_SURFACES: Mapping[str, frozenset[Surface]] = {
    "alert": frozenset({"modal"}),
    **dict.fromkeys(MESSAGE_ONLY, frozenset[Surface]({"message"})),
}
ELEMENT_SURFACES: Mapping[str, frozenset[Surface]] = {"file_input": frozenset({"modal"})}

# How many of a kind one message may hold.
AT_MOST_PER_MESSAGE: Mapping[str, int] = {"table": 1, "data_visualization": 2}
