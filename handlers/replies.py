"""What a handler answers with: the acknowledgement, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.views.blocks import Block


@dataclass(frozen=True, slots=True)
class Done:
    """Taken note of; nothing more to show."""


@dataclass(frozen=True, slots=True)
class Whisper:
    """A message that only the person sees, where they are; for commands."""

    message: Block


@dataclass(frozen=True, slots=True)
class FieldErrors:
    """What is wrong with the fields of a modal, by field; the modal stays as it is."""

    by_field: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShowView:
    """Put another view in the place of the one that was submitted."""

    view: Block


Reply = Done | Whisper | FieldErrors | ShowView


def acknowledgement(reply: Reply) -> dict[str, Any]:
    """The reply as arguments of Bolt's `ack`."""
    match reply:
        case Done():
            return {}
        case Whisper(message):
            return {"response_type": "ephemeral", **message}
        case FieldErrors(by_field):
            return {"response_action": "errors", "errors": dict(by_field)}
        case ShowView(view):
            return {"response_action": "update", "view": view}
