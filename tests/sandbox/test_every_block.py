"""One of every block and every input, which the page must be able to show and the lint must let pass."""

from typing import Any

from bot.slack.lint import lint_message, lint_view
from tests.sandbox.listening import actions, button, field, form, options, plain

Json = dict[str, Any]


def words(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


PICTURE: Json = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A picture"}

EVERY_BLOCK: list[Json] = [
    {"type": "header", "text": plain("Header")},
    {"type": "section", "text": words("*Section*"), "accessory": button("accessory", "Accessory")},
    {"type": "section", "fields": [words("Field one"), words("Field two")], "accessory": PICTURE},
    {"type": "divider"},
    {"type": "context", "elements": [PICTURE, words("In a context")]},
    actions(
        button("primary", "Primary", style="primary"),
        button("danger", "Danger", style="danger", url="https://example.com", value="1"),
        {"type": "overflow", "action_id": "overflow", "options": options("one", "two")},
        {"type": "static_select", "action_id": "static", "placeholder": plain("Choose"), "options": options("one")},
        {"type": "checkboxes", "action_id": "ticks", "options": options("one", "two")},
        {"type": "datepicker", "action_id": "date"},
        block_id="everything",
    ),
    {**PICTURE, "title": plain("Title of a picture")},
    rich("In rich text"),
    {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": "Heading"}], [{"type": "raw_text", "text": "Cell"}]],
        "column_settings": [{"align": "right", "is_wrapped": True}],
    },
    {
        "type": "data_table",
        "caption": "Caption",
        "rows": [[{"type": "raw_text", "text": "N"}], [{"type": "raw_number", "value": 3}]],
    },
    {"type": "markdown", "text": "# In Markdown"},
    {"type": "card", "title": words("Card"), "body": words("Body"), "actions": [button("card", "On a card")]},
    {"type": "carousel", "elements": [{"type": "card", "title": words("In a carousel"), "hero_image": PICTURE}]},
    {
        "type": "container",
        "title": plain("Container"),
        "child_blocks": [{"type": "section", "text": words("In a container")}],
    },
    {
        "type": "plan",
        "title": "Plan",
        "tasks": [
            {"type": "task_card", "task_id": "t", "title": "Task", "status": "complete", "details": rich("Detail")}
        ],
    },
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {"text": plain("Good"), "value": "good"},
                "negative_button": {"text": plain("Bad"), "value": "bad"},
            },
            {"type": "icon_button", "action_id": "icon", "icon": "trash", "text": plain("Delete")},
        ],
    },
    {
        "type": "video",
        "video_url": "https://example.com/v",
        "thumbnail_url": "https://example.com/t.png",
        "alt_text": "A film",
        "title": plain("Film"),
    },
]

ELEMENTS: list[Json] = [
    {"type": "plain_text_input", "initial_value": "One line"},
    {"type": "plain_text_input", "multiline": True, "placeholder": plain("Many lines")},
    {"type": "rich_text_input", "initial_value": rich("Rich")},
    {"type": "email_text_input"},
    {"type": "url_text_input"},
    {"type": "number_input", "is_decimal_allowed": True},
    {"type": "static_select", "option_groups": [{"label": plain("Group"), "options": options("one", "two")}]},
    {"type": "multi_static_select", "options": options("one", "two"), "initial_options": options("one")},
    {"type": "external_select", "initial_option": options("one")[0]},
    {"type": "multi_external_select", "initial_options": options("one")},
    {"type": "users_select"},
    {"type": "multi_users_select"},
    {"type": "channels_select"},
    {"type": "multi_channels_select"},
    {"type": "conversations_select"},
    {"type": "multi_conversations_select"},
    {"type": "checkboxes", "options": options("one", "two"), "initial_options": options("two")},
    {"type": "radio_buttons", "options": [{**options("one")[0], "description": plain("About one")}]},
    {"type": "datepicker", "initial_date": "2026-07-24"},
    {"type": "timepicker", "initial_time": "09:30", "timezone": "Europe/Oslo"},
    {"type": "datetimepicker", "initial_date_time": 1_785_000_000},
    {"type": "file_input"},
]

EVERY_INPUT: list[Json] = [
    {"type": "alert", "level": "warning", "text": words("Careful")},
    *(
        field({"action_id": f"a{number}", **element}, f"b{number}", optional=True, hint=plain("Hint"))
        for number, element in enumerate(ELEMENTS)
    ),
]


def test_the_lint_lets_every_block_pass() -> None:
    assert lint_message({"text": "Everything", "blocks": EVERY_BLOCK}) == []


def test_the_lint_lets_every_input_pass() -> None:
    assert lint_view(form(*EVERY_INPUT)) == []
