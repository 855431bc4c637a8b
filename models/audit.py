"""The audit table: who did what to which invitation, when, from where. Rows are only ever added."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.columns import DOCUMENT, IDENTITY, enum_column


class Source(StrEnum):
    """Where something came from."""

    COMMAND = auto()
    SHORTCUT = auto()
    MODAL = auto()
    BUTTON = auto()
    HOME = auto()
    CLOCK = auto()
    BACKEND = auto()


class Action(StrEnum):
    """What was done, or refused."""

    DENIED = auto()
    SENT = auto()
    INVITED = auto()
    REFUSED_BY_BACKEND = auto()
    OPENED = auto()
    ACCEPTED = auto()
    RETURNED = auto()
    JOINED = auto()
    DECLINED = auto()
    REVOKED = auto()
    RESENT = auto()
    REMINDED = auto()
    EXPIRED = auto()
    NOT_REACHED = auto()
    GAVE_UP = auto()


class AuditEntry(SQLModel, table=True):
    """One thing that somebody did. The database refuses to change or delete a row.

    Attributes:
        actor: a Slack user id, or `system`.
        detail: reasons and ids; never an address, an amount or what somebody wrote.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("audit_of_invitation", "invitation_id", "id"), Index("audit_of_team", "team_id", "id"))

    id: int | None = Field(default=None, primary_key=True, sa_type=IDENTITY)
    team_id: str
    enterprise_id: str | None = None
    at: datetime
    actor: str
    action: Action = Field(sa_type=enum_column(Action, closed=False))
    source: Source = Field(sa_type=enum_column(Source, closed=False))
    invitation_id: str | None = None
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=DOCUMENT)
