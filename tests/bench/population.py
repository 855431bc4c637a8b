"""What is in the database: open invitations with what belongs to them, and drafts. Written by the database itself."""

from datetime import datetime, timedelta

from bot.drafts import Entrant, Kind
from models.batch import Batch
from models.invitation import Licence
from tests.bench.slack import INVITER, INVITER_EMAIL, TEAM

ORGANISATION = "acme"
BATCH = 100
AGE = timedelta(days=3)
LIFE = timedelta(days=30)


def open_invitations(total: int, now: datetime, *, due: int) -> list[str]:
    """Statements that write invitations which wait for an answer, in batches of a hundred, by the id `md5('i' || n)`.

    Each has been delivered, is to expire, and is to be reminded; the oldest `due` of them a minute ago.
    """
    sent, reminded, expires = now - AGE, now + timedelta(days=1), now - AGE + LIFE
    return [
        _rows(
            "batches",
            -(-total // BATCH),
            id="md5('b' || n)",
            team_id=f"'{TEAM}'",
            organisation=f"'{ORGANISATION}'",
            organisation_name="'Acme Corp'",
            plan_name="'Business'",
            inviter=f"'{INVITER}'",
            inviter_email=f"'{INVITER_EMAIL}'",
            licence="'basic'",
            entered="''",
            entries="'[]'",
            status="'sent'",
            created_at=_instant(sent),
            sent_at=_instant(sent),
        ),
        _rows(
            "invitations",
            total,
            id="md5('i' || n)",
            team_id=f"'{TEAM}'",
            batch_id=f"md5('b' || (1 + (n - 1) / {BATCH}))",
            organisation=f"'{ORGANISATION}'",
            address="'Person' || n || '@acme.example'",
            address_key="'person' || n || '@acme.example'",
            name="'Person ' || n",
            licence="'basic'",
            inviter=f"'{INVITER}'",
            invitee="'U0' || n",
            reach="'reached'",
            status="'pending'",
            backend_id="'inv_' || n",
            created_at=_instant(sent),
            pending_at=_instant(sent),
            expires_at=_instant(expires),
            sendings="1",
            reminders_sent="0",
            version="1",
        ),
        _rows(
            "posts",
            total,
            key="'invitee:' || md5('i' || n) || ':1'",
            team_id=f"'{TEAM}'",
            audience="'invitee'",
            invitation_id="md5('i' || n)",
            channel="'D0' || n",
            ts="'1700000000.' || n",
            posted_at=_instant(sent),
        ),
        _effects("expire", 1, total, expires, sent),
        _effects("remind", 1, due, now - timedelta(minutes=1), sent),
        _effects("remind", due + 1, total, reminded, sent),
    ]


def make_reminders_due(number: int, now: datetime) -> str:
    """The statement that makes so many reminders due at once."""
    oldest = f"SELECT md5('i' || n) FROM ({_numbers(1, number)} SELECT n FROM numbers) AS oldest"  # noqa: S608 (ours)
    return f"UPDATE effects SET due_at = {_instant(now)} WHERE kind = 'remind' AND invitation_id IN ({oldest})"  # noqa: S608


def draft(number: int, name: str, now: datetime) -> Batch:
    """A draft with so many people who can be invited, to be sent by its id, which is `name`."""
    addresses = [f"{name}{each}@acme.example" for each in range(number)]
    return Batch(
        id=name,
        team_id=TEAM,
        organisation=ORGANISATION,
        organisation_name="Acme Corp",
        plan_name="Business",
        inviter=INVITER,
        inviter_email=INVITER_EMAIL,
        licence=Licence.BASIC,
        entered="\n".join(addresses),
        entries=[Entrant(address, Kind.NEW, address).to_json() for address in addresses],
        created_at=now,
    )


def _effects(kind: str, first: int, last: int, due_at: datetime, created_at: datetime) -> str:
    return _rows(
        "effects",
        last,
        first,
        team_id=f"'{TEAM}'",
        kind=f"'{kind}'",
        key=f"'{kind}:' || md5('i' || n)",
        invitation_id="md5('i' || n)",
        payload="'{}'",
        due_at=_instant(due_at),
        status="'waiting'",
        attempts="0",
        faults="0",
        generation="0",
        created_at=_instant(created_at),
        asked_at=_instant(created_at),
    )


def _rows(table: str, last: int, first: int = 1, **columns: str) -> str:
    """One INSERT of many rows: an expression for each column, in which `n` is the number of the row."""
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"{_numbers(first, last)} INSERT INTO {table} ({names}) SELECT {values} FROM numbers WHERE n <= {last}"  # noqa: S608


def _numbers(first: int, last: int) -> str:
    return f"WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})"  # noqa: S608


def _instant(at: datetime) -> str:
    return f"'{at:%Y-%m-%d %H:%M:%S.%f}'"
