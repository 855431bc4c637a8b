"""The database: one transaction for each use case, committed at the edge.

SQLite is the embedded default: write-ahead log, one writer connection whose transactions begin immediately (a
transaction that reads first and writes later fails at once when another has written), and readers beside it that
cannot write. PostgreSQL has one pool.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.clock import Clock

# As many as the requests that one process admits at a time; with fewer, the slowest wait in the pool's queue.
POSTGRESQL_POOL = 20
SQLITE_READERS = 4
SQLITE_BUSY_SECONDS = 15


@dataclass
class Transaction:
    """One unit of work: everything written in it is committed together, or not at all.

    Attributes:
        now: the instant at which it takes place, the same for everything in it.
        before_commit: called last, in order, while it can still write.
        wakes_worker: whether something in it is to be done at once, so that the worker need not wait for its tick.
    """

    session: AsyncSession
    now: datetime
    before_commit: list[Callable[["Transaction"], Awaitable[None]]] = field(default_factory=list)
    wakes_worker: bool = False


class Database:
    """Transactions and reading sessions on the bot's own database.

    Attributes:
        wake_worker: called after a commit that left something to be done at once.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self.wake_worker: Callable[[], None] = lambda: None
        self.url = async_url(url)
        self._clock = clock
        if self.is_sqlite:
            _make_file(self.url)
            self._writer = _sqlite_engine(self.url, readers=False)
            self._reader = _sqlite_engine(self.url, readers=True)
        else:
            self._writer = create_async_engine(
                self.url,
                pool_size=POSTGRESQL_POOL,
                max_overflow=0,
                hide_parameters=True,
                skip_autocommit_rollback=True,
            )
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def engine(self) -> AsyncEngine:
        """The engine that writes."""
        return self._writer

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """A transaction that is committed at the end of the block and rolled back if it raises."""
        async with AsyncSession(self._writer, expire_on_commit=False) as session:
            async with session.begin():
                transaction = Transaction(session, self._clock.now())
                yield transaction
                for hook in transaction.before_commit:
                    await hook(transaction)
            if transaction.wakes_worker:
                self.wake_worker()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session to read with. Each statement sees what is committed by then; no BEGIN and ROLLBACK around it."""
        async with AsyncSession(self._reader, expire_on_commit=False) as session:
            yield session

    async def close(self) -> None:
        """Close all connections."""
        await self._reader.dispose()
        await self._writer.dispose()


def async_url(url: str) -> URL:
    """`url` with the asynchronous driver of its database.

    Raises:
        ValueError: it is neither SQLite nor PostgreSQL.
    """
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            # libpq and most hosting companies call it sslmode; asyncpg calls it ssl.
            query = {"ssl" if name == "sslmode" else name: value for name, value in parsed.query.items()}
            return parsed.set(drivername="postgresql+asyncpg", query=query)
        case other:
            raise ValueError(f"{other} is neither sqlite nor postgresql")


def _make_file(url: URL) -> None:
    """Make a database file and its folder. One that cannot be written is noticed here, where there is no thread yet."""
    if url.database and url.database != ":memory:":
        path = Path(url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()


def insert_into(session: AsyncSession, table: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the session."""
    dialect = session.get_bind().dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _sqlite_engine(url: URL, *, readers: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=SQLITE_READERS if readers else 1,
        max_overflow=0,
        isolation_level="AUTOCOMMIT" if readers else None,
        skip_autocommit_rollback=readers,
        # Errors are logged; what was written is not.
        hide_parameters=True,
        connect_args={"timeout": SQLITE_BUSY_SECONDS},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions of its own; `begin` below does, for the writer.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        if readers:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    if not readers:

        @event.listens_for(engine.sync_engine, "begin")
        def begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
