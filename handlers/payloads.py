"""What Slack sends, as plain values. Who acts comes from the signed payload and from nowhere else (invariant 5).

https://docs.slack.dev/reference/interaction-payloads
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.workspace import Workspace

Body = Mapping[str, Any]

# Control characters but tabs and line ends, and halves of characters: PostgreSQL or UTF-8 cannot hold them.
_HARMFUL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINKED = re.compile(r"<(?:mailto:)?(?P<target>[^@#!|>][^|>]*)(?:\|(?P<shown>[^>]*))?>")


@dataclass(frozen=True, slots=True)
class Act:
    """What every act has: who did it, and where.

    Attributes:
        from_elsewhere: the person belongs to another workspace and is here through a shared channel.
        trigger_id: opens a modal within three seconds; `None` for events.
        response_url: where an answer may go later; `None` where Slack gives none.
        channel_id: where it happened; `None` for modals, shortcuts and the Home tab.
    """

    workspace: Workspace
    user_id: str
    from_elsewhere: bool
    trigger_id: str | None = None
    response_url: str | None = None
    channel_id: str | None = None


@dataclass(frozen=True, slots=True)
class Command(Act):
    """A slash command."""

    name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Click(Act):
    """A press on a button, in a message, a modal or the Home tab.

    Attributes:
        value: what the button carries: an id, to be looked up and checked.
        view: the modal or Home tab the button is in, as it was sent; `None` for a message.
    """

    action_id: str = ""
    value: str = ""
    view: Body | None = None

    @property
    def view_id(self) -> str | None:
        """The id of that modal or Home tab."""
        return (self.view or {}).get("id")


@dataclass(frozen=True, slots=True)
class Submission(Act):
    """A modal that was submitted.

    Attributes:
        metadata: the id that the modal carries, to be looked up and checked.
        fields: what was entered, by field; a text, or the values of the options chosen.
    """

    callback_id: str = ""
    metadata: str = ""
    view_id: str | None = None
    fields: Mapping[str, str | Sequence[str]] | None = None

    def text(self, field: str) -> str:
        """What was typed or chosen in a field; empty if nothing was."""
        value = (self.fields or {}).get(field, "")
        return value if isinstance(value, str) else ""

    def chosen(self, field: str) -> Sequence[str]:
        """The options that were ticked in a field."""
        value = (self.fields or {}).get(field, ())
        return () if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Press(Act):
    """A global shortcut."""

    callback_id: str = ""


@dataclass(frozen=True, slots=True)
class Happening(Act):
    """An event of the Events API; `user_id` is empty for one that is about nobody."""

    type: str = ""
    event: Body | None = None


def read_command(body: Body) -> Command:
    """A slash command's form."""
    return Command(
        workspace=Workspace(_text(body.get("team_id")), body.get("enterprise_id") or None),
        user_id=_text(body.get("user_id")),
        from_elsewhere=False,
        trigger_id=body.get("trigger_id"),
        response_url=body.get("response_url"),
        channel_id=body.get("channel_id"),
        name=_text(body.get("command")),
        text=_text(as_typed(str(body.get("text") or ""))).strip(),
    )


def as_typed(text: str) -> str:
    """The text of a command as it was typed; only mentions stay as Slack writes them.

    https://docs.slack.dev/interactivity/implementing-slash-commands#escaping
    """
    return html.unescape(_LINKED.sub(lambda link: link["shown"] or link["target"], text))


def read_click(body: Body) -> Click:
    """A `block_actions` payload; of several actions, which Slack never sends for buttons, the first."""
    action = (body.get("actions") or [{}])[0]
    return Click(
        **_common(body),
        channel_id=(body.get("channel") or body.get("container") or {}).get("id")
        or (body.get("container") or {}).get("channel_id"),
        response_url=body.get("response_url"),
        action_id=_text(action.get("action_id")),
        value=_text(action.get("value")),
        view=body.get("view"),
    )


def read_submission(body: Body) -> Submission:
    """A `view_submission` payload."""
    view = body.get("view") or {}
    blocks = ((view.get("state") or {}).get("values") or {}).items()
    return Submission(
        **_common(body),
        callback_id=_text(view.get("callback_id")),
        metadata=_text(view.get("private_metadata")),
        view_id=view.get("id"),
        fields={block: _entered(element) for block, elements in blocks for element in elements.values()},
    )


def read_press(body: Body) -> Press:
    """A `shortcut` payload."""
    return Press(**_common(body), callback_id=_text(body.get("callback_id")))


def read_happening(body: Body) -> Happening:
    """An `event_callback` payload."""
    event = body.get("event") or {}
    user = event.get("user")
    return Happening(
        workspace=Workspace(_text(body.get("team_id")), body.get("enterprise_id") or None),
        user_id=_text(user.get("id") if isinstance(user, dict) else user),
        from_elsewhere=False,
        type=_text(event.get("type")),
        event=event,
    )


def _common(body: Body) -> dict[str, Any]:
    user, team = body.get("user") or {}, body.get("team") or {}
    enterprise = body.get("enterprise") or {}
    enterprise_id = enterprise.get("id") or team.get("enterprise_id") or None
    # On an organisation-wide install `team` is null, and the person's own team is the one that counts.
    team_id = _text(team.get("id") or user.get("team_id"))
    return {
        "workspace": Workspace(team_id, enterprise_id),
        "user_id": _text(user.get("id")),
        "from_elsewhere": enterprise_id is None and user.get("team_id") not in (None, team_id),
        "trigger_id": body.get("trigger_id"),
    }


def _entered(element: Mapping[str, Any]) -> str | list[str]:
    """What one input holds, whatever its kind."""
    if "selected_options" in element:
        return [_text(option.get("value")) for option in element["selected_options"] or ()]
    if "selected_option" in element:
        return _text((element["selected_option"] or {}).get("value"))
    return _text(element.get("value"))


def _text(value: object) -> str:
    """What somebody typed or chose, without what no text needs; empty if that is nothing."""
    return _HARMFUL.sub("", str(value or ""))
