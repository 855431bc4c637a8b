"""chat.*: posting, changing and deleting messages."""

import json
from typing import Any

from bot.sandbox.blocks import completed
from bot.sandbox.definition import Channel
from bot.sandbox.errors import SlackError, invalid_blocks
from bot.sandbox.objects import message_object, permalink
from bot.sandbox.records import Message
from bot.sandbox.web_api.call import Arguments, Call, Methods
from bot.sandbox.web_api.reach import known_person, visible_channel, writable_channel
from bot.sandbox.workspace import Workspace
from bot.slack.lint import LONGEST_TEXT, lint_message

Json = dict[str, Any]

# Beyond this Slack cuts a text off.
TEXT_CUT_OFF = 40_000
LARGEST_METADATA = 16_000

methods = Methods()


@methods.add("chat.postMessage", "chat:write")
def post_message(call: Call) -> Json:
    """Post a message; a user id as channel opens the direct message."""
    channel = writable_channel(call, "channel")
    content = message_content(call.workspace, call.arguments)
    thread_ts = _thread_ts(call, channel)
    broadcast = thread_ts is not None and call.arguments.flag("reply_broadcast")
    message = call.workspace.post_as_bot(channel.id, thread_ts=thread_ts, broadcast=broadcast, **content)
    return {"channel": channel.id, "ts": message.ts, "message": message_object(call.workspace, message)}


@methods.add("chat.postEphemeral", "chat:write")
def post_ephemeral(call: Call) -> Json:
    """Post something only one member of a conversation sees."""
    channel = writable_channel(call, "channel")
    person = known_person(call, "user")
    if person.id not in channel.member_ids:
        raise SlackError("user_not_in_channel")
    content = message_content(call.workspace, call.arguments)
    thread_ts = _thread_ts(call, channel)
    message = call.workspace.post_as_bot(channel.id, thread_ts=thread_ts, ephemeral_to=person.id, **content)
    return {"message_ts": message.ts}


@methods.add("chat.update", "chat:write")
def update(call: Call) -> Json:
    """Change a message of the bot's own; what is not given stays as it was."""
    message = _own_message(call, "cant_update_message")
    arguments = call.arguments
    if len(arguments.text("text")) > LONGEST_TEXT:
        raise SlackError("msg_too_long")
    changes = message_content(call.workspace, arguments)
    kept = {
        name: getattr(message, name)
        for name in ("text", "blocks", "attachments", "metadata")
        if name not in arguments and not ("markdown_text" in arguments and name == "blocks")
    }
    edited = message.model_copy(update={**changes, **kept, "edited_ts": call.workspace.next_ts()})
    call.workspace.save_message(edited)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": edited.text,
        "message": message_object(call.workspace, edited),
    }


@methods.add("chat.delete", "chat:write")
def delete(call: Call) -> Json:
    """Delete a message of the bot's own."""
    message = _own_message(call, "cant_delete_message")
    call.workspace.remove_message(message)
    return {"channel": message.channel, "ts": message.ts}


@methods.add("chat.getPermalink")
def get_permalink(call: Call) -> Json:
    """The address of a message."""
    channel = visible_channel(call, call.arguments.required("channel"))
    message = call.workspace.message(channel.id, call.arguments.required("message_ts"))
    if message is None or message.ephemeral_to:
        raise SlackError("message_not_found")
    return {"channel": channel.id, "permalink": permalink(call.workspace, message)}


def message_content(workspace: Workspace, arguments: Arguments) -> Json:
    """The fields of a message from the arguments of a call or the body of an answer, checked as Slack checks them.

    Raises:
        SlackError: `no_text`, `invalid_blocks`, `invalid_blocks_format`, `too_many_attachments`, ...
    """
    given: Json = {
        "text": arguments.text("text"),
        "blocks": arguments.structure("blocks", "invalid_blocks_format") or [],
        "attachments": arguments.structure("attachments", "invalid_attachments") or [],
        "metadata": arguments.structure("metadata", "invalid_metadata_format"),
    }
    if "markdown_text" in arguments:
        given["markdown_text"] = arguments.text("markdown_text")
    _refuse_problems(given)
    markdown = given.pop("markdown_text", None)
    if markdown is not None:
        given |= {"text": markdown, "blocks": [{"type": "markdown", "text": markdown}]}
    return given | {
        "text": given["text"][:TEXT_CUT_OFF],
        "blocks": completed(given["blocks"], lambda: workspace.new_id("b")[2:7]),
    }


def _refuse_problems(given: Json) -> None:
    problems = [problem for problem in lint_message(given) if problem.refused_by_slack]
    if len(json.dumps(given["metadata"])) > LARGEST_METADATA:
        raise SlackError("metadata_too_large")
    codes = {"no_text": "no_text", "markdown_text_conflict": "markdown_text_conflict"}
    for problem in problems:
        if problem.rule in codes:
            raise SlackError(codes[problem.rule])
        if problem.pointer.startswith("/metadata"):
            raise SlackError("invalid_metadata_format")
        if problem.pointer == "/attachments":
            raise SlackError("too_many_attachments" if problem.rule == "items" else "invalid_attachments")
        if problem.pointer == "/blocks" and problem.rule == "kind":
            raise SlackError("invalid_blocks_format")
    if problems:
        in_attachments = problems[0].pointer.startswith("/attachments")
        raise invalid_blocks(problems, "invalid_attachments" if in_attachments else "invalid_blocks")


def _own_message(call: Call, code: str) -> Message:
    """The bot's message named by `channel` and `ts`; a user id is no channel here."""
    channel = visible_channel(call, call.arguments.required("channel"))
    message = call.workspace.message(channel.id, call.arguments.required("ts"))
    if message is None or message.ephemeral_to:
        raise SlackError("message_not_found")
    if message.bot_id != call.workspace.app.bot_id:
        raise SlackError(code)
    return message


def _thread_ts(call: Call, channel: Channel) -> str | None:
    """The first message of the thread to post in."""
    if "thread_ts" not in call.arguments:
        return None
    root = call.workspace.message(channel.id, call.arguments.text("thread_ts"))
    if root is None or root.ephemeral_to:
        raise SlackError("cannot_reply_to_message")
    return root.thread_ts or root.ts
