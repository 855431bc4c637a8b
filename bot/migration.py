"""Bringing the database's tables up to date (Alembic)."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

import migrations
from bot.database import Database

_SCRIPTS = Path(migrations.__file__).parent


def newest_revision() -> str:
    """The revision that this version of the bot works with. The files are numbered in order."""
    return max(path.name.split("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*.py"))


async def current_revision(database: Database) -> str | None:
    """The revision that the database is at, `None` if it has no tables of ours."""

    def read(connection: Connection) -> str | None:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision

    async with database.engine.connect() as connection:
        return await connection.run_sync(read)


async def migrate(database: Database) -> None:
    """Bring the tables up to date; nothing happens if they are."""
    if await current_revision(database) == newest_revision():
        return
    # Alembic takes a third of a second to import, and is needed only here.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    async with database.engine.connect() as connection:
        await connection.run_sync(upgrade)
        await connection.commit()
