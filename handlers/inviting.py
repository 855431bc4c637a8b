"""The admin's way: form, preview, send; from the command, the shortcut and the Home tab."""

import asyncio
from collections.abc import Sequence

from bot import invitations
from bot.addresses import Entry, read_entries, written
from bot.audit import By
from bot.authority import require_inviter
from bot.language import Language
from bot.preview import MOST_AT_ONCE, find_mentioned
from bot.refusals import Refusal
from handlers import modals
from handlers.desk import Desk, GoOn
from handlers.ids import ADDRESS_FIELDS, Field
from handlers.payloads import Act, Click, Press, Submission
from handlers.replies import Done, FieldErrors, Reply, Whisper
from handlers.views.blocks import Block, sentence, shortened
from handlers.views.invite_form import LONGEST_ENTRY, OFFERED, invite_form, invite_title, with_more_room
from handlers.views.inviting import invite_preview, summary
from models.audit import Source

MOST_NAMED = 10


async def start(act: Act, desk: Desk, go_on: GoOn, source: Source, entered: str = "") -> Reply:
    """Open the form for an admin; refuse anybody else, at once if that is known at once (S05, S09)."""
    by = By(act.user_id, source)
    checking = asyncio.create_task(require_inviter(desk.services, act.workspace, by))
    done, _ = await asyncio.wait({checking}, timeout=modals.PATIENCE)
    if done and isinstance(refusal := checking.exception(), Refusal) and act.channel_id is not None:
        return Whisper(sentence(refusal.sentence(desk.language_at_once(act))))

    async def form(language: Language) -> Block:
        inviter = await checking
        return invite_form(language, inviter.account, await _readable(desk, entered))

    await modals.open_and_fill(desk, act, invite_title, form, go_on)
    return Done()


async def start_from_shortcut(act: Press, desk: Desk, go_on: GoOn) -> Reply:
    """The global shortcut opens the same form (S09)."""
    return await start(act, desk, go_on, Source.SHORTCUT)


async def start_from_home(act: Click, desk: Desk, go_on: GoOn) -> Reply:
    """So does the button in the Home tab (S09)."""
    return await start(act, desk, go_on, Source.HOME)


async def _readable(desk: Desk, entered: str) -> list[str]:
    """The entries one by one, those mentioned with their name and address, so that the form can be read."""
    found = await find_mentioned(desk.services.people, read_entries(entered))
    return [written(one) if isinstance(one, Entry) else one.shown for one in found]


async def more_room(act: Click, desk: Desk, go_on: GoOn) -> Reply:
    """One more field for addresses. Nothing is asked of anybody, so nothing that was typed can be lost."""

    async def form(language: Language) -> Block:
        return with_more_room(language, act.view or {})

    go_on(modals.fill_view(desk, act, act.view_id or "", invite_title, form))
    return Done()


async def preview(act: Submission, desk: Desk, go_on: GoOn) -> Reply:
    """The form was submitted: what would happen to whom (before anything is sent)."""
    entered = "\n".join(map(act.text, ADDRESS_FIELDS))
    entries = read_entries(entered)
    licence = next((one for one in OFFERED if one == act.text(Field.LICENCE)), None)
    language = desk.language_at_once(act)
    if licence is None:
        return FieldErrors({Field.LICENCE: language.plain("Choose one of these.")})
    if wrong := _what_is_wrong(language, entries):
        return FieldErrors({Field.ADDRESSES: wrong})

    async def fill(language: Language) -> Block:
        by = By(act.user_id, Source.MODAL)
        draft = await invitations.prepare(desk.services, act.workspace, by, entered, licence, act.text(Field.NOTE))
        return invite_preview(language, draft)

    wait = language.plural("Looking up {count} person …", "Looking up {count} people …", len(entries))
    return await modals.show(desk, act, act.view_id, invite_title, fill, go_on, wait)


def _what_is_wrong(language: Language, entries: Sequence[Entry]) -> str | None:
    """Why nobody can be looked up, as the sentence beside the field."""
    if not entries:
        return language.plain("Enter at least one e-mail address, such as ann@example.com.")
    if len(entries) > MOST_AT_ONCE:
        return language.plural(
            "This is {count} entry; I take {most} at a time. Take the others out, and invite them after these.",
            "These are {count} entries; I take {most} at a time. Take the others out, and invite them after these.",
            len(entries),
            most=language.number(MOST_AT_ONCE),
        )
    unreadable = [entry.unreadable for entry in entries if entry.unreadable]
    if len(unreadable) < len(entries):
        return None
    return language.plain(
        "There is no e-mail address in this: {entries}. Write one such as ann@example.com.",
        entries=_named(language, unreadable),
    )


def _named(language: Language, unreadable: Sequence[str]) -> str:
    """The first few, and a count of the rest."""
    named = [f"“{shortened(one, LONGEST_ENTRY)}”" for one in unreadable[:MOST_NAMED]]
    rest = len(unreadable) - MOST_NAMED
    return language.listing([*named, *([language.plural("{count} more", "{count} more", rest)] if rest > 0 else [])])


async def change_entries(act: Click, desk: Desk, go_on: GoOn) -> Reply:
    """Back to the form, with everything as it was entered."""

    async def form(language: Language) -> Block:
        by = By(act.user_id, Source.MODAL)
        batch = await invitations.draft(desk.services, act.workspace, by, act.value)
        inviter = await require_inviter(desk.services, act.workspace, by)
        entries = [written(entry) for entry in read_entries(batch.entered)]
        return invite_form(language, inviter.account, entries, batch.licence, batch.note)

    go_on(modals.fill_view(desk, act, act.view_id or "", invite_title, form))
    return Done()


async def send(act: Submission, desk: Desk, go_on: GoOn) -> Reply:
    """Send was pressed: write the invitations, and say what was done."""

    async def fill(language: Language) -> Block:
        by = By(act.user_id, Source.MODAL)
        sent = await invitations.send(desk.services, act.workspace, by, act.metadata)
        return summary(language, sent)

    wait = desk.language_at_once(act).plain("Sending …")
    return await modals.show(desk, act, act.view_id, invite_title, fill, go_on, wait)
