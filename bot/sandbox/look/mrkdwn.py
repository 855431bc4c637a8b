"""Slack's mrkdwn as HTML (https://docs.slack.dev/messaging/formatting-message-text).

Code first, then what stands between angle brackets, then emphasis: what has been turned into HTML is put aside under a
private character, so that no later rule looks into it.
"""

import re
from collections.abc import Mapping
from typing import Protocol

from markupsafe import Markup, escape

from bot.sandbox.definition import Channel, Person
from bot.sandbox.look.dates import Calendar
from bot.sandbox.look.emoji import with_emoji

# Stands for a piece of finished HTML; from a private plane, so that no text contains it.
ASIDE = "\U000f0000{}\U000f0001"
ASIDE_PATTERN = re.compile("\U000f0000([0-9]+)\U000f0001")
PRIVATE = re.compile("[\U000f0000-\U000f0001]")

FENCE = re.compile(r"```\n?(.+?)\n?```\n?", re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
BRACKETS = re.compile(r"<([^<>\n]+)>")
QUOTE = re.compile(r"(?:^(?:&gt;|>) ?.*(?:\n|$))+", re.MULTILINE)
WEB = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)


def _emphasis(mark: str) -> re.Pattern[str]:
    """A marked run: the marks touch the run within and no word without."""
    sign = re.escape(mark)
    return re.compile(rf"(?<![\w{sign}]){sign}(?=[^\s{sign}])([^\n]*?[^\s{sign}]|[^\s{sign}]){sign}(?![\w{sign}])")


EMPHASIS = (("b", _emphasis("*")), ("i", _emphasis("_")), ("s", _emphasis("~")))


class Names(Protocol):
    """Where the names behind ids are found, such as a workspace."""

    @property
    def people(self) -> Mapping[str, Person]:
        """Everybody by user id."""
        ...

    @property
    def channels(self) -> Mapping[str, Channel]:
        """Every conversation by id."""
        ...


class Mrkdwn:
    """Renders texts for one reader."""

    def __init__(self, names: Names, calendar: Calendar) -> None:
        self._names = names
        self._calendar = calendar

    def html(self, text: str) -> Markup:
        """A text with its formatting."""
        aside: list[Markup] = []

        def put(finished: Markup) -> str:
            aside.append(finished)
            return ASIDE.format(len(aside) - 1)

        text = PRIVATE.sub("", text)
        text = FENCE.sub(lambda found: put(tagged("pre", unescape(found[1]))), text)
        text = CODE.sub(lambda found: put(tagged("code", unescape(found[1]))), text)
        text = BRACKETS.sub(lambda found: put(self._brackets(found[1])), text)
        text = QUOTE.sub(lambda found: put(self._quote(found[0])), text)
        return self._restored(self._inline(text), aside)

    def plain(self, text: str) -> Markup:
        """A text without formatting, but for emoji and line breaks."""
        return self._lines(with_emoji(text))

    def _inline(self, text: str) -> Markup:
        html = str(escape(unescape(with_emoji(text))))
        for tag, pattern in EMPHASIS:
            html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
        return Markup(html.replace("\n", "<br>"))  # noqa: S704 escaped above

    def _quote(self, lines: str) -> Markup:
        bare = "\n".join(re.sub(r"^(?:&gt;|>) ?", "", line) for line in lines.rstrip("\n").split("\n"))
        return tagged("blockquote", self._inline(bare))

    @staticmethod
    def _restored(html: Markup, aside: list[Markup]) -> Markup:
        """Put back what was put aside, also inside of what was put aside later."""
        text = str(html)
        while ASIDE_PATTERN.search(text):
            text = ASIDE_PATTERN.sub(lambda found: str(aside[int(found[1])]), text)
        return Markup(text)  # noqa: S704 made of escaped text and finished HTML only

    @staticmethod
    def _lines(text: str) -> Markup:
        return Markup("<br>").join(text.split("\n"))

    def _brackets(self, inside: str) -> Markup:
        """A mention, a date or a link."""
        target, _, label = inside.partition("|")
        kind = target[:1]
        if kind == "@":
            return self.mention(target[1:])
        if kind == "#":
            return self.channel(target[1:], label)
        if target.startswith("!date^"):
            return self._date(target, label)
        if kind == "!":
            return Markup('<span class="mention">@{}</span>').format(label or target[1:].split("^")[0])
        address = unescape(target)
        if not WEB.match(address):
            return escape(f"<{unescape(inside)}>")
        return link(address, unescape(label) or address.removeprefix("mailto:"))

    def mention(self, user_id: str) -> Markup:
        """A person's name, as a mention."""
        person = self._names.people.get(user_id)
        return Markup('<span class="mention">@{}</span>').format(person.name if person else user_id)

    def channel(self, channel_id: str, label: str = "") -> Markup:
        """A channel's name, as a mention."""
        channel = self._names.channels.get(channel_id)
        name = (channel.name if channel else "") or label or channel_id
        return Markup('<span class="mention">#{}</span>').format(name)

    def date(self, seconds: int, template: str, fallback: str = "", address: str = "") -> Markup:
        """A date in the reader's zone and language; the fallback when the template is none of Slack's."""
        shown = self._calendar.formatted(seconds, template) or fallback
        words = Markup('<time title="{}">{}</time>').format(self._calendar.moment(seconds), shown)
        return link(address, words) if address else words

    def _date(self, target: str, fallback: str) -> Markup:
        _, seconds, template, *address = [*target.split("^"), "", ""]
        if not seconds.lstrip("-").isdecimal():
            return escape(fallback)
        return self.date(int(seconds), template, unescape(fallback), address[0])


def tagged(tag: str, html: str | Markup) -> Markup:
    """Something between the tags of an element."""
    return Markup("<{0}>{1}</{0}>").format(tag, html)


def unescape(text: str) -> str:
    """The three entities Slack knows, as characters."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def link(address: str, label: str | Markup) -> Markup:
    """A link that opens beside the page; anything but a web, mail or telephone address is only words."""
    if not WEB.match(address):
        return escape(label)
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(address, label)
