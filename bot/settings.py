"""Everything that can be set, from the environment or `.env`; refuses to start on what is missing or a placeholder."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

import holidays
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.database import async_url

_PLACEHOLDER = re.compile(
    r"\s*|\.{3}|…|<.*>|\[.*\]|x{3,}|(xoxb-|xapp-)?(\.{3}|…|x{2,}|your\b.*|here)?|"
    r"(your|my)[ _-].*|.*[ _-]here|change[ _-]?(me|it|this).*|replace[ _-]?(me|it|this|with).*|to[ _-]?do|"
    r"placeholder|none|null|undefined|"
    # Ids, hosts and files as examples write them.
    r"[CG](0?1234567?8?9?0?|0?x{3,})|\w+://([^@/]*@)?(host(name)?|your[-_.\w]*|<.*>)(:\d+)?(/.*)?|/path/to/.*",
    re.IGNORECASE,
)
_COMMAND = re.compile(r"/[a-z0-9][a-z0-9_-]{0,30}")
_WHAT = {
    "slack_bot_token": "the bot token of your Slack app, which begins with xoxb-",
    "slack_signing_secret": "the signing secret of your Slack app (or set SLACK_APP_TOKEN to use Socket Mode)",
    "slack_app_token": "the app-level token, which begins with xapp-",
    "organisation_account": "the id of the account that people join",
    "sandbox_accounts": "the file that says who has which account (docs/sandbox-accounts.md)",
    "invite_channel": "the id of the channel to keep up to date",
    "database_url": "the address of the bot's database",
    "slack_api_url": "the address of Slack's Web API",
    "public_url": "the address at which Slack reaches the bot",
    "sign_in_url": "the page where members sign in",
    "help_url": "the page about managing users",
}


class SettingsError(Exception):
    """Settings that the bot cannot start with; one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class LogFormat(StrEnum):
    """How log lines look."""

    TEXT = "text"
    JSON = "json"


class AccountBackendName(StrEnum):
    """The account backends that there are."""

    SANDBOX = "sandbox"


class Settings(BaseSettings):
    """The settings by their names in the environment; docs/operator-guide.md explains each."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    invite_commands: Annotated[tuple[str, ...], NoDecode] = ("/invite", "/account-invite")
    invite_channel: str | None = None
    database_url: str = "sqlite:///.data/invitebot.db"
    account_backend: AccountBackendName = AccountBackendName.SANDBOX
    organisation_account: str | None = None
    sandbox_accounts: Path | None = None
    sandbox_database: Path = Path(".data/sandbox-accounts.db")
    host: str = "127.0.0.1"
    port: int = Field(default=8137, ge=0, le=65535)
    public_url: str | None = None
    log_format: LogFormat = LogFormat.TEXT
    debug: bool = False
    holidays: str | None = None
    sign_in_url: str | None = None
    help_url: str | None = None

    @field_validator("invite_commands", mode="before")
    @classmethod
    def _split_commands(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())

    @field_validator("invite_commands")
    @classmethod
    def _check_commands(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("needs at least one command, such as /account-invite")
        for name in value:
            if not _COMMAND.fullmatch(name):
                raise ValueError(f"{name!r} is not a command: a slash, then up to 31 of a-z, 0-9, - and _")
        return value

    @field_validator("slack_api_url", "public_url")
    @classmethod
    def _check_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not re.match(r"https?://[^/\s]+", value):
            raise ValueError(f"{value!r} is not an address that begins with https:// or http://")
        return value.rstrip("/") + "/"

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, value: str) -> str:
        try:
            async_url(value)
        except Exception as error:
            raise ValueError(
                "is not a database address such as sqlite:///.data/invitebot.db or postgresql://…"
            ) from error
        return value

    @field_validator("holidays")
    @classmethod
    def _check_country(cls, value: str | None) -> str | None:
        if value is not None and value not in holidays.list_supported_countries():
            raise ValueError(f"{value!r} is not a country code such as NL")
        return value

    @classmethod
    def load(cls, **given: Any) -> Self:
        """The settings of this environment.

        Raises:
            SettingsError: a value is wrong in itself.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            raise SettingsError([_sentence(problem) for problem in error.errors()]) from None

    def ready_to_run(self) -> Self:
        """These settings, if a bot can run with them.

        Raises:
            SettingsError: something that is needed is missing, or still the placeholder of an example.
        """
        needed = ["slack_bot_token", "organisation_account"]
        if self.slack_app_token is None:
            needed.append("slack_signing_secret")
        if self.account_backend is AccountBackendName.SANDBOX:
            needed.append("sandbox_accounts")
        looked_at = [self._problem(name, needed=name in needed) for name in _WHAT]
        problems = [problem for problem in looked_at if problem is not None]
        if problems:
            raise SettingsError(problems)
        return self

    def _problem(self, name: str, *, needed: bool) -> str | None:
        """What is wrong with a setting before anybody is asked: it is missing, a placeholder, or names no file."""
        value, variable, what = getattr(self, name), name.upper(), _WHAT[name]
        if value is None:
            return f"{variable} is missing. Set it, in the environment or in .env, to {what}." if needed else None
        plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        if _PLACEHOLDER.fullmatch(plain):
            instead = "" if needed else ", or take it out"
            return f"{variable} is still a placeholder. Set it, in the environment or in .env, to {what}{instead}."
        if isinstance(value, Path) and not value.is_file():
            return f"{variable} names {value}, and there is no such file. Set it to {what}."
        return None


def _sentence(problem: Any) -> str:
    """One pydantic error as a sentence that names the variable; never the value of a secret."""
    name = str(problem["loc"][0]).upper() if problem["loc"] else "The settings"
    message = problem["msg"].removeprefix("Value error, ")
    verb = "" if message.startswith(("is ", "needs ")) else "is wrong: "
    return f"{name} {verb}{message}."
