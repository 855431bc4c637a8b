"""The slash command and its subcommands. An unknown word shows the help, with the nearest word."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from difflib import get_close_matches

from bot import invitations
from bot.addresses import read_entries
from bot.audit import By
from bot.language import Language
from handlers import inviting
from handlers.desk import Desk, GoOn
from handlers.explaining import explained
from handlers.payloads import Command
from handlers.replies import Reply, Whisper
from handlers.views import lists
from handlers.views.blocks import Block, sentence
from models.audit import Source

Answer = Callable[[Command, Desk, Language, str], Awaitable[Block]]

# How long the acknowledgement waits for the answer; Slack waits three seconds.
PATIENCE = 2.0
# How alike a word must be to one we know, of 1.
NEAR = 0.7


async def command(act: Command, desk: Desk, go_on: GoOn) -> Reply:
    """Entries or nothing open the form; a subcommand is answered where it was typed."""
    word, rest = _first_word(act.text)
    answer = SUBCOMMANDS.get(word.lower())
    if answer is not None:
        return await _answered(act, desk, go_on, answer, rest)
    names_people = "@" in act.text
    nearest = _nearest(word, TAKING_AN_ADDRESS) if names_people else _nearest(word, SUBCOMMANDS)
    if not act.text or (names_people and (nearest is None or _is_name(word, act.text))):
        return await inviting.start(act, desk, go_on, Source.COMMAND, act.text)
    language = desk.language_at_once(act)
    return Whisper(lists.help_message(language, act.name, desk.help_url, unknown=word, nearest=nearest))


def _first_word(text: str) -> tuple[str, str]:
    """The first word without a colon behind it, and the rest."""
    word = next(iter(text.split()), "")
    return word.removesuffix(":"), text[len(word) :].strip()


def _nearest(word: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(word.lower(), known, n=1, cutoff=NEAR)), None)


def _is_name(word: str, text: str) -> bool:
    """Whether the word begins the name of the first person entered: "Resende, Maria <maria@example.com>"."""
    return not word.islower() and read_entries(text)[0].name is not None


async def _answered(act: Command, desk: Desk, go_on: GoOn, answer: Answer, rest: str) -> Reply:
    """Answer in the acknowledgement if that is soon; else say so, and answer when it is there."""
    answering = asyncio.create_task(_answer_or_why_not(act, desk, answer, rest))
    done, _ = await asyncio.wait({answering}, timeout=PATIENCE)
    if done:
        return Whisper(answering.result())

    async def answer_later() -> None:
        await desk.whisper(act, await answering)

    go_on(answer_later())
    return Whisper(sentence(desk.language_at_once(act).plain("One moment, please …")))


async def _answer_or_why_not(act: Command, desk: Desk, answer: Answer, rest: str) -> Block:
    language = await desk.language(act.user_id)
    return await explained(answer(act, desk, language, rest), language, sentence)


async def _help(act: Command, desk: Desk, language: Language, rest: str) -> Block:
    return lists.help_message(language, act.name, desk.help_url)


async def _pending(act: Command, desk: Desk, language: Language, rest: str) -> Block:
    waiting = await invitations.pending(desk.services, act.workspace, _by(act))
    return lists.pending_message(language, waiting, act.name, desk.services.clock.now())


async def _status(act: Command, desk: Desk, language: Language, rest: str) -> Block:
    example = f"{act.name} status ann@example.com"
    invitation = await invitations.look_up(desk.services, act.workspace, _by(act), rest, example)
    return lists.status_message(language, invitation, act.name, desk.services.clock.now())


async def _revoke(act: Command, desk: Desk, language: Language, rest: str) -> Block:
    example = f"{act.name} revoke ann@example.com"
    invitation = await invitations.revoke(desk.services, act.workspace, _by(act), rest, example)
    return lists.revoked_message(language, invitation)


async def _resend(act: Command, desk: Desk, language: Language, rest: str) -> Block:
    example = f"{act.name} resend ann@example.com"
    invitation, resent = await invitations.resend(desk.services, act.workspace, _by(act), rest, example)
    return lists.resent_message(language, invitation, resent)


def _by(act: Command) -> By:
    return By(act.user_id, Source.COMMAND)


SUBCOMMANDS: dict[str, Answer] = {
    "help": _help,
    "pending": _pending,
    "list": _pending,
    "status": _status,
    "revoke": _revoke,
    "cancel": _revoke,
    "resend": _resend,
}
# Only one of these can be meant where an address follows.
TAKING_AN_ADDRESS = ("status", "revoke", "cancel", "resend")
