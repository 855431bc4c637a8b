"""The demo as a newcomer starts it: `python -m tests.smoke` starts it, plays invite to joined over HTTP, and stops it.

Only the standard library, and only what the page itself uses.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from typing import Any, TypeVar

Found = TypeVar("Found")

DEADLINE = 60.0
STOPS_WITHIN = 5.0


class Demo:
    """A running demo, and what a person does in its page."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:  # noqa: S310 - our own address
            return str(answer.read().decode())

    def act(self, verb: str, **given: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.address}/sandbox/{verb}",
            json.dumps({key.rstrip("_"): value for key, value in given.items()}).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read())

    def seen(self, person: str) -> Any:
        """Everything that somebody has before them."""
        return json.loads(self.get(f"/sandbox/seen?as={person}"))

    def modal(self, person: str, saying: str) -> str:
        """The id of the modal that somebody has open, once it says that."""

        def look() -> str | None:
            modal = self.seen(person)["modal"]
            return modal["id"] if modal and saying in json.dumps(modal, ensure_ascii=False) else None

        return wait_for(f"{person}'s modal with {saying!r}", look)

    def message(self, person: str, saying: str) -> tuple[str, str]:
        """Where a message to somebody stands, once it says that: channel and ts."""

        def look() -> tuple[str, str] | None:
            found = [
                (conversation["id"], message["ts"])
                for conversation in self.seen(person)["conversations"]
                for message in conversation["messages"]
                if conversation["with_bot"] and saying in json.dumps(message, ensure_ascii=False)
            ]
            return found[-1] if found else None

        return wait_for(f"a message to {person} with {saying!r}", look)


def wait_for(what: str, look: Callable[[], Found | None]) -> Found:
    """Ask again and again until there is something."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        try:
            if (found := look()) is not None:
                return found
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit(f"smoke: waited {DEADLINE:.0f} s in vain for {what}")


def play(demo: Demo) -> None:
    """From /invite to joined."""
    demo.act("acts/command", as_="adam", channel="C0GENERAL01", text="/invite petra@acme.example")
    form = demo.modal("adam", "Addresses")
    demo.act("acts/submit", as_="adam", view_id=form)
    preview = demo.modal("adam", "1 person will be invited")
    demo.act("acts/submit", as_="adam", view_id=preview)
    demo.modal("adam", "1 invitation is on its way")
    channel, ts = demo.message("petra", "An invitation for you")
    demo.act("acts/act", as_="petra", channel=channel, ts=ts, action_id="review")
    briefing = demo.modal("petra", "You get back €89.94")
    entries = [
        {"block_id": "settlement", "action_id": "settlement", "given": "refund"},
        {"block_id": "ticks", "action_id": "ticks", "given": ["reports_saved"]},
    ]
    demo.act("acts/submit", as_="petra", view_id=briefing, entries=entries)
    demo.message("petra", "You have joined Acme Corp")
    demo.message("adam", "has joined")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    port = free_port()
    demo = Demo(port)
    with tempfile.TemporaryDirectory() as folder:
        command = ["make", "demo", f"PORT={port}", f"DATA={folder}/demo"]
        process = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own command
        try:
            wait_for("the demo to be ready", lambda: demo.get("/readyz"))
            play(demo)
        finally:
            started = time.monotonic()
            os.killpg(process.pid, signal.SIGINT)
            process.wait(30)
        stopped = time.monotonic() - started
        if stopped > STOPS_WITHIN:
            sys.exit(f"smoke: it took {stopped:.1f} s to stop")
    sys.stdout.write("smoke: from /invite to joined, and stopped cleanly\n")


if __name__ == "__main__":
    main()
