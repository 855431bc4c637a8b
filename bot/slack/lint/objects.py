"""Composition objects: texts, options, dialogs and filters.

The numbers are those of https://docs.slack.dev/reference/block-kit/composition-objects and its pages.
"""

from collections.abc import Mapping

from bot.slack.lint.checks import Check, any_of, boolean, exactly_one_of, fields, many, matching, one_of, string, typed


def text(most: int, *kinds: str) -> Check:
    """A text object with 1 to `most` characters, of one of these kinds (both when none is given)."""
    table: Mapping[str, Check] = {
        "plain_text": fields({"type!": any_kind, "text!": string(most, 1), "emoji": boolean}),
        "mrkdwn": fields({"type!": any_kind, "text!": string(most, 1), "verbatim": boolean}),
    }
    return typed(lambda: table, *kinds)


def plain(most: int) -> Check:
    """A text object in which nothing is formatted."""
    return text(most, "plain_text")


def option(label: Check, description: Check, **more: Check) -> Check:
    """One thing to choose."""
    return fields({"text!": label, "value!": string(150, 1), "description": description, **more})


any_kind = string(255, 1)
identifier = string(255, 1)
ids = many(identifier, 1_000_000)
url = string(3000, 1)
image_url = matching(r"https?://.{1,2990}", "an http or https address of at most 3000 characters")
file_reference = fields({"id": string(255, 1), "url": url}, exactly_one_of("id", "url"))
menu_option = option(plain(75), plain(75))
list_option = option(text(75), text(75))
option_group = fields({"label!": plain(75), "options!": many(menu_option, 100)})
trigger = fields(
    {"url!": url, "customizable_input_parameters": many(fields({"name!": any_kind, "value!": string(3000)}), 100)}
)
style = one_of("primary", "danger")

confirm = fields(
    {"title!": plain(100), "text!": text(300), "confirm!": plain(30), "deny!": plain(30), "style": style},
)
dispatch_action_config = fields(
    {"trigger_actions_on": many(one_of("on_enter_pressed", "on_character_entered"), 2)},
)
conversation_filter = fields(
    {
        "include": many(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    any_of("include", "exclude_external_shared_channels", "exclude_bot_users"),
)
feedback_button = fields({"text!": plain(75), "value!": string(2000), "accessibility_label": string(75)})
