"""The names that travel through Slack and come back: one place for each, so that view and handler agree."""

from enum import StrEnum


class Shortcut(StrEnum):
    """Global shortcuts, as the manifest declares them."""

    INVITE = "invite_people"


class Modal(StrEnum):
    """Callback ids of modals."""

    LOADING = "loading"
    NOTE = "note"
    INVITE_FORM = "invite_form"
    INVITE_PREVIEW = "invite_preview"
    BRIEFING = "briefing"
    DECLINE = "decline"


class Button(StrEnum):
    """Action ids of buttons."""

    INVITE = "invite"
    MORE_ROOM = "more_room"
    CHANGE_ENTRIES = "change_entries"
    REVIEW = "review"
    REVIEW_AGAIN = "review_again"
    DECLINE = "decline"
    LINK = "link"


class Field(StrEnum):
    """Block ids of inputs; the element inside has the same action id."""

    ADDRESSES = "addresses"
    ADDRESSES_2 = "addresses_2"
    ADDRESSES_3 = "addresses_3"
    ADDRESSES_4 = "addresses_4"
    LICENCE = "licence"
    NOTE = "note"
    SETTLEMENT = "settlement"
    TICKS = "ticks"
    REASON = "reason"


# An input of Slack's takes 3000 characters; the form shows as many of these as it needs.
ADDRESS_FIELDS = (Field.ADDRESSES, Field.ADDRESSES_2, Field.ADDRESSES_3, Field.ADDRESSES_4)
