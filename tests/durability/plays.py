"""Playing stories until the bot has died at every point of each.

A first play, in which nobody dies, shows which points the bot reaches. They are dealt out over several plays, so that
in each the bot dies several times and starts again each time; a whole play for every single point would take four
times as long. All stories are played at the same time, because people in them mostly wait for the clock.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from tests.durability.conftest import MakePlace
from tests.durability.life import Bot, Cradle
from tests.durability.stage import Stage, staged

Story = Callable[[Stage], Awaitable[None]]

# Deaths in one play. A worker gives an effect up that has killed it a dozen times.
MOST_DEATHS = 8
# So many plays at once keep two cores busy.
SIDE_BY_SIDE = 14


async def die_everywhere(stories: Iterable[Story], make_place: MakePlace, lives: Cradle) -> None:
    """Play each story until the bot has died once at every point that it reaches.

    Raises:
        AssertionError: something was not as a story says; a note tells which, and where the bot had died.
    """
    gate = asyncio.Semaphore(SIDE_BY_SIDE)
    async with asyncio.TaskGroup() as group:
        for story in stories:
            group.create_task(_Plays(story, make_place, lives, gate).die_everywhere())


class _Plays:
    """Plays of one story."""

    def __init__(self, story: Story, make_place: MakePlace, lives: Cradle, gate: asyncio.Semaphore) -> None:
        self._story = story
        self._make_place = make_place
        self._lives = lives
        self._gate = gate

    async def die_everywhere(self) -> None:
        points = await self._rehearse()
        missed = await self._play(dealt(points))
        missed = await self._play([[point] for point in missed])
        # What happens a second time may happen together with the first, if the machine is slow enough.
        never = [point for point in missed if not comes_again(point)]
        assert never == [], f"In {self._story.__name__} these were reached once and never again: {never}"

    async def _rehearse(self) -> list[str]:
        """The points in the order in which they are reached, from the one on that the story is about."""
        bot = await self._play_once([])
        [life] = bot.reached
        return list(dict.fromkeys(life[bot.begins_at :]))

    async def _play(self, deaths: Sequence[Sequence[str]]) -> list[str]:
        """Play it with these deaths in each play; return the points that were not reached."""
        async with asyncio.TaskGroup() as group:
            plays = [group.create_task(self._play_once(fatal)) for fatal in deaths]
        return sorted(point for played in plays for point in played.result().fatal)

    async def _play_once(self, fatal: Sequence[str]) -> Bot:
        async with self._gate, self._make_place() as place, staged(self._lives, place, fatal) as stage:
            try:
                await self._story(stage)
            except BaseException as error:
                deaths = [life[-1] if life else "before it began" for life in stage.bot.reached[:-1]]
                where = "; ".join(deaths) or "nowhere"
                error.add_note(f"In {self._story.__name__} the bot died {where}. Its log is {place.log}.")
                raise
            return stage.bot


def dealt(points: Sequence[str]) -> list[list[str]]:
    """Deal the points of a life out over plays.

    A point that comes again is reached only by a life that lasts until then, so it is the first to be fatal in a play
    of its own. Every point is dealt to a play whose others come before it.
    """
    plays: list[list[str]] = []
    for point in points:
        shortest = min(plays, key=len, default=None)
        if shortest is None or comes_again(point) or len(shortest) == MOST_DEATHS:
            plays.append([point])
        else:
            shortest.append(point)
    return plays


def comes_again(point: str) -> bool:
    """Whether it is the second or a later time in a life; its name then ends in a number."""
    return point.endswith(")")
