"""Files: the three steps of an upload, with slack_sdk's own."""

from typing import Any

import aiohttp
import pytest

from bot.sandbox.records import Message
from bot.sandbox.seat import Seat
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import CREDENTIALS, Stage
from tests.sandbox.test_web_api import GENERAL, call, error_of


async def test_slack_sdk_uploads(stage: Stage, adam: Seat) -> None:
    uploaded = await stage.client.files_upload_v2(
        channel=GENERAL,
        content="name,state\nann,pending\n",
        filename="pending.csv",
        title="Pending",
        initial_comment="Here",
    )
    file_id = uploaded["files"][0]["id"]
    message = adam.messages("general")[-1].surface
    assert isinstance(message, Message)
    assert message.files == [file_id]
    assert "Here" in adam.messages("general")[-1].text
    info = await stage.client.files_info(file=file_id)
    assert info["file"]["title"] == "Pending"
    history = await stage.client.conversations_history(channel=GENERAL)
    assert history["messages"][0]["files"][0]["id"] == file_id


async def test_the_bytes_may_come_as_a_form(stage: Stage, session: aiohttp.ClientSession) -> None:
    announced = await call(stage.workspace, "files.getUploadURLExternal", filename="a.txt", length=3)
    form = aiohttp.FormData()
    form.add_field("file", b"abc", filename="a.txt")
    async with session.post(announced["upload_url"], data=form) as response:
        assert await response.text() == "OK - 3"
    done = await call(stage.workspace, "files.completeUploadExternal", files=[{"id": announced["file_id"]}])
    headers = {"authorization": f"Bearer {CREDENTIALS.bot_token}"}
    async with session.get(done["files"][0]["url_private"], headers=headers) as response:
        assert await response.read() == b"abc"
    async with session.get(f"{stage.workspace.address}/hooks/files/F1/x", headers=headers) as response:
        assert response.status == 404


async def test_an_upload_must_be_what_was_announced(stage: Stage, session: aiohttp.ClientSession) -> None:
    announced = await call(stage.workspace, "files.getUploadURLExternal", filename="a.txt", length=3)
    async with session.post(announced["upload_url"], data=b"abcd") as response:
        assert (response.status, await response.text()) == (400, "file_upload_size_restricted")
    complete: dict[str, Any] = {"files": [{"id": announced["file_id"]}]}
    assert await error_of(stage.workspace, "files.completeUploadExternal", **complete) == "file_not_found"
    async with session.post(f"{stage.workspace.address}/hooks/upload/F1", data=b"abc") as response:
        assert (response.status, await response.text()) == (400, "file_not_found")


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("files.getUploadURLExternal", {"length": 3}, "invalid_arguments"),
        ("files.getUploadURLExternal", {"filename": "a", "length": 0}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": "F1"}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": [{"id": "F1"}]}, "file_not_found"),
        ("files.completeUploadExternal", {"files": [{"id": "F1"}], "channel_id": "C1"}, "channel_not_found"),
        ("files.info", {"file": "F1"}, "file_not_found"),
    ],
)
async def test_refusals(workspace: Workspace, method: str, arguments: dict[str, Any], error: str) -> None:
    assert await error_of(workspace, method, **arguments) == error
