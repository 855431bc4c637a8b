"""The account backend: the accounts of the demo, and in its own database the invitations that the bot's has open."""

import sqlite3
from contextlib import closing
from datetime import datetime
from itertools import count
from pathlib import Path

import bot.sandbox
from bot.accounts.sandbox import SandboxBackend
from bot.accounts.sandbox.store import stamp
from bot.clock import Clock, ManualClock
from tests.bench.population import AGE, LIFE, ORGANISATION

DEFINITION = Path(bot.sandbox.__file__).parent / "demo" / "accounts.yaml"

_numbers = count(1)


async def opened(path: Path, clock: Clock) -> SandboxBackend:
    """The backend on a database of its own."""
    return await SandboxBackend.open(path, DEFINITION.read_text(encoding="utf-8"), clock)


async def known(total: int, now: datetime, folder: Path) -> Path:
    """The path of a new database in which the first `total` people of `population.open_invitations` are invited."""
    path = folder / f"accounts_{next(_numbers)}.db"
    await (await opened(path, ManualClock(now))).close()
    sent, expires = stamp(now - AGE), stamp(now - AGE + LIFE)
    address = "person{}@acme.example"
    rows = [
        (f"inv_{n}", ORGANISATION, address.format(n), address.format(n), "basic", "pending", "sent", sent, expires)
        for n in range(1, total + 1)
    ]
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany(
            "INSERT INTO invitations (id, account, person, email, licence, status, delivery, sent_at, expires_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        connection.commit()
    return path
