"""The Home tab: shown when somebody opens it, and kept up to date from then on."""

from collections.abc import Mapping, Sequence

from bot import answers, home_tabs, invitations
from bot.authority import Inviter, inviter_or_none
from bot.effects import Aftermath, Due
from handlers.desk import Desk, GoOn
from handlers.payloads import Happening
from handlers.replies import Done, Reply
from handlers.speaking import Speaker
from handlers.views.home import home_view
from models.workspace import Workspace


async def opened(act: Happening, desk: Desk, go_on: GoOn) -> Reply:
    """Show the Home tab as it is now. The event also comes for the messages tab, where there is nothing to show."""
    if (act.event or {}).get("tab") in (None, "home"):
        go_on(_show_and_remember(act, desk))
    return Done()


class ShowHome(Speaker):
    """A Home tab that was opened before, after something that it shows has changed."""

    async def load(self, due: Sequence[Due]) -> Mapping[int, Workspace]:
        """Where they are; what they show is read one by one, as for whoever looks."""
        return {one.id: one.workspace for one in due}

    async def speak(self, due: Due, loaded: Workspace) -> Aftermath | None:
        """Publish it again."""
        user_id = str(due.payload["user"])
        inviter = await inviter_or_none(self._services, loaded, user_id)
        await publish(self._desk, loaded, user_id, inviter)
        return None


async def publish(desk: Desk, workspace: Workspace, user_id: str, inviter: Inviter | None) -> None:
    """Publish a person's Home tab; somebody who may invite sees the open invitations too."""
    services = desk.services
    language = await desk.language(user_id)
    mine = await answers.waiting_for(services, workspace, user_id)
    waiting = await invitations.waiting_list(services, workspace, inviter) if inviter else None
    view = home_view(language, mine, waiting, desk.commands[0], services.clock.now())
    await desk.slack.publish_home(user_id, view)


async def _show_and_remember(act: Happening, desk: Desk) -> None:
    """Remember it first: what changes while the tab is being made is then shown soon after."""
    inviter = await inviter_or_none(desk.services, act.workspace, act.user_id)
    await home_tabs.opened(desk.services.database, act.workspace, act.user_id, lists_invitations=inviter is not None)
    await publish(desk, act.workspace, act.user_id, inviter)
