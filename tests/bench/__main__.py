"""`python -m tests.bench`: measure, and print the table.

The exit status is 0 whatever the figures: noise fails no build.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from tests.bench import answering, commands, effects, machine, resting, writing
from tests.bench.databases import Engine, Sqlite, postgresql
from tests.bench.figures import Figure, table
from tests.bench.plan import Plan

MEASUREMENTS: dict[int, tuple[str, Callable[[Plan], Awaitable[list[Figure]]]]] = {
    1: ("1. /invite pending (baseline: bare Bolt app)", commands.measure),
    2: ("2. Writing (baseline: the driver's executemany)", writing.measure),
    3: ("3. Running what is due (baseline: the driver claiming)", effects.measure),
    4: ("4. At rest (baseline: bare Bolt app)", resting.measure),
    5: ("5. /invite help while busy", answering.measure),
}


def main() -> None:
    """Measure what was asked for, and print the table."""
    options = _options()
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="invitebot-bench-")))
        engines: list[Engine] = [Sqlite(folder)] if "sqlite" in options.database else []
        if "postgresql" in options.database:
            server = tempfile.mkdtemp(prefix="invitebot-bench-pg-")
            engines.append(stack.enter_context(postgresql(Path(server))))
        tables = asyncio.run(_measure(Plan(engines, folder, options.rounds, options.many, _say), options.only))
    sys.stdout.write(f"\n{machine.described()}; medians of {options.rounds}\n\n" + "\n\n".join(tables) + "\n")
    _say(f"took {time.monotonic() - began:.0f} s")


async def _measure(plan: Plan, only: list[int]) -> list[str]:
    tables = []
    for number in only:
        title, measure = MEASUREMENTS[number]
        tables.append(table(title, await measure(plan)))
    return tables


def _say(what: str) -> None:
    sys.stderr.write(f"  {what}\n")


def _options() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return sorted({int(number) for number in text.split(",")} & MEASUREMENTS.keys())

    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="What the bot costs (docs/bench.md).")
    parser.add_argument("--only", type=numbers, default=list(MEASUREMENTS), help="numbers of measurements, as in 1,3")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--many", type=int, default=1_000_000, help="how many open invitations are many")
    parser.add_argument(
        "--database", nargs="+", choices=("sqlite", "postgresql"), default=("sqlite", "postgresql"), help="which"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
