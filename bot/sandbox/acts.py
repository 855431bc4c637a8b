"""What a person does in Slack, and what they see right after: the same functions for the page and for tests.

They let a person do only what Slack's client lets them do, and do with the bot's answer what the client does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox import payloads
from bot.sandbox.answers import UnusableAnswer, follow_submission, reply_to_command, suggested_options
from bot.sandbox.composer import escaped
from bot.sandbox.definition import Channel, Person
from bot.sandbox.delivery import Acknowledgement, Delivery
from bot.sandbox.entry import Entry
from bot.sandbox.errors import ActRefused
from bot.sandbox.happenings import Happenings
from bot.sandbox.inputs import FIELDS
from bot.sandbox.objects import view_object
from bot.sandbox.records import Message, Surface, View
from bot.sandbox.web_api.call import granted_scopes
from bot.sandbox.workspace import SLACKBOT, Workspace

Json = dict[str, Any]

TROUBLE = "We had some trouble connecting. Try again?"
TOO_SLOW = "Operation timed out. Apps need to respond within 3 seconds."
BAD_STATUS = "This app did not respond as expected."
NOT_INTERACTIVE = "This app is not configured to handle interactive responses."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What somebody sees right after they have done something.

    Attributes:
        error: Slack's own words, when the bot did not answer as it should.
        reply: the message with which the bot has answered a command.
        errors: sentences under the fields of a modal, by block id.
    """

    error: str | None = None
    reply: Message | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


class Acts:
    """Everything people can do in one workspace."""

    def __init__(self, workspace: Workspace, delivery: Delivery, happenings: Happenings) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._happenings = happenings
        self.entry = Entry(workspace)

    # In a conversation

    async def say(self, person: Person, channel: Channel, text: str, thread_ts: str | None = None) -> Message:
        """Post a message.

        Raises:
            ActRefused: the person cannot write there, or says nothing.
        """
        self._refuse_outsiders(person, channel)
        if not text.strip():
            raise ActRefused("There is nothing to send.")
        workspace = self._workspace
        with_bot = channel.kind == "im" and workspace.app.user_id in channel.member_ids
        if with_bot and not workspace.app.manifest.hears_people:
            raise ActRefused("Sending messages to this app has been turned off.")
        message = workspace.save_message(
            Message(
                channel=channel.id,
                ts=workspace.next_ts(),
                user=person.id,
                text=escaped(workspace, text),
                thread_ts=thread_ts,
            )
        )
        workspace.mark_read(person.id, channel.id)
        self._happenings.message_posted(channel, message)
        await workspace.store.flush()
        return message

    async def run_command(self, person: Person, channel: Channel, line: str) -> Outcome:
        """Send a slash command such as `/invite ann@example.com`.

        Raises:
            ActRefused: the person is not in that conversation.
        """
        self._refuse_outsiders(person, channel)
        name, _, text = line.strip().partition(" ")
        workspace = self._workspace
        installed = workspace.installed and "commands" in granted_scopes(workspace)
        command = workspace.app.manifest.command(name) if installed else None
        if command is None:
            return self._slackbot_says(person, channel, f"`{name}` is not a valid command.")
        payload = payloads.slash_command(workspace, person, channel, command, text.strip())
        answer = await self._delivery.command(payload)
        failed = answer.error
        reply = None
        if failed is None:
            right = workspace.rights.of_url(payload["response_url"])
            try:
                reply = reply_to_command(workspace, right, answer.body)
            except UnusableAnswer as error:
                failed = str(error)
        if failed is not None:
            return self._slackbot_says(person, channel, f'{name} failed with the error "{failed}"')
        await workspace.store.flush()
        return Outcome(reply=reply)

    async def press_shortcut(self, person: Person, callback_id: str) -> Outcome:
        """Choose a global shortcut.

        Raises:
            ActRefused: the app has no such shortcut.
        """
        shortcut = self._workspace.app.manifest.shortcut(callback_id)
        if shortcut is None or not self._workspace.installed:
            raise ActRefused(f"There is no shortcut {callback_id}.")
        return await self._interact(lambda: payloads.shortcut(self._workspace, person, shortcut))

    async def open_home(self, person: Person, tab: str = "home") -> None:
        """Open the app's page; what the bot then publishes arrives later."""
        workspace = self._workspace
        view = workspace.views.home(person.id)
        self._delivery.event(
            {
                "type": "app_home_opened",
                "user": person.id,
                "channel": workspace.with_bot(person.id).id,
                "tab": tab,
                "event_ts": workspace.next_ts(),
                **({"view": view_object(workspace, view)} if view is not None and tab == "home" else {}),
            }
        )
        await workspace.store.flush()

    # In blocks

    async def act(
        self,
        person: Person,
        surface: Surface,
        action_id: str,
        given: Any = None,
        *,
        block_id: str | None = None,
        confirmed: bool | None = None,
    ) -> Outcome:
        """Click a button, choose from a menu, or enter something that is sent at once.

        Args:
            person: who does it.
            surface: the message, modal or Home tab they see.
            action_id: of the element.
            given: what is chosen or entered, as `entered_state` takes it; nothing for a button.
            block_id: settles which element is meant, when several have this action id.
            confirmed: the answer to the dialog that asks whether one is sure, when the element has one.

        Raises:
            ActRefused: it is not there, not visible to this person, or asks for a confirmation that is not given.
        """
        found = self.entry.find(person, surface, action_id, block_id)
        if "confirm" in found.element:
            if confirmed is None:
                raise ActRefused(f"{found.element['confirm']['title']['text']}: say whether you are sure.")
            if not confirmed:
                return Outcome()
        if found.element["type"] in FIELDS:
            self.entry.enter(person, surface, found, given)
            if found.block["type"] == "input" and not found.block.get("dispatch_action"):
                return Outcome()
        value = self.entry.action_value(person, surface, found, given)
        return await self._interact(lambda: payloads.block_actions(self._workspace, person, surface, found, value))

    async def suggest(
        self, person: Person, surface: Surface, action_id: str, query: str, block_id: str | None = None
    ) -> list[Json]:
        """Type in an external select and get the bot's suggestions; empty while the text is too short.

        Raises:
            ActRefused: there is no such select, or the bot has answered with something unusable.
        """
        found = self.entry.find(person, surface, action_id, block_id)
        if len(query) < found.element.get("min_query_length", 3):
            return []
        payload = payloads.block_suggestion(self._workspace, person, surface, found, query)
        answer = await self._delivery.interaction(payload)
        if answer.error is not None:
            raise ActRefused(f"Result not available: {_words(answer)}")
        try:
            options = suggested_options(answer.body)
        except UnusableAnswer as error:
            raise ActRefused(f"Result not available: {error}") from error
        self.entry.suggested(person, surface, found, options)
        return options

    # In a modal

    async def submit(self, person: Person, view: View, values: Mapping[str, Any] | None = None) -> Outcome:
        """Fill in a modal and press its submit button. What Slack's client finds wrong does not reach the bot.

        Raises:
            ActRefused: the person does not see this modal, or it has no submit button.
        """
        self.entry.refuse_unseen(person, view)
        if "submit" not in view.content:
            raise ActRefused("This modal has no button to submit it.")
        self.entry.fill(person, view, values or {})
        views = self._workspace.views
        complaints = self.entry.complaints(view)
        if complaints:
            views.save(view.model_copy(update={"errors": complaints, "trouble": None}))
            return Outcome(errors=complaints)
        answer = await self._twice(
            lambda: self._delivery.interaction(payloads.view_submission(self._workspace, person, view))
        )
        present = views.get(view.id)
        if present is None:
            return Outcome(error=None if answer.error is None else TROUBLE)
        errors, reason = self._follow(present, answer)
        if reason is not None:
            views.save(present.model_copy(update={"errors": {}, "trouble": f"{TROUBLE} ({reason})"}))
        await self._workspace.store.flush()
        return Outcome(error=None if reason is None else TROUBLE, errors=errors)

    async def close(self, person: Person, view: View, *, everything: bool = False) -> None:
        """Close a modal with its close button, or with `everything` the whole stack with the cross.

        Raises:
            ActRefused: the person does not see this modal.
        """
        self.entry.refuse_unseen(person, view)
        views = self._workspace.views
        cleared = everything or bool(view.content.get("clear_on_close"))
        closing = views.stack(person.id)[::-1] if cleared else [view]
        payloads_to_send = [
            payloads.view_closed(self._workspace, person, each, is_cleared=cleared)
            for each in closing
            if each.content.get("notify_on_close")
        ]
        for each in closing:
            views.close(each)
        for payload in payloads_to_send:
            await self._delivery.interaction(payload)
        await self._workspace.store.flush()

    # What these have in common

    def _follow(self, view: View, answer: Acknowledgement) -> tuple[dict[str, str], str | None]:
        """Do what the answer to a submission says; else say why that cannot be done."""
        if answer.error is not None:
            return {}, _words(answer)
        try:
            return follow_submission(self._workspace, view, answer.body), None
        except UnusableAnswer as error:
            return {}, str(error)

    async def _interact(self, payload: Callable[[], Json]) -> Outcome:
        """Send an interaction and say how the client would show the answer, which has no content of its own."""
        if not (self._workspace.app.manifest.interactive and self._workspace.installed):
            return Outcome(error=NOT_INTERACTIVE)
        answer = await self._twice(lambda: self._delivery.interaction(payload()))
        await self._workspace.store.flush()
        return Outcome(error=None if answer.error is None else _words(answer))

    async def _twice(self, send: Callable[[], Awaitable[Acknowledgement]]) -> Acknowledgement:
        """Send once; or twice at the same time, as by a double click, when that fault is switched on."""
        if not self._workspace.faults.double_delivery:
            return await send()
        first, _ = await asyncio.gather(send(), send())
        return first

    def _slackbot_says(self, person: Person, channel: Channel, sentence: str) -> Outcome:
        workspace = self._workspace
        message = Message(
            channel=channel.id, ts=workspace.next_ts(), user=SLACKBOT.id, text=sentence, ephemeral_to=person.id
        )
        return Outcome(error=sentence, reply=workspace.save_message(message))

    def _refuse_outsiders(self, person: Person, channel: Channel) -> None:
        if person.deactivated:
            raise ActRefused(f"{person.name} has been deactivated.")
        if person.id not in channel.member_ids:
            raise ActRefused(f"{person.name} is not in {channel.name or 'that conversation'}.")
        if channel.archived:
            raise ActRefused(f"{channel.name} has been archived.")


def _words(answer: Acknowledgement) -> str:
    """Why an interaction failed, as the client puts it."""
    return TOO_SLOW if answer.error == "operation_timeout" else BAD_STATUS
