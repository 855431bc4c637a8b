"""Looking up those who were mentioned, before anything is sent."""

import asyncio
from collections.abc import Sequence

from bot.addresses import Entry, read_entries
from bot.clock import ManualClock
from bot.drafts import Entrant, Kind
from bot.preview import AT_A_TIME, find_mentioned
from bot.slack.client import Payload, SlackRefused, SlackUnreachable
from bot.slack.directory import Directory


class Crowd:
    """A workspace that answers only once so many have asked."""

    def __init__(self, together: int) -> None:
        self._door = asyncio.Barrier(together)
        self.asking = 0
        self.most = 0

    async def user(self, user_id: str) -> Payload:
        self.asking += 1
        self.most = max(self.most, self.asking)
        async with asyncio.timeout(5):
            await self._door.wait()
        self.asking -= 1
        return {"id": user_id, "profile": {"email": f"{user_id.lower()}@x.example", "real_name": f'Ann "{user_id}"'}}

    async def user_by_email(self, email: str) -> Payload | None:
        raise NotImplementedError

    async def users_page(self, cursor: str | None) -> tuple[Sequence[Payload], str | None]:
        raise NotImplementedError


class Trouble(Crowd):
    """One who is not there, and one about whom Slack does not answer."""

    async def user(self, user_id: str) -> Payload:
        raise SlackRefused("user_not_found") if user_id == "U1" else SlackUnreachable("TimeoutError")


async def test_mentions_are_looked_up_side_by_side_but_not_all_at_once(clock: ManualClock) -> None:
    slack = Crowd(AT_A_TIME)
    entries = read_entries(" ".join(f"<@U{number}>" for number in range(AT_A_TIME * 2)))
    found = await find_mentioned(Directory(slack, clock), entries)
    assert slack.most == AT_A_TIME
    assert found[0] == Entry("u0@x.example", "Ann U0", "U0")
    assert [one.slack_user for one in found] == [entry.slack_user for entry in entries], "in the same order"


async def test_a_silent_slack_is_told_from_somebody_who_is_not_there(clock: ManualClock) -> None:
    found = await find_mentioned(Directory(Trouble(1), clock), read_entries("<@U1> <@U2> ann@x.example"))
    assert found == [
        Entrant("<@U1>", Kind.NOT_A_PERSON, slack_user="U1"),
        Entrant("<@U2>", Kind.SLACK_SILENT, slack_user="U2"),
        Entry("ann@x.example"),
    ]
