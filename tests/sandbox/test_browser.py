"""The page in a real browser: what a newcomer does with mouse and keyboard."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from tests.browser.chromium import chromium, needs_chromium
from tests.sandbox.conftest import Stage
from tests.sandbox.listening import Json, Listener, actions, button, confirm, field, form, options, plain, text_field
from tests.sandbox.test_actions import post
from tests.sandbox.test_every_block import EVERY_BLOCK, EVERY_INPUT
from tests.sandbox.test_views import home, opened
from tests.sandbox.test_web_api import ADAM, GENERAL, PETRA

pytestmark = needs_chromium


@pytest.fixture
async def page(stage: Stage) -> AsyncIterator[Page]:
    """The page as Adam in #general; anything the script complains about fails the test."""
    complaints: list[str] = []
    async with chromium() as browser:
        opened_page = await browser.new_page(base_url=stage.workspace.address, viewport={"width": 1280, "height": 800})
        opened_page.on("pageerror", lambda error: complaints.append(str(error)))
        opened_page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        await opened_page.goto("/?as=adam&in=general")
        yield opened_page
    assert complaints == []


async def test_a_command_from_the_list_to_the_answer(stage: Stage, page: Page) -> None:
    bot = Listener(stage)
    bot.answer = {"text": "Heard *you*"}
    box = page.get_by_label("Message", exact=True)
    await box.press_sequentially("/ec")
    await expect(page.get_by_role("option")).to_contain_text("/echo [words]")
    await box.press("Tab")
    await box.press_sequentially("hello")
    await box.press("Enter")
    message = page.get_by_role("article").last
    await expect(message).to_contain_text("Only visible to you")
    await expect(message.locator("b")).to_have_text("you")
    assert bot.last["text"] == "hello"


async def test_a_form_with_the_keyboard(stage: Stage, page: Page) -> None:
    bot = Listener(stage)
    radio = {"type": "radio_buttons", "action_id": "licence", "options": options("basic", "licensed")}
    view = form(text_field(focus_on_load=True), field(radio, "licence"), {"type": "divider"})
    await opened(stage.workspace, view)
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("Field").first).to_be_focused()
    await page.keyboard.type("Ann")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_have_text("Please complete this required field.")
    assert bot.bodies == []
    await dialog.get_by_label("Licensed").check()
    bot.answer = {"response_action": "errors", "errors": {"field": "Nobody is called Ann."}}
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog.get_by_role("alert")).to_have_text("Nobody is called Ann.")
    await expect(dialog.get_by_label("Field").first).to_have_value("Ann")
    await expect(dialog.get_by_label("Licensed")).to_be_checked()
    bot.answer = {}
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog).to_have_count(0)
    assert bot.last["view"]["state"]["values"]["licence"]["licence"]["selected_option"]["value"] == "licensed"


async def test_escape_goes_back_one_view(stage: Stage, page: Page) -> None:
    bot = Listener(stage)
    await opened(stage.workspace, form())
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Field").fill("a")
    bot.answer = {"response_action": "push", "view": form(title=plain("Second"))}
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog.get_by_role("heading", name="Second")).to_be_visible()
    await expect(dialog.get_by_label("Field")).to_have_value("")
    await page.keyboard.press("Escape")
    await expect(dialog.get_by_role("heading", name="Form")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_what_is_typed_survives_an_update_of_the_view(stage: Stage, page: Page) -> None:
    view = await opened(stage.workspace, form(text_field()))
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Field").fill("half a sent")
    await stage.client.views_update(view_id=view["id"], view=form(text_field(), {"type": "divider"}))
    await expect(dialog.locator("hr")).to_have_count(1)
    await expect(dialog.get_by_label("Field")).to_have_value("half a sent")
    await expect(dialog.get_by_label("Field")).to_be_focused()


async def test_a_button_asks_works_and_warns(stage: Stage, page: Page) -> None:
    bot = Listener(stage)
    await post(stage, actions(button(confirm=confirm()), button("broken", "Break")))
    await page.get_by_role("button", name="Go").click()
    await page.get_by_role("button", name="No", exact=True).click()
    assert bot.bodies == []
    await page.get_by_role("button", name="Go").click()
    await page.get_by_role("button", name="Yes").click()
    await stage.workspace.changes.until(lambda: bot.bodies, 5)

    async def fail(_: Json) -> None:
        raise RuntimeError("broken")

    bot.meanwhile = fail
    await page.get_by_role("button", name="Break").click()
    await expect(page.get_by_role("alert")).to_contain_text("This app did not respond as expected.")


async def test_menus_report_at_once(stage: Stage, page: Page) -> None:
    bot = Listener(stage)
    menu = {
        "type": "static_select",
        "action_id": "menu",
        "placeholder": plain("Snooze"),
        "options": options("hour", "day"),
    }
    overflow = {"type": "overflow", "action_id": "more", "options": options("mute")}
    await post(stage, actions(menu, overflow))
    await page.get_by_label("Snooze").select_option("Day")
    await stage.workspace.changes.until(lambda: bot.bodies, 5)
    assert bot.last["actions"][0]["selected_option"]["value"] == "day"
    await page.get_by_label("More").click()
    await page.get_by_role("button", name="Mute").click()
    await stage.workspace.changes.until(lambda: len(bot.bodies) == 2, 5)
    assert bot.last["actions"][0]["selected_option"]["value"] == "mute"


async def test_suggestions_while_one_types(stage: Stage, page: Page) -> None:
    bot = Listener(stage)
    bot.answer = {"options": options("anna", "anton")}
    await opened(
        stage.workspace, form(field({"type": "external_select", "action_id": "search", "min_query_length": 2}))
    )
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("combobox").press_sequentially("an")
    await dialog.get_by_role("option", name="Anton").click()
    bot.answer = {}
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog).to_have_count(0)
    assert bot.last["view"]["state"]["values"]["field"]["search"]["selected_option"]["value"] == "anton"


async def test_news_arrive_without_a_reload(stage: Stage, page: Page) -> None:
    await expect(page.get_by_role("link", name="Echo")).to_be_visible()
    posted = await stage.client.chat_postMessage(channel=ADAM, text="News")
    await expect(page.get_by_label("1 unread")).to_be_visible()
    await page.get_by_role("link", name="Echo").click()
    await expect(page.get_by_role("article")).to_contain_text("News")
    await stage.client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Newer")
    await expect(page.get_by_role("article")).to_contain_text(re.compile(r"Newer\s*\(edited\)"))


async def test_acting_as_somebody_else(stage: Stage, page: Page) -> None:
    await stage.client.chat_postMessage(channel=PETRA, text="For Petra")
    await page.locator("#persona summary").click()
    await expect(page.locator(".persona-row", has_text="Petra")).to_contain_text("1 new")
    await page.locator(".persona-row", has_text="Petra").click()
    await expect(page.locator("#persona")).to_contain_text("Acting as Petra de Vries")
    await page.get_by_role("link", name="Echo").click()
    await expect(page.get_by_role("article")).to_contain_text("For Petra")


async def test_the_clock_moves(stage: Stage, page: Page) -> None:
    await expect(page.locator(".clock-now")).to_contain_text("Fri 24 Jul 2026 08:00")
    await page.get_by_role("button", name="+3 days").click()
    await expect(page.locator(".clock-now")).to_contain_text("Mon 27 Jul 2026 08:00")
    assert stage.workspace.advanced == timedelta(days=3)


async def test_the_home_tab(stage: Stage, page: Page) -> None:
    @stage.bolt.event("app_home_opened")
    async def publish(event: Json) -> None:
        await stage.client.views_publish(user_id=event["user"], view=home("Your invitations"))

    await page.get_by_role("link", name="Echo").click()
    await page.get_by_role("tab", name="Home").click()
    await expect(page.locator(".home")).to_contain_text("Your invitations")


async def test_under_the_hood_and_faults(stage: Stage, page: Page) -> None:
    await stage.client.users_info(user=ADAM)
    await page.get_by_role("button", name="Under the hood").click()
    entry = page.locator(".entry", has_text="users.info")
    await entry.locator("summary").click()
    await expect(entry).to_contain_text("adam@acme.example")
    await page.get_by_role("button", name="Faults").click()
    await page.get_by_label("Seconds").fill("7")
    await page.get_by_role("button", name="Switch on").click()
    await expect(page.locator(".fault-on")).to_contain_text("retry after 7 s")
    assert stage.workspace.faults.limits == {"*": 7}


async def test_a_thread(stage: Stage, page: Page) -> None:
    await stage.client.chat_postMessage(channel=GENERAL, text="Root")
    await page.get_by_role("article").hover()
    await page.get_by_role("button", name="Reply in a thread").click()
    await page.locator("#thread-text").fill("An answer")
    await page.keyboard.press("Enter")
    await expect(page.locator(".side")).to_contain_text("An answer")
    await expect(page.get_by_role("button", name="1 reply")).to_be_visible()


@pytest.mark.parametrize("width", [800, 1280])
async def test_nothing_overflows(stage: Stage, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 700})
    await post(stage, *EVERY_BLOCK)
    await expect(page.get_by_text("In a container")).to_be_attached()
    overflows = (
        "selector => { const box = document.querySelector(selector); return box.scrollWidth > box.clientWidth; }"
    )
    assert not await page.evaluate(overflows, "html")
    await opened(stage.workspace, form(*EVERY_INPUT))
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert not await page.evaluate(overflows, ".modal-body")
    assert not await page.evaluate(overflows, "html")
