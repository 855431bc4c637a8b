"""Finding people in Slack by their addresses, within what Slack allows (slack.md, 2.3)."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.clock import ManualClock
from bot.slack.client import Payload, SlackBusy
from bot.slack.directory import Directory, SlackPerson
from models.invitation import address_key

MINUTE = timedelta(minutes=1)


class BigWorkspace:
    """So many members, and so many calls a minute: 20 pages of the list, 50 addresses (tiers 2 and 3)."""

    def __init__(self, clock: ManualClock, members: int, *, pages: int = 20, lookups: int = 50) -> None:
        self.users = [user(f"p{number}@x.example") for number in range(members)]
        self.pages_read: list[int] = []
        self.looked_up: list[str] = []
        self._clock = clock
        self._most = {"pages": pages, "lookups": lookups}
        self._window = clock.now()
        self._calls: Counter[str] = Counter()

    async def user(self, user_id: str) -> Payload:
        return next(user for user in self.users if user["id"] == user_id)

    async def user_by_email(self, email: str) -> Payload | None:
        self._count("lookups")
        self.looked_up.append(email)
        # As generous as Slack may be.
        return next((user for user in self.users if user["profile"]["email"].casefold() == email.casefold()), None)

    async def users_page(self, cursor: str | None) -> tuple[Sequence[Payload], str | None]:
        self._count("pages")
        page = int(cursor or 0)
        self.pages_read.append(page)
        following = str(page + 1) if (page + 1) * 200 < len(self.users) else None
        return self.users[page * 200 : page * 200 + 200], following

    def _count(self, what: str) -> None:
        now = self._clock.now()
        if now - self._window >= MINUTE:
            self._window = now
            self._calls.clear()
        self._calls[what] += 1
        if self._calls[what] > self._most[what]:
            raise SlackBusy(self._window + MINUTE)


def user(email: str, **more: object) -> Payload:
    return {"id": f"U{email}", "profile": {"email": email}, **more}


async def found(
    directory: Directory, addresses: Sequence[str], clock: ManualClock, attempts: int = 5
) -> dict[str, SlackPerson | None]:
    """As the worker asks: again when Slack says so, and so often at most."""
    for _ in range(attempts):
        try:
            return dict(await directory.with_addresses(addresses))
        except SlackBusy as busy:
            clock.advance(busy.retry_at - clock.now())
    raise AssertionError("Never found.")


@pytest.mark.parametrize("count", [25, 100])
@pytest.mark.parametrize("members", [500, 10_000])
async def test_people_at_the_end_of_a_long_list_are_found_in_a_bounded_number_of_calls(
    clock: ManualClock, members: int, count: int
) -> None:
    slack = BigWorkspace(clock, members)
    directory = Directory(slack, clock)
    wanted = [f"p{number}@x.example" for number in range(members - count, members)]
    people = await found(directory, wanted, clock)
    assert {person.email for person in people.values() if person} == set(wanted)
    assert len(slack.pages_read) <= count * 2 // 5, "no more of the list than asking for each would take"
    assert len(slack.looked_up) <= count


async def test_a_list_that_was_cut_short_is_read_on_from_there(clock: ManualClock) -> None:
    slack = BigWorkspace(clock, 1000, pages=2)
    directory = Directory(slack, clock)
    people = await found(directory, [f"p{number}@x.example" for number in range(970, 1000)], clock)
    assert None not in people.values()
    assert slack.pages_read == [0, 1, 2, 3, 4]
    assert slack.looked_up == []


async def test_the_list_serves_the_next_question_too_but_not_for_long(clock: ManualClock) -> None:
    """slack.md, 4: nothing older than five minutes."""
    slack = BigWorkspace(clock, 150)
    directory = Directory(slack, clock)
    for first in (0, 50):
        await directory.with_addresses(f"p{number}@x.example" for number in range(first, first + 50))
    assert slack.pages_read == [0]
    clock.advance(timedelta(minutes=5))
    await directory.with_addresses(f"p{number}@x.example" for number in range(50))
    assert slack.pages_read == [0, 0]


async def test_an_address_that_nobody_has_is_known_once_the_list_has_been_read(clock: ManualClock) -> None:
    slack = BigWorkspace(clock, 150)
    people = await Directory(slack, clock).with_addresses(f"q{number}@x.example" for number in range(50))
    assert set(people.values()) == {None}
    assert slack.looked_up == []


async def test_nobody_is_asked_for_twice_when_asking_for_each_is_cut_short(clock: ManualClock) -> None:
    """Neither those who were found nor those who were not."""
    slack = BigWorkspace(clock, 10, lookups=6)
    directory = Directory(slack, clock)
    people = await found(directory, [f"p{number}@x.example" for number in range(20)], clock)
    assert len([person for person in people.values() if person]) == 10
    assert len(slack.looked_up) == len(set(slack.looked_up)) == 20


async def test_an_answer_that_has_been_given_is_not_kept(clock: ManualClock) -> None:
    """Somebody who was not there a moment ago is found when the admin sends again."""
    slack = BigWorkspace(clock, 1)
    directory = Directory(slack, clock)
    assert await directory.with_addresses(["ann@x.example"]) == {"ann@x.example": None}
    slack.users.append(user("ann@x.example"))
    assert (await directory.with_addresses(["ann@x.example"]))["ann@x.example"] is not None


async def test_an_address_like_it_is_not_the_address(clock: ManualClock) -> None:
    """Whatever Slack takes for the same: the invitation is for who has exactly this address, but for capitals."""
    assert address_key("ann@straße.example") != address_key("ann@strasse.example")
    assert address_key(" Ann@X.example") == "ann@x.example"
    slack = BigWorkspace(clock, 0)
    slack.users.append(user("ann@strasse.example"))
    slack.users.append(user("Bob@X.example"))
    directory = Directory(slack, clock)
    people = await directory.with_addresses(["ann@straße.example", "bob@x.example"])
    assert people["ann@straße.example"] is None
    assert people["bob@x.example"] is not None
    assert slack.looked_up == ["ann@straße.example", "bob@x.example"], "as they were given"


async def test_somebody_active_comes_before_somebody_deactivated_with_the_same_address(clock: ManualClock) -> None:
    slack = BigWorkspace(clock, 30)
    slack.users[:0] = [user("p0@x.example", id="U1", deleted=True), user("p1@x.example", id="U2")]
    slack.users.append(user("p1@x.example", id="U3", deleted=True))
    people = await Directory(slack, clock).with_addresses(f"p{number}@x.example" for number in range(30))
    ids = [person.id for person in (people["p0@x.example"], people["p1@x.example"]) if person]
    assert ids == ["Up0@x.example", "Up1@x.example"]


async def test_who_has_changed_is_asked_for_anew_and_remembered_till_then(clock: ManualClock) -> None:
    """The language of a quick answer comes from memory; a change of status is no reason to forget it."""
    slack = BigWorkspace(clock, 0)
    slack.users.append(user("ann@x.example", id="U1", locale="nl-NL"))
    directory = Directory(slack, clock)
    await directory.person("U1")
    slack.users[0] = user("ann@x.example", id="U1", locale="en-GB")
    directory.forget("U1")
    remembered = directory.remembered("U1")
    assert remembered is not None
    assert remembered.locale == "nl-NL"
    assert (await directory.person("U1")).locale == "en-GB"
