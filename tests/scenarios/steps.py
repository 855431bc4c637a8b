"""The steps that most scenarios take, as a person takes them."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.acts import Outcome
from bot.sandbox.records import Message, View
from bot.sandbox.seat import Seat
from tests.scenarios.conftest import Stage


async def open_form(stage: Stage, admin: Seat, entered: str = "", command: str = "/invite") -> Outcome:
    outcome = await admin.command(command, entered)
    await stage.settle()
    return outcome


async def preview(
    stage: Stage, admin: Seat, addresses: str, licence: str = "licensed", note: str | None = None
) -> None:
    """From the command to what would happen to whom."""
    await open_form(stage, admin)
    admin.fill(addresses=addresses, licence=licence)
    if note:
        admin.fill(note=note)
    await admin.submit()
    await stage.settle()


async def invite(stage: Stage, admin: Seat, addresses: str, licence: str = "licensed", note: str | None = None) -> None:
    """From the command to invitations that have reached their people."""
    await preview(stage, admin, addresses, licence, note)
    await admin.submit()
    await stage.settle()
    await admin.close()


async def review(stage: Stage, invitee: Seat) -> None:
    await invitee.click("review")
    await stage.settle()


async def accept(stage: Stage, invitee: Seat, settlement: str | None = None) -> None:
    """Fill in the briefing that is open, all ticks ticked, and accept; the join has run when this returns."""
    await fill_in(invitee, settlement)
    await invitee.submit()
    await stage.settle()


async def fill_in(invitee: Seat, settlement: str | None = None) -> None:
    if settlement is not None:
        invitee.fill(settlement=settlement)
    ticks = invitee.modal.element("ticks")
    if ticks is not None:
        invitee.fill(ticks=[option["value"] for option in ticks.element["options"]])


async def join(stage: Stage, admin: Seat, invitee: Seat, settlement: str | None = None) -> None:
    """The whole way for one person."""
    await invite(stage, admin, str(invitee.person.email))
    await review(stage, invitee)
    await accept(stage, invitee, settlement)


def modal_content(seat: Seat) -> dict[str, Any]:
    """The view that a person has open, as the bot sent it."""
    view = seat.modal.surface
    assert isinstance(view, View)
    return view.content


def words(seat: Seat) -> list[str]:
    """What the bot has written to somebody, oldest first."""
    return [message.text for message in seat.dm()]


def whispered(seat: Seat) -> list[str]:
    """What only they have seen, and not for long."""
    surfaces = [(message, message.surface) for message in seat.dm()]
    return [message.text for message, surface in surfaces if isinstance(surface, Message) and surface.ephemeral_to]


def submission_of(
    stage: Stage, seat: Seat, view: Mapping[str, object], values: Mapping[str, object]
) -> dict[str, object]:
    """A submission as somebody's client would send it, with other values or by somebody else."""
    state: dict[str, object] = {}
    for field, value in values.items():
        if isinstance(value, dict):
            state[field] = {field: value}
        elif isinstance(value, list):
            state[field] = {field: {"type": "checkboxes", "selected_options": [{"value": one} for one in value]}}
        else:
            state[field] = {field: {"type": "radio_buttons", "selected_option": {"value": value}}}
    return {
        "type": "view_submission",
        "team": {"id": stage.sandbox.workspace.team.id, "domain": "acme"},
        "user": {"id": seat.id, "team_id": stage.sandbox.workspace.team.id},
        "api_app_id": stage.sandbox.workspace.app.id,
        "view": {**view, "id": "V0FORGED001", "state": {"values": state}},
    }


def click_of(stage: Stage, seat: Seat, action_id: str, value: str) -> dict[str, object]:
    """A click as somebody's client would send it."""
    return {
        "type": "block_actions",
        "team": {"id": stage.sandbox.workspace.team.id, "domain": "acme"},
        "user": {"id": seat.id, "team_id": stage.sandbox.workspace.team.id},
        "api_app_id": stage.sandbox.workspace.app.id,
        "trigger_id": stage.sandbox.workspace.rights.issue_trigger(seat.id),
        "container": {"type": "message", "channel_id": "D0", "message_ts": "1"},
        "actions": [{"type": "button", "block_id": "b", "action_id": action_id, "value": value, "action_ts": "1"}],
    }
