"""Reading the accounts file: YAML text in, a checked definition out, or every problem with its place in the file."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.accounts.sandbox.checks import find_contradictions
from bot.accounts.sandbox.definition import Definition, Place


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the file.

    Attributes:
        path: where, such as `accounts.petra.subscriptions[0].lines[0].tax`; empty for the file as a whole.
        sentence: what is wrong and what would be right.
        line: the line in the file, from 1, where it is known.
    """

    path: str
    sentence: str
    line: int | None = None

    def __str__(self) -> str:
        where = f" (line {self.line})" if self.line else ""
        return f"{self.path}: {self.sentence}{where}" if self.path else f"{self.sentence}{where}"


class DefinitionError(Exception):
    """The accounts file cannot be used; each of `problems` is one mistake in it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def read_definition(text: str, now: datetime) -> Definition:
    """The accounts that a file describes, on the day it is loaded.

    Raises:
        DefinitionError: it describes none.
    """
    root, content = _parse(text)
    try:
        definition = Definition.model_validate(content)
    except ValidationError as error:
        mistakes = ((_place(detail["loc"]), _sentence(detail)) for detail in error.errors())
        raise DefinitionError([_problem(root, place, sentence) for place, sentence in mistakes]) from error
    contradictions = [_problem(root, place, sentence) for place, sentence in find_contradictions(definition, now)]
    if contradictions:
        raise DefinitionError(contradictions)
    return definition


class _Loader(yaml.SafeLoader):
    """YAML without surprises: dates stay text, and only plain digits are a number (not 0123, 0x1F or 14:50)."""


_WHOLE_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)\Z")
_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, _WHOLE_NUMBER if tag == "tag:yaml.org,2002:int" else pattern)
        for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:timestamp"
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _parse(text: str) -> tuple[yaml.Node, Any]:
    """The file as a tree that knows its lines, and as plain values."""
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                raise DefinitionError([Problem("", "The file is empty; it needs at least `accounts:`.")])
            repeated = sorted(_repeated_keys(root), key=lambda problem: problem.line or 0)
            if repeated:
                raise DefinitionError(repeated)
            return root, loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise DefinitionError([_syntax_problem(error)]) from error
    except yaml.YAMLError as error:
        raise DefinitionError([Problem("", f"This is not YAML: {' '.join(str(error).split())}.")]) from error


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return Problem("", f"This is not YAML; {where}{error.problem or error.context}.")


def _repeated_keys(root: yaml.Node) -> Iterator[Problem]:
    """Keys that stand twice in one mapping, where YAML would silently take the last."""
    seen: set[int] = set()
    waiting: list[tuple[Place, yaml.Node]] = [((), root)]
    while waiting:
        place, node = waiting.pop()
        # An alias leads to the same node again, perhaps to one around it.
        if id(node) in seen:
            continue
        seen.add(id(node))
        first_lines: dict[str | int, int] = {}
        for key, line, child in _children(node):
            if key in first_lines:
                sentence = f"is written twice; the first is on line {first_lines[key] + 1}"
                yield Problem(_path((*place, key)), sentence, line + 1)
            first_lines.setdefault(key, line)
            waiting.append(((*place, key), child))


def _problem(root: yaml.Node, place: Place, sentence: str) -> Problem:
    return Problem(_path(place), sentence, _line(root, place))


def _place(location: tuple[str | int, ...]) -> Place:
    """Pydantic's location without its mark for a wrong key."""
    return tuple(part for part in location if part != "[key]")


def _path(place: Place) -> str:
    """`accounts.petra.subscriptions[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def _line(root: yaml.Node, place: Place) -> int:
    """The line of a place, or of the nearest mapping around it that is written."""
    node, line = root, root.start_mark.line
    for part in place:
        found = next(((mark, child) for key, mark, child in _children(node) if key == part), None)
        if found is None:
            break
        line, node = found
    return line + 1


def _children(node: yaml.Node) -> Iterator[tuple[str | int, int, yaml.Node]]:
    """What is in a node: its key or index, the line where that stands, and the node."""
    if isinstance(node, yaml.SequenceNode):
        yield from ((index, item.start_mark.line, item) for index, item in enumerate(node.value))
    if isinstance(node, yaml.MappingNode):
        yield from ((str(key.value), key.start_mark.line, value) for key, value in node.value)


# What pydantic found, as a sentence. Anything else keeps pydantic's own words, which are English too.
_SENTENCES = {
    "missing": "is required",
    "string_type": "must be text; put it in quotes if it looks like a number or like yes or no",
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number; amounts are in minor units, so EUR 149.90 is 14990",
    "bool_type": "must be yes or no",
    "tuple_type": "must be a list, each entry on a line of its own after a hyphen",
    "dict_type": "must be a mapping of names to values",
    "model_type": "must be a mapping of fields to values",
}


def _sentence(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_field(_place(detail["loc"]))
    if kind in ("enum", "literal_error"):
        return f"must be {context['expected']}, not {detail['input']!r}".replace("'", "`")
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_short":
        return f"needs at least {context['min_length']}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
        return f"must be {bound}, not {detail['input']}"
    return _SENTENCES.get(kind, detail["msg"])


def _unknown_field(place: Place) -> str:
    """What may be written where an unknown field was, and the nearest of it."""
    known = sorted(_fields(place[:-1]))
    nearest = get_close_matches(str(place[-1]), known, n=1)
    hint = f"did you mean `{nearest[0]}`?" if nearest else f"there may be {', '.join(known)}"
    return f"is not a field that there is; {hint}"


def _fields(place: Place) -> set[str]:
    """The names of the fields of the mapping at a place, by walking down the types of the definition."""
    annotation: Any = Definition
    for part in place:
        annotation = _bare(annotation)
        if get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
        elif get_origin(annotation) is tuple:
            annotation = get_args(annotation)[0]
        else:
            annotation = annotation.model_fields[part].annotation
    return set(_bare(annotation).model_fields)


def _bare(annotation: Any) -> Any:
    """The type itself, without what is annotated and without `| None`."""
    while get_origin(annotation) in (Annotated, Union, UnionType):
        annotation = get_args(annotation)[0]
    return annotation
