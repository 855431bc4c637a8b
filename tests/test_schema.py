"""The database itself: up to date with the models, refusing what must not be."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from bot.audit import By, Deed, record
from bot.clock import ManualClock
from bot.database import Database
from bot.lifecycle import StatusMoved, change_status, deed
from models.audit import Action, AuditEntry, Source
from models.invitation import OPEN_STATUSES, TRANSITIONS, Invitation, InvitationStatus
from models.tables import metadata
from models.workspace import Workspace
from tests import rows

HERE = Workspace("T1")
SOMEBODY = By("U1", Source.COMMAND)


def invitation(clock: ManualClock, number: int = 1, **changes: Any) -> Invitation:
    return rows.invitation(clock.now(), id=f"i{number}", **{"address": "Ann@x.com", **changes})


async def test_the_tables_are_those_of_the_models(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
async def test_the_audit_table_only_grows(database: Database, statement: str) -> None:
    async with database.begin() as transaction:
        await record(transaction, HERE, SOMEBODY, [Deed(Action.DENIED, detail={"why": "NotAnAdmin"})])
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.engine.begin() as connection:
            await connection.execute(text(statement))
    async with database.read() as session:
        assert [entry.actor for entry in await session.exec(select(AuditEntry))] == ["U1"]


async def test_the_audit_table_is_not_emptied_either(database: Database) -> None:
    """PostgreSQL would do it without a look at the rows; SQLite does not know the word."""
    async with database.begin() as transaction:
        await record(transaction, HERE, SOMEBODY, [Deed(Action.DENIED)])
    with pytest.raises(DBAPIError, match=r"append-only|syntax error"):
        async with database.engine.begin() as connection:
            await connection.execute(text("TRUNCATE audit"))
    async with database.read() as session:
        assert len(list(await session.exec(select(AuditEntry)))) == 1


async def test_one_open_invitation_for_an_address(database: Database, clock: ManualClock) -> None:
    """Invariant 2, Q2: whatever the capitals; an ended one blocks nothing."""
    async with database.begin() as transaction:
        transaction.session.add(invitation(clock, 1, status=InvitationStatus.EXPIRED))
        transaction.session.add(invitation(clock, 2, address="ANN@x.com"))
    with pytest.raises(IntegrityError):
        async with database.begin() as transaction:
            transaction.session.add(invitation(clock, 3, team_id="T2", status=InvitationStatus.PENDING))
    async with database.begin() as transaction:
        transaction.session.add(invitation(clock, 4, organisation="globex"))


async def test_the_database_refuses_an_unknown_status(database: Database, clock: ManualClock) -> None:
    async with database.begin() as transaction:
        transaction.session.add(invitation(clock))
    with pytest.raises(IntegrityError):
        async with database.engine.begin() as connection:
            await connection.execute(text("UPDATE invitations SET status = 'maybe'"))


def test_every_open_status_leads_somewhere_and_an_ended_one_only_to_what_the_backend_says() -> None:
    for status, following in TRANSITIONS.items():
        if status in OPEN_STATUSES:
            assert following - OPEN_STATUSES
        else:
            assert following <= {InvitationStatus.JOINED}


async def test_a_status_changes_only_from_what_it_was_read_as(database: Database, clock: ManualClock) -> None:
    """Invariant 2: compare-and-set; the second of two at once is told to look again."""
    async with database.begin() as transaction:
        transaction.session.add(invitation(clock, status=InvitationStatus.PENDING))
    async with database.read() as session:
        seen = (await session.exec(select(Invitation))).one()
    async with database.begin() as transaction:
        declined = await change_status(
            transaction, seen, InvitationStatus.DECLINED, SOMEBODY, deed(Action.DECLINED, seen)
        )
    assert (declined.status, declined.version, declined.ended_at) == (InvitationStatus.DECLINED, 1, clock.now())
    seen.status = InvitationStatus.PENDING
    with pytest.raises(StatusMoved):
        async with database.begin() as transaction:
            await change_status(transaction, seen, InvitationStatus.REVOKED, SOMEBODY, deed(Action.REVOKED, seen))
    with pytest.raises(ValueError, match="does not go from declined to pending"):
        async with database.begin() as transaction:
            await change_status(transaction, declined, InvitationStatus.PENDING, SOMEBODY, deed(Action.INVITED, seen))


async def test_readers_of_sqlite_cannot_write(database: Database, clock: ManualClock) -> None:
    if not database.is_sqlite:
        return
    with pytest.raises(DBAPIError, match="readonly"):
        async with database.read() as session:
            session.add(invitation(clock))
            await session.flush()
