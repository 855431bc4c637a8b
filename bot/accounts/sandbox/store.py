"""The sandbox's database: whole transactions, each one function that runs on the database's own thread.

A transaction is a plain function because that is what makes it atomic: no other task can come between its statements,
and a caller who stops waiting leaves nothing half done. It is also what makes it fast: one change of threads for each
operation instead of one for each statement (measured: 110 microseconds against 240 for a single SELECT).
"""

import asyncio
import secrets
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from bot.accounts.errors import Unavailable
from bot.accounts.sandbox.schema import SCHEMA, VERSION
from bot.clock import Clock

Result = TypeVar("Result")
Row = sqlite3.Row
Refusals = tuple[type[Exception], ...]

# How long one process waits for another's write.
_LOCK_TIMEOUT_SECONDS = 10.0

# What happens to a database, as against mistakes in what it is asked: an outside system would not answer either.
_LIKE_AN_OUTAGE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})


class ForeignDatabase(Exception):
    """The file is no database of this version of the sandbox; the message says what to do."""


def new_token(prefix: str) -> str:
    """An id that nobody can guess: an invitation's id stands for the invitee."""
    return f"{prefix}_{secrets.token_hex(10)}"


def stamp(moment: datetime) -> str:
    """An instant as the database keeps it: UTC with microseconds, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction: its connection, the instant at which it happens, and where its ids come from."""

    connection: sqlite3.Connection
    now: datetime
    new_id: Callable[[str], str]

    def one(self, sql: str, *values: object) -> Row | None:
        """The first row, or `None`."""
        row: Row | None = self.connection.execute(sql, values).fetchone()
        return row

    def row(self, sql: str, *values: object) -> Row:
        """The first row, which there must be.

        Raises:
            LookupError: there is none.
        """
        row = self.one(sql, *values)
        if row is None:
            raise LookupError(sql)
        return row

    def all(self, sql: str, *values: object) -> list[Row]:
        """Every row."""
        return self.connection.execute(sql, values).fetchall()

    def value(self, sql: str, *values: object) -> Any:
        """The first column of the first row, or `None`."""
        row = self.connection.execute(sql, values).fetchone()
        return row[0] if row else None

    def run(self, sql: str, *values: object) -> int:
        """Change rows; returns how many."""
        return self.connection.execute(sql, values).rowcount

    def insert(self, table: str, **columns: object) -> None:
        """Add one row. Instants are kept as the database keeps them."""
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        values = [stamp(value) if isinstance(value, datetime) else value for value in columns.values()]
        # Table and columns are written in this package; values are bound.
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608


class _Lane:
    """One connection and the one thread that uses it."""

    def __init__(self, clock: Clock, new_id: Callable[[str], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-accounts")
        self._db: sqlite3.Connection | None = None
        self._closed = False

    async def open(self, path: Path | None, *, read_only: bool) -> None:
        await self._on_thread(lambda: self._connect(path, read_only=read_only))

    async def run(self, begin: str, work: Callable[[Transaction], Result], keep: Refusals = ()) -> Result:
        return await self._on_thread(lambda: self._transact(begin, work, keep))

    async def close(self) -> None:
        if self._closed:
            return
        await self._on_thread(self._disconnect)
        self._closed = True
        self._thread.shutdown(wait=False)

    async def _on_thread(self, act: Callable[[], Result]) -> Result:
        if self._closed:
            raise Unavailable("the sandbox has been closed", retryable=False)
        return await asyncio.get_running_loop().run_in_executor(self._thread, act)

    def _connect(self, path: Path | None, *, read_only: bool) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path or ":memory:", timeout=_LOCK_TIMEOUT_SECONDS, isolation_level=None)
        db.row_factory = sqlite3.Row
        self._db = db
        db.execute("PRAGMA journal_mode = WAL")
        # Money: an answer that was given must survive the machine.
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        if read_only:
            db.execute("PRAGMA query_only = ON")

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _transact(self, begin: str, work: Callable[[Transaction], Result], keep: Refusals) -> Result:
        if self._db is None:
            raise Unavailable("the sandbox has been closed", retryable=False)
        try:
            self._db.execute(begin)
            return self._finish(self._db, work, keep)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in _LIKE_AN_OUTAGE:
                raise Unavailable(str(error)) from error
            raise

    def _finish(self, db: sqlite3.Connection, work: Callable[[Transaction], Result], keep: Refusals) -> Result:
        """Do the work of a transaction that has begun, and end it."""
        try:
            result = work(Transaction(db, self._clock.now(), self._new_id))
            db.execute("COMMIT")
        except keep:
            db.execute("COMMIT")
            raise
        except BaseException:
            # A full disk has ended it already.
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        return result


class Store:
    """Transactions on one database file, or in memory where there is none.

    Several processes may share the file. Nothing is remembered between transactions.
    """

    def __init__(self, writing: _Lane, reading: _Lane) -> None:
        self._writing = writing
        self._reading = reading

    @classmethod
    async def open(cls, path: Path | None, clock: Clock, new_id: Callable[[str], str]) -> "Store":
        """Open the file, with empty tables if it is new.

        Raises:
            ForeignDatabase: the file is something else.
        """
        writing, reading = _Lane(clock, new_id), _Lane(clock, new_id)
        store = cls(writing, writing if path is None else reading)
        try:
            await writing.open(path, read_only=False)
            await writing.run("BEGIN IMMEDIATE", lambda db: _make_tables(db, path))
            if path is not None:
                await reading.open(path, read_only=True)
        except sqlite3.DatabaseError as error:
            await store.close()
            raise ForeignDatabase(f"{path} cannot be used for the sandbox accounts: {error}.") from error
        except BaseException:
            await store.close()
            raise
        return store

    async def read(self, work: Callable[[Transaction], Result]) -> Result:
        """Run `work` on one consistent state."""
        return await self._reading.run("BEGIN", work)

    async def write(self, work: Callable[[Transaction], Result], keep: Refusals = ()) -> Result:
        """Run `work` with the database to itself; all that it changed stays, or, where it raises, nothing.

        `keep` are refusals that `work` raises on purpose, and after which what it wrote stays.
        """
        return await self._writing.run("BEGIN IMMEDIATE", work, keep)

    async def close(self) -> None:
        """Let go of the file."""
        await self._writing.close()
        if self._reading is not self._writing:
            await self._reading.close()


def _make_tables(transaction: Transaction, path: Path | None) -> None:
    version = transaction.value("PRAGMA user_version")
    if version == VERSION:
        return
    if version or transaction.value("SELECT count(*) FROM sqlite_master"):
        raise ForeignDatabase(
            f"{path} is not a database of this version of the sandbox accounts. Move it away, and it is made anew."
        )
    for statement in _statements(SCHEMA):
        transaction.run(statement)
    transaction.run(f"PRAGMA user_version = {VERSION}")


def _statements(script: str) -> list[str]:
    """The statements of a script. (`executescript` would commit the transaction that it runs in.)"""
    statements, current = [], ""
    for line in script.splitlines():
        current += line + "\n"
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements
