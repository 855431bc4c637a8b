"""A cradle for the bot's lives, and places of their own for any number of stages, on either database."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import URL, make_url

from bot.accounts.sandbox import SandboxBackend
from bot.clock import SystemClock
from tests.conftest import migrated
from tests.durability.life import Cradle, cradle
from tests.durability.stage import DEMO, Place

MakePlace = Callable[[], AbstractAsyncContextManager[Place]]
MakeDatabase = Callable[[str], AbstractAsyncContextManager[str]]

TEMPLATE = "durability_template"


@pytest.fixture(scope="session")
def lives() -> Iterator[Cradle]:
    with cradle() as made:
        yield made


@pytest.fixture
def licensed_seats() -> int:
    """How many licences Acme has bought, of which 34 are in use; a test sets another number to play another case."""
    return 50


@pytest.fixture
def accounts_file(licensed_seats: int, tmp_path: Path) -> Path:
    """What is in the account backend: the demo's accounts."""
    text, seats = (DEMO / "accounts.yaml").read_text(), "licensed: {bought: 50, used_elsewhere: 31}"
    assert seats in text
    path = tmp_path / "accounts.yaml"
    path.write_text(text.replace(seats, seats.replace("50", str(licensed_seats))))
    return path


@pytest.fixture
def loaded_accounts(accounts_file: Path, tmp_path: Path) -> Path:
    """The account backend's database with the accounts in it, to be copied by each stage."""
    path, text = tmp_path / "accounts.db", accounts_file.read_text()

    async def load() -> None:
        backend = await SandboxBackend.open(path, text, SystemClock())
        await backend.close()

    asyncio.run(load())
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_url: str) -> URL:
    """The address of a PostgreSQL database with all tables, to be copied by each stage."""
    server = make_url(postgresql_url)
    asyncio.run(_execute(server, f"CREATE DATABASE {TEMPLATE}"))
    template = server.set(database=TEMPLATE)
    migrated(template.render_as_string(hide_password=False))
    return template


@pytest.fixture(params=["sqlite", "postgresql"])
def make_database(request: pytest.FixtureRequest, tmp_path: Path) -> MakeDatabase:
    """Makes databases with all tables, by name, for as long as the block lasts; gives their addresses."""
    if request.param == "sqlite":
        return partial(_sqlite, request.getfixturevalue("migrated_sqlite"), tmp_path)
    return partial(_postgresql, request.getfixturevalue("postgresql_template"))


@asynccontextmanager
async def _sqlite(template: Path, folder: Path, name: str) -> AsyncIterator[str]:
    path = folder / f"{name}.db"
    shutil.copy(template, path)
    yield f"sqlite:///{path}"


@asynccontextmanager
async def _postgresql(template: URL, name: str) -> AsyncIterator[str]:
    server = template.set(database="postgres")
    await _execute(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    try:
        yield template.set(database=name).render_as_string(hide_password=False)
    finally:
        await _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def make_place(make_database: MakeDatabase, tmp_path: Path, accounts_file: Path, loaded_accounts: Path) -> MakePlace:
    """Makes places for stages, each with a database and an account backend of its own."""
    numbers = count(1)

    @asynccontextmanager
    async def make() -> AsyncIterator[Place]:
        name = f"stage_{next(numbers)}"
        accounts = tmp_path / f"{name}_accounts.db"
        shutil.copy(loaded_accounts, accounts)
        async with make_database(name) as url:
            yield Place(url, accounts_file, accounts, tmp_path / f"{name}.log")

    return make


async def _execute(server: URL, statement: str) -> None:
    connection = await asyncpg.connect(server.render_as_string(hide_password=False))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
