"""The Block Kit lint catches what Slack refuses, and lets pass what Slack takes (design.md, invariant 11)."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.lint import LARGEST_VIEW, Problem, lint_message, lint_view
from bot.slack.lint.blocks import BLOCKS

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(number: int = 1, **changes: Any) -> Json:
    return {"text": plain(f"Option {number}"), "value": f"option-{number}", **changes}


def options(count: int) -> list[Json]:
    return [option(number) for number in range(count)]


def section(text: str = "Hello", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(**changes: Any) -> Json:
    return {"type": "button", "text": plain("Review"), "action_id": "review", **changes}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def question(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Answer"), "element": element, **more}


def select(**changes: Any) -> Json:
    return {"type": "static_select", "action_id": "choose", "options": options(2), **changes}


def typed(**changes: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "typed", **changes}


def number(**changes: Any) -> Json:
    return {"type": "number_input", "action_id": "number", "is_decimal_allowed": False, **changes}


def image(**changes: Any) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A cat", **changes}


def confirm(**changes: Any) -> Json:
    return {"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No"), **changes}


def rich_text(text: str = "Hello") -> Json:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
    }


def rows(count: int, columns: int = 2, text: str = "x") -> list[list[Json]]:
    return [[{"type": "raw_text", "text": text}] * columns for _ in range(count)]


def message(*blocks: Any, **more: Any) -> Json:
    return {"channel": "C1", "text": "Hello", "blocks": list(blocks), **more}


def modal(*blocks: Json, **changes: Any) -> Json:
    return {"type": "modal", "title": plain("Invite"), "submit": plain("Send"), "blocks": list(blocks), **changes}


def home(*blocks: Json, **changes: Any) -> Json:
    return {"type": "home", "blocks": list(blocks), **changes}


def without(value: Json, *names: str) -> Json:
    return {name: entry for name, entry in value.items() if name not in names}


def lint(payload: Json) -> list[Problem]:
    return lint_view(payload) if payload.get("type") in {"modal", "home"} else lint_message(payload)


def first_rule(payload: Json) -> tuple[str, str]:
    problems = lint(payload)
    assert problems, "the lint found nothing"
    return problems[0].rule, problems[0].pointer


X = "x"

# The 48 kinds of slack.md, section 6.1, as (name, payload, rule, pointer).
THE_48: list[tuple[str, Json, str, str]] = [
    ("button text", message(actions(button(text=plain(X * 76)))), "length", "/blocks/0/elements/0/text/text"),
    ("modal title", modal(section(), title=plain(X * 25)), "length", "/title/text"),
    ("101 blocks in a modal", modal(*[section()] * 101), "items", "/blocks"),
    ("51 blocks in a message", message(*[section()] * 51), "items", "/blocks"),
    ("private_metadata", modal(section(), private_metadata=X * 3001), "length", "/private_metadata"),
    ("callback_id", modal(section(), callback_id=X * 256), "length", "/callback_id"),
    ("external_id", modal(section(), external_id=X * 256), "length", "/external_id"),
    (
        "option text in a select",
        modal(question(select(options=[option(text=plain(X * 76))]))),
        "length",
        "/blocks/0/element/options/0/text/text",
    ),
    (
        "option value in a select",
        modal(question(select(options=[option(value=X * 151)]))),
        "length",
        "/blocks/0/element/options/0/value",
    ),
    (
        "option description",
        modal(question(select(options=[option(description=plain(X * 76))]))),
        "length",
        "/blocks/0/element/options/0/description/text",
    ),
    ("101 options", modal(question(select(options=options(101)))), "items", "/blocks/0/element/options"),
    (
        "101 option groups",
        modal(
            question(
                without(
                    select(option_groups=[{"label": plain("Group"), "options": options(1)}] * 101),
                    "options",
                )
            )
        ),
        "items",
        "/blocks/0/element/option_groups",
    ),
    (
        "11 checkboxes",
        modal(question({"type": "checkboxes", "options": options(11)})),
        "items",
        "/blocks/0/element/options",
    ),
    (
        "11 radio buttons",
        modal(question({"type": "radio_buttons", "options": options(11)})),
        "items",
        "/blocks/0/element/options",
    ),
    (
        "6 in an overflow",
        message(actions({"type": "overflow", "options": options(6)})),
        "items",
        "/blocks/0/elements/0/options",
    ),
    ("11 fields", message({"type": "section", "fields": [mrkdwn("a")] * 11}), "items", "/blocks/0/fields"),
    ("field text", message({"type": "section", "fields": [mrkdwn(X * 2001)]}), "length", "/blocks/0/fields/0/text"),
    ("input without submit", without(modal(question(typed())), "submit"), "required", ""),
    ("alert in a message", message({"type": "alert", "text": plain("Careful")}), "surface", "/blocks/0"),
    ("alert text", modal({"type": "alert", "text": plain(X * 201)}), "length", "/blocks/0/text/text"),
    ("markdown in a modal", modal({"type": "markdown", "text": "# Hello"}), "surface", "/blocks/0"),
    ("email input in actions", modal(actions({"type": "email_text_input"})), "placement", "/blocks/0/elements/0"),
    ("text input in a section", modal(section(accessory=typed())), "placement", "/blocks/0/accessory"),
    ("button in an input", modal(question(button())), "placement", "/blocks/0/element"),
    ("button style", message(actions(button(style="green"))), "choice", "/blocks/0/elements/0/style"),
    ("mrkdwn in a button", message(actions(button(text=mrkdwn("Go")))), "placement", "/blocks/0/elements/0/text"),
    ("mrkdwn in a header", message({"type": "header", "text": mrkdwn("Go")}), "placement", "/blocks/0/text"),
    ("empty section text", message(section("")), "length", "/blocks/0/text/text"),
    ("section without anything", message({"type": "section"}), "required", "/blocks/0"),
    ("section text", message(section(X * 3001)), "length", "/blocks/0/text/text"),
    ("header text", message({"type": "header", "text": plain(X * 151)}), "length", "/blocks/0/text/text"),
    ("11 in a context", message({"type": "context", "elements": [mrkdwn("a")] * 11}), "items", "/blocks/0/elements"),
    (
        "26 in actions",
        message(actions(*[button(action_id=f"a{index}") for index in range(26)])),
        "items",
        "/blocks/0/elements",
    ),
    (
        "initial_option not in options",
        modal(question(select(initial_option=option(9)))),
        "initial_option",
        "/blocks/0/element/initial_option",
    ),
    (
        "number_input without is_decimal_allowed",
        modal(question(without(number(), "is_decimal_allowed"))),
        "required",
        "/blocks/0/element",
    ),
    ("min above max", modal(question(number(min_value="10", max_value="9"))), "range", "/blocks/0/element"),
    ("max_length", modal(question(typed(max_length=3001))), "range", "/blocks/0/element/max_length"),
    (
        "11 files",
        modal(question({"type": "file_input", "action_id": "f", "max_files": 11})),
        "range",
        "/blocks/0/element/max_files",
    ),
    ("image without alt_text", message(without(image(), "alt_text")), "required", "/blocks/0"),
    ("image address", message(image(image_url="https://e.example/" + X * 3000)), "format", "/blocks/0/image_url"),
    (
        "duplicate block_id",
        message(section(block_id="a"), section(block_id="a")),
        "duplicate_block_id",
        "/blocks/1/block_id",
    ),
    (
        "duplicate action_id",
        message(actions(button(), button())),
        "duplicate_action_id",
        "/blocks/0/elements/1/action_id",
    ),
    (
        "two focus_on_load",
        modal(question(typed(focus_on_load=True)), question(typed(focus_on_load=True))),
        "focus_on_load",
        "/blocks/1/element/focus_on_load",
    ),
    (
        "view above 250 KB",
        modal(*[{"type": "section", "fields": [mrkdwn(X * 2000)] * 10} for _ in range(13)]),
        "view_too_large",
        "",
    ),
    ("no fallback text", without(message(section()), "text"), "fallback_text", ""),
    ("unknown block", message({"type": "sektion"}), "unknown_type", "/blocks/0"),
    ("unknown field", message(section(colour="red")), "unknown_field", "/blocks/0"),
    (
        "confirm dialog",
        message(actions(button(confirm=without(confirm(), "deny")))),
        "required",
        "/blocks/0/elements/0/confirm",
    ),
]


def test_there_are_48() -> None:
    assert len(THE_48) == 48


@pytest.mark.parametrize(
    ("payload", "rule", "pointer"), [case[1:] for case in THE_48], ids=[case[0] for case in THE_48]
)
def test_catches_every_kind_of_slack_md(payload: Json, rule: str, pointer: str) -> None:
    assert first_rule(payload) == (rule, pointer)


MORE: list[tuple[str, Json, str]] = [
    ("submit text", modal(section(), submit=plain(X * 25)), "length"),
    ("close text", modal(section(), close=plain(X * 25)), "length"),
    ("modal without title", without(modal(section()), "title"), "required"),
    ("modal without blocks", without(modal(), "blocks"), "required"),
    ("modal with no block at all", modal(), "items"),
    ("submit_disabled", modal(section(), submit_disabled=True), "unknown_field"),
    ("home with a title", home(section(), title=plain("Home")), "unknown_field"),
    ("home with a submit", home(section(), submit=plain("Send")), "unknown_field"),
    ("home with an alert", home({"type": "alert", "text": plain("Careful")}), "surface"),
    ("101 blocks on Home", home(*[section()] * 101), "items"),
    ("label", modal(question(typed(), label=plain(X * 2001))), "length"),
    ("label in mrkdwn", modal(question(typed(), label=mrkdwn("a"))), "placement"),
    ("hint", modal(question(typed(), hint=plain(X * 2001))), "length"),
    ("button value", message(actions(button(value=X * 2001))), "length"),
    ("button url", message(actions(button(url="https://" + X * 3000))), "length"),
    ("button accessibility_label", message(actions(button(accessibility_label=X * 76))), "length"),
    ("button without text", message(actions(without(button(), "text"))), "required"),
    ("confirm title", message(actions(button(confirm=confirm(title=plain(X * 101))))), "length"),
    ("confirm text", message(actions(button(confirm=confirm(text=plain(X * 301))))), "length"),
    ("confirm confirm", message(actions(button(confirm=confirm(confirm=plain(X * 31))))), "length"),
    ("confirm deny", message(actions(button(confirm=confirm(deny=plain(X * 31))))), "length"),
    ("confirm style", message(actions(button(confirm=confirm(style="default")))), "choice"),
    ("placeholder", modal(question(select(placeholder=plain(X * 151)))), "length"),
    ("action_id", message(actions(button(action_id=X * 256))), "length"),
    ("block_id", message(section(block_id=X * 256)), "length"),
    ("no options", modal(question(select(options=[]))), "items"),
    (
        "options and groups",
        modal(question(select(option_groups=[{"label": plain("G"), "options": options(1)}]))),
        "required",
    ),
    ("mrkdwn option in a select", modal(question(select(options=[option(text=mrkdwn("*a*"))]))), "placement"),
    (
        "option url outside an overflow",
        modal(question(select(options=[option(url="https://a.example")]))),
        "unknown_field",
    ),
    (
        "initial_options not in options",
        modal(question({"type": "checkboxes", "options": options(2), "initial_options": [option(9)]})),
        "initial_option",
    ),
    (
        "initial_option differs in its description",
        modal(question(select(initial_option=option(0, description=plain("other"))))),
        "initial_option",
    ),
    (
        "more preselected than selectable",
        modal(question(select(type="multi_static_select", max_selected_items=1, initial_options=options(2)))),
        "items",
    ),
    ("min_length above max_length", modal(question(typed(min_length=9, max_length=3))), "range"),
    ("boolean as a length", modal(question(typed(max_length=True))), "kind"),
    ("decimal bound where none may be", modal(question(number(min_value="0.5"))), "format"),
    ("initial number out of bounds", modal(question(number(initial_value="11", max_value="10"))), "range"),
    ("bound as a number", modal(question(number(min_value=1))), "format"),
    ("bound that is no number", modal(question(number(min_value="NaN"))), "format"),
    ("rich_text_input lines", modal(question({"type": "rich_text_input", "max_lines": 101})), "range"),
    ("date", modal(question({"type": "datepicker", "initial_date": "24-07-2026"})), "format"),
    ("time", modal(question({"type": "timepicker", "initial_time": "9:00"})), "format"),
    ("instant", modal(question({"type": "datetimepicker", "initial_date_time": 12})), "range"),
    ("file_input in a message", message(question({"type": "file_input", "action_id": "f"})), "surface"),
    ("table in a modal", modal({"type": "table", "rows": rows(2)}), "surface"),
    ("table with 101 rows", message({"type": "table", "rows": rows(101)}), "items"),
    ("table with 21 columns", message({"type": "table", "rows": rows(1, 21)}), "items"),
    ("table of 10,001 characters", message({"type": "table", "rows": rows(1, 1, X * 10_001)}), "length"),
    ("two tables", message({"type": "table", "rows": rows(1)}, {"type": "table", "rows": rows(1)}), "items"),
    ("data_table without a row", message({"type": "data_table", "caption": "Rows", "rows": rows(1)}), "items"),
    ("card body", message({"type": "card", "body": mrkdwn(X * 201)}), "length"),
    ("card with nothing", message({"type": "card"}), "required"),
    (
        "carousel of 11",
        message({"type": "carousel", "elements": [{"type": "card", "body": mrkdwn("a")}] * 11}),
        "items",
    ),
    (
        "container in a container",
        message({"type": "container", "title": plain("A"), "child_blocks": [{"type": "container"}]}),
        "placement",
    ),
    (
        "duplicate block_id inside a container",
        message(
            section(block_id="a"),
            {"type": "container", "title": plain("A"), "child_blocks": [section(block_id="a")]},
        ),
        "duplicate_block_id",
    ),
    (
        "three charts",
        message(*[{"type": "data_visualization", "title": "T", "chart": {"type": "pie", "segments": []}}] * 3),
        "items",
    ),
    ("plan of 51", message({"type": "plan", "title": "P", "tasks": [{"type": "task_card"}] * 51}), "items"),
    ("markdown", message({"type": "markdown", "text": X * 12_001}), "length"),
    ("markdown in total", message(*[{"type": "markdown", "text": X * 7_000}] * 2), "length"),
    ("image of a strange address", message(image(image_url="javascript:alert(1)")), "format"),
    ("image twice", message(image(slack_file={"id": "F1"})), "required"),
    ("emoji in mrkdwn", message({"type": "section", "text": {**mrkdwn("a"), "emoji": True}}), "unknown_field"),
    (
        "rich text of an unknown kind",
        message({"type": "rich_text", "elements": [{"type": "rich_text_poem"}]}),
        "unknown_type",
    ),
    ("a block that is a string", message("section"), "unknown_type"),
    ("blocks that are a string", {"text": "a", "blocks": "[]"}, "kind"),
    ("nothing to say", {"channel": "C1"}, "no_text"),
    ("blank text", {"text": "  \n"}, "no_text"),
    ("text that is no string", {"text": 7}, "kind"),
    ("text of 4,001", {"text": X * 4001}, "text_length"),
    ("markdown_text beside text", {"text": "a", "markdown_text": "a"}, "markdown_text_conflict"),
    ("misspelt argument", {"text": "a", "chanel": "C1"}, "unknown_argument"),
    ("metadata without payload", {"text": "a", "metadata": {"event_type": "a"}}, "required"),
    ("101 attachments", {"text": "a", "attachments": [{}] * 101}, "items"),
    ("block in an attachment", {"text": "a", "attachments": [{"blocks": [section("")]}]}, "length"),
]


@pytest.mark.parametrize(("payload", "rule"), [case[1:] for case in MORE], ids=[case[0] for case in MORE])
def test_catches(payload: Json, rule: str) -> None:
    assert rule in {problem.rule for problem in lint(payload)}


def full_message() -> Json:
    return message(
        {"type": "header", "text": plain(X * 150), "block_id": "title"},
        section(X * 3000, accessory=button(value=X * 2000, style="primary", confirm=confirm(style="danger"))),
        {"type": "section", "fields": [mrkdwn(X * 2000)] * 10},
        {"type": "context", "elements": [mrkdwn("a"), image(), plain("b")]},
        {"type": "divider"},
        actions(
            button(),
            button(action_id="more", url="https://example.com"),
            select(),
            {"type": "overflow", "action_id": "o", "options": [option(1, url="https://example.com")]},
        ),
        image(title=plain("A cat")),
        rich_text(),
        {"type": "table", "rows": rows(100, 20), "column_settings": [{"align": "right", "is_wrapped": True}]},
        {"type": "markdown", "text": "# Hello"},
        metadata={"event_type": "invitation", "event_payload": {"id": 1}},
        thread_ts="1.2",
        unfurl_links=False,
    )


def full_modal() -> Json:
    choosable = {"options": options(10), "initial_options": options(2)}
    groups = [{"label": plain("Group"), "options": options(3)}]
    return modal(
        {"type": "alert", "text": mrkdwn("Careful"), "level": "error"},
        question(typed(multiline=True, min_length=0, max_length=3000, focus_on_load=True, placeholder=plain("a"))),
        question(
            {
                "type": "email_text_input",
                "action_id": "e",
                "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
            }
        ),
        question({"type": "url_text_input", "initial_value": "https://example.com"}, optional=True, hint=plain("h")),
        question(number(is_decimal_allowed=True, min_value="0.5", max_value="1e2", initial_value="7")),
        question({"type": "checkboxes", **choosable}, dispatch_action=True),
        question(
            {
                "type": "radio_buttons",
                "options": [option(1, text=mrkdwn("*One*"))],
                "initial_option": option(1, text=mrkdwn("*One*")),
            }
        ),
        question({"type": "static_select", "option_groups": groups, "initial_option": option(2)}),
        question(
            select(type="multi_static_select", options=options(100), max_selected_items=2, initial_options=options(2))
        ),
        question({"type": "users_select", "initial_user": "U1"}),
        question({"type": "multi_conversations_select", "filter": {"include": ["im"], "exclude_bot_users": True}}),
        question({"type": "external_select", "min_query_length": 0}),
        question({"type": "datepicker", "initial_date": "2026-07-24"}),
        question({"type": "timepicker", "initial_time": "09:30", "timezone": "Europe/Oslo"}),
        question({"type": "datetimepicker", "initial_date_time": 1_785_000_000}),
        question({"type": "file_input", "filetypes": ["csv"], "max_files": 10}),
        question({"type": "rich_text_input", "initial_value": rich_text(), "min_lines": 1, "max_lines": 100}),
        {
            "type": "container",
            "title": plain("Inner"),
            "child_blocks": [section(block_id="inner")],
            "is_collapsible": True,
        },
        title=plain(X * 24),
        close=plain(X * 24),
        private_metadata=X * 3000,
        callback_id=X * 255,
        external_id=X * 255,
        clear_on_close=True,
        notify_on_close=True,
    )


@pytest.mark.parametrize(
    "payload",
    [
        full_message(),
        full_modal(),
        home(section(), question(typed()), actions(button()), private_metadata="a", callback_id="home"),
        without(modal(section()), "submit"),
        modal(*[{"type": "divider"}] * 100),
        message(*[{"type": "divider"}] * 50),
        message(actions(button()), actions(button())),
        {"text": "Only words"},
        {"markdown_text": "# Words"},
        {"response_type": "ephemeral", "delete_original": True},
        message(),
    ],
    ids=lambda payload: str(payload.get("type", "message")),
)
def test_no_false_alarm(payload: Json) -> None:
    before = copy.deepcopy(payload)
    assert lint(payload) == []
    assert payload == before


@pytest.mark.parametrize("kind", ["dialog", "workflow_step", "", None, 7])
def test_a_view_is_a_modal_or_a_home(kind: object) -> None:
    assert lint_view({**modal(section()), "type": kind})[0].rule == "unknown_type"


def test_knows_what_slack_tolerates() -> None:
    (fallback,) = lint_message(without(message(section()), "text"))
    assert not fallback.refused_by_slack
    (empty,) = lint_message(message(section("")))
    assert empty.refused_by_slack


def test_speaks_as_slack_does() -> None:
    (problem,) = lint_message(message(actions(button(text=plain(X * 76)))))
    assert str(problem) == "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"


def test_the_view_limit_counts_bytes() -> None:
    wide = modal(*[{"type": "section", "fields": [mrkdwn("\u00e9" * 2000)] * 10} for _ in range(7)])
    assert [problem.rule for problem in lint_view(wide)] == ["view_too_large"]
    assert LARGEST_VIEW < 7 * 10 * 2000 * 2


# Property tests ------------------------------------------------------------------------------------------------------

WORDS = st.text(min_size=1, max_size=75).filter(lambda text: "\ud800" not in text)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KINDS = st.sampled_from([*BLOCKS, "button", "static_select", "checkboxes", "plain_text", "mrkdwn", "rubbish"])
NAMES = st.sampled_from(
    [
        "type",
        "text",
        "fields",
        "accessory",
        "elements",
        "element",
        "options",
        "option_groups",
        "initial_option",
        "initial_options",
        "rows",
        "block_id",
        "action_id",
        "confirm",
        "label",
        "min_value",
        "max_value",
        "child_blocks",
        "value",
    ]
)
ROUGHLY_BLOCKS = st.recursive(
    JSON | KINDS,
    lambda inner: st.dictionaries(NAMES, inner, max_size=5) | st.lists(inner, max_size=4),
    max_leaves=25,
)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=5))
def test_any_words_within_the_limits_pass(words: str, choices: list[str]) -> None:
    entries = [option(index, text=plain(choice)) for index, choice in enumerate(choices)]
    assert lint_view(modal(section(words), question(select(options=entries, initial_option=entries[-1])))) == []
    assert lint_message(message(section(words), actions(button(text=plain(words))), text=words + ".")) == []


@given(
    st.integers(min_value=1, max_value=40), st.sampled_from([("a", "a"), ("\U0001f389", "\u00e9"), ("<!channel>", "&")])
)
def test_length_is_counted_in_characters(extra: int, alphabet: tuple[str, str]) -> None:
    unit = "".join(alphabet)
    exact = (unit * 3000)[:3000]
    assert lint_message(message(section(exact))) == []
    assert [problem.rule for problem in lint_message(message(section(exact + X * extra)))] == ["length"]


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(["type", "blocks", "title", "submit", "text", "attachments"]), ROUGHLY_BLOCKS))
def test_never_falls_over_rubbish(payload: Json) -> None:
    check: Callable[[Json], list[Problem]]
    for check in (lint_message, lint_view):
        assert all(isinstance(problem, Problem) for problem in check(payload))
