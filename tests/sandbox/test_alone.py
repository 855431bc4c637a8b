"""`python -m bot.sandbox`: the workspace on its own, for a bot that runs elsewhere."""

import asyncio
import re
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import yaml

import bot.sandbox
from bot.settings import Settings
from bot.slack.manifest import manifest

MANIFEST = Path(bot.sandbox.__file__).parent / "demo" / "manifest.yaml"


def test_its_manifest_is_the_bots() -> None:
    """After a change: `invitebot manifest`, and put that into bot/sandbox/demo/manifest.yaml."""
    assert yaml.safe_load(MANIFEST.read_text(encoding="utf-8")) == manifest(Settings.load(_env_file=None))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def started(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def test_it_prints_what_a_bot_needs_and_stops_when_told(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    port = free_port()
    process = await started("--port", str(port), "--data", str(tmp_path / "slack.db"))
    assert process.stdout is not None
    printed = (await asyncio.wait_for(process.stdout.readuntil(b"Socket Mode)\n"), 20)).decode()
    settings = dict(re.findall(r"^(SLACK_\w+)=(\S+)", printed, re.MULTILINE))
    assert settings.keys() == {"SLACK_API_URL", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"}
    headers = {"authorization": f"Bearer {settings['SLACK_BOT_TOKEN']}"}
    async with asyncio.timeout(10):
        while True:
            try:
                async with session.post(f"{settings['SLACK_API_URL']}auth.test", headers=headers) as response:
                    assert (await response.json())["team"] == "Acme"
                    break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
    async with session.get(f"http://127.0.0.1:{port}/sandbox/live") as stream:
        await stream.content.readuntil(b"\n\n")
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 5)


async def test_a_file_it_cannot_use(tmp_path: Path) -> None:
    broken = tmp_path / "workspace.yaml"
    broken.write_text("people: []", encoding="utf-8")
    process = await started("--workspace", str(broken))
    _, complaints = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert "people: List should have at least 1 item" in complaints.decode()
    assert "Traceback" not in complaints.decode()
