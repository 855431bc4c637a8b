"""Where the page sends what a person does, and what somebody playing with the sandbox switches.

All take JSON. An act is answered with what the person sees right after: `{"error": ..., "errors": {...}}`; one that
Slack's client would not allow with status 422 and `{"refused": "..."}`.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.acts import Outcome
from bot.sandbox.definition import Person
from bot.sandbox.errors import ActRefused
from bot.sandbox.faults import EVERY_METHOD
from bot.sandbox.files import LARGEST_INPUT_FILE
from bot.sandbox.records import Surface, View

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox

Json = dict[str, Any]
Handler = Callable[[Json], Awaitable[Json]]

LONGEST_STEP = timedelta(days=366)


def act_routes(sandbox: "Sandbox") -> list[BaseRoute]:
    """One address for each thing a person can do."""
    acts = PageActs(sandbox)
    verbs: dict[str, Handler] = {
        "acts/say": acts.say,
        "acts/command": acts.command,
        "acts/act": acts.act,
        "acts/suggest": acts.suggest,
        "acts/submit": acts.submit,
        "acts/close": acts.close,
        "acts/home": acts.open_home,
        "acts/shortcut": acts.shortcut,
        "advance": acts.advance,
        "faults": acts.switch_fault,
        "people": acts.change_person,
        "channels": acts.change_channel,
        "record/clear": acts.clear_record,
    }
    routes = [Route(f"/sandbox/{path}", _answering(handler), methods=["POST"]) for path, handler in verbs.items()]
    return [*routes, Route("/sandbox/upload", acts.upload, methods=["POST"])]


def _answering(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Decode the request, refuse other sites, and say what was refused and why."""

    async def answer(request: Request) -> Response:
        if _from_elsewhere(request):
            return JSONResponse({"refused": "This page only listens to itself."}, 403)
        try:
            given = await request.json()
        except ValueError:
            return JSONResponse({"refused": "The body must be JSON."}, 400)
        if not isinstance(given, dict):
            return JSONResponse({"refused": "The body must be a JSON object."}, 400)
        try:
            return JSONResponse(await handler(given))
        except KeyError as error:
            return JSONResponse({"refused": f"{error.args[0]} is missing."}, 422)
        except (ActRefused, LookupError, ValueError, TypeError) as error:
            return JSONResponse({"refused": str(error)}, 422)

    return answer


def _from_elsewhere(request: Request) -> bool:
    """Whether a page of another site has sent this, which a browser says in `Origin`."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


class PageActs:
    """The acts, with their arguments as JSON. `as` is always the handle, name or id of the acting person."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        self._workspace = sandbox.workspace
        self._acts = sandbox.acts

    async def say(self, given: Json) -> Json:
        """`channel`, `text`, and `thread_ts` in a thread."""
        person, channel = self._person(given), self._workspace.channel(given["channel"])
        message = await self._acts.say(person, channel, str(given["text"]), given.get("thread_ts"))
        return {"ts": message.ts}

    async def command(self, given: Json) -> Json:
        """`channel`, and `text` that begins with the command."""
        person, channel = self._person(given), self._workspace.channel(given["channel"])
        return _shown(await self._acts.run_command(person, channel, str(given["text"])))

    async def act(self, given: Json) -> Json:
        """The surface, `action_id`, `block_id`, `given`, `confirmed`, and as `entries` what stands in the fields."""
        person, surface = self._person(given), self._surface(given)
        self._enter(person, surface, given.get("entries", []))
        entered = self._understood(person, surface, given)
        return _shown(
            await self._acts.act(
                person,
                surface,
                given["action_id"],
                entered,
                block_id=given.get("block_id"),
                confirmed=given.get("confirmed"),
            )
        )

    async def suggest(self, given: Json) -> Json:
        """The surface, `action_id`, `block_id`, and `query`."""
        person, surface = self._person(given), self._surface(given)
        query, block_id = str(given["query"]), given.get("block_id")
        return {"options": await self._acts.suggest(person, surface, given["action_id"], query, block_id)}

    async def submit(self, given: Json) -> Json:
        """`view_id`, and as `entries` what stands in the fields."""
        person, surface = self._person(given), self._surface(given)
        if not isinstance(surface, View):
            raise ActRefused("Only a modal can be submitted.")
        self._enter(person, surface, given.get("entries", []))
        return _shown(await self._acts.submit(person, surface))

    async def close(self, given: Json) -> Json:
        """`view_id`, and `everything` for the whole stack."""
        surface = self._surface(given)
        if not isinstance(surface, View):
            raise ActRefused("Only a modal can be closed.")
        await self._acts.close(self._person(given), surface, everything=bool(given.get("everything")))
        return {}

    async def open_home(self, given: Json) -> Json:
        """`tab`, which is `home` or `messages`."""
        await self._acts.open_home(self._person(given), given.get("tab", "home"))
        return {}

    async def shortcut(self, given: Json) -> Json:
        """`callback_id`."""
        return _shown(await self._acts.press_shortcut(self._person(given), given["callback_id"]))

    # Playing with the sandbox

    async def advance(self, given: Json) -> Json:
        """Move the clock forward by so many `hours`."""
        step = timedelta(hours=float(given["hours"]))
        if not timedelta() <= step <= LONGEST_STEP:
            raise ActRefused("The clock moves forward, by at most a year at a time.")
        self._workspace.advance(step)
        await self._workspace.store.flush()
        return {"now": self._workspace.now().isoformat()}

    async def switch_fault(self, given: Json) -> Json:
        """Any of `clear`, `answer_delay`, `rate_limit`, `fail_next`, `scope` with `granted`, `double_delivery`."""
        faults = self._workspace.faults
        if given.get("clear"):
            faults.clear()
        if "answer_delay" in given:
            faults.answer_delay = max(0.0, float(given["answer_delay"]))
        if "rate_limit" in given:
            limit = given["rate_limit"]
            seconds = limit.get("retry_after")
            method = limit.get("method", EVERY_METHOD)
            faults.rate_limit(method, retry_after=None if seconds is None else int(seconds))
        if "fail_next" in given:
            faults.fail_next(given["fail_next"].get("method", EVERY_METHOD), str(given["fail_next"]["error"]))
        if "scope" in given:
            change = faults.refused_scopes.discard if given.get("granted") else faults.refused_scopes.add
            change(str(given["scope"]))
        if "double_delivery" in given:
            faults.double_delivery = bool(given["double_delivery"])
        self._workspace.changes.publish("faults")
        return {}

    async def change_person(self, given: Json) -> Json:
        """`person`, and whether they are `deactivated`."""
        person = self._workspace.person(given["person"])
        self._sandbox.happenings.change_person(person, deactivated=bool(given["deactivated"]))
        await self._workspace.store.flush()
        return {}

    async def change_channel(self, given: Json) -> Json:
        """`channel`, and whether the bot is to `add` or `remove`."""
        channel = self._workspace.channel(given["channel"])
        bot = self._workspace.people[self._workspace.app.user_id]
        happenings = self._sandbox.happenings
        change = happenings.add_to_channel if given["bot"] == "add" else happenings.remove_from_channel
        change(bot, channel)
        await self._workspace.store.flush()
        return {}

    async def clear_record(self, _given: Json) -> Json:
        """Forget what has passed so far."""
        self._workspace.record.clear()
        self._workspace.changes.publish("record")
        return {}

    async def upload(self, request: Request) -> Response:
        """The bytes of a file for a form, with `as` and `name` in the address."""
        if _from_elsewhere(request):
            return JSONResponse({"refused": "This page only listens to itself."}, 403)
        content = await request.body()
        if len(content) > LARGEST_INPUT_FILE:
            return JSONResponse({"refused": "A file may have 10 MB at most."}, 422)
        try:
            person = self._workspace.person(request.query_params.get("as", ""))
        except LookupError as error:
            return JSONResponse({"refused": str(error)}, 422)
        file = self._workspace.files.add(person.id, request.query_params.get("name") or "file", content)
        return JSONResponse({"id": file.id, "name": file.name})

    # What these have in common

    def _person(self, given: Json) -> Person:
        return self._workspace.person(given["as"])

    def _surface(self, given: Json) -> Surface:
        """The view named by `view_id`, or the message named by `channel` and `ts`."""
        found: Surface | None
        if given.get("view_id"):
            found = self._workspace.views.get(given["view_id"])
        else:
            found = self._workspace.message(given["channel"], given["ts"])
        if found is None:
            raise ActRefused("This is not there any more.")
        return found

    def _enter(self, person: Person, surface: Surface, entries: list[Json]) -> None:
        """Take over what stands in the fields of a surface."""
        for entry in entries:
            found = self._acts.entry.find(person, surface, entry["action_id"], entry.get("block_id"))
            self._acts.entry.enter(person, surface, found, self._understood(person, surface, entry))

    def _understood(self, person: Person, surface: Surface, entry: Json) -> Any:
        """What was entered; an instant comes from the browser as the person's local time."""
        entered = entry.get("given")
        found = self._acts.entry.find(person, surface, entry["action_id"], entry.get("block_id"))
        if found.element["type"] == "datetimepicker" and isinstance(entered, str) and entered:
            return int(datetime.fromisoformat(entered).replace(tzinfo=ZoneInfo(person.zone)).timestamp())
        return entered


def _shown(outcome: Outcome) -> Json:
    return {"error": outcome.error, "errors": dict(outcome.errors)}
