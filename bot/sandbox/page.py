"""The page: a small Slack in the browser, rendered here and kept up to date by server-sent events.

The script knows only where to send what a person does, and to fetch the parts of the page anew when something has
changed. `GET /sandbox/seen` gives the same as JSON, for scripts without a browser.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.sandbox.definition import Person
from bot.sandbox.objects import message_object, view_object
from bot.sandbox.page_acts import act_routes
from bot.sandbox.presentation import HOME, Presentation
from bot.sandbox.web_api import METHODS

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox

Json = dict[str, Any]

HERE = Path(__file__).parent
STEPS = (("1 hour", 1), ("1 day", 24), ("3 days", 72), ("1 week", 168), ("30 days", 720))
SHOWN_ENTRIES = 100
HEARTBEAT = 15.0

# Nothing is loaded from outside, and nothing the bot writes can run.
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}


def page_routes(sandbox: "Sandbox") -> list[BaseRoute]:
    """Everything a browser needs."""
    page = Page(sandbox)
    return [
        Route("/", page.whole),
        Route("/sandbox/parts", page.parts),
        Route("/sandbox/live", page.live),
        Route("/sandbox/seen", page.seen),
        Route("/sandbox/clock", page.clock),
        Route("/sandbox/files/{file_id}", page.file),
        *act_routes(sandbox),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]


class Page:
    """Renders what one person sees."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        self._workspace = sandbox.workspace
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)

    async def whole(self, request: Request) -> Response:
        """The whole page."""
        try:
            presentation = self._presentation(request)
        except LookupError as error:
            return PlainTextResponse(f"{error} Open / instead.", 404)
        html = self._templates.get_template("page.html").render(self._context(presentation, request))
        return HTMLResponse(html, headers=HEADERS)

    async def parts(self, request: Request) -> Response:
        """The parts of the page that change, as HTML by name."""
        try:
            presentation = self._presentation(request)
        except LookupError as error:
            return JSONResponse({"refused": str(error)}, 404)
        if presentation.place != HOME:
            self._workspace.mark_read(presentation.person.id, presentation.place)
        context = self._context(presentation, request)
        names = ("top", "sidebar", "main", "modal", "side")
        parts = {name: self._templates.get_template(f"{name}.html").render(context) for name in names}
        await self._workspace.store.flush()
        return JSONResponse(parts, headers=HEADERS)

    async def live(self, _request: Request) -> Response:
        """Says `changed` whenever anything has changed."""
        return StreamingResponse(self._changes(), media_type="text/event-stream", headers=HEADERS)

    async def _changes(self) -> AsyncIterator[str]:
        with self._workspace.changes.listen() as subscription:
            yield "retry: 1000\n\n"
            while not self._workspace.changes.closed:
                try:
                    topics = await asyncio.wait_for(subscription.next(), HEARTBEAT)
                    yield f"event: changed\ndata: {json.dumps(sorted(topics))}\n\n"
                except TimeoutError:
                    yield ": still here\n\n"

    async def seen(self, request: Request) -> Response:
        """What a person sees, as JSON: the modal, the Home tab, and every conversation with its messages."""
        try:
            person = self._person(request)
        except LookupError as error:
            return JSONResponse({"refused": str(error)}, 404)
        workspace = self._workspace
        modal, home = workspace.views.modal(person.id), workspace.views.home(person.id)
        conversations = [
            {
                "id": channel.id,
                "name": channel.name,
                "with_bot": channel.kind == "im" and workspace.app.user_id in channel.member_ids,
                "messages": [
                    {**message_object(workspace, message), "is_ephemeral": message.ephemeral_to is not None}
                    for message in workspace.messages(channel.id, seen_by=person.id)
                ],
            }
            for channel in workspace.channels.values()
            if person.id in channel.member_ids
        ]
        return JSONResponse(
            {
                "modal": {**view_object(workspace, modal), "errors": modal.errors, "trouble": modal.trouble}
                if modal
                else None,
                "home": view_object(workspace, home) if home else None,
                "conversations": conversations,
            }
        )

    async def clock(self, _request: Request) -> Response:
        """The time in the workspace, and how far it has been moved, for a bot in another process."""
        workspace = self._workspace
        return JSONResponse(
            {"now": workspace.now().isoformat(), "advanced_seconds": workspace.advanced.total_seconds()}
        )

    async def file(self, request: Request) -> Response:
        """A file, as people download it."""
        file = self._workspace.files.get(request.path_params["file_id"])
        if file is None:
            return PlainTextResponse("There is no such file.", 404)
        headers = {"content-disposition": "attachment", "x-content-type-options": "nosniff"}
        return Response(file.content.encode("latin-1"), media_type="application/octet-stream", headers=headers)

    def _person(self, request: Request) -> Person:
        return self._workspace.person(request.query_params.get("as") or self._workspace.starts_as)

    def _presentation(self, request: Request) -> Presentation:
        person = self._person(request)
        wanted = request.query_params.get("in") or ""
        place = HOME if wanted == HOME else self._place(person, wanted)
        return Presentation(self._workspace, person, place, request.query_params.get("thread") or None)

    def _place(self, person: Person, wanted: str) -> str:
        """The conversation asked for, or the first one this person is in."""
        mine = [each for each in self._workspace.channels.values() if person.id in each.member_ids]
        asked = next((each for each in mine if wanted and wanted in {each.id, each.name}), None)
        if asked is not None:
            return asked.id
        open_ones = [each for each in mine if not each.archived and each.kind in {"public", "private"}]
        return (open_ones[0] if open_ones else self._workspace.with_bot(person.id)).id

    def _context(self, presentation: Presentation, request: Request) -> Json:
        workspace = self._workspace
        manifest = workspace.app.manifest
        faults = workspace.faults
        return {
            "page": presentation,
            "steps": STEPS,
            "side": request.query_params.get("side", ""),
            "commands": manifest.commands if workspace.installed else (),
            "shortcuts": manifest.shortcuts if workspace.installed else (),
            "entries": list(workspace.record.entries)[::-1][:SHOWN_ENTRIES],
            "faults": faults,
            "faulty": faults.active,
            "methods": sorted(METHODS),
            "scopes": sorted(manifest.scopes),
        }
