"""A briefing that was shown: what an invitee had before them when they answered."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.columns import DOCUMENT


class ShownBriefing(SQLModel, table=True):
    """What one invitee was shown, so that an acceptance is held against exactly that (R15).

    The modal carries only the id of this row. A briefing is never changed; looking again makes a new one.

    Attributes:
        quote_id: the account backend's id of the quote, `None` where nothing is paid back.
        facts: the facts it was made of, as `bot.briefing` wrote them.
    """

    __tablename__ = "briefings"

    id: str = Field(primary_key=True)
    team_id: str
    enterprise_id: str | None = None
    invitation_id: str = Field(foreign_key="invitations.id", index=True)
    reader: str
    quote_id: str | None = None
    facts: dict[str, Any] = Field(sa_type=DOCUMENT)
    shown_at: datetime
