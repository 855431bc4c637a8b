from bot.accounts.acknowledgements import required_acknowledgements
from bot.accounts.values import Blocker, BlockerCode, Impact
from models.invitation import Licence


def test_f3_everything_that_must_be_ticked() -> None:
    blockers = [
        Blocker(BlockerCode.ROOMS_PRESENT, hard=True),
        Blocker(BlockerCode.OTHER_USERS, hard=False),
        Blocker(BlockerCode.EXTERNAL_MEMBERS, hard=False),
    ]
    impact = Impact(
        Licence.LICENSED,
        Licence.BASIC,
        features_lost=("Cloud recording",),
        meetings_affected=4,
        reports_url="https://meet.example/reports",
    )
    assert required_acknowledgements(blockers, impact) == (
        "other_users",
        "external_members",
        "features_lost",
        "links_change",
        "reports_saved",
    )


def test_s16_s41_s44_only_what_is_so() -> None:
    assert required_acknowledgements([], Impact(Licence.BASIC, Licence.BASIC, meetings_affected=0)) == ()


def test_somebody_without_an_account_ticks_nothing() -> None:
    assert required_acknowledgements([], None) == ()
