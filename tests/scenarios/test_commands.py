"""The subcommands: answered where they were typed, for admins only, with help for every slip."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.accounts.values import Capability
from bot.audit import By
from bot.invitations import look_up, resend, revoke
from bot.refusals import NoSuchInvitation
from bot.sandbox.seat import Seat
from models.audit import Action, Source
from models.invitation import InvitationStatus
from models.workspace import Workspace
from tests.scenarios.conftest import Stage
from tests.scenarios.steps import accept, invite, join, review, whispered, words


async def said(stage: Stage, admin: Seat, text: str, command: str = "/invite") -> str:
    await admin.command(command, text)
    await stage.settle()
    return whispered(admin)[-1]


async def test_help_lists_what_there_is_by_the_name_it_was_called(stage: Stage, adam: Seat) -> None:
    """S14, S18."""
    text = await said(stage, adam, "help", command="/account-invite")
    for word in ("pending", "status", "revoke", "resend", "help"):
        assert f"/account-invite {word}" in text
    assert "single sign-on and associated domains" in text


@pytest.mark.parametrize(("typed", "meant"), [("pendign", "pending"), ("Revok", "revoke"), ("stauts x", "status")])
async def test_an_unknown_word_shows_the_help_with_the_nearest(
    stage: Stage, adam: Seat, typed: str, meant: str
) -> None:
    text = await said(stage, adam, typed)
    assert f"Did you mean `/invite {meant}`?" in text
    assert "lists who has not answered yet" in text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("revok petra@acme.example", "revoke"),
        ("stauts petra@acme.example", "status"),
        ("resned Petra <petra@acme.example>", "resend"),
        ("rsend @petra", "resend"),
        ("cancle petra@acme.example", "cancel"),
        ("Revok: petra@acme.example", "revoke"),
    ],
)
async def test_a_misspelt_word_before_an_address_shows_the_help_too(
    stage: Stage, adam: Seat, typed: str, meant: str
) -> None:
    """Whoever wanted to take an invitation back must not find themselves inviting."""
    text = await said(stage, adam, typed)
    assert not adam.has_modal
    assert f"Did you mean `/invite {meant}`?" in text


@pytest.mark.parametrize(
    ("typed", "entered"),
    [
        ("ann@x.com", "ann@x.com"),
        ("Bob <bob@y.com>", "Bob <bob@y.com>"),
        ("Lisa Smith <lisa@x.com>", "Lisa Smith <lisa@x.com>"),
        ("Lis <lis@x.com>", "Lis <lis@x.com>"),
        ("Hela hela@x.com", "Hela\nhela@x.com"),
        ("Resende, Maria <maria@x.com>", "Maria Resende <maria@x.com>"),
        ("status.quo@x.com", "status.quo@x.com"),
        ("@petra", "Petra de Vries <petra@acme.example>"),
        ("@", "@"),
        ("@@ !", "@@ !"),
        ("@here, petra@", "@here\npetra@"),
    ],
)
async def test_people_open_the_form_whatever_they_are_called(
    stage: Stage, adam: Seat, typed: str, entered: str
) -> None:
    await adam.command("/invite", typed)
    await stage.settle()
    field = adam.modal.element("addresses")
    assert field is not None
    assert field.element["initial_value"] == entered


async def test_other_words_for_the_same_and_a_colon_behind_are_understood(stage: Stage, adam: Seat) -> None:
    await invite(stage, adam, "petra@acme.example")
    assert "1 open invitation" in await said(stage, adam, "list")
    assert "gets the invitation once more" in await said(stage, adam, "Resend: petra@acme.example")
    assert "waiting for an answer" in await said(stage, adam, "status\tpetra@acme.example")
    assert "has been taken back" in await said(stage, adam, "cancel petra@acme.example")


async def test_a_word_that_is_near_to_nothing_shows_the_help_alone(stage: Stage, adam: Seat) -> None:
    text = await said(stage, adam, "<!channel> xyzzy")
    assert "Did you mean" not in text
    assert "&lt;!channel&gt;" in text


async def test_pending_lists_who_has_not_answered(stage: Stage, adam: Seat) -> None:
    """S12: age, expiry, reminders, delivery; gone once answered."""
    assert "Nobody has an open invitation to Acme Corp" in await said(stage, adam, "pending")
    await invite(stage, adam, "petra@acme.example, nils@acme.example")
    await stage.later(timedelta(days=4))
    text = await said(stage, adam, "PENDING")
    assert "2 open invitations" in text
    [petra] = [line for line in text.splitlines() if "petra" in line]
    assert "sent 24 Jul 2026 (4 days ago)" in petra.replace("Jul 24, 2026", "24 Jul 2026")
    assert "reminded 1 time" in petra
    assert "reached in Slack" in petra
    [nils] = [line for line in text.splitlines() if "nils" in line]
    assert "not reachable in Slack" in nils
    petra_seat = stage.seat("petra")
    await petra_seat.click("decline")
    await petra_seat.submit()
    await stage.settle()
    assert "petra" not in await said(stage, adam, "pending")


async def test_status_says_how_one_invitation_stands(stage: Stage, adam: Seat) -> None:
    await invite(stage, adam, "petra@acme.example")
    assert "waiting for an answer" in await said(stage, adam, "status Petra <petra@acme.example>")
    assert "waiting for an answer" in await said(stage, adam, "status @petra")
    assert "Nobody has been invited as *nobody@acme.example*" in await said(stage, adam, "status nobody@acme.example")
    assert "Which address?" in await said(stage, adam, "status")
    assert "“rubbish” is not an e-mail address" in await said(stage, adam, "status rubbish")
    for several in ("petra@acme.example frank@acme.example", "petra@acme.example please"):
        assert "One address at a time, please, like this: `/invite status" in await said(
            stage, adam, f"status {several}"
        )
    await join(stage, stage.seat("olivia"), stage.seat("frank"))
    assert "has joined" in await said(stage, adam, "status FRANK@acme.example")


@pytest.mark.parametrize("word", ["status", "resend", "revoke"])
async def test_who_came_along_with_an_owner_is_a_member_without_an_invitation(
    stage: Stage, adam: Seat, word: str
) -> None:
    ida = "ida@olsen-design.example"
    await join(stage, adam, stage.seat("oscar"), "refund")
    text = await said(stage, adam, f"{word} {ida}", command="/account-invite")
    assert f"*{ida}* is a member of *Acme Corp* already, without an invitation from here" in text
    stage.faults.refuse_next(Capability.LOOKUP_USER)
    assert f"Nobody has been invited as *{ida}*" in await said(stage, adam, f"{word} {ida}")


async def test_revoking_kills_every_button(stage: Stage, adam: Seat) -> None:
    """F15: it cannot be answered from that moment on, here and in the account system."""
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    await review(stage, petra)
    assert "has been taken back" in await said(stage, stage.seat("olivia"), "revoke petra@acme.example")
    assert petra.dm()[0].buttons == []
    assert "This invitation has been taken back" in words(petra)[0]
    await accept(stage, petra, "refund")
    assert "This invitation has been taken back" in petra.modal.text
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.REVOKED
    assert "taken back" in words(adam)[0]
    assert "There is nothing to take back" in await said(stage, adam, "revoke petra@acme.example")


async def test_what_has_joined_cannot_be_revoked(stage: Stage, adam: Seat) -> None:
    await join(stage, adam, stage.seat("frank"))
    assert "frank@acme.example has joined" in await said(stage, adam, "revoke frank@acme.example")


async def test_sending_again_writes_once_more_and_the_older_message_loses_its_buttons(stage: Stage, adam: Seat) -> None:
    """F8: any older message leads to the present state."""
    petra = stage.seat("petra")
    await invite(stage, adam, "petra@acme.example")
    await stage.later(timedelta(days=1))
    assert "gets the invitation once more" in await said(stage, adam, "resend petra@acme.example")
    older, newer = petra.dm()
    assert (older.buttons, newer.buttons) == ([], ["Review", "Decline"])
    assert "There is a newer message" in older.text
    assert "24 August 2026" in newer.text, "thirty days from now"
    await stage.later(timedelta(days=29, hours=12))
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.PENDING
    await stage.later(timedelta(days=1))
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.EXPIRED


async def test_sending_again_invites_again_whom_it_had_ended_for(stage: Stage, adam: Seat) -> None:
    """F5, Q9: declined, expired and revoked never block a new invitation."""
    await invite(stage, adam, "petra@acme.example", licence="basic", note="Please")
    await said(stage, adam, "revoke petra@acme.example")
    assert "has been invited again" in await said(stage, adam, "resend petra@acme.example")
    again = [one for one in await stage.invitations() if one.is_open]
    assert [(one.licence, one.note) for one in again] == [("basic", "Please")]
    assert len(stage.seat("petra").dm()) == 2


async def test_there_is_nothing_to_send_to_who_has_joined(stage: Stage, adam: Seat) -> None:
    await join(stage, adam, stage.seat("frank"))
    assert "There is nothing to send again" in await said(stage, adam, "resend frank@acme.example")


@pytest.mark.parametrize(
    "text", ["pending", "status petra@acme.example", "revoke petra@acme.example", "resend petra@acme.example"]
)
async def test_members_are_refused_each_subcommand(stage: Stage, adam: Seat, text: str) -> None:
    """S05."""
    await invite(stage, adam, "petra@acme.example")
    mia = stage.seat("mia")
    assert "Only admins and owners" in await said(stage, mia, text)
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.PENDING
    assert (await stage.audit())[-1].action is Action.DENIED


async def test_invitations_into_another_organisation_are_not_touched(stage: Stage, adam: Seat) -> None:
    """The operator has had people join another account since: its admins have no say in the old invitations."""
    await invite(stage, adam, "frank@acme.example", licence="basic")
    nora = stage.seat("nora")
    elsewhere = replace(stage.bot.services, organisation="globex")
    workspace = Workspace(stage.sandbox.workspace.team.id)
    by = By(nora.id, Source.COMMAND)
    for verb in (look_up, revoke, resend):
        with pytest.raises(NoSuchInvitation):
            await verb(elsewhere, workspace, by, "frank@acme.example", "revoke ann@example.com")
    assert (await stage.invitation("frank@acme.example")).status is InvitationStatus.PENDING


async def test_the_home_tab_shows_what_waits_for_whom(stage: Stage, adam: Seat) -> None:
    """S08: an admin sees who is pending, everybody else their own invitations."""
    petra = stage.seat("petra")
    await petra.open_home()
    await stage.settle()
    assert "Nothing waits for you" in petra.home.text
    assert "Invite people" not in petra.home.text
    await invite(stage, adam, "petra@acme.example")
    await petra.open_home()
    await stage.settle()
    assert "invites you to join *Acme Corp*" in petra.home.text
    await adam.open_home()
    await stage.settle()
    assert "1 open invitation" in adam.home.text
    await petra.click("review", on=petra.home)
    await stage.settle()
    assert "You get back" in petra.modal.text
    assert [entry for entry in await stage.audit() if entry.action is Action.DENIED] == [], "looking is no offence"
