"""Modals that say one thing: please wait, this is how it stands, this went wrong."""

from collections.abc import Sequence

from bot.language import Language
from handlers.ids import Button, Modal
from handlers.views.blocks import Block, actions, button, modal, section


def loading(language: Language, title: str, sentence: str | None = None) -> Block:
    """Opened at once, to be replaced as soon as the answer is there."""
    text = sentence or language.plain("One moment, please …")
    return modal(Modal.LOADING, title, [section(text)], close=language.plain("Close"))


def note(language: Language, title: str, *sentences: str) -> Block:
    """Something to read, and nothing to do."""
    return modal(Modal.NOTE, title, [section(sentence) for sentence in sentences], close=language.plain("Close"))


def review_again(language: Language, title: str, sentences: Sequence[str], invitation_id: str) -> Block:
    """Something has changed; look at it again."""
    again = button(language.plain("Review Again"), Button.REVIEW_AGAIN, invitation_id, style="primary")
    blocks = [*(section(sentence) for sentence in sentences), actions(again)]
    return modal(Modal.NOTE, title, blocks, close=language.plain("Close"))
