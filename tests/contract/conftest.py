"""Fixtures of the contract tests, once for each adapter."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.clock import ManualClock
from tests.contract.stage import ADAPTERS, Adapter, Stage
from tests.contract.worlds import NOW, world


@pytest.fixture(params=sorted(ADAPTERS))
async def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Adapter]:
    opened = ADAPTERS[request.param](tmp_path, ManualClock(datetime.fromisoformat(NOW)))
    yield opened
    await opened.close()


@pytest.fixture
async def stage(adapter: Adapter) -> Stage:
    return Stage(adapter, await adapter.open(world()))
