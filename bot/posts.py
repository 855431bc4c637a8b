"""Posts: where our messages in Slack stand, and since when one may stand there without our knowing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.database import Database, Transaction, insert_into
from bot.effects import Due
from models.effect import Effect
from models.post import Audience, Post
from models.workspace import Workspace

# Slack's message event type of ours (https://docs.slack.dev/messaging/message-metadata).
EVENT_TYPE = "invitebot_post"
# Slack's clock and ours may differ by so much, and nothing of ours is missed.
CLOCK_SKEW = timedelta(minutes=10)


def overview_key(batch_id: str) -> str:
    """The key of a batch's overview for its inviter."""
    return f"batch:{batch_id}"


def metadata(key: str) -> dict[str, Any]:
    """The key of a post as it travels with the message, where the bot finds it again."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def key_of(message: Mapping[str, Any]) -> str | None:
    """The key of a message that Slack shows us; `None` for what is not ours."""
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    key = payload.get("key")
    return str(key) if key is not None else None


async def possible_since(database: Database, due: Due) -> datetime:
    """From when on (UTC, by Slack's clock) an earlier attempt of this effect may have posted its message."""
    async with database.read() as session:
        effect = await session.get_one(Effect, due.id)
    return effect.created_at - CLOCK_SKEW


async def is_posted(transaction: Transaction, key: str) -> bool:
    """Whether a message with that key has been posted."""
    return await transaction.session.get(Post, key) is not None


async def remember(
    transaction: Transaction,
    workspace: Workspace,
    key: str,
    place: tuple[str, str],
    audience: Audience,
    *,
    invitation_id: str | None = None,
    batch_id: str | None = None,
) -> None:
    """Keep where a message stands; where it was posted anew, the new place.

    Args:
        place: channel id and ts.
    """
    channel, ts = place
    moved = {"channel": channel, "ts": ts, "posted_at": transaction.now}
    row = {
        "key": key,
        "team_id": workspace.team_id,
        "enterprise_id": workspace.enterprise_id,
        "audience": audience,
        "invitation_id": invitation_id,
        "batch_id": batch_id,
        **moved,
    }
    insert = insert_into(transaction.session, Post).values(row)
    await transaction.session.exec(insert.on_conflict_do_update(index_elements=["key"], set_=moved))
