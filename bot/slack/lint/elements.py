"""Elements: what stands inside a block, with its fields and limits.

The numbers are those of https://docs.slack.dev/reference/block-kit/block-elements and its page for each element.
"""

from collections.abc import Mapping

from bot.slack.lint.checks import (
    Check,
    boolean,
    decimal_string,
    exactly_one_of,
    fields,
    initial_options_exist,
    integer,
    many,
    matching,
    no_more_than_selectable,
    ordered,
    string,
    typed,
    whole_unless_decimal,
)
from bot.slack.lint.objects import (
    any_kind,
    confirm,
    conversation_filter,
    dispatch_action_config,
    feedback_button,
    file_reference,
    identifier,
    ids,
    image_url,
    list_option,
    menu_option,
    option,
    option_group,
    plain,
    style,
    trigger,
    url,
)
from bot.slack.lint.rich_text import rich_text

acting: Mapping[str, Check] = {"type!": any_kind, "action_id": identifier, "confirm": confirm}
choosing: Mapping[str, Check] = {**acting, "focus_on_load": boolean}
menu: Mapping[str, Check] = {**choosing, "placeholder": plain(150)}
multiple: Mapping[str, Check] = {**menu, "max_selected_items": integer(1, 1_000_000)}
typing: Mapping[str, Check] = {
    "type!": any_kind,
    "action_id": identifier,
    "focus_on_load": boolean,
    "placeholder": plain(150),
    "dispatch_action_config": dispatch_action_config,
}
static: Mapping[str, Check] = {"options": many(menu_option, 100), "option_groups": many(option_group, 100)}
conversations: Mapping[str, Check] = {"default_to_current_conversation": boolean, "filter": conversation_filter}

ELEMENTS: Mapping[str, Check] = {
    "button": fields(
        {
            **acting,
            "text!": plain(75),
            "value": string(2000),
            "url": url,
            "style": style,
            "accessibility_label": string(75),
        }
    ),
    "workflow_button": fields(
        {
            **acting,
            "text!": plain(75),
            "workflow!": fields({"trigger!": trigger}),
            "style": style,
            "accessibility_label": string(75),
        }
    ),
    "image": fields(
        {"type!": any_kind, "alt_text!": string(2000), "image_url": image_url, "slack_file": file_reference},
        exactly_one_of("image_url", "slack_file"),
    ),
    "overflow": fields({**acting, "options!": many(option(plain(75), plain(75), url=url), 5)}),
    "checkboxes": fields(
        {**choosing, "options!": many(list_option, 10), "initial_options": many(list_option, 10)}, initial_options_exist
    ),
    "radio_buttons": fields(
        {**choosing, "options!": many(list_option, 10), "initial_option": list_option}, initial_options_exist
    ),
    "static_select": fields(
        {**menu, **static, "initial_option": menu_option},
        exactly_one_of("options", "option_groups"),
        initial_options_exist,
    ),
    "multi_static_select": fields(
        {**multiple, **static, "initial_options": many(menu_option, 100)},
        exactly_one_of("options", "option_groups"),
        initial_options_exist,
        no_more_than_selectable("initial_options"),
    ),
    "external_select": fields({**menu, "initial_option": menu_option, "min_query_length": integer(0, 1000)}),
    "multi_external_select": fields(
        {**multiple, "initial_options": many(menu_option, 100), "min_query_length": integer(0, 1000)},
        no_more_than_selectable("initial_options"),
    ),
    "users_select": fields({**menu, "initial_user": identifier}),
    "multi_users_select": fields({**multiple, "initial_users": ids}, no_more_than_selectable("initial_users")),
    "conversations_select": fields(
        {**menu, **conversations, "initial_conversation": identifier, "response_url_enabled": boolean}
    ),
    "multi_conversations_select": fields(
        {**multiple, **conversations, "initial_conversations": ids}, no_more_than_selectable("initial_conversations")
    ),
    "channels_select": fields({**menu, "initial_channel": identifier, "response_url_enabled": boolean}),
    "multi_channels_select": fields({**multiple, "initial_channels": ids}, no_more_than_selectable("initial_channels")),
    "datepicker": fields(
        {**menu, "initial_date": matching(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", "a date as YYYY-MM-DD")}
    ),
    "timepicker": fields(
        {
            **menu,
            "initial_time": matching(r"([01][0-9]|2[0-3]):[0-5][0-9]", "a time as HH:mm"),
            "timezone": string(255, 1),
        }
    ),
    "datetimepicker": fields({**choosing, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}),
    "plain_text_input": fields(
        {
            **typing,
            "initial_value": string(3000),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        ordered("min_length", "max_length"),
    ),
    "email_text_input": fields({**typing, "initial_value": string(3000)}),
    "url_text_input": fields({**typing, "initial_value": string(3000)}),
    "number_input": fields(
        {
            **typing,
            "is_decimal_allowed!": boolean,
            "initial_value": decimal_string,
            "min_value": decimal_string,
            "max_value": decimal_string,
        },
        ordered("min_value", "max_value"),
        whole_unless_decimal,
    ),
    "rich_text_input": fields(
        {
            **typing,
            "initial_value": rich_text,
            "min_lines": integer(1, 100),
            "max_lines": integer(1, 100),
        },
        ordered("min_lines", "max_lines"),
    ),
    "file_input": fields(
        {
            "type!": any_kind,
            "action_id": identifier,
            "filetypes": many(string(255, 1), 1000),
            "max_files": integer(1, 10),
        }
    ),
    "feedback_buttons": fields(
        {
            "type!": any_kind,
            "action_id": identifier,
            "positive_button!": feedback_button,
            "negative_button!": feedback_button,
        }
    ),
    "icon_button": fields(
        {
            **acting,
            "icon!": string(255, 1),
            "text!": plain(75),
            "accessibility_label": string(75),
            "value": string(2000),
            "visible_to_user_ids": ids,
        }
    ),
    "url": fields({"type!": any_kind, "url!": url, "text!": string(3000, 1)}),
}

# fmt: off
CHOICES = (
    "checkboxes", "radio_buttons", "static_select", "multi_static_select", "external_select", "multi_external_select",
    "users_select", "multi_users_select", "conversations_select", "multi_conversations_select", "channels_select",
    "multi_channels_select", "datepicker", "timepicker",
)
IN_SECTION = (*CHOICES, "button", "image", "overflow", "workflow_button")
IN_ACTIONS = (*CHOICES, "button", "datetimepicker", "overflow", "rich_text_input", "workflow_button")
IN_INPUT = (
    *CHOICES, "datetimepicker", "plain_text_input", "email_text_input", "url_text_input", "number_input",
    "rich_text_input", "file_input",
)
# fmt: on


def element(*allowed: str) -> Check:
    """An element of one of these types."""
    return typed(lambda: ELEMENTS, *allowed)
