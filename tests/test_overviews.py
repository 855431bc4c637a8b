"""Overviews and notices about very many people stay within what Slack takes (slack.md, 2.2), and count the rest."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.language import Language
from bot.slack.lint import lint_message
from handlers.views.notices import notice_message
from handlers.views.overviews import MOST_LINES, batch_message, channel_message
from models.invitation import Invitation, InvitationStatus, Licence, Reach
from models.post import Notice
from tests.rows import batch

AT = datetime(2026, 7, 24, tzinfo=UTC)
BATCH = batch(AT)
TOGETHER = [
    Notice.NOT_REACHABLE,
    Notice.NOT_DELIVERED,
    Notice.NOT_REMINDED,
    Notice.NOT_TOLD_OF_EXPIRY,
    Notice.REFUSED,
    Notice.EXPIRED,
    Notice.GAVE_UP,
    Notice.NO_SEAT,
    Notice.JOINED,
    Notice.DECLINED,
]


def people(count: int, name: str, reason: str) -> list[Invitation]:
    """People who have declined, with the longest that they may have written."""
    return [
        Invitation(
            id=f"i{number}",
            team_id="T1",
            batch_id="b1",
            organisation="acme",
            address=f"{'a' * 60}{number:04d}@example.com",
            address_key=f"{'a' * 60}{number:04d}@example.com",
            name=name,
            licence=Licence.BASIC,
            inviter="U1",
            status=InvitationStatus.DECLINED,
            end_reason=reason,
            created_at=AT,
        )
        for number in range(count)
    ]


def everybody(message: dict[str, Any]) -> int:
    """How many a message names, and how many more it counts."""
    said = "\n".join(block["text"]["text"] for block in message["blocks"] if block["type"] == "section")
    more = re.search(r"• and ([\d,]+) more", said)
    return said.count("@example.com") + (int(more[1].replace(",", "")) if more else 0)


@pytest.mark.parametrize("count", [1, 40, 400, 1000])
@pytest.mark.parametrize(
    ("name", "reason"),
    [("Ann", "No."), ("&" * 2000, "<" * 3000), ("名" * 80, "理由" * 1500)],
    ids=["short", "marks", "long"],
)
def test_nobody_is_left_out_of_the_count(count: int, name: str, reason: str) -> None:
    invitations = people(count, name, reason)
    messages = [
        batch_message(Language(), BATCH, invitations),
        *(notice_message(Language(), notice, invitations, command="/account-invite") for notice in TOGETHER),
    ]
    for message in messages:
        assert lint_message(message) == []
        assert everybody(message) == count
    assert lint_message(channel_message(Language(), BATCH, invitations)) == []


def test_as_many_are_named_as_a_message_holds() -> None:
    message = batch_message(Language(), BATCH, people(400, "Ann", "No."))
    named = sum(str(block).count("@example.com") for block in message["blocks"])
    assert named == MOST_LINES


@pytest.mark.parametrize(
    ("reach", "words"),
    [
        (Reach.UNKNOWN, "waiting for an answer"),
        (Reach.REACHED, "waiting for an answer"),
        (Reach.NOT_IN_SLACK, "waiting for an answer, *not reachable in Slack*"),
        (Reach.DEACTIVATED, "waiting for an answer, *not reachable in Slack*"),
        (Reach.FAILED, "waiting for an answer, *my message did not get through in Slack*"),
    ],
)
def test_the_overview_says_who_was_not_reached(reach: Reach, words: str) -> None:
    [invitation] = people(1, "Ann", "")
    invitation.status, invitation.reach = InvitationStatus.PENDING, reach
    assert words in str(batch_message(Language(), BATCH, [invitation])["blocks"])
