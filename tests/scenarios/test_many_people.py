"""Hundreds of people in one go: nothing is cut in the middle, nothing is left out unsaid, every view fits Slack."""

from datetime import UTC, datetime

from bot.addresses import read_entries
from bot.drafts import Draft, Entrant, Kind
from bot.language import Language
from bot.sandbox.seat import Seat
from bot.slack.lint import lint_view
from handlers.ids import ADDRESS_FIELDS
from handlers.views.inviting import invite_preview
from tests.rows import batch
from tests.scenarios.conftest import Stage
from tests.scenarios.steps import modal_content, open_form, preview


def people(count: int) -> list[str]:
    return [
        f"Firstname Lastname{number:03d} <firstname.lastname{number:03d}@company.example>" for number in range(count)
    ]


def in_the_fields(seat: Seat) -> list[str]:
    """What stands in the address fields of the form that somebody has open."""
    elements = [seat.modal.element(field) for field in ADDRESS_FIELDS]
    return [str(found.element.get("initial_value", "")) for found in elements if found is not None]


async def test_a_long_command_is_spread_over_fields_without_cutting_an_address(stage: Stage, adam: Seat) -> None:
    await open_form(stage, adam, ", ".join(people(100)))
    fields = in_the_fields(adam)
    assert len(fields) == 3
    assert [line for field in fields for line in field.splitlines()] == people(100)
    await adam.submit(licence="basic")
    await stage.settle()
    assert "100 people will be invited" in adam.modal.text


async def test_what_does_not_fit_the_form_is_said_with_a_count(stage: Stage, adam: Seat) -> None:
    await open_form(stage, adam, ", ".join(people(200)))
    fitting = [line for field in in_the_fields(adam) for line in field.splitlines()]
    assert fitting == people(200)[: len(fitting)]
    assert f"{200 - len(fitting)} entries do not fit in here" in adam.modal.text
    assert people(200)[len(fitting)].split()[1] in adam.modal.text, "the first of them is named"
    await adam.submit(licence="basic")
    await stage.settle()
    assert f"{len(fitting)} people will be invited" in adam.modal.text


async def test_the_form_gives_more_room_and_keeps_what_was_typed(stage: Stage, adam: Seat) -> None:
    """A hundred lines of names and addresses do not fit the 3000 characters of one of Slack's inputs."""
    lines = people(100)
    assert len("\n".join(lines)) == 6199
    await open_form(stage, adam)
    adam.fill(addresses="\n".join(lines[:40]), licence="basic", note="See you there")
    await adam.click("more_room")
    await stage.settle()
    adam.fill(addresses_2="\n".join(lines[40:80]))
    await adam.click("more_room")
    await stage.settle()
    await adam.submit(addresses_3="\n".join(lines[80:]))
    await stage.settle()
    assert "100 people will be invited" in adam.modal.text

    await adam.click("change_entries")
    await stage.settle()
    assert [line for field in in_the_fields(adam) for line in field.splitlines()] == lines
    assert "See you there" in str(adam.modal.blocks)


async def test_there_is_room_for_four_fields(stage: Stage, adam: Seat) -> None:
    await open_form(stage, adam)
    for fields in (2, 3, 4):
        await adam.click("More Room")
        await stage.settle()
        assert len(in_the_fields(adam)) == fields
    assert "More Room" not in adam.modal.buttons


async def test_the_form_gives_more_room_also_when_the_account_system_is_away(stage: Stage, adam: Seat) -> None:
    """Nothing is asked, so nothing that was typed can be lost to an answer that does not come."""
    await open_form(stage, adam)
    asked = len(stage.calls("users.info"))
    await adam.click("more_room")
    await stage.settle()
    assert len(in_the_fields(adam)) == 2
    assert len(stage.calls("users.info")) == asked


async def test_each_unreadable_entry_is_named_and_the_rest_counted(stage: Stage, adam: Seat) -> None:
    """S13."""
    rubbish = [f"rubbish{number:03d}-{'x' * 120}" for number in range(60)]
    await open_form(stage, adam, "\n".join(["petra@acme.example", *rubbish]))
    await adam.submit(licence="basic")
    await stage.settle()
    text = adam.modal.text
    named = [one for one in rubbish if one[:60] in text]
    assert named == rubbish
    assert text.count("is not an e-mail address") == 60
    assert "60 entries will not be invited" in text
    assert lint_view(modal_content(adam)) == []

    await adam.close()
    await preview(stage, adam, "\n".join(f"rubbish{number}" for number in range(12)))
    assert "“rubbish9”, and 2 more" in adam.modal.errors["addresses"]


async def test_a_preview_of_hundreds_fits_a_view_and_counts_what_it_does_not_show(stage: Stage, adam: Seat) -> None:
    """slack.md, 2.2: a hundred blocks, 3000 characters each, 250 kB in all."""
    addresses = [f"a{number}@b.example" for number in range(640)]
    rubbish = [f"b{number}" for number in range(300)]
    await open_form(stage, adam, "\n".join([*addresses, *rubbish]))
    await adam.submit(licence="basic")
    await stage.settle()
    text = adam.modal.text
    assert "640 people will be invited" in text
    assert text.count("has no account yet") == 640
    assert "300 entries will not be invited" in text
    assert text.count("is not an e-mail address") == 300
    assert lint_view(modal_content(adam)) == []


def test_a_preview_of_a_thousand_long_names_counts_those_it_does_not_show() -> None:
    invited = [Entrant("", Kind.NEW, f"{number:03d}{'a' * 250}@b.example", "😀" * 200) for number in range(1000)]
    others = [Entrant(f"{number:03d}" + "字" * 2900, Kind.UNREADABLE) for number in range(1000)]
    view = invite_preview(
        Language(), Draft(batch(datetime(2026, 7, 24, tzinfo=UTC)), [*invited, *others], seats_left=None)
    )
    assert lint_view(view) == []
    text = str(view)
    shown = text.count("has no account yet")
    assert 0 < shown < 1000
    assert f"and {1000 - shown} more" in text
    assert f"and {1000 - text.count('is not an e-mail address')} more" in text


async def test_more_people_than_one_batch_takes_are_refused_beside_the_field(stage: Stage, adam: Seat) -> None:
    await open_form(stage, adam, "\n".join(f"a{number}@b.c" for number in range(1001)))
    assert len(read_entries("\n".join(in_the_fields(adam)))) == 1001
    await adam.submit(licence="basic")
    assert "These are 1,001 entries; I take 1,000 at a time" in adam.modal.errors["addresses"]
