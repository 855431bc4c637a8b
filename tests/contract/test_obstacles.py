"""What stands in the way of joining (F2), and how it is taken away."""

from datetime import date
from typing import Any

import pytest

from bot.accounts.errors import (
    BlockersPresent,
    CannotRemoveOwner,
    Forbidden,
    NoCancellationRequested,
    NotAMember,
    PeriodEnded,
    RoomNotFound,
)
from bot.accounts.values import Blocker, BlockerCode, FixKind, RemovalMode
from models.join import SettlementKind
from models.money import Money
from tests.contract.stage import ADAM, BOT, Adapter, Stage, admin, invitation_of
from tests.contract.worlds import with_lines, world


async def blockers(stage: Stage, email: str, source: str) -> list[Blocker]:
    call = await stage.invited(email)
    found = list(await stage.backend.list_blockers(call, source, "acme"))
    hard = [blocker.code for blocker in found if blocker.hard]
    if hard:
        with pytest.raises(BlockersPresent) as refused:
            await stage.backend.accept_invitation(call, invitation_of(call), SettlementKind.NONE, None, (), stage.key())
        assert [blocker.code for blocker in refused.value.blockers] == hard, "checked again when accepting"
    return found


async def staged(adapter: Adapter, sandbox: dict[str, Any] | None = None, **accounts: dict[str, Any]) -> Stage:
    return Stage(adapter, await adapter.open(world(sandbox, **accounts)))


async def test_nothing_stands_in_the_way(stage: Stage) -> None:
    for email, source in [("frank@acme.example", "frank"), ("petra@acme.example", "petra")]:
        assert await blockers(stage, email, source) == []


async def test_f2_everything_at_once(adapter: Adapter) -> None:
    stage = await staged(
        adapter,
        oscar={
            "plan": {"name": "Team", "status": "past_due"},
            "invoices": [{"number": "O-1", "total": 5, "due": "2026-07-01"}],
            "rooms": ["Fjord"],
            "cancellation_requested": "2026-07-01",
        },
    )
    found = await blockers(stage, "oscar@olsen.example", "oscar")
    assert [blocker.code for blocker in found] == [
        BlockerCode.OUTSTANDING_INVOICE,
        BlockerCode.SUBSCRIPTION_PAST_DUE,
        BlockerCode.CANCELLATION_REQUESTED,
        BlockerCode.ROOMS_PRESENT,
        BlockerCode.OTHER_USERS,
        BlockerCode.EXTERNAL_MEMBERS,
    ]


class TestInvoices:
    async def test_s26_outstanding_invoices_oldest_first(self, stage: Stage) -> None:
        (blocker,) = await blockers(stage, "ivan@acme.example", "ivan")
        assert (blocker.code, blocker.hard, blocker.count) == (BlockerCode.OUTSTANDING_INVOICE, True, 2)
        assert [(invoice.number, invoice.remaining) for invoice in blocker.invoices] == [
            ("I-1", Money(400, "EUR")),
            ("I-2", Money(1599, "EUR")),
        ]
        assert all(invoice.pay_url for invoice in blocker.invoices)
        assert blocker.fix is not None
        assert blocker.fix.kind is FixKind.PAY_INVOICES

    async def test_r10_no_quote_before_they_are_paid(self, stage: Stage) -> None:
        ivan = await stage.invited("ivan@acme.example")
        with pytest.raises(BlockersPresent) as refused:
            await stage.backend.quote_proration(ivan, "ivan", "acme")
        assert [blocker.code for blocker in refused.value.blockers] == [BlockerCode.OUTSTANDING_INVOICE]

    async def test_s26_once_paid_the_same_invitation_goes_on(self, stage: Stage) -> None:
        ivan = await stage.invited("ivan@acme.example")
        await stage.reload(world(ivan={"invoices": []}))
        assert await stage.backend.list_blockers(ivan, "ivan", "acme") == ()
        assert await stage.backend.quote_proration(ivan, "ivan", "acme")

    async def test_a_subscription_that_is_past_due(self, stage: Stage) -> None:
        (blocker,) = await blockers(stage, "paul@acme.example", "paul")
        assert (blocker.code, blocker.hard) == (BlockerCode.SUBSCRIPTION_PAST_DUE, True)


class TestRooms:
    async def test_s32_rooms_are_counted(self, stage: Stage) -> None:
        (blocker,) = await blockers(stage, "rosa@acme.example", "rosa")
        assert (blocker.code, blocker.hard, blocker.count) == (BlockerCode.ROOMS_PRESENT, True, 2)
        assert blocker.fix is not None
        assert blocker.fix.kind is FixKind.REMOVE_ROOMS

    async def test_s33_removed_one_by_one(self, stage: Stage) -> None:
        rosa = await stage.invited("rosa@acme.example")
        await stage.backend.remove_room(rosa, "rosa", "rossa")
        (left,) = await stage.backend.list_blockers(rosa, "rosa", "acme")
        assert left.count == 1
        await stage.backend.remove_room(rosa, "rosa", "room-1")
        assert await stage.backend.list_blockers(rosa, "rosa", "acme") == ()
        with pytest.raises(RoomNotFound):
            await stage.backend.remove_room(rosa, "rosa", "rossa")

    async def test_s33_only_by_the_owner(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        for call in (petra, ADAM, BOT):
            with pytest.raises(Forbidden):
                await stage.backend.remove_room(call, "rosa", "rossa")


class TestCancellation:
    async def test_s34_s37_what_reactivating_keeps(self, stage: Stage) -> None:
        carla = await stage.invited("carla@acme.example")
        (blocker,) = await blockers(stage, "carla@acme.example", "carla")
        assert (blocker.code, blocker.hard) == (BlockerCode.CANCELLATION_REQUESTED, True)
        assert (blocker.until, blocker.fix and blocker.fix.kind) == (
            date(2027, 1, 1),
            FixKind.REACTIVATE_SUBSCRIPTION,
        )
        before = await stage.backend.quote_proration(carla, "carla", "acme")
        assert before.after_reactivation
        plan = await stage.backend.reactivate_subscription(carla, "carla")
        assert plan.cancel_requested_at is None
        after = await stage.backend.quote_proration(carla, "carla", "acme")
        assert not after.after_reactivation
        assert blocker.preserves == before.whole == after.whole == Money(16000, "EUR")

    async def test_s36_the_same_invitation_goes_on(self, stage: Stage) -> None:
        carla = await stage.invited("carla@acme.example")
        await stage.backend.reactivate_subscription(carla, "carla")
        assert await stage.backend.list_blockers(carla, "carla", "acme") == ()
        with pytest.raises(NoCancellationRequested):
            await stage.backend.reactivate_subscription(carla, "carla")

    async def test_after_the_end_of_the_period_there_is_nothing_to_reactivate(self, stage: Stage) -> None:
        stage.pass_time(days=161)
        carla = await stage.invited("carla@acme.example")
        with pytest.raises(PeriodEnded):
            await stage.backend.reactivate_subscription(carla, "carla")
        assert await stage.backend.list_blockers(carla, "carla", "acme") == ()
        assert await stage.quote(carla, "carla") is None

    async def test_the_last_day_of_the_period(self, stage: Stage) -> None:
        stage.pass_time(days=160)
        carla = await stage.invited("carla@acme.example")
        (blocker,) = await stage.backend.list_blockers(carla, "carla", "acme")
        assert blocker.preserves is None, "nothing is left to keep"
        assert (await stage.backend.reactivate_subscription(carla, "carla")).paid

    async def test_s35_only_by_the_owner(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        for call in (petra, ADAM, BOT):
            with pytest.raises(Forbidden):
                await stage.backend.reactivate_subscription(call, "carla")


class TestCoUsers:
    async def test_s30_they_come_along_and_that_is_to_be_ticked(self, stage: Stage) -> None:
        others, external = await blockers(stage, "oscar@olsen.example", "oscar")
        assert (others.code, others.hard, others.count) == (BlockerCode.OTHER_USERS, False, 3)
        assert {member.email: member.external for member in others.people} == {
            "ida@olsen.example": False,
            "jonas@olsen.example": False,
            "kari@freelance.example": True,
        }
        assert (external.code, external.hard, external.count) == (BlockerCode.EXTERNAL_MEMBERS, False, 1)
        assert [member.email for member in external.people] == ["kari@freelance.example"]

    async def test_s31_a_policy_may_block_external_people(self, adapter: Adapter) -> None:
        stage = await staged(adapter, acme={"policies": {"external_users": "block"}})
        _, external = await blockers(stage, "oscar@olsen.example", "oscar")
        assert (external.code, external.hard) == (BlockerCode.EXTERNAL_MEMBERS, True)
        assert external.fix is not None
        assert external.fix.kind is FixKind.REMOVE_MEMBERS

    async def test_s31_after_removal_it_goes_on(self, adapter: Adapter) -> None:
        stage = await staged(adapter, acme={"policies": {"external_users": "block"}})
        oscar = await stage.invited("oscar@olsen.example")
        await stage.backend.remove_member(oscar, "oscar", "kari@freelance.example", RemovalMode.UNLINK)
        (others,) = await stage.backend.list_blockers(oscar, "oscar", "acme")
        assert (others.hard, others.count) == (False, 2)

    async def test_section_5_accounts_that_do_not_join_as_a_whole(self, adapter: Adapter) -> None:
        stage = await staged(adapter, {"whole_account_join": False})
        assert not (await stage.backend.capabilities()).whole_account_join
        (others,) = await blockers(stage, "oscar@olsen.example", "oscar")
        assert (others.code, others.hard, others.count) == (BlockerCode.OTHER_USERS, True, 3)
        oscar = await stage.invited("oscar@olsen.example")
        for email in ("ida@olsen.example", "jonas@olsen.example", "kari@freelance.example"):
            await stage.backend.remove_member(oscar, "oscar", email, RemovalMode.UNLINK)
        assert await stage.backend.list_blockers(oscar, "oscar", "acme") == ()

    async def test_s24_a_co_user_must_ask_the_owner(self, stage: Stage) -> None:
        (blocker,) = await blockers(stage, "ida@olsen.example", "oscar")
        assert (blocker.code, blocker.hard) == (BlockerCode.NOT_ACCOUNT_OWNER, True)
        assert blocker.fix is not None
        assert (blocker.fix.kind, blocker.fix.ask) == (FixKind.ASK_OWNER, "oscar@olsen.example")
        assert not blocker.invoices

    async def test_s24_a_co_user_whom_the_owner_lets_go_has_a_free_account(self, stage: Stage) -> None:
        ida = await stage.invited("ida@olsen.example")
        owner = admin("oscar", "oscar@olsen.example")
        await stage.backend.remove_member(owner, "oscar", "ida@olsen.example", RemovalMode.UNLINK)
        person = await stage.backend.lookup_user(ida, "acme", "ida@olsen.example")
        assert (person.paid, person.owns_account) == (False, True)
        assert person.account not in (None, "oscar")
        assert await stage.backend.list_blockers(ida, str(person.account), "acme") == ()
        with pytest.raises(Forbidden):
            await stage.backend.list_blockers(ida, "oscar", "acme")

    async def test_a_backend_may_let_co_users_leave(self, adapter: Adapter) -> None:
        stage = await staged(adapter, {"co_users_may_leave": True})
        (blocker,) = await blockers(stage, "ida@olsen.example", "oscar")
        assert (blocker.code, blocker.hard) == (BlockerCode.NOT_ACCOUNT_OWNER, False)

    async def test_the_owner_cannot_be_removed(self, stage: Stage) -> None:
        oscar = await stage.invited("oscar@olsen.example")
        with pytest.raises(CannotRemoveOwner):
            await stage.backend.remove_member(oscar, "oscar", "oscar@olsen.example", RemovalMode.UNLINK)
        with pytest.raises(NotAMember):
            await stage.backend.remove_member(oscar, "oscar", "petra@acme.example", RemovalMode.UNLINK)


class TestPrivacy:
    async def test_admins_do_not_see_an_invitees_obstacles(self, stage: Stage) -> None:
        await stage.invite("ivan@acme.example")
        with pytest.raises(Forbidden):
            await stage.backend.list_blockers(ADAM, "ivan", "acme")

    async def test_invitees_see_their_own(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        for source, target in [("ivan", "acme"), ("petra", "globex"), ("acme", "acme")]:
            with pytest.raises(Forbidden):
                await stage.backend.list_blockers(petra, source, target)

    async def test_the_bot_reads_them_for_the_owner(self, stage: Stage) -> None:
        (blocker,) = await stage.backend.list_blockers(BOT, "rosa", "acme")
        assert blocker.code is BlockerCode.ROOMS_PRESENT

    async def test_somebody_who_is_a_member_already(self, stage: Stage) -> None:
        (blocker,) = await stage.backend.list_blockers(BOT, "acme", "acme")
        assert (blocker.code, blocker.hard) == (BlockerCode.ALREADY_MEMBER, True)


async def test_people_of_another_organisation_must_be_let_go_first(stage: Stage) -> None:
    """Petra joined Globex while her invitation to Acme was open."""
    petra = await stage.invited("petra@acme.example")
    await stage.reload(
        world(
            globex={"members": ["petra@acme.example"]},
            petra={
                "owner": "other@acme.example",
                "subscriptions": with_lines({"gross": 1, "start": "2026-07-01", "every": "year"}),
            },
        )
    )
    (blocker,) = await stage.backend.list_blockers(petra, "globex", "acme")
    assert (blocker.code, blocker.hard) == (BlockerCode.NOT_ACCOUNT_OWNER, True)
    with pytest.raises(BlockersPresent):
        await stage.backend.accept_invitation(petra, invitation_of(petra), SettlementKind.NONE, None, (), stage.key())
