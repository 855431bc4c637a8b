"""`invitebot doctor`: is everything in place? For each thing that is not, what is wrong and how to mend it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.exc import SQLAlchemyError

from bot.accounts.errors import AccountError, AccountNotFound
from bot.accounts.values import Capability
from bot.app import Bot, build, cause
from bot.migration import current_revision, newest_revision
from bot.settings import Settings, SettingsError
from bot.slack.client import SlackError, SlackRefused
from bot.slack.manifest import BUILT_IN, OPTIONAL_SCOPES, REQUIRED_SCOPES, registrable
from bot.trouble import CannotStart


class State(StrEnum):
    """How something is: well, less than it could be, or so that the bot cannot work."""

    WELL = "ok"
    LESS = "!"
    WRONG = "NOT OK"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `advice` says how to mend it."""

    subject: str
    state: State
    detail: str
    advice: str | None = None


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Look at the settings, the database, Slack, the account backend and the channel, one after the other."""
    try:
        settings.ready_to_run()
    except SettingsError as error:
        for problem in error.problems:
            yield Finding("settings", State.WRONG, problem)
        return
    yield _commands(settings)
    try:
        bot = await build(settings)
    except CannotStart as error:
        yield Finding("start", State.WRONG, str(error))
        return
    try:
        yield await _database(bot)
        yield await _slack(bot)
        if settings.slack_app_token is not None:
            yield await _socket(bot, settings.slack_app_token.get_secret_value())
        yield await _accounts(bot)
        yield await _channel(bot)
    finally:
        await bot.close()


def _commands(settings: Settings) -> Finding:
    """Slack keeps some names for itself (slack.md, section 1)."""
    kept = [command for command in settings.invite_commands if command in BUILT_IN]
    usable = registrable(settings.invite_commands)
    if not usable:
        advice = "Add a name of your own, such as /account-invite, to INVITE_COMMANDS."
        detail = f"Slack keeps {', '.join(kept)} for itself, so nobody could reach the bot."
        return Finding("commands", State.WRONG, detail, advice)
    detail = f"people type {', '.join(usable)}"
    if kept:
        detail += f"; {', '.join(kept)} is answered too, but Slack itself keeps the name, so the manifest leaves it out"
    return Finding("commands", State.WELL, detail)


async def _database(bot: Bot) -> Finding:
    name = bot.database.url.render_as_string(hide_password=True)
    try:
        revision = await current_revision(bot.database)
    except (SQLAlchemyError, OSError) as error:
        return Finding("database", State.WRONG, f"{name} cannot be used: {cause(error)}", "Check DATABASE_URL.")
    if revision != newest_revision():
        return Finding("database", State.WRONG, f"{name} is not up to date.", "Run `invitebot migrate`.")
    return Finding("database", State.WELL, f"{name} is up to date")


async def _slack(bot: Bot) -> Finding:
    try:
        installation = await bot.installations.get()
    except SlackRefused as refusal:
        advice = "Copy the Bot User OAuth Token of your app into SLACK_BOT_TOKEN; install the app again if need be."
        return Finding("slack", State.WRONG, f"Slack refuses the token: {refusal.code}.", advice)
    except SlackError as error:
        advice = "Check SLACK_API_URL and the network."
        return Finding("slack", State.WRONG, f"{bot.settings.slack_api_url} does not answer: {error}.", advice)
    where = f"connected to {installation.team_name or installation.workspace.team_id}"
    if not installation.scopes:
        return Finding("slack", State.WELL, f"{where}; Slack does not say which scopes were granted")
    missing = [scope for scope in REQUIRED_SCOPES if scope not in installation.scopes]
    if missing:
        advice = "Add them to the app (`invitebot manifest` prints the manifest), and install it again."
        return Finding("slack", State.WRONG, f"{where}, but these scopes are missing: {', '.join(missing)}.", advice)
    lacking = [scope for scope in OPTIONAL_SCOPES if scope not in installation.scopes]
    if lacking:
        advice = "They are optional; docs/operator-guide.md says what each is for."
        return Finding("slack", State.LESS, f"{where}, without {', '.join(lacking)}", advice)
    return Finding("slack", State.WELL, f"{where}, with all scopes")


async def _socket(bot: Bot, app_token: str) -> Finding:
    try:
        await bot.slack.try_app_token(app_token)
    except SlackRefused as refusal:
        advice = "Copy the app-level token of your app into SLACK_APP_TOKEN; it needs the scope connections:write."
        return Finding("socket mode", State.WRONG, f"Slack refuses the token: {refusal.code}.", advice)
    except SlackError as error:
        return Finding("socket mode", State.WRONG, f"It could not be tried: {error}.", "Check the network.")
    return Finding("socket mode", State.WELL, "a connection can be had")


async def _accounts(bot: Bot) -> Finding:
    organisation = bot.services.organisation
    try:
        account = await bot.accounts.get_account(bot.services.call(), organisation)
        capabilities = await bot.accounts.capabilities()
    except AccountNotFound:
        advice = "Set ORGANISATION_ACCOUNT to the id of the account that people join."
        return Finding("account backend", State.WRONG, f"There is no account {organisation}.", advice)
    except AccountError as error:
        return Finding("account backend", State.WRONG, f"It does not answer: {error.code}.", "Check its settings.")
    if account.parent is not None:
        advice = f"Set ORGANISATION_ACCOUNT to its parent, {account.parent}."
        return Finding("account backend", State.WRONG, f"{account.name} is a sub-account.", advice)
    if not account.plan.paid:
        advice = "Its owner has to buy a plan before anybody can be invited."
        return Finding("account backend", State.WRONG, f"{account.name} is not on a paid plan.", advice)
    missing = sorted(set(Capability) - capabilities.supported)
    detail = f"people join {account.name}, plan {account.plan.name}"
    if missing:
        steps = [f"{name}: {capabilities.manual_steps.get(name, 'to be done by hand')}" for name in missing]
        return Finding("account backend", State.LESS, f"{detail}; it cannot do everything", "; ".join(steps))
    return Finding("account backend", State.WELL, detail)


async def _channel(bot: Bot) -> Finding:
    name = bot.settings.invite_channel
    if name is None:
        return Finding(
            "channel", State.WELL, "none is kept up to date; INVITE_CHANNEL can name one, such as C0123456789"
        )
    try:
        scopes = (await bot.installations.get()).scopes
        channel = await bot.slack.channel(name)
    except SlackRefused as refusal:
        if refusal.code == "missing_scope":
            advice = "Grant channels:read and groups:read to have it checked."
            return Finding("channel", State.LESS, f"{name} could not be looked at", advice)
        advice = "Set INVITE_CHANNEL to the id of a channel that the bot is in (its name does not do)."
        return Finding("channel", State.WRONG, f"There is no channel {name} for the bot: {refusal.code}.", advice)
    except SlackError as error:
        return Finding("channel", State.WRONG, f"It could not be looked at: {error}.", "Try again.")
    label = f"#{channel.get('name') or name}"
    if channel.get("is_archived"):
        return Finding(
            "channel", State.WRONG, f"{label} is archived.", "Unarchive it, or set INVITE_CHANNEL to another one."
        )
    if not channel.get("is_member", True):
        return _not_in_channel(label, may_post="chat:write.public" in scopes and not channel.get("is_private"))
    return Finding("channel", State.WELL, f"{label} is kept up to date")


def _not_in_channel(label: str, *, may_post: bool) -> Finding:
    """Where the bot may post from outside, it is enough to know of it."""
    advice = "Type /invite @Invitebot there (that is Slack's own /invite)."
    if may_post:
        detail = f"The bot is not in {label}; it can post there as long as that is public and chat:write.public granted"
        return Finding("channel", State.LESS, detail, advice)
    return Finding("channel", State.WRONG, f"The bot is not in {label}.", advice)
