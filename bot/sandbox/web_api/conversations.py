"""conversations.*: channels, direct messages and what was said in them."""

from typing import Any

from bot.sandbox.definition import Channel
from bot.sandbox.errors import SlackError, invalid_arguments
from bot.sandbox.objects import channel_object, message_object
from bot.sandbox.records import Message
from bot.sandbox.web_api.call import Call, Methods
from bot.sandbox.web_api.reach import FAMILY, TYPES, bot_is_in, direct_message, readable_channel, visible_channel

Json = dict[str, Any]

MOST_USERS = 8

methods = Methods()


@methods.add("conversations.open", "im:write", "mpim:write")
def open_conversation(call: Call) -> Json:
    """Open the direct message with one person, or with up to eight."""
    workspace = call.workspace
    if "channel" in call.arguments:
        channel = visible_channel(call, call.arguments.text("channel"))
        return {"no_op": True, "already_open": True, "channel": {"id": channel.id}}
    users = [user for user in call.arguments.names("users") if user != workspace.app.user_id]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > MOST_USERS:
        raise SlackError("too_many_users")
    if not all(user in workspace.people for user in users):
        raise SlackError("user_not_found")
    if any(workspace.people[user].deactivated for user in users):
        raise SlackError("user_disabled")
    call.need("im:write" if len(users) == 1 else "mpim:write")
    known = workspace.direct(workspace.app.user_id, *users) is not None
    if len(users) == 1:
        channel = direct_message(call, workspace.people[users[0]])
    else:
        channel = workspace.open_direct(workspace.app.user_id, *users)
    shown = channel_object(workspace, channel) if call.arguments.flag("return_im") else {"id": channel.id}
    return {"channel": shown, **({"no_op": True, "already_open": True} if known else {})}


@methods.add("conversations.info")
def info(call: Call) -> Json:
    """What is known of one conversation."""
    channel = readable_channel(call, "channel", "read")
    shown = channel_object(call.workspace, channel)
    if not call.arguments.flag("include_num_members"):
        shown.pop("num_members", None)
    return {"channel": shown}


@methods.add("conversations.list")
def list_conversations(call: Call) -> Json:
    """The conversations the bot may know of, of the types it asks for."""
    known = [
        channel
        for channel in _of_types(call)
        if channel.kind == "public" or bot_is_in(call, channel)
        if not (channel.archived and call.arguments.flag("exclude_archived"))
    ]
    page, more = call.page(known)
    return {"channels": [channel_object(call.workspace, channel) for channel in page], **more}


@methods.add("users.conversations")
def conversations_of_user(call: Call) -> Json:
    """The conversations somebody is in, the bot when nobody is named."""
    user = call.arguments.text("user", call.workspace.app.user_id)
    if user not in call.workspace.people:
        raise SlackError("user_not_found")
    known = [
        channel
        for channel in _of_types(call)
        if user in channel.member_ids and (channel.kind == "public" or bot_is_in(call, channel))
        if not (channel.archived and call.arguments.flag("exclude_archived"))
    ]
    page, more = call.page(known)
    return {"channels": [channel_object(call.workspace, channel) for channel in page], **more}


@methods.add("conversations.members")
def members(call: Call) -> Json:
    """The user ids of the members."""
    channel = readable_channel(call, "channel", "read")
    page, more = call.page(channel.member_ids)
    return {"members": page, **more}


@methods.add("conversations.history")
def history(call: Call) -> Json:
    """What was said, the newest first; threads are read with conversations.replies."""
    channel = _heard_channel(call)
    messages = [message for message in _between(call, channel) if message.in_the_open]
    page, more = call.page(messages[::-1])
    return {
        "messages": [_shown(call, message) for message in page],
        "has_more": bool(more["response_metadata"]["next_cursor"]),
        "pin_count": 0,
        **more,
    }


@methods.add("conversations.replies")
def replies(call: Call) -> Json:
    """A thread, its first message first."""
    channel = _heard_channel(call)
    root = call.workspace.message(channel.id, call.arguments.required("ts"))
    if root is None or root.ephemeral_to:
        raise SlackError("thread_not_found")
    first = root.thread_ts or root.ts
    thread = [message for message in _between(call, channel) if first in {message.ts, message.thread_ts}]
    page, more = call.page(thread)
    return {
        "messages": [_shown(call, message) for message in page],
        "has_more": bool(more["response_metadata"]["next_cursor"]),
        **more,
    }


def _of_types(call: Call) -> list[Channel]:
    """All conversations of the types in the arguments, for each of which a scope is needed."""
    wanted = call.arguments.names("types") or ["public_channel"]
    if not set(wanted) <= set(TYPES):
        raise SlackError("invalid_types")
    kinds = {TYPES[word] for word in wanted}
    for kind in sorted(kinds, key=list(FAMILY).index):
        call.need(f"{FAMILY[kind]}:read")
    return [channel for channel in call.workspace.channels.values() if channel.kind in kinds]


def _heard_channel(call: Call) -> Channel:
    channel = readable_channel(call, "channel", "history")
    if not bot_is_in(call, channel):
        raise SlackError("not_in_channel")
    return channel


def _between(call: Call, channel: Channel) -> list[Message]:
    """The messages between `oldest` and `latest`, which are left out unless `inclusive`."""
    try:
        oldest, latest = (
            float(call.arguments.text(name) or default) for name, default in (("oldest", 0), ("latest", 0))
        )
    except ValueError as error:
        raise invalid_arguments("must be a timestamp [json-pointer:/oldest]") from error
    inclusive = call.arguments.flag("inclusive")
    return [
        message
        for message in call.workspace.messages(channel.id)
        if message.sent_at > oldest or (inclusive and message.sent_at == oldest)
        if not latest or message.sent_at < latest or (inclusive and message.sent_at == latest)
    ]


def _shown(call: Call, message: Message) -> Json:
    return message_object(call.workspace, message, metadata=call.arguments.flag("include_all_metadata"))
