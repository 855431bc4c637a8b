"""One Web API call: its arguments, the right to make it, and the register of methods."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from bot.sandbox.errors import SlackError, invalid_arguments
from bot.sandbox.workspace import Workspace

Json = dict[str, Any]
Item = TypeVar("Item")
Caller = Literal["bot", "app", "anyone"]

LARGEST_PAGE = 1000
DEFAULT_PAGE = 100


class Arguments:
    """The arguments of a call, whether they came as a form, in the address or as JSON."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = {name: value for name, value in values.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str = "") -> str:
        """An argument as text."""
        value = self.values.get(name, default)
        return value if isinstance(value, str) else json.dumps(value)

    def required(self, name: str) -> str:
        """An argument that must be there and not be empty.

        Raises:
            SlackError: `invalid_arguments`, naming it.
        """
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name} [json-pointer:/{name}]")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A truth value, which a form spells `true`, `1` or the like."""
        value = self.values.get(name, default)
        return value if isinstance(value, bool) else str(value).lower() in {"1", "true", "yes"}

    def number(self, name: str, default: int) -> int:
        """A whole number.

        Raises:
            SlackError: `invalid_arguments`, when it is none.
        """
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError) as error:
            raise invalid_arguments(f"must be an integer [json-pointer:/{name}]") from error

    def structure(self, name: str, error: str = "invalid_arguments") -> Any:
        """Something structured, which a form carries as JSON; None when it is not given.

        Raises:
            SlackError: `error`, when it is no JSON.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as problem:
            raise SlackError(error) from problem

    def names(self, name: str) -> list[str]:
        """Several ids or words, separated by commas or given as a list."""
        value = self.values.get(name, [])
        entries = value if isinstance(value, list) else str(value).split(",")
        return [str(entry).strip() for entry in entries if str(entry).strip()]


@dataclass(frozen=True, slots=True)
class Call:
    """What a method is given."""

    workspace: Workspace
    arguments: Arguments

    def need(self, *scopes: str) -> None:
        """Refuse unless one of these scopes has been granted.

        Raises:
            SlackError: `missing_scope`, with what is needed and what there is.
        """
        granted = granted_scopes(self.workspace)
        if scopes and not granted & set(scopes):
            raise SlackError("missing_scope", needed=scopes[0], provided=",".join(sorted(granted)))

    def has(self, scope: str) -> bool:
        """Whether a scope has been granted."""
        return scope in granted_scopes(self.workspace)

    def page(self, items: Sequence[Item], default: int = DEFAULT_PAGE) -> tuple[list[Item], Json]:
        """The page of a list the caller asks for, and the part of the answer that leads to the next.

        Raises:
            SlackError: `invalid_cursor` or `invalid_limit`.
        """
        limit = self.arguments.number("limit", default) or default
        if not 1 <= limit <= LARGEST_PAGE:
            raise SlackError("invalid_limit")
        start = _offset(self.arguments.text("cursor"))
        following = start + limit
        cursor = base64.b64encode(f"next:{following}".encode()).decode() if following < len(items) else ""
        return list(items[start:following]), {"response_metadata": {"next_cursor": cursor}}


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        offset = int(number)
    except (binascii.Error, ValueError) as error:
        raise SlackError("invalid_cursor") from error
    if word != "next" or offset < 0:
        raise SlackError("invalid_cursor")
    return offset


def granted_scopes(workspace: Workspace) -> frozenset[str]:
    """The scopes the installation has: those of the manifest, but for those refused on purpose."""
    return workspace.app.manifest.scopes - workspace.faults.refused_scopes


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Web API.

    Attributes:
        scopes: of these one must have been granted; none when it needs none, or when it depends on the arguments.
        caller: whose token it is called with.
    """

    name: str
    handler: Callable[[Call], Json]
    scopes: tuple[str, ...] = ()
    caller: Caller = "bot"


@dataclass(slots=True)
class Methods:
    """The register of methods."""

    by_name: dict[str, Method] = field(default_factory=dict)

    def add(
        self, name: str, *scopes: str, caller: Caller = "bot"
    ) -> Callable[[Callable[[Call], Json]], Callable[[Call], Json]]:
        """Register a function as the method of this name."""

        def register(handler: Callable[[Call], Json]) -> Callable[[Call], Json]:
            self.by_name[name] = Method(name, handler, scopes, caller)
            return handler

        return register
