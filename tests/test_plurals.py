"""Texts that hold a number have a form for one and a form for many; other languages have more of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import bot
import handlers

ROOMS = [Path(room.__path__[0]) for room in (bot, handlers)]
PLURAL = {"plural", "mrkdwn_plural", "plural_message"}


def counted(node: ast.AST) -> Iterator[ast.Constant]:
    """The texts with a number in them."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and "{count}" in inner.value:
            yield inner


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_every_text_with_a_count_has_its_plural() -> None:
    found = 0
    for path in (path for room in ROOMS for path in room.rglob("*.py") if path.name != "language.py"):
        tree = ast.parse(path.read_text())
        plural = {
            text
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and called(call) in PLURAL
            for text in counted(call)
        }
        alone = [f"{path}:{text.lineno}" for text in counted(tree) if text not in plural]
        assert alone == []
        found += len(plural)
    assert found > 20
