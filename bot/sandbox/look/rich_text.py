"""Rich text blocks as HTML (https://docs.slack.dev/reference/block-kit/blocks/rich-text-block)."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from bot.sandbox.look.emoji import EMOJI
from bot.sandbox.look.mrkdwn import Mrkdwn, link, tagged

Json = dict[str, Any]

STYLES = (("bold", "b"), ("italic", "i"), ("strike", "s"), ("code", "code"), ("underline", "u"), ("highlight", "mark"))


def rich_text(block: Json, texts: Mrkdwn) -> Markup:
    """A whole rich text block."""
    return Markup("").join(_part(part, texts) for part in block["elements"])


def _part(part: Json, texts: Mrkdwn) -> Markup:
    match part["type"]:
        case "rich_text_list":
            items = Markup("").join(tagged("li", _inline(item["elements"], texts)) for item in part["elements"])
            indent = part.get("indent", 0)
            if part["style"] == "ordered":
                start = part.get("offset", 0) + 1
                return Markup('<ol start="{}" class="indent-{}">{}</ol>').format(start, indent, items)
            return Markup('<ul class="indent-{}">{}</ul>').format(indent, items)
        case "rich_text_quote":
            return tagged("blockquote", _inline(part["elements"], texts))
        case "rich_text_preformatted":
            return tagged("pre", _inline(part["elements"], texts))
        case _:
            return tagged("p", _inline(part["elements"], texts))


def _inline(elements: Sequence[Json], texts: Mrkdwn) -> Markup:
    return Markup("").join(_styled(element, _element(element, texts)) for element in elements)


def _styled(element: Json, html: Markup) -> Markup:
    style = element.get("style", {})
    for name, tag in STYLES:
        if style.get(name):
            html = tagged(tag, html)
    return html


def _element(element: Json, texts: Mrkdwn) -> Markup:
    match element["type"]:
        case "text":
            return Markup("<br>").join(element["text"].split("\n"))
        case "link":
            return link(element["url"], element.get("text") or element["url"])
        case "emoji":
            return Markup("{}").format(EMOJI.get(element["name"], f":{element['name']}:"))
        case "user":
            return texts.mention(element["user_id"])
        case "channel":
            return texts.channel(element["channel_id"])
        case "broadcast":
            return Markup('<span class="mention">@{}</span>').format(element["range"])
        case "date":
            return texts.date(
                element["timestamp"], element["format"], element.get("fallback", ""), element.get("url", "")
            )
        case "color":
            return tagged("code", element["value"])
        case kind:
            return Markup("@{}").format(element.get(f"{kind}_id", kind))
