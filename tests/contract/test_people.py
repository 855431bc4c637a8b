"""Accounts and people: who is where, and as what."""

import pytest

from bot.accounts.errors import AccountNotFound, Forbidden, InvalidEmail
from bot.accounts.values import (
    Admin,
    Call,
    Capability,
    Collection,
    Domain,
    Home,
    Person,
    PlanStatus,
    Role,
    SeatPool,
)
from models.invitation import Licence
from tests.contract.stage import ADAM, BOT, MIA, NORA, OLIVIA, Adapter, Stage, admin, everything
from tests.contract.worlds import world


async def test_capabilities(stage: Stage) -> None:
    capabilities = await stage.backend.capabilities()
    assert capabilities.supported == frozenset(Capability)
    assert capabilities.manual_steps == {}
    assert capabilities.whole_account_join


class TestRoles:
    @pytest.mark.parametrize(
        ("email", "role", "may_invite"),
        [
            ("olivia@acme.example", Role.OWNER, True),
            ("adam@acme.example", Role.ADMIN, True),
            ("ADAM@Acme.Example", Role.ADMIN, True),
            ("mia@acme.example", Role.MEMBER, False),
            ("frank@acme.example", Role.NONE, False),
            ("nobody@acme.example", Role.NONE, False),
        ],
    )
    async def test_s05_who_may_invite(self, stage: Stage, email: str, role: Role, may_invite: bool) -> None:
        resolved = await stage.backend.resolve_actor(admin("acme", email), "acme", email)
        assert (resolved.role, resolved.may_invite) == (role, may_invite)
        assert bool(resolved.permissions) is may_invite
        assert await stage.backend.resolve_actor(BOT, "acme", email) == resolved

    async def test_s05_only_admins_ask_about_others(self, stage: Stage) -> None:
        assert (await stage.backend.resolve_actor(ADAM, "acme", "mia@acme.example")).role is Role.MEMBER
        with pytest.raises(Forbidden):
            await stage.backend.resolve_actor(MIA, "acme", "adam@acme.example")

    async def test_only_of_ones_own_account(self, stage: Stage) -> None:
        with pytest.raises(Forbidden):
            await stage.backend.resolve_actor(NORA, "acme", "nora@globex.example")
        with pytest.raises(Forbidden):
            await stage.backend.resolve_actor(await stage.invited("frank@acme.example"), "acme", "frank@acme.example")

    async def test_an_account_that_is_not_there(self, stage: Stage) -> None:
        with pytest.raises(AccountNotFound):
            await stage.backend.resolve_actor(BOT, "nowhere", "adam@acme.example")


class TestAccounts:
    async def test_an_organisation_on_autopay(self, stage: Stage) -> None:
        account = await stage.backend.get_account(ADAM, "acme")
        assert (account.id, account.name, account.owner_email) == ("acme", "Acme Corp", "olivia@acme.example")
        assert (account.plan.name, account.plan.paid, account.plan.status) == ("Business", True, PlanStatus.ACTIVE)
        assert (account.collection, account.net_terms_days) == (Collection.AUTOPAY, None)
        assert (account.currency, account.time_zone) == ("EUR", "Europe/Amsterdam")
        assert (account.vanity_host, account.sso_enabled, account.parent) == ("acme.meet.example", True, None)

    async def test_an_organisation_on_net_terms(self, stage: Stage) -> None:
        account = await stage.backend.get_account(NORA, "globex")
        assert (account.collection, account.net_terms_days) == (Collection.NET_TERMS, 45)
        assert (account.vanity_host, account.sso_enabled) == (None, None)

    async def test_s06_whether_the_plan_is_paid(self, stage: Stage) -> None:
        for account, paid in [("acme", True), ("free-org", False), ("trial-org", False), ("paul", True)]:
            assert (await stage.backend.get_account(BOT, account)).plan.paid is paid

    async def test_s03_a_sub_account_names_its_parent(self, stage: Stage) -> None:
        assert (await stage.backend.get_account(BOT, "acme-lab")).parent == "acme"

    async def test_s34_a_pending_cancellation_and_the_period(self, stage: Stage) -> None:
        plan = (await stage.backend.get_account(BOT, "carla")).plan
        assert (str(plan.period_start), str(plan.period_end)) == ("2026-01-01", "2027-01-01")
        assert plan.cancel_requested_at is not None
        assert plan.cancel_requested_at.isoformat() == "2026-07-20T13:00:00+00:00", "10:00 in Sao Paulo"

    async def test_a_cancelled_plan_ends_with_its_period(self, stage: Stage) -> None:
        stage.pass_time(days=161)
        plan = (await stage.backend.get_account(BOT, "carla")).plan
        assert (plan.status, plan.paid) == (PlanStatus.CANCELLED, False)

    async def test_f16_seats(self, stage: Stage) -> None:
        """Three people, two elsewhere; a pending licensed person reserves one, a basic one none."""
        await stage.invite("petra@acme.example", Licence.LICENSED)
        await stage.invite("frank@acme.example", Licence.BASIC)
        pools = (SeatPool("licensed", 10, 5, 1), SeatPool("webinar", 1, 0, 0))
        assert (await stage.backend.get_account(ADAM, "acme")).seats == pools
        assert await stage.backend.list_licences(ADAM, "acme") == pools
        assert pools[0].left == 4

    async def test_an_invitee_sees_both_accounts_and_no_other(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        assert (await stage.backend.get_account(petra, "acme")).name == "Acme Corp"
        assert (await stage.backend.get_account(petra, "petra")).plan.name == "Pro"
        for account in ("globex", "frank"):
            with pytest.raises(Forbidden):
                await stage.backend.get_account(petra, account)

    @pytest.mark.parametrize("call", [MIA, NORA, admin("acme", "frank@acme.example"), admin("nowhere", "x@y.example")])
    async def test_others_see_nothing(self, stage: Stage, call: Call) -> None:
        for ask in (
            stage.backend.get_account(call, "acme"),
            stage.backend.list_licences(call, "acme"),
            stage.backend.list_domains(call, "acme"),
            stage.backend.list_members(call, "acme"),
            stage.backend.list_candidates(call, "acme", "acme.example"),
            stage.backend.lookup_user(call, "acme", "petra@acme.example"),
            stage.backend.list_invitations(call, "acme"),
            stage.backend.list_credits(call, "acme"),
            stage.backend.list_invoices(call, "acme"),
        ):
            with pytest.raises(Forbidden):
                await ask

    async def test_an_account_that_is_not_there(self, stage: Stage) -> None:
        nobody = Call(Admin("nowhere", "x@y.example"), "test")
        for ask in (
            stage.backend.get_account(nobody, "nowhere"),
            stage.backend.list_licences(nobody, "nowhere"),
            stage.backend.list_domains(nobody, "nowhere"),
            stage.backend.list_members(nobody, "nowhere"),
            stage.backend.list_candidates(nobody, "nowhere", "acme.example"),
            stage.backend.lookup_user(nobody, "nowhere", "petra@acme.example"),
            stage.backend.list_invitations(nobody, "nowhere"),
            stage.backend.list_credits(nobody, "nowhere"),
            stage.backend.list_invoices(nobody, "nowhere"),
            stage.backend.list_blockers(BOT, "petra", "nowhere"),
            stage.backend.get_balance(BOT, "nowhere"),
        ):
            with pytest.raises(AccountNotFound):
                await ask


class TestLookup:
    @pytest.mark.parametrize(
        ("email", "home", "account", "paid", "owns"),
        [
            ("zoe@acme.example", Home.NONE, None, None, None),
            ("bounce@acme.example", Home.NONE, None, None, None),
            ("frank@acme.example", Home.INDIVIDUAL, "frank", False, True),
            ("tina@acme.example", Home.INDIVIDUAL, "tina", False, True),
            ("petra@acme.example", Home.INDIVIDUAL, "petra", True, True),
            ("ida@olsen.example", Home.INDIVIDUAL, "oscar", True, False),
            ("mia@acme.example", Home.MEMBER_HERE, "acme", True, False),
            ("nora@globex.example", Home.OTHER_ORGANISATION, None, None, None),
            ("lead@lab.example", Home.OTHER_ORGANISATION, None, None, None),
        ],
    )
    async def test_s02_the_kinds_of_person(
        self, stage: Stage, email: str, home: Home, account: str | None, paid: bool | None, owns: bool | None
    ) -> None:
        person = await stage.backend.lookup_user(ADAM, "acme", email)
        assert (person.home, person.account, person.paid, person.owns_account) == (home, account, paid, owns)

    async def test_s02_another_organisation_sees_it_the_other_way_round(self, stage: Stage) -> None:
        home = (await stage.backend.lookup_user(NORA, "globex", "mia@acme.example")).home
        assert home is Home.OTHER_ORGANISATION

    async def test_s02_already_invited_hides_nothing_else(self, stage: Stage) -> None:
        before = await stage.backend.lookup_user(ADAM, "acme", "petra@acme.example")
        await stage.invite("Petra@ACME.example")
        person = await stage.backend.lookup_user(ADAM, "acme", "petra@acme.example")
        assert person.home is Home.PENDING_HERE
        assert (person.account, person.paid, person.licence) == (before.account, before.paid, before.licence)
        assert (await stage.backend.lookup_user(NORA, "globex", "petra@acme.example")).home is Home.INDIVIDUAL

    async def test_s02_somebody_unknown_who_is_invited(self, stage: Stage) -> None:
        await stage.invite("zoe@acme.example")
        person = await stage.backend.lookup_user(ADAM, "acme", "zoe@acme.example")
        assert person == Person("zoe@acme.example", Home.PENDING_HERE)

    async def test_s30_an_owner_with_co_users(self, stage: Stage) -> None:
        person = await stage.backend.lookup_user(ADAM, "acme", "oscar@olsen.example")
        assert (person.co_users, person.external_co_users) == (3, 1)
        person = await stage.backend.lookup_user(ADAM, "acme", "petra@acme.example")
        assert (person.co_users, person.external_co_users) == (0, 0)
        person = await stage.backend.lookup_user(ADAM, "acme", "ida@olsen.example")
        assert (person.co_users, person.external_co_users) == (None, None)

    async def test_s13_whether_mail_arrives(self, stage: Stage) -> None:
        for email, deliverable in [("petra@acme.example", True), ("bounce@acme.example", False), ("a@b.example", None)]:
            assert (await stage.backend.lookup_user(ADAM, "acme", email)).deliverable is deliverable

    async def test_the_case_does_not_count(self, stage: Stage) -> None:
        person = await stage.backend.lookup_user(ADAM, "acme", "PETRA@acme.EXAMPLE")
        assert (person.email, person.home) == ("petra@acme.example", Home.INDIVIDUAL)

    @pytest.mark.parametrize("text", ["", "petra", "@", "a@", "a b@c.example", "a@b@c.example", "a@b..c", "x" * 300])
    async def test_what_is_no_address(self, stage: Stage, text: str) -> None:
        with pytest.raises(InvalidEmail):
            await stage.backend.lookup_user(ADAM, "acme", text)

    async def test_an_invitee_looks_up_themselves_only(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        assert (await stage.backend.lookup_user(petra, "acme", "petra@acme.example")).paid
        with pytest.raises(Forbidden):
            await stage.backend.lookup_user(petra, "acme", "frank@acme.example")
        with pytest.raises(Forbidden):
            await stage.backend.lookup_user(petra, "globex", "petra@acme.example")


class TestMembers:
    async def test_everybody_on_an_account(self, stage: Stage) -> None:
        page = await stage.backend.list_members(OLIVIA, "acme")
        assert [(member.email, member.role) for member in page.items] == [
            ("adam@acme.example", Role.ADMIN),
            ("mia@acme.example", Role.MEMBER),
            ("olivia@acme.example", Role.OWNER),
        ]
        assert page.cursor is None
        assert {member.licence for member in page.items} == {Licence.LICENSED}
        assert len({member.id for member in page.items}) == 3

    async def test_s30_external_people_are_outside_the_domains_of_the_account(self, stage: Stage) -> None:
        oscar = await stage.invited("oscar@olsen.example")
        members = (await stage.backend.list_members(oscar, "oscar")).items
        assert {member.email: member.external for member in members} == {
            "ida@olsen.example": False,
            "jonas@olsen.example": False,
            "kari@freelance.example": True,
            "oscar@olsen.example": False,
        }
        external = await stage.backend.list_members(oscar, "oscar", external_only=True)
        assert [member.email for member in external.items] == ["kari@freelance.example"]

    async def test_co_users_and_strangers_do_not_see_the_list(self, stage: Stage) -> None:
        ida = await stage.invited("ida@olsen.example")
        for call in (ida, ADAM):
            with pytest.raises(Forbidden):
                await stage.backend.list_members(call, "oscar")

    async def test_long_lists_come_in_pages(self, adapter: Adapter) -> None:
        names = [f"person{number:03}@acme.example" for number in range(250)]
        backend = await adapter.open(world(acme={"members": names, "seats": 300}))
        members = await everything(lambda cursor: backend.list_members(ADAM, "acme", cursor=cursor))
        assert [member.email for member in members] == sorted({*names, "adam@acme.example", "olivia@acme.example"})


class TestDomains:
    async def test_s18_associated_domains(self, stage: Stage) -> None:
        assert await stage.backend.list_domains(ADAM, "acme") == (
            Domain("acme.example", verified=True),
            Domain("old.example", verified=False),
            Domain("olsen.example", verified=True),
        )

    async def test_candidates_have_an_account_of_their_own(self, stage: Stage) -> None:
        page = await stage.backend.list_candidates(ADAM, "acme", "Acme.Example")
        found = [person.email for person in page.items]
        assert found == sorted(
            f"{name}@acme.example"
            for name in "aisha carla frank ivan nils paul petra rosa tina tomas yuki".split()  # noqa: SIM905
        )
        assert {person.home for person in page.items} == {Home.INDIVIDUAL}
        assert page.cursor is None

    async def test_candidates_of_a_domain_that_is_not_verified(self, stage: Stage) -> None:
        for domain in ("old.example", "elsewhere.example"):
            with pytest.raises(Forbidden):
                await stage.backend.list_candidates(ADAM, "acme", domain)

    async def test_candidates_come_in_pages(self, adapter: Adapter) -> None:
        people = {f"own{number:03}": {"owner": f"own{number:03}@olsen.example"} for number in range(205)}
        backend = await adapter.open(world(oscar=None, **people))
        found = await everything(lambda cursor: backend.list_candidates(ADAM, "acme", "olsen.example", cursor))
        assert [person.account for person in found] == sorted(people)
