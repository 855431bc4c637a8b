"""Rich text: formatted text as Slack's own composer produces it.

The fields are those of https://docs.slack.dev/reference/block-kit/blocks/rich-text-block.
"""

from collections.abc import Mapping

from bot.slack.lint.checks import Check, boolean, fields, integer, many, one_of, string, typed
from bot.slack.lint.objects import any_kind, identifier, url

text_style = fields(
    dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), boolean)
)
styled: Mapping[str, Check] = {"type!": any_kind, "style": text_style}

RICH_TEXT_ELEMENTS: Mapping[str, Check] = {
    "text": fields({**styled, "text!": string(40_000, 1)}),
    "link": fields({**styled, "url!": url, "text": string(40_000), "unsafe": boolean}),
    "emoji": fields(
        {**styled, "name!": string(255, 1), "unicode": string(255), "url": url, "skin_tone": integer(1, 6)}
    ),
    "user": fields({**styled, "user_id!": identifier}),
    "usergroup": fields({**styled, "usergroup_id!": identifier}),
    "channel": fields({**styled, "channel_id!": identifier}),
    "team": fields({**styled, "team_id!": identifier}),
    "broadcast": fields({**styled, "range!": one_of("here", "channel", "everyone")}),
    "color": fields({**styled, "value!": string(255, 1)}),
    "date": fields(
        {
            **styled,
            "timestamp!": integer(0, 9_999_999_999),
            "format!": string(3000, 1),
            "url": url,
            "fallback": string(3000),
        }
    ),
}
inline = many(typed(lambda: RICH_TEXT_ELEMENTS), 10_000, 0)
border = integer(0, 1)

RICH_TEXT_PARTS: Mapping[str, Check] = {
    "rich_text_section": fields({"type!": any_kind, "elements!": inline}),
    "rich_text_list": fields(
        {
            "type!": any_kind,
            "elements!": many(typed(lambda: RICH_TEXT_PARTS, "rich_text_section"), 10_000),
            "style!": one_of("bullet", "ordered"),
            "indent": integer(0, 8),
            "offset": integer(0, 10_000),
            "border": border,
        }
    ),
    "rich_text_quote": fields({"type!": any_kind, "elements!": inline, "border": border}),
    "rich_text_preformatted": fields(
        {
            "type!": any_kind,
            "elements!": many(typed(lambda: RICH_TEXT_ELEMENTS, "text", "link"), 10_000, 0),
            "border": border,
            "language": string(255),
        }
    ),
}

rich_text = fields(
    {"type!": any_kind, "block_id": identifier, "elements!": many(typed(lambda: RICH_TEXT_PARTS), 10_000)}
)
