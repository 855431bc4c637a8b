"""Snapshots that messages are made of: invitations, batches, joins and posts, read together for many effects."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.database import Database
from bot.effects import Due
from bot.posts import overview_key
from models.batch import Batch
from models.invitation import Invitation
from models.join import Join
from models.post import News, Post


@dataclass(frozen=True, slots=True)
class InvitationSnapshot:
    """One invitation with its batch, its last join, and its messages to the invitee, oldest first."""

    invitation: Invitation
    batch: Batch
    join: Join | None
    posts: Sequence[Post]

    def posted(self, key: str) -> Post | None:
        """The message with that key, if it has been posted."""
        return next((post for post in self.posts if post.key == key), None)


@dataclass(frozen=True, slots=True)
class BatchSnapshot:
    """One batch with its invitations, in the order they were entered, and the messages about it."""

    batch: Batch
    invitations: Sequence[Invitation]
    posts: Sequence[Post]

    def posted(self, key: str) -> Post | None:
        """The message with that key, if it has been posted."""
        return next((post for post in self.posts if post.key == key), None)


@dataclass(frozen=True, slots=True)
class NoticeSnapshot:
    """A notice to an inviter: whom it is about, in the order they were entered, and what it hangs below.

    Attributes:
        join: the last join of the one it is about, where it is about one.
        overview: the batch's overview for the inviter, if it has been posted.
        posted: the notice itself, if it has been posted.
    """

    batch: Batch
    invitations: Sequence[Invitation]
    join: Join | None
    overview: Post | None
    posted: Post | None


async def of_invitations(database: Database, due: Sequence[Due]) -> Mapping[int, InvitationSnapshot]:
    """The snapshots of the invitations that effects are about, by effect id."""
    ids = {one.invitation_id for one in due if one.invitation_id is not None}
    async with database.read() as session:
        invitations = await session.exec(select(Invitation).where(col(Invitation.id).in_(ids)))
        by_id = {invitation.id: invitation for invitation in invitations}
        batches = await _batches(session, {invitation.batch_id for invitation in by_id.values()})
        joins = await _last_joins(session, ids)
        posts = list(await session.exec(select(Post).where(col(Post.invitation_id).in_(ids)).order_by(col(Post.ts))))
    return {
        one.id: InvitationSnapshot(
            invitation,
            batches[invitation.batch_id],
            joins.get(invitation.id),
            [post for post in posts if post.invitation_id == invitation.id],
        )
        for one in due
        if (invitation := by_id.get(one.invitation_id or "")) and invitation.team_id == one.workspace.team_id
    }


async def of_batches(database: Database, due: Sequence[Due]) -> Mapping[int, BatchSnapshot]:
    """The snapshots of the batches that effects are about, by effect id."""
    ids = {str(one.payload["batch"]) for one in due}
    async with database.read() as session:
        batches = await _batches(session, ids)
        invitations = list(
            await session.exec(
                select(Invitation)
                .where(col(Invitation.batch_id).in_(ids))
                .order_by(col(Invitation.position), col(Invitation.address_key))
            )
        )
        posts = list(await session.exec(select(Post).where(col(Post.batch_id).in_(ids))))
    return {
        one.id: BatchSnapshot(
            batch,
            [invitation for invitation in invitations if invitation.batch_id == batch.id],
            [post for post in posts if post.batch_id == batch.id],
        )
        for one in due
        if (batch := batches.get(str(one.payload["batch"]))) and batch.team_id == one.workspace.team_id
    }


async def of_notices(database: Database, due: Sequence[Due]) -> Mapping[int, NoticeSnapshot]:
    """The snapshots of the notices that effects are to post, by effect id."""
    async with database.read() as session:
        about = await _whom_about(session, due)
        batches = await _batches(session, {str(one.payload["batch"]) for one in due})
        wanted = {one for ids in about.values() for one in ids}
        found = await session.exec(
            select(Invitation)
            .where(col(Invitation.id).in_(wanted))
            .order_by(col(Invitation.position), col(Invitation.address_key))
        )
        invitations = list(found)
        joins = await _last_joins(session, {one.invitation_id for one in due if one.invitation_id is not None})
        keys = {one.key for one in due} | {overview_key(batch_id) for batch_id in batches}
        posts = {post.key: post for post in await session.exec(select(Post).where(col(Post.key).in_(keys)))}
    return {
        one.id: NoticeSnapshot(
            batch,
            [invitation for invitation in invitations if invitation.id in about[one.key]],
            joins.get(one.invitation_id or ""),
            posts.get(overview_key(batch.id)),
            posts.get(one.key),
        )
        for one in due
        if (batch := batches.get(str(one.payload["batch"]))) and batch.team_id == one.workspace.team_id
    }


async def _whom_about(session: AsyncSession, due: Sequence[Due]) -> Mapping[str, Collection[str]]:
    """The ids of the invitations that notices are about, by the key of the notice."""
    about: dict[str, set[str]] = {one.key: {one.invitation_id} if one.invitation_id else set() for one in due}
    news = select(News.notice, News.invitation_id).where(col(News.notice).in_(about))
    for key, invitation_id in await session.exec(news):
        about[key].add(invitation_id)
    return about


async def _batches(session: AsyncSession, ids: Collection[str]) -> Mapping[str, Batch]:
    found = await session.exec(select(Batch).where(col(Batch.id).in_(ids)))
    return {batch.id: batch for batch in found}


async def _last_joins(session: AsyncSession, ids: Collection[str]) -> Mapping[str, Join]:
    found = await session.exec(select(Join).where(col(Join.invitation_id).in_(ids)).order_by(col(Join.started_at)))
    return {join.invitation_id: join for join in found}
