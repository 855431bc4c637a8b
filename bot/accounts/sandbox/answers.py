"""Idempotency keys: the first answer to a key is the answer to every repeat of it (backends.md, section D)."""

import hashlib
from collections.abc import Callable
from typing import TypeVar

from pydantic import TypeAdapter
from pydantic_core import to_json

from bot.accounts.errors import IdempotencyMismatch
from bot.accounts.sandbox.store import Transaction

Answer = TypeVar("Answer")


def answer_once(
    db: Transaction, key: str, asked: tuple[object, ...], kind: type[Answer], act: Callable[[], Answer]
) -> Answer:
    """The first answer to `key`, which is what `act` says where there is none yet.

    A refusal is no answer: it leaves no trace, and the same key may succeed later. Keys are kept for ever.

    Args:
        db: the transaction that `act` writes in too, so that the answer and what it did stay together.
        key: chosen by the caller.
        asked: the operation, who asks, and the arguments; a repeat must have the same.
        kind: the type of the answer.
        act: does what was asked.

    Raises:
        IdempotencyMismatch: the key was used for something else.
    """
    named = [type(part).__name__ for part in asked]
    fingerprint = hashlib.sha256(to_json((named, asked))).hexdigest()
    adapter = TypeAdapter(kind)
    before = db.one("SELECT fingerprint, body FROM answers WHERE key = ?", key)
    if before is not None:
        if before["fingerprint"] != fingerprint:
            raise IdempotencyMismatch(key)
        return adapter.validate_json(before["body"])
    answer = act()
    db.insert("answers", key=key, fingerprint=fingerprint, body=adapter.dump_json(answer).decode(), at=db.now)
    return answer
