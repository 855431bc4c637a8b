"""What Slack sends to an app, in its real shape (https://docs.slack.dev/reference/interaction-payloads)."""

from typing import TYPE_CHECKING, Any

from bot.sandbox.blocks import Located, interactive
from bot.sandbox.composer import escaped
from bot.sandbox.definition import Channel, Person
from bot.sandbox.inputs import FIELDS, state_values
from bot.sandbox.manifest import Shortcut, SlashCommand
from bot.sandbox.objects import message_object, view_object
from bot.sandbox.records import Message, Surface, View

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

Json = dict[str, Any]

CHANNEL_WORDS = {"im": "directmessage", "private": "privategroup", "mpim": "mpdm"}


def slash_command(workspace: "Workspace", person: Person, channel: Channel, command: SlashCommand, text: str) -> Json:
    """The fields of a command, which travel as a form."""
    return {
        "token": workspace.credentials.verification_token,
        "team_id": workspace.team.id,
        "team_domain": workspace.team.domain,
        "channel_id": channel.id,
        "channel_name": _channel_word(channel),
        "user_id": person.id,
        "user_name": person.handle,
        "command": command.name,
        "text": escaped(workspace, text) if command.escapes else text,
        "api_app_id": workspace.app.id,
        "is_enterprise_install": "false",
        "response_url": workspace.rights.issue_response_url(person.id, channel.id),
        "trigger_id": workspace.rights.issue_trigger(person.id),
    }


def shortcut(workspace: "Workspace", person: Person, pressed: Shortcut) -> Json:
    """A global shortcut has been chosen."""
    return {
        "type": "shortcut",
        "token": workspace.credentials.verification_token,
        "action_ts": workspace.next_ts(),
        "team": _team(workspace),
        "user": _user(workspace, person),
        "is_enterprise_install": False,
        "enterprise": None,
        "callback_id": pressed.callback_id,
        "trigger_id": workspace.rights.issue_trigger(person.id),
    }


def block_actions(workspace: "Workspace", person: Person, surface: Surface, acted: Located, value: Json) -> Json:
    """A button has been clicked or a choice made; `value` is what that adds to the action."""
    view_id = surface.id if isinstance(surface, View) else None
    return {
        "type": "block_actions",
        **_common(workspace, person),
        "container": _container(surface),
        "trigger_id": workspace.rights.issue_trigger(person.id, view_id),
        **_where(workspace, person, surface),
        "actions": [_action(workspace, acted, value)],
    }


def block_suggestion(workspace: "Workspace", person: Person, surface: Surface, asked: Located, query: str) -> Json:
    """Somebody types in an external select and wants suggestions."""
    return {
        "type": "block_suggestion",
        **_common(workspace, person),
        "container": _container(surface),
        "action_id": asked.action_id,
        "block_id": asked.block_id,
        "value": query,
        **_where(workspace, person, surface, response_url=False),
    }


def view_submission(workspace: "Workspace", person: Person, view: View) -> Json:
    """A modal has been submitted."""
    return {
        "type": "view_submission",
        **_common(workspace, person),
        "trigger_id": workspace.rights.issue_trigger(person.id, view.id),
        "view": view_object(workspace, view),
        "response_urls": _response_urls(workspace, person, view),
    }


def view_closed(workspace: "Workspace", person: Person, view: View, *, is_cleared: bool) -> Json:
    """A modal has been closed without being submitted."""
    return {
        "type": "view_closed",
        **_common(workspace, person),
        "view": view_object(workspace, view),
        "is_cleared": is_cleared,
    }


def event_callback(workspace: "Workspace", event: Json) -> Json:
    """Something has happened that the app has subscribed to."""
    return {
        "token": workspace.credentials.verification_token,
        "team_id": workspace.team.id,
        "api_app_id": workspace.app.id,
        "event": event,
        "type": "event_callback",
        "event_id": workspace.new_id("Ev"),
        "event_time": int(workspace.now().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team.id,
                "user_id": workspace.app.user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{workspace.new_id('E')}",
    }


def url_verification(workspace: "Workspace") -> Json:
    """The question Slack asks when an address for requests is entered."""
    return {
        "type": "url_verification",
        "token": workspace.credentials.verification_token,
        "challenge": workspace.new_id("challenge"),
    }


def _common(workspace: "Workspace", person: Person) -> Json:
    return {
        "team": _team(workspace),
        "user": _user(workspace, person),
        "api_app_id": workspace.app.id,
        "token": workspace.credentials.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _team(workspace: "Workspace") -> Json:
    return {"id": workspace.team.id, "domain": workspace.team.domain}


def _user(workspace: "Workspace", person: Person) -> Json:
    return {"id": person.id, "username": person.handle, "name": person.handle, "team_id": workspace.team.id}


def _container(surface: Surface) -> Json:
    if isinstance(surface, View):
        return {"type": "view", "view_id": surface.id}
    return {
        "type": "message",
        "message_ts": surface.ts,
        "channel_id": surface.channel,
        "is_ephemeral": surface.ephemeral_to is not None,
        **({"thread_ts": surface.thread_ts} if surface.thread_ts else {}),
    }


def _where(workspace: "Workspace", person: Person, surface: Surface, *, response_url: bool = True) -> Json:
    """The view, or the channel and the message. Of an ephemeral message Slack keeps nothing it could send along."""
    if isinstance(surface, View):
        return {"view": view_object(workspace, surface)}
    channel = workspace.channels[surface.channel]
    place: Json = {"channel": {"id": channel.id, "name": _channel_word(channel)}}
    if surface.ephemeral_to is None:
        place["message"] = message_object(workspace, surface)
    if response_url:
        place["state"] = {"values": state_values(surface.blocks, workspace.views.entered(_drafts_key(person, surface)))}
        place["response_url"] = workspace.rights.issue_response_url(person.id, channel.id, surface.ts)
    return place


def _drafts_key(person: Person, message: Message) -> str:
    return f"{person.id}:{message.key}"


def surface_key(person: Person, surface: Surface) -> str:
    """Under which name is kept what this person has entered in a view or a message."""
    return surface.key if isinstance(surface, View) else _drafts_key(person, surface)


def _action(workspace: "Workspace", acted: Located, value: Json) -> Json:
    element = acted.element
    shown: Json = {name: element[name] for name in ("type", "text", "style", "placeholder") if name in element}
    return {
        "action_id": acted.action_id,
        "block_id": acted.block_id,
        **shown,
        **value,
        "action_ts": workspace.next_ts(),
    }


def _channel_word(channel: Channel) -> str:
    return CHANNEL_WORDS.get(channel.kind, channel.name)


def _response_urls(workspace: "Workspace", person: Person, view: View) -> list[Json]:
    """For each select with `response_url_enabled`, an address at which to answer in the chosen conversation."""
    values = state_values(view.blocks, workspace.views.entered(view.key))
    urls = []
    for found in interactive(view.blocks):
        if found.element.get("response_url_enabled"):
            channel = values[found.block_id][found.action_id][FIELDS[found.element["type"]][0]]
            if channel:
                urls.append(
                    {
                        "response_url": workspace.rights.issue_response_url(person.id, channel),
                        "channel_id": channel,
                        "action_id": found.action_id,
                        "block_id": found.block_id,
                    }
                )
    return urls
