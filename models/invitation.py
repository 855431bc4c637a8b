"""An invitation: one address, one organisation account, one life."""

from datetime import datetime
from enum import StrEnum, auto

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from models.columns import enum_column


class Licence(StrEnum):
    """What a member may use. `LICENSED` takes a seat, `BASIC` does not."""

    BASIC = auto()
    LICENSED = auto()
    NONE = auto()


class InvitationStatus(StrEnum):
    """Where an invitation is in its life; see `Invitation`."""

    SCHEDULED = auto()
    PENDING = auto()
    ACCEPTING = auto()
    JOINED = auto()
    DECLINED = auto()
    REVOKED = auto()
    EXPIRED = auto()
    UNDELIVERABLE = auto()


# The one definition of "still open" (design.md, invariant 2), and the same for the database. It is spelled out there,
# because neither database uses a partial index for a condition with a parameter in it.
OPEN_STATUSES = frozenset({InvitationStatus.SCHEDULED, InvitationStatus.PENDING, InvitationStatus.ACCEPTING})
OPEN = text("status IN ('scheduled', 'pending', 'accepting')")

# What an admin can take back. Once the invitee has accepted, it is the account backend's turn.
REVOCABLE = frozenset({InvitationStatus.SCHEDULED, InvitationStatus.PENDING})

# Everything that can become of an invitation. Ended, it may still turn out to have been accepted in the backend before.
TRANSITIONS: dict[InvitationStatus, frozenset[InvitationStatus]] = {
    InvitationStatus.SCHEDULED: frozenset(
        {InvitationStatus.PENDING, InvitationStatus.REVOKED, InvitationStatus.UNDELIVERABLE}
    ),
    InvitationStatus.PENDING: frozenset(
        {
            InvitationStatus.ACCEPTING,
            InvitationStatus.JOINED,
            InvitationStatus.DECLINED,
            InvitationStatus.REVOKED,
            InvitationStatus.EXPIRED,
            InvitationStatus.UNDELIVERABLE,
        }
    ),
    InvitationStatus.ACCEPTING: frozenset(
        {
            InvitationStatus.JOINED,
            InvitationStatus.PENDING,
            InvitationStatus.DECLINED,
            InvitationStatus.REVOKED,
            InvitationStatus.EXPIRED,
        }
    ),
    InvitationStatus.JOINED: frozenset(),
    InvitationStatus.DECLINED: frozenset({InvitationStatus.JOINED}),
    InvitationStatus.REVOKED: frozenset({InvitationStatus.JOINED}),
    InvitationStatus.EXPIRED: frozenset({InvitationStatus.JOINED}),
    InvitationStatus.UNDELIVERABLE: frozenset(),
}


class Reach(StrEnum):
    """Whether the bot can speak to the invitee in Slack."""

    UNKNOWN = auto()
    REACHED = auto()
    NOT_IN_SLACK = auto()
    DEACTIVATED = auto()
    GUEST = auto()
    # Here through a shared channel only: a member of another workspace.
    STRANGER = auto()
    # Slack does not know yet that the address is theirs.
    UNCONFIRMED = auto()
    # Slack knows them, but the message about the invitation did not get through for good.
    FAILED = auto()


class Invitation(SQLModel, table=True):
    """One address invited into one organisation account.

    Life: `scheduled` when an admin has sent it; `pending` once the account backend knows it and the invitee may
    answer; `accepting` from the invitee's acceptance until the join is done, or back to `pending` when the
    figure or the facts changed under it; `joined` at the end. It ends without a join as `declined` (by the invitee,
    with a reason if they gave one), `revoked` (by an admin), `expired` (by the clock) or `undeliverable` (the
    backend refused it, or its mail came back). From `accepting` it ends so only if the backend says that it had ended
    there before; and whatever it is here, it becomes `joined` if the backend says that it was accepted there.
    Ended invitations stay, with the reason, and never block a new one.

    Attributes:
        address: as it was entered; `address_key` is the same in lower case, and what is unique.
        inviter: the Slack user id of the admin who sent it.
        invitee: the Slack user id of the person it is for, bound once and never looked up again.
        backend_id: the account backend's id of it, from `pending` on.
        position: where among those of its batch it was entered, from 0.
        end_reason: why it ended: the invitee's words for `declined`, an error code for `undeliverable`.
        sendings: how often it was sent: once, and once more for each time an admin sent it again.
        version: counts its changes of status.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        Index(
            "one_open_invitation",
            "organisation",
            "address_key",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("invitations_of_team", "team_id", "status", "created_at"),
        Index("invitations_by_address", "team_id", "address_key", "created_at"),
        Index("invitations_of_invitee", "team_id", "invitee", "status"),
        Index("invitations_of_batch", "batch_id"),
    )

    id: str = Field(primary_key=True)
    team_id: str
    enterprise_id: str | None = None
    batch_id: str
    # A default of the database's own: rows are written without it, by whatever knows nothing of an order.
    position: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    organisation: str
    address: str
    address_key: str
    name: str | None = None
    licence: Licence = Field(sa_type=enum_column(Licence))
    note: str | None = None
    inviter: str
    invitee: str | None = None
    reach: Reach = Field(default=Reach.UNKNOWN, sa_type=enum_column(Reach))
    status: InvitationStatus = Field(
        default=InvitationStatus.SCHEDULED,
        sa_type=enum_column(InvitationStatus),
    )
    end_reason: str | None = None
    backend_id: str | None = None
    created_at: datetime
    pending_at: datetime | None = None
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    sendings: int = 1
    reminders_sent: int = 0
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it still waits for something to happen."""
        return self.status in OPEN_STATUSES


def address_key(address: str) -> str:
    """What makes two spellings of an address the same: capitals do not count, and nothing else is taken for equal."""
    return address.strip().lower()
