"""The clock that wakes things up: APScheduler, in memory, with a handful of jobs. Holds no state of its own.

Work that is due lives in the database (stack.md, section 3: a job for each invitation blocks the loop for seconds, and
two schedulers on one job store fire twice).
"""

from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

TICK_SECONDS = 1
PRUNING_HOURS = 6


class Scheduler:
    """Wakes the worker every second, and prunes a few times a day."""

    def __init__(self, wake: Callable[[], None], prune: Callable[[], Awaitable[None]]) -> None:
        self._wake = wake
        self._prune = prune
        self._jobs = AsyncIOScheduler(job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1})
        self._jobs.add_job(self._tick, "interval", seconds=TICK_SECONDS, id="tick")
        self._jobs.add_job(self._prune, "interval", hours=PRUNING_HOURS, id="prune")

    def start(self) -> None:
        """Begin."""
        self._jobs.start()

    def stop(self) -> None:
        """End. What is in hand is the runner's to finish."""
        if self._jobs.running:
            self._jobs.shutdown(wait=False)

    async def _tick(self) -> None:
        self._wake()
