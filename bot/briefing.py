"""Facts about one person -> what they must know before they answer: obstacles, ticks, choices. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from pydantic import TypeAdapter

from bot.accounts.acknowledgements import required_acknowledgements
from bot.accounts.values import Account, Balance, Blocker, Capability, Home, Impact, Member, Person, Quote
from models.invitation import Licence
from models.join import SettlementKind


@dataclass(frozen=True, slots=True)
class ManualStep:
    """Something the account backend cannot tell or do, and what the person does instead (invariant 12)."""

    capability: str
    step: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the account backend says about one invitee and the account they are invited to.

    Attributes:
        quote: `None` where nothing is paid back, or where an obstacle stands in the way of knowing.
        co_users: everybody else on the account the person owns, who would come along (S30).
        impact: `None` for somebody without an account, who has nothing to lose.
        manual_steps: what the backend could not be asked.
    """

    organisation: Account
    person: Person
    licence: Licence
    quote: Quote | None = None
    balance: Balance | None = None
    blockers: tuple[Blocker, ...] = ()
    impact: Impact | None = None
    co_users: tuple[Member, ...] = ()
    manual_steps: tuple[ManualStep, ...] = ()

    def by_hand(self, capability: Capability) -> str | None:
        """What a person does because the backend cannot; `None` where it can."""
        return next((step.step for step in self.manual_steps if step.capability == capability), None)

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the briefing that was shown."""
        stored: dict[str, Any] = _FACTS.dump_python(self, mode="json")
        return stored

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Facts":
        """From the briefing that was shown."""
        return _FACTS.validate_python(stored)


_FACTS = TypeAdapter(Facts)


class Situation(StrEnum):
    """What somebody gives up by joining, which decides what is said about money (S04, S24)."""

    NO_ACCOUNT = auto()
    FREE = auto()
    PAID_OWNER = auto()
    PAID_NOT_OWNER = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Briefing:
    """What one invitee must know before answering.

    Attributes:
        obstacles: what must be out of the way before they can accept.
        choices: the ways of paying back to choose from, refund first; empty where there is nothing to choose.
        ticks: the codes of the consequences to tick, in the order of showing.
    """

    facts: Facts
    situation: Situation
    obstacles: tuple[Blocker, ...]
    choices: tuple[SettlementKind, ...]
    ticks: tuple[str, ...]

    @property
    def may_accept(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.obstacles

    def has_expired(self, now: datetime) -> bool:
        """Whether its quote no longer holds (R15)."""
        return self.facts.quote is not None and now >= self.facts.quote.valid_until


def brief(facts: Facts) -> Briefing:
    """The briefing that follows from the facts."""
    obstacles = tuple(blocker for blocker in facts.blockers if blocker.hard)
    return Briefing(
        facts=facts,
        situation=_situation(facts.person),
        obstacles=obstacles,
        choices=() if obstacles else _choices(facts.quote),
        ticks=() if obstacles else required_acknowledgements(facts.blockers, facts.impact),
    )


def _situation(person: Person) -> Situation:
    """From the account they are on: once invited, the backend says of everybody that they are pending here."""
    if person.home is Home.UNKNOWN:
        return Situation.UNKNOWN
    if person.account is None:
        return Situation.NO_ACCOUNT
    if person.paid is None:
        return Situation.UNKNOWN
    if not person.paid:
        return Situation.FREE
    return Situation.PAID_OWNER if person.owns_account else Situation.PAID_NOT_OWNER


def _choices(quote: Quote | None) -> tuple[SettlementKind, ...]:
    if quote is None:
        return ()
    return tuple(kind for kind in (SettlementKind.REFUND, SettlementKind.CREDIT) if kind in quote.options)
