"""What Slack makes of the text a person types: ids for names, links for addresses, entities for special characters.

Source: https://docs.slack.dev/messaging/formatting-message-text and, for commands with `should_escape`,
https://docs.slack.dev/interactivity/implementing-slash-commands.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

TOKEN = re.compile(
    r"(?P<id><@[UW][A-Z0-9]+>)"
    r"|(?P<link>https?://[^\s<>|]+)"
    r"|(?P<email>[\w.+'-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|@(?P<user>\w)"
    r"|#(?P<channel>[a-z0-9_-]+)"
)


def escaped(workspace: "Workspace", text: str) -> str:
    """The text as it reaches an app, with `@name`, `#channel`, addresses and links turned into Slack's own form."""
    parts: list[str] = []
    position = 0
    while (found := TOKEN.search(text, position)) is not None:
        parts.append(_entities(text[position : found.start()]))
        replacement, position = _replacement(workspace, text, found)
        parts.append(replacement)
    return "".join(parts) + _entities(text[position:])


def _replacement(workspace: "Workspace", text: str, found: re.Match[str]) -> tuple[str, int]:
    """What stands for a token, and where to go on."""
    whole, end = found.group(), found.end()
    if found["id"]:
        known = whole[2:-1] in workspace.people
        return (whole if known else _entities(whole)), end
    if found["link"]:
        return f"<{_entities(whole)}>", end
    if found["email"]:
        return f"<mailto:{whole}|{whole}>", end
    if found["channel"]:
        channel = next((each for each in workspace.channels.values() if each.name == found["channel"]), None)
        return (f"<#{channel.id}|{channel.name if channel.kind == 'public' else ''}>" if channel else whole), end
    return _mention(workspace, text, found.start())


def _mention(workspace: "Workspace", text: str, start: int) -> tuple[str, int]:
    """The longest name of a person that follows the `@`, as a mention."""
    following = text[start + 1 :].casefold()
    names = {
        name.casefold(): person.id for person in workspace.people.values() for name in (person.handle, person.name)
    }
    for name in sorted(names, key=len, reverse=True):
        if following.startswith(name) and not following[len(name) : len(name) + 1].isalnum():
            return f"<@{names[name]}>", start + 1 + len(name)
    return "@", start + 1


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
