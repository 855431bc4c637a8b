"""The part of Markdown a `markdown` block is likely to use, as HTML.

Headings, lists, quotes, fenced code, bold, italic, struck out, code and links; everything else stays words.
"""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from bot.sandbox.look.emoji import with_emoji
from bot.sandbox.look.mrkdwn import link, tagged

HEADING = re.compile(r"(#{1,6}) +(.+)")
ITEM = re.compile(r"(?:[-*+]|([0-9]+)[.)]) +(.*)")
SPAN = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\[(?P<label>[^\]]+)\]\((?P<address>[^)\s]+)\)"
    r"|\*\*(?P<bold>.+?)\*\*"
    r"|~~(?P<struck>.+?)~~"
    r"|(?<![\w*_])[*_](?P<italic>[^*_\s][^*_]*?)[*_](?![\w*_])"
)


def markdown(text: str) -> Markup:
    """A text in Markdown as HTML."""
    return Markup("\n").join(_blocks(text.split("\n")))


def _blocks(lines: list[str]) -> Iterator[Markup]:
    position = 0
    while position < len(lines):
        line = lines[position]
        if line.startswith("```"):
            end = next((at for at in range(position + 1, len(lines)) if lines[at].startswith("```")), len(lines))
            yield tagged("pre", "\n".join(lines[position + 1 : end]))
            position = end + 1
        elif heading := HEADING.fullmatch(line):
            yield Markup('<p class="heading">{}</p>').format(_spans(heading[2]))
            position += 1
        elif not line.strip():
            position += 1
        else:
            kind = _kind(line)
            end = next((at for at in range(position, len(lines)) if _kind(lines[at]) != kind), len(lines))
            yield _group(kind, lines[position:end])
            position = end


def _kind(line: str) -> str:
    """Lines of one kind that follow each other belong together."""
    item = ITEM.fullmatch(line.strip())
    if item:
        return "ol" if item[1] else "ul"
    if line.startswith(">"):
        return "blockquote"
    return "other" if not line.strip() or line.startswith("```") or HEADING.fullmatch(line) else "p"


def _group(kind: str, lines: list[str]) -> Markup:
    if kind in {"ol", "ul"}:
        found = (ITEM.fullmatch(line.strip()) for line in lines)
        return tagged(kind, Markup("").join(tagged("li", _spans(item[2])) for item in found if item))
    bare = [line.lstrip("> ") if kind == "blockquote" else line for line in lines]
    return tagged("blockquote" if kind == "blockquote" else "p", Markup("<br>").join(_spans(line) for line in bare))


def _spans(text: str) -> Markup:
    parts: list[Markup] = []
    position = 0
    for found in SPAN.finditer(text):
        parts += [escape(with_emoji(text[position : found.start()])), _span(found)]
        position = found.end()
    return Markup("").join([*parts, escape(with_emoji(text[position:]))])


def _span(found: re.Match[str]) -> Markup:
    if found["code"]:
        return tagged("code", found["code"])
    if found["label"]:
        return link(found["address"], found["label"])
    for name, tag in (("bold", "b"), ("struck", "s"), ("italic", "i")):
        if found[name]:
            return tagged(tag, _spans(found[name]))
    return Markup("")
