"""A post: one Slack message of ours, and where it stands."""

from datetime import datetime
from enum import StrEnum, auto

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.columns import enum_column


class Audience(StrEnum):
    """Who a post is for."""

    INVITEE = auto()
    INVITER = auto()
    CHANNEL = auto()


class Notice(StrEnum):
    """A message of its own to an inviter, who should look up from what they are doing."""

    NOT_REACHABLE = auto()
    NOT_DELIVERED = auto()
    NOT_REMINDED = auto()
    NOT_TOLD_OF_EXPIRY = auto()
    REFUSED = auto()
    EXPIRED = auto()
    GAVE_UP = auto()
    NO_SEAT = auto()
    JOINED = auto()
    CREDITED = auto()
    DECLINED = auto()
    CHANNEL_TROUBLE = auto()


class Post(SQLModel, table=True):
    """A message that was posted, so that saying the same thing again becomes an update (invariant 3).

    Attributes:
        key: what the message is; the same key is never posted twice. It travels in the message's metadata, so that
            a message whose answer was lost can be found again.
        channel: where it stands. For a direct message the D id, which `chat.update` needs (slack.md, 2.3).
    """

    __tablename__ = "posts"
    __table_args__ = (Index("posts_of_invitation", "invitation_id"), Index("posts_of_batch", "batch_id"))

    key: str = Field(primary_key=True)
    team_id: str
    enterprise_id: str | None = None
    audience: Audience = Field(sa_type=enum_column(Audience))
    invitation_id: str | None = None
    batch_id: str | None = None
    channel: str
    ts: str
    posted_at: datetime


class News(SQLModel, table=True):
    """Something about one invitation that its inviter should hear; what happens close together becomes one message.

    Attributes:
        notice: the key of the message that tells it, and of the effect that posts that message.
        invitation_id: whom it is about.
    """

    __tablename__ = "news"
    __table_args__ = (Index("news_by_age", "happened_at"),)

    notice: str = Field(primary_key=True)
    invitation_id: str = Field(primary_key=True)
    team_id: str
    enterprise_id: str | None = None
    happened_at: datetime
