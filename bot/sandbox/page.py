from starlette.routing import BaseRoute


def page_routes(sandbox: object) -> list[BaseRoute]:
    return []
