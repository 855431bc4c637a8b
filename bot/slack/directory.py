"""People in Slack: who somebody is, and who has an address. A cache, never the last word for a write."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.slack.client import Payload, SlackClient
from models.invitation import address_key

# slack.md, section 4: no cached value older than five minutes, none at all for a write.
FRESH = timedelta(minutes=5)
MOST_REMEMBERED = 20_000
# Beyond so many addresses, reading whole pages of 200 people costs fewer calls than asking for each (slack.md, 2.3).
MOST_LOOKUPS = 20


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


class Directory:
    """Looks people up in Slack and remembers them for a while."""

    def __init__(self, slack: SlackClient, clock: Clock) -> None:
        self._slack = slack
        self._clock = clock
        self._known: dict[str, tuple[datetime, SlackPerson]] = {}

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

    async def with_addresses(self, addresses: Iterable[str]) -> Mapping[str, SlackPerson | None]:
        """The people behind some addresses, by `address_key`; `None` for an address that nobody in Slack has.

        Raises:
            SlackError: Slack could not be asked.
        """
        keys = {address_key(address) for address in addresses}
        if len(keys) > MOST_LOOKUPS:
            return await self._from_list(keys)
        return {key: await self._lookup(key) for key in sorted(keys)}

    def forget(self, user_id: str) -> None:
        """Ask Slack next time: the person has changed."""
        self._known.pop(user_id, None)

    async def _lookup(self, key: str) -> SlackPerson | None:
        user = await self._slack.user_by_email(key)
        # Not remembered: this answer has no locale.
        return None if user is None else read_person(user)

    async def _from_list(self, keys: set[str]) -> Mapping[str, SlackPerson | None]:
        found: dict[str, SlackPerson | None] = dict.fromkeys(keys)
        missing, cursor = len(keys), None
        while missing:
            users, cursor = await self._slack.users_page(cursor)
            for person in map(self._remember, users):
                key = address_key(person.email or "")
                if key in found and not (found[key] and person.deactivated):
                    missing -= found[key] is None
                    found[key] = person
            if cursor is None:
                break
        return found

    def _remember(self, user: Payload) -> SlackPerson:
        person = read_person(user)
        self._known.pop(person.id, None)
        self._known[person.id] = (self._clock.now(), person)
        if len(self._known) > MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        return person
