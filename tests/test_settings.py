"""A missing or placeholder value stops the start with a sentence that names it."""

from pathlib import Path
from typing import Any

import pytest

import bot.sandbox
from bot.settings import Settings, SettingsError

ACCOUNTS = Path(bot.sandbox.__file__).parent / "demo" / "accounts.yaml"
GOOD = {
    "slack_bot_token": "xoxb-1",
    "slack_signing_secret": "s3cret",
    "organisation_account": "acme",
    "sandbox_accounts": ACCOUNTS,
}


def settings(**given: Any) -> Settings:
    return Settings.load(_env_file=None, **given)


def problems(**given: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings(**given).ready_to_run()
    return caught.value.problems


def test_good_settings_are_ready() -> None:
    ready = settings(**GOOD).ready_to_run()
    assert ready.invite_commands == ("/invite", "/account-invite")
    assert ready.database_url.startswith("sqlite:///")
    assert ready.slack_api_url == "https://slack.com/api/"


@pytest.mark.parametrize("name", sorted(GOOD))
def test_what_is_missing_is_named(name: str) -> None:
    [problem] = problems(**{key: value for key, value in GOOD.items() if key != name})
    assert problem.startswith(f"{name.upper()} is missing.")


@pytest.mark.parametrize(
    "value",
    [
        "xoxb-your-token",
        "xoxb-...",
        "xoxb-…",
        "xoxb-",
        "<token>",
        "changeme",
        "change-me",
        "your-token-here",
        "TODO",
        "xxx",
        "...",
    ],
)
def test_placeholders_are_named_and_never_shown(value: str) -> None:
    [problem] = problems(**{**GOOD, "slack_bot_token": value})
    assert problem.startswith("SLACK_BOT_TOKEN is still a placeholder.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("invite_channel", "C0123456789"),
        ("invite_channel", "C0XXXXXXX"),
        ("invite_channel", "<channel id>"),
        ("slack_app_token", "xapp-your-token"),
        ("sandbox_accounts", "/path/to/accounts.yaml"),
        ("database_url", "postgresql://invitebot:…@host/invitebot"),
        ("database_url", "postgresql://your-database.example/invitebot"),
        ("slack_api_url", "https://your-host.example/api/"),
        ("public_url", "https://your-host.example/"),
        ("sign_in_url", "https://your-company.example/sign-in"),
        ("help_url", "https://<your host>/help"),
    ],
)
def test_what_people_copy_from_an_example_is_named(name: str, value: str) -> None:
    [problem] = problems(**{**GOOD, name: value})
    assert problem.startswith(f"{name.upper()} is still a placeholder.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("invite_channel", "C0LICENCES1"),
        ("invite_channel", "C0A1B2C3D4E"),
        ("database_url", "postgresql://invitebot:password@localhost:5432/invitebot"),
        ("database_url", "postgresql:///invitebot?host=/run/postgresql"),
        ("public_url", "https://mybot.acme.example"),
        ("help_url", "https://host.acme.example/help"),
    ],
)
def test_what_only_looks_a_little_like_an_example_is_taken(name: str, value: str) -> None:
    settings(**{**GOOD, name: value}).ready_to_run()


def test_socket_mode_needs_no_signing_secret() -> None:
    socket = {**GOOD, "slack_app_token": "xapp-1-A"}
    del socket["slack_signing_secret"]
    settings(**socket).ready_to_run()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("port", "80a", "PORT"),
        ("port", "70000", "PORT"),
        ("invite_commands", "invite", "'invite' is not a command"),
        ("invite_commands", "/Invite", "is not a command"),
        ("invite_commands", " , ", "needs at least one command"),
        ("slack_api_url", "slack.com/api", "SLACK_API_URL is wrong: 'slack.com/api' is not an address"),
        ("database_url", "mysql://x", "DATABASE_URL is not a database address"),
        ("database_url", "nonsense", "DATABASE_URL is not a database address"),
        ("holidays", "Netherlands", "'Netherlands' is not a country code such as NL"),
        ("account_backend", "magic", "ACCOUNT_BACKEND"),
        ("log_format", "xml", "LOG_FORMAT"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_should_be(name: str, value: str, sentence: str) -> None:
    [problem] = problems(**{**GOOD, name: value})
    assert sentence in problem


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    [problem] = problems(**{**GOOD, "sandbox_accounts": tmp_path / "nowhere.yaml"})
    assert "nowhere.yaml, and there is no such file" in problem


def test_the_environment_and_the_file_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("ORGANISATION_ACCOUNT=from-the-file\nINVITE_COMMANDS=/acme\n")
    monkeypatch.setenv("ORGANISATION_ACCOUNT", "from-the-environment")
    monkeypatch.setenv("HELP_URL", "")
    read = Settings.load(_env_file=file)
    assert (read.organisation_account, read.invite_commands, read.help_url) == (
        "from-the-environment",
        ("/acme",),
        None,
    )


def test_secrets_do_not_show_in_what_is_printed() -> None:
    assert "xoxb-1" not in repr(settings(**GOOD))
