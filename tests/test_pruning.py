"""What nobody needs any more goes; what somebody agreed to, and what is open, stays."""

from datetime import timedelta

from sqlmodel import select

from bot.clock import ManualClock
from bot.database import Database
from bot.home_tabs import opened
from bot.pruning import prune
from models.batch import Batch, BatchStatus
from models.briefing import ShownBriefing
from models.home import HomeTab
from models.join import Join, SettlementKind
from models.post import News
from models.workspace import Workspace
from tests.rows import batch, invitation

HERE = Workspace("T1")


def shown(clock: ManualClock, name: str) -> ShownBriefing:
    return ShownBriefing(id=name, team_id="T1", invitation_id="i1", reader="U1", facts={}, shown_at=clock.now())


async def write(database: Database, clock: ManualClock) -> None:
    join = Join(
        id="j1",
        team_id="T1",
        invitation_id="i1",
        briefing_id="agreed to",
        settlement=SettlementKind.NONE,
        started_at=clock.now(),
    )
    async with database.begin() as transaction:
        transaction.session.add(invitation(clock.now()))
        await transaction.session.flush()
        transaction.session.add_all([shown(clock, "agreed to"), shown(clock, "looked at")])
        await transaction.session.flush()
        transaction.session.add(join)
        transaction.session.add(News(notice="n1", invitation_id="i1", team_id="T1", happened_at=clock.now()))
        for status in BatchStatus:
            transaction.session.add(batch(clock.now(), id=status, status=status))
    await opened(database, HERE, "U1", lists_invitations=True)


async def kept(database: Database) -> set[str]:
    async with database.read() as session:
        return {
            *(await session.exec(select(ShownBriefing.id))),
            *(await session.exec(select(Batch.id))),
            *(await session.exec(select(News.notice))),
            *(await session.exec(select(HomeTab.user_id))),
        }


async def test_what_is_old_goes_and_what_was_agreed_to_stays(database: Database, clock: ManualClock) -> None:
    await write(database, clock)
    everything = {"agreed to", "looked at", BatchStatus.DRAFT, BatchStatus.SENT, "n1", "U1"}
    clock.advance(timedelta(days=1))
    await prune(database)
    assert await kept(database) == everything
    clock.advance(timedelta(days=2))
    await prune(database)
    assert await kept(database) == everything - {BatchStatus.DRAFT}
    clock.advance(timedelta(days=28))
    await prune(database)
    assert await kept(database) == {"agreed to", BatchStatus.SENT}
