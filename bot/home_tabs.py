"""Home tabs: who has opened theirs, and whose shows what has changed."""

from datetime import timedelta

from sqlmodel import col, or_, select

from bot.database import Database, Transaction, insert_into
from bot.effects import Wanted
from models.effect import EffectKind
from models.home import HomeTab
from models.invitation import Invitation
from models.workspace import Workspace

# A tab is published again once things have calmed down a little: one update for a batch, not one for each answer.
PAUSE = timedelta(seconds=3)


async def opened(database: Database, workspace: Workspace, user_id: str, *, lists_invitations: bool) -> None:
    """Somebody has opened their Home tab, and is shown the open invitations or only their own."""
    async with database.begin() as transaction:
        now = {"lists_invitations": lists_invitations, "opened_at": transaction.now}
        who = {"team_id": workspace.team_id, "user_id": user_id, "enterprise_id": workspace.enterprise_id}
        insert = insert_into(transaction.session, HomeTab).values({**who, **now})
        await transaction.session.exec(
            insert.on_conflict_do_update(index_elements=["team_id", "user_id"], set_=now),
        )


async def showing(transaction: Transaction, invitation: Invitation) -> list[Wanted]:
    """The Home tabs that show an invitation: its invitee's, and those with the list of open invitations."""
    concerned = select(HomeTab.user_id).where(
        HomeTab.team_id == invitation.team_id,
        or_(col(HomeTab.lists_invitations), col(HomeTab.user_id) == invitation.invitee),
    )
    soon = transaction.now + PAUSE
    return [
        Wanted(EffectKind.SHOW_HOME, f"home:{invitation.team_id}:{user_id}", soon, payload={"user": user_id})
        for user_id in await transaction.session.exec(concerned)
    ]
