"""People in Slack: who somebody is, and who has an address. A cache, never the last word for a write."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.clock import Clock
from bot.slack.client import Payload
from models.invitation import address_key

log = structlog.get_logger()

# slack.md, section 4: no cached value older than five minutes, none at all for a write.
FRESH = timedelta(minutes=5)
MOST_REMEMBERED = 20_000
# Up to so many addresses are asked for one by one.
MOST_LOOKUPS = 20
# Slack answers 20 pages a minute, and 50 lookups (slack.md, 2.3): a page takes as long as two and a half lookups.
LOOKUPS_PER_PAGE = 2.5
MOST_PAGES = 100
# What single lookups found out before Slack asked for a pause is kept so long for the next attempt.
CUT_SHORT = timedelta(minutes=15)


class Members(Protocol):
    """What Slack tells of the members of a workspace; see `SlackClient`."""

    async def user(self, user_id: str) -> Payload:
        """One member by id."""
        ...

    async def user_by_email(self, email: str) -> Payload | None:
        """The member with an address, `None` if there is none."""
        ...

    async def users_page(self, cursor: str | None) -> tuple[Sequence[Payload], str | None]:
        """Some members, and the cursor of the next page."""
        ...


@dataclass(frozen=True, slots=True)
class SlackPerson:
    """Somebody in Slack.

    Attributes:
        email: the profile address; `None` where the scope is missing or Slack does not tell.
        zone / locale: as the person has set them; `None` where Slack does not tell.
        active: a person of flesh and blood with a working Slack account: no bot, not deactivated.
        guest: sees only some channels.
        confirmed: whether the person has confirmed the address; taken for granted where Slack does not tell.
    """

    id: str
    team_id: str | None
    name: str
    email: str | None
    zone: str | None
    locale: str | None
    active: bool
    guest: bool
    deactivated: bool = False
    confirmed: bool = True


def read_person(user: Payload) -> SlackPerson:
    """A user object of Slack's (https://docs.slack.dev/reference/objects/user-object) as a `SlackPerson`."""
    profile = user.get("profile") or {}
    is_bot = bool(user.get("is_bot")) or user.get("id") == "USLACKBOT"
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"), user.get("name"))
    return SlackPerson(
        id=str(user["id"]),
        team_id=user.get("team_id"),
        name=next((name for name in names if name), str(user["id"])),
        email=profile.get("email") or None,
        zone=user.get("tz") or None,
        locale=user.get("locale") or None,
        active=not is_bot and not user.get("deleted"),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        deactivated=bool(user.get("deleted")),
        confirmed=user.get("is_email_confirmed") is not False,
    )


@dataclass
class MemberList:
    """The list of members, read page by page as far as it was needed; where Slack asked for a pause, it is read on.

    Attributes:
        began_at: when its first page was asked for.
        people: who has been read, by `address_key`; somebody active before somebody deactivated.
    """

    began_at: datetime
    cursor: str | None = None
    pages: int = 0
    is_complete: bool = False
    people: dict[str, SlackPerson] = field(default_factory=dict)

    def add(self, page: Iterable[SlackPerson], cursor: str | None) -> None:
        """Take one more page in; without a cursor it was the last."""
        for person in page:
            key = address_key(person.email or "")
            if not (person.deactivated and key in self.people):
                self.people[key] = person
        self.pages += 1
        self.cursor = cursor
        self.is_complete = cursor is None


class Directory:
    """Looks people up in Slack and remembers them for a while."""

    def __init__(self, slack: Members, clock: Clock) -> None:
        self._slack = slack
        self._clock = clock
        self._known: dict[str, tuple[datetime, SlackPerson]] = {}
        self._searching = asyncio.Lock()
        self._members = MemberList(clock.now())
        self._looked_up: dict[str, tuple[datetime, SlackPerson | None]] = {}

    async def person(self, user_id: str, *, fresh: bool = False) -> SlackPerson:
        """One person by id; `fresh` asks Slack whatever is remembered.

        Raises:
            SlackError: Slack does not know them, or could not be asked.
        """
        now = self._clock.now()
        known = self._known.get(user_id)
        if known and not fresh and now - known[0] < FRESH:
            return known[1]
        return self._remember(await self._slack.user(user_id))

    def remembered(self, user_id: str) -> SlackPerson | None:
        """One person without asking Slack, however old the memory."""
        known = self._known.get(user_id)
        return known[1] if known else None

    def remembered_with(self, addresses: Iterable[str]) -> Mapping[str, SlackPerson]:
        """Who is known to have some addresses, by `address_key`, without asking Slack; most may well be left out."""
        wanted, oldest = set(map(address_key, addresses)), self._clock.now() - FRESH
        fresh = (person for known_at, person in self._known.values() if known_at > oldest)
        return {key: person for person in fresh if (key := address_key(person.email or "")) in wanted}

    async def with_addresses(self, addresses: Iterable[str]) -> Mapping[str, SlackPerson | None]:
        """The people behind some addresses, by `address_key`; `None` for an address that nobody in Slack has.

        When Slack asks for a pause, what was found out so far is kept for the next attempt.

        Raises:
            SlackError: Slack could not be asked.
        """
        wanted = {address_key(address): address for address in addresses}
        async with self._searching:
            self._forget_lookups()
            found = await self._in_list(wanted.keys()) if len(wanted) > MOST_LOOKUPS else {}
            for key in sorted(wanted.keys() - found.keys()):
                found[key] = await self._lookup(wanted[key])
            for key in wanted:
                self._looked_up.pop(key, None)
        return found

    def forget(self, user_id: str) -> None:
        """Ask Slack next time: the person has changed."""
        if known := self._known.get(user_id):
            self._known[user_id] = (known[0] - FRESH, known[1])

    async def _in_list(self, keys: AbstractSet[str]) -> dict[str, SlackPerson | None]:
        """Those in the list of members, of which no more is read than looking up each of them would take.

        All of them, if that is the whole list.
        """
        if self._clock.now() - self._members.began_at >= FRESH:
            self._members = MemberList(self._clock.now())
        members = self._members
        most = min(MOST_PAGES, int(len(keys) / LOOKUPS_PER_PAGE))
        while not members.is_complete and members.pages < most and not keys <= members.people.keys():
            users, cursor = await self._slack.users_page(members.cursor)
            members.add(map(self._remember, users), cursor)
        known = keys if members.is_complete else keys & members.people.keys()
        return {key: members.people.get(key) for key in known}

    async def _lookup(self, address: str) -> SlackPerson | None:
        """Who has this address, and no other that Slack takes for the same."""
        key = address_key(address)
        if key in self._looked_up:
            return self._looked_up[key][1]
        user = await self._slack.user_by_email(address)
        person = None if user is None else read_person(user)
        if person is not None and address_key(person.email or "") != key:
            log.warning("another_address_found", person=person.id)
            person = None
        # Not among those remembered: this answer has no locale.
        self._looked_up[key] = (self._clock.now(), person)
        return person

    def _forget_lookups(self) -> None:
        oldest = self._clock.now() - CUT_SHORT
        self._looked_up = {key: kept for key, kept in self._looked_up.items() if kept[0] > oldest}

    def _remember(self, user: Payload) -> SlackPerson:
        person = read_person(user)
        self._known.pop(person.id, None)
        self._known[person.id] = (self._clock.now(), person)
        if len(self._known) > MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        return person
