"""A Home tab: that somebody has opened theirs, so that it can be kept up to date."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class HomeTab(SQLModel, table=True):
    """One person's Home tab of the app, from when they first opened it; pruned when they have long not looked.

    Attributes:
        lists_invitations: whether it showed the open invitations, as it does to those who may invite.
        opened_at: when they last opened it.
    """

    __tablename__ = "home_tabs"

    team_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    enterprise_id: str | None = None
    lists_invitations: bool
    opened_at: datetime
