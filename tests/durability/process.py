"""The bot in a process of its own, which can be made to die at any point: `python -m tests.durability.process`.

Importing the product takes a second and a half and there are hundreds of lives, so they are forks of one process that
has imported it: real processes, with nothing in common but code. This one reads orders from standard input, a line of
JSON each, and forks a life for each. A life connects to whoever ordered it, on a loopback port, and says there where
it answers and which points it reaches; when it is dead the connection ends.
"""

import asyncio
import gc
import json
import os
import signal
import socket
import sys
from datetime import timedelta
from importlib import import_module
from typing import Any, NoReturn, cast

from pydantic import BaseModel
from sqlalchemy.orm import configure_mappers
from starlette.applications import Starlette

from bot.accounts.port import AccountBackend
from bot.app import build, open_accounts, running
from bot.clock import SystemClock
from bot.logs import configure
from bot.sandbox.serving import served
from bot.serving import told_to_stop
from bot.settings import LogFormat, Settings
from tests.durability.points import Points, WatchedAccounts, WatchedSlack


class Order(BaseModel):
    """A life that is wanted.

    Attributes:
        settings: of the bot, by name.
        report_to: the loopback port on which whoever orders it listens.
        log: the file its log lines go to.
        fatal: the names of the points at which it dies (see `tests.durability.points`).
    """

    settings: dict[str, Any]
    report_to: int
    log: str
    fatal: frozenset[str]


def main() -> None:
    """Fork a life for each order until there are no more."""
    configure_mappers()
    import_module("uvicorn.protocols.websockets.websockets_sansio_impl")
    # What is there already is left alone, so that the forks go on sharing it.
    gc.freeze()
    # Whoever else is tested meanwhile, and has to be in time, comes first.
    os.nice(10)
    # Nobody waits for the dead here: they are to be gone at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if os.fork() == 0:
            _live(Order.model_validate_json(line))


def _live(order: Order) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with open(order.log, "a") as log:  # noqa: PTH123 (its descriptor is what counts)
        os.dup2(log.fileno(), sys.stderr.fileno())
    configure(LogFormat.JSON)
    with socket.create_connection(("127.0.0.1", order.report_to)) as connection:

        def report(**what: Any) -> None:
            connection.sendall(json.dumps(what).encode() + b"\n")

        report(pid=os.getpid())
        asyncio.run(_run(order, Points(order.fatal, lambda name: report(reached=name)), report))
    os._exit(0)


async def _run(order: Order, points: Points, report: Any) -> None:
    """The real thing, web and worker in one, with what it talks to watched."""
    stop = told_to_stop()
    settings = Settings.load(_env_file=None, **order.settings)
    clock = SystemClock()
    points.watch_database()
    accounts = WatchedAccounts(await open_accounts(settings, clock), points)
    bot = await build(settings, clock, cast("AccountBackend", accounts))
    web = bot.slack.web
    bot.slack.web = WatchedSlack(web.token, web.base_url, session=bot.session, retry_handlers=[])
    bot.slack.web.points = points
    if order.fatal:
        # Whoever comes after its death waits for this to be over.
        bot.runner.lease = timedelta(seconds=1)
    async with (
        running(bot, web=True, worker=True, bring_up_to_date=True),
        served(Starlette(routes=bot.routes(worker=True))) as address,
    ):
        report(address=address)
        await stop.wait()


if __name__ == "__main__":
    main()
