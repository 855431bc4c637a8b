"""Reading what an admin typed: addresses, `Name <address>` and Slack mentions, however they are arranged. Pure.

And writing it again, so that it is read as the same people.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from email_validator import EmailNotValidError, validate_email

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

    Exactly one of `address`, `slack_user` and `unreadable` is set; somebody who was mentioned has an address too once
    they have been looked up.

    Attributes:
        address: normalised: the domain in lower case and in its own script, the part before the @ as it was typed.
        name: the name that stood beside it.
        slack_user: the id of somebody who was mentioned.
        unreadable: what could not be read, as it was typed.
    """

    address: str | None = None
    name: str | None = None
    slack_user: str | None = None
    unreadable: str | None = None


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
    except EmailNotValidError:
        return Entry(unreadable=text)
    return Entry(address=valid.normalized)


def written(entry: Entry) -> str:
    """An entry as it can be read again, on a line of its own."""
    who = entry.address or entry.unreadable
    if who is None:
        return f"<@{entry.slack_user}>"
    return f"{_written_name(entry.name)} <{who}>" if entry.name else who


def _written_name(name: str) -> str:
    """The name as mail programs write it: in quotes unless it is plain words."""
    plain = all(map(_WORD_OF_A_NAME.fullmatch, name.split())) and not _LIKE_AN_ADDRESS.search(name)
    return name if plain else f'"{name}"'


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
            if name is None or piece["quoted"]:
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
        # Somebody was meant by a lone @ too; other marks are what is left over between people.
        if "@" in part or any(map(str.isalnum, part)):
            yield Entry(unreadable=part.strip())


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
    return replace(entry, name=tidied(name or "") or None)


def tidied(name: str) -> str:
    """A name on one line, without the quotes that would end it too early."""
    return " ".join(name.replace('"', " ").split())
