"""The Home tab."""

from bot import answers, invitations
from bot.authority import inviter_or_none
from handlers.desk import Desk, GoOn
from handlers.payloads import Happening
from handlers.replies import Done, Reply
from handlers.views.home import home_view


async def opened(act: Happening, desk: Desk, go_on: GoOn) -> Reply:
    """Show the Home tab as it is now. The event also comes for the messages tab, where there is nothing to show."""
    if (act.event or {}).get("tab") in (None, "home"):
        go_on(publish(act, desk))
    return Done()


async def publish(act: Happening, desk: Desk) -> None:
    """Publish a person's Home tab."""
    services = desk.services
    language = await desk.language(act.user_id)
    mine = await answers.waiting_for(services, act.workspace, act.user_id)
    inviter = await inviter_or_none(services, act.workspace, act.user_id)
    waiting = await invitations.waiting_list(services, act.workspace, inviter) if inviter else None
    view = home_view(language, mine, waiting, desk.commands[0], services.clock.now())
    await desk.slack.publish_home(act.user_id, view)
