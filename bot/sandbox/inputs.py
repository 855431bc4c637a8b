"""What can be filled in: from what a person enters to the state Slack reports, with the checks its client makes.

The state of an element is Slack's own object (`{"type": "plain_text_input", "value": "..."}`), as it appears under
`view.state.values[block_id][action_id]`.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.sandbox.blocks import Located, interactive

Json = dict[str, Any]
Values = dict[str, dict[str, Json]]

# The field of the state that holds what was entered, and the field of the element that presets it.
FIELDS: Mapping[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", "initial_files"),
}
SEVERAL = frozenset({"checkboxes", "file_input", *(kind for kind in FIELDS if kind.startswith("multi_"))})
OPTIONS = frozenset(kind for kind, (field, _) in FIELDS.items() if field.startswith("selected_option"))

EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
URL = re.compile(r"https?://[^\s/]+\S*")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class InvalidInput(Exception):
    """This cannot be entered here; the message is the sentence Slack's client shows."""


def options_of(element: Json) -> list[Json]:
    """All options of an element, those in groups included."""
    groups = element.get("option_groups") or [{"options": element.get("options", [])}]
    return [option for group in groups for option in group["options"]]


def initial_state(element: Json) -> Json:
    """The state of an element nobody has touched."""
    kind = element["type"]
    field, initial = FIELDS[kind]
    empty: list[Json] | None = [] if kind in SEVERAL else None
    state = {"type": kind, field: element.get(initial, empty)}
    return _with_zone(element, state)


def entered_state(element: Json, given: Any) -> Json:
    """The state after somebody has entered something.

    Args:
        element: the element it is entered in.
        given: a text; the value of an option (or of several); a user or channel id (or several); `YYYY-MM-DD`, `HH:MM`
            or seconds since 1970; the file objects of a file_input. None or "" empties it.

    Raises:
        InvalidInput: the element does not take that.
    """
    kind = element["type"]
    field, _ = FIELDS[kind]
    if kind in SEVERAL:
        entries = [] if given is None else list(given) if isinstance(given, list | tuple | set) else [given]
        chosen: Any = [_one(element, entry) for entry in entries]
        most = element.get("max_selected_items")
        if most is not None and len(chosen) > most:
            raise InvalidInput(f"Please select no more than {most}.")
    else:
        chosen = None if given is None or given == "" else _one(element, given)
    return _with_zone(element, {"type": kind, field: chosen})


def _one(element: Json, given: Any) -> Any:
    """One entry as it stands in the state."""
    kind = element["type"]
    if kind in OPTIONS:
        return _option(element, given)
    if kind == "rich_text_input":
        return given if isinstance(given, dict) else _rich_text(str(given))
    if kind == "datetimepicker":
        return int(given)
    if kind == "file_input":
        return given
    text = str(given)
    if kind == "datepicker" and not DATE.fullmatch(text):
        raise InvalidInput("Please enter a date as YYYY-MM-DD.")
    if kind == "timepicker" and not TIME.fullmatch(text):
        raise InvalidInput("Please enter a time as HH:MM.")
    return text


def _option(element: Json, given: Any) -> Json:
    if isinstance(given, dict):
        return given
    for option in options_of(element):
        if str(given) in {option["value"], option["text"]["text"]}:
            return option
    raise InvalidInput(f"There is no option {given}.")


def _rich_text(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _with_zone(element: Json, state: Json) -> Json:
    return {**state, "timezone": element["timezone"]} if element.get("timezone") else state


def state_values(blocks: Sequence[Json], entered: Values) -> Values:
    """`state.values` of a surface: what has been entered, and for the rest what was preset."""
    values: Values = {}
    for found in interactive(blocks):
        if found.element["type"] in FIELDS:
            state = entered.get(found.block_id, {}).get(found.action_id)
            if state is None or state["type"] != found.element["type"]:
                state = initial_state(found.element)
            values.setdefault(found.block_id, {})[found.action_id] = state
    return values


def is_empty(state: Json) -> bool:
    """Whether nothing has been entered."""
    chosen = state[FIELDS[state["type"]][0]]
    return chosen is None or chosen == [] or (isinstance(chosen, str) and not chosen.strip())


def complaint(found: Located, state: Json) -> str | None:
    """What Slack's client says under a field at submission, or None when it is content."""
    if is_empty(state):
        return None if found.block.get("optional") else "Please complete this required field."
    value = state.get("value")
    match found.element:
        case {"type": "plain_text_input"}:
            return _length_complaint(found.element, str(value))
        case {"type": "email_text_input"} if not EMAIL.fullmatch(str(value)):
            return "Please enter a valid email address."
        case {"type": "url_text_input"} if not URL.fullmatch(str(value)):
            return "Please enter a valid URL."
        case {"type": "number_input"}:
            return _number_complaint(found.element, str(value))
        case {"type": "file_input"} if len(state["files"]) > found.element.get("max_files", 10):
            return f"Please upload no more than {found.element.get('max_files', 10)} files."
    return None


def _length_complaint(element: Json, value: str) -> str | None:
    least, most = element.get("min_length"), element.get("max_length", 3000)
    if least is not None and len(value) < least:
        return f"Please enter at least {least} characters."
    return f"Please enter no more than {most} characters." if len(value) > most else None


def _number_complaint(element: Json, value: str) -> str | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "Please enter a valid number."
    if not number.is_finite():
        return "Please enter a valid number."
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return "Please enter a whole number."
    if "min_value" in element and number < Decimal(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and number > Decimal(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return None
