"""Pictures for the documentation, taken on the way by the tests that tell the stories.

Nothing is taken unless the environment variable SCREENSHOTS names the folder to put them in.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import FloatRect, Locator, Page, ViewportSize

FOLDER = os.environ.get("SCREENSHOTS")
WINDOW: ViewportSize = {"width": 1280, "height": 720}
MARGIN = 8
LARGEST = 150_000
# Nobody can scroll in a picture, and what lies behind a modal is of no interest in it.
STYLE = ".modal { max-height: none } .modal::backdrop { background: #dfe4e8 }"
LONGEST_MODAL = "Math.max(0, ...[...document.querySelectorAll('dialog[open]')].map(dialog => dialog.scrollHeight))"


async def picture(page: Page, name: str, *around: Locator) -> None:
    """Take a picture of the window, or of the part of the page that holds `around`, however long it is."""
    if FOLDER is None:
        return
    path = Path(FOLDER) / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    await page.mouse.move(0, 0)
    await page.evaluate("document.activeElement?.blur()")
    style = await page.add_style_tag(content=STYLE)
    clip = await _frame(page, around) if around else None
    await page.screenshot(path=path, clip=clip, animations="disabled")
    await style.evaluate("element => element.remove()")
    await page.set_viewport_size(WINDOW)
    size = path.stat().st_size
    assert size <= LARGEST, f"{path} has {size} bytes; crop it, or show less"


async def _frame(page: Page, around: Sequence[Locator]) -> FloatRect:
    """The rectangle that holds all of them with a margin; the window grows if a modal does not fit."""
    longest = int(await page.evaluate(LONGEST_MODAL))
    await page.set_viewport_size({"width": WINDOW["width"], "height": max(WINDOW["height"], longest + 8 * MARGIN)})
    boxes = [box for one in around if (box := await one.bounding_box()) is not None]
    assert len(boxes) == len(around), "something that is to be in the picture is not on the page"
    left, top = min(box["x"] for box in boxes) - MARGIN, min(box["y"] for box in boxes) - MARGIN
    right = max(box["x"] + box["width"] for box in boxes) + MARGIN
    bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}
