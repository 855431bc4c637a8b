"""The admin's way: form, preview, send; from the command, the shortcut and the Home tab."""

import asyncio

from bot import invitations
from bot.addresses import Entry, read_entries
from bot.audit import By
from bot.authority import Inviter, require_inviter
from bot.language import Language
from bot.refusals import Refusal
from bot.slack.client import SlackError
from handlers import modals
from handlers.desk import Desk, GoOn
from handlers.ids import Field
from handlers.payloads import Act, Click, Press, Submission
from handlers.replies import Done, FieldErrors, Reply, Whisper
from handlers.views.blocks import Block, section
from handlers.views.blocks import message as slack_message
from handlers.views.inviting import invite_form, invite_preview, invite_title, summary
from models.audit import Source
from models.invitation import Licence


async def start(act: Act, desk: Desk, go_on: GoOn, source: Source, entered: str = "") -> Reply:
    """Open the form for an admin; refuse anybody else, at once if that is known at once (S05, S09)."""
    by = By(act.user_id, source)
    checking = asyncio.create_task(require_inviter(desk.services, act.workspace, by))
    done, _ = await asyncio.wait({checking}, timeout=modals.PATIENCE)
    if done and isinstance(refusal := checking.exception(), Refusal) and act.channel_id is not None:
        language = await desk.language(act.user_id)
        sentence = refusal.sentence(language)
        return Whisper(slack_message(sentence, [section(sentence)]))

    async def form(language: Language) -> Block:
        inviter = await checking
        return invite_form(language, inviter.account, await with_addresses(desk, entered))

    await modals.open_and_fill(desk, act, invite_title, form, go_on)
    return Done()


async def start_from_shortcut(act: Press, desk: Desk, go_on: GoOn) -> Reply:
    """The global shortcut opens the same form (S09)."""
    return await start(act, desk, go_on, Source.SHORTCUT)


async def start_from_home(act: Click, desk: Desk, go_on: GoOn) -> Reply:
    """So does the button in the Home tab (S09)."""
    return await start(act, desk, go_on, Source.HOME)


async def with_addresses(desk: Desk, entered: str) -> str:
    """What was entered, with mentions replaced by names and addresses, so that the form can be read."""
    if "<@" not in entered:
        return entered
    readable = [await _readable(desk, entry) for entry in read_entries(entered)]
    return ", ".join(readable)


async def _readable(desk: Desk, entry: Entry) -> str:
    if entry.slack_user is None:
        who = entry.address or entry.unreadable or ""
        return f"{entry.name} <{who}>" if entry.name and entry.address else who
    try:
        person = await desk.services.people.person(entry.slack_user)
    except SlackError:
        person = None
    if person is None or person.email is None or not person.active:
        return f"<@{entry.slack_user}>"
    return f"{person.name} <{person.email}>"


async def preview(act: Submission, desk: Desk, go_on: GoOn) -> Reply:
    """The form was submitted: what would happen to whom (before anything is sent)."""
    entered = "\n".join(filter(None, (act.text(Field.ADDRESSES), act.text(Field.MORE_ADDRESSES))))
    entries = read_entries(entered)
    language = desk.language_at_once(act)
    if not any(entry.address or entry.slack_user for entry in entries):
        return FieldErrors({Field.ADDRESSES: _nobody(language, entries)})
    licence = Licence(act.text(Field.LICENCE) or Licence.BASIC)

    async def fill(language: Language) -> Block:
        by = By(act.user_id, Source.MODAL)
        draft = await invitations.prepare(desk.services, act.workspace, by, entered, licence, act.text(Field.NOTE))
        return invite_preview(language, draft)

    wait = language.plural("Looking up {count} person …", "Looking up {count} people …", len(entries))
    return await modals.show(desk, act, act.view_id, invite_title, fill, go_on, wait)


def _nobody(language: Language, entries: list[Entry]) -> str:
    unreadable = [f"“{entry.unreadable}”" for entry in entries if entry.unreadable]
    if not unreadable:
        return language.plain("Enter at least one e-mail address, such as ann@example.com.")
    return language.plain(
        "There is no e-mail address in this: {entries}. Write one such as ann@example.com.",
        entries=language.listing(unreadable[:5]),
    )


async def change_entries(act: Click, desk: Desk, go_on: GoOn) -> Reply:
    """Back to the form, with everything as it was entered."""

    async def form(language: Language) -> Block:
        by = By(act.user_id, Source.MODAL)
        batch = await invitations.draft(desk.services, act.workspace, by, act.value)
        inviter: Inviter = await require_inviter(desk.services, act.workspace, by)
        return invite_form(language, inviter.account, batch.entered, batch.licence, batch.note)

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
