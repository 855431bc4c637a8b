"""Throwing away what nobody needs any more: drafts that were never sent, and what was done or shown long ago."""

from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import col, select

from bot.database import Database
from models.batch import Batch, BatchStatus
from models.briefing import ShownBriefing
from models.effect import Effect
from models.home import HomeTab
from models.join import Join
from models.post import News

KEEP_DRAFTS = timedelta(days=2)
KEEP_EFFECTS = timedelta(days=30)
# A briefing that was only looked at. What somebody agreed to is kept with their join.
KEEP_BRIEFINGS = timedelta(days=30)
# A Home tab that nobody has opened for so long is no longer kept up to date.
KEEP_HOME_TABS = timedelta(days=30)


async def prune(database: Database) -> None:
    """Delete what is older than it is kept."""
    async with database.begin() as transaction:
        now = transaction.now
        agreed_to = select(Join.briefing_id)
        for outdated in (
            delete(Batch).where(col(Batch.status) == BatchStatus.DRAFT, col(Batch.created_at) < now - KEEP_DRAFTS),
            delete(Effect).where(col(Effect.finished_at) < now - KEEP_EFFECTS),
            delete(News).where(col(News.happened_at) < now - KEEP_EFFECTS),
            delete(HomeTab).where(col(HomeTab.opened_at) < now - KEEP_HOME_TABS),
            delete(ShownBriefing).where(
                col(ShownBriefing.shown_at) < now - KEEP_BRIEFINGS, col(ShownBriefing.id).not_in(agreed_to)
            ),
        ):
            await transaction.session.exec(outdated)
