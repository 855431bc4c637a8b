"""The sandbox put together: one workspace, the ways to and from the bot, the people's acts, and the page."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from bot.sandbox import http_api
from bot.sandbox.acts import Acts
from bot.sandbox.delivery import RETRY_AFTER, SLACKS_PATIENCE, Deliver, Delivery
from bot.sandbox.happenings import Happenings
from bot.sandbox.page import page_routes
from bot.sandbox.seat import Seat
from bot.sandbox.socket_mode import Sockets
from bot.sandbox.workspace import Workspace


class Sandbox:
    """Everything around one workspace.

    Attributes:
        workspace: its state and rules.
        delivery: what sends payloads to the bot.
        acts: what people do.
        happenings: what happens without them.
        sockets: the open Socket Mode connections.
        application: the ASGI application with the Web API, the hooks, the socket and the page.
    """

    def __init__(
        self,
        workspace: Workspace,
        deliver: Deliver,
        *,
        patience: float = SLACKS_PATIENCE,
        retry_after: Sequence[float] = RETRY_AFTER,
    ) -> None:
        """Put it together.

        Args:
            workspace: opened, and closed by whoever opened it.
            deliver: carries a signed request to the bot: `endpoints.over_http` or `endpoints.into`.
            patience: seconds the bot has to acknowledge.
            retry_after: seconds before each further attempt at an event.
        """
        self.workspace = workspace
        self.sockets = Sockets(workspace)
        self.delivery = Delivery(workspace, deliver, self.sockets, patience=patience, retry_after=retry_after)
        self.happenings = Happenings(workspace, self.delivery)
        self.acts = Acts(workspace, self.delivery, self.happenings)
        self.application = Starlette(
            routes=[*http_api.routes(workspace, self.sockets), *page_routes(self)], lifespan=self._lifespan
        )

    def seat(self, name: str) -> Seat:
        """A person's place in front of Slack, by handle, name or user id.

        Raises:
            LookupError: there is nobody of that name.
        """
        return Seat(self, self.workspace.person(name).id)

    async def close(self) -> None:
        """Give up what is under way. The workspace stays open."""
        await self.delivery.close()

    @asynccontextmanager
    async def _lifespan(self, _application: Starlette) -> AsyncIterator[None]:
        yield
        await self.close()


def sandbox_application(workspace: Workspace, deliver: Deliver) -> Starlette:
    """The sandbox as an ASGI application: `/` (page), `/api`, `/sandbox`, `/static`, `/hooks` and `/socket`."""
    return Sandbox(workspace, deliver).application
