"""The life of an invitation: sent, sent again, revoked, declined, expired."""

from datetime import timedelta

import pytest

from bot.accounts.errors import (
    AccountError,
    AlreadyMember,
    BelongsToOtherAccount,
    DomainNotAllowed,
    Forbidden,
    InvalidEmail,
    InvitationExpired,
    InvitationNotFound,
    NoSeatAvailable,
    NotInvitable,
    NotPaidAccount,
    NotPending,
    TooSoon,
)
from bot.accounts.values import AccountInvitationStatus as Status
from bot.accounts.values import Home, MailDelivery
from models.invitation import Licence
from models.join import SettlementKind
from tests.contract.stage import (
    ADAM,
    BOT,
    MIA,
    NORA,
    Adapter,
    Stage,
    admin,
    as_invitee,
    everything,
    invitation_of,
)
from tests.contract.worlds import world


async def licensed_seats(stage: Stage) -> tuple[int, int]:
    """Used and reserved."""
    pool = (await stage.backend.list_licences(ADAM, "acme"))[0]
    return pool.used, pool.reserved


class TestInvite:
    async def test_s12_an_invitation_waits_for_its_answer(self, stage: Stage) -> None:
        invitation = await stage.invite(" Petra@Acme.Example ", Licence.LICENSED)
        assert (invitation.account, invitation.licence) == ("acme", Licence.LICENSED)
        assert invitation.email.casefold() == "petra@acme.example"
        assert (invitation.status, invitation.delivery) == (Status.PENDING, MailDelivery.SENT)
        assert invitation.sent_at == stage.clock.now()
        assert invitation.expires_at == stage.clock.now() + timedelta(days=30)
        assert await stage.backend.get_invitation(ADAM, invitation.id) == invitation

    async def test_s13_mail_that_comes_back(self, stage: Stage) -> None:
        assert (await stage.invite("bounce@acme.example")).delivery is MailDelivery.BOUNCED

    async def test_an_open_invitation_is_returned_as_it_is(self, stage: Stage) -> None:
        first = await stage.invite("petra@acme.example", Licence.BASIC)
        stage.pass_time(days=2)
        assert await stage.invite("PETRA@acme.example", Licence.LICENSED) == first
        assert len((await stage.backend.list_invitations(ADAM, "acme")).items) == 1

    async def test_two_organisations_may_invite_the_same_person(self, stage: Stage) -> None:
        ours = await stage.invite("petra@acme.example")
        theirs = await stage.invite("petra@acme.example", by=NORA, account="globex")
        assert ours.id != theirs.id

    async def test_the_owner_and_admins_may(self, stage: Stage) -> None:
        for email in ("olivia@acme.example", "adam@acme.example"):
            assert await stage.invite("petra@acme.example", by=admin("acme", email))

    async def test_s05_nobody_else_may(self, stage: Stage) -> None:
        frank = await stage.invited("frank@acme.example")
        for call in (MIA, NORA, BOT, frank, admin("acme", "petra@acme.example"), admin("petra", "petra@acme.example")):
            with pytest.raises(Forbidden):
                await stage.invite("petra@acme.example", by=call)

    @pytest.mark.parametrize(
        ("email", "refusal"),
        [
            ("mia@acme.example", AlreadyMember),
            ("OLIVIA@ACME.EXAMPLE", AlreadyMember),
            ("nora@globex.example", BelongsToOtherAccount),
            ("lead@lab.example", BelongsToOtherAccount),
            ("never@acme.example", NotInvitable),
            ("somebody@blocked.example", DomainNotAllowed),
            ("Somebody@Blocked.Example", DomainNotAllowed),
            ("no address", InvalidEmail),
            ("", InvalidEmail),
        ],
    )
    async def test_people_who_cannot_be_invited(self, stage: Stage, email: str, refusal: type[AccountError]) -> None:
        with pytest.raises(refusal):
            await stage.invite(email)
        assert (await stage.backend.list_invitations(ADAM, "acme")).items == ()

    async def test_s03_a_sub_account_takes_no_invitations(self, stage: Stage) -> None:
        with pytest.raises(NotInvitable):
            await stage.invite("petra@acme.example", by=admin("acme-lab", "lead@lab.example"), account="acme-lab")

    @pytest.mark.parametrize(
        ("account", "owner"), [("free-org", "fay@free.example"), ("trial-org", "tim@trial.example")]
    )
    async def test_s06_the_plan_must_be_paid(self, stage: Stage, account: str, owner: str) -> None:
        with pytest.raises(NotPaidAccount):
            await stage.invite("petra@acme.example", by=admin(account, owner), account=account)


class TestSeats:
    async def test_f16_each_pending_person_reserves_one(self, stage: Stage) -> None:
        assert await licensed_seats(stage) == (5, 0)
        await stage.invite("petra@acme.example", Licence.LICENSED)
        await stage.invite("petra@acme.example", Licence.LICENSED)
        await stage.invite("frank@acme.example", Licence.BASIC)
        assert await licensed_seats(stage) == (5, 1)

    async def test_f16_the_last_seat(self, stage: Stage) -> None:
        for number in range(5):
            await stage.invite(f"new{number}@acme.example", Licence.LICENSED)
        with pytest.raises(NoSeatAvailable) as refused:
            await stage.invite("petra@acme.example", Licence.LICENSED)
        assert refused.value.licence == "licensed"
        await stage.invite("petra@acme.example", Licence.BASIC)
        assert await licensed_seats(stage) == (5, 5)

    @pytest.mark.parametrize("ending", ["decline", "revoke", "expire"])
    async def test_f16_an_ended_invitation_gives_its_seat_back(self, stage: Stage, ending: str) -> None:
        petra = await stage.invited("petra@acme.example", Licence.LICENSED)
        assert await licensed_seats(stage) == (5, 1)
        if ending == "decline":
            await stage.backend.decline_invitation(petra, invitation_of(petra))
        elif ending == "revoke":
            await stage.backend.revoke_invitation(ADAM, invitation_of(petra))
        else:
            stage.pass_time(days=30)
        assert await licensed_seats(stage) == (5, 0)

    async def test_f16_a_reserved_seat_becomes_a_used_one(self, stage: Stage) -> None:
        await stage.join("frank@acme.example", "frank", licence=Licence.LICENSED)
        assert await licensed_seats(stage) == (6, 0)

    async def test_an_organisation_without_seats_in_the_file_has_none_left(self, adapter: Adapter) -> None:
        stage = Stage(adapter, await adapter.open(world(acme={"seats": {}})))
        assert await licensed_seats(stage) == (3, 0)
        with pytest.raises(NoSeatAvailable):
            await stage.invite("petra@acme.example", Licence.LICENSED)


class TestExpiry:
    async def test_it_lives_for_thirty_days(self, stage: Stage) -> None:
        invitation = await stage.invite("petra@acme.example")
        stage.pass_time(days=30, microseconds=-1)
        assert (await stage.backend.get_invitation(ADAM, invitation.id)).status is Status.PENDING
        stage.pass_time(microseconds=1)
        assert (await stage.backend.get_invitation(ADAM, invitation.id)).status is Status.EXPIRED
        assert (await stage.backend.lookup_user(ADAM, "acme", "petra@acme.example")).home is Home.INDIVIDUAL

    async def test_f5_it_never_blocks_a_new_one(self, stage: Stage) -> None:
        first = await stage.invite("petra@acme.example")
        stage.pass_time(days=31)
        second = await stage.invite("petra@acme.example")
        assert second.id != first.id
        assert (await stage.backend.get_invitation(ADAM, first.id)).status is Status.EXPIRED

    async def test_an_expired_one_opens_nothing(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        stage.pass_time(days=30)
        for ask in (
            stage.backend.get_account(petra, "acme"),
            stage.backend.quote_proration(petra, "petra", "acme"),
            stage.backend.list_blockers(petra, "petra", "acme"),
        ):
            with pytest.raises(Forbidden):
                await ask
        assert (await stage.backend.get_invitation(petra, invitation_of(petra))).status is Status.EXPIRED


class TestResend:
    async def test_the_thirty_days_start_anew(self, stage: Stage) -> None:
        first = await stage.invite("petra@acme.example")
        stage.pass_time(days=29)
        again = await stage.backend.resend_invitation(ADAM, first.id, stage.key())
        assert (again.id, again.sent_at) == (first.id, stage.clock.now())
        assert again.expires_at == stage.clock.now() + timedelta(days=30)

    async def test_not_within_a_minute(self, stage: Stage) -> None:
        invitation = await stage.invite("petra@acme.example")
        stage.pass_time(seconds=59.999)
        with pytest.raises(TooSoon) as refused:
            await stage.backend.resend_invitation(ADAM, invitation.id, stage.key())
        assert refused.value.retry_at == invitation.sent_at + timedelta(minutes=1)
        stage.pass_time(seconds=0.001)
        assert await stage.backend.resend_invitation(BOT, invitation.id, stage.key())

    async def test_one_that_has_ended(self, stage: Stage) -> None:
        expired = await stage.invite("petra@acme.example")
        stage.pass_time(days=30)
        with pytest.raises(InvitationExpired):
            await stage.backend.resend_invitation(ADAM, expired.id, stage.key())
        revoked = await stage.invite("petra@acme.example")
        await stage.backend.revoke_invitation(ADAM, revoked.id)
        with pytest.raises(NotPending):
            await stage.backend.resend_invitation(ADAM, revoked.id, stage.key())


class TestRevoke:
    async def test_f15_revocation_wins(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        revoked = await stage.backend.revoke_invitation(ADAM, invitation_of(petra))
        assert revoked.status is Status.REVOKED
        for ask in (
            stage.backend.get_account(petra, "acme"),
            stage.backend.quote_proration(petra, "petra", "acme"),
            stage.backend.get_balance(petra, "petra"),
            stage.backend.preview_impact(petra, "petra@acme.example", "acme", Licence.BASIC),
        ):
            with pytest.raises(Forbidden):
                await ask
        with pytest.raises(NotPending):
            await stage.backend.accept_invitation(petra, revoked.id, SettlementKind.NONE, None, (), stage.key())

    async def test_it_never_blocks_a_new_one(self, stage: Stage) -> None:
        first = await stage.invite("petra@acme.example")
        await stage.backend.revoke_invitation(ADAM, first.id)
        assert (await stage.invite("petra@acme.example")).id != first.id

    async def test_a_second_time_changes_nothing(self, stage: Stage) -> None:
        invitation = await stage.invite("petra@acme.example")
        first = await stage.backend.revoke_invitation(ADAM, invitation.id)
        assert await stage.backend.revoke_invitation(BOT, invitation.id) == first

    async def test_an_expired_one_stays_expired(self, stage: Stage) -> None:
        invitation = await stage.invite("petra@acme.example")
        stage.pass_time(days=30)
        assert (await stage.backend.revoke_invitation(BOT, invitation.id)).status is Status.EXPIRED

    async def test_not_after_an_answer(self, stage: Stage) -> None:
        frank, _ = await stage.join("frank@acme.example", "frank")
        petra = await stage.invited("petra@acme.example")
        await stage.backend.decline_invitation(petra, invitation_of(petra))
        for call in (frank, petra):
            with pytest.raises(NotPending):
                await stage.backend.revoke_invitation(ADAM, invitation_of(call))


class TestDecline:
    async def test_it_is_declined_once(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        declined = await stage.backend.decline_invitation(petra, invitation_of(petra))
        assert declined.status is Status.DECLINED
        assert await stage.backend.decline_invitation(petra, invitation_of(petra)) == declined
        assert (await stage.invite("petra@acme.example")).id != declined.id, "it never blocks a new one"

    async def test_only_the_invitee_declines(self, stage: Stage) -> None:
        petra = await stage.invite("petra@acme.example")
        frank = await stage.invited("frank@acme.example")
        for call in (ADAM, BOT, frank):
            with pytest.raises(Forbidden):
                await stage.backend.decline_invitation(call, petra.id)

    @pytest.mark.parametrize("ending", ["accept", "revoke", "expire"])
    async def test_not_after_the_end(self, stage: Stage, ending: str) -> None:
        if ending == "accept":
            call, _ = await stage.join("frank@acme.example", "frank")
        else:
            call = await stage.invited("frank@acme.example")
        if ending == "revoke":
            await stage.backend.revoke_invitation(ADAM, invitation_of(call))
        if ending == "expire":
            stage.pass_time(days=30)
        with pytest.raises(NotPending):
            await stage.backend.decline_invitation(call, invitation_of(call))


class TestReading:
    async def test_newest_first_and_by_status(self, stage: Stage) -> None:
        backend = stage.backend
        old = await stage.invite("old@acme.example")
        stage.pass_time(days=20)
        revoked = await stage.invite("petra@acme.example")
        await backend.revoke_invitation(ADAM, revoked.id)
        declined = await stage.invited("frank@acme.example")
        await backend.decline_invitation(declined, invitation_of(declined))
        stage.pass_time(days=10)
        pending = await stage.invite("zoe@acme.example")
        listed = (await backend.list_invitations(ADAM, "acme")).items
        assert [item.email for item in listed] == [
            "zoe@acme.example",
            "frank@acme.example",
            "petra@acme.example",
            "old@acme.example",
        ]
        for status, expected in [
            (Status.PENDING, pending.id),
            (Status.EXPIRED, old.id),
            (Status.REVOKED, revoked.id),
            (Status.DECLINED, invitation_of(declined)),
        ]:
            found = (await backend.list_invitations(BOT, "acme", status)).items
            assert [(item.id, item.status) for item in found] == [(expected, status)]
        assert (await backend.list_invitations(ADAM, "acme", Status.ACCEPTED)).items == ()

    async def test_long_lists_come_in_pages(self, stage: Stage) -> None:
        sent = [(await stage.invite(f"new{number}@acme.example")).id for number in range(230)]
        found = await everything(lambda cursor: stage.backend.list_invitations(ADAM, "acme", None, cursor))
        assert [item.id for item in found] == sent[::-1]

    async def test_who_sees_one(self, stage: Stage) -> None:
        petra = await stage.invite("petra@acme.example")
        frank = await stage.invited("frank@acme.example")
        for call in (ADAM, BOT, as_invitee(petra)):
            assert await stage.backend.get_invitation(call, petra.id) == petra
        for call in (MIA, NORA, frank):
            with pytest.raises(Forbidden):
                await stage.backend.get_invitation(call, petra.id)

    async def test_one_that_is_not_there(self, stage: Stage) -> None:
        petra = await stage.invited("petra@acme.example")
        for ask in (
            stage.backend.get_invitation(ADAM, "nothing"),
            stage.backend.resend_invitation(ADAM, "nothing", stage.key()),
            stage.backend.revoke_invitation(ADAM, "nothing"),
            stage.backend.decline_invitation(petra, "nothing"),
            stage.backend.accept_invitation(petra, "nothing", SettlementKind.NONE, None, (), stage.key()),
            stage.backend.get_join(petra, "nothing"),
        ):
            with pytest.raises(InvitationNotFound):
                await ask
