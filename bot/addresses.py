"""Reading what an admin typed: addresses, `Name <address>` and Slack mentions, however they are arranged. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

LONGEST_ADDRESS = 254
MOST_UNREADABLE = 80

_PIECE = re.compile(
    r"""
      <@(?P<user>[UW][A-Z0-9]+)(\|[^>]*)?>                           # a mention, as Slack escapes it
    | (?:"(?P<quoted>[^"]*)"\s*)?<(?P<bracketed>[^<>@\s]+@[^<>\s]+)> # Name <address>
    | (?P<bare>[^\s<>,;"()]+@[^\s<>,;"()]+)                          # an address
    | (?P<separator>[,;\n\r])
    | (?P<word>[^\s<>,;()]+)                                         # part of a name, or nothing we know
    """,
    re.VERBOSE,
)
_WORD_OF_A_NAME = re.compile(r"[^\W\d_]([\w.'\u2019-]*[^\W_])?\.?")
_LIKE_AN_ADDRESS = re.compile(r"@|[\w-]{2,}\.[a-z]{2,}", re.IGNORECASE)
_EDGES = ".,:;!?()[]{}'\"*_`"


@dataclass(frozen=True, slots=True)
class Entry:
    """One person who was entered.

    Exactly one of `address`, `slack_user` and `unreadable` is set.

    Attributes:
        address: normalised: the domain in lower case, the part before the @ as it was typed.
        name: the name that stood beside it.
        slack_user: the id of somebody who was mentioned.
        unreadable: what could not be read, as it was typed.
        problem: why, in the validator's English, where it looked like an address.
    """

    address: str | None = None
    name: str | None = None
    slack_user: str | None = None
    unreadable: str | None = None
    problem: str | None = None


def read_entries(text: str) -> list[Entry]:
    """Everybody who was entered, in order, with what could not be read in its place.

    Separated by commas, semicolons, new lines or spaces. `Smith, Bob <bob@y.com>` is one person, as mail programs
    write it.
    """
    return list(_entries(text))


def read_address(text: str) -> Entry:
    """One address, tidied of the marks that surround addresses in prose."""
    cleaned = text.removeprefix("mailto:").strip(_EDGES + " ")
    try:
        valid = validate_email(cleaned, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        return Entry(unreadable=_shortened(text), problem=str(error))
    return Entry(address=valid.normalized)


def _entries(text: str) -> Iterator[Entry]:
    words: list[str] = []
    for piece in _PIECE.finditer(text):
        if piece["separator"]:
            if piece["separator"] == "," and words and all(map(_WORD_OF_A_NAME.fullmatch, words)):
                # "Smith, Bob <bob@y.com>": decided by what comes next.
                words[-1] += ","
                continue
            yield from _leftover(words)
        elif piece["user"]:
            yield from _leftover(words)
            yield Entry(slack_user=piece["user"])
        elif piece["bare"]:
            yield from _leftover(words)
            yield read_address(piece["bare"])
        elif piece["bracketed"]:
            name = piece["quoted"] or _name(words)
            if name is None:
                yield from _leftover(words)
            words.clear()
            yield _named(read_address(piece["bracketed"]), name)
        elif piece["word"]:
            words.append(piece["word"].strip('"'))
    yield from _leftover(words)


def _leftover(words: list[str]) -> Iterator[Entry]:
    """Words that turned out to belong to no address."""
    text = " ".join(word for word in words if word).strip(" ,")
    words.clear()
    for part in text.split(","):
        if any(map(str.isalnum, part)):
            yield Entry(unreadable=_shortened(part.strip()))


def _name(words: list[str]) -> str | None:
    """The words before an address as a name; "Smith, Bob" is turned round. `None` if they are no name."""
    plain = [word.rstrip(",") for word in words]
    if not words or any(map(_LIKE_AN_ADDRESS.search, plain)):
        return None
    commas = [place for place, word in enumerate(words) if word.endswith(",")]
    if not commas:
        return " ".join(plain)
    last, first = plain[: commas[0] + 1], plain[commas[0] + 1 :]
    return " ".join(first + last)


def _named(entry: Entry, name: str | None) -> Entry:
    cleaned = name.strip() if name else None
    return Entry(address=entry.address, name=cleaned or None, unreadable=entry.unreadable, problem=entry.problem)


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_UNREADABLE else text[: MOST_UNREADABLE - 1] + "…"
