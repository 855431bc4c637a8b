"""The stories of the demo, played in a real browser by an admin and an invitee with a window each."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Locator, expect

from tests.browser.chromium import needs_chromium
from tests.browser.conftest import Demo, Front
from tests.browser.pictures import picture

pytestmark = needs_chromium

Opening = Callable[[str], Awaitable[Front]]

NOTE = "We pay for this centrally from now on. Questions? Come by my desk."
EVERYBODY = (
    "petra@acme.example, Frank Fischer <frank@acme.example>\nzoe@acme.example, oscar@olsen-design.example, "
    "nils@acme.example\nedda@initech.example, mia@acme.example, FRANK@acme.example, carla@acme"
)
AMOUNT = re.compile(r"€|EUR|89\.94|149\.90")


def words_of(message: Locator) -> tuple[Locator, Locator]:
    """A message for a picture, without the empty edges around it."""
    return message.locator(".gutter"), message.locator(".body")


async def test_from_invite_to_joined_with_a_refund(front: Opening) -> None:
    """The whole way of somebody who pays for an account of her own."""
    adam = await front("adam")
    await _check_and_send(adam)
    petra = await front("petra")
    await _receive(petra)
    await _accept(petra)
    await _read_what_came_of_it(adam)


async def _check_and_send(adam: Front) -> None:
    """S09, S10, F16: addresses beside the command, a form, and what would happen to each person before it does."""
    await adam.type("/invite petra@acme.example, Frank Fischer <frank@acme.example>")
    form = adam.dialog
    await expect(form.get_by_label("Addresses")).to_have_value(re.compile("petra@acme.example"))
    await form.get_by_label("Personal note").fill(NOTE)
    await picture(adam.page, "invite-form", form)
    await form.get_by_label("Addresses").fill(EVERYBODY)
    await adam.press("Continue")
    for sentence in (
        "5 people will be invited",
        "pays for an account of their own, and will be quoted what they get back",
        "owns an account with 3 other users, who come along as Basic members; 1 of them outside",
        "4 entries will not be invited",
        "belongs to another organisation",
        "was entered more than once",
        "carla@acme: is not an e-mail address",
        "Licences: 5 needed, 16 left.",
    ):
        await expect(form).to_contain_text(sentence)
    await picture(adam.page, "preview", form)
    await adam.press("Send 5 Invitations")
    await expect(form).to_contain_text("5 invitations are on their way")
    await adam.close("Done")


async def _receive(petra: Front) -> None:
    """S22: one message, which says from whom, to what, and until when."""
    for place in ("Invitebot", "it-licences"):
        await expect(petra.page.get_by_role("link", name=place)).to_contain_text("1")
    await petra.open_bot()
    await expect(petra.messages).to_have_count(1)
    await expect(petra.messages).to_contain_text("You can answer until Sunday, 23 August 2026, 14:00")
    await picture(petra.page, "invitation")


async def _accept(petra: Front) -> None:
    """S04, S24, S25, F1, S28, S29: the exact quote, nothing chosen beforehand, and then the refund with its dates."""
    briefing = await petra.review()
    await expect(briefing).to_contain_text("You get back €89.94")
    await expect(briefing).to_contain_text("€149.90 × 219 of 365 days = €89.94")
    await expect(briefing).to_contain_text("you owe €0.00")
    await expect(briefing.get_by_role("radio", checked=True)).to_have_count(0)
    head, foot = briefing.locator("header"), briefing.locator("footer")
    await picture(petra.page, "briefing", head, briefing.get_by_role("radiogroup"))
    await picture(petra.page, "consequences", briefing.get_by_text("What changes for you"), foot)
    await petra.press("Accept")
    await expect(briefing.get_by_role("alert")).to_have_count(2)
    await briefing.get_by_label("Refund of €89.94").check()
    await briefing.get_by_label("I have downloaded the reports").check()
    await petra.press("Accept")
    await expect(briefing).to_contain_text("Refund: €89.94 goes back to Visa ending in 4242")
    await expect(briefing).to_contain_text("(Wed, 29 Jul – Fri, 31 Jul 2026)")
    await picture(petra.page, "joined", briefing)
    await petra.close("Close")
    await expect(petra.messages).to_have_count(1)
    await expect(petra.messages).to_contain_text("You have joined Acme Corp")
    await expect(petra.messages.get_by_role("button", name="Review")).to_have_count(0)


async def _read_what_came_of_it(adam: Front) -> None:
    """S28, invariant 6: who stands how, for the admin by name, for the channel in counts, and no amount anywhere."""
    await adam.open_bot()
    overview = adam.messages.first
    await expect(overview).to_contain_text("1 joined and 4 waiting")
    await expect(overview).to_contain_text("Petra de Vries (petra@acme.example): has joined")
    await expect(overview).to_contain_text("Nils Nilsson (nils@acme.example): waiting for an answer, not reachable")
    await expect(overview).to_contain_text("2 replies")
    await picture(adam.page, "overview", *words_of(overview))
    await overview.get_by_role("button", name="2 replies").press("Enter")
    await expect(adam.page.locator(".side")).to_contain_text("Petra de Vries (petra@acme.example) has joined.")
    assert not AMOUNT.search(await adam.page.locator("body").inner_text()), "money is private to the invitee"
    await adam.go("it-licences")
    await expect(adam.messages).to_contain_text("invited 5 people to join Acme Corp: 1 joined and 4 waiting")


async def test_a_free_account_joins_without_a_word_about_money(front: Opening) -> None:
    """S04, S24: nothing to choose, nothing about money."""
    adam, frank = await front("adam"), await front("frank")
    await adam.invite("frank@acme.example")
    await frank.open_bot()
    briefing = await frank.review()
    await expect(briefing).to_contain_text("1 link changes")
    assert not AMOUNT.search(await briefing.inner_text())
    await expect(briefing.get_by_role("radio")).to_have_count(0)
    for tick in await briefing.get_by_role("checkbox").all():
        await tick.check()
    await frank.press("Accept")
    await expect(briefing).to_contain_text("You have joined Acme Corp")
    assert not AMOUNT.search(await briefing.inner_text())


async def test_declined_with_a_reason(front: Opening) -> None:
    """F7: the inviter reads why, and the buttons go."""
    adam, petra = await front("adam"), await front("petra")
    await adam.invite("petra@acme.example")
    await petra.open_bot()
    await petra.press("Decline")
    await petra.dialog.get_by_label("Why?").fill("I run <my own> classes with it & need my own recordings.")
    await picture(petra.page, "decline", petra.dialog)
    await petra.press("Decline")
    await expect(petra.dialog).to_contain_text("You have declined this invitation; your account stays as it is.")
    await petra.close("Close")
    await expect(petra.messages).to_contain_text("If you change your mind")
    await expect(petra.messages.get_by_role("button", name="Review")).to_have_count(0)
    await adam.open_bot()
    await expect(adam.messages.first).to_contain_text(
        "has declined: “I run <my own> classes with it & need my own recordings.”"
    )


async def test_an_obstacle_is_shown_with_its_remedy_and_checked_again(front: Opening, demo: Demo) -> None:
    """S26, F2: an unpaid invoice stands in the way until it is paid; the invitation stays the same."""
    adam, ivan = await front("adam"), await front("ivan")
    await adam.invite("nils@acme.example", licence="Basic")
    await adam.invite("ivan@acme.example")
    await ivan.open_bot()
    briefing = await ivan.review()
    await expect(briefing).to_contain_text("1 invoice is not paid yet.")
    await expect(briefing).to_contain_text("INV-2231: €15.99")
    await expect(briefing.get_by_role("button", name="Accept")).to_have_count(0)
    await picture(ivan.page, "obstacle", briefing)
    unpaid = "{number: INV-2231, total: 1599, due: today - 12 days}"
    await demo.change_accounts(unpaid, unpaid.replace("}", ", status: paid}"))
    await ivan.press("Check Again")
    await expect(briefing.get_by_role("button", name="Accept")).to_be_visible()
    await expect(briefing).to_contain_text("You get back")
    await adam.open_bot()
    await adam.page.get_by_role("tab", name="Home").press("Enter")
    home = adam.page.locator(".home .surface")
    await expect(home).to_contain_text("2 open invitations to Acme Corp")
    await expect(home).to_contain_text("reached in Slack")
    await picture(adam.page, "home", home)


async def test_an_owner_brings_everybody_along_and_chooses_credit(front: Opening) -> None:
    """S30, S19, S20: co-users are named and ticked; the credit, and only that, is told to the inviter."""
    adam, oscar = await front("adam"), await front("oscar")
    await adam.invite("oscar@olsen-design.example")
    await oscar.open_bot()
    briefing = await oscar.review()
    await expect(briefing).to_contain_text("3 other people are on your account and join with you")
    await expect(briefing).to_contain_text("Kari Freelance (kari@freelance.example), outside the organisation")
    await picture(oscar.page, "co-users", briefing.get_by_text("What changes for you"), briefing.locator("footer"))
    await briefing.get_by_label("Credit of €548.68").check()
    await briefing.get_by_label("I have downloaded the reports").check()
    await oscar.press("Accept")
    await expect(briefing.get_by_role("alert")).to_contain_text("Tick all of these first")
    for tick in await briefing.get_by_role("checkbox").all():
        await tick.check()
    await oscar.press("Accept")
    await expect(briefing).to_contain_text("Credit: €548.68 went to Acme Corp, as you chose.")
    await adam.open_bot()
    await expect(adam.messages.first).to_contain_text("has joined")
    await adam.messages.first.get_by_role("button", name="1 reply").press("Enter")
    thread = adam.page.locator(".side")
    await expect(thread).to_contain_text("has joined and chose to transfer €548.68 as credit to your account")
    await expect(thread).to_contain_text("It will be applied automatically to future invoices.")
    await picture(adam.page, "thread", thread.get_by_role("article").first, thread.get_by_role("article").last)


async def test_somebody_who_may_not_invite_is_told_who_may(front: Opening) -> None:
    """S05: a private sentence, and no form."""
    mia = await front("mia")
    await mia.type("/invite petra@acme.example")
    await expect(mia.messages.last).to_contain_text("Only visible to you")
    await expect(mia.messages.last).to_contain_text("Only admins and owners of the account of Acme Corp can invite")
    await expect(mia.dialog).not_to_be_visible()
    await picture(mia.page, "not-an-admin", *words_of(mia.messages.last))


async def test_act_as_anybody(front: Opening) -> None:
    """The cast, each with their situation, is one click away."""
    adam = await front("adam")
    await adam.page.locator("#persona summary").click()
    await expect(adam.page.locator(".persona-row", has_text="Petra de Vries")).to_contain_text("EUR 149.90 a year")
    await picture(adam.page, "sandbox")
