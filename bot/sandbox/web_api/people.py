"""users.*, team.info, bots.info, auth.test, api.test: who is who."""

from typing import Any

from bot.sandbox.errors import SlackError
from bot.sandbox.objects import bot_profile, user_object
from bot.sandbox.web_api.call import Call, Methods
from bot.sandbox.web_api.reach import known_person

Json = dict[str, Any]

methods = Methods()


@methods.add("api.test", caller="anyone")
def api_test(call: Call) -> Json:
    """Say back what was sent, or fail as asked."""
    if "error" in call.arguments:
        raise SlackError(call.arguments.text("error"), args=call.arguments.values)
    return {"args": call.arguments.values}


@methods.add("auth.test")
def auth_test(call: Call) -> Json:
    """Who the token belongs to."""
    workspace = call.workspace
    return {
        "url": f"https://{workspace.team.domain}.slack.com/",
        "team": workspace.team.name,
        "user": workspace.people[workspace.app.user_id].handle,
        "team_id": workspace.team.id,
        "user_id": workspace.app.user_id,
        "bot_id": workspace.app.bot_id,
        "is_enterprise_install": False,
    }


@methods.add("team.info", "team:read")
def team_info(call: Call) -> Json:
    """The workspace itself."""
    team = call.workspace.team
    return {
        "team": {
            "id": team.id,
            "name": team.name,
            "domain": team.domain,
            "url": f"https://{team.domain}.slack.com/",
            "email_domain": "",
            "icon": {"image_default": True},
            "is_verified": False,
        }
    }


@methods.add("bots.info", "users:read")
def bots_info(call: Call) -> Json:
    """The bot of an app."""
    if call.arguments.text("bot", call.workspace.app.bot_id) != call.workspace.app.bot_id:
        raise SlackError("bot_not_found")
    return {"bot": bot_profile(call.workspace)}


@methods.add("users.info", "users:read")
def users_info(call: Call) -> Json:
    """One person."""
    person = known_person(call, "user")
    locale = call.arguments.flag("include_locale")
    return {"user": user_object(call.workspace, person, email=call.has("users:read.email"), locale=locale)}


@methods.add("users.list", "users:read")
def users_list(call: Call) -> Json:
    """Everybody, deactivated people and bots included."""
    page, more = call.page(list(call.workspace.people.values()))
    email, locale = call.has("users:read.email"), call.arguments.flag("include_locale")
    return {
        "members": [user_object(call.workspace, person, email=email, locale=locale) for person in page],
        "cache_ts": int(call.workspace.now().timestamp()),
        **more,
    }


@methods.add("users.lookupByEmail", "users:read.email")
def lookup_by_email(call: Call) -> Json:
    """The active person with this address."""
    person = call.workspace.person_with_email(call.arguments.required("email"))
    if person is None:
        raise SlackError("users_not_found")
    return {"user": user_object(call.workspace, person, email=True)}
