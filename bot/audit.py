"""Who did what to which invitation, when, from where; refusals too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, or_
from sqlmodel import col, select

from bot.database import Database, Transaction
from models.audit import Action, AuditEntry, Source
from models.invitation import Invitation, address_key
from models.workspace import Workspace

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and from where: a Slack user id or `SYSTEM`, and the surface."""

    actor: str
    source: Source


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to record. `detail` holds reasons and ids, never an address, an amount or somebody's words."""

    action: Action
    invitation_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


async def record(transaction: Transaction, workspace: Workspace, by: By, deeds: Sequence[Deed]) -> None:
    """Write to the audit table, in the transaction of what is recorded."""
    if not deeds:
        return
    rows = [
        {
            "team_id": workspace.team_id,
            "enterprise_id": workspace.enterprise_id,
            "at": transaction.now,
            "actor": by.actor,
            "source": by.source,
            "action": deed.action,
            "invitation_id": deed.invitation_id,
            "detail": deed.detail,
        }
        for deed in deeds
    ]
    await transaction.session.exec(insert(AuditEntry), params=rows)


async def history(database: Database, invitation: str) -> Sequence[AuditEntry]:
    """Everything recorded of an invitation, oldest first; for the operator, who sees all workspaces.

    Args:
        invitation: its id, or the address of the invitations that are meant.
    """
    of_address = select(Invitation.id).where(Invitation.address_key == address_key(invitation))
    query = (
        select(AuditEntry)
        .where(or_(col(AuditEntry.invitation_id) == invitation, col(AuditEntry.invitation_id).in_(of_address)))
        .order_by(col(AuditEntry.id))
    )
    async with database.read() as session:
        return list(await session.exec(query))


async def denials(database: Database) -> Sequence[AuditEntry]:
    """Every time somebody was refused, oldest first; most of them are about no invitation. For the operator."""
    query = select(AuditEntry).where(AuditEntry.action == Action.DENIED).order_by(col(AuditEntry.id))
    async with database.read() as session:
        return list(await session.exec(query))


def line(entry: AuditEntry) -> dict[str, Any]:
    """One entry as the operator reads it."""
    return {
        "at": entry.at.isoformat(),
        "invitation": entry.invitation_id,
        "action": entry.action,
        "actor": entry.actor,
        "source": entry.source,
        "detail": entry.detail,
    }
