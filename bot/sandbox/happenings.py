"""What happens in a workspace without anybody acting on the bot, and the events that tell it
(https://docs.slack.dev/reference/events).
"""

from typing import Any

from bot.sandbox.definition import Channel, Person
from bot.sandbox.delivery import Delivery
from bot.sandbox.objects import channel_object, user_object
from bot.sandbox.records import Message
from bot.sandbox.workspace import Workspace

Json = dict[str, Any]

# The word for a kind of conversation in an event, and in the name of the subscription.
CHANNEL_TYPES = {
    "public": ("channel", "message.channels"),
    "private": ("group", "message.groups"),
    "im": ("im", "message.im"),
    "mpim": ("mpim", "message.mpim"),
}


class Happenings:
    """Changes to people and channels, and the end of the installation."""

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self._workspace = workspace
        self._delivery = delivery

    def message_posted(self, channel: Channel, message: Message) -> None:
        """Somebody has said something; the app hears it where it is a member."""
        workspace = self._workspace
        if workspace.app.user_id not in channel.member_ids:
            return
        word, subscription = CHANNEL_TYPES[channel.kind]
        event = {
            "type": "message",
            "channel": channel.id,
            "channel_type": word,
            "user": message.user,
            "text": message.text,
            "ts": message.ts,
            "event_ts": message.ts,
            "team": workspace.team.id,
            **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
        }
        self._delivery.event(event, subscription)
        if f"<@{workspace.app.user_id}>" in message.text and channel.kind != "im":
            self._delivery.event({**event, "type": "app_mention"})

    def change_person(self, person: Person, **changes: Any) -> Person:
        """Change something about a person: their address, zone, language, or whether they are deactivated."""
        updated = int(self._workspace.now().timestamp())
        changed = person.model_copy(update={**changes, "updated": updated})
        self._workspace.save_person(changed)
        self._person_event("user_change", changed)
        return changed

    def join(self, person: Person) -> None:
        """Somebody new comes into the workspace."""
        self._workspace.save_person(person)
        self._person_event("team_join", person)

    def add_to_channel(self, person: Person, channel: Channel) -> None:
        """A person, or the bot, is added to a channel."""
        if person.id in channel.member_ids:
            return
        self._workspace.save_channel(channel.model_copy(update={"members": [*channel.member_ids, person.id]}))
        self._delivery.event(
            {
                "type": "member_joined_channel",
                "user": person.id,
                "channel": channel.id,
                "channel_type": "C",
                "team": self._workspace.team.id,
                "event_ts": self._workspace.next_ts(),
            }
        )

    def remove_from_channel(self, person: Person, channel: Channel) -> None:
        """A person, or the bot, is taken out of a channel."""
        members = [member for member in channel.member_ids if member != person.id]
        self._workspace.save_channel(channel.model_copy(update={"members": members}))
        if person.id == self._workspace.app.user_id:
            kind = "channel_left" if channel.kind == "public" else "group_left"
            self._channel_event(kind, channel)

    def archive(self, channel: Channel) -> None:
        """A channel is archived."""
        archived = channel.model_copy(update={"archived": True})
        self._workspace.save_channel(archived)
        self._channel_event("channel_archive" if channel.kind == "public" else "group_archive", archived)

    def rename(self, channel: Channel, name: str) -> None:
        """A channel gets another name."""
        renamed = channel.model_copy(update={"name": name})
        self._workspace.save_channel(renamed)
        self._delivery.event(
            {
                "type": "channel_rename" if channel.kind == "public" else "group_rename",
                "channel": channel_object(self._workspace, renamed),
                "event_ts": self._workspace.next_ts(),
            }
        )

    def uninstall(self) -> None:
        """The app is removed: its token is dead, and it is told twice."""
        bot = self._workspace.app.user_id
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot]}}
        for event in (revoked, {"type": "app_uninstalled"}):
            self._delivery.event({**event, "event_ts": self._workspace.next_ts()})
        self._workspace.installed = False

    def _person_event(self, kind: str, person: Person) -> None:
        shown = user_object(self._workspace, person, email=True, locale=True)
        self._delivery.event({"type": kind, "user": shown, "event_ts": self._workspace.next_ts()})

    def _channel_event(self, kind: str, channel: Channel) -> None:
        self._delivery.event(
            {
                "type": kind,
                "channel": channel.id,
                "user": self._workspace.app.user_id,
                "event_ts": self._workspace.next_ts(),
            }
        )
