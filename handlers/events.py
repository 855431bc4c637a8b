"""What happens in the workspace without anybody turning to the bot."""

from handlers.desk import Desk, GoOn
from handlers.payloads import Happening
from handlers.replies import Done, Reply


async def person_changed(act: Happening, desk: Desk, go_on: GoOn) -> Reply:
    """Ask Slack anew who they are."""
    desk.services.people.forget(act.user_id)
    return Done()
