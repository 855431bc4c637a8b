"""Saying why something was not done: the one place where refusals and faults of ours become a sentence."""

from collections.abc import Awaitable, Callable
from secrets import token_hex
from typing import TypeVar

import structlog

from bot.language import Language
from bot.refusals import Refusal

log = structlog.get_logger()

Made = TypeVar("Made")
Said = TypeVar("Said")


async def explained(making: Awaitable[Made], language: Language, say: Callable[[str], Said]) -> Made | Said:
    """What `making` gives; where it is refused or fails, what `say` makes of the sentence (mrkdwn) that says why.

    A fault of ours is logged with its traceback, and the person gets the reference under which it is found there.
    """
    try:
        return await making
    except Refusal as refusal:
        return say(refusal.sentence(language))
    except Exception:
        reference = token_hex(4)
        log.exception("not_done", reference=reference)
        return say(
            language.mrkdwn(
                "Something went wrong on our side. Please try again; if it happens again, give whoever runs this bot "
                "the reference `{reference}`.",
                reference=reference,
            )
        )
