"""Slash commands, shortcuts and messages travel as in Slack (slack.md, sections 1 and 2.1)."""

import asyncio

import pytest

from bot.sandbox.composer import escaped
from bot.sandbox.errors import ActRefused
from bot.sandbox.seat import Seat
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import Stage
from tests.sandbox.listening import Json, Listener, form
from tests.sandbox.test_web_api import ADAM, GENERAL, PETRA, declare


async def test_a_command_carries_what_slack_sends(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    await adam.command("/echo", "hello  world ", channel="#general")
    body = bot.last
    assert body["command"] == "/echo"
    assert body["text"] == "hello  world"
    assert (body["user_id"], body["user_name"]) == (ADAM, "adam")
    assert (body["channel_id"], body["channel_name"]) == (GENERAL, "general")
    assert (body["team_id"], body["team_domain"]) == ("T0ACME0001", "acme")
    assert body["api_app_id"] == "A0ECHO0001"
    assert body["response_url"].startswith(stage.workspace.address)
    assert body["is_enterprise_install"] == "false"
    assert body["trigger_id"].count(".") == 2


async def test_other_conversations_are_named_as_in_slack(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    await adam.command("/echo", channel="secret")
    assert bot.last["channel_name"] == "privategroup"
    await adam.command("/echo")
    assert bot.last["channel_name"] == "directmessage"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("ann@x.com", "<mailto:ann@x.com|ann@x.com>"),
        ("Bob <bob@y.com>", "Bob &lt;<mailto:bob@y.com|bob@y.com>&gt;"),
        ("@petra", f"<@{PETRA}>"),
        ("@Petra de Vries, now", f"<@{PETRA}>, now"),
        ("@petra2", "@petra2"),
        (f"<@{PETRA}>", f"<@{PETRA}>"),
        ("<@U0NOBODY01>", "&lt;@U0NOBODY01&gt;"),
        ("#general", f"<#{GENERAL}|general>"),
        ("#secret", "<#C0SECRET01|>"),
        ("#nowhere", "#nowhere"),
        ("https://x.example/?a=1&b=2", "<https://x.example/?a=1&amp;b=2>"),
        ("a & b", "a &amp; b"),
        ("", ""),
    ],
)
def test_what_is_typed_is_escaped(workspace: Workspace, typed: str, sent: str) -> None:
    assert escaped(workspace, typed) == sent


async def test_extra_commands_are_known_beside_the_manifest(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    assert (await adam.command("/invite", "@petra")).error is None
    assert bot.last["text"] == f"<@{PETRA}>"


async def test_the_acknowledgement_answers_the_person_alone(stage: Stage, adam: Seat, petra: Seat) -> None:
    bot = Listener(stage)
    bot.answer = {"text": "Hello *you*"}
    outcome = await adam.command("/echo", channel="general")
    assert outcome.reply is not None
    assert outcome.reply.ephemeral_to == ADAM
    assert "Hello *you*" in adam.messages("general")[-1].text
    assert petra.messages("general") == []


async def test_the_acknowledgement_may_answer_everybody(stage: Stage, adam: Seat, petra: Seat) -> None:
    bot = Listener(stage)
    bot.answer = {"text": "Hello all", "response_type": "in_channel"}
    await adam.command("/echo", channel="general")
    assert "Hello all" in petra.messages("general")[-1].text


async def test_an_empty_acknowledgement_shows_nothing(stage: Stage, adam: Seat) -> None:
    Listener(stage)
    outcome = await adam.command("/echo", channel="general")
    assert (outcome.error, outcome.reply) == (None, None)
    assert adam.messages("general") == []


async def test_invalid_blocks_in_the_acknowledgement_are_an_error(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    bot.answer = {"text": "a", "blocks": [{"type": "sektion"}]}
    outcome = await adam.command("/echo", channel="general")
    assert outcome.error == '/echo failed with the error "invalid_blocks"'


async def test_an_unknown_command_is_slackbots_affair(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    outcome = await adam.command("/nonsense", channel="general")
    assert outcome.error == "`/nonsense` is not a valid command."
    assert bot.bodies == []
    assert "not a valid command" in adam.messages("general")[-1].text


async def test_commands_need_their_scope(stage: Stage, adam: Seat) -> None:
    Listener(stage)
    stage.workspace.faults.refused_scopes.add("commands")
    assert (await adam.command("/echo")).error == "`/echo` is not a valid command."


async def test_a_bot_that_does_not_answer_in_time(stage: Stage, adam: Seat) -> None:
    released = asyncio.Event()
    bot = Listener(stage)

    async def wait(_: Json) -> None:
        await released.wait()

    bot.meanwhile = wait
    stage.sandbox.delivery.patience = 0.01
    outcome = await adam.command("/echo", channel="general")
    assert outcome.error == '/echo failed with the error "operation_timeout"'
    released.set()
    (delivered,) = stage.workspace.record.deliveries("slash_command")
    assert delivered.error == "operation_timeout"


async def test_a_bot_that_fails(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)

    async def fail(_: Json) -> None:
        raise RuntimeError("broken")

    bot.meanwhile = fail
    outcome = await adam.command("/echo", channel="general")
    assert outcome.error == '/echo failed with the error "dispatch_failed"'


async def test_the_bot_may_open_a_modal_with_the_trigger(stage: Stage, adam: Seat, petra: Seat) -> None:
    bot = Listener(stage)

    async def open_form(body: Json) -> None:
        await stage.client.views_open(trigger_id=body["trigger_id"], view=form())

    bot.meanwhile = open_form
    await adam.command("/echo")
    assert adam.modal.title == "Form"
    assert not petra.has_modal


async def test_who_may_not_use_a_conversation(stage: Stage, adam: Seat, petra: Seat) -> None:
    Listener(stage)
    with pytest.raises(ActRefused, match="Petra de Vries is not in random"):
        await petra.command("/echo", channel="random")
    with pytest.raises(ActRefused, match="archived"):
        await adam.say("Hello", channel="old")
    with pytest.raises(ActRefused, match="deactivated"):
        await stage.seat("dirk").command("/echo")
    with pytest.raises(ActRefused, match="nothing to send"):
        await adam.say("  ")


async def test_a_global_shortcut(stage: Stage, adam: Seat) -> None:
    bot = Listener(stage)
    assert (await adam.shortcut("Echo something")).error is None
    body = bot.last
    assert body["type"] == "shortcut"
    assert body["callback_id"] == "echo_form"
    assert body["user"] == {"id": ADAM, "username": "adam", "name": "adam", "team_id": "T0ACME0001"}
    assert body["trigger_id"]
    assert "response_url" not in body
    with pytest.raises(ActRefused, match="no shortcut"):
        await adam.shortcut("Something else")


async def test_messages_reach_the_bot_where_it_listens(stage: Stage, adam: Seat) -> None:
    heard: list[Json] = []

    @stage.bolt.event("message")
    async def hear(event: Json) -> None:
        heard.append(event)

    await adam.say("Hello @petra")
    await adam.say("Not to you", channel="general")
    await stage.sandbox.delivery.settled()
    (event,) = heard
    assert event["text"] == f"Hello <@{PETRA}>"
    assert event["channel_type"] == "im"
    assert event["user"] == ADAM


async def test_an_app_may_not_want_to_hear_people(stage: Stage, adam: Seat) -> None:
    declare(stage.workspace, hears_people=False)
    with pytest.raises(ActRefused, match="turned off"):
        await adam.say("Hello")


async def test_unread_messages_are_counted(stage: Stage, adam: Seat) -> None:
    posted = await stage.client.chat_postMessage(channel=ADAM, text="Hello")
    channel = posted["channel"]
    assert stage.workspace.unread(ADAM, channel) == 1
    await adam.say("Hello yourself")
    assert stage.workspace.unread(ADAM, channel) == 0
    await stage.client.chat_postMessage(channel=ADAM, text="Again")
    stage.workspace.mark_read(ADAM, channel)
    assert stage.workspace.unread(ADAM, channel) == 0
