"""A batch: the people one admin invites in one go."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from sqlmodel import Field, SQLModel

from models.columns import DOCUMENT, enum_column
from models.invitation import Licence


class BatchStatus(StrEnum):
    """How far a batch is; see `Batch`."""

    DRAFT = auto()
    SENT = auto()


class Batch(SQLModel, table=True):
    """What one admin entered in the invitation form, and what the account backend said of each person.

    Life: `draft` from the preview; `sent` once the admin has pressed Send, which writes the invitations. A draft
    that is never sent is pruned. The modal carries only the id of this row.

    Attributes:
        organisation_name / plan_name: as they were when the batch was made, for the messages.
        entered: the addresses as they were typed, for going back.
        inviter: the Slack user id; `inviter_email` is who they are in the account backend.
        entries: the people of the preview, as `bot.preview` wrote them.
    """

    __tablename__ = "batches"

    id: str = Field(primary_key=True)
    team_id: str
    enterprise_id: str | None = None
    organisation: str
    organisation_name: str
    plan_name: str
    inviter: str = Field(index=True)
    inviter_email: str
    licence: Licence = Field(sa_type=enum_column(Licence))
    note: str | None = None
    entered: str
    entries: list[dict[str, Any]] = Field(default_factory=list, sa_type=DOCUMENT)
    status: BatchStatus = Field(default=BatchStatus.DRAFT, sa_type=enum_column(BatchStatus))
    created_at: datetime
    sent_at: datetime | None = None
