"""What every measurement is given."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.bench.databases import Engine

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured, and on what.

    Attributes:
        folder: for files that are gone afterwards.
        rounds: how often everything is measured; the table has the medians.
        many: how many open invitations are many.
        say: tells whoever waits how far it is.
    """

    engines: Sequence[Engine]
    folder: Path
    rounds: int
    many: int
    say: Callable[[str], None]


def median(outcomes: Iterable[Outcome], figure: Callable[[Outcome], float]) -> float:
    """The median of one figure over all rounds."""
    return statistics.median(map(figure, outcomes))
