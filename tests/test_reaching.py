"""To whom the bot writes, and why not to the others (slack.md, 4)."""

import pytest

from bot.language import Language
from bot.reaching import reach_of
from bot.slack.directory import SlackPerson, read_person
from handlers.views.lists import status_message
from handlers.views.overviews import NOT_REACHABLE
from models.invitation import InvitationStatus, Reach
from models.workspace import Workspace
from tests.test_overviews import AT, people

HERE = Workspace("T1")


def somebody(**more: object) -> SlackPerson:
    return read_person({"id": "U1", "team_id": "T1", "profile": {"email": "ann@x.example"}, **more})


@pytest.mark.parametrize(
    ("person", "reach"),
    [
        (somebody(), Reach.REACHED),
        (None, Reach.NOT_IN_SLACK),
        (somebody(is_bot=True), Reach.NOT_IN_SLACK),
        (somebody(deleted=True, is_restricted=True), Reach.DEACTIVATED),
        (somebody(is_restricted=True), Reach.GUEST),
        (somebody(is_ultra_restricted=True), Reach.GUEST),
        (somebody(team_id="T2", is_restricted=True), Reach.STRANGER),
        (somebody(is_email_confirmed=False), Reach.UNCONFIRMED),
    ],
)
def test_only_full_members_whose_address_is_theirs_are_written_to(person: SlackPerson | None, reach: Reach) -> None:
    assert reach_of(person, HERE) is reach


@pytest.mark.parametrize("reach", Reach)
def test_the_status_says_whether_they_were_reached_and_why_not(reach: Reach) -> None:
    [invitation] = people(1, "Ann", "")
    invitation.status, invitation.reach = InvitationStatus.PENDING, reach
    said = status_message(Language(), invitation, "/acme", AT)["text"]
    assert ("*not reachable in Slack*" in said) is (reach in NOT_REACHABLE)
