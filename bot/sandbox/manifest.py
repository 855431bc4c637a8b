"""What the app has declared about itself: Slack's manifest, as far as the workspace acts on it.

Source of the fields: https://docs.slack.dev/reference/app-manifest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A command of the app, with its slash.

    Attributes:
        escapes: whether Slack turns `@name`, `#channel` and addresses in its text into ids and links.
    """

    name: str
    description: str
    usage_hint: str
    escapes: bool


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A global shortcut of the app, shown under the lightning."""

    name: str
    callback_id: str
    description: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the app may do and what it wants to hear.

    Attributes:
        scopes: the bot scopes it asks for, which the workspace grants on installation.
        events: the event types that are sent to it.
        interactive: whether clicks and forms are sent to it.
        hears_people: whether people may write to it in its Messages tab.
    """

    commands: tuple[SlashCommand, ...]
    shortcuts: tuple[Shortcut, ...]
    scopes: frozenset[str]
    events: frozenset[str]
    interactive: bool
    home_tab: bool
    messages_tab: bool
    hears_people: bool

    @classmethod
    def of(cls, manifest: Mapping[str, Any], extra_commands: Sequence[str] = ()) -> "Manifest":
        """Read a manifest in Slack's format.

        Args:
            manifest: the manifest as a dictionary.
            extra_commands: names with their slash that the workspace shall know beside those of the manifest, with the
                description and hint of the first one there. Slack itself would not register `/invite` (slack.md,
                section 1); the sandbox does.
        """
        features = manifest.get("features", {})
        settings = manifest.get("settings", {})
        declared = [_command(entry) for entry in features.get("slash_commands", [])]
        model = declared[0] if declared else SlashCommand("", "", "", escapes=True)
        extra = [
            SlashCommand(name, model.description, model.usage_hint, model.escapes)
            for name in extra_commands
            if name not in {command.name for command in declared}
        ]
        home = features.get("app_home", {})
        return cls(
            commands=(*extra, *declared),
            shortcuts=tuple(
                Shortcut(entry["name"], entry["callback_id"], entry.get("description", ""))
                for entry in features.get("shortcuts", [])
                if entry.get("type") == "global"
            ),
            scopes=frozenset(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
            events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", [])),
            interactive=bool(settings.get("interactivity", {}).get("is_enabled")),
            home_tab=bool(home.get("home_tab_enabled")),
            messages_tab=home.get("messages_tab_enabled") is not False,
            hears_people=not home.get("messages_tab_read_only_enabled"),
        )

    def command(self, name: str) -> SlashCommand | None:
        """The command of this name, if the app has it."""
        return next((command for command in self.commands if command.name == name), None)

    def shortcut(self, callback_id: str) -> Shortcut | None:
        """The global shortcut with this callback id, if the app has it."""
        return next((shortcut for shortcut in self.shortcuts if shortcut.callback_id == callback_id), None)


def _command(entry: Mapping[str, Any]) -> SlashCommand:
    return SlashCommand(
        name=entry["command"],
        description=entry.get("description", ""),
        usage_hint=entry.get("usage_hint", ""),
        escapes=bool(entry.get("should_escape")),
    )
