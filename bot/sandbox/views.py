"""Modals and Home tabs: opening, stacking, updating and closing them by Slack's rules.

A person has at most one stack of modals, of at most three views (https://docs.slack.dev/surfaces/modals).
"""

import secrets
from typing import TYPE_CHECKING, Any

from bot.sandbox.blocks import completed_view
from bot.sandbox.errors import SlackError, invalid_arguments, invalid_blocks
from bot.sandbox.inputs import Values
from bot.sandbox.records import View
from bot.slack.lint import lint_view

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

Json = dict[str, Any]

DEEPEST_STACK = 3


def check_view(content: Any, *, kind: str) -> None:
    """Refuse what Slack would refuse.

    Raises:
        SlackError: `view_too_large`, or `invalid_arguments` with the JSON pointers of what is wrong.
    """
    if not isinstance(content, dict):
        raise invalid_arguments("must be an object [json-pointer:/view]")
    if content.get("type") != kind:
        raise invalid_arguments(f"unsupported type: {content.get('type')} [json-pointer:/view/type]")
    problems = [problem for problem in lint_view(content) if problem.refused_by_slack]
    if any(problem.rule == "view_too_large" for problem in problems):
        raise SlackError("view_too_large")
    if problems:
        raise invalid_blocks(problems, "invalid_arguments", "/view")


class Views:
    """All open modals and all published Home tabs."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._views: dict[str, View] = {}
        self._stacks: dict[str, list[str]] = {}
        self._homes: dict[str, str] = {}
        self._entered: dict[str, Values] = {}

    async def load(self) -> None:
        """Take up the views of the file, those of a stack in the order in which they were opened."""
        for _, body in await self._workspace.store.load("view"):
            view = View.model_validate_json(body)
            self._views[view.id] = view
            if view.kind == "home":
                self._homes[view.person] = view.id
        above = {(view.person, view.previous_id): view.id for view in self._views.values() if view.kind == "modal"}
        for person in {person for person, _ in above}:
            top: str | None = None
            while (top := above.get((person, top))) is not None:
                self._stacks.setdefault(person, []).append(top)

    # Looking

    def get(self, view_id: str) -> View | None:
        """The open view of this id."""
        return self._views.get(view_id)

    def with_external_id(self, external_id: str) -> View | None:
        """The open view to which the bot has given this id."""
        views = self._views.values()
        return next((view for view in views if view.content.get("external_id") == external_id), None)

    def modal(self, person: str) -> View | None:
        """The modal on top of this person's stack, which is the one they see."""
        stack = self._stacks.get(person)
        return self._views[stack[-1]] if stack else None

    def stack(self, person: str) -> list[View]:
        """This person's modals, the lowest first."""
        return [self._views[view_id] for view_id in self._stacks.get(person, [])]

    def home(self, person: str) -> View | None:
        """What the bot has published on this person's Home tab."""
        view_id = self._homes.get(person)
        return self._views[view_id] if view_id else None

    # What has been entered

    def entered(self, surface_key: str) -> Values:
        """What has been entered in a view or a message so far, by block and action id."""
        return self._entered.setdefault(surface_key, {})

    def enter(self, surface_key: str, block_id: str, action_id: str, state: Json) -> None:
        """Note what has been entered in one element."""
        self.entered(surface_key).setdefault(block_id, {})[action_id] = state

    # What the bot does

    def open(self, person: str, content: Json) -> View:
        """Show a modal, in place of any other."""
        self._refuse_duplicate(content, None)
        self.clear(person)
        return self._stack(person, content)

    def push(self, trigger_view: str | None, person: str, content: Json) -> View:
        """Put a modal on top of the one in which the trigger was made.

        Raises:
            SlackError: `not_found` when that one is closed, `push_limit_reached` when three lie there already.
        """
        if trigger_view not in self._stacks.get(person, []):
            raise SlackError("not_found")
        if len(self.stack(person)) >= DEEPEST_STACK:
            raise SlackError("push_limit_reached")
        self._refuse_duplicate(content, None)
        return self._stack(person, content)

    def update(self, view: View, content: Json, expected_hash: str | None = None) -> View:
        """Replace what a view shows; what has been entered stays where block and action ids stay.

        Raises:
            SlackError: `hash_conflict` when the view has changed since.
        """
        if expected_hash is not None and expected_hash != view.hash:
            raise SlackError("hash_conflict")
        self._refuse_duplicate(content, view)
        return self.save(
            view.model_copy(
                update={"content": self._completed(content), "hash": self._hash(), "errors": {}, "trouble": None}
            )
        )

    def publish(self, person: str, content: Json, expected_hash: str | None = None) -> View:
        """Show something on a person's Home tab.

        Raises:
            SlackError: `hash_conflict` when the tab has changed since.
        """
        present = self.home(person)
        if present is not None:
            return self.update(present, content, expected_hash)
        if expected_hash is not None:
            raise SlackError("hash_conflict")
        self._refuse_duplicate(content, None)
        view_id = self._workspace.new_id("V")
        self._homes[person] = view_id
        return self.save(
            View(id=view_id, person=person, content=self._completed(content), hash=self._hash(), root_id=view_id)
        )

    # What the person does

    def close(self, view: View) -> None:
        """Take the modal off the stack."""
        stack = self._stacks[view.person]
        stack.remove(view.id)
        if not stack:
            del self._stacks[view.person]
        self._forget(view)

    def clear(self, person: str) -> list[View]:
        """Close all modals of a person and return them, the lowest first."""
        closed = [self._views[view_id] for view_id in self._stacks.pop(person, [])]
        for view in closed:
            self._forget(view)
        return closed

    def save(self, view: View) -> View:
        """Keep a view, new or changed."""
        self._views[view.id] = view
        self._workspace.store.put("view", view.id, view)
        self._workspace.changes.publish(f"{view.kind}:{view.person}")
        return view

    def _forget(self, view: View) -> None:
        del self._views[view.id]
        self._entered.pop(view.key, None)
        self._workspace.store.remove("view", view.id)
        self._workspace.changes.publish(f"modal:{view.person}")

    def _stack(self, person: str, content: Json) -> View:
        stack = self._stacks.setdefault(person, [])
        view_id = self._workspace.new_id("V")
        view = View(
            id=view_id,
            person=person,
            content=self._completed(content),
            hash=self._hash(),
            root_id=stack[0] if stack else view_id,
            previous_id=stack[-1] if stack else None,
        )
        stack.append(view_id)
        return self.save(view)

    def _completed(self, content: Json) -> Json:
        return completed_view(content, lambda: secrets.token_urlsafe(4))

    def _hash(self) -> str:
        return f"{int(self._workspace.now().timestamp())}.{secrets.token_hex(4)}"

    def _refuse_duplicate(self, content: Json, view: View | None) -> None:
        external_id = content.get("external_id")
        if external_id:
            other = self.with_external_id(external_id)
            if other is not None and (view is None or other.id != view.id):
                raise SlackError("duplicate_external_id")
