"""Requests to the bot are signed, timed and retried as Slack's (slack.md, sections 2.1 and 4)."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from urllib.parse import parse_qs

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.clock import SystemClock
from bot.sandbox.delivery import Reply, Unreachable
from bot.sandbox.endpoints import into, over_http
from bot.sandbox.server import Sandbox
from bot.sandbox.serving import served
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import CREDENTIALS, Stage
from tests.sandbox.test_web_api import ADAM, PETRA


class Endpoint:
    """Stands where the bot's endpoint is and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[bytes, Mapping[str, str]]] = []
        self.replies: list[Reply | Exception] = []

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        self.requests.append((body, headers))
        reply = self.replies.pop(0) if self.replies else Reply(200)
        if isinstance(reply, Exception):
            raise reply
        return reply


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
async def sandbox(workspace: Workspace, endpoint: Endpoint) -> AsyncIterator[Sandbox]:
    made = Sandbox(workspace, endpoint, patience=0.5, retry_after=(0, 0, 0))
    yield made
    await made.close()


async def test_requests_are_signed_with_the_machines_time(sandbox: Sandbox, endpoint: Endpoint) -> None:
    sandbox.workspace.advance(timedelta(days=30))
    await sandbox.seat("adam").command("/echo", "\u00e9 & more")
    body, headers = endpoint.requests[0]
    assert SignatureVerifier(CREDENTIALS.signing_secret).is_valid_request(body, dict(headers))
    age = SystemClock().now().timestamp() - int(headers["x-slack-request-timestamp"])
    assert 0 <= age < 60
    assert parse_qs(body.decode())["text"] == ["\u00e9 &amp; more"]
    assert headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(200), None),
        (Reply(200, b"plain words", {"content-type": "text/plain"}), None),
        (Reply(204), "dispatch_failed"),
        (Reply(404), "dispatch_failed"),
        (Reply(500, b"oh"), "dispatch_failed"),
        (Reply(302, b"", {"location": "/"}), "dispatch_failed"),
        (Reply(200, b"{rubbish", {"content-type": "application/json"}), "dispatch_failed"),
        (Unreachable("no connection"), "dispatch_failed"),
    ],
)
async def test_what_counts_as_an_acknowledgement(
    sandbox: Sandbox, endpoint: Endpoint, reply: Reply | Exception, error: str | None
) -> None:
    endpoint.replies = [reply]
    outcome = await sandbox.seat("adam").command("/echo")
    assert outcome.error == (error and f'/echo failed with the error "{error}"')
    (delivered,) = sandbox.workspace.record.deliveries("slash_command")
    assert (delivered.error, delivered.transport) == (error, "http")


async def test_plain_words_answer_a_command(sandbox: Sandbox, endpoint: Endpoint) -> None:
    endpoint.replies = [Reply(200, b"plain words", {"content-type": "text/plain"})]
    outcome = await sandbox.seat("adam").command("/echo")
    assert outcome.reply is not None
    assert outcome.reply.text == "plain words"


async def test_an_event_is_tried_three_times_more(sandbox: Sandbox, endpoint: Endpoint) -> None:
    endpoint.replies = [Reply(500), Unreachable("gone"), Reply(500), Reply(500), Reply(500)]
    await sandbox.seat("adam").open_home()
    retries = [
        (headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason")) for _, headers in endpoint.requests
    ]
    assert retries == [(None, None), ("1", "http_error"), ("2", "connection_failed"), ("3", "http_error")]
    ids = {json.loads(body)["event_id"] for body, _ in endpoint.requests}
    assert len(ids) == 1, "a retry is the same event"
    for body, headers in endpoint.requests:
        assert SignatureVerifier(CREDENTIALS.signing_secret).is_valid_request(body, dict(headers))


async def test_an_event_can_be_declined(sandbox: Sandbox, endpoint: Endpoint) -> None:
    endpoint.replies = [Reply(500, b"", {"x-slack-no-retry": "1"})]
    await sandbox.seat("adam").open_home()
    assert len(endpoint.requests) == 1


async def test_an_event_can_come_twice_all_the_same(sandbox: Sandbox, endpoint: Endpoint) -> None:
    sandbox.workspace.faults.double_delivery = True
    await sandbox.seat("adam").open_home()
    first, second = endpoint.requests
    assert first[0] == second[0]
    assert second[1]["x-slack-retry-num"] == "1"


async def test_the_shape_of_an_event(sandbox: Sandbox, endpoint: Endpoint) -> None:
    await sandbox.seat("adam").open_home()
    payload = json.loads(endpoint.requests[0][0])
    assert payload["type"] == "event_callback"
    assert (payload["team_id"], payload["api_app_id"]) == ("T0ACME0001", "A0ECHO0001")
    assert payload["event_id"].startswith("Ev")
    assert payload["authorizations"][0]["user_id"] == "U0ECHO0001"
    event = payload["event"]
    assert (event["type"], event["user"], event["tab"]) == ("app_home_opened", ADAM, "home")
    assert event["channel"].startswith("D")


async def test_only_subscribed_events_are_sent(sandbox: Sandbox, endpoint: Endpoint) -> None:
    channel = sandbox.workspace.channel("general")
    sandbox.happenings.archive(channel)
    await sandbox.delivery.settled()
    assert endpoint.requests == []


async def test_people_and_installation(sandbox: Sandbox, endpoint: Endpoint) -> None:
    petra = sandbox.workspace.person("petra")
    sandbox.happenings.change_person(petra, deactivated=True)
    sandbox.happenings.join(petra.model_copy(update={"id": "U0NEW00001", "handle": "new"}))
    sandbox.happenings.uninstall()
    await sandbox.delivery.settled()
    events = [json.loads(body)["event"] for body, _ in endpoint.requests]
    assert [event["type"] for event in events] == ["user_change", "team_join", "tokens_revoked", "app_uninstalled"]
    assert events[0]["user"]["id"] == PETRA
    assert events[0]["user"]["deleted"] is True
    assert (await sandbox.seat("adam").command("/echo")).error == "`/echo` is not a valid command."


async def test_the_address_is_verified(stage: Stage) -> None:
    assert await stage.sandbox.delivery.verify_address()


async def test_an_address_that_is_no_slack_endpoint(sandbox: Sandbox, endpoint: Endpoint) -> None:
    endpoint.replies = [Reply(200, b"welcome", {"content-type": "text/html"}), Reply(404)]
    assert not await sandbox.delivery.verify_address()
    assert not await sandbox.delivery.verify_address()


# The two ways to the bot


async def hello(request: Request) -> Response:
    body = await request.body()
    return PlainTextResponse(body + request.headers["x-word"].encode(), headers={"X-Other": "1"})


APPLICATION = Starlette(routes=[Route("/slack/events", hello, methods=["POST"])])


async def test_over_http(session: aiohttp.ClientSession) -> None:
    async with served(APPLICATION) as address:
        reply = await over_http(session, f"{address}/slack/events")(b"a", {"x-word": "b"})
    assert (reply.status, reply.body, reply.headers["x-other"]) == (200, b"ab", "1")
    with pytest.raises(Unreachable):
        await over_http(session, f"{address}/slack/events")(b"a", {"x-word": "b"})


async def test_straight_into_an_application() -> None:
    reply = await into(APPLICATION)(b"a", {"x-word": "b"})
    assert (reply.status, reply.body, reply.headers["x-other"]) == (200, b"ab", "1")
    assert (await into(APPLICATION, "/elsewhere")(b"", {})).status == 404


async def test_an_application_goes_on_when_slack_has_lost_patience() -> None:
    released, finished = asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> Response:
        await released.wait()
        finished.set()
        return PlainTextResponse("late")

    deliver = into(Starlette(routes=[Route("/slack/events", slow, methods=["POST"])]))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(deliver(b"", {}), 0.01)
    released.set()
    await asyncio.wait_for(finished.wait(), 1)
