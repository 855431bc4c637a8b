"""files.* in their present form, and apps.connections.open.

Uploading is three steps: ask for an address, send the bytes there, complete
(https://docs.slack.dev/messaging/working-with-files).
"""

import secrets
from typing import Any

from bot.sandbox.errors import SlackError, invalid_arguments
from bot.sandbox.objects import file_object
from bot.sandbox.web_api.call import Call, Methods
from bot.sandbox.web_api.reach import writable_channel

Json = dict[str, Any]

methods = Methods()


@methods.add("files.getUploadURLExternal", "files:write")
def get_upload_url(call: Call) -> Json:
    """An address to send the bytes of a file to."""
    name, size = call.arguments.required("filename"), call.arguments.number("length", 0)
    if size < 1:
        raise invalid_arguments("must be greater than 0 [json-pointer:/length]")
    file = call.workspace.files.announce(call.workspace.app.user_id, name, size)
    return {"upload_url": f"{call.workspace.address}/hooks/upload/{file.id}", "file_id": file.id}


@methods.add("files.completeUploadExternal", "files:write")
def complete_upload(call: Call) -> Json:
    """Finish uploads, and share the files in a conversation when one is named."""
    entries = call.arguments.structure("files")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and "id" in entry for entry in entries):
        raise invalid_arguments("must be an array of files [json-pointer:/files]")
    channel = writable_channel(call, "channel_id") if "channel_id" in call.arguments else None
    shared = [channel.id] if channel else []
    files = [call.workspace.files.complete(entry["id"], entry.get("title") or "", shared) for entry in entries]
    if channel is not None:
        call.workspace.post_as_bot(
            channel.id,
            text=call.arguments.text("initial_comment"),
            thread_ts=call.arguments.text("thread_ts") or None,
            files=[file.id for file in files],
        )
    return {"files": [file_object(call.workspace, file) for file in files]}


@methods.add("files.info", "files:read")
def file_info(call: Call) -> Json:
    """One file."""
    file = call.workspace.files.get(call.arguments.required("file"))
    if file is None:
        raise SlackError("file_not_found")
    return {"file": file_object(call.workspace, file)}


@methods.add("apps.connections.open", caller="app")
def open_connection(call: Call) -> Json:
    """An address for one Socket Mode connection, good for one use."""
    ticket = secrets.token_urlsafe(16)
    call.workspace.socket_tickets.add(ticket)
    address = call.workspace.address.replace("http", "ws", 1)
    return {"url": f"{address}/socket?ticket={ticket}&app_id={call.workspace.app.id}"}
