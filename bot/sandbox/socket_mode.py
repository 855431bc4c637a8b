"""Socket Mode: payloads go to the bot over a WebSocket it has opened.

Each payload goes to one of the connections at random, in an envelope that must be acknowledged by its id
(https://docs.slack.dev/apis/events-api/using-socket-mode).
"""

import asyncio
import secrets
import uuid
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.sandbox.delivery import Unreachable
from bot.sandbox.workspace import Workspace

Json = dict[str, Any]

POLICY_VIOLATION = 1008


class Sockets:
    """The open connections of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._connections: list[WebSocket] = []
        self._waiting: dict[str, asyncio.Future[Any]] = {}

    @property
    def connected(self) -> bool:
        """Whether there is a connection at least."""
        return bool(self._connections)

    async def serve(self, socket: WebSocket) -> None:
        """Greet a connection and listen to it until it ends."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._workspace.socket_tickets:
            await socket.close(POLICY_VIOLATION, "unknown ticket")
            return
        self._workspace.socket_tickets.discard(ticket)
        await socket.accept()
        self._connections.append(socket)
        self._workspace.changes.publish("record")
        try:
            await socket.send_json(self._hello())
            while True:
                self._acknowledged(await socket.receive_json())
        except (WebSocketDisconnect, ValueError):
            # The bot has gone, or has sent something that is no JSON; either way this connection is over.
            return
        finally:
            self._connections.remove(socket)
            self._workspace.changes.publish("record")

    async def send(self, kind: str, payload: Json, retry: tuple[int, str] | None) -> Any:
        """Send an envelope and wait for its acknowledgement.

        Returns:
            The payload of the acknowledgement, None when it has none.

        Raises:
            Unreachable: the connection has gone.
        """
        socket = secrets.choice(self._connections)
        envelope_id = str(uuid.uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry[0] if retry else 0, "retry_reason": retry[1] if retry else ""}
        acknowledged = self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            await socket.send_json(envelope)
            return await acknowledged
        except (WebSocketDisconnect, RuntimeError) as error:
            raise Unreachable("The Socket Mode connection has gone.") from error
        finally:
            del self._waiting[envelope_id]

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to go and come back, as Slack does now and then."""
        for socket in list(self._connections):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "connection_info": {"app_id": self._workspace.app.id},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
        }

    def _acknowledged(self, message: Any) -> None:
        envelope_id = message.get("envelope_id") if isinstance(message, dict) else None
        waiting = self._waiting.get(str(envelope_id))
        if waiting is not None and not waiting.done():
            waiting.set_result(message.get("payload"))
