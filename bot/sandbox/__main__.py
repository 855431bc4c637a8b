"""The sandbox workspace on its own, for a bot that runs elsewhere.

python -m bot.sandbox --port 8138 --bot http://127.0.0.1:8137/slack/events [--data FILE] [--workspace FILE]
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import uvicorn
import yaml

from bot.clock import ShiftedClock
from bot.sandbox.definition import WorkspaceDefinition, load_definition
from bot.sandbox.endpoints import over_http
from bot.sandbox.server import sandbox_application
from bot.sandbox.workspace import Workspace

DEMO = Path(__file__).parent / "demo"

# What a request that is under way may still take.
SECONDS_TO_STOP = 1


def main() -> int:
    """Start the workspace, print what the bot needs, and serve until interrupted."""
    options = _options()
    try:
        manifest = yaml.safe_load(options.manifest.read_text(encoding="utf-8"))
        definition = load_definition(options.workspace)
    except (OSError, ValueError, yaml.YAMLError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    asyncio.run(_serve(options, definition, manifest))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description="A Slack workspace in the browser.")
    parser.add_argument("--port", type=int, default=8138, help="where to serve, on 127.0.0.1")
    parser.add_argument("--bot", default="http://127.0.0.1:8137/slack/events", help="the bot's endpoint")
    parser.add_argument("--data", type=Path, help="the file that keeps the state; without it nothing is kept")
    parser.add_argument("--workspace", type=Path, default=DEMO / "workspace.yaml", help="people and channels at first")
    parser.add_argument("--manifest", type=Path, default=DEMO / "manifest.yaml", help="the app manifest, JSON or YAML")
    return parser.parse_args()


async def _serve(options: argparse.Namespace, definition: WorkspaceDefinition, manifest: dict[str, Any]) -> None:
    workspace = await Workspace.open(
        definition,
        clock=ShiftedClock(),
        manifest=manifest,
        # Slack itself keeps this name; here it may be tried.
        extra_commands=["/invite"],
        path=options.data,
    )
    workspace.address = f"http://127.0.0.1:{options.port}"
    credentials = workspace.credentials
    sys.stdout.write(
        f"Slack workspace {definition.team.name}: {workspace.address}/\n"
        f"Delivering to: {options.bot}\n\n"
        f"SLACK_API_URL={workspace.address}/api/\n"
        f"SLACK_BOT_TOKEN={credentials.bot_token}\n"
        f"SLACK_SIGNING_SECRET={credentials.signing_secret}\n"
        f"SLACK_APP_TOKEN={credentials.app_token}   (only for Socket Mode)\n"
    )
    sys.stdout.flush()
    async with aiohttp.ClientSession() as session:
        application = sandbox_application(workspace, over_http(session, options.bot))
        server = _Server(
            uvicorn.Config(
                application,
                port=options.port,
                log_level="warning",
                timeout_graceful_shutdown=SECONDS_TO_STOP,
                ws="websockets-sansio",
            )
        )

        def stop() -> None:
            workspace.changes.close()
            server.should_exit = True

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        await server.serve()
    await workspace.close()


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own, so that pages are let go of before it stops."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


if __name__ == "__main__":
    raise SystemExit(main())
