"""Throwing away what nobody needs any more: drafts that were never sent, effects that ended long ago."""

from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import col

from bot.database import Database
from models.batch import Batch, BatchStatus
from models.effect import Effect

KEEP_DRAFTS = timedelta(days=2)
KEEP_EFFECTS = timedelta(days=30)


async def prune(database: Database) -> None:
    """Delete what is older than it is kept."""
    async with database.begin() as transaction:
        await transaction.session.exec(
            delete(Batch).where(
                col(Batch.status) == BatchStatus.DRAFT, col(Batch.created_at) < transaction.now - KEEP_DRAFTS
            )
        )
        await transaction.session.exec(delete(Effect).where(col(Effect.finished_at) < transaction.now - KEEP_EFFECTS))
