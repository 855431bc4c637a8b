"""A join: the steps that carry an acceptance out."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from sqlmodel import Field, SQLModel

from models.columns import DOCUMENT, enum_column


class SettlementKind(StrEnum):
    """Refund or credit; exactly one for each invitation (R11). `NONE` where nothing is paid back (R9)."""

    REFUND = auto()
    CREDIT = auto()
    NONE = auto()


class JoinStatus(StrEnum):
    """How a join stands; see `Join`."""

    RUNNING = auto()
    RETURNED = auto()
    DONE = auto()


class Step(StrEnum):
    """The steps of a join, in order."""

    CHECK = auto()
    ACCEPT = auto()
    FOLLOW = auto()
    SETTLE = auto()


class Join(SQLModel, table=True):
    """What became of one acceptance.

    Life: `running` from the invitee's acceptance; `returned` when the invitation went back to the invitee because
    the figure changed, an obstacle appeared or the backend refused (`failure` says which); `done` once the person
    has joined. An invitation may have several returned joins, one after the other, and one that is done.

    The idempotency key of every backend call is this id and the step's name. It does not hold the choice, so a
    refund and a credit cannot both pass (R16).

    Attributes:
        briefing_id: what the invitee had seen and agreed to.
        had_account: whether the invitee had an account before; whoever had none signs in for the first time now.
        view_id: the modal that shows "working" and is told how it ended, while it is still open.
        outcome: the settlement as the backend reported it, for showing.
    """

    __tablename__ = "joins"

    id: str = Field(primary_key=True)
    team_id: str
    enterprise_id: str | None = None
    invitation_id: str = Field(foreign_key="invitations.id", index=True)
    briefing_id: str = Field(foreign_key="briefings.id")
    settlement: SettlementKind = Field(sa_type=enum_column(SettlementKind))
    had_account: bool = True
    acknowledged: list[str] = Field(default_factory=list, sa_type=DOCUMENT)
    status: JoinStatus = Field(
        default=JoinStatus.RUNNING,
        sa_type=enum_column(JoinStatus),
    )
    failure: str | None = None
    view_id: str | None = None
    outcome: dict[str, Any] | None = Field(default=None, sa_type=DOCUMENT)
    started_at: datetime
    finished_at: datetime | None = None


class JoinStep(SQLModel, table=True):
    """One step of a join that has been done; written in the same transaction as what follows from it."""

    __tablename__ = "join_steps"

    join_id: str = Field(primary_key=True, foreign_key="joins.id")
    step: Step = Field(primary_key=True, sa_type=enum_column(Step))
    team_id: str
    enterprise_id: str | None = None
    idempotency_key: str
    result: dict[str, Any] = Field(default_factory=dict, sa_type=DOCUMENT)
    done_at: datetime
