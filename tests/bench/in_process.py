"""The bot within the process that measures, between a Slack and an account backend that cost nothing."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.app import Bot, build
from bot.clock import Clock
from bot.logs import configure
from bot.settings import LogFormat, Settings
from tests.bench import accounts
from tests.bench.population import ORGANISATION
from tests.bench.slack import SECRET, TOKEN, SilentSlack


@asynccontextmanager
async def built(database_url: str, accounts_path: Path, clock: Clock) -> AsyncIterator[Bot]:
    """The real bot on a database, put together; nothing of it runs by itself."""
    configure(LogFormat.JSON)
    logging.getLogger().setLevel(logging.WARNING)
    settings = Settings.load(
        _env_file=None,
        slack_bot_token=TOKEN,
        slack_signing_secret=SECRET,
        database_url=database_url,
        organisation_account=ORGANISATION,
        invite_channel="C0LICENCES1",
    )
    bot = await build(settings, clock, await accounts.opened(accounts_path, clock))
    bot.slack.web = SilentSlack(TOKEN)
    try:
        yield bot
    finally:
        await bot.session.close()
        await bot.accounts.close()
        await bot.database.close()
