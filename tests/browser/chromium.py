"""Chromium: where it is, how it is started, and what is said where there is none."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Where tests must not be passed over in silence, as in CI.
REQUIRED = os.environ.get("BROWSER_TESTS") == "required"
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    *("--num-raster-threads=1", "--disable-partial-raster", "--disable-skia-runtime-opts"),
]

# A browser cannot be installed by a test; without one these say so instead of failing, unless it is required.
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and not REQUIRED, reason="Chromium is not installed; nothing is tried in a browser."
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser, for as long as the block lasts."""
    assert CHROMIUM is not None, "BROWSER_TESTS=required, and Chromium is not installed: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()
