"""The accounts file: what is refused, where, and with which words."""

from contextlib import suppress
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts.sandbox import DefinitionError, Problem, read_definition
from bot.accounts.sandbox.definition import AccountPart, Definition
from bot.accounts.values import Collection, PlanStatus
from models.invitation import Licence
from tests.contract.worlds import world

NOW = datetime(2026, 7, 24, 12, tzinfo=UTC)


def read(text: str) -> Definition:
    return read_definition(text, NOW)


def account(fields: str) -> AccountPart:
    """The account `a` with fields in the flow style of YAML."""
    return read(f"accounts:\n  a: {{owner: ann@a.example, {fields}}}").accounts["a"]


def problems(text: str) -> list[str]:
    with pytest.raises(DefinitionError) as refused:
        read(text)
    assert str(refused.value) == "\n".join(map(str, refused.value.problems))
    return [str(problem) for problem in refused.value.problems]


def problem(fields: str) -> str:
    """The one problem of the account `a`, without the part of its path that is always the same."""
    (found,) = problems(f"accounts:\n  a: {{owner: ann@a.example, {fields}}}")
    return found.removeprefix("accounts.a.").removesuffix(" (line 2)")


LINE = "{gross: 1000, tax: 100, start: 2026-01-01, end: 2027-01-01}"


class TestShortForms:
    def test_the_smallest_file(self) -> None:
        definition = read("accounts: {a: {owner: ann.lee@a.example}}")
        ann = definition.accounts["a"]
        assert (ann.owner.email, ann.owner.display_name) == ("ann.lee@a.example", "Ann Lee")
        assert (ann.bought.status, ann.how_it_pays) == (PlanStatus.FREE, Collection.NONE)
        assert (ann.currency, ann.time_zone) == ("EUR", "UTC")
        assert ann.licence_of(ann.owner) is Licence.BASIC

    def test_people(self) -> None:
        for written in ("Ann Lee <ann@a.example>", '"Lee, Ann" <ann@a.example>', "ann@a.example"):
            assert read(f"accounts: {{a: {{owner: {written!r}}}}}").accounts["a"].owner.email == "ann@a.example"

    def test_a_subscription_makes_a_paid_plan(self) -> None:
        paid = account(f"subscriptions: [{{lines: [{LINE}]}}]")
        assert (paid.bought.paid, paid.how_it_pays) == (True, Collection.AUTOPAY)
        assert paid.licence_of(paid.owner) is Licence.LICENSED

    def test_the_rest(self) -> None:
        short = account(
            "plan: Big Plan, seats: 5, domains: [A.Example], rooms: [Attic], settings: {chat: off, size: 3},"
            " collection: net_terms"
        )
        long = account(
            "plan: {name: Big Plan, status: active}, seats: {licensed: {bought: 5, used_elsewhere: 0}},"
            " domains: [{name: a.example, verified: yes, policy: none}], rooms: [{name: Attic}],"
            " settings: {chat: {value: 'off'}, size: {value: '3'}}, collection: net_terms"
        )
        assert short == long

    def test_yaml_has_no_surprises(self) -> None:
        """Digits with a leading zero or colons are text, and dates are ours."""
        assert problem("credit: 010").startswith("credit: must be a whole number")
        assert problem("credit: 14:50").startswith("credit: must be a whole number")
        assert problem("credit: 0x10").startswith("credit: must be a whole number")
        assert account("credit: 1_000").credit == 1000

    def test_anchors_and_merge_keys(self) -> None:
        definition = read(
            "accounts:\n  a: &base {owner: ann@a.example, plan: Pro}\n  b: {<<: *base, owner: bob@a.example}\n"
        )
        assert definition.accounts["b"].plan == definition.accounts["a"].plan


class TestSyntax:
    def test_line_and_column(self) -> None:
        (found,) = problems("accounts:\n  a: {owner: [\n")
        assert found.startswith("This is not YAML; line 3, column 1: ")

    @pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
    def test_an_empty_file(self, text: str) -> None:
        assert problems(text)[0].startswith(("The file is empty", "must be a mapping"))

    @pytest.mark.parametrize(
        "text",
        [
            "just text",
            "- a\n- b",
            "42",
            "a: *nobody",
            "a: !!python/object:os.system x",
            "\x00",
            "a:\tb: c",
            "? [a]\n: b",
            "a: &a [*a]",
        ],
    )
    def test_other_rubbish(self, text: str) -> None:
        assert problems(text)

    def test_a_key_that_stands_twice(self) -> None:
        found = problems(
            "accounts:\n  a: {owner: ann@a.example}\n  b: {owner: x@a.example}\n  a:\n    owner: y@a.example\n"
        )
        assert found == ["accounts.a: is written twice; the first is on line 2 (line 4)"]
        assert problems("accounts: {a: {owner: ann@a.example, credit: 1, credit: 2}}") == [
            "accounts.a.credit: is written twice; the first is on line 1 (line 1)"
        ]

    @given(st.text(max_size=60))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        with suppress(DefinitionError):
            read(text)


class TestFields:
    def test_the_example_of_the_issue(self) -> None:
        text = (
            "accounts:\n"
            "  petra:\n"
            "    owner: petra@acme.example\n"
            "    subscriptions:\n"
            "      - lines:\n"
            "          - gross: 100\n"
            "            tax: 101\n"
            "            start: 2026-01-01\n"
            "            end: 2027-01-01\n"
        )
        assert problems(text) == [
            "accounts.petra.subscriptions[0].lines[0].tax: must not be more than the gross amount (line 7)"
        ]

    def test_an_unknown_field_and_the_nearest(self) -> None:
        assert problem("curency: EUR") == "curency: is not a field that there is; did you mean `currency`?"
        line = "{gros: 1, gross: 1, start: today, every: year}"
        assert problem(f"subscriptions: [{{lines: [{line}]}}]") == (
            "subscriptions[0].lines[0].gros: is not a field that there is; did you mean `gross`?"
        )
        assert problem("invoices: [{number: A, total: 1, due: today, vat: 1}]") == (
            "invoices[0].vat: is not a field that there is; there may be due, number, pay_url, remaining, status, total"
        )

    def test_an_account_may_have_the_name_of_a_field(self) -> None:
        assert problems("accounts: {owner: {owner: ann@a.example, plam: Pro}}") == [
            "accounts.owner.plam: is not a field that there is; did you mean `plan`? (line 1)"
        ]

    def test_a_field_that_is_missing(self) -> None:
        assert problems("accounts:\n  a:\n    name: A\n") == ["accounts.a.owner: is required (line 2)"]
        assert problems("sandbox: {}") == ["accounts: is required (line 1)"]
        assert problems("accounts: {}") == ["accounts: needs at least 1 (line 1)"]

    def test_every_problem_at_once(self) -> None:
        found = problems("accounts:\n  a: {owner: nobody, credit: -1}\n  b: {currency: eur, time_zone: Mars}\n")
        assert [line.partition(":")[0] for line in found] == [
            "accounts.a.owner.email",
            "accounts.a.credit",
            "accounts.b.owner",
            "accounts.b.currency",
            "accounts.b.time_zone",
        ]

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ("credit: 149.90", "credit: must be a whole number; amounts are in minor units, so EUR 149.90 is 14990"),
            ("credit: '5'", "credit: must be a whole number; amounts are in minor units, so EUR 149.90 is 14990"),
            ("credit: yes", "credit: must be a whole number; amounts are in minor units, so EUR 149.90 is 14990"),
            ("credit: -1", "credit: must be at least 0, not -1"),
            ("credit: 9999999999999999", "credit: must be at most 1000000000000000, not 9999999999999999"),
            ("sso: maybe", "sso: must be yes or no"),
            ("rooms: Attic", "rooms: must be a list, each entry on a line of its own after a hyphen"),
            ("settings: [a]", "settings: must be a mapping of names to values"),
            ("policies: warn", "policies: must be a mapping of fields to values"),
            ("name: 42", "name: must be text; put it in quotes if it looks like a number or like yes or no"),
            ("name: ''", "name: must not be empty"),
            ("collection: auto", "collection: must be `autopay`, `net_terms` or `none`, not `auto`"),
            ("currency: eur", "currency: 'eur' is not an ISO 4217 currency code such as EUR"),
            (
                "time_zone: europe/amsterdm",
                "time_zone: 'europe/amsterdm' is not a time zone; the nearest is Europe/Amsterdam",
            ),
            (
                "vanity_host: 'https://a.example'",
                "vanity_host: 'https://a.example' is not a host name; write one such as acme.meet.example",
            ),
            (
                "domains: [example]",
                "domains[0].name: 'example' is not a host name; write one such as acme.meet.example",
            ),
            (
                "parent: 'a b'",
                "parent: 'a b' must be letters, digits, dots, hyphens and underscores, such as acme or room-1",
            ),
            (
                "subscriptions: [{lines: []}]",
                "subscriptions[0].lines: needs at least one line, with what was paid and for which period",
            ),
            (
                "plan: {name: Pro, status: paid}",
                "plan.status: must be `free`, `trial`, `active`, `past_due` or `cancelled`, not `paid`",
            ),
        ],
    )
    def test_wrong_values(self, fields: str, expected: str) -> None:
        assert problem(fields) == expected

    def test_a_wrong_address_and_a_wrong_date(self) -> None:
        assert problem("members: [nobody]").startswith("members[0].email: 'nobody' is not an e-mail address: ")
        assert problem("cancellation_requested: soon, plan: Pro").startswith(
            "cancellation_requested: 'soon' is not a date; write one such as 2026-03-01"
        )

    def test_switches(self) -> None:
        assert problems("sandbox: {quote_minutes: 0}\naccounts: {a: {owner: ann@a.example}}") == [
            "sandbox.quote_minutes: must be at least 1, not 0 (line 1)"
        ]
        assert problems("sandbox: {granularity: hour}\naccounts: {a: {owner: ann@a.example}}") == [
            "sandbox.granularity: must be `day` or `second`, not `hour` (line 1)"
        ]


class TestContradictions:
    def test_somebody_on_two_accounts(self) -> None:
        text = "accounts:\n  a: {owner: Ann@a.example}\n  b: {owner: bob@a.example, members: [ann@A.example]}\n"
        assert problems(text) == [
            "accounts.b.members[0]: ann@a.example is in the file twice, also at accounts.a.owner (line 3)"
        ]
        assert problems("accounts: {a: {owner: ann@a.example}}\npeople: [ann@a.example]") == [
            "people[0]: ann@a.example is in the file twice, also at accounts.a.owner (line 2)"
        ]

    def test_a_parent_that_is_none(self) -> None:
        organisation = "  org: {kind: organisation, owner: o@a.example}\n  lab: {owner: l@a.example, parent: org}\n"
        assert read(f"accounts:\n{organisation}")
        for parent, expected in [
            ("orgg", "there is no account `orgg` in this file; did you mean `org`?"),
            ("zzz", "there is no account `zzz` in this file"),
            ("a", "an account cannot be its own parent"),
            ("b", "must be an organisation account that is no sub-account itself"),
            ("lab", "must be an organisation account that is no sub-account itself"),
        ]:
            found = problems(
                f"accounts:\n{organisation}  b: {{owner: b@a.example}}\n  a: {{owner: a@a.example, parent: {parent}}}\n"
            )
            assert found == [f"accounts.a.parent: {expected} (line 5)"]

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("start: 2026-01-01", "needs `end`, or `every: month` or `every: year`"),
            ("start: 2026-01-01, end: 2026-01-01", "A paid period must end after its start"),
            ("start: today + 1 day, end: 2026-07-24", "A paid period must end after its start"),
            ("start: today, end: today 23:00", "A paid period must end after its start"),
            ("start: today, end: today + 99999 years", "is outside the calendar"),
        ],
    )
    def test_a_period_that_is_none(self, line: str, expected: str) -> None:
        assert problem(f"subscriptions: [{{lines: [{{gross: 1, {line}}}]}}]") == (
            f"subscriptions[0].lines[0].end: {expected}"
        )

    def test_two_ways_to_say_when_it_ends(self) -> None:
        found = problem("subscriptions: [{lines: [{gross: 1, start: today, end: today + 1 day, every: month}]}]")
        assert found.startswith("subscriptions[0].lines[0].every: must be left out where `end` is given")

    def test_a_period_within_a_day_where_seconds_are_counted(self) -> None:
        text = (
            "sandbox: {granularity: second}\n"
            "accounts: {a: {owner: ann@a.example, subscriptions:"
            " [{lines: [{gross: 1, start: today 10:00, end: today 23:00}]}]}}"
        )
        assert read(text)

    def test_a_month_from_the_end_of_january(self) -> None:
        paid = account("subscriptions: [{lines: [{gross: 1, start: 2026-01-31, every: month}]}]")
        renewal = paid.subscriptions[0].lines[0].renewal
        assert renewal is not None
        assert renewal.on(NOW, ZoneInfo("UTC")) == date(2026, 2, 28)

    @pytest.mark.parametrize(
        ("invoice", "expected"),
        [
            ("total: 5, remaining: 6", "must not be more than the total of 5"),
            (
                "total: 5, remaining: 0",
                "something must remain to be paid of an open invoice; otherwise write `status: paid`",
            ),
            ("total: 5, remaining: 5, status: paid", "nothing remains to be paid of an invoice that is paid"),
        ],
    )
    def test_invoices(self, invoice: str, expected: str) -> None:
        assert problem(f"invoices: [{{number: A, due: today, {invoice}}}]") == f"invoices[0].remaining: {expected}"

    def test_an_invoice_number_is_used_once(self) -> None:
        invoice = "invoices: [{number: A-1, total: 5, due: today}]"
        text = f"accounts:\n  a: {{owner: a@a.example, {invoice}}}\n  b: {{owner: b@a.example, {invoice}}}\n"
        assert problems(text) == ["accounts.b.invoices[0].number: A-1 is used already, on accounts.a (line 3)"]

    def test_seats(self) -> None:
        people = "kind: organisation, plan: Pro, members: [b@a.example, c@a.example]"
        assert account(f"{people}, seats: 3")
        expected = "seats.licensed: 2 bought, but 3 in use: the people here who have it, and elsewhere"
        assert problem(f"{people}, seats: 2") == expected
        assert problem("plan: Pro, seats: {licensed: {bought: 1, used_elsewhere: 1}}").startswith(
            "seats.licensed: 1 bought, but 2 in use"
        )

    def test_rooms(self) -> None:
        found = problems("accounts:\n  a: {owner: ann@a.example, rooms: [{name: A, id: x}, {name: B, id: x}]}")
        assert found == [
            f"accounts.a.rooms[{index}].id: two rooms of this account are `x` (line 2)" for index in (0, 1)
        ]

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ("net_terms_days: 30", "net_terms_days: only goes with `collection: net_terms`"),
            (
                f"plan: {{name: Free, status: free}}, subscriptions: [{{lines: [{LINE}]}}]",
                "subscriptions: there is nothing to subscribe to on a plan that is free",
            ),
            (
                "cancellation_requested: today",
                "cancellation_requested: there is nothing to cancel on a plan that is free",
            ),
            ("invoices: [{number: A, total: 1, due: today + 99999 years}]", "invoices[0].due: is outside the calendar"),
        ],
    )
    def test_the_rest(self, fields: str, expected: str) -> None:
        assert problem(fields) == expected

    def test_holidays_outside_the_calendar(self) -> None:
        found = problems("sandbox: {holidays: [0001-01-01 - 1 day]}\naccounts: {a: {owner: ann@a.example}}")
        assert found == ["sandbox.holidays[0]: is outside the calendar (line 1)"]


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["today", "2026-02-30", "today + 99999 years", "ann@a.example", "EUR", "UTC", "acme", "licensed"]),
)
RUBBISH = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=6), inner, max_size=2)),
)


def places(content: Any) -> list[tuple[str | int, ...]]:
    """Every place in a file but the top."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [place for key, value in inner for place in ((key,), *((key, *rest) for rest in places(value)))]


class TestRubbishInEveryField:
    CONTENT = yaml.safe_load(world({"holidays": ["2026-12-25"]}))

    @given(st.sampled_from(places(CONTENT)), RUBBISH)
    def test_it_is_read_or_refused_with_its_place(self, place: tuple[str | int, ...], rubbish: object) -> None:
        content = deepcopy(self.CONTENT)
        around: Any = content
        for part in place[:-1]:
            around = around[part]
        around[place[-1]] = rubbish
        try:
            read(yaml.safe_dump(content, allow_unicode=True))
        except DefinitionError as refused:
            assert all(problem.path and problem.line for problem in refused.problems)  # noqa: PT017 (either is right)


def test_a_problem_as_a_line() -> None:
    assert str(Problem("a.b", "is wrong", 3)) == "a.b: is wrong (line 3)"
    assert str(Problem("", "Empty.")) == "Empty."
