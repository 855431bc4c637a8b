"""Serving an ASGI application on a loopback port within the running event loop, up and down in milliseconds.

uvicorn's own server waits in steps of a tenth of a second when it stops; a test for each of hundreds of cases cannot.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState


@asynccontextmanager
async def served(application: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """Serve on 127.0.0.1 as long as the block lasts, without the application's lifespan.

    Args:
        application: what is served.
        port: which port, or 0 for any that is free.

    Yields:
        The address, for example `http://127.0.0.1:40123`.
    """
    config = uvicorn.Config(application, lifespan="off", log_config=None, access_log=False, ws="websockets-sansio")
    config.load()
    state = ServerState()
    protocol = partial(HttpToolsProtocol, config=config, server_state=state, app_state={})
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for connection in list(state.connections):
            connection.shutdown()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)
