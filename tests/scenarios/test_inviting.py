"""What an admin does, from the command to the summary, and who may not."""

import re
from datetime import timedelta

import pytest

from bot.accounts.errors import NoSeatAvailable, Unavailable
from bot.accounts.values import Capability
from bot.sandbox.seat import Seat
from models.audit import Action
from models.invitation import InvitationStatus, Reach
from tests.scenarios.conftest import Stage
from tests.scenarios.steps import invite, modal_content, open_form, preview, words


async def test_command_and_shortcut_and_home_open_the_same_form(stage: Stage, adam: Seat) -> None:
    """S09: every way in opens one modal with the same callback id."""
    seen = []
    await open_form(stage, adam)
    seen.append(modal_content(adam))
    await adam.close()
    await open_form(stage, adam, command="/account-invite")
    seen.append(modal_content(adam))
    await adam.close()
    await adam.shortcut("invite_people")
    await stage.settle()
    seen.append(modal_content(adam))
    await adam.close()
    await adam.open_home()
    await stage.settle()
    await adam.click("invite", on=adam.home)
    await stage.settle()
    seen.append(modal_content(adam))

    assert {view["callback_id"] for view in seen} == {"invite_form"}
    opened = [call.arguments["view"]["callback_id"] for call in stage.calls("views.open")]
    assert set(opened) == {"loading"}, "a loading view at once, then the form"


async def test_entries_of_the_command_are_filled_in(stage: Stage, adam: Seat) -> None:
    await open_form(stage, adam, "ann@x.com, Bob <bob@y.com> @petra")
    element = adam.modal.element("addresses")
    assert element is not None
    assert element.element["initial_value"] == "ann@x.com\nBob <bob@y.com>\nPetra de Vries <petra@acme.example>"


async def test_a_member_may_not_invite(stage: Stage) -> None:
    """S05: a private refusal at once, recorded as denied, and nothing is sent."""
    mia = stage.seat("mia")
    await open_form(stage, mia, "ann@x.com")

    assert not mia.has_modal
    assert "Only admins and owners" in words(mia)[-1]
    [entry] = await stage.audit()
    assert (entry.action, entry.actor, entry.detail) == (Action.DENIED, mia.id, {"why": "NotAnAdmin"})
    assert await stage.invitations() == []


async def test_a_role_that_is_lost_between_form_and_send_is_noticed(stage: Stage, adam: Seat) -> None:
    """S05: asked again at submit."""
    await preview(stage, adam, "petra@acme.example")
    await stage.change_accounts(
        "    admins:\n      - Adam Alvarez <adam@acme.example>\n    members:\n",
        "    members:\n      - Adam Alvarez <adam@acme.example>\n",
    )
    await adam.submit()
    await stage.settle()

    assert "Only admins and owners" in adam.modal.text
    assert await stage.invitations() == []
    assert words(stage.seat("petra")) == []


async def test_somebody_unknown_to_the_account_is_told_how_to_link(stage: Stage) -> None:
    """S07: a step to take, not a silent failure."""
    zoe = stage.seat("zoe")
    await open_form(stage, zoe)
    assert "has no member with the e-mail address of your Slack profile" in words(zoe)[-1]


@pytest.mark.parametrize("who", ["giulia"])
async def test_guests_may_not_invite(stage: Stage, who: str) -> None:
    guest = stage.seat(who)
    await open_form(stage, guest)
    assert "full members" in words(guest)[-1]


async def test_three_addresses_with_one_twice_make_two_invitations(stage: Stage, adam: Seat) -> None:
    """S10: the capitals do not count, and the one entered twice is named."""
    await preview(stage, adam, "petra@acme.example; PETRA@ACME.EXAMPLE\nfrank@acme.example")
    assert "2 people will be invited" in adam.modal.text
    assert "was entered more than once" in adam.modal.text
    await adam.submit()
    await stage.settle()

    assert "2 invitations are on their way" in adam.modal.text
    assert [one.address for one in await stage.invitations()] == ["frank@acme.example", "petra@acme.example"]
    assert {one.status for one in await stage.invitations()} == {InvitationStatus.PENDING}


async def test_the_preview_says_of_each_what_they_are(stage: Stage, adam: Seat) -> None:
    """S02: every kind of person has an answer of its own."""
    await invite(stage, adam, "rosa@acme.example")
    everybody = {
        "zoe@acme.example": "has no account yet",
        "frank@acme.example": "has a free account of their own",
        "petra@acme.example": "pays for an account of their own",
        "oscar@olsen-design.example": "owns an account with 3 other users, who come along as Basic members; 1 of them",
        "ida@olsen-design.example": "is on the account of Oscar Olsen, and comes along when Oscar Olsen joins",
        "mia@acme.example": "is a member already",
        "rosa@acme.example": "has been invited already",
        "edda@initech.example": "belongs to another organisation",
        "bounce@acme.example": "cannot receive mail at this address",
        "no address": "is not an e-mail address",
        "a..b@acme.example": "is not an e-mail address",
    }
    await preview(stage, adam, "\n".join(everybody))
    lines = adam.modal.text.splitlines()
    for address, what in everybody.items():
        [line] = [line for line in lines if address in line]
        assert what in line
    assert "5 people will be invited" in adam.modal.text
    assert "6 entries will not be invited" in adam.modal.text
    assert "5 needed, 15 left" in adam.modal.text
    assert "€" not in adam.modal.text, "money is private to the invitee"


async def test_the_owner_of_an_account_is_named_only_where_they_are_entered_too(stage: Stage, adam: Seat) -> None:
    await preview(stage, adam, "ida@olsen-design.example")
    assert "is on an account that somebody else owns" in adam.modal.text
    assert "Oscar" not in adam.modal.text


async def test_the_preview_marks_whom_the_bot_is_known_not_to_reach_in_slack(stage: Stage, adam: Seat) -> None:
    """Known from the mention; nobody is looked up in Slack for it."""
    await open_form(stage, adam, "<@U0GIULIA01> <@U0FRANK001> nils@acme.example")
    asked = [len(stage.calls(method)) for method in ("users.info", "users.lookupByEmail", "users.list")]
    await adam.submit(licence="basic")
    await stage.settle()
    lines = {one: line for line in adam.modal.text.splitlines() for one in ("giulia", "frank", "nils") if one in line}
    assert "gets it by mail only" in lines["giulia"]
    assert "by mail only" not in lines["frank"]
    assert "by mail only" not in lines["nils"], "only Slack could tell"
    assert [len(stage.calls(method)) for method in ("users.info", "users.lookupByEmail", "users.list")] == asked


async def test_nothing_is_sent_before_send(stage: Stage, adam: Seat) -> None:
    await preview(stage, adam, "petra@acme.example")
    await adam.close()
    assert await stage.invitations() == []
    assert words(stage.seat("petra")) == []


async def test_only_rubbish_is_refused_beside_the_field(stage: Stage, adam: Seat) -> None:
    """S13: refused at entry, and what was typed stays."""
    await preview(stage, adam, "rubbish, more rubbish")
    assert adam.modal.errors == {
        "addresses": "There is no e-mail address in this: “rubbish” and “more rubbish”. "
        "Write one such as ann@example.com."
    }
    await adam.submit(addresses=" ,;\n")
    assert "Enter at least one e-mail address" in adam.modal.errors["addresses"]


async def test_changing_the_entries_keeps_everything(stage: Stage, adam: Seat) -> None:
    await preview(stage, adam, "petra@acme.example, frnak", licence="basic", note="See you there")
    await adam.click("change_entries")
    await stage.settle()
    element = adam.modal.element("addresses")
    assert element is not None
    assert element.element["initial_value"] == "petra@acme.example\nfrnak"
    assert "See you there" in str(adam.modal.blocks)
    await adam.submit(addresses="petra@acme.example, frank@acme.example")
    await stage.settle()
    assert "2 people will be invited" in adam.modal.text
    assert "loses its licensed features by joining as Basic" in adam.modal.text


async def test_too_few_licences_cannot_be_sent(stage: Stage, adam: Seat) -> None:
    await preview(stage, adam, " ".join(f"new{number}@acme.example" for number in range(17)))
    assert "17 needed, but only 16 left" in adam.modal.text
    assert "submit" not in modal_content(adam)


async def test_a_hundred_addresses_go_as_smoothly_as_one(stage: Stage, adam: Seat) -> None:
    people = [f"person{number:03}@acme.example" for number in range(100)]
    await preview(stage, adam, "\n".join(people), licence="basic")
    assert "100 people will be invited" in adam.modal.text
    await adam.submit()
    await stage.settle()
    assert "100 invitations are on their way" in adam.modal.text
    invitations = await stage.invitations()
    assert len(invitations) == 100
    assert {one.reach for one in invitations} == {Reach.NOT_IN_SLACK}
    overview, notice = words(adam)[-2:]
    assert "100 waiting" in overview
    assert "I cannot write to 100 people in this Slack workspace" in notice
    assert len(stage.calls("chat.postMessage")) == 3, "one overview, one notice, one channel message"
    assert len(stage.calls("users.lookupByEmail")) == 0, "pages of the directory are fewer calls"


async def test_a_hundred_addresses_do_not_fit_one_field(stage: Stage, adam: Seat) -> None:
    people = ", ".join(f"a.rather.long.name{number:03}@acme.example" for number in range(100))
    await open_form(stage, adam, people)
    await adam.submit(licence="basic")
    await stage.settle()
    assert "100 people will be invited" in adam.modal.text


async def test_pressing_send_twice_sends_once(stage: Stage, adam: Seat) -> None:
    await preview(stage, adam, "petra@acme.example")
    await adam.submit()
    pressed = stage.sandbox.workspace.record.deliveries("view_submission")[-1].payload
    assert pressed["view"]["callback_id"] == "invite_preview"
    answer = await stage.deliver(pressed)
    await stage.settle()
    assert "You had sent these before" in str(answer)
    assert len(await stage.invitations()) == 1
    assert len(words(stage.seat("petra"))) == 1


async def test_somebody_not_in_slack_is_kept_and_the_inviter_told(stage: Stage, adam: Seat) -> None:
    await invite(stage, adam, "nils@acme.example")
    nils = await stage.invitation("nils@acme.example")
    assert (nils.status, nils.reach) == (InvitationStatus.PENDING, Reach.NOT_IN_SLACK)
    overview, notice = words(adam)
    assert "not reachable in Slack" in overview
    assert "I cannot write to 1 person in this Slack workspace" in notice
    assert "nils@acme.example" in notice


async def test_somebody_deactivated_in_slack_is_not_written_to(stage: Stage, adam: Seat) -> None:
    await invite(stage, adam, "dirk@acme.example")
    assert (await stage.invitation("dirk@acme.example")).reach is Reach.NOT_IN_SLACK
    assert words(stage.seat("dirk")) == []
    assert "dirk@acme.example" in words(adam)[-1]


async def test_why_somebody_cannot_be_written_to_is_said_of_each_in_one_notice(stage: Stage, adam: Seat) -> None:
    await invite(stage, adam, "nils@acme.example, giulia@partner.example", "basic")
    assert (await stage.invitation("giulia@partner.example")).reach is Reach.GUEST
    overview, notice = words(adam)
    assert overview.count("*not reachable in Slack*") == 2
    assert "I cannot write to 2 people in this Slack workspace" in notice
    [nils] = [line for line in notice.splitlines() if "nils@acme.example" in line]
    [giulia] = [line for line in notice.splitlines() if "giulia@partner.example" in line]
    assert "no active account there has this address" in nils
    assert "a guest there" in giulia
    assert "`/account-invite resend`" in notice


async def test_people_stand_in_the_overview_in_the_order_they_were_entered(stage: Stage, adam: Seat) -> None:
    """As in the preview, and in the list that the admin holds beside it."""
    entered = ["zoe@acme.example", "petra@acme.example", "nils@acme.example", "frank@acme.example", "aa@acme.example"]
    await invite(stage, adam, ", ".join(entered), "basic")
    overview, notice = words(adam)
    assert re.findall(r"[\w.]+@[\w.]+", overview) == entered
    assert notice.index("nils@acme.example") < notice.index("aa@acme.example")


async def test_mentions_that_lead_nowhere_are_named(stage: Stage, adam: Seat) -> None:
    await preview(stage, adam, "<@U0DIRK0001> <@U0INVITE01> <@U0NOBODY01> petra@acme.example")
    assert adam.modal.text.count("is no active person in this workspace") == 3
    assert "1 person will be invited" in adam.modal.text


async def test_whom_the_backend_refuses_is_named_with_the_reason(stage: Stage, adam: Seat) -> None:
    await preview(stage, adam, "petra@acme.example, frank@acme.example")
    stage.faults.refuse_next(Capability.INVITE, NoSeatAvailable("licensed"))
    await adam.submit()
    await stage.settle()
    ended = [one for one in await stage.invitations() if one.status is InvitationStatus.UNDELIVERABLE]
    assert [one.end_reason for one in ended] == ["NoSeatAvailable"]
    assert "1 person could not be invited" in words(adam)[-1]
    assert "no licence was left for them" in words(adam)[-1]


async def test_the_backend_may_be_away_for_a_while(stage: Stage, adam: Seat) -> None:
    await preview(stage, adam, "petra@acme.example")
    for _ in range(3):
        stage.faults.refuse_next(Capability.INVITE)
    stage.faults.time_out_next(Capability.INVITE)
    await adam.submit()
    await stage.settle()
    assert (await stage.invitation("petra@acme.example")).status is InvitationStatus.PENDING
    assert len(words(stage.seat("petra"))) == 1


async def test_a_backend_that_stays_away_ends_the_invitation(stage: Stage, adam: Seat) -> None:
    await preview(stage, adam, "petra@acme.example")
    for _ in range(100):
        stage.faults.refuse_next(Capability.INVITE, Unavailable("away"))
    await adam.submit()
    for _ in range(50):
        await stage.later(timedelta(hours=1))
    petra = await stage.invitation("petra@acme.example")
    assert (petra.status, petra.end_reason) == (InvitationStatus.UNDELIVERABLE, "Unavailable")
    assert "could not be invited" in words(adam)[-1]


async def test_a_backend_that_does_not_answer_the_command_is_said(stage: Stage, adam: Seat) -> None:
    stage.faults.refuse_next(Capability.GET_ACCOUNT)
    await open_form(stage, adam)
    assert "does not answer at the moment" in words(adam)[-1]


async def test_a_person_who_could_not_be_looked_up_is_named(stage: Stage, adam: Seat) -> None:
    await open_form(stage, adam)
    adam.fill(addresses="petra@acme.example, frank@acme.example")
    stage.faults.refuse_next(Capability.LOOKUP_USER)
    await adam.submit()
    await stage.settle()
    assert "could not be checked" in adam.modal.text
    assert "1 person will be invited" in adam.modal.text


async def test_what_people_typed_cannot_break_out_of_a_message(stage: Stage, adam: Seat) -> None:
    """A note and a name are shown as they are: no mention, no channel-wide call, no disguised link."""
    hostile = "<!channel> <@U0MIA00001> <https://evil.example|here> *bold* & more"
    await invite(stage, adam, '"<!here> Petra" <petra@acme.example>', note=hostile)
    message = stage.seat("petra").dm()[-1]
    blocks = str(message.blocks)
    assert "&lt;!channel&gt; &lt;@U0MIA00001&gt; &lt;https://evil.example|here&gt;" in blocks
    assert "<!" not in blocks
    assert "<!" not in str(adam.dm()[0].blocks)
