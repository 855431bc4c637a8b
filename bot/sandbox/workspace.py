"""The workspace: people, conversations and messages, its clock, and the parts that hold the rest.

It plays an outside system: it knows of the bot only what any Slack workspace knows of an app, its manifest and its
tokens. Everything it changes it also gives to its store, and says so to whoever listens.
"""

import secrets
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, TypeAdapter

from bot.clock import Clock
from bot.sandbox.changes import Changes
from bot.sandbox.definition import Channel, Person, Role, Team, WorkspaceDefinition
from bot.sandbox.faults import Faults
from bot.sandbox.files import Files
from bot.sandbox.manifest import Manifest
from bot.sandbox.record import Record
from bot.sandbox.records import Message
from bot.sandbox.rights import Rights
from bot.sandbox.store import Store
from bot.sandbox.views import Views

ALPHABET = string.ascii_uppercase + string.digits
SLACKBOT = Person(id="USLACKBOT", handle="slackbot", name="Slackbot", role=Role.BOT)


class MovableClock(Clock, Protocol):
    """A clock the workspace can move forward, such as `bot.clock.ShiftedClock`."""

    def advance(self, by: timedelta) -> None:
        """Move forward."""
        ...


class Credentials(BaseModel):
    """What the bot needs to talk to this workspace, and to believe it.

    Attributes:
        bot_token: for the Web API.
        app_token: for Socket Mode.
        signing_secret: with which requests to the bot are signed.
        verification_token: the old token that Slack still puts into every payload.
    """

    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str

    @classmethod
    def generate(cls) -> "Credentials":
        """New ones nobody can guess."""
        return cls(
            bot_token=f"xoxb-{secrets.token_hex(20)}",
            app_token=f"xapp-1-{secrets.token_hex(20)}",
            signing_secret=secrets.token_hex(16),
            verification_token=secrets.token_hex(12),
        )


def random_id(prefix: str) -> str:
    """An id of Slack's shape: a letter that says what it names, then ten capitals and digits."""
    return prefix + "0" + "".join(secrets.choice(ALPHABET) for _ in range(9))


@dataclass(frozen=True, slots=True)
class App:
    """The installed app: who it is and what it has declared."""

    id: str
    bot_id: str
    user_id: str
    name: str
    manifest: Manifest


class Workspace:
    """A Slack workspace with one app installed.

    Attributes:
        people: everybody by user id, the bot user and Slackbot included.
        channels: every conversation by id, direct ones included.
        address: where the workspace is served, without a slash at the end; the addresses it hands out start with it.
    """

    def __init__(
        self,
        definition: WorkspaceDefinition,
        *,
        clock: MovableClock,
        store: Store,
        manifest: Manifest,
        credentials: Credentials,
        new_id: Callable[[str], str] = random_id,
    ) -> None:
        identity = definition.app
        self.team: Team = definition.team
        self.app = App(identity.id, identity.bot_id, identity.user_id, identity.name, manifest)
        self.starts_as = definition.starts_as
        self.clock = clock
        self.store = store
        self.credentials = credentials
        self.new_id = new_id
        self.address = "http://127.0.0.1:8137"
        self.installed = True
        self.socket_tickets: set[str] = set()
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self._messages: dict[str, dict[str, Message]] = {}
        self._read: dict[str, str] = {}
        self._advanced = timedelta()
        self._last_ts = 0
        self.changes = Changes()
        self.faults = Faults()
        self.record = Record()
        self.rights = Rights(self)
        self.views = Views(self)
        self.files = Files(self)

    @classmethod
    async def open(
        cls,
        definition: WorkspaceDefinition,
        *,
        clock: MovableClock,
        manifest: Mapping[str, Any],
        extra_commands: Sequence[str] = (),
        path: Path | None = None,
        credentials: Credentials | None = None,
    ) -> "Workspace":
        """Open a workspace: as its file left it, or else as defined.

        Args:
            definition: what it is like on its first day; read only when there is no state yet.
            clock: tells the time; when the file says that the clock has been moved, it is moved again.
            manifest: the app's manifest in Slack's format.
            extra_commands: slash commands beside those of the manifest.
            path: the SQLite file that keeps the state; None keeps it in memory.
            credentials: of the app; without them those of the file, or new ones.
        """
        store = await Store.open(path)
        kept = dict(await store.load("workspace"))
        if credentials is None:
            stored = kept.get("credentials")
            credentials = Credentials.model_validate_json(stored) if stored else Credentials.generate()
        workspace = cls(
            definition,
            clock=clock,
            store=store,
            manifest=Manifest.of(manifest, extra_commands),
            credentials=credentials,
        )
        if "advanced" in kept:
            await workspace._load(kept)
        else:
            workspace._settle(definition)
        store.put("workspace", "credentials", credentials)
        await store.flush()
        return workspace

    async def close(self) -> None:
        """Write everything and close the file."""
        await self.store.close()

    async def _load(self, kept: Mapping[str, str]) -> None:
        """Take up the state of the file."""
        self._advanced = TypeAdapter(timedelta).validate_json(kept["advanced"])
        self.clock.advance(self._advanced)
        self.people = {key: Person.model_validate_json(body) for key, body in await self.store.load("person")}
        self.channels = {key: Channel.model_validate_json(body) for key, body in await self.store.load("channel")}
        self._read = dict(await self.store.load("read"))
        for _, body in await self.store.load("message"):
            message = Message.model_validate_json(body)
            self._messages.setdefault(message.channel, {})[message.ts] = message
            self._last_ts = max(self._last_ts, round(message.sent_at * 1_000_000))
        await self.views.load()
        await self.rights.load()
        await self.files.load()

    def _settle(self, definition: WorkspaceDefinition) -> None:
        """Move everybody in on the first day."""
        now = int(self.clock.now().timestamp())
        bot = Person(id=self.app.user_id, handle=definition.app.handle, name=self.app.name, role=Role.BOT, updated=now)
        for person in [*definition.people, bot, SLACKBOT]:
            self.save_person(person.model_copy(update={"updated": now}))
        for channel in definition.channels:
            members = self._ids_of(channel.members)
            self.save_channel(channel.model_copy(update={"members": members, "created": now}))
        self.store.put("workspace", "advanced", _seconds(self._advanced))

    def _ids_of(self, members: Iterable[str] | str) -> list[str]:
        people = list(self.people.values())
        if members == "everyone":
            return [person.id for person in people if not (person.is_bot or person.is_guest or person.deactivated)]
        return [person.id for person in people if person.handle in members]

    # Time

    def now(self) -> datetime:
        """The time in the workspace, UTC-aware."""
        return self.clock.now()

    def own_time(self) -> datetime:
        """The time as if nobody had moved the clock, by which triggers and response addresses age."""
        return self.clock.now() - self._advanced

    def advance(self, by: timedelta) -> None:
        """Move the clock forward.

        Raises:
            ValueError: `by` is negative.
        """
        self.clock.advance(by)
        self._advanced += by
        self.store.put("workspace", "advanced", _seconds(self._advanced))
        self.changes.publish("clock")

    @property
    def advanced(self) -> timedelta:
        """How far the clock has been moved in all."""
        return self._advanced

    def next_ts(self) -> str:
        """A new name for a message: the time in microseconds, never the same twice."""
        self._last_ts = max(self._last_ts + 1, int(self.now().timestamp() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # People

    def save_person(self, person: Person) -> None:
        """Keep a person, new or changed."""
        self.people[person.id] = person
        self.store.put("person", person.id, person)
        self.changes.publish("people")

    def person(self, name: str) -> Person:
        """The person with this id, handle or full name.

        Raises:
            LookupError: there is nobody of that name.
        """
        if name in self.people:
            return self.people[name]
        wanted = name.removeprefix("@").casefold()
        for person in self.people.values():
            if wanted in {person.handle, person.name.casefold()}:
                return person
        raise LookupError(f"There is nobody called {name} in this workspace.")

    def person_with_email(self, email: str) -> Person | None:
        """The active person with this address, compared without regard to case."""
        wanted = email.strip().casefold()
        active = (person for person in self.people.values() if not person.deactivated)
        return next((person for person in active if (person.email or "").casefold() == wanted), None)

    # Conversations

    def save_channel(self, channel: Channel) -> None:
        """Keep a conversation, new or changed."""
        self.channels[channel.id] = channel
        self.store.put("channel", channel.id, channel)
        self.changes.publish(f"channel:{channel.id}", "people")

    def channel(self, name: str) -> Channel:
        """The conversation with this id or name, with or without `#`.

        Raises:
            LookupError: there is none.
        """
        if name in self.channels:
            return self.channels[name]
        wanted = name.removeprefix("#")
        found = next((channel for channel in self.channels.values() if channel.name == wanted != ""), None)
        if found is None:
            raise LookupError(f"There is no channel called {name} in this workspace.")
        return found

    def direct(self, *user_ids: str) -> Channel | None:
        """The direct conversation of exactly these people, if it has been opened."""
        wanted = set(user_ids)
        direct = (channel for channel in self.channels.values() if channel.kind in {"im", "mpim"})
        return next((channel for channel in direct if set(channel.member_ids) == wanted), None)

    def open_direct(self, *user_ids: str) -> Channel:
        """The direct conversation of exactly these people, opened when it is not yet."""
        found = self.direct(*user_ids)
        if found is not None:
            return found
        several = len(set(user_ids)) > 2
        channel = Channel(
            id=self.new_id("C" if several else "D"),
            kind="mpim" if several else "im",
            name="mpdm-" + "--".join(self.people[user].handle for user in user_ids) if several else "",
            members=list(dict.fromkeys(user_ids)),
            created=int(self.now().timestamp()),
        )
        self.save_channel(channel)
        return channel

    def with_bot(self, user_id: str) -> Channel:
        """The direct conversation of a person with the bot."""
        return self.open_direct(user_id, self.app.user_id)

    # Messages

    def save_message(self, message: Message) -> Message:
        """Keep a message, new or changed."""
        self._messages.setdefault(message.channel, {})[message.ts] = message
        self.store.put("message", message.key, message)
        self.changes.publish(f"channel:{message.channel}")
        return message

    def post_as_bot(self, channel_id: str, **fields: Any) -> Message:
        """Post a new message of the bot's; `fields` are those of `Message`, already checked."""
        message = Message(
            channel=channel_id, ts=self.next_ts(), user=self.app.user_id, bot_id=self.app.bot_id, **fields
        )
        return self.save_message(message)

    def remove_message(self, message: Message) -> None:
        """Take a message away."""
        self._messages[message.channel].pop(message.ts, None)
        self.store.remove("message", message.key)
        self.changes.publish(f"channel:{message.channel}")

    def message(self, channel_id: str, ts: str) -> Message | None:
        """The message of this name, ephemeral ones included."""
        return self._messages.get(channel_id, {}).get(ts)

    def messages(self, channel_id: str, *, seen_by: str | None = None) -> list[Message]:
        """The messages of a conversation in order; with `seen_by`, also those only this user sees."""
        everything = self._messages.get(channel_id, {}).values()
        return [message for message in everything if message.ephemeral_to in {None, seen_by}]

    def mark_read(self, user_id: str, channel_id: str) -> None:
        """Note that a person has seen a conversation up to its newest message."""
        newest = self.messages(channel_id, seen_by=user_id)[-1:]
        key = f"{user_id}:{channel_id}"
        if newest and self._read.get(key) != newest[0].ts:
            self._read[key] = newest[0].ts
            self.store.put("read", key, newest[0].ts)

    def unread(self, user_id: str, channel_id: str) -> int:
        """How many messages of others a person has not seen."""
        seen = float(self._read.get(f"{user_id}:{channel_id}", "0"))
        messages = self.messages(channel_id, seen_by=user_id)
        return sum(message.sent_at > seen and message.user != user_id for message in messages)


def _seconds(duration: timedelta) -> str:
    return TypeAdapter(timedelta).dump_json(duration).decode()
