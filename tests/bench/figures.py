"""What a measurement comes to: one line of the table for each figure, with its target and whether it was met."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        ours / baseline: medians over the rounds, in the unit that `what` names.
        target: what was promised; empty for a figure that is there to explain the others.
        met: whether it was kept; `None` without a target.
    """

    what: str
    ours: float
    baseline: float | None = None
    target: str = ""
    met: bool | None = None

    @property
    def ratio(self) -> float | None:
        """Ours against the baseline."""
        return self.ours / self.baseline if self.baseline else None


def ratio_at_least(what: str, ours: float, baseline: float, limit: float) -> Figure:
    """More is better, and this share of the baseline is asked for."""
    return Figure(what, ours, baseline, f"ratio at least {limit:g}", met=ours >= limit * baseline)


def ratio_at_most(what: str, ours: float, baseline: float, limit: float) -> Figure:
    """Less is better, and no more than this multiple of the baseline is allowed."""
    return Figure(what, ours, baseline, f"ratio at most {limit:g}", met=ours <= limit * baseline)


def more_at_most(what: str, ours: float, baseline: float, limit: float) -> Figure:
    """Less is better, and no more than this much above the baseline is allowed."""
    return Figure(what, ours, baseline, f"at most {limit:g} more", met=ours - baseline <= limit)


def at_most(what: str, ours: float, limit: float, baseline: float | None = None) -> Figure:
    """Less is better, and no more than this is allowed, whatever the baseline."""
    return Figure(what, ours, baseline, f"at most {limit:g}", met=ours <= limit)


@dataclass(frozen=True, slots=True)
class _Line:
    what: str = ""
    ours: str = "ours"
    baseline: str = "baseline"
    ratio: str = "ratio"
    target: str = "target"
    verdict: str = ""


def table(title: str, figures: Sequence[Figure]) -> str:
    """The figures as text, in columns."""
    lines = [_Line(title), *map(_line, figures)]
    widths = [max(len(getattr(line, field.name)) for line in lines) for field in fields(_Line)]
    return "\n".join(_in_columns(line, widths) for line in lines)


def _line(figure: Figure) -> _Line:
    return _Line(
        f"  {figure.what}",
        _number(figure.ours),
        _number(figure.baseline),
        _number(figure.ratio),
        figure.target,
        {True: "met", False: "NOT MET", None: ""}[figure.met],
    )


def _number(value: float | None) -> str:
    """Enough digits to compare by, and no more."""
    if value is None:
        return ""
    decimals = next((number for number, least in enumerate((100, 10, 0.1)) if value >= least), 3)
    return f"{value:,.{decimals}f}"


def _in_columns(line: _Line, widths: Sequence[int]) -> str:
    what, *numbers, target, verdict = astuple(line)
    aligned = [what.ljust(widths[0]), *(text.rjust(width) for text, width in zip(numbers, widths[1:4], strict=True))]
    return "  ".join([*aligned, target.ljust(widths[4]), verdict]).rstrip()
