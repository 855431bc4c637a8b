"""The form in which an admin enters people: addresses, licence, note."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.accounts.values import Account
from bot.addresses import Entry
from bot.drafts import MOST_AT_ONCE
from bot.language import Language
from handlers.ids import ADDRESS_FIELDS, Button, Field, Modal
from handlers.views.blocks import (
    LONGEST_INPUT,
    Block,
    actions,
    button,
    labelled,
    modal,
    option,
    radio_buttons,
    section,
    shortened,
    text_input,
)
from models.invitation import Licence

LONGEST_NOTE = 500
LONGEST_ENTRY = 80
MOST_NAMED = 10
# The licences that an admin can choose.
OFFERED = (Licence.LICENSED, Licence.BASIC)


def invite_title(language: Language) -> str:
    """The title of the admin's modals."""
    return language.plain("Invite People")


def invite_form(
    language: Language,
    account: Account,
    entries: Sequence[str] = (),
    licence: Licence | None = None,
    note: str | None = None,
) -> Block:
    """Addresses, licence and note.

    Args:
        entries: who has been entered so far, each as it is read again.
    """
    texts, left_out = spread(entries)
    return _form(
        language,
        [
            section(
                language.mrkdwn(
                    "People you invite join *{organisation}* (plan {plan}). Before anything is sent, you see what "
                    "happens to each of them.",
                    organisation=account.name,
                    plan=account.plan.name,
                )
            ),
            *(_address_field(language, number, text) for number, text in enumerate(texts)),
            *_room_for_more(language, len(texts)),
            *_left_out(language, left_out),
            _licence_field(language, account, licence),
            _note_field(language, note),
        ],
    )


def with_more_room(language: Language, form: Mapping[str, Any]) -> Block:
    """The form that is open with one more address field; what was typed stays there, because the block ids stay."""
    blocks = [block for block in form["blocks"] if block["block_id"] != Button.MORE_ROOM]
    places = [place for place, block in enumerate(blocks) if block["block_id"] in ADDRESS_FIELDS]
    fields = len(places)
    if fields < len(ADDRESS_FIELDS):
        behind = places[-1] + 1
        blocks[behind:behind] = [_address_field(language, fields), *_room_for_more(language, fields + 1)]
    return _form(language, blocks)


def spread(entries: Sequence[str]) -> tuple[list[str], Sequence[str]]:
    """Entries in the texts of as many address fields as they need, none of them cut; and those that do not fit."""
    texts = [""]
    for number, entry in enumerate(entries):
        text = f"{texts[-1]}\n{entry}" if texts[-1] else entry
        if len(text) <= LONGEST_INPUT:
            texts[-1] = text
        elif len(entry) <= LONGEST_INPUT and len(texts) < len(ADDRESS_FIELDS):
            texts.append(entry)
        else:
            return texts, entries[number:]
    return texts, ()


def complaint(language: Language, entries: Sequence[Entry]) -> str | None:
    """What is wrong with what was entered, to be read beside the field; `None` if there is somebody to look up."""
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


def _form(language: Language, blocks: Sequence[Block]) -> Block:
    return modal(
        Modal.INVITE_FORM,
        invite_title(language),
        blocks,
        submit=language.plain("Continue"),
        close=language.plain("Cancel"),
    )


def _address_field(language: Language, number: int, text: str = "") -> Block:
    field, element = ADDRESS_FIELDS[number], text_input(initial=text, multiline=True)
    if number:
        return labelled(language.plain("More addresses"), field, element, optional=True)
    hint = language.plain(
        "One or many, separated by commas, semicolons, spaces or new lines. Also: Bob <bob@example.com>"
    )
    return labelled(language.plain("Addresses"), field, element, hint=hint)


def _room_for_more(language: Language, fields: int) -> list[Block]:
    if fields == len(ADDRESS_FIELDS):
        return []
    return [actions(button(language.plain("More Room"), Button.MORE_ROOM), block_id=Button.MORE_ROOM)]


def _left_out(language: Language, entries: Sequence[str]) -> list[Block]:
    if not entries:
        return []
    said = language.mrkdwn_plural(
        "*{count} entry does not fit in here:* “{first}”. Invite these people first, and that one after them.",
        "*{count} entries do not fit in here:* “{first}” and all that follow. Invite these people first, and the "
        "others after them.",
        len(entries),
        first=shortened(entries[0], LONGEST_ENTRY),
    )
    return [section(said)]


def _licence_field(language: Language, account: Account, chosen: Licence | None) -> Block:
    left = _seats_left(account)
    seats = (
        language.plain("Takes a licence of your account")
        if left is None
        else language.plural("{count} licence left", "{count} licences left", left)
    )
    choices = {
        Licence.LICENSED: option(language.plain("Licensed"), Licence.LICENSED, seats),
        Licence.BASIC: option(
            language.plain("Basic"), Licence.BASIC, language.plain("Takes no licence; one can be given later")
        ),
    }
    preset = chosen or (Licence.BASIC if left == 0 else Licence.LICENSED)
    offered = [choices[licence] for licence in OFFERED]
    return labelled(language.plain("Licence"), Field.LICENCE, radio_buttons(offered, choices[preset]))


def _note_field(language: Language, note: str | None) -> Block:
    return labelled(
        language.plain("Personal note"),
        Field.NOTE,
        text_input(initial=note, multiline=True, longest=LONGEST_NOTE),
        hint=language.plain("They read it in the invitation."),
        optional=True,
    )


def _seats_left(account: Account) -> int | None:
    return next((pool.left for pool in account.seats if pool.licence == Licence.LICENSED), None)
