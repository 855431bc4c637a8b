"""Which conversations the bot can reach, and with which scopes (https://docs.slack.dev/reference/methods)."""

from bot.sandbox.definition import Channel, Person
from bot.sandbox.errors import SlackError
from bot.sandbox.web_api.call import Call

# The first part of the scope that opens a kind of conversation, as in `channels:read`.
FAMILY = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}

# The words of `types` in conversations.list and users.conversations.
TYPES = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


def bot_is_in(call: Call, channel: Channel) -> bool:
    """Whether the bot is a member."""
    return call.workspace.app.user_id in channel.member_ids


def visible_channel(call: Call, channel_id: str) -> Channel:
    """The conversation of this id, if the bot may know of it: public ones, and those it is in.

    Raises:
        SlackError: `channel_not_found`.
    """
    channel = call.workspace.channels.get(channel_id)
    if channel is None or not (channel.kind == "public" or bot_is_in(call, channel)):
        raise SlackError("channel_not_found")
    return channel


def readable_channel(call: Call, name: str, right: str) -> Channel:
    """The conversation in the argument `name`, for a method that needs a scope such as `channels:read`.

    Raises:
        SlackError: `channel_not_found`, or `missing_scope` for this kind of conversation.
    """
    channel = visible_channel(call, call.arguments.required(name))
    call.need(f"{FAMILY[channel.kind]}:{right}")
    return channel


def writable_channel(call: Call, name: str) -> Channel:
    """The conversation to post in: an id, a channel's name, or a user id, which opens the direct message.

    Raises:
        SlackError: `channel_not_found`, `cannot_dm_bot`, `is_archived`, `not_in_channel` or `messages_tab_disabled`.
    """
    workspace = call.workspace
    wanted = call.arguments.required(name)
    if wanted in workspace.people:
        return direct_message(call, workspace.people[wanted])
    named = next((each for each in workspace.channels.values() if each.name and each.name == wanted.lstrip("#")), None)
    channel = visible_channel(call, named.id if named else wanted)
    if channel.archived:
        raise SlackError("is_archived")
    if not bot_is_in(call, channel) and not call.has("chat:write.public"):
        raise SlackError("not_in_channel")
    if channel.kind == "im":
        refuse_without_messages_tab(call)
    return channel


def direct_message(call: Call, person: Person) -> Channel:
    """The direct message with a person, who may be deactivated: Slack takes such messages (slack.md, section 4).

    Raises:
        SlackError: `cannot_dm_bot` or `messages_tab_disabled`.
    """
    if person.is_bot:
        raise SlackError("cannot_dm_bot")
    refuse_without_messages_tab(call)
    return call.workspace.with_bot(person.id)


def refuse_without_messages_tab(call: Call) -> None:
    """An app whose manifest has switched its Messages tab off cannot write to anybody directly."""
    if not call.workspace.app.manifest.messages_tab:
        raise SlackError("messages_tab_disabled")


def known_person(call: Call, name: str) -> Person:
    """The person whose id stands in the argument `name`.

    Raises:
        SlackError: `user_not_found`.
    """
    person = call.workspace.people.get(call.arguments.required(name))
    if person is None:
        raise SlackError("user_not_found")
    return person
