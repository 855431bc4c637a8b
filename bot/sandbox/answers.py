"""What the bot answers to what people do: the bodies of acknowledgements, and of posts to a response_url.

Source: https://docs.slack.dev/interactivity/handling-user-interaction.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.sandbox.blocks import all_blocks
from bot.sandbox.errors import SlackError
from bot.sandbox.records import Message, ResponseRight, View
from bot.sandbox.views import check_view
from bot.sandbox.web_api.call import Arguments
from bot.sandbox.web_api.chat import message_content
from bot.slack.lint.checks import Place
from bot.slack.lint.objects import menu_option

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

Json = dict[str, Any]

MOST_OPTIONS = 100


class UnusableAnswer(Exception):
    """The bot has answered with something Slack cannot use; the message says with what."""


def respond(workspace: "Workspace", right: ResponseRight, body: Mapping[str, Any]) -> Message | None:
    """Answer by right of a response_url: post, replace or delete.

    Returns:
        The message that now stands there, None after a deletion.

    Raises:
        SlackError: the message is refused, with the codes of chat.postMessage.
    """
    arguments = Arguments(body)
    original = workspace.message(right.channel, right.message_ts) if right.message_ts else None
    if arguments.flag("delete_original"):
        if original is not None:
            workspace.remove_message(original)
        return None
    content = message_content(workspace, arguments)
    if original is not None and arguments.flag("replace_original"):
        return workspace.save_message(original.model_copy(update={**content, "edited_ts": workspace.next_ts()}))
    seen_by = None if arguments.text("response_type") == "in_channel" else right.person
    thread_ts = arguments.text("thread_ts") or None
    return workspace.post_as_bot(right.channel, ephemeral_to=seen_by, thread_ts=thread_ts, **content)


def reply_to_command(workspace: "Workspace", right: ResponseRight, body: Any) -> Message | None:
    """What the acknowledgement of a command says, which is a message, plain words or nothing.

    Raises:
        UnusableAnswer: it is a message Slack refuses.
    """
    if not body:
        return None
    content = {"text": body} if isinstance(body, str) else body
    if not isinstance(content, dict):
        raise UnusableAnswer("invalid_command_response")
    if content.keys() <= {"response_type"}:
        return None
    try:
        return respond(workspace, right, content)
    except SlackError as error:
        raise UnusableAnswer(error.code) from error


def follow_submission(workspace: "Workspace", view: View, body: Any) -> dict[str, str]:
    """Do with a submitted modal what the acknowledgement says: show errors, update, push, clear, or else close it.

    Returns:
        The sentences under the fields, by block id; empty when there are none.

    Raises:
        UnusableAnswer: Slack cannot do that.
    """
    if not isinstance(body, dict | None):
        raise UnusableAnswer("The answer to a submission must be JSON.")
    action = body.get("response_action") if body else None
    try:
        match action:
            case None:
                workspace.views.close(view)
            case "clear":
                workspace.views.clear(view.person)
            case "errors":
                return _show_errors(workspace, view, body)
            case "update":
                workspace.views.update(view, _checked(body))
            case "push":
                workspace.views.push(view.id, view.person, _checked(body))
            case other:
                raise UnusableAnswer(f"There is no response_action {other}.")
    except SlackError as error:
        messages = error.fields.get("response_metadata", {}).get("messages", [])
        raise UnusableAnswer(" ".join([error.code, *messages])) from error
    return {}


def _show_errors(workspace: "Workspace", view: View, body: Any) -> dict[str, str]:
    """Put sentences under fields; a block id that is no input block is a mistake, as in Slack."""
    errors = body.get("errors")
    inputs = {block["block_id"] for block in all_blocks(view.blocks) if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise UnusableAnswer("`errors` must be an object with a sentence for each block id.")
    for block_id, sentence in errors.items():
        if block_id not in inputs:
            raise UnusableAnswer(f"`errors` names {block_id}, which is no input block of this view.")
        if not isinstance(sentence, str) or not sentence:
            raise UnusableAnswer(f"`errors` says nothing about {block_id}.")
    workspace.views.save(view.model_copy(update={"errors": errors, "trouble": None}))
    return dict(errors)


def _checked(body: Any) -> Json:
    content = body.get("view")
    check_view(content, kind="modal")
    return dict(content)


def suggested_options(body: Any) -> list[Json]:
    """The options in the answer to a block_suggestion, groups flattened.

    Raises:
        UnusableAnswer: there are none where they should be, or too many.
    """
    groups = body.get("option_groups") or [body] if isinstance(body, dict) else None
    if groups is None or not all(
        isinstance(group, dict) and isinstance(group.get("options"), list) for group in groups
    ):
        raise UnusableAnswer("The answer must hold `options` or `option_groups`.")
    options = [option for group in groups for option in group["options"]]
    problems = [str(problem) for option in options for problem in menu_option(option, Place("/options", "modal"))]
    if problems or len(options) > MOST_OPTIONS:
        raise UnusableAnswer(" ".join(problems) or f"no more than {MOST_OPTIONS} items allowed")
    return options
