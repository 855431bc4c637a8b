"""A second start finds the state of the first."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.sandbox.store import Store
from bot.sandbox.workspace import Credentials, Workspace
from tests.sandbox.conftest import DEFINITION, MANIFEST, NOW
from tests.sandbox.test_views import home, modal, opened, pushed
from tests.sandbox.test_web_api import ADAM, GENERAL, call


async def start(path: Path, clock: ManualClock, credentials: Credentials | None = None) -> Workspace:
    return await Workspace.open(DEFINITION, clock=clock, manifest=MANIFEST, path=path, credentials=credentials)


async def test_everything_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "slack.db"
    first = await start(path, ManualClock(NOW))
    token = first.credentials.bot_token
    posted = await call(first, "chat.postMessage", token, channel=ADAM, text="Hello")
    gone = await call(first, "chat.postMessage", token, channel=GENERAL, text="Gone")
    await call(first, "chat.delete", token, channel=GENERAL, ts=gone["ts"])
    await call(first, "views.publish", token, user_id=ADAM, view=home("Home"))
    trigger = first.rights.issue_trigger(ADAM)
    low = (await call(first, "views.open", token, trigger_id=trigger, view=modal("Low")))["view"]
    trigger = first.rights.issue_trigger(ADAM, low["id"])
    top = (await call(first, "views.push", token, trigger_id=trigger, view=modal("Top")))["view"]
    file = first.files.add(ADAM, "a.bin", b"\x00\xff")
    response_url = first.rights.issue_response_url(ADAM, GENERAL)
    first.save_person(first.person("petra").model_copy(update={"deactivated": True}))
    first.mark_read(ADAM, posted["channel"])
    first.advance(timedelta(days=3))
    await first.close()

    clock = ManualClock(NOW)
    second = await start(path, clock)
    assert clock.now() == NOW + timedelta(days=3)
    assert second.credentials == first.credentials
    assert second.people == first.people
    assert second.channels == first.channels
    assert [message.text for message in second.messages(posted["channel"])] == ["Hello"]
    assert second.messages(GENERAL) == []
    assert second.unread(ADAM, posted["channel"]) == 0
    assert [view.id for view in second.views.stack(ADAM)] == [low["id"], top["id"]]
    assert second.views.home(ADAM) == first.views.home(ADAM)
    assert second.files.get(file.id) == file
    assert second.rights.use_response(response_url.rpartition("/")[2]).uses == 1
    later = await call(second, "chat.postMessage", token, channel=ADAM, text="Later")
    assert float(later["ts"]) > float(posted["ts"])
    await second.close()


async def test_what_the_bot_has_been_told_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "slack.db"
    running = await start(path, ManualClock(NOW))
    posted = await call(running, "chat.postMessage", running.credentials.bot_token, channel=GENERAL, text="Hello")
    other = await start(path, ManualClock(NOW))
    assert other.message(GENERAL, posted["ts"]) is not None
    await other.close()
    await running.close()


async def test_closing_a_modal_is_kept(tmp_path: Path) -> None:
    credentials = Credentials.generate()
    path = tmp_path / "slack.db"
    first = await start(path, ManualClock(NOW), credentials)
    token = credentials.bot_token
    view = (await call(first, "views.open", token, trigger_id=first.rights.issue_trigger(ADAM), view=modal()))["view"]
    first.views.clear(ADAM)
    await first.close()
    second = await start(path, ManualClock(NOW), credentials)
    assert second.views.get(view["id"]) is None
    await second.close()


async def test_credentials_are_made_up_and_kept(tmp_path: Path) -> None:
    first = await start(tmp_path / "a.db", ManualClock(NOW))
    second = await start(tmp_path / "b.db", ManualClock(NOW))
    assert first.credentials != second.credentials
    assert first.credentials.bot_token.startswith("xoxb-")
    assert first.credentials.app_token.startswith("xapp-")
    await first.close()
    await second.close()


async def test_a_store_in_memory_keeps_nothing() -> None:
    store = await Store.open(None)
    store.put("kind", "key", "{}")
    await store.flush()
    assert await store.load("kind") == []
    await store.close()


async def test_the_clock_only_moves_forward(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="only moves forward"):
        workspace.advance(timedelta(seconds=-1))


async def test_a_stack_is_found_again_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "slack.db"
    from tests.sandbox.conftest import CREDENTIALS

    first = await start(path, ManualClock(NOW), CREDENTIALS)
    low = await opened(first)
    middle = (await pushed(first, low))["view"]
    top = (await pushed(first, middle))["view"]
    await first.close()
    second = await start(path, ManualClock(NOW), CREDENTIALS)
    assert [view.id for view in second.views.stack(ADAM)] == [low["id"], middle["id"], top["id"]]
    await second.close()
