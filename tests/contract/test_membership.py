"""Members, licences and add-ons: S17, S31, S40."""

from datetime import UTC, datetime

import pytest

from bot.accounts.errors import (
    AccountError,
    CannotRemoveAdmin,
    CannotRemoveOwner,
    ConflictingPlanFields,
    Forbidden,
    InvitationPending,
    ManagedDomain,
    NoSeatAvailable,
    NotAMember,
    TransferTargetInvalid,
)
from bot.accounts.values import Home, RemovalMode, Role
from models.invitation import Licence
from models.join import SettlementKind
from tests.contract.stage import ADAM, BOT, MIA, NORA, Adapter, Stage
from tests.contract.worlds import world

UNTIL = datetime(2026, 12, 1, tzinfo=UTC)


class TestRemoval:
    async def test_unlinking_leaves_a_free_account(self, stage: Stage) -> None:
        await stage.backend.remove_member(ADAM, "acme", "mia@acme.example", RemovalMode.UNLINK)
        person = await stage.backend.lookup_user(ADAM, "acme", "mia@acme.example")
        assert (person.home, person.paid, person.owns_account) == (Home.INDIVIDUAL, False, True)
        assert person.licence is Licence.BASIC
        assert (await stage.backend.list_licences(ADAM, "acme"))[0].used == 4
        assert await stage.invite("mia@acme.example"), "and can be invited again"

    async def test_deleting_leaves_nothing(self, stage: Stage) -> None:
        await stage.backend.remove_member(ADAM, "acme", "mia@acme.example", RemovalMode.DELETE)
        assert (await stage.backend.lookup_user(ADAM, "acme", "mia@acme.example")).home is Home.NONE

    async def test_by_the_id_that_the_list_gives(self, stage: Stage) -> None:
        members = (await stage.backend.list_members(ADAM, "acme")).items
        mia = next(member for member in members if member.email == "mia@acme.example")
        await stage.backend.remove_member(ADAM, "acme", mia.id, RemovalMode.UNLINK)
        assert len((await stage.backend.list_members(ADAM, "acme")).items) == 2

    @pytest.mark.parametrize(
        ("member", "refusal"),
        [
            ("olivia@acme.example", CannotRemoveOwner),
            ("adam@acme.example", CannotRemoveAdmin),
            ("petra@acme.example", NotAMember),
            ("nobody@acme.example", NotAMember),
        ],
    )
    async def test_who_cannot_be_removed(self, stage: Stage, member: str, refusal: type[AccountError]) -> None:
        for mode in RemovalMode:
            with pytest.raises(refusal):
                await stage.backend.remove_member(ADAM, "acme", member, mode)

    async def test_an_address_of_a_managed_domain_stays(self, adapter: Adapter) -> None:
        managed = {"domains": [{"name": "acme.example", "policy": "manage"}]}
        stage = Stage(adapter, await adapter.open(world(acme=managed)))
        with pytest.raises(ManagedDomain):
            await stage.backend.remove_member(ADAM, "acme", "mia@acme.example", RemovalMode.UNLINK)
        assert (await stage.backend.lookup_user(ADAM, "acme", "mia@acme.example")).home is Home.MEMBER_HERE
        await stage.backend.remove_member(ADAM, "acme", "mia@acme.example", RemovalMode.DELETE)

    async def test_meetings_go_to_whoever_is_named(self, stage: Stage) -> None:
        await stage.join("tomas@acme.example", "tomas", SettlementKind.REFUND)
        frank, _ = await stage.join("frank@acme.example", "frank")
        await stage.backend.remove_member(ADAM, "acme", "tomas@acme.example", RemovalMode.DELETE, "frank@acme.example")
        meetings = await stage.backend.list_upcoming_meetings(frank, "frank@acme.example", "acme", UNTIL)
        assert [meeting.id for meeting in meetings] == ["M1", "W1"]

    @pytest.mark.parametrize("heir", ["petra@acme.example", "nobody@acme.example", "mia@acme.example", ""])
    async def test_to_nobody_else(self, stage: Stage, heir: str) -> None:
        with pytest.raises(TransferTargetInvalid):
            await stage.backend.remove_member(ADAM, "acme", "mia@acme.example", RemovalMode.DELETE, heir)

    async def test_only_by_those_who_manage_the_account(self, stage: Stage) -> None:
        ida = await stage.invited("ida@olsen.example")
        for call, account, member in [
            (MIA, "acme", "mia@acme.example"),
            (NORA, "acme", "mia@acme.example"),
            (BOT, "acme", "mia@acme.example"),
            (ADAM, "oscar", "kari@freelance.example"),
            (ida, "oscar", "kari@freelance.example"),
        ]:
            with pytest.raises(Forbidden):
                await stage.backend.remove_member(call, account, member, RemovalMode.UNLINK)


class TestLicence:
    async def test_s17_a_basic_member_gets_a_licence_later(self, stage: Stage) -> None:
        await stage.join("frank@acme.example", "frank")
        member = await stage.backend.assign_licence(ADAM, "acme", "frank@acme.example", Licence.LICENSED)
        assert (member.email, member.licence, member.role) == ("frank@acme.example", Licence.LICENSED, Role.MEMBER)
        assert (await stage.backend.list_licences(ADAM, "acme"))[0].used == 6
        again = await stage.backend.assign_licence(ADAM, "acme", member.id, Licence.LICENSED)
        assert again == member
        assert (await stage.backend.list_licences(ADAM, "acme"))[0].used == 6

    async def test_taking_a_licence_gives_the_seat_back(self, stage: Stage) -> None:
        await stage.backend.assign_licence(ADAM, "acme", "mia@acme.example", Licence.LICENSED, ["webinar"])
        member = await stage.backend.assign_licence(ADAM, "acme", "mia@acme.example", Licence.BASIC)
        assert (member.licence, member.add_ons) == (Licence.BASIC, ())
        assert [(pool.licence, pool.used) for pool in await stage.backend.list_licences(ADAM, "acme")] == [
            ("licensed", 4),
            ("webinar", 0),
        ]

    async def test_s40_add_ons_are_assigned_on_the_new_account(self, stage: Stage) -> None:
        await stage.join("tomas@acme.example", "tomas", SettlementKind.REFUND, Licence.LICENSED)
        member = await stage.backend.assign_licence(
            ADAM, "acme", "tomas@acme.example", Licence.LICENSED, ["webinar", "webinar"]
        )
        assert [add_on.code for add_on in member.add_ons] == ["webinar"]
        assert (await stage.backend.list_licences(ADAM, "acme"))[1].left == 0
        again = await stage.backend.assign_licence(ADAM, "acme", "tomas@acme.example", Licence.LICENSED, ["webinar"])
        assert again == member

    async def test_no_seat_of_a_licence(self, stage: Stage) -> None:
        """Reserved seats are not to be had either (F16)."""
        await stage.join("frank@acme.example", "frank")
        for number in range(5):
            await stage.invite(f"new{number}@acme.example", Licence.LICENSED)
        with pytest.raises(NoSeatAvailable) as refused:
            await stage.backend.assign_licence(ADAM, "acme", "frank@acme.example", Licence.LICENSED)
        assert refused.value.licence == "licensed"

    @pytest.mark.parametrize("add_on", ["large-meeting", "licensed", ""])
    async def test_no_seat_of_an_add_on(self, stage: Stage, add_on: str) -> None:
        with pytest.raises(NoSeatAvailable) as refused:
            await stage.backend.assign_licence(ADAM, "acme", "mia@acme.example", Licence.LICENSED, [add_on])
        assert refused.value.licence == add_on

    async def test_the_last_seat_of_an_add_on(self, stage: Stage) -> None:
        await stage.backend.assign_licence(ADAM, "acme", "mia@acme.example", Licence.LICENSED, ["webinar"])
        with pytest.raises(NoSeatAvailable):
            await stage.backend.assign_licence(ADAM, "acme", "adam@acme.example", Licence.LICENSED, ["webinar"])

    async def test_add_ons_need_a_licensed_seat(self, stage: Stage) -> None:
        for licence in (Licence.BASIC, Licence.NONE):
            with pytest.raises(ConflictingPlanFields):
                await stage.backend.assign_licence(ADAM, "acme", "mia@acme.example", licence, ["webinar"])

    async def test_only_members_have_licences(self, stage: Stage) -> None:
        await stage.invite("petra@acme.example")
        with pytest.raises(InvitationPending):
            await stage.backend.assign_licence(ADAM, "acme", "petra@acme.example", Licence.LICENSED)
        for email in ("nils@acme.example", "nobody@acme.example"):
            with pytest.raises(NotAMember):
                await stage.backend.assign_licence(ADAM, "acme", email, Licence.LICENSED)

    async def test_only_admins_assign_them(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        for call in (MIA, NORA, BOT, petra):
            with pytest.raises(Forbidden):
                await stage.backend.assign_licence(call, "acme", "mia@acme.example", Licence.BASIC)
