"""The words on a surface, as plain text: what a person can read there, for tests and for screen readers' fallback."""

from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]

# Fields that hold something to read, in the order in which they are shown.
READ_IN_ORDER = (
    *("title", "subtitle", "label", "text", "fields", "elements", "accessory", "element", "hint", "body", "alt_text"),
    *("options", "option_groups", "placeholder", "child_blocks", "rows", "tasks", "actions", "positive_button"),
    *("negative_button", "description"),
)


def words_of(blocks: Sequence[Json]) -> str:
    """All texts of the blocks, one to a line."""
    return "\n".join(line for block in blocks for line in _lines(block))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        if all(isinstance(entry, dict) and "elements" not in entry and entry.get("type") == "text" for entry in value):
            yield "".join(str(entry["text"]) for entry in value)
        else:
            for entry in value:
                yield from _lines(entry)
    elif isinstance(value, dict):
        for name in READ_IN_ORDER:
            if name in value:
                yield from _lines(value[name])
