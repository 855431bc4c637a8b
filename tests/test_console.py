"""The command `invitebot`, as an operator types it: a process of its own, with an environment of its own."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import bot.sandbox
from bot.audit import By, Deed, record
from bot.clock import SystemClock
from bot.database import Database
from bot.migration import migrate
from bot.settings import Settings
from bot.slack.manifest import BUILT_IN, in_order_of_use, manifest
from models.audit import Action, Source
from models.workspace import Workspace
from tests.scenarios.conftest import CREDENTIALS, Stage, accounts_file, stage

__all__ = ["accounts_file", "stage"]

ACCOUNTS = str(Path(bot.sandbox.__file__).parent / "demo" / "accounts.yaml")
# What a bot needs to start, but for somebody who answers.
ENOUGH = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "s",
    "ORGANISATION_ACCOUNT": "acme",
    "SANDBOX_ACCOUNTS": ACCOUNTS,
}
W1 = ["--line", "14990,2602,2026-03-01,2027-03-01", "--currency", "EUR", "--at", "2026-07-24T12:00:00+00:00"]


@dataclass(frozen=True)
class Ended:
    code: int | None
    out: str
    err: str


async def invitebot(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Ended:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), "HOME": str(cwd), **(env or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return Ended(process.returncode, out.decode(), err.decode())


async def test_quote_answers_in_minor_units(tmp_path: Path) -> None:
    """W1."""
    ended = await invitebot("quote", *W1, "--zone", "Europe/Amsterdam", cwd=tmp_path)
    assert ended.code == 0
    assert json.loads(ended.out) == {
        "refund": 8994,
        "refund_as_credit": 0,
        "credit": 8994,
        "tax": 1561,
        "net": 7433,
        "lines": [{"unused": 219, "total": 365, "amount": 8994, "tax": 1561}],
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--currency", "EUR"], "--line"),
        ([*W1, "--refunded", "-5"], "--refunded"),
        ([*W1, "--zone", "Mars"], "--zone"),
        ([*W1, "--acceptance-day", "maybe"], "--acceptance-day"),
        ([*W1, "--granularity", "week"], "--granularity"),
        (["--line", "1,2,3", "--currency", "EUR"], "--line"),
    ],
)
async def test_a_wrong_question_is_answered_with_a_sentence(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    ended = await invitebot("quote", *arguments, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert sentence in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("command", ["run", "web", "worker"])
async def test_nothing_starts_without_its_settings(tmp_path: Path, command: str) -> None:
    ended = await invitebot(command, cwd=tmp_path)
    assert ended.code == 2
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "ORGANISATION_ACCOUNT", "SANDBOX_ACCOUNTS"):
        assert f"{name} is missing" in ended.err
    assert "Traceback" not in ended.err


async def test_mistakes_in_the_accounts_file_are_said_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "accounts.yaml").write_text("accounts:\n  acme:\n    nmae: Acme\n")
    ended = await invitebot("run", cwd=tmp_path, env={**ENOUGH, "SANDBOX_ACCOUNTS": "accounts.yaml"})
    assert ended.code == 2
    assert "accounts.acme" in ended.err
    assert "nmae" in ended.err
    assert "Traceback" not in ended.err


async def test_web_and_worker_want_a_migrated_database(tmp_path: Path) -> None:
    ended = await invitebot("worker", cwd=tmp_path, env=ENOUGH)
    assert (ended.code, "Run `invitebot migrate` first" in ended.err) == (2, True)
    ended = await invitebot("migrate", cwd=tmp_path, env=ENOUGH)
    assert (ended.code, ended.out) == (0, "The database is up to date.\n")
    assert (await invitebot("migrate", cwd=tmp_path, env=ENOUGH)).code == 0


async def test_a_database_that_cannot_be_reached_is_said(tmp_path: Path) -> None:
    ended = await invitebot("migrate", cwd=tmp_path, env={"DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/x"})
    assert ended.code == 2
    assert "The database (DATABASE_URL) cannot be used" in ended.err
    assert "secret" not in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("place", ["file/invitebot.db", "folder"])
@pytest.mark.parametrize("command", ["run", "migrate", "doctor", "audit"])
async def test_a_database_that_cannot_be_written_is_said(tmp_path: Path, command: str, place: str) -> None:
    """There is a file where its folder should be, or a folder where the file should be."""
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "folder").mkdir()
    env = {**ENOUGH, "DATABASE_URL": f"sqlite:///{tmp_path}/{place}"}
    arguments = ["audit", "--invitation", "x"] if command == "audit" else [command]
    ended = await invitebot(*arguments, cwd=tmp_path, env=env)
    assert ended.code in (1, 2)
    assert "The file of the database (DATABASE_URL) cannot be written" in ended.out + ended.err
    assert "Traceback" not in ended.err


@pytest.fixture
def slack_env(stage: Stage, tmp_path: Path) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": CREDENTIALS.bot_token,
        "SLACK_SIGNING_SECRET": CREDENTIALS.signing_secret,
        "SLACK_API_URL": f"{stage.sandbox.workspace.address}/api",
        "ORGANISATION_ACCOUNT": "acme",
        "DATABASE_URL": f"sqlite:///{tmp_path}/doctor.db",
        "INVITE_CHANNEL": "C0LICENCES1",
        "SANDBOX_ACCOUNTS": ACCOUNTS,
    }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "Slack refuses SLACK_BOT_TOKEN: invalid_auth. Copy the Bot User"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "Slack refuses SLACK_APP_TOKEN: invalid_auth. Copy the app-level token"),
    ],
)
async def test_a_token_that_slack_refuses_stops_the_start(
    slack_env: dict[str, str], tmp_path: Path, tokens: dict[str, str], sentence: str
) -> None:
    ended = await invitebot("run", cwd=tmp_path, env={**slack_env, **tokens})
    assert ended.code == 2
    assert sentence in ended.err
    assert "Traceback" not in ended.err
    assert "Unclosed" not in ended.err
    assert "will be ignored" not in ended.err, "Bolt's warning of tokens in the environment"
    assert "token` you gave" not in ended.err
    assert tokens.popitem()[1] not in ended.err


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestDoctor:
    async def test_all_is_well(self, slack_env: dict[str, str], tmp_path: Path) -> None:
        await up_to_date(slack_env)
        ended = await invitebot("doctor", cwd=tmp_path, env=slack_env)
        assert ended.code == 0, ended.out + ended.err
        for word in ("is up to date", "connected to Acme", "people join Acme Corp", "#it-licences is kept up to date"):
            assert word in ended.out
        assert "NOT OK" not in ended.out

    @pytest.mark.parametrize(
        ("name", "value", "finding", "advice"),
        [
            ("SLACK_BOT_TOKEN", "xoxb-wrong", "Slack refuses the token: invalid_auth", "Copy the Bot User OAuth Token"),
            ("ORGANISATION_ACCOUNT", "acem", "There is no account acem", "Set ORGANISATION_ACCOUNT"),
            ("INVITE_CHANNEL", "C0MOVE2024X", "is archived", "Unarchive it"),
            ("INVITE_CHANNEL", "it-licences", "There is no channel it-licences", "its name does not do"),
            ("SLACK_API_URL", "http://127.0.0.1:1/api/", "does not answer", "Check SLACK_API_URL"),
            ("INVITE_COMMANDS", "/invite", "Slack keeps /invite for itself", "Add a name of your own"),
            ("DATABASE_URL", "sqlite:///nowhere.db", "is not up to date", "Run `invitebot migrate`"),
            ("SLACK_APP_TOKEN", "xapp-wrong", "Slack refuses the token: invalid_auth", "Copy the app-level token"),
        ],
    )
    async def test_what_is_wrong_is_said_with_the_remedy(
        self, slack_env: dict[str, str], tmp_path: Path, name: str, value: str, finding: str, advice: str
    ) -> None:
        await up_to_date(slack_env)
        ended = await invitebot("doctor", cwd=tmp_path, env={**slack_env, name: value})
        assert ended.code == 1, ended.out + ended.err
        assert "NOT OK" in ended.out
        assert finding in ended.out
        assert advice in ended.out

    async def test_a_public_channel_that_the_bot_is_not_in_is_wrong_only_without_the_scope(
        self, stage: Stage, slack_env: dict[str, str], tmp_path: Path
    ) -> None:
        """`chat:write.public` lets the bot post there all the same."""
        await up_to_date(slack_env)
        elsewhere = {**slack_env, "INVITE_CHANNEL": "C0RANDOM001"}
        ended = await invitebot("doctor", cwd=tmp_path, env=elsewhere)
        assert ended.code == 0, ended.out
        assert "      !  channel: The bot is not in #random" in ended.out
        assert "/invite @Invitebot" in ended.out
        stage.sandbox.workspace.faults.refused_scopes.add("chat:write.public")
        ended = await invitebot("doctor", cwd=tmp_path, env=elsewhere)
        assert ended.code == 1, ended.out
        assert " NOT OK  channel: The bot is not in #random" in ended.out
        assert "/invite @Invitebot" in ended.out

    async def test_socket_mode_is_tried(self, slack_env: dict[str, str], tmp_path: Path) -> None:
        await up_to_date(slack_env)
        ended = await invitebot("doctor", cwd=tmp_path, env={**slack_env, "SLACK_APP_TOKEN": CREDENTIALS.app_token})
        assert ended.code == 0, ended.out + ended.err
        assert "socket mode: a connection can be had" in ended.out
        assert ended.err == "", "no session is left open, and nobody warns of anything"

    async def test_a_missing_scope_is_named(self, stage: Stage, slack_env: dict[str, str], tmp_path: Path) -> None:
        await up_to_date(slack_env)
        stage.sandbox.workspace.faults.refused_scopes.add("im:history")
        ended = await invitebot("doctor", cwd=tmp_path, env=slack_env)
        assert ended.code == 0, ended.out
        assert "without im:history" in ended.out
        stage.sandbox.workspace.faults.refused_scopes.add("users:read.email")
        ended = await invitebot("doctor", cwd=tmp_path, env=slack_env)
        assert ended.code == 1
        assert "these scopes are missing: users:read.email" in ended.out


async def up_to_date(env: Mapping[str, str]) -> None:
    database = Database(env["DATABASE_URL"], SystemClock())
    await migrate(database)
    await database.close()


def fields_of(manifest: Any) -> set[str]:
    return {entry["command"] for entry in manifest["features"]["slash_commands"]}


def test_the_manifest_has_only_names_that_slack_accepts() -> None:
    """slack.md, 1: one built-in name and Slack refuses all commands."""
    made = manifest(Settings.load(_env_file=None, invite_commands="/invite,/account-invite,/status"))
    assert fields_of(made) == {"/account-invite"}
    assert not fields_of(made) & BUILT_IN


@pytest.mark.parametrize(
    ("commands", "first"),
    [(("/invite", "/acme", "/account-invite"), "/acme"), (("/acme", "/invite"), "/acme"), (("/invite",), "/invite")],
)
def test_people_are_told_the_first_name_that_works_in_every_slack(commands: tuple[str, ...], first: str) -> None:
    in_order = in_order_of_use(commands)
    assert in_order[0] == first
    assert set(in_order) == set(commands)


def test_the_manifest_keeps_slacks_limits() -> None:
    made = manifest(Settings.load(_env_file=None, public_url="https://bot.example.com"))
    for command in made["features"]["slash_commands"]:
        assert 2 <= len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
        assert command["url"] == "https://bot.example.com/slack/events"
    assert all(len(shortcut["name"]) <= 24 for shortcut in made["features"]["shortcuts"])
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140


def test_the_manifest_of_socket_mode_has_no_address() -> None:
    made = manifest(Settings.load(_env_file=None, slack_app_token="xapp-1-A"))
    assert made["settings"]["socket_mode_enabled"] is True
    assert "slack/events" not in json.dumps(made)


async def test_audit_prints_what_happened(tmp_path: Path) -> None:
    env = {"DATABASE_URL": f"sqlite:///{tmp_path}/audit.db"}
    await up_to_date(env)
    ended = await invitebot("audit", "--invitation", "nobody@x.com", cwd=tmp_path, env=env)
    assert (ended.code, ended.out) == (1, "")
    assert "Nothing is recorded of nobody@x.com." in ended.err


async def test_audit_prints_who_was_refused_what(tmp_path: Path) -> None:
    """S05: a refused command is about no invitation, and can be read all the same."""
    env = {"DATABASE_URL": f"sqlite:///{tmp_path}/audit.db"}
    await up_to_date(env)
    ended = await invitebot("audit", "--denied", cwd=tmp_path, env=env)
    assert (ended.code, ended.out) == (1, "")
    assert "Nobody was refused anything." in ended.err
    database = Database(env["DATABASE_URL"], SystemClock())
    async with database.begin() as transaction:
        refused = Deed(Action.DENIED, detail={"why": "NotAnAdmin"})
        await record(transaction, Workspace("T1"), By("U1", Source.COMMAND), [refused, Deed(Action.SENT, "i1")])
    await database.close()
    ended = await invitebot("audit", "--denied", cwd=tmp_path, env=env)
    [entry] = [json.loads(line) for line in ended.out.splitlines()]
    assert (entry["actor"], entry["action"], entry["detail"]) == ("U1", "denied", {"why": "NotAnAdmin"})


@pytest.mark.parametrize("arguments", [[], ["--invitation", "x@x.com", "--denied"]])
async def test_audit_wants_one_question(tmp_path: Path, arguments: list[str]) -> None:
    ended = await invitebot("audit", *arguments, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "--denied" in ended.err
