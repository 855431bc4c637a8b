"""The Web API answers as Slack's does, with its error codes (slack.md, sections 2.3 and 7)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.records import Message
from bot.sandbox.web_api import Answer, answer
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import CREDENTIALS, Stage

Json = dict[str, Any]

ADAM, PETRA, OLIVIA, GIULIA, DIRK = (f"U000000000{number}" for number in range(1, 6))
ECHO = "U0ECHO0001"
GENERAL, RANDOM, SECRET, OLD = "C0GENERAL1", "C0RANDOM01", "C0SECRET01", "C0OLD00001"


async def call(workspace: Workspace, method: str, token: str | None = CREDENTIALS.bot_token, **arguments: Any) -> Json:
    return (await answer(workspace, method, token, arguments)).body


async def error_of(workspace: Workspace, method: str, **arguments: Any) -> str:
    body = await call(workspace, method, **arguments)
    assert body["ok"] is False
    return str(body["error"])


def forget_scope(workspace: Workspace, *scopes: str) -> None:
    workspace.faults.refused_scopes.update(scopes)


def declare(workspace: Workspace, **changes: Any) -> None:
    """Install the app anew with another manifest."""
    workspace.app = replace(workspace.app, manifest=replace(workspace.app.manifest, **changes))


# Who calls


@pytest.mark.parametrize(
    ("token", "error"),
    [(None, "not_authed"), ("", "not_authed"), ("xoxb-wrong", "invalid_auth"), ("\u00e9", "invalid_auth")],
)
async def test_the_token_is_checked(workspace: Workspace, token: str | None, error: str) -> None:
    assert (await call(workspace, "auth.test", token))["error"] == error


async def test_the_kind_of_token_is_checked(workspace: Workspace) -> None:
    assert (await call(workspace, "auth.test", CREDENTIALS.app_token))["error"] == "not_allowed_token_type"
    opened = await call(workspace, "apps.connections.open")
    assert opened["error"] == "not_allowed_token_type"
    assert (await call(workspace, "apps.connections.open", CREDENTIALS.app_token))["url"].startswith("ws://")


async def test_an_uninstalled_app_is_inactive(stage: Stage) -> None:
    stage.sandbox.happenings.uninstall()
    assert await error_of(stage.workspace, "auth.test") == "account_inactive"


async def test_unknown_methods_are_named(workspace: Workspace) -> None:
    assert await call(workspace, "chat.postMesage") == {
        "ok": False,
        "error": "unknown_method",
        "req_method": "chat.postMesage",
    }


async def test_auth_test_says_who_one_is(stage: Stage) -> None:
    answered = await stage.client.auth_test()
    assert answered["user_id"] == ECHO
    assert answered["bot_id"] == "B0ECHO0001"
    assert answered["team_id"] == "T0ACME0001"
    assert answered["url"] == "https://acme.slack.com/"
    assert "chat:write" in answered.headers["x-oauth-scopes"].split(",")


async def test_api_test_needs_no_token(workspace: Workspace) -> None:
    assert await call(workspace, "api.test", None, foo="bar") == {"ok": True, "args": {"foo": "bar"}}
    assert (await call(workspace, "api.test", None, error="my_error"))["error"] == "my_error"


@pytest.mark.parametrize(
    ("method", "scope", "arguments"),
    [
        ("chat.postMessage", "chat:write", {"channel": GENERAL, "text": "a"}),
        ("chat.postEphemeral", "chat:write", {"channel": GENERAL, "user": ADAM, "text": "a"}),
        ("users.info", "users:read", {"user": ADAM}),
        ("users.list", "users:read", {}),
        ("users.lookupByEmail", "users:read.email", {"email": "adam@acme.example"}),
        ("team.info", "team:read", {}),
        ("conversations.info", "channels:read", {"channel": GENERAL}),
        ("conversations.list", "groups:read", {"types": "public_channel,private_channel"}),
        ("conversations.history", "channels:history", {"channel": GENERAL}),
        ("conversations.open", "im:write", {"users": ADAM}),
        ("files.getUploadURLExternal", "files:write", {"filename": "a.csv", "length": 3}),
        ("files.info", "files:read", {"file": "F1"}),
    ],
)
async def test_scopes_are_enforced(workspace: Workspace, method: str, scope: str, arguments: Json) -> None:
    forget_scope(workspace, scope)
    refused = await call(workspace, method, **arguments)
    assert refused["error"] == "missing_scope"
    assert refused["needed"] == scope
    assert scope not in refused["provided"].split(",")
    workspace.faults.clear()
    assert (await call(workspace, method, **arguments)).get("error") != "missing_scope"


# Faults


async def test_rate_limits_are_answered_with_429(stage: Stage) -> None:
    stage.workspace.faults.rate_limit("chat.postMessage", retry_after=7)
    with pytest.raises(SlackApiError) as refused:
        await stage.client.chat_postMessage(channel=GENERAL, text="a")
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "7"
    assert refused.value.response["error"] == "ratelimited"
    assert (await stage.client.users_info(user=ADAM))["ok"]
    stage.workspace.faults.rate_limit(retry_after=3)
    assert (await answer(stage.workspace, "users.info", CREDENTIALS.bot_token, {})).status == 429
    stage.workspace.faults.clear()
    assert (await stage.client.chat_postMessage(channel=GENERAL, text="a"))["ok"]


async def test_the_next_call_can_be_made_to_fail(workspace: Workspace) -> None:
    workspace.faults.fail_next("chat.postMessage", "internal_error")
    workspace.faults.fail_next("chat.postMessage", "http_503")
    arguments = {"channel": GENERAL, "text": "a"}
    assert await error_of(workspace, "chat.postMessage", **arguments) == "internal_error"
    assert await answer(workspace, "chat.postMessage", CREDENTIALS.bot_token, arguments) == Answer(
        {"ok": False, "error": "http_503"}, 503
    )
    assert (await call(workspace, "chat.postMessage", **arguments))["ok"]


async def test_every_call_is_recorded_in_order(workspace: Workspace) -> None:
    await call(workspace, "auth.test")
    await call(workspace, "chat.postMessage", channel="C9", text="a")
    first, second = workspace.record.calls()
    assert (first.method, second.method) == ("auth.test", "chat.postMessage")
    assert second.arguments == {"channel": "C9", "text": "a"}
    assert second.answer == {"ok": False, "error": "channel_not_found"}
    assert workspace.record.calls("auth.test") == [first]


# Posting


async def test_a_user_id_as_channel_opens_the_direct_message(stage: Stage) -> None:
    posted = await stage.client.chat_postMessage(channel=ADAM, text="Hello")
    assert posted["channel"].startswith("D")
    assert posted["message"]["bot_id"] == "B0ECHO0001"
    again = await stage.client.chat_postMessage(channel=ADAM, text="Hello again")
    assert again["channel"] == posted["channel"]
    assert float(again["ts"]) > float(posted["ts"])
    assert [seen.text.strip() for seen in stage.seat("adam").dm()] == ["Hello", "Hello again"]


async def test_the_names_of_messages_come_from_the_clock(workspace: Workspace) -> None:
    first = await call(workspace, "chat.postMessage", channel=GENERAL, text="a")
    assert first["ts"] == f"{int(workspace.now().timestamp())}.000000"
    workspace.advance(timedelta(days=3))
    second = await call(workspace, "chat.postMessage", channel=GENERAL, text="a")
    assert float(second["ts"]) - float(first["ts"]) == timedelta(days=3).total_seconds()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": "a"}, "invalid_arguments"),
        ({"channel": "C0NOWHERE1", "text": "a"}, "channel_not_found"),
        ({"channel": SECRET, "text": "a"}, "channel_not_found"),
        ({"channel": OLD, "text": "a"}, "is_archived"),
        ({"channel": RANDOM, "text": "a"}, "not_in_channel"),
        ({"channel": "#random", "text": "a"}, "not_in_channel"),
        ({"channel": "U0NOBODY01", "text": "a"}, "channel_not_found"),
        ({"channel": ECHO, "text": "a"}, "cannot_dm_bot"),
        ({"channel": "USLACKBOT", "text": "a"}, "cannot_dm_bot"),
        ({"channel": GENERAL}, "no_text"),
        ({"channel": GENERAL, "text": "  "}, "no_text"),
        ({"channel": GENERAL, "text": "a", "blocks": "rubbish"}, "invalid_blocks_format"),
        ({"channel": GENERAL, "text": "a", "blocks": {"type": "section"}}, "invalid_blocks_format"),
        ({"channel": GENERAL, "text": "a", "blocks": [{"type": "sektion"}]}, "invalid_blocks"),
        ({"channel": GENERAL, "text": "a", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"channel": GENERAL, "text": "a", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"channel": GENERAL, "text": "a", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
        (
            {"channel": GENERAL, "text": "a", "metadata": {"event_type": "a", "event_payload": {"a": "x" * 16_000}}},
            "metadata_too_large",
        ),
        ({"channel": GENERAL, "text": "a", "markdown_text": "b"}, "markdown_text_conflict"),
        ({"channel": GENERAL, "text": "a", "thread_ts": "1.000000"}, "cannot_reply_to_message"),
    ],
)
async def test_messages_slack_refuses(workspace: Workspace, arguments: Json, error: str) -> None:
    assert await error_of(workspace, "chat.postMessage", **arguments) == error
    assert workspace.messages(GENERAL) == []


async def test_refused_blocks_are_pointed_at(stage: Stage) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "x" * 76}, "action_id": "a"}
    with pytest.raises(SlackApiError) as refused:
        await stage.client.chat_postMessage(
            channel=GENERAL, text="a", blocks=[{"type": "actions", "elements": [button]}]
        )
    assert refused.value.response["error"] == "invalid_blocks"
    assert refused.value.response["errors"] == [
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"
    ]
    assert refused.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"
    ]


async def test_a_missing_fallback_text_is_tolerated_as_in_slack(workspace: Workspace) -> None:
    assert (await call(workspace, "chat.postMessage", channel=GENERAL, blocks=[{"type": "divider"}]))["ok"]


async def test_chat_write_public_opens_public_channels(workspace: Workspace) -> None:
    declare(workspace, scopes=workspace.app.manifest.scopes | {"chat:write.public"})
    assert (await call(workspace, "chat.postMessage", channel=RANDOM, text="a"))["ok"]
    assert await error_of(workspace, "chat.postMessage", channel=SECRET, text="a") == "channel_not_found"


async def test_a_deactivated_person_can_be_written_to_as_in_slack(workspace: Workspace) -> None:
    assert (await call(workspace, "chat.postMessage", channel=DIRK, text="a"))["ok"]
    assert await error_of(workspace, "conversations.open", users=DIRK) == "user_disabled"


async def test_long_texts_are_cut_off_when_posted(workspace: Workspace) -> None:
    posted = await call(workspace, "chat.postMessage", channel=GENERAL, text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000


async def test_ids_that_are_missing_are_made_up(workspace: Workspace) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}}
    posted = await call(
        workspace, "chat.postMessage", channel=GENERAL, text="a", blocks=[{"type": "actions", "elements": [button]}]
    )
    (block,) = posted["message"]["blocks"]
    assert block["block_id"]
    assert block["elements"][0]["action_id"]
    assert block["elements"][0]["text"]["emoji"] is True


async def test_an_update_needs_the_conversation_and_the_bots_own_message(workspace: Workspace) -> None:
    posted = await call(workspace, "chat.postMessage", channel=ADAM, text="Old", blocks=[{"type": "divider"}])
    ts, channel = posted["ts"], posted["channel"]
    assert await error_of(workspace, "chat.update", channel=ADAM, ts=ts, text="New") == "channel_not_found"
    assert await error_of(workspace, "chat.update", channel=channel, ts="1.000000", text="New") == "message_not_found"
    assert await error_of(workspace, "chat.update", channel=channel, ts=ts, text="x" * 4001) == "msg_too_long"
    updated = await call(workspace, "chat.update", channel=channel, ts=ts, text="New")
    assert updated["text"] == "New"
    assert len(updated["message"]["blocks"]) == 1, "what is not given stays"
    assert updated["message"]["edited"]
    emptied = await call(workspace, "chat.update", channel=channel, ts=ts, text="New", blocks=[])
    assert "blocks" not in emptied["message"]
    theirs = workspace.save_message(Message(channel=channel, ts=workspace.next_ts(), user=ADAM, text="Mine"))
    for method, error in (("chat.update", "cant_update_message"), ("chat.delete", "cant_delete_message")):
        assert await error_of(workspace, method, channel=channel, ts=theirs.ts, text="New") == error
    assert (await call(workspace, "chat.delete", channel=channel, ts=ts))["ok"]
    assert await error_of(workspace, "chat.delete", channel=channel, ts=ts) == "message_not_found"


async def test_ephemeral_messages_are_for_one_member_only(stage: Stage) -> None:
    workspace = stage.workspace
    await stage.client.chat_postEphemeral(channel=GENERAL, user=ADAM, text="Only you")
    assert [seen.text.strip() for seen in stage.seat("adam").messages("general")] == ["Only you"]
    assert stage.seat("petra").messages("general") == []
    history = await stage.client.conversations_history(channel=GENERAL)
    assert history["messages"] == []
    arguments = {"channel": GENERAL, "text": "a"}
    assert await error_of(workspace, "chat.postEphemeral", **arguments, user=GIULIA) == "user_not_in_channel"
    assert await error_of(workspace, "chat.postEphemeral", **arguments, user="U0NOBODY01") == "user_not_found"
    ts = workspace.messages(GENERAL, seen_by=ADAM)[0].ts
    assert await error_of(workspace, "chat.update", channel=GENERAL, ts=ts, text="a") == "message_not_found"


async def test_markdown_text_becomes_a_markdown_block(workspace: Workspace) -> None:
    posted = await call(workspace, "chat.postMessage", channel=GENERAL, markdown_text="# Hello")
    assert [block["type"] for block in posted["message"]["blocks"]] == ["markdown"]


async def test_permalinks(workspace: Workspace) -> None:
    posted = await call(workspace, "chat.postMessage", channel=GENERAL, text="a")
    link = await call(workspace, "chat.getPermalink", channel=GENERAL, message_ts=posted["ts"])
    assert link["permalink"] == f"https://acme.slack.com/archives/{GENERAL}/p{posted['ts'].replace('.', '')}"


async def test_an_app_without_messages_tab_cannot_write_directly(workspace: Workspace) -> None:
    declare(workspace, messages_tab=False)
    assert await error_of(workspace, "chat.postMessage", channel=ADAM, text="a") == "messages_tab_disabled"


# Conversations


async def test_opening_conversations(workspace: Workspace) -> None:
    opened = await call(workspace, "conversations.open", users=ADAM, return_im=True)
    assert opened["channel"]["is_im"] is True
    assert opened["channel"]["user"] == ADAM
    assert (await call(workspace, "conversations.open", users=ADAM))["already_open"] is True
    group = await call(workspace, "conversations.open", users=f"{ADAM},{PETRA}")
    assert (await call(workspace, "conversations.info", channel=opened["channel"]["id"]))["ok"]
    forget_scope(workspace, "mpim:write")
    assert await error_of(workspace, "conversations.open", users=f"{ADAM},{PETRA}") == "missing_scope"
    assert workspace.channels[group["channel"]["id"]].kind == "mpim"
    assert await error_of(workspace, "conversations.open", users="U0NOBODY01") == "user_not_found"
    assert await error_of(workspace, "conversations.open", users="") == "users_list_not_supplied"
    assert await error_of(workspace, "conversations.open", users="USLACKBOT") == "cannot_dm_bot"
    everybody = ",".join(f"U{number:09d}" for number in range(9))
    assert await error_of(workspace, "conversations.open", users=everybody) == "too_many_users"


async def test_only_known_conversations_are_listed(workspace: Workspace) -> None:
    public = await call(workspace, "conversations.list")
    assert {channel["name"] for channel in public["channels"]} == {"general", "random", "old"}
    everything = await call(workspace, "conversations.list", types="public_channel,private_channel")
    assert "secret" not in {channel["name"] for channel in everything["channels"]}
    active = await call(workspace, "conversations.list", exclude_archived=True)
    assert {channel["name"] for channel in active["channels"]} == {"general", "random"}
    mine = await call(workspace, "users.conversations", exclude_archived=True)
    assert [channel["name"] for channel in mine["channels"]] == ["general"]
    assert await error_of(workspace, "conversations.list", types="clubs") == "invalid_types"


async def test_information_and_members(workspace: Workspace) -> None:
    info = await call(workspace, "conversations.info", channel=GENERAL, include_num_members="true")
    assert info["channel"]["is_member"] is True
    assert info["channel"]["num_members"] == 4
    assert (await call(workspace, "conversations.info", channel=RANDOM))["channel"]["is_member"] is False
    assert await error_of(workspace, "conversations.info", channel=SECRET) == "channel_not_found"
    members = await call(workspace, "conversations.members", channel=GENERAL, limit=3)
    rest = await call(
        workspace, "conversations.members", channel=GENERAL, cursor=members["response_metadata"]["next_cursor"]
    )
    assert [*members["members"], *rest["members"]] == [ADAM, PETRA, OLIVIA, ECHO]
    assert rest["response_metadata"]["next_cursor"] == ""


@pytest.mark.parametrize("cursor", ["rubbish", "\u00e9", "b2Zmc2V0OjE=", "bmV4dDotMQ=="])
async def test_rubbish_cursors(workspace: Workspace, cursor: str) -> None:
    assert await error_of(workspace, "users.list", cursor=cursor) == "invalid_cursor"


async def test_rubbish_limits(workspace: Workspace) -> None:
    assert await error_of(workspace, "users.list", limit=1001) == "invalid_limit"
    assert await error_of(workspace, "users.list", limit="many") == "invalid_arguments"


async def test_history_and_threads(workspace: Workspace) -> None:
    root = (await call(workspace, "chat.postMessage", channel=GENERAL, text="root"))["ts"]
    metadata = {"event_type": "answer", "event_payload": {"id": 1}}
    reply = await call(workspace, "chat.postMessage", channel=GENERAL, text="reply", thread_ts=root, metadata=metadata)
    last = (await call(workspace, "chat.postMessage", channel=GENERAL, text="last"))["ts"]
    history = await call(workspace, "conversations.history", channel=GENERAL)
    assert [message["ts"] for message in history["messages"]] == [last, root]
    assert history["messages"][1]["reply_count"] == 1
    thread = await call(workspace, "conversations.replies", channel=GENERAL, ts=root, include_all_metadata=True)
    assert [message["text"] for message in thread["messages"]] == ["root", "reply"]
    assert thread["messages"][1]["metadata"] == metadata
    assert thread["messages"][1]["thread_ts"] == root
    plain = await call(workspace, "conversations.replies", channel=GENERAL, ts=reply["ts"])
    assert "metadata" not in plain["messages"][1]
    since = await call(workspace, "conversations.history", channel=GENERAL, oldest=root)
    assert [message["ts"] for message in since["messages"]] == [last]
    inclusive = await call(workspace, "conversations.history", channel=GENERAL, oldest=root, inclusive=True)
    assert len(inclusive["messages"]) == 2
    page = await call(workspace, "conversations.history", channel=GENERAL, limit=1)
    assert page["has_more"] is True
    assert await error_of(workspace, "conversations.history", channel=RANDOM) == "not_in_channel"
    assert await error_of(workspace, "conversations.replies", channel=GENERAL, ts="1.0") == "thread_not_found"
    assert await error_of(workspace, "conversations.history", channel=GENERAL, oldest="x") == "invalid_arguments"


# People


async def test_users_as_slack_shows_them(stage: Stage) -> None:
    found = await stage.client.users_info(user=PETRA, include_locale=True)
    user = found["user"]
    assert user["profile"]["email"] == "petra@acme.example"
    assert (user["tz"], user["tz_offset"], user["locale"]) == ("Europe/Amsterdam", 7200, "nl-NL")
    assert user["is_email_confirmed"] is True
    assert "locale" not in (await stage.client.users_info(user=PETRA))["user"]
    owner = (await stage.client.users_info(user=OLIVIA))["user"]
    assert (owner["is_admin"], owner["is_owner"], owner["is_primary_owner"]) == (True, True, True)
    guest = (await stage.client.users_info(user=GIULIA))["user"]
    assert (guest["is_restricted"], guest["is_ultra_restricted"]) == (True, True)
    gone = (await stage.client.users_info(user=DIRK))["user"]
    assert gone["deleted"] is True
    assert "tz" not in gone
    bot = (await stage.client.users_info(user=ECHO))["user"]
    assert bot["is_bot"] is True
    assert await error_of(stage.workspace, "users.info", user="U0NOBODY01") == "user_not_found"


async def test_addresses_need_their_scope(workspace: Workspace) -> None:
    forget_scope(workspace, "users:read.email")
    user = (await call(workspace, "users.info", user=ADAM))["user"]
    assert "email" not in user["profile"]


async def test_everybody_in_pages(stage: Stage) -> None:
    names: list[str] = []
    cursor = ""
    while True:
        page = await stage.client.users_list(limit=2, cursor=cursor)
        names += [member["name"] for member in page["members"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert names == ["adam", "petra", "olivia", "giulia", "dirk", "echo", "slackbot"]


async def test_looking_up_an_address(workspace: Workspace) -> None:
    found = await call(workspace, "users.lookupByEmail", email="Petra@ACME.example")
    assert found["user"]["id"] == PETRA
    for unknown in ("nobody@acme.example", "dirk@acme.example", "rubbish"):
        assert await error_of(workspace, "users.lookupByEmail", email=unknown) == "users_not_found"


async def test_team_and_bot(workspace: Workspace) -> None:
    assert (await call(workspace, "team.info"))["team"]["domain"] == "acme"
    assert (await call(workspace, "bots.info", bot="B0ECHO0001"))["bot"]["app_id"] == "A0ECHO0001"
    assert await error_of(workspace, "bots.info", bot="B1") == "bot_not_found"


# Over HTTP


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json; charset=utf-8", "json_not_object"),
        (b"\xff\xfe", "application/json", "invalid_json"),
        (b"text", "text/plain", "invalid_post_type"),
    ],
)
async def test_rubbish_bodies(stage: Stage, session: Any, body: bytes, content_type: str, error: str) -> None:
    address = f"{stage.workspace.address}/api/chat.postMessage"
    async with session.post(address, data=body, headers={"content-type": content_type}) as response:
        assert (await response.json())["error"] == error


async def test_the_token_may_come_in_the_form_or_the_address(stage: Stage, session: Any) -> None:
    address = f"{stage.workspace.address}/api/auth.test"
    token = CREDENTIALS.bot_token
    async with session.post(address, data={"token": token}) as response:
        assert (await response.json())["ok"]
    async with session.get(address, params={"token": token}) as response:
        assert (await response.json())["ok"]
    async with session.get(address, headers={"authorization": "Basic " + token}) as response:
        assert (await response.json())["error"] == "not_authed"
