"""The doors the bot uses over HTTP: the Web API, response addresses, uploads, downloads and the socket."""

import json
from email import message_from_bytes
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from bot.sandbox import answers, web_api
from bot.sandbox.errors import SlackError
from bot.sandbox.socket_mode import Sockets
from bot.sandbox.web_api.call import granted_scopes
from bot.sandbox.workspace import Workspace

Json = dict[str, Any]

# The errors of a response address that mean it is no longer good; Slack answers them with 404, all others with 400.
GONE = {"expired_url", "used_url"}


def routes(workspace: Workspace, sockets: Sockets) -> list[BaseRoute]:
    """All doors for the bot."""
    doors = Doors(workspace)
    return [
        Route("/api/{method}", doors.web_api, methods=["GET", "POST"]),
        Route("/hooks/response/{token}", doors.response, methods=["POST"]),
        Route("/hooks/upload/{file_id}", doors.upload, methods=["POST", "PUT"]),
        Route("/hooks/files/{file_id}/{name}", doors.download, methods=["GET"]),
        WebSocketRoute("/socket", sockets.serve),
    ]


class Doors:
    """HTTP in, the workspace's rules in the middle, HTTP out."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def web_api(self, request: Request) -> Response:
        """A Web API call."""
        try:
            arguments = await _arguments(request)
        except SlackError as error:
            return JSONResponse(error.answer())
        in_body = arguments.pop("token", None)
        token = _bearer(request) or (str(in_body) if in_body else None)
        answer = await web_api.answer(self._workspace, request.path_params["method"], token, arguments)
        return JSONResponse(answer.body, answer.status, dict(answer.headers))

    async def response(self, request: Request) -> Response:
        """An answer to a response_url."""
        rights = self._workspace.rights
        token = request.path_params["token"]
        try:
            arguments = await _arguments(request)
            right = rights.use_response(token)
            message = answers.respond(self._workspace, right, arguments)
        except SlackError as error:
            return JSONResponse(error.answer(), 404 if error.code in GONE else 400)
        if message is None or right.message_ts is None:
            rights.answered_with(token, message.ts if message else None)
        await self._workspace.store.flush()
        return PlainTextResponse("ok")

    async def upload(self, request: Request) -> Response:
        """The bytes of a file, as they are or as a form."""
        content = await request.body()
        if request.headers.get("content-type", "").startswith("multipart/"):
            content = next(iter(_parts(request.headers["content-type"], content).values()), b"")
        try:
            self._workspace.files.receive(request.path_params["file_id"], content)
        except SlackError as error:
            return PlainTextResponse(error.code, 400)
        await self._workspace.store.flush()
        return PlainTextResponse(f"OK - {len(content)}")

    async def download(self, request: Request) -> Response:
        """A file, for whoever shows the bot's token and may read files."""
        granted = granted_scopes(self._workspace)
        if _bearer(request) != self._workspace.credentials.bot_token or "files:read" not in granted:
            return PlainTextResponse("Sign in to Slack to see this file.", 403)
        file = self._workspace.files.get(request.path_params["file_id"])
        if file is None:
            return PlainTextResponse("There is no such file.", 404)
        return Response(file.content.encode("latin-1"), media_type=file.mimetype)


def _bearer(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


async def _arguments(request: Request) -> Json:
    """The arguments, from the address and from the body."""
    found: Json = dict(request.query_params)
    body = await request.body()
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "application/json" and body:
        return found | _from_json(body)
    if content_type == "application/x-www-form-urlencoded":
        return found | dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    if content_type == "multipart/form-data":
        parts = _parts(request.headers["content-type"], body)
        return found | {name: value.decode(errors="replace") for name, value in parts.items()}
    if body:
        raise SlackError("invalid_post_type")
    return found


def _parts(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of a multipart form by name, read with the standard library's parser of messages."""
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts = message.get_payload() if message.is_multipart() else []
    return {
        str(part.get_param("name", header="content-disposition")): bytes(part.get_payload(decode=True) or b"")
        for part in parts
        if isinstance(part, Message)
    }


def _from_json(body: bytes) -> Json:
    try:
        given = json.loads(body)
    except ValueError as error:
        raise SlackError("invalid_json") from error
    if not isinstance(given, dict):
        raise SlackError("json_not_object")
    return given
