"""views.*: modals and Home tabs."""

from typing import Any

from bot.sandbox.errors import SlackError, invalid_arguments
from bot.sandbox.objects import view_object
from bot.sandbox.records import Trigger, View
from bot.sandbox.views import check_view
from bot.sandbox.web_api.call import Call, Methods
from bot.sandbox.web_api.reach import known_person

Json = dict[str, Any]

methods = Methods()


@methods.add("views.open")
def open_view(call: Call) -> Json:
    """Open a modal in exchange for a trigger."""
    content = _content(call, "modal")
    trigger = _trigger(call)
    view = call.workspace.views.open(trigger.person, content)
    trigger.exchanged = True
    return _answer(call, view)


@methods.add("views.push")
def push_view(call: Call) -> Json:
    """Put a modal on top of the one in which the trigger was made."""
    content = _content(call, "modal")
    trigger = _trigger(call)
    view = call.workspace.views.push(trigger.view_id, trigger.person, content)
    trigger.exchanged = True
    return _answer(call, view)


@methods.add("views.update")
def update_view(call: Call) -> Json:
    """Replace what a modal shows, whether it is on top or below."""
    view = _named_view(call)
    updated = call.workspace.views.update(view, _content(call, view.kind), _expected_hash(call))
    return _answer(call, updated)


@methods.add("views.publish")
def publish_view(call: Call) -> Json:
    """Show something on a person's Home tab."""
    content = _content(call, "home")
    person = known_person(call, "user_id")
    if not call.workspace.app.manifest.home_tab:
        raise SlackError("not_enabled")
    return _answer(call, call.workspace.views.publish(person.id, content, _expected_hash(call)))


def _content(call: Call, kind: str) -> Json:
    content = call.arguments.structure("view")
    if content is None:
        raise invalid_arguments("missing required field: view [json-pointer:/view]")
    check_view(content, kind=kind)
    return dict(content)


def _trigger(call: Call) -> Trigger:
    return call.workspace.rights.valid_trigger(call.arguments.required("trigger_id"))


def _named_view(call: Call) -> View:
    """The view named by `view_id` or `external_id`."""
    views = call.workspace.views
    view_id, external_id = call.arguments.text("view_id"), call.arguments.text("external_id")
    if not view_id and not external_id:
        raise invalid_arguments("missing required field: view_id or external_id [json-pointer:/view_id]")
    view = views.get(view_id) if view_id else views.with_external_id(external_id)
    if view is None:
        raise SlackError("not_found")
    return view


def _expected_hash(call: Call) -> str | None:
    return call.arguments.text("hash") or None


def _answer(call: Call, view: View) -> Json:
    return {"view": view_object(call.workspace, view)}
