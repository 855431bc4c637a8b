"""What an invitee does: from the direct message to joined, declined, or nothing; and what nobody else can do."""

import asyncio
from datetime import timedelta

import pytest

from bot.accounts.values import Admin, Call, Capability, Invitee, InvoiceStatus
from bot.sandbox.seat import Seat
from models.audit import Action
from models.invitation import InvitationStatus
from tests.scenarios.conftest import Stage
from tests.scenarios.steps import (
    accept,
    click_of,
    fill_in,
    invite,
    join,
    modal_content,
    review,
    submission_of,
    words,
)


@pytest.fixture
def petra(stage: Stage) -> Seat:
    """Pays yearly for an account of her own: the first worked example, W1."""
    return stage.seat("petra")


async def test_the_invitation_names_a_licence_only_where_one_is_given(stage: Stage, adam: Seat, petra: Seat) -> None:
    """S01."""
    frank = stage.seat("frank")
    await invite(stage, adam, "petra@acme.example", licence="licensed", note="Welcome\nback")
    await invite(stage, adam, "frank@acme.example", licence="basic")
    [licensed], [basic] = words(petra), words(frank)
    assert "You get a *licence*" in licensed
    assert "licence" not in basic.lower()
    assert "*Basic* member" in basic
    assert "> Welcome\n> back" in licensed
    assert "You can answer until Sunday, 23 August 2026, 14:00." in licensed, "thirty days, in her zone"
    assert petra.dm()[0].buttons == ["Review", "Decline"]


async def test_the_briefing_shows_the_quote_with_its_arithmetic(stage: Stage, adam: Seat, petra: Seat) -> None:
    """S04, F1, W1: the exact figure, how it comes about, and until when it holds."""
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    text = petra.modal.text
    assert "*You get back €89.94*" in text
    assert "1 Mar 2026 to 1 Mar 2027: €149.90 × 219 of 365 days = *€89.94*" in text
    assert "€15.61 is tax and €74.33 is net" in text
    assert "This figure holds until Friday, 24 July 2026, 14:30." in text
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.PENDING, "opening answers nothing"


async def test_the_balance_stands_apart_from_the_quote(stage: Stage, adam: Seat, petra: Seat) -> None:
    """S25: two lines, and the balance is no part of the refund."""
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    [balance] = [line for line in petra.modal.text.splitlines() if "balance" in line]
    assert "you owe €0.00" in balance
    assert "89.94" not in balance


async def test_the_owner_of_a_paid_account_chooses_and_nothing_is_chosen_for_them(
    stage: Stage, adam: Seat, petra: Seat
) -> None:
    """S24: exactly two options, both with the amount, none preselected; without a choice a field error."""
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    choice = petra.modal.element("settlement")
    assert choice is not None
    labels = [option["text"]["text"] for option in choice.element["options"]]
    assert labels == ["Refund of €89.94", "Credit of €89.94"]
    assert "€89.94 goes back to Visa ending in 4242" in petra.modal.text
    assert "€89.94 goes to Acme Corp, who use it for their invoices. You get no money." in petra.modal.text
    assert "initial_option" not in choice.element
    assert "You can choose once." in petra.modal.text

    await fill_in(petra)
    await petra.submit()
    assert "settlement" in petra.modal.errors


@pytest.mark.parametrize(("who", "only"), [("aisha", "Credit of"), ("yuki", "Refund of")])
async def test_where_there_is_one_way_to_pay_back_it_is_chosen_on_purpose_too(
    stage: Stage, adam: Seat, who: str, only: str
) -> None:
    """S24: not preselected, and not called a choice."""
    invitee = stage.seat(who)
    await invite(stage, adam, f"{who}@acme.example")
    await review(stage, invitee)
    choice = invitee.modal.element("settlement")
    assert choice is not None
    [option] = choice.element["options"]
    assert option["text"]["text"].startswith(only)
    assert "initial_option" not in choice.element
    assert "This is the only way to pay it back. Please choose it." in invitee.modal.text
    assert "choose once" not in invitee.modal.text


async def test_an_acceptance_without_choice_or_ticks_is_refused_beside_the_fields(
    stage: Stage, adam: Seat, petra: Seat
) -> None:
    """S24, S41: the client would not send it; the bot does not rely on that."""
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    view = modal_content(petra)
    answer = await stage.deliver(submission_of(stage, petra, view, {}))
    assert answer["response_action"] == "errors"
    assert set(answer["errors"]) == {"settlement", "ticks"}
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.PENDING


async def test_a_refund_goes_to_the_payment_method(stage: Stage, adam: Seat, petra: Seat) -> None:
    """S27, S28, S29: joined, signs in as before, and knows when the money comes."""
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    await fill_in(petra, "refund")
    await petra.submit()
    assert "Working on it" in petra.modal.text
    await stage.settle()

    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.JOINED
    for seen in (petra.modal.text, words(petra)[-1]):
        assert "You have joined Acme Corp" in seen
        assert "You sign in as before" in seen
        assert "€89.94 goes back to Visa ending in 4242" in seen
        assert "Wed, 29 Jul – Fri, 31 Jul 2026" in seen.replace("\u2009", " ").replace("\u202f", " ").replace("  ", " ")
    assert len(words(petra)) == 1, "one message, brought up to date"
    assert petra.dm()[0].buttons == []
    overview, notice = words(adam)
    assert "has joined" in overview
    assert "has joined" in notice
    assert "€" not in overview + notice, "money is private to the invitee"
    channel = [message.text for message in adam.messages("it-licences")]
    assert "1 joined" in channel[-1]


async def test_credit_goes_to_the_organisation_and_its_admin_hears_the_amount(
    stage: Stage, adam: Seat, petra: Seat
) -> None:
    """S19, S20: exactly one notice with the amount of the ledger; on autopay it applies itself."""
    await join(stage, adam, petra, "credit")
    [credit] = await stage.accounts.list_credits(Call(Admin("acme", "adam@acme.example"), "test"), "acme")
    assert credit.amount.minor == 8994
    [notice] = words(adam)[1:]
    assert "has joined and chose to transfer €89.94 as credit to your account" in notice
    assert credit.id in notice
    assert "applied automatically to future invoices" in notice
    assert "€89.94 went to Acme Corp" in words(petra)[-1]


async def test_somebody_with_a_free_account_hears_nothing_of_money(stage: Stage, adam: Seat) -> None:
    """S04, S24: no money block, no choice."""
    frank = stage.seat("frank")
    await invite(stage, adam, "frank@acme.example")
    await review(stage, frank)
    assert "€" not in frank.modal.text
    assert "refund" not in frank.modal.text.lower()
    assert frank.modal.element("settlement") is None
    await accept(stage, frank)
    assert (await stage.invitation("frank@acme.example")).status is InvitationStatus.JOINED
    assert "refund" not in words(frank)[-1].lower()


async def test_somebody_without_an_account_joins(stage: Stage, adam: Seat) -> None:
    zoe = stage.seat("zoe")
    await invite(stage, adam, "zoe@acme.example")
    await review(stage, zoe)
    assert "You have no account yet" in zoe.modal.text
    await accept(stage, zoe)
    assert (await stage.invitation("zoe@acme.example")).status is InvitationStatus.JOINED
    for said in (words(zoe)[-1], zoe.modal.text):
        assert "You sign in with this address: zoe@acme.example. The mail that you got says how." in said
        assert "as before" not in said, "there was nothing to sign in to"


async def test_the_owner_of_an_account_brings_everybody_along(stage: Stage, adam: Seat) -> None:
    """S30: count and names, external people marked, and a tick."""
    oscar = stage.seat("oscar")
    await invite(stage, adam, "oscar@olsen-design.example")
    await review(stage, oscar)
    text = oscar.modal.text
    assert "3 other people are on your account and join with you" in text
    assert "Kari Freelance (kari@freelance.example), *outside the organisation*" in text
    assert "Ida Olsen (ida@olsen-design.example)\n" in text
    view = modal_content(oscar)
    answer = await stage.deliver(
        submission_of(stage, oscar, view, {"settlement": "refund", "ticks": ["reports_saved"]})
    )
    assert "ticks" in answer["errors"]
    await accept(stage, oscar, "refund")
    assert (await stage.invitation("oscar@olsen-design.example")).status is InvitationStatus.JOINED
    call = Call(Admin("acme", "adam@acme.example"), "test")
    members = {member.email for member in (await stage.accounts.list_members(call, "acme")).items}
    assert {"oscar@olsen-design.example", "ida@olsen-design.example", "kari@freelance.example"} <= members


async def test_somebody_on_anothers_account_has_nothing_to_choose(stage: Stage, adam: Seat) -> None:
    """S24: paid but not owner: no choice, and why."""
    ida = stage.seat("ida")
    await invite(stage, adam, "ida@olsen-design.example")
    await review(stage, ida)
    assert ida.modal.element("settlement") is None
    assert "owner" in ida.modal.text
    assert "€" not in ida.modal.text


@pytest.mark.parametrize(
    ("who", "what"),
    [
        ("ivan", "1 invoice is not paid yet"),
        ("rosa", "There are 2 rooms on your account"),
        ("carla", "You have asked to cancel your subscription"),
    ],
)
async def test_obstacles_are_shown_instead_of_accept(stage: Stage, adam: Seat, who: str, what: str) -> None:
    """S26, S32, S34: what is in the way, how it is taken away, and no way to accept before."""
    invitee = stage.seat(who)
    await invite(stage, adam, str(invitee.person.email))
    await review(stage, invitee)
    assert what in invitee.modal.text
    assert "submit" not in modal_content(invitee)
    assert "€" not in "".join(words(adam)), "the inviter never sees amounts"


async def test_an_obstacle_that_is_gone_lets_the_same_invitation_be_accepted(stage: Stage, adam: Seat) -> None:
    """S26: paid; check again; no new invitation needed."""
    ivan = stage.seat("ivan")
    await invite(stage, adam, "ivan@acme.example")
    await review(stage, ivan)
    await stage.change_accounts(
        "{number: INV-2231, total: 1599, due: today - 12 days}",
        "{number: INV-2231, total: 1599, due: today - 12 days, status: paid}",
    )
    await ivan.click("review_again")
    await stage.settle()
    await accept(stage, ivan, "credit")
    assert (await stage.invitation("ivan@acme.example")).status is InvitationStatus.JOINED
    assert len(await stage.invitations()) == 1


async def test_the_reason_for_declining_reaches_the_inviter(stage: Stage, adam: Seat, petra: Seat) -> None:
    """F7, Q3: told at once, with the reason; the reminders are gone."""
    await invite(stage, adam, "petra@acme.example")
    await petra.click("decline")
    await stage.settle()
    await petra.submit(reason="I like <my> account")
    await stage.settle()
    declined = await stage.invitation("petra@acme.example")
    assert (declined.status, declined.end_reason) == (InvitationStatus.DECLINED, "I like <my> account")
    assert "I like &lt;my&gt; account" in words(adam)[-1]
    assert "I like &lt;my&gt; account" in words(adam)[0]
    assert "You have declined" in petra.modal.text
    assert petra.dm()[0].buttons == []
    assert await stage.waiting() == []
    backend = await stage.accounts.get_invitation(
        Call(Invitee(declined.backend_id or ""), "t"), declined.backend_id or ""
    )
    assert backend.status == "declined"


async def test_declining_needs_no_reason_and_does_not_block_a_new_invitation(
    stage: Stage, adam: Seat, petra: Seat
) -> None:
    """F7, Q4, F5."""
    await invite(stage, adam, "petra@acme.example")
    await petra.click("decline")
    await petra.submit()
    await stage.settle()
    assert "without giving a reason" in words(adam)[-1]
    await petra.close()
    await invite(stage, adam, "petra@acme.example")
    statuses = sorted(one.status for one in await stage.invitations())
    assert statuses == [InvitationStatus.DECLINED, InvitationStatus.PENDING]


@pytest.mark.parametrize("action", ["review", "decline"])
async def test_somebody_elses_click_answers_nothing(stage: Stage, adam: Seat, petra: Seat, action: str) -> None:
    """Invariant 5: who acts comes from Slack's signature; the button's value proves nothing."""
    await invite(stage, adam, "petra@acme.example")
    invitation = await stage.invitation("petra@acme.example")
    mia = stage.seat("mia")
    await stage.deliver(click_of(stage, mia, action, invitation.id))
    await stage.settle()
    assert f"This invitation is for <@{petra.id}>, so only they can answer it." in mia.modal.text
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.PENDING
    denied = (await stage.audit())[-1]
    assert (denied.action, denied.actor, denied.detail) == (Action.DENIED, mia.id, {"why": "NotYourInvitation"})


async def test_somebody_else_cannot_submit_the_briefing_or_decline(stage: Stage, adam: Seat, petra: Seat) -> None:
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    mia = stage.seat("mia")
    forged = submission_of(stage, mia, modal_content(petra), {"settlement": "refund", "ticks": ["reports_saved"]})
    answer = await stage.deliver(forged)
    assert "This invitation is for" in str(answer)
    invitation = await stage.invitation("petra@acme.example")
    decline = {"type": "modal", "callback_id": "decline", "private_metadata": invitation.id}
    answer = await stage.deliver(submission_of(stage, mia, decline, {}))
    assert "This invitation is for" in str(answer)
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.PENDING


async def test_accepting_twice_at_once_makes_one_join(stage: Stage, adam: Seat, petra: Seat) -> None:
    """R11, Q22: one settlement, however often it is pressed."""
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    values = {"settlement": "refund", "ticks": ["reports_saved"]}
    view = modal_content(petra)
    both = [{**values}, {**values, "settlement": "credit"}, {**values}]
    answers = await asyncio.gather(*(stage.deliver(submission_of(stage, petra, view, one)) for one in both))
    await stage.settle()
    assert sum("Working on it" in str(answer) for answer in answers) == 1
    accepted = [entry for entry in await stage.audit() if entry.action is Action.ACCEPTED]
    assert len(accepted) == 1
    joined = [entry for entry in await stage.audit() if entry.action is Action.JOINED]
    assert len(joined) == 1


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        ("accepted", "You have joined."),
        ("declined", "You have declined this invitation"),
        ("revoked", "This invitation has been taken back"),
        ("expired", "This invitation has expired"),
    ],
)
async def test_a_late_click_hears_how_things_stand(
    stage: Stage, adam: Seat, petra: Seat, end: str, sentence: str
) -> None:
    """F8, F15: the message has no buttons any more; a click that was on its way gets one private sentence."""
    await invite(stage, adam, "petra@acme.example")
    invitation = await stage.invitation("petra@acme.example")
    await review(stage, petra)
    view = modal_content(petra)
    match end:
        case "accepted":
            await accept(stage, petra, "refund")
        case "declined":
            await petra.close()
            await petra.click("decline")
            await petra.submit()
        case "revoked":
            await adam.command("/invite", "revoke petra@acme.example")
        case "expired":
            await stage.later(timedelta(days=30))
    await stage.settle()
    while petra.has_modal:
        await petra.close()
    assert petra.dm()[0].buttons == []

    for action in ("review", "decline"):
        await stage.deliver(click_of(stage, petra, action, invitation.id))
        await stage.settle()
        assert sentence in petra.modal.text
        await petra.close()
    late = submission_of(stage, petra, view, {"settlement": "refund", "ticks": ["reports_saved"]})
    answer = await stage.deliver(late)
    assert sentence in str(answer)
    await stage.settle()
    joined = [entry for entry in await stage.audit() if entry.action is Action.JOINED]
    assert len(joined) == (1 if end == "accepted" else 0)


async def test_an_invitation_that_is_unknown_is_said(stage: Stage, petra: Seat) -> None:
    await stage.deliver(click_of(stage, petra, "review", "nonsense"))
    await stage.settle()
    assert "I do not know this invitation any more" in petra.modal.text


async def test_a_quote_that_expires_in_the_open_modal_is_asked_for_again(stage: Stage, adam: Seat, petra: Seat) -> None:
    """R15: show the new figure and ask again; nothing was accepted."""
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    stage.clock.advance(timedelta(minutes=31))
    await fill_in(petra, "refund")
    await petra.submit()
    await stage.settle()
    assert "no longer valid" in petra.modal.text
    assert "This figure holds until Friday, 24 July 2026, 15:01." in petra.modal.text
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.PENDING
    await accept(stage, petra, "refund")
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.JOINED


async def test_facts_that_change_after_the_briefing_give_the_invitation_back(
    stage: Stage, adam: Seat, petra: Seat
) -> None:
    """R15: what is paid is what was agreed to, or nothing is done and it is asked again."""
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    await stage.change_accounts("gross: 14990\n            tax: 2602", "gross: 11992\n            tax: 2081")
    await accept(stage, petra, "refund")
    invitation = await stage.invitation("petra@acme.example")
    assert invitation.status is InvitationStatus.PENDING
    assert "The amount has changed" in petra.modal.text
    assert "The amount has changed" in words(petra)[-1]
    assert petra.dm()[0].buttons == ["Review", "Decline"]
    await petra.click("review_again")
    await stage.settle()
    assert "*You get back €71.95*" in petra.modal.text
    await accept(stage, petra, "refund")
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.JOINED
    assert "€71.95 goes back" in words(petra)[-1]


async def test_an_invoice_that_falls_due_meanwhile_gives_the_invitation_back(
    stage: Stage, adam: Seat, petra: Seat
) -> None:
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    await stage.change_accounts(
        "  # Two lines on periods",
        "    invoices:\n      - {number: LATE-1, total: 500, due: today}\n\n  # Two lines on periods",
    )
    await accept(stage, petra, "refund")
    assert "Something stands in the way now" in petra.modal.text
    await petra.click("review_again")
    await stage.settle()
    assert "LATE-1" in petra.modal.text
    assert "submit" not in modal_content(petra)


async def test_a_join_whose_answer_is_lost_is_not_done_twice(stage: Stage, adam: Seat, petra: Seat) -> None:
    """R16, Q22: the backend acted and we did not hear; the same key asks again."""
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    stage.faults.time_out_next(Capability.ACCEPT_INVITATION)
    stage.faults.refuse_next(Capability.GET_JOIN)
    stage.faults.refuse_next(Capability.GET_REFUND)
    await accept(stage, petra, "credit")
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.JOINED
    held = await stage.accounts.list_credits(Call(Admin("acme", "adam@acme.example"), "test"), "acme")
    assert len(held) == 1


async def test_a_join_that_never_gets_through_calls_for_a_person_and_can_be_resumed(
    stage: Stage, adam: Seat, petra: Seat
) -> None:
    """R16: it stays accepting, because money may have moved; a person's act tries again with the same key."""
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    stage.faults.time_out_next(Capability.ACCEPT_INVITATION)
    for _ in range(100):
        stage.faults.refuse_next(Capability.ACCEPT_INVITATION)
    await accept(stage, petra, "credit")
    for _ in range(50):
        await stage.later(timedelta(hours=1))
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.ACCEPTING
    assert "takes longer than expected" in petra.modal.text
    assert "could not be carried out" in words(adam)[-1]

    stage.faults.clear()
    outcome = await adam.command("/invite", "resend petra@acme.example")
    await stage.settle()
    assert outcome is not None
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.JOINED
    held = await stage.accounts.list_credits(Call(Admin("acme", "adam@acme.example"), "test"), "acme")
    assert len(held) == 1


async def test_a_backend_that_does_not_answer_the_review_is_said(stage: Stage, adam: Seat, petra: Seat) -> None:
    await invite(stage, adam, "petra@acme.example")
    stage.faults.refuse_next(Capability.LIST_BLOCKERS)
    await review(stage, petra)
    assert "does not answer at the moment" in petra.modal.text
    await petra.close()
    await review(stage, petra)
    assert "You get back" in petra.modal.text


async def test_the_organisation_owes_nothing_of_the_invitees(stage: Stage, adam: Seat, petra: Seat) -> None:
    """The refund comes from the individual account's own payments: the organisation gets no invoice for it."""
    await join(stage, adam, petra, "refund")
    call = Call(Admin("acme", "adam@acme.example"), "test")
    assert list(await stage.accounts.list_invoices(call, "acme", InvoiceStatus.OPEN)) == []
