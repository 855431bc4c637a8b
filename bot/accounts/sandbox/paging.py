"""Long lists in pages: a cursor is the key of the last row of a page, made opaque."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from bot.accounts.values import Page

T = TypeVar("T")

PAGE_SIZE = 100


def after(cursor: str | None) -> str:
    """The key that a cursor stands for; the empty text, which is before every key, where there is none.

    Raises:
        ValueError: it is no cursor that was given out, which is a mistake of the caller.
    """
    if cursor is None:
        return ""
    try:
        return base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("This is not a cursor that was given out.") from error


def page(items: Sequence[T], keys: Sequence[object]) -> Page[T]:
    """A page of items and their keys, of which one more was read than fits: it says whether there are more."""
    cursor = None
    if len(items) > PAGE_SIZE:
        cursor = base64.b64encode(str(keys[PAGE_SIZE - 1]).encode()).decode()
    return Page(tuple(items[:PAGE_SIZE]), cursor)
