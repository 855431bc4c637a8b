"""`invitebot quote`: the words of the command line in, whole minor units or a sentence out."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.quote import QuoteInputError, answer

W1 = "14990,2602,2026-03-01,2027-03-01"
SECONDS = "3000,600,2026-11-10T00:00:00+00:00,2026-12-10T00:00:00+00:00"


def ask(*lines: str, **options: str) -> Any:
    """The answer for W1 with other lines or options, through JSON as the command prints it."""
    asked = {"currency": "EUR", "at": "2026-07-24T12:00:00+00:00", "zone": "Europe/Amsterdam"} | options
    return json.loads(json.dumps(answer(lines or [W1], **asked)))


def refusal(*lines: str, **options: str) -> str:
    with pytest.raises(QuoteInputError) as refused:
        ask(*lines, **options)
    sentence = str(refused.value)
    assert sentence.endswith((".", "?"))
    assert "\n" not in sentence
    return sentence


class TestAnswers:
    def test_w1(self) -> None:
        assert ask() == {
            "refund": 8994,
            "refund_as_credit": 0,
            "credit": 8994,
            "tax": 1561,
            "net": 7433,
            "lines": [{"unused": 219, "total": 365, "amount": 8994, "tax": 1561}],
        }

    def test_w2_with_the_day_of_acceptance_unused(self) -> None:
        line = "1599,0,2026-11-10,2026-12-10"
        at = "2026-11-22T12:00:00Z"
        assert ask(line, at=at, currency="USD")["credit"] == 906
        assert ask(line, at=at, currency="USD", acceptance_day="unused")["credit"] == 959

    def test_w8_two_lines(self) -> None:
        result = ask(W1, "5000,868,2026-11-15,2026-12-15", at="2026-11-22T12:00:00+01:00")
        assert (result["credit"], result["tax"]) == (7692, 1336)
        assert [line["amount"] for line in result["lines"]] == [4025, 3667]

    def test_r8_and_r12_refunded_and_paid_by_credit(self) -> None:
        result = ask(refunded="10000", credit_paid="1000")
        assert (result["credit"], result["refund"], result["refund_as_credit"]) == (4990, 3990, 1000)
        assert result["lines"] == [{"unused": 219, "total": 365, "amount": 4990, "tax": 866}]

    def test_r8_more_refunded_than_paid_gives_nothing(self) -> None:
        result = ask(refunded="99999999")
        assert (result["refund"], result["credit"], result["tax"], result["net"]) == (0, 0, 0, 0)

    def test_r12_more_paid_by_credit_than_is_left(self) -> None:
        assert ask(credit_paid="99999999") | {"lines": []} == {
            "refund": 0,
            "refund_as_credit": 8994,
            "credit": 8994,
            "tax": 1561,
            "net": 7433,
            "lines": [],
        }

    def test_r3_seconds(self) -> None:
        result = ask(SECONDS, granularity="second", at="2026-11-22T00:00:01.999+00:00")
        assert result["lines"][0]["unused"] == 18 * 86400 - 1
        assert result["lines"][0]["total"] == 30 * 86400

    def test_r3_the_zone_decides_the_day(self) -> None:
        at = "2026-07-24T22:30:00+00:00"
        assert ask(at=at, zone="UTC")["lines"][0]["unused"] == 219
        assert ask(at=at)["lines"][0]["unused"] == 218

    @pytest.mark.parametrize(
        "at",
        ["2026-07-24T12:00Z", "2026-07-24t12:00:00z", "2026-07-24 14:00:00+02:00", " 2026-07-24T12:00:00.123456789Z "],
    )
    def test_ways_to_write_an_instant(self, at: str) -> None:
        assert ask(at=at)["credit"] == 8994

    def test_blanks_around_the_parts_of_a_line(self) -> None:
        assert ask(" 14990, 2602, 2026-03-01, 2027-03-01 ")["credit"] == 8994

    def test_huge_amounts_are_exact(self) -> None:
        assert ask(f"{10**29},0,2026-03-01,2027-03-01")["credit"] == 6 * 10**28

    def test_nothing_left(self) -> None:
        assert ask(at="2027-02-28T12:00:00+01:00")["refund"] == 0


class TestRefusals:
    def test_no_line(self) -> None:
        with pytest.raises(QuoteInputError, match="--line: none was given"):
            answer([], "EUR", "2026-07-24T12:00:00Z", "UTC")

    @pytest.mark.parametrize("line", ["", ",", "14990", "1,2,2026-03-01", "1,0,2026-03-01,2027-03-01,", "1;0;a;b"])
    def test_a_line_without_its_four_parts(self, line: str) -> None:
        sentence = refusal(line)
        assert sentence.startswith("--line")
        assert "14990,2602,2026-03-01,2027-03-01" in sentence

    @pytest.mark.parametrize(
        "amount",
        [
            "",
            " ",
            "-1",
            "+5",
            "-0",
            "1e3",
            "\uff11\uff12",
            "\u0663",
            "12.50",
            "1_000",
            "NaN",
            "Infinity",
            "0x10",
            "9" * 31,
        ],
    )
    def test_amounts(self, amount: str) -> None:
        for sentence in (
            refusal(f"{amount},0,2026-03-01,2027-03-01"),
            refusal(f"14990,{amount},2026-03-01,2027-03-01"),
            refusal(refunded=amount),
            refusal(credit_paid=amount),
        ):
            assert "whole number of minor units" in sentence

    def test_the_option_and_what_was_given_are_named(self) -> None:
        assert refusal(refunded="-1") == (
            "--refunded: '-1' was given; "
            "it must be a whole number of minor units, digits only, such as 14990 for 149.90."
        )
        assert refusal("x,0,2026-03-01,2027-03-01").startswith("--line 'x,0,2026-03-01,2027-03-01': gross: 'x' was")
        assert refusal(credit_paid="?").startswith("--credit-paid: '?'")

    def test_more_tax_than_gross(self) -> None:
        assert "tax of 101 is more than the gross amount of 100" in refusal("100,101,2026-03-01,2027-03-01")

    @pytest.mark.parametrize("end", ["2026-03-01", "2026-02-28"])
    def test_an_end_that_is_not_after_the_start(self, end: str) -> None:
        assert "end must be after the start" in refusal(f"1,0,2026-03-01,{end}")

    def test_an_end_within_the_second_of_its_start(self) -> None:
        line = "1,0,2026-03-01T00:00:00.1Z,2026-03-01T00:00:00.9Z"
        assert "end must be after the start" in refusal(line, granularity="second")

    @pytest.mark.parametrize("day", ["2026-02-30", "0000-01-01", "2026-13-01", "2026-00-10", "2027-02-29"])
    def test_dates_that_are_not_in_the_calendar(self, day: str) -> None:
        assert "is not in the calendar" in refusal(f"1,0,{day},2029-03-01")
        assert "is not in the calendar" in refusal(at=f"{day}T12:00:00Z")

    @pytest.mark.parametrize(
        "day", ["", "tomorrow", "01-03-2026", "2026-3-1", "20260301", "2026-W10-1", "\uff12\uff10\uff12\uff16-03-01"]
    )
    def test_what_is_no_date(self, day: str) -> None:
        assert "it must be a date such as 2026-03-01" in refusal(f"1,0,{day},2029-03-01")

    def test_an_instant_where_days_are_counted(self) -> None:
        assert "is an instant, but days are counted" in refusal(SECONDS)

    def test_a_date_where_seconds_are_counted(self) -> None:
        assert "is a date; write an instant" in refusal(W1, granularity="second")

    @pytest.mark.parametrize("at", ["", "now", "12:00", "2026-07-24T12", "1784894400", "2026-07-24T12:00:00 +0200"])
    def test_what_is_no_instant(self, at: str) -> None:
        assert refusal(at=at).startswith("--at: ")

    def test_a_date_where_an_instant_is_needed(self) -> None:
        assert "--at: '2026-07-24' is a date" in refusal(at="2026-07-24")

    @pytest.mark.parametrize("at", ["2026-07-24T25:00:00Z", "2026-07-24T12:60Z", "2026-07-24T12:00:00+25:00"])
    def test_times_that_are_not_on_the_clock(self, at: str) -> None:
        assert "not on the clock" in refusal(at=at)

    def test_an_instant_without_an_offset(self) -> None:
        assert "--at: '2026-07-24T12:00:00' has no offset from UTC" in refusal(at="2026-07-24T12:00:00")
        naive = "1,0,2026-03-01T00:00:00,2026-03-02T00:00:00Z"
        assert "start: '2026-03-01T00:00:00' has no offset" in refusal(naive, granularity="second")

    @pytest.mark.parametrize(
        ("at", "zone"), [("9999-12-31T23:00:00Z", "Pacific/Kiritimati"), ("0001-01-01T01:00:00Z", "Etc/GMT+12")]
    )
    def test_the_ends_of_the_calendar(self, at: str, zone: str) -> None:
        assert "too near the end of the calendar" in refusal(at=at, zone=zone)

    @pytest.mark.parametrize(
        "zone", ["", "Amsterdam", "Europe", "+02:00", "../../etc/passwd", "/etc/localtime", "\x00"]
    )
    def test_time_zones(self, zone: str) -> None:
        assert "--zone: " in refusal(zone=zone)

    def test_a_time_zone_that_is_nearly_right(self) -> None:
        assert "the nearest is Europe/Amsterdam" in refusal(zone="europe/amsterdm")
        assert "the nearest is America/New_York" in refusal(zone="America/New York")

    @pytest.mark.parametrize("currency", ["", "eur", "EURO", "€", "ZZZ", "EU"])
    def test_currencies(self, currency: str) -> None:
        assert "--currency: " in refusal(currency=currency)

    def test_choices(self) -> None:
        assert "it must be used or unused" in refusal(acceptance_day="maybe")
        assert "it must be day or second" in refusal(granularity="hour")

    def test_what_was_given_is_cut_short(self) -> None:
        for sentence in (refusal("x" * 5000), refusal(zone="x" * 5000), refusal(currency="x" * 5000)):
            assert len(sentence) < 250


OPTIONS = ["currency", "at", "zone", "refunded", "credit_paid", "acceptance_day", "granularity"]


@given(st.text(max_size=40), st.sampled_from(OPTIONS))
def test_rubbish_in_any_option_is_answered_or_refused(text: str, option: str) -> None:
    with suppress(QuoteInputError):
        ask(**{option: text})


@given(st.lists(st.text(alphabet="0123456789-+:TZ., ", max_size=30), min_size=1, max_size=6))
def test_rubbish_in_a_line_is_answered_or_refused(words: list[str]) -> None:
    for granularity in ("day", "second"):
        with suppress(QuoteInputError):
            ask(",".join(words), granularity=granularity)


@given(st.integers(0, 10**12), st.timedeltas(timedelta(), timedelta(days=700)))
def test_answers_keep_the_invariants(gross: int, after: timedelta) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + after
    result = ask(f"{gross},{gross // 6},2026-03-01,2027-03-01", at=at.isoformat())
    assert 0 <= result["refund"] + result["refund_as_credit"] == result["credit"] <= gross
    assert result["net"] + result["tax"] == result["credit"]
