"""Reading what an admin typed (S10, S13)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.addresses import Entry, read_entries, written


def shown(text: str) -> list[str]:
    """Each entry in short: an address with its name, a mention, or what could not be read."""
    return [
        f"{entry.name} <{entry.address}>"
        if entry.name and entry.address
        else entry.address or (f"@{entry.slack_user}" if entry.slack_user else f"?{entry.unreadable}")
        for entry in read_entries(text)
    ]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ann@x.com", ["ann@x.com"]),
        ("ann@x.com, Bob <bob@y.com> <@U123>", ["ann@x.com", "Bob <bob@y.com>", "@U123"]),
        ("ann@x.com bob@y.com;c@z.com\nd@e.com", ["ann@x.com", "bob@y.com", "c@z.com", "d@e.com"]),
        ("Smith, Bob <bob@y.com>; Jones, Ann <ann@y.com>", ["Bob Smith <bob@y.com>", "Ann Jones <ann@y.com>"]),
        ('"Jones, Bob" <bob@y.com>', ["Jones, Bob <bob@y.com>"]),
        ("Dr. Who <who@x.com>, J.R. O'Neil <jr@x.com>", ["Dr. Who <who@x.com>", "J.R. O'Neil <jr@x.com>"]),
        ("Bob - Acme (ext) <b@x.com>", ["Bob - Acme ext <b@x.com>"]),
        ("José Ñandú <j@x.com>,,;;", ["José Ñandú <j@x.com>"]),
        ("(ann@x.com).", ["ann@x.com"]),
        ("mailto:ann@x.com", ["ann@x.com"]),
        ("<bob@y.com>", ["bob@y.com"]),
        ("<@U12|bob>, <@W9>", ["@U12", "@W9"]),
        ("Ann@X.COM", ["Ann@x.com"]),
        ("ann@bücher.example", ["ann@bücher.example"]),
        # What cannot be read stays in its place, and costs nobody else theirs.
        ("foo, bar@x.com", ["?foo", "bar@x.com"]),
        ("ann at x.com, b@c.com", ["?ann at x.com", "b@c.com"]),
        ("Smith, Bob, ann@x.com", ["?Smith", "?Bob", "ann@x.com"]),
        ("a..b@x.com ann@@x.com a@localhost", ["?a..b@x.com", "?ann@@x.com", "?a@localhost"]),
        ("Bob <bob@y.com", ["?Bob", "bob@y.com"]),
        # A mistyped address before somebody else's is no name.
        ("ann-xx.com Bob <b@x.com>", ["?ann-xx.com Bob", "b@x.com"]),
        ("@bob", ["?@bob"]),
        ("@", ["?@"]),
        ("ann@x.com, @ , bob@y.com", ["ann@x.com", "?@", "bob@y.com"]),
        ("", []),
        (" ,;\n<> . ", []),
    ],
)
def test_all_usual_arrangements_are_read(typed: str, read: list[str]) -> None:
    assert shown(typed) == read


def test_nothing_of_what_cannot_be_read_is_lost() -> None:
    assert shown("x" * 500 + ' nonsense "Bob" <bob@y.com>') == ["?" + "x" * 500 + " nonsense", "Bob <bob@y.com>"]


def test_the_two_spellings_of_a_domain_are_one() -> None:
    assert shown("ann@xn--strae-oqa.example") == ["ann@straße.example"]


ADDRESSES = st.from_regex(r"[a-z][a-z0-9]{0,8}@[a-z]{2,8}\.(com|example)", fullmatch=True)
NAMES = st.from_regex(r"[A-Z][a-z]{1,8}( [A-Z][a-z]{1,8})?", fullmatch=True)


@given(
    people=st.lists(st.tuples(ADDRESSES, st.none() | NAMES), max_size=20),
    separators=st.lists(st.sampled_from([", ", ";", "\n", " ; ", ",\n"]), min_size=20, max_size=20),
)
def test_whatever_separates_them_everybody_is_read(people: list[tuple[str, str | None]], separators: list[str]) -> None:
    typed = "".join(
        (f"{name} <{address}>" if name else address) + separator
        for (address, name), separator in zip(people, separators, strict=False)
    )
    assert [(entry.address, entry.name) for entry in read_entries(typed)] == people


@given(st.text())
def test_any_text_is_read_as_something(text: str) -> None:
    for entry in read_entries(text):
        assert [entry.address, entry.slack_user, entry.unreadable].count(None) == 2
        assert isinstance(entry, Entry)


PIECES = [
    "ann@x.com",
    "<bob@y.com>",
    '"Jones,  (Bob)"',
    'J"r',
    "Smith",
    "Dr.",
    "r2@d2",
    "@",
    "<@U12|x>",
    ",",
    ";",
    "\n",
    " ",
    "<",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12).map(" ".join) | st.text())
def test_what_was_read_is_written_so_that_it_reads_the_same(text: str) -> None:
    entries = read_entries(text)
    assert read_entries("\n".join(map(written, entries))) == entries
