"""Who and what is in the sandbox workspace on its first day, read from a YAML file.

The people and channels are plain pydantic models; the workspace keeps them and changes them as it lives. A field that
is unknown or wrong is refused with its path in the file.
"""

import re
from collections.abc import Iterable
from enum import StrEnum, auto
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name} is not an IANA time zone such as Europe/Oslo") from error
    return name


def _known_locale(name: str) -> str:
    try:
        Locale.parse(name, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"{name} is not a language tag such as en-GB") from error
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]
LocaleName = Annotated[str, AfterValidator(_known_locale)]
UserId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{8,12}$")]


class InvalidWorkspace(ValueError):
    """The workspace file cannot be used; the message lists every fault with its path in the file."""


class Role(StrEnum):
    """What Slack lets a person do. Guests see only the channels they are in."""

    PRIMARY_OWNER = auto()
    OWNER = auto()
    ADMIN = auto()
    MEMBER = auto()
    GUEST = auto()
    SINGLE_CHANNEL_GUEST = auto()
    BOT = auto()


class Entry(BaseModel):
    """What all parts of the file have in common: no field that is not known."""

    model_config = ConfigDict(extra="forbid")


class Team(Entry):
    """The workspace itself. `domain` is the part before `.slack.com`."""

    id: str = Field(pattern=r"^T[A-Z0-9]{8,12}$")
    name: str = Field(min_length=1)
    domain: str = Field(pattern=r"^[a-z0-9-]+$")


class Person(Entry):
    """Somebody in the workspace, a bot user included.

    Attributes:
        handle: what follows the `@`, lower case.
        situation: one plain sentence for whoever plays the demo: who this is and what to try as them.
        zone: IANA name of the time zone.
        locale: IETF tag of the language, for example `en-GB`.
        updated: when the person last changed, in seconds since 1970.
    """

    id: UserId
    handle: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    name: str = Field(min_length=1)
    email: str | None = None
    title: str = ""
    situation: str = ""
    zone: Zone = "UTC"
    locale: LocaleName = "en-US"
    role: Role = Role.MEMBER
    deactivated: bool = False
    updated: int = 0

    @property
    def is_guest(self) -> bool:
        """Whether this is a guest of either kind."""
        return self.role in {Role.GUEST, Role.SINGLE_CHANNEL_GUEST}

    @property
    def is_bot(self) -> bool:
        """Whether this is a bot user."""
        return self.role is Role.BOT


class Channel(Entry):
    """A conversation. In the file `members` may be the word `everyone` or handles; afterwards it is always user ids.

    Attributes:
        kind: `im` is between two people, `mpim` among several; both are opened, never defined.
    """

    id: str = Field(pattern=r"^[CDG][A-Z0-9]{8,12}$")
    name: str = ""
    kind: Literal["public", "private", "im", "mpim"] = "public"
    topic: str = ""
    purpose: str = ""
    archived: bool = False
    members: list[str] | Literal["everyone"] = "everyone"
    created: int = 0

    @property
    def member_ids(self) -> list[str]:
        """The user ids of the members.

        Raises:
            TypeError: the channel still stands as in the file.
        """
        if isinstance(self.members, str):
            raise TypeError(f"The members of {self.name} have not been worked out yet.")
        return self.members


class AppIdentity(Entry):
    """The app under which the bot is installed, and its bot user."""

    id: str = Field(pattern=r"^A[A-Z0-9]{8,12}$")
    bot_id: str = Field(pattern=r"^B[A-Z0-9]{8,12}$")
    user_id: UserId
    name: str = "Invitebot"
    handle: str = "invitebot"


class WorkspaceDefinition(Entry):
    """A whole workspace on its first day.

    Attributes:
        starts_as: handle of the person the page acts as at first.
    """

    team: Team
    app: AppIdentity
    people: list[Person] = Field(min_length=1)
    channels: list[Channel] = Field(min_length=1)
    starts_as: str

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _unique("people", "id", [*(person.id for person in self.people), self.app.user_id])
        _unique("people", "handle", [*(person.handle for person in self.people), self.app.handle])
        _unique("people", "email", [person.email.casefold() for person in self.people if person.email])
        _unique("channels", "id", (channel.id for channel in self.channels))
        _unique("channels", "name", (channel.name for channel in self.channels))
        handles = {person.handle for person in self.people} | {self.app.handle}
        for channel in self.channels:
            if channel.kind in {"im", "mpim"} or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,79}", channel.name):
                raise ValueError(f"channel {channel.id}: needs a name in lower case and the kind public or private")
            for handle in set(channel.members) - handles if isinstance(channel.members, list) else ():
                raise ValueError(f"channel {channel.name}: there is nobody called {handle}; give handles of people")
        if self.starts_as not in {person.handle for person in self.people if not person.deactivated}:
            raise ValueError(f"starts_as: there is nobody active called {self.starts_as}")
        return self


def load_definition(path: Path) -> WorkspaceDefinition:
    """Read a workspace from a YAML file.

    Raises:
        InvalidWorkspace: the file is missing, is no YAML, or has a field that is wrong; says where and why.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidWorkspace(f"{path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidWorkspace(f"{path} is not a YAML file: {error}") from error
    try:
        return WorkspaceDefinition.model_validate(content)
    except ValidationError as error:
        faults = [f"{_path(fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        raise InvalidWorkspace(f"{path} cannot be used.\n" + "\n".join(faults)) from error


def _path(location: tuple[int | str, ...]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return steps.removeprefix(".") or "the file"


def _unique(where: str, what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{where}: the {what} {value} is given twice")
        seen.add(value)
