"""Whom to tell: the effects that make messages follow a change of state. What they say is in `handlers`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from bot import home_tabs
from bot.database import Transaction, insert_into
from bot.effects import Wanted, enqueue
from models.effect import EffectKind
from models.invitation import Invitation
from models.post import News, Notice
from models.workspace import Workspace

# Overviews are put off for a moment, so that a hundred answers at once make one update and not a hundred.
OVERVIEW_PAUSE = timedelta(seconds=1)

# News of these kinds happens to many of a batch at once. What happens within a window becomes one message, posted when
# the window is over and everything in it has been written; what happens later becomes another, so that nobody has to
# find news in a message that they have read.
TOGETHER = frozenset(
    {
        Notice.NOT_REACHABLE,
        Notice.NOT_DELIVERED,
        Notice.NOT_REMINDED,
        Notice.NOT_TOLD_OF_EXPIRY,
        Notice.REFUSED,
        Notice.EXPIRED,
        Notice.GAVE_UP,
        Notice.NO_SEAT,
    }
)


@dataclass(frozen=True, slots=True)
class Window:
    """How long news is gathered, and how long after that everything in it has surely been written."""

    length: timedelta
    written_within: timedelta


WINDOW = Window(timedelta(seconds=20), timedelta(seconds=5))
# Somebody may be waiting for this. Where an owner brings many along, their answers are found within a moment.
SHORT_WINDOW = Window(timedelta(seconds=3), timedelta(seconds=1))


async def everyone(transaction: Transaction, invitation: Invitation) -> None:
    """Bring every message about an invitation up to date, and the Home tabs that show it."""
    refresh = Wanted(EffectKind.REFRESH, f"refresh:{invitation.id}", transaction.now, invitation.id)
    homes = await home_tabs.showing(transaction, invitation)
    await enqueue(transaction, _workspace(invitation), [refresh, *overviews(transaction, invitation.batch_id), *homes])


async def those_who_look(transaction: Transaction, invitation: Invitation) -> None:
    """The same but for the invitee's messages, when something has changed that these do not say."""
    homes = await home_tabs.showing(transaction, invitation)
    await enqueue(transaction, _workspace(invitation), [*overviews(transaction, invitation.batch_id), *homes])


async def everyone_if_changed(transaction: Transaction, invitation: Invitation) -> None:
    """Bring all up to date, if the invitation has changed its status since it was read, as while one was posted."""
    version = await transaction.session.exec(select(Invitation.version).where(col(Invitation.id) == invitation.id))
    if version.one() != invitation.version:
        await everyone(transaction, invitation)


def overviews(transaction: Transaction, batch_id: str) -> list[Wanted]:
    """The overviews of a batch: the inviter's message and the channel's."""
    soon = transaction.now + OVERVIEW_PAUSE
    return [
        Wanted(EffectKind.SHOW_BATCH, f"batch:{batch_id}", soon, payload={"batch": batch_id}),
        Wanted(EffectKind.SHOW_CHANNEL, f"channel:{batch_id}", soon, payload={"batch": batch_id}),
    ]


async def notify(transaction: Transaction, invitation: Invitation, notice: Notice) -> None:
    """Tell the inviter in a message of its own, once; together with others where many happen at once."""
    if notice in TOGETHER:
        await _notify_together(transaction, invitation, notice, WINDOW)
        return
    key = f"notice:{notice}:{invitation.id}"
    wanted = _notice(notice, key, transaction.now, invitation.batch_id, invitation.id)
    await enqueue(transaction, _workspace(invitation), [wanted])


async def answered_elsewhere(transaction: Transaction, invitation: Invitation, notice: Notice) -> None:
    """Tell the inviter of an answer that was not given here: of all at once whom an owner has brought along (S30)."""
    await _notify_together(transaction, invitation, notice, SHORT_WINDOW)


async def expired(transaction: Transaction, invitation: Invitation) -> None:
    """Tell the invitee, in a message of its own, that the time to answer is over (F5)."""
    tell = Wanted(EffectKind.TELL_EXPIRED, f"expired:{invitation.id}", transaction.now, invitation.id)
    await enqueue(transaction, _workspace(invitation), [tell])


async def channel_trouble(transaction: Transaction, workspace: Workspace, batch_id: str, why: str) -> None:
    """Tell the inviter that the channel cannot be kept up to date; `why` is Slack's code."""
    key = channel_trouble_key(batch_id)
    wanted = _notice(Notice.CHANNEL_TROUBLE, key, transaction.now, batch_id, why=why)
    await enqueue(transaction, workspace, [wanted])


def channel_trouble_key(batch_id: str) -> str:
    """The key of that notice: one for each batch."""
    return f"notice:{Notice.CHANNEL_TROUBLE}:{batch_id}"


async def outcome(transaction: Transaction, invitation: Invitation, join_id: str) -> None:
    """Tell the modal in which the invitee accepted how it went, if it is still open."""
    payload = {"join": join_id}
    wanted = Wanted(EffectKind.SHOW_OUTCOME, f"outcome:{join_id}", transaction.now, invitation.id, payload)
    await enqueue(transaction, _workspace(invitation), [wanted])


async def _notify_together(transaction: Transaction, invitation: Invitation, notice: Notice, window: Window) -> None:
    seconds = window.length.total_seconds()
    number = int(transaction.now.timestamp() // seconds)
    closes_at = datetime.fromtimestamp((number + 1) * seconds, UTC)
    key = f"notice:{notice}:{invitation.batch_id}:{number}"
    await _add_news(transaction, invitation, key)
    wanted = _notice(notice, key, closes_at + window.written_within, invitation.batch_id)
    await enqueue(transaction, _workspace(invitation), [wanted])


def _notice(
    notice: Notice, key: str, at: datetime, batch_id: str, invitation_id: str | None = None, **more: Any
) -> Wanted:
    return Wanted(EffectKind.NOTICE, key, at, invitation_id, {"notice": notice, "batch": batch_id, **more})


async def _add_news(transaction: Transaction, invitation: Invitation, key: str) -> None:
    row = {
        "notice": key,
        "invitation_id": invitation.id,
        "team_id": invitation.team_id,
        "enterprise_id": invitation.enterprise_id,
        "happened_at": transaction.now,
    }
    await transaction.session.exec(insert_into(transaction.session, News).values(row).on_conflict_do_nothing())


def _workspace(invitation: Invitation) -> Workspace:
    return Workspace(invitation.team_id, invitation.enterprise_id)
