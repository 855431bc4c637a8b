"""The Slack app manifest that fits the settings (https://docs.slack.dev/reference/app-manifest)."""

from collections.abc import Sequence
from typing import Any

from bot.settings import Settings

# Names that Slack keeps for itself; one of them in a manifest makes Slack refuse all commands (slack.md, section 1).
BUILT_IN = frozenset(
    {
        *("/archive", "/call", "/collapse", "/dm", "/expand", "/feed", "/invite", "/leave", "/msg", "/remind"),
        *("/remove", "/rename", "/search", "/shrug", "/status", "/topic"),
    }
)
INVITE_SHORTCUT = "invite_people"
REQUIRED_SCOPES = ("chat:write", "commands", "users:read", "users:read.email")
# Without them the bot does less and says so: it cannot look whether a message was posted before a crash, or check the
# channel it is to keep up to date.
OPTIONAL_SCOPES = ("channels:read", "chat:write.public", "groups:read", "im:history", "im:write")
EVENTS = ("app_home_opened", "user_change")
PLACEHOLDER_URL = "https://your-host.example/"


def registrable(commands: Sequence[str]) -> list[str]:
    """The commands that Slack lets an app have."""
    return [command for command in commands if command not in BUILT_IN]


def in_order_of_use(commands: Sequence[str]) -> tuple[str, ...]:
    """All of them, those first that work in every Slack; so the first is the one to tell people to type."""
    return tuple(sorted(commands, key=lambda command: command in BUILT_IN))


def manifest(settings: Settings) -> dict[str, Any]:
    """The manifest: over HTTP at the public address, or over a socket where there is an app-level token."""
    socket = settings.slack_app_token is not None
    endpoint = (settings.public_url or PLACEHOLDER_URL) + "slack/events"
    where = {} if socket else {"url": endpoint}
    request = {} if socket else {"request_url": endpoint}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Invitebot",
            "description": "Brings people with an account of their own into your organisation's paid account.",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Invitebot", "always_online": True},
            "shortcuts": [
                {
                    "name": "Invite people",
                    "type": "global",
                    "callback_id": INVITE_SHORTCUT,
                    "description": "Invite people to your organisation's account",
                }
            ],
            "slash_commands": [
                {
                    "command": command,
                    "description": "Invite people to your organisation's account",
                    "usage_hint": "[addresses] | pending | status | resend | revoke | help",
                    "should_escape": True,
                    **where,
                }
                for command in registrable(settings.invite_commands)
            ],
        },
        "oauth_config": {
            # An optional scope is asked for like the others, and marked as one that may be refused.
            "scopes": {"bot": [*REQUIRED_SCOPES, *OPTIONAL_SCOPES], "bot_optional": list(OPTIONAL_SCOPES)}
        },
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **request},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }
