"""An effect: a row that says what to do, when (design.md, invariants 1 and 3)."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from models.columns import DOCUMENT, IDENTITY, enum_column


class EffectStatus(StrEnum):
    """How far an effect is; see `Effect`."""

    WAITING = auto()
    DONE = auto()
    CANCELLED = auto()
    GIVEN_UP = auto()


class EffectKind(StrEnum):
    """Everything that can be put off until after the transaction."""

    # Told to the account backend
    INVITE = auto()
    RESEND = auto()
    REVOKE = auto()
    DECLINE = auto()
    JOIN = auto()
    FOLLOW = auto()
    # Brought by the clock
    REMIND = auto()
    EXPIRE = auto()
    # Said in Slack
    FIND_INVITEE = auto()
    DELIVER = auto()
    REFRESH = auto()
    SHOW_BATCH = auto()
    SHOW_CHANNEL = auto()
    SHOW_HOME = auto()
    SHOW_OUTCOME = auto()
    NOTICE = auto()
    TELL_EXPIRED = auto()


# Spelled out, because neither database uses a partial index for a condition with a parameter in it.
WAITING = text("status = 'waiting'")


class Effect(SQLModel, table=True):
    """Something to be done at or after `due_at`, at least once.

    Life: `waiting` until it has been `done`, until it was `cancelled` because it no longer matters (an answer
    cancels the reminders), or until it was `given_up` after too many attempts. While a worker runs it, it is still
    `waiting`, with a lease: if that worker dies, the lease ends and another takes over.

    Attributes:
        key: what it is about. Only one effect with a key waits at a time; asking again while it waits or runs makes
            it run (again), with the newer payload.
        attempts: how often a worker has taken it since it last succeeded; counted before it runs.
        faults: how many of them ended in a fault of ours or in the death of the process, not in trouble outside.
        asked_at: when it was last asked for; trouble outside is waited out from then on.
        generation: how often it was asked for again while it waited; a run completes only the generation it took.
    """

    __tablename__ = "effects"
    __table_args__ = (
        Index(
            "effects_due",
            "due_at",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index(
            "one_waiting_effect",
            "key",
            unique=True,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index(
            "effects_waiting_for_invitation",
            "invitation_id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index("effects_finished", "finished_at"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=IDENTITY)
    team_id: str
    enterprise_id: str | None = None
    kind: EffectKind = Field(sa_type=enum_column(EffectKind, closed=False))
    key: str
    invitation_id: str | None = None
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=DOCUMENT)
    due_at: datetime
    status: EffectStatus = Field(default=EffectStatus.WAITING, sa_type=enum_column(EffectStatus))
    attempts: int = 0
    faults: int = 0
    generation: int = 0
    leased_until: datetime | None = None
    lease_holder: str | None = None
    last_error: str | None = None
    created_at: datetime
    asked_at: datetime
    finished_at: datetime | None = None
