"""What joining changes for one person (F3): S16, S38 to S46, F11, F18."""

from datetime import UTC, date, datetime

import pytest

from bot.accounts.errors import Forbidden, UserNotFound
from bot.accounts.values import AddOn, DataKind, Meeting, SettingConflict
from models.invitation import Licence
from tests.contract.stage import ADAM, BOT, MIA, NORA, Adapter, Stage
from tests.contract.worlds import world

TOMAS = "tomas@acme.example"
PETRA = "petra@acme.example"
UNTIL = datetime(2026, 12, 1, tzinfo=UTC)


class TestImpact:
    async def test_s16_a_licensed_person_invited_as_basic_loses_features(self, stage: Stage) -> None:
        petra = await stage.invited(PETRA)
        impact = await stage.backend.preview_impact(petra, PETRA, "acme", Licence.BASIC)
        assert (impact.licence_now, impact.licence_after) == (Licence.LICENSED, Licence.BASIC)
        assert impact.features_lost == ("Cloud recording", "Meetings longer than 40 minutes")
        impact = await stage.backend.preview_impact(petra, PETRA, "acme", Licence.LICENSED)
        assert impact.features_lost == ()

    async def test_s16_what_the_organisation_has_not_bought_is_lost_too(self, adapter: Adapter) -> None:
        plan = {"name": "Pro", "features": ["Cloud recording", "Translation"]}
        stage = Stage(adapter, await adapter.open(world(petra={"plan": plan})))
        petra = await stage.invited(PETRA)
        impact = await stage.backend.preview_impact(petra, PETRA, "acme", Licence.LICENSED)
        assert impact.features_lost == ("Translation",)

    async def test_s16_a_free_person_loses_nothing(self, stage: Stage) -> None:
        frank = await stage.invited("frank@acme.example")
        impact = await stage.backend.preview_impact(frank, "frank@acme.example", "acme", Licence.BASIC)
        assert (impact.licence_now, impact.features_lost) == (Licence.BASIC, ())

    async def test_s38_what_moves_and_what_stays(self, stage: Stage) -> None:
        petra = await stage.invited(PETRA)
        impact = await stage.backend.preview_impact(petra, PETRA, "acme", Licence.BASIC)
        assert set(impact.moves) | set(impact.stays) == set(DataKind)
        assert set(impact.stays) == {
            DataKind.PERSONAL_CONTACTS,
            DataKind.ADD_ONS,
            DataKind.REPORTS,
            DataKind.CHAT_BEFORE_JOINING,
        }
        assert impact.reports_url is not None
        assert impact.leaving == "Your meetings stay with Acme Corp."

    async def test_s39_settings_that_are_locked_to_another_value(self, stage: Stage) -> None:
        tomas = await stage.invited(TOMAS)
        impact = await stage.backend.preview_impact(tomas, TOMAS, "acme", Licence.BASIC)
        assert impact.settings_conflicts == (SettingConflict("waiting_room", "off", "on", "Acme Corp"),)

    async def test_s40_add_ons_do_not_move(self, stage: Stage) -> None:
        tomas = await stage.invited(TOMAS)
        impact = await stage.backend.preview_impact(tomas, TOMAS, "acme", Licence.LICENSED)
        assert impact.add_ons_lost == (AddOn("webinar", "Webinars", 500),)

    async def test_s43_s44_links_change_with_the_host(self, stage: Stage) -> None:
        tomas = await stage.invited(TOMAS)
        impact = await stage.backend.preview_impact(tomas, TOMAS, "acme", Licence.BASIC)
        assert (impact.vanity_now, impact.vanity_after) == ("meet.example", "acme.meet.example")
        assert impact.meetings_affected == 2, "the one of yesterday is over"

    async def test_s43_the_same_host(self, adapter: Adapter) -> None:
        stage = Stage(adapter, await adapter.open(world(tomas={"vanity_host": "ACME.meet.example"})))
        tomas = await stage.invited(TOMAS)
        impact = await stage.backend.preview_impact(tomas, TOMAS, "acme", Licence.BASIC)
        assert impact.vanity_now == impact.vanity_after
        assert impact.meetings_affected == 0

    async def test_f11_an_admin_sees_what_follows_from_the_licence(self, stage: Stage) -> None:
        impact = await stage.backend.preview_impact(ADAM, TOMAS, "acme", Licence.BASIC)
        assert impact.features_lost
        assert impact.add_ons_lost
        assert (impact.settings_conflicts, impact.moves, impact.stays) == (None, (), ())
        assert (impact.reports_url, impact.vanity_now, impact.meetings_affected) == (None, None, None)

    async def test_who_may_ask(self, stage: Stage) -> None:
        petra = await stage.invited(PETRA)
        for call, email, target in [
            (petra, TOMAS, "acme"),
            (petra, PETRA, "globex"),
            (MIA, PETRA, "acme"),
            (NORA, PETRA, "acme"),
        ]:
            with pytest.raises(Forbidden):
                await stage.backend.preview_impact(call, email, target, Licence.BASIC)
        assert await stage.backend.preview_impact(BOT, PETRA, "acme", Licence.BASIC)

    async def test_somebody_unknown(self, stage: Stage) -> None:
        zoe = await stage.invited("zoe@acme.example")
        for call in (zoe, ADAM, BOT):
            with pytest.raises(UserNotFound):
                await stage.backend.preview_impact(call, "zoe@acme.example", "acme", Licence.BASIC)


class TestMeetings:
    async def test_s46_links_before_and_after_soonest_first(self, stage: Stage) -> None:
        tomas = await stage.invited(TOMAS)
        weekly, webinar = await stage.backend.list_upcoming_meetings(tomas, TOMAS, "acme", UNTIL)
        assert weekly == Meeting(
            id="M1",
            topic="Weekly",
            start=datetime(2026, 7, 27, 7, 30, tzinfo=UTC),
            kind="meeting",
            join_url_now="https://meet.example/j/M1",
            join_url_after="https://acme.meet.example/j/M1",
        )
        assert (webinar.kind, webinar.has_registrants) == ("webinar", True)

    async def test_until(self, stage: Stage) -> None:
        tomas = await stage.invited(TOMAS)
        until = datetime(2026, 7, 27, 7, 30, tzinfo=UTC)
        assert len(await stage.backend.list_upcoming_meetings(tomas, TOMAS, "acme", until)) == 1
        stage.pass_time(days=10)
        assert await stage.backend.list_upcoming_meetings(tomas, TOMAS, "acme", UNTIL) == ()

    async def test_they_are_the_invitees_own_business(self, stage: Stage) -> None:
        petra = await stage.invited(PETRA)
        for call in (ADAM, petra):
            with pytest.raises(Forbidden):
                await stage.backend.list_upcoming_meetings(call, TOMAS, "acme", UNTIL)

    async def test_somebody_unknown(self, stage: Stage) -> None:
        zoe = await stage.invited("zoe@acme.example")
        with pytest.raises(UserNotFound):
            await stage.backend.list_upcoming_meetings(zoe, "zoe@acme.example", "acme", UNTIL)


class TestReports:
    async def test_s41_a_report_to_download(self, stage: Stage) -> None:
        petra = await stage.invited(PETRA)
        report = await stage.backend.export_report(
            petra, PETRA, "meetings", date(2026, 1, 1), date(2026, 6, 30), stage.key()
        )
        assert report.ready
        assert report.url is not None

    async def test_only_for_the_person_themselves(self, stage: Stage) -> None:
        petra = await stage.invited(PETRA)
        for call, email in [(petra, TOMAS), (ADAM, PETRA), (BOT, PETRA)]:
            with pytest.raises(Forbidden):
                await stage.backend.export_report(
                    call, email, "meetings", date(2026, 1, 1), date(2026, 6, 30), stage.key()
                )

    async def test_somebody_unknown(self, stage: Stage) -> None:
        zoe = await stage.invited("zoe@acme.example")
        with pytest.raises(UserNotFound):
            await stage.backend.export_report(
                zoe, "zoe@acme.example", "meetings", date(2026, 1, 1), date(2026, 6, 30), stage.key()
            )
