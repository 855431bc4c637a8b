"""The admin's way: form, preview, send; from the command, the shortcut and the Home tab."""

import asyncio

from bot import invitations
from bot.addresses import Entry, read_entries, written
from bot.audit import By
from bot.authority import require_inviter
from bot.language import Language
from bot.preview import find_mentioned
from bot.refusals import Refusal
from handlers import modals
from handlers.desk import Desk, GoOn
from handlers.ids import ADDRESS_FIELDS, Field
from handlers.payloads import Act, Click, Press, Submission
from handlers.replies import Done, FieldErrors, Reply, Whisper
from handlers.views.blocks import Block, sentence
from handlers.views.invite_form import OFFERED, complaint, invite_form, invite_title, with_more_room
from handlers.views.inviting import invite_preview, summary
from models.audit import Source


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
    if wrong := complaint(language, entries):
        return FieldErrors({Field.ADDRESSES: wrong})

    async def fill(language: Language) -> Block:
        by = By(act.user_id, Source.MODAL)
        draft = await invitations.prepare(desk.services, act.workspace, by, entered, licence, act.text(Field.NOTE))
        return invite_preview(language, draft)

    wait = language.plural("Looking up {count} person …", "Looking up {count} people …", len(entries))
    return await modals.show(desk, act, act.view_id, invite_title, fill, go_on, wait)


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
