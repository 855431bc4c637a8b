"""People, channels, messages, views and files as Slack's objects.

Source: https://docs.slack.dev/reference/objects and the answers of each method.
"""

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.sandbox.definition import Channel, Person, Role
from bot.sandbox.inputs import Values, state_values
from bot.sandbox.records import Message, StoredFile, View

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

Json = dict[str, Any]

OWNERS = {Role.OWNER, Role.PRIMARY_OWNER}


def user_object(workspace: "Workspace", person: Person, *, email: bool = False, locale: bool = False) -> Json:
    """A user; the address only for an app with `users:read.email`, the language only when asked for."""
    first, _, last = person.name.partition(" ")
    profile = {
        "title": person.title,
        "phone": "",
        "real_name": person.name,
        "real_name_normalized": person.name,
        "display_name": person.handle,
        "display_name_normalized": person.handle,
        "status_text": "",
        "status_emoji": "",
        "first_name": first,
        "last_name": last,
        "team": workspace.team.id,
        **({"email": person.email} if email and person.email else {}),
        **(
            {"bot_id": workspace.app.bot_id, "api_app_id": workspace.app.id}
            if person.id == workspace.app.user_id
            else {}
        ),
    }
    user: Json = {
        "id": person.id,
        "team_id": workspace.team.id,
        "name": person.handle,
        "deleted": person.deactivated,
        "profile": profile,
        "is_bot": person.is_bot and person.id != "USLACKBOT",
        "is_app_user": False,
        "updated": person.updated,
    }
    if person.deactivated:
        return user
    zone = workspace.now().astimezone(ZoneInfo(person.zone))
    return user | {
        "color": "4bbe2e",
        "real_name": person.name,
        "tz": person.zone,
        "tz_label": zone.tzname(),
        "tz_offset": int((zone.utcoffset() or zone - zone).total_seconds()),
        "is_admin": person.role is Role.ADMIN or person.role in OWNERS,
        "is_owner": person.role in OWNERS,
        "is_primary_owner": person.role is Role.PRIMARY_OWNER,
        "is_restricted": person.is_guest,
        "is_ultra_restricted": person.role is Role.SINGLE_CHANNEL_GUEST,
        "is_email_confirmed": person.email is not None,
        "who_can_share_contact_card": "EVERYONE",
        **({"locale": person.locale} if locale else {}),
    }


def channel_object(workspace: "Workspace", channel: Channel) -> Json:
    """A conversation of any kind, as the bot sees it."""
    bot = workspace.app.user_id
    common = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "context_team_id": workspace.team.id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        others = [member for member in channel.member_ids if member != bot]
        return common | {"user": others[0] if others else bot, "priority": 0, "is_user_deleted": False}
    return common | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "public",
        "is_general": channel.name == "general",
        "is_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "unlinked": 0,
        "is_member": bot in channel.member_ids,
        "creator": channel.member_ids[0] if channel.member_ids else "",
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
        "previous_names": [],
        "num_members": len(channel.member_ids),
    }


def bot_profile(workspace: "Workspace") -> Json:
    """The app as it signs its messages."""
    return {
        "id": workspace.app.bot_id,
        "app_id": workspace.app.id,
        "user_id": workspace.app.user_id,
        "name": workspace.app.name,
        "icons": {},
        "deleted": False,
        "updated": 0,
        "team_id": workspace.team.id,
    }


def message_object(workspace: "Workspace", message: Message, *, metadata: bool = False) -> Json:
    """A message as history and interaction payloads show it."""
    shown: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": workspace.team.id,
    }
    if message.bot_id:
        shown |= {
            "bot_id": message.bot_id,
            "app_id": workspace.app.id,
            "bot_profile": bot_profile(workspace),
        }
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.attachments:
        shown["attachments"] = message.attachments
    if message.edited_ts:
        shown["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.files:
        files = (workspace.files.get(file_id) for file_id in message.files)
        shown["files"] = [file_object(workspace, file) for file in files if file is not None]
    if metadata and message.metadata:
        shown["metadata"] = message.metadata
    return shown | _thread(workspace, message)


def _thread(workspace: "Workspace", message: Message) -> Json:
    """What says that a message is in a thread, or starts one."""
    if message.thread_ts and message.thread_ts != message.ts:
        root = workspace.message(message.channel, message.thread_ts)
        thread = {"thread_ts": message.thread_ts, "parent_user_id": root.user if root else None}
        return {"subtype": "thread_broadcast", **thread} if message.broadcast else thread
    replies = [each for each in workspace.messages(message.channel) if each.thread_ts == message.ts]
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "reply_users": users,
        "latest_reply": replies[-1].ts,
    }


def view_object(workspace: "Workspace", view: View, *, state: Values | None = None) -> Json:
    """A view as answers and interaction payloads show it, with what has been entered."""
    content = view.content
    values = state_values(view.blocks, workspace.views.entered(view.key)) if state is None else state
    return {
        "id": view.id,
        "team_id": workspace.team.id,
        "type": view.kind,
        "blocks": content["blocks"],
        "private_metadata": content.get("private_metadata", ""),
        "callback_id": content.get("callback_id", ""),
        "state": {"values": values},
        "hash": view.hash,
        "title": content.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": content.get("clear_on_close", False),
        "notify_on_close": content.get("notify_on_close", False),
        "close": content.get("close"),
        "submit": content.get("submit"),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": workspace.app.id,
        "external_id": content.get("external_id", ""),
        "app_installed_team_id": workspace.team.id,
        "bot_id": workspace.app.bot_id,
    }


def file_object(workspace: "Workspace", file: StoredFile) -> Json:
    """A file; its private addresses want the bot's token."""
    address = f"{workspace.address}/hooks/files/{file.id}/{file.name}"
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2] or "binary",
        "user": file.user,
        "user_team": workspace.team.id,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "url_private": address,
        "url_private_download": f"{address}?download=1",
        "permalink": f"https://{workspace.team.domain}.slack.com/files/{file.user}/{file.id}/{file.name}",
        "channels": file.shared_in,
        "groups": [],
        "ims": [],
    }


def permalink(workspace: "Workspace", message: Message) -> str:
    """The address of a message."""
    return f"https://{workspace.team.domain}.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"
