"""The Home tab: what waits, and kept up to date for those who have opened it and for nobody else."""

from datetime import timedelta

from bot.sandbox.seat import Seat
from tests.scenarios.conftest import Stage
from tests.scenarios.steps import invite


async def test_a_tab_that_was_opened_follows_what_happens(stage: Stage, adam: Seat) -> None:
    """An admin's list and an invitee's own invitation, without their opening it again."""
    petra = stage.seat("petra")
    await petra.open_home()
    await adam.open_home()
    await stage.settle()
    assert "Nothing waits for you" in petra.home.text
    await invite(stage, adam, "petra@acme.example")
    await stage.settle()
    assert "petra@acme.example" in adam.home.text
    assert petra.home.buttons == ["Review", "Decline"]
    await petra.click("decline")
    await petra.submit()
    await stage.settle()
    assert "petra@acme.example" not in adam.home.text
    assert "Nothing waits for you" in petra.home.text


async def test_the_tab_names_the_command_that_works_in_every_slack(stage: Stage, adam: Seat) -> None:
    """slack.md, section 1: `/invite` reaches Slack's own command, although the bot answers to it too."""
    assert stage.bot.settings.invite_commands[0] == "/invite"
    await adam.open_home()
    await stage.settle()
    assert "`/account-invite help`" in adam.home.text


async def test_nobody_gets_a_tab_they_have_not_opened_or_that_shows_nothing_of_it(stage: Stage, adam: Seat) -> None:
    await stage.seat("mia").open_home()
    await stage.settle()
    before = len(stage.calls("views.publish"))
    await invite(stage, adam, "petra@acme.example")
    await stage.later(timedelta(minutes=1))
    assert len(stage.calls("views.publish")) == before


async def test_many_changes_at_once_are_one_update_of_a_tab(stage: Stage, adam: Seat) -> None:
    await adam.open_home()
    await stage.settle()
    before = len(stage.calls("views.publish"))
    await invite(stage, adam, ", ".join(f"person{number}@elsewhere.example" for number in range(30)), "basic")
    assert 1 <= len(stage.calls("views.publish")) - before <= 3
    assert "30 open invitations" in adam.home.text
