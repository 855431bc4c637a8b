"""The words in which the rules of Block Kit are written.

A check is a function of a value and its place that yields the problems it finds. The other modules of this package
say with these checks what every composition object, element and block looks like.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NamedTuple

Surface = Literal["message", "modal", "home"]

# What Slack takes without complaint and we still do not want to send.
TOLERATED_RULES = frozenset({"fallback_text", "text_length", "unknown_argument"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a payload.

    Attributes:
        pointer: where, as a JSON pointer into the payload, for example `/blocks/0/text/text`.
        rule: the name of the rule that is broken, for example `length`.
        message: what is wrong, in the words of Slack's own answers where they are known.
    """

    pointer: str
    rule: str
    message: str

    @property
    def refused_by_slack(self) -> bool:
        """Whether Slack would answer with an error, rather than show something poor."""
        return self.rule not in TOLERATED_RULES

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


class Place(NamedTuple):
    """Where a value stands: its JSON pointer and the surface it will be shown on."""

    pointer: str
    surface: Surface

    def at(self, key: str | int) -> "Place":
        """The place one step further in."""
        return Place(f"{self.pointer}/{str(key).replace('~', '~0').replace('/', '~1')}", self.surface)

    def problem(self, rule: str, message: str) -> Problem:
        """A problem at this place."""
        return Problem(self.pointer, rule, message)


Problems = Iterator[Problem]
Check = Callable[[Any, Place], Problems]


def string(most: int, least: int = 0) -> Check:
    """A string of `least` to `most` characters."""

    def check(value: Any, place: Place) -> Problems:
        if not isinstance(value, str):
            yield place.problem("kind", "must be a string")
        elif len(value) > most:
            yield place.problem("length", f"must be less than {most + 1} characters")
        elif len(value) < least:
            yield place.problem("length", f"must be more than {least - 1} characters")

    return check


def matching(pattern: str, description: str) -> Check:
    """A string of a given form; `description` says which."""
    compiled = re.compile(pattern)

    def check(value: Any, place: Place) -> Problems:
        if not (isinstance(value, str) and compiled.fullmatch(value)):
            yield place.problem("format", f"must be {description}")

    return check


def boolean(value: Any, place: Place) -> Problems:
    """True or false, nothing that merely looks like it."""
    if not isinstance(value, bool):
        yield place.problem("kind", "must be a boolean")


def any_object(value: Any, place: Place) -> Problems:
    """An object whose fields are its sender's own."""
    if not isinstance(value, dict):
        yield place.problem("kind", "must be an object")


def number(value: Any, place: Place) -> Problems:
    """A number, whole or not."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield place.problem("kind", "must be a number")


def integer(least: int, most: int) -> Check:
    """A whole number within bounds, both included."""

    def check(value: Any, place: Place) -> Problems:
        if not isinstance(value, int) or isinstance(value, bool):
            yield place.problem("kind", "must be an integer")
        elif not least <= value <= most:
            yield place.problem("range", f"must be between {least} and {most}")

    return check


def decimal_string(value: Any, place: Place) -> Problems:
    """A number written as a string, as `number_input` wants its bounds."""
    if not isinstance(value, str) or decimal_or_none(value) is None:
        yield place.problem("format", "must be a number written as a string")


def decimal_or_none(value: Any) -> Decimal | None:
    """The finite number a string spells, or None."""
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def one_of(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: Any, place: Place) -> Problems:
        if value not in allowed:
            yield place.problem("choice", f"value must be one of: {', '.join(allowed)}")

    return check


def many(item: Check, most: int, least: int = 1) -> Check:
    """A list of `least` to `most` items."""

    def check(value: Any, place: Place) -> Problems:
        if not isinstance(value, list):
            yield place.problem("kind", "must be an array")
            return
        if len(value) > most:
            yield place.problem("items", f"no more than {most} items allowed")
        if len(value) < least:
            yield place.problem("items", f"no fewer than {least} items allowed")
        for index, entry in enumerate(value):
            yield from item(entry, place.at(index))

    return check


def fields(table: Mapping[str, Check], *rules: Check) -> Check:
    """An object with the fields of `table`; those written with `!` are required, `rules` look at the whole."""
    checks = {name.removesuffix("!"): check for name, check in table.items()}
    required = [name.removesuffix("!") for name in table if name.endswith("!")]

    def check(value: Any, place: Place) -> Problems:
        if not isinstance(value, dict):
            yield place.problem("kind", "must be an object")
            return
        for name in required:
            if value.get(name) is None:
                yield place.problem("required", f"missing required field: {name}")
        for name, entry in value.items():
            if name not in checks:
                yield place.problem("unknown_field", f"invalid additional property: {name}")
            elif entry is not None:
                yield from checks[name](entry, place.at(name))
        for rule in rules:
            yield from rule(value, place)

    return check


def typed(tables: Callable[[], Mapping[str, Check]], *allowed: str) -> Check:
    """An object checked by the table of its `type`, which must be one of `allowed` (any, when none is given)."""

    def check(value: Any, place: Place) -> Problems:
        table = tables()
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in table:
            yield place.problem("unknown_type", f"unsupported type: {kind}")
        elif allowed and kind not in allowed:
            yield place.problem("placement", f"unsupported type here: {kind}")
        else:
            yield from table[kind](value, place)

    return check


def exactly_one_of(*names: str) -> Check:
    """Of these fields one must be there, and only one."""

    def check(value: Any, place: Place) -> Problems:
        if sum(value.get(name) is not None for name in names) != 1:
            yield place.problem("required", f"must define either {' or '.join(names)}")

    return check


def any_of(*names: str) -> Check:
    """Of these fields at least one must be there."""

    def check(value: Any, place: Place) -> Problems:
        if not any(value.get(name) for name in names):
            yield place.problem("required", f"must define at least one of {', '.join(names)}")

    return check


def ordered(low: str, high: str) -> Check:
    """The field `low` must not be above the field `high`; both may be numbers or numbers written as strings."""

    def check(value: Any, place: Place) -> Problems:
        least, most = (decimal_or_none(str(value.get(name))) for name in (low, high))
        if least is not None and most is not None and least > most:
            yield place.problem("range", f"{low} must not be greater than {high}")

    return check


def initial_options_exist(value: Any, place: Place) -> Problems:
    """What is preselected must match one of the options, in every field."""
    groups = value.get("option_groups")
    sources = [value, *(groups if isinstance(groups, list) else [])]
    options = [source.get("options") for source in sources if isinstance(source, dict)]
    known = [option for entry in options if isinstance(entry, list) for option in entry]
    chosen = value.get("initial_options")
    for name, option in [
        ("initial_option", value.get("initial_option")),
        *(("initial_options", option) for option in (chosen if isinstance(chosen, list) else [])),
    ]:
        if option is not None and option not in known:
            yield place.at(name).problem("initial_option", "must be one of the options")


def no_more_than_selectable(initial: str) -> Check:
    """No more may be preselected than `max_selected_items` allows."""

    def check(value: Any, place: Place) -> Problems:
        most, chosen = value.get("max_selected_items"), value.get(initial)
        if isinstance(most, int) and isinstance(chosen, list) and len(chosen) > most:
            yield place.at(initial).problem("items", f"no more than {most} items allowed")

    return check


def whole_unless_decimal(value: Any, place: Place) -> Problems:
    """Without `is_decimal_allowed`, only whole numbers; the initial value lies within the bounds."""
    numbers = {name: decimal_or_none(value.get(name)) for name in ("initial_value", "min_value", "max_value")}
    for name, number in numbers.items():
        if number is not None and not value.get("is_decimal_allowed") and number != number.to_integral_value():
            yield place.at(name).problem("format", "must be a whole number")
    initial, least, most = numbers.values()
    if initial is not None and ((least is not None and initial < least) or (most is not None and initial > most)):
        yield place.at("initial_value").problem("range", "must be between min_value and max_value")


def characters_of(cell: Any) -> int:
    """How many characters a table cell shows, whatever it is made of."""
    if isinstance(cell, dict):
        own = len(cell["text"]) if isinstance(cell.get("text"), str) else 0
        return own + characters_of(cell.get("elements"))
    return sum(map(characters_of, cell)) if isinstance(cell, list) else 0


def characters_in_rows(most: int) -> Check:
    """The cells of a table together hold no more than `most` characters."""

    def check(value: Any, place: Place) -> Problems:
        if characters_of(value.get("rows")) > most:
            yield place.at("rows").problem("length", f"must be less than {most + 1} characters in total")

    return check
