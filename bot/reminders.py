"""When a reminder is due, and when to stop. Pure."""

from datetime import datetime, timedelta

FIRST_REMINDER = timedelta(days=3)


def first_reminder(pending_since: datetime, expires_at: datetime) -> datetime | None:
    """When the invitee is reminded once; `None` if the invitation ends before."""
    at = pending_since + FIRST_REMINDER
    return at if at < expires_at else None
