"""What people are shown of invitations, as values: the people of a draft, what was sent, what waits. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from models.batch import Batch
from models.invitation import Invitation, InvitationStatus, Licence, Reach

# More people than that are invited in several goes.
MOST_AT_ONCE = 1000


class Kind(StrEnum):
    """What somebody is, seen from the organisation account (S02); and what is wrong with an entry."""

    NEW = auto()
    INDIVIDUAL_FREE = auto()
    INDIVIDUAL_PAID = auto()
    OWNER_WITH_CO_USERS = auto()
    CO_USER = auto()
    UNKNOWN_HOME = auto()
    ALREADY_MEMBER = auto()
    ALREADY_INVITED = auto()
    OTHER_ORGANISATION = auto()
    NOT_DELIVERABLE = auto()
    DUPLICATE = auto()
    UNREADABLE = auto()
    NO_ADDRESS_IN_SLACK = auto()
    NOT_A_PERSON = auto()
    SLACK_SILENT = auto()
    NOT_CHECKED = auto()


INVITED = frozenset(
    {
        Kind.NEW,
        Kind.INDIVIDUAL_FREE,
        Kind.INDIVIDUAL_PAID,
        Kind.OWNER_WITH_CO_USERS,
        Kind.CO_USER,
        Kind.UNKNOWN_HOME,
    }
)
# Those who pay for something, and lose it by joining as Basic (S16, F11).
PAYING = frozenset({Kind.INDIVIDUAL_PAID, Kind.OWNER_WITH_CO_USERS, Kind.CO_USER})


@dataclass(frozen=True, slots=True)
class Entrant:
    """One person of the preview.

    Attributes:
        shown: the address, or what was typed where there is none.
        slack_user: who was mentioned, so that the invitation is bound to exactly them.
        account: the id of the account they are on, where that is known.
        owner: who owns that account, where it is not they and that person was entered as well.
        by_mail_only: known not to be somebody whom the bot can write to in Slack.
        co_users / external_co_users: who comes along with the owner of an account (S30).
    """

    shown: str
    kind: Kind
    address: str | None = None
    name: str | None = None
    slack_user: str | None = None
    co_users: int = 0
    external_co_users: int = 0
    account: str | None = None
    owner: str | None = None
    by_mail_only: bool = False

    @property
    def is_invited(self) -> bool:
        """Whether Send would invite them."""
        return self.kind in INVITED

    def to_json(self) -> dict[str, Any]:
        """As it is kept in the draft."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Entrant":
        """From the draft."""
        return cls(**{**stored, "kind": Kind(stored["kind"])})


def seats_needed(entrants: Sequence[Entrant], licence: Licence) -> int:
    """Seats that the invitations would take, each person once (F16). Co-users come in as Basic."""
    return sum(entrant.is_invited for entrant in entrants) if licence is Licence.LICENSED else 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be sent, for the admin to look at.

    Attributes:
        seats_left: seats of the licence that invitations can still take, `None` where none are counted.
    """

    batch: Batch
    entrants: Sequence[Entrant]
    seats_left: int | None

    @property
    def invited(self) -> Sequence[Entrant]:
        """Those whom Send would invite."""
        return [entrant for entrant in self.entrants if entrant.is_invited]

    @property
    def seats_needed(self) -> int:
        """Seats they would take."""
        return seats_needed(self.entrants, self.batch.licence)

    @property
    def may_be_sent(self) -> bool:
        """Whether there is anybody to invite, and a seat for each."""
        enough = self.seats_left is None or self.seats_needed <= self.seats_left
        return bool(self.invited) and enough


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a batch when it was sent.

    Attributes:
        invited: how many invitations were written.
        overtaken: addresses that somebody else had invited in the meantime.
        again: it had been sent before, and nothing was written now.
    """

    batch: Batch
    invited: int
    overtaken: Sequence[str] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the list of open invitations."""

    invitation_id: str
    address: str
    name: str | None
    status: InvitationStatus
    reach: Reach
    created_at: datetime
    expires_at: datetime | None
    reminders_sent: int


@dataclass(frozen=True, slots=True)
class WaitingList:
    """The open invitations that have waited longest, and how many there are in all."""

    organisation: str
    lines: Sequence[Waiting]
    total: int


class Resent(StrEnum):
    """What sending again came to."""

    SENT_AGAIN = auto()
    INVITED_AGAIN = auto()
    JOIN_RESUMED = auto()


@dataclass(frozen=True, slots=True)
class Mine:
    """An invitation, for the person it is for."""

    invitation: Invitation
    organisation_name: str
