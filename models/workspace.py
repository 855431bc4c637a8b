"""Which Slack workspace a row belongs to (design.md, invariant 7)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workspace:
    """A Slack team; `enterprise_id` is set when it is part of an Enterprise Grid."""

    team_id: str
    enterprise_id: str | None = None
