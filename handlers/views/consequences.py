"""What joining changes for this person: who comes along, what is lost, moves or stays (F3, S16, S30, S38 to S45)."""

from collections.abc import Sequence

from bot.accounts.values import BlockerCode, Capability, Consequence, DataKind, Impact, Member
from bot.briefing import Facts
from bot.language import Language, Mrkdwn, link, message
from handlers.views.blocks import Block, header, sections
from handlers.views.obstacles import and_more

_MOST_NAMES = 30
_MOST_SETTINGS = 20

_DATA = {
    DataKind.PROFILE: message("profile details (name, photo, time zone)"),
    DataKind.MEETINGS: message("scheduled meetings and webinars"),
    DataKind.RECORDINGS: message("cloud recordings"),
    DataKind.CHAT: message("chat history"),
    DataKind.CONTACTS: message("contacts"),
    DataKind.PERSONAL_CONTACTS: message("personal contacts"),
    DataKind.SETTINGS: message("settings"),
    DataKind.ADD_ONS: message("add-on licences (large meetings, webinars)"),
    DataKind.REPORTS: message("reports"),
}
_TICKS = {
    BlockerCode.EXTERNAL_MEMBERS: message("Those outside the organisation join too"),
    BlockerCode.OTHER_USERS: message("Everybody on my account joins too"),
    BlockerCode.NOT_ACCOUNT_OWNER: message("I leave the account that I am on, which stays with its owner"),
    Consequence.FEATURES_LOST: message("I know which features I lose"),
    Consequence.LINKS_CHANGE: message("I know that the links to my meetings change"),
    Consequence.REPORTS_SAVED: message("I have downloaded the reports that I need"),
}


def tick_label(language: Language, code: str) -> str:
    """What a tick says; an unknown code of the backend's is shown as it is rather than left out."""
    known = {str(name): text for name, text in _TICKS.items()}
    return language.mrkdwn(known[code]) if code in known else language.mrkdwn("I agree: {code}", code=code)


def consequences(language: Language, facts: Facts) -> list[Block]:
    """Everything that changes, as paragraphs; nothing for somebody who has no account."""
    paragraphs = [*_co_users(language, facts.co_users)]
    if facts.impact is not None:
        paragraphs += _impact(language, facts.impact)
    paragraphs += [
        language.mrkdwn("*To be found out by hand:* {step}", step=step.step)
        for step in facts.manual_steps
        if step.capability != Capability.QUOTE_PRORATION
    ]
    if not paragraphs:
        return []
    return [header(language.plain("What changes for you")), *sections(paragraphs)]


def _co_users(language: Language, people: Sequence[Member]) -> list[Mrkdwn]:
    if not people:
        return []
    heading = language.mrkdwn_plural(
        "*{count} other person is on your account and joins with you,* as a Basic member at first:",
        "*{count} other people are on your account and join with you,* as Basic members at first:",
        len(people),
    )
    names = [_co_user(language, person) for person in people[:_MOST_NAMES]]
    return [heading, *names, *and_more(language, len(people) - _MOST_NAMES)]


def _co_user(language: Language, person: Member) -> Mrkdwn:
    if person.external:
        return language.mrkdwn(
            "• {name} ({address}), *outside the organisation*", name=person.name, address=person.email
        )
    return language.mrkdwn("• {name} ({address})", name=person.name, address=person.email)


def _impact(language: Language, impact: Impact) -> list[Mrkdwn]:
    lines: list[Mrkdwn] = []
    if impact.features_lost:
        lines.append(
            language.mrkdwn(
                "*You lose:* {features}. An admin can give you a licence later.",
                features=language.listing(impact.features_lost),
            )
        )
    if impact.add_ons_lost:
        names = language.listing(add_on.name for add_on in impact.add_ons_lost)
        lines.append(language.mrkdwn("*Does not come along:* {names}. An admin has to assign them again.", names=names))
    lines += _settings(language, impact)
    lines += _links(language, impact)
    lines += _data(language, impact)
    if impact.reports_url:
        save = link(impact.reports_url, language.plain("Download the reports you need before you accept"))
        lines.append(language.mrkdwn("{save}: they stay behind.", save=save))
    if impact.leaving:
        lines.append(language.mrkdwn("*Leaving again:* {leaving}", leaving=impact.leaving))
    return lines


def _settings(language: Language, impact: Impact) -> list[Mrkdwn]:
    if impact.settings_conflicts is None:
        return [language.mrkdwn("*Settings* may change where they conflict with those of the organisation.")]
    if not impact.settings_conflicts:
        return []
    changed = [
        language.mrkdwn(
            "• {setting}: {yours} becomes {theirs}", setting=one.setting, yours=one.yours, theirs=one.theirs
        )
        for one in impact.settings_conflicts[:_MOST_SETTINGS]
    ]
    heading = language.mrkdwn("*These settings change:*")
    return [heading, *changed, *and_more(language, len(impact.settings_conflicts) - _MOST_SETTINGS)]


def _links(language: Language, impact: Impact) -> list[Mrkdwn]:
    """Join links, only where the vanity hosts differ (S43 to S45)."""
    if impact.vanity_now == impact.vanity_after or not impact.vanity_after:
        return []
    count = impact.meetings_affected or 0
    if not count:
        return [
            language.mrkdwn(
                "*Links to your meetings* will begin with {new} instead of {old}; meeting IDs stay the same.",
                old=impact.vanity_now or language.plain("the general address"),
                new=impact.vanity_after,
            )
        ]
    return [
        language.mrkdwn_plural(
            "*{count} link changes:* your meeting keeps its ID, and its link goes from {old} to {new}.",
            "*{count} links change:* your meetings keep their IDs, and their links go from {old} to {new}.",
            count,
            old=impact.vanity_now or language.plain("the general address"),
            new=impact.vanity_after,
        ),
        language.mrkdwn(
            "Guests who use an old link are told that the meeting no longer belongs to that address, which can confuse "
            "them. Send them the new links after you have joined."
        ),
    ]


def _data(language: Language, impact: Impact) -> list[Mrkdwn]:
    """What moves and what does not, in the order of the procedure (S38), and who may read old chats (S42)."""
    stays = [kind for kind in impact.stays if kind is not DataKind.CHAT_BEFORE_JOINING]
    lines = [
        language.mrkdwn(heading, kinds=language.listing(language.plain(_DATA[kind]) for kind in kinds))
        for heading, kinds in (
            (message("*Moves with you:* {kinds}."), impact.moves),
            (message("*Does not move:* {kinds}."), stays),
        )
        if kinds
    ]
    if DataKind.CHAT_BEFORE_JOINING in impact.stays:
        lines.append(
            language.mrkdwn(
                "Your chat history from before joining stays for you to read; the admins of the organisation cannot."
            )
        )
    return lines
