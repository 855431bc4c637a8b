"""A person's seat in front of Slack: the acts bound to one user, so that a test reads like the story it tells.

await adam.command("/invite", "ann@example.com")
await adam.submit(licence="licensed")
assert "Anna" in adam.modal.text
await petra.click("Review")
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from bot.sandbox.acts import Outcome
from bot.sandbox.blocks import Located, interactive
from bot.sandbox.definition import Channel, Person
from bot.sandbox.errors import ActRefused
from bot.sandbox.records import Message, Surface, View
from bot.sandbox.words import words_of

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox

Json = dict[str, Any]
Found = TypeVar("Found")

# Seconds of real time a test waits for the bot at most.
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A message, a modal or a Home tab as somebody sees it at this moment."""

    surface: Surface

    @property
    def blocks(self) -> list[Json]:
        """Its blocks."""
        return self.surface.blocks

    @property
    def title(self) -> str:
        """The title of a modal; empty for anything else."""
        content = self.surface.content if isinstance(self.surface, View) else {}
        return str(content.get("title", {}).get("text", ""))

    @property
    def text(self) -> str:
        """Everything there is to read: title, texts, labels, options, errors, and a message's own text."""
        if isinstance(self.surface, Message):
            return "\n".join([self.surface.text, words_of(self.blocks)])
        errors = [*self.surface.errors.values(), self.surface.trouble or ""]
        return "\n".join([self.title, words_of(self.blocks), *errors])

    @property
    def errors(self) -> dict[str, str]:
        """The sentences under the fields of a modal, by block id."""
        return dict(self.surface.errors) if isinstance(self.surface, View) else {}

    @property
    def trouble(self) -> str | None:
        """What Slack says about the whole modal when the bot did not answer as it should."""
        return self.surface.trouble if isinstance(self.surface, View) else None

    @property
    def actions(self) -> list[str]:
        """The action ids of everything one can act on."""
        return [found.action_id for found in interactive(self.blocks)]

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons."""
        return [label(found) for found in interactive(self.blocks) if found.element["type"] == "button"]

    def element(self, name: str) -> Located | None:
        """The element with this action id or this label."""
        elements = list(interactive(self.blocks))
        by_id = next((found for found in elements if found.action_id == name), None)
        return by_id or next((found for found in elements if label(found) == name), None)


def label(found: Located) -> str:
    """What an element is called on the screen."""
    text = found.element.get("text") or found.block.get("label") or {}
    return str(text.get("text", ""))


class Seat:
    """One person in front of Slack."""

    def __init__(self, sandbox: "Sandbox", person_id: str) -> None:
        self._sandbox = sandbox
        self._id = person_id

    # What they see

    @property
    def person(self) -> Person:
        """Who it is, as they are now."""
        return self._sandbox.workspace.people[self._id]

    @property
    def id(self) -> str:
        """The user id."""
        return self._id

    @property
    def modal(self) -> Seen:
        """The modal they have open.

        Raises:
            ActRefused: none is open.
        """
        return Seen(self._open_modal())

    @property
    def has_modal(self) -> bool:
        """Whether a modal is open."""
        return self._sandbox.workspace.views.modal(self._id) is not None

    @property
    def home(self) -> Seen:
        """Their Home tab of the app.

        Raises:
            ActRefused: the bot has not published one.
        """
        view = self._sandbox.workspace.views.home(self._id)
        if view is None:
            raise ActRefused(f"{self.person.name} has no Home tab.")
        return Seen(view)

    def messages(self, channel: str) -> list[Seen]:
        """What they see in a channel, ephemeral messages included, the oldest first."""
        workspace = self._sandbox.workspace
        return [Seen(message) for message in workspace.messages(workspace.channel(channel).id, seen_by=self._id)]

    def dm(self) -> list[Seen]:
        """What the bot and they have written to each other, the oldest first."""
        workspace = self._sandbox.workspace
        channel = workspace.direct(self._id, workspace.app.user_id)
        return self.messages(channel.id) if channel else []

    # What they do

    async def command(self, command: str, text: str = "", *, channel: str | None = None) -> Outcome:
        """Type a slash command, in their direct message with the bot unless a channel is named."""
        return await self._sandbox.acts.run_command(self.person, self._channel(channel), f"{command} {text}")

    async def say(self, text: str, *, channel: str | None = None) -> Message:
        """Write a message, to the bot unless a channel is named."""
        return await self._sandbox.acts.say(self.person, self._channel(channel), text)

    async def shortcut(self, name: str) -> Outcome:
        """Choose a global shortcut by its name or callback id."""
        shortcuts = self._sandbox.workspace.app.manifest.shortcuts
        found = next((each.callback_id for each in shortcuts if name in {each.name, each.callback_id}), name)
        return await self._sandbox.acts.press_shortcut(self.person, found)

    async def open_home(self) -> None:
        """Open the app's Home tab and wait until the bot has heard of it."""
        await self._sandbox.acts.open_home(self.person)
        await self._sandbox.delivery.settled()

    async def click(self, name: str, *, on: Seen | None = None, confirmed: bool | None = None) -> Outcome:
        """Press a button, by its action id or its label.

        Args:
            name: the action id or the label.
            on: where; without it the open modal, else the newest message that has it, else the Home tab.
            confirmed: the answer to its confirmation dialog, when it has one.
        """
        return await self.choose(name, None, on=on, confirmed=confirmed)

    async def choose(self, name: str, given: Any, *, on: Seen | None = None, confirmed: bool | None = None) -> Outcome:
        """Choose from a menu, or enter something that is sent at once. `given` is as in `entered_state`."""
        seen = on or self._where(name)
        found = seen.element(name)
        if found is None:
            raise ActRefused(f"There is no {name} here. There is: {', '.join(seen.actions) or 'nothing'}.")
        return await self._sandbox.acts.act(
            self.person, seen.surface, found.action_id, given, block_id=found.block_id, confirmed=confirmed
        )

    async def suggestions(self, name: str, query: str) -> list[str]:
        """Type in an external select and read the labels of what the bot suggests."""
        surface = self._where(name).surface
        options = await self._sandbox.acts.suggest(self.person, surface, name, query)
        return [str(option["text"]["text"]) for option in options]

    def fill(self, values: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Enter things in the open modal without submitting it, by action id or block id."""
        self._sandbox.acts.entry.fill(self.person, self.modal.surface, {**(values or {}), **more})

    async def submit(self, values: Mapping[str, Any] | None = None, **more: Any) -> Outcome:
        """Fill in the open modal, by action id or block id, and submit it."""
        return await self._sandbox.acts.submit(self.person, self._open_modal(), {**(values or {}), **more})

    async def close(self, *, everything: bool = False) -> None:
        """Close the open modal, or all of them."""
        await self._sandbox.acts.close(self.person, self._open_modal(), everything=everything)

    # Waiting

    async def waits_for(self, look: Callable[["Seat"], Found | None], within: float = PATIENCE) -> Found:
        """Wait until `look` finds something, asking again after every change.

        Raises:
            TimeoutError: it did not come within so many seconds of real time.
        """
        return await self._sandbox.workspace.changes.until(lambda: look(self), within)

    # What these have in common

    def _open_modal(self) -> View:
        view = self._sandbox.workspace.views.modal(self._id)
        if view is None:
            raise ActRefused(f"{self.person.name} has no modal open.")
        return view

    def _channel(self, name: str | None) -> Channel:
        workspace = self._sandbox.workspace
        return workspace.with_bot(self._id) if name is None else workspace.channel(name)

    def _where(self, name: str) -> Seen:
        """The surface on which they would act."""
        if self.has_modal:
            return self.modal
        workspace = self._sandbox.workspace
        mine = [channel for channel in workspace.channels.values() if self._id in channel.member_ids]
        messages = [message for channel in mine for message in workspace.messages(channel.id, seen_by=self._id)]
        for message in sorted(messages, key=lambda each: each.sent_at, reverse=True):
            if Seen(message).element(name) is not None:
                return Seen(message)
        home = workspace.views.home(self._id)
        if home is not None and Seen(home).element(name) is not None:
            return Seen(home)
        raise ActRefused(f"{self.person.name} sees no {name} anywhere.")
