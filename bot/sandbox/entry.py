"""Entering things in what one sees: finding an element, filling it in, and what Slack's client says before it sends."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.sandbox.blocks import Located, interactive, locate
from bot.sandbox.definition import Person
from bot.sandbox.errors import ActRefused
from bot.sandbox.inputs import FIELDS, InvalidInput, complaint, entered_state, options_of, state_values
from bot.sandbox.objects import file_object
from bot.sandbox.payloads import surface_key
from bot.sandbox.records import Surface, View

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

Json = dict[str, Any]


class Entry:
    """What people have in front of them and put into it."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._suggested: dict[tuple[str, str, str], list[Json]] = {}

    def enter(self, person: Person, surface: Surface, found: Located, given: Any) -> None:
        """Enter something in one element without sending it.

        Raises:
            ActRefused: the element does not take that.
        """
        try:
            state = entered_state(found.element, self._resolved(person, surface, found, given))
        except (InvalidInput, LookupError, ValueError) as error:
            raise ActRefused(str(error)) from error
        key = surface_key(person, surface)
        self._workspace.views.enter(key, found.block_id, found.action_id, state)

    def find(self, person: Person, surface: Surface, action_id: str, block_id: str | None = None) -> Located:
        """The element a person means.

        Raises:
            ActRefused: they do not see the surface, or it has no such element.
        """
        self.refuse_unseen(person, surface)
        found = locate(surface.blocks, action_id, block_id)
        if found is None:
            known = ", ".join(each.action_id for each in interactive(surface.blocks)) or "nothing"
            raise ActRefused(f"There is no {action_id} here. There is: {known}.")
        return found

    def suggested(self, person: Person, surface: Surface, found: Located, options: list[Json]) -> None:
        """Note the options the bot has suggested, from which one may now be chosen."""
        self._suggested[surface_key(person, surface), found.block_id, found.action_id] = options

    def fill(self, person: Person, surface: Surface, values: Mapping[str, Any]) -> None:
        """Enter several things at once.

        Args:
            person: who does it.
            surface: where.
            values: what is entered, by the action id or the block id of the element.

        Raises:
            ActRefused: an element is not there, or does not take what it is given.
        """
        for name, given in values.items():
            elements = [each for each in interactive(surface.blocks) if name in {each.action_id, each.block_id}]
            if len(elements) > 1:
                raise ActRefused(f"There are several {name} here; name the block.")
            self.enter(person, surface, elements[0] if elements else self.find(person, surface, name), given)

    def complaints(self, view: View) -> dict[str, str]:
        """What is wrong with a modal before it is sent, by block id."""
        values = state_values(view.blocks, self._workspace.views.entered(view.key))
        found = {
            each.block_id: complaint(each, values[each.block_id][each.action_id])
            for each in interactive(view.blocks)
            if each.block["type"] == "input"
        }
        return {block_id: sentence for block_id, sentence in found.items() if sentence}

    def action_value(self, person: Person, surface: Surface, found: Located, given: Any) -> Json:
        """What the action says beside its ids."""
        element = found.element
        match element["type"]:
            case "button" | "icon_button":
                return {"value": element["value"]} if "value" in element else {}
            case "overflow":
                return {"selected_option": _menu_option(element, given)}
            case "feedback_buttons":
                button = element[f"{given}_button"]
                return {"text": button["text"], "value": button["value"]}
            case "workflow_button":
                raise ActRefused("Workflows cannot be started in this workspace.")
            case kind:
                key = surface_key(person, surface)
                field_name = FIELDS[kind][0]
                return {field_name: self._workspace.views.entered(key)[found.block_id][found.action_id][field_name]}

    def _resolved(self, person: Person, surface: Surface, found: Located, given: Any) -> Any:
        """What is given, with names of people, channels, files and suggestions turned into what Slack reports."""
        kind = found.element["type"]
        if isinstance(given, list | tuple | set):
            return [self._resolved(person, surface, found, each) for each in given]
        if given is None or given == "":
            return given
        if kind.endswith("users_select"):
            return self._workspace.person(str(given)).id
        if kind.endswith(("channels_select", "conversations_select")):
            return self._workspace.channel(str(given)).id
        if kind.endswith("external_select") and not isinstance(given, dict):
            key = (surface_key(person, surface), found.block_id, found.action_id)
            return next((each for each in self._suggested.get(key, []) if each["value"] == given), given)
        if kind == "file_input" and not isinstance(given, dict):
            file = self._workspace.files.get(str(given))
            if file is None:
                raise ActRefused(f"There is no file {given}.")
            return file_object(self._workspace, file)
        return given

    def refuse_unseen(self, person: Person, surface: Surface) -> None:
        """Let nobody act on what they do not see.

        Raises:
            ActRefused: it is closed, gone, or not for this person.
        """
        if person.deactivated:
            raise ActRefused(f"{person.name} has been deactivated.")
        if isinstance(surface, View):
            seen = self._workspace.views.modal(person.id), self._workspace.views.home(person.id)
            if surface.id not in {view.id for view in seen if view is not None}:
                raise ActRefused("This is not open any more.")
            return
        present = self._workspace.message(surface.channel, surface.ts)
        if present is None or surface.ephemeral_to not in {None, person.id}:
            raise ActRefused("This message is not there.")
        if person.id not in self._workspace.channels[surface.channel].member_ids:
            raise ActRefused(f"{person.name} does not see this message.")


def _menu_option(element: Json, given: Any) -> Json:
    for option in options_of(element):
        if given in {option["value"], option["text"]["text"]}:
            return option
    raise ActRefused(f"There is no {given} in this menu.")
