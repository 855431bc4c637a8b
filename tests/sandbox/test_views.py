"""Modals and Home tabs follow Slack's rules (slack.md, sections 2.1, 2.2 and 7)."""

from datetime import timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.sandbox.blocks import Json
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import CREDENTIALS, DEFINITION, MANIFEST, Stage
from tests.sandbox.test_web_api import ADAM, PETRA, call, error_of


def modal(title: str = "Form", **changes: Any) -> Json:
    block = {"type": "section", "text": {"type": "plain_text", "text": title}}
    return {"type": "modal", "title": {"type": "plain_text", "text": title}, "blocks": [block], **changes}


def home(text: str = "Hello", **changes: Any) -> Json:
    return {"type": "home", "blocks": [{"type": "section", "text": {"type": "plain_text", "text": text}}], **changes}


async def opened(workspace: Workspace, view: Json | None = None, person: str = ADAM) -> Json:
    trigger = workspace.rights.issue_trigger(person)
    answered = await call(workspace, "views.open", trigger_id=trigger, view=view or modal())
    assert answered["ok"], answered
    return dict(answered["view"])


async def pushed(workspace: Workspace, on: Json, view: Json | None = None) -> Json:
    trigger = workspace.rights.issue_trigger(ADAM, on["id"])
    return await call(workspace, "views.push", trigger_id=trigger, view=view or modal())


async def test_a_trigger_opens_one_modal(workspace: Workspace) -> None:
    trigger = workspace.rights.issue_trigger(ADAM)
    first = await call(workspace, "views.open", trigger_id=trigger, view=modal())
    assert first["view"]["id"] == first["view"]["root_view_id"]
    assert first["view"]["previous_view_id"] is None
    assert await error_of(workspace, "views.open", trigger_id=trigger, view=modal()) == "exchanged_trigger_id"


async def test_a_trigger_lives_three_seconds(workspace: Workspace, clock: ManualClock) -> None:
    in_time, too_late = workspace.rights.issue_trigger(ADAM), workspace.rights.issue_trigger(ADAM)
    clock.advance(timedelta(seconds=3))
    assert (await call(workspace, "views.open", trigger_id=in_time, view=modal()))["ok"]
    clock.advance(timedelta(milliseconds=1))
    assert await error_of(workspace, "views.open", trigger_id=too_late, view=modal()) == "expired_trigger_id"


async def test_moving_the_workspace_forward_does_not_end_a_trigger(workspace: Workspace) -> None:
    trigger = workspace.rights.issue_trigger(ADAM)
    workspace.advance(timedelta(days=3))
    assert (await call(workspace, "views.open", trigger_id=trigger, view=modal()))["ok"]


async def test_a_refused_view_does_not_use_up_the_trigger(workspace: Workspace) -> None:
    trigger = workspace.rights.issue_trigger(ADAM)
    assert await error_of(workspace, "views.open", trigger_id=trigger, view={}) == "invalid_arguments"
    assert (await call(workspace, "views.open", trigger_id=trigger, view=modal()))["ok"]


async def test_rubbish_triggers(workspace: Workspace) -> None:
    for rubbish in ("1.2.3", "x"):
        assert await error_of(workspace, "views.open", trigger_id=rubbish, view=modal()) == "invalid_trigger_id"
    assert await error_of(workspace, "views.open", view=modal()) == "invalid_arguments"
    trigger = workspace.rights.issue_trigger(ADAM)
    for view in (None, "rubbish", "[]", home()):
        assert await error_of(workspace, "views.open", trigger_id=trigger, view=view) == "invalid_arguments"


async def test_refused_views_are_pointed_at(workspace: Workspace) -> None:
    trigger = workspace.rights.issue_trigger(ADAM)
    refused = await call(workspace, "views.open", trigger_id=trigger, view=modal("x" * 25))
    assert refused["error"] == "invalid_arguments"
    assert refused["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]


async def test_a_view_may_not_be_too_large(workspace: Workspace) -> None:
    fields = [{"type": "plain_text", "text": "x" * 2000}] * 10
    large = modal(blocks=[{"type": "section", "fields": fields}] * 13)
    assert await error_of(workspace, "views.open", trigger_id="1.2.3", view=large) == "view_too_large"


async def test_three_views_are_the_deepest_stack(workspace: Workspace) -> None:
    first = await opened(workspace)
    second = (await pushed(workspace, first))["view"]
    third = (await pushed(workspace, second))["view"]
    assert third["previous_view_id"] == second["id"]
    assert third["root_view_id"] == first["id"]
    assert (await pushed(workspace, third))["error"] == "push_limit_reached"
    assert [view.id for view in workspace.views.stack(ADAM)] == [first["id"], second["id"], third["id"]]


async def test_pushing_needs_an_open_modal(workspace: Workspace) -> None:
    assert (await pushed(workspace, {"id": "V1"}))["error"] == "not_found"
    assert (
        await error_of(workspace, "views.push", trigger_id=workspace.rights.issue_trigger(ADAM), view=modal())
        == "not_found"
    )


async def test_updating_with_hash_and_external_id(workspace: Workspace) -> None:
    view = await opened(workspace, modal(external_id="form-1"))
    updated = await call(workspace, "views.update", view_id=view["id"], hash=view["hash"], view=modal("New"))
    assert updated["view"]["id"] == view["id"]
    assert updated["view"]["hash"] != view["hash"]
    stale = {"view_id": view["id"], "hash": view["hash"], "view": modal("Newer")}
    assert await error_of(workspace, "views.update", **stale) == "hash_conflict"
    assert await error_of(workspace, "views.update", external_id="form-1", view=modal()) == "not_found"
    assert await error_of(workspace, "views.update", view_id="V0", view=modal()) == "not_found"
    assert await error_of(workspace, "views.update", view=modal()) == "invalid_arguments"
    again = await opened(workspace, modal(external_id="form-2"))
    assert (await call(workspace, "views.update", external_id="form-2", view=modal()))["view"]["id"] == again["id"]


async def test_external_ids_are_unique(workspace: Workspace) -> None:
    await opened(workspace, modal(external_id="form"))
    trigger = workspace.rights.issue_trigger(PETRA)
    duplicate = {"trigger_id": trigger, "view": modal(external_id="form")}
    assert await error_of(workspace, "views.open", **duplicate) == "duplicate_external_id"


async def test_opening_replaces_what_was_open(workspace: Workspace) -> None:
    first = await opened(workspace)
    await pushed(workspace, first)
    third = await opened(workspace)
    assert [view.id for view in workspace.views.stack(ADAM)] == [third["id"]]
    assert await error_of(workspace, "views.update", view_id=first["id"], view=modal()) == "not_found"


async def test_home_tabs_are_each_persons_own(stage: Stage) -> None:
    published = await stage.client.views_publish(user_id=ADAM, view=home("For Adam"))
    assert "For Adam" in stage.seat("adam").home.text
    assert stage.workspace.views.home(PETRA) is None
    stale = published["view"]["hash"]
    again = await stage.client.views_publish(user_id=ADAM, view=home("New"), hash=stale)
    assert again["view"]["id"] == published["view"]["id"]
    conflict = {"user_id": ADAM, "view": home("Newer"), "hash": stale}
    assert await error_of(stage.workspace, "views.publish", **conflict) == "hash_conflict"
    assert await error_of(stage.workspace, "views.publish", user_id="U0NOBODY01", view=home()) == "user_not_found"
    assert await error_of(stage.workspace, "views.publish", user_id=ADAM, view=modal()) == "invalid_arguments"


async def test_home_tabs_need_the_manifest(clock: ManualClock) -> None:
    features = {**MANIFEST["features"], "app_home": {"home_tab_enabled": False}}
    manifest = {**MANIFEST, "features": features}
    workspace = await Workspace.open(DEFINITION, clock=clock, manifest=manifest, credentials=CREDENTIALS)
    assert await error_of(workspace, "views.publish", user_id=ADAM, view=home()) == "not_enabled"


async def test_an_update_keeps_what_was_entered(stage: Stage) -> None:
    def form(label: str) -> Json:
        field = {
            "type": "input",
            "block_id": "who",
            "label": {"type": "plain_text", "text": label},
            "element": {"type": "plain_text_input", "action_id": "name", "initial_value": "preset"},
        }
        return modal(blocks=[field], submit={"type": "plain_text", "text": "Send"})

    view = await opened(stage.workspace, form("Name"))
    assert view["state"]["values"]["who"]["name"]["value"] == "preset"
    stage.seat("adam").fill(name="Ann")
    updated = await stage.client.views_update(view_id=view["id"], view=form("Full name"))
    assert updated["view"]["state"]["values"]["who"]["name"]["value"] == "Ann"


@pytest.mark.parametrize("gone", ["close", "clear"])
async def test_closed_views_are_gone(stage: Stage, gone: str) -> None:
    first = await opened(stage.workspace)
    second = (await pushed(stage.workspace, first))["view"]
    await stage.seat("adam").close(everything=gone == "clear")
    left = [view.id for view in stage.workspace.views.stack(ADAM)]
    assert left == ([] if gone == "clear" else [first["id"]])
    assert await error_of(stage.workspace, "views.update", view_id=second["id"], view=modal()) == "not_found"
