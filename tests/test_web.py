"""The guard before Slack's endpoint, and health."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette

from bot.clock import ManualClock
from bot.database import Database
from bot.web import Health, routes
from tests.scenarios.conftest import CREDENTIALS, Stage, accounts_file, stage

__all__ = ["accounts_file", "stage"]

BODY = urlencode({"command": "/invite", "text": "help", "team_id": "T0ACME00001", "user_id": "U0ADAM0001"}).encode()


def signed(body: bytes, stamp: str | None = None, secret: str = CREDENTIALS.signing_secret) -> dict[str, str]:
    stamp = stamp or str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest}",
        "content-type": "application/x-www-form-urlencoded",
    }


@pytest.fixture
async def client(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=stage.bot.routes(worker=False)))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        yield client


async def test_a_signed_command_is_answered(client: httpx.AsyncClient) -> None:
    answer = await client.post("/slack/events", content=BODY, headers=signed(BODY))
    assert answer.status_code == 200
    assert answer.json()["response_type"] == "ephemeral"
    assert "lists who has not answered yet" in answer.text


@pytest.mark.parametrize(
    "spoil",
    [
        {"x-slack-signature": "v0=" + "0" * 64},
        {"x-slack-signature": ""},
        {"x-slack-signature": "v0=ünïcode"},
        {"x-slack-request-timestamp": "abc"},
        {"x-slack-request-timestamp": ""},
        {"x-slack-request-timestamp": "-1"},
        {"x-slack-request-timestamp": "9" * 400},
        {"x-slack-request-timestamp": "١٢٣"},
    ],
)
async def test_what_is_not_from_slack_is_turned_away(client: httpx.AsyncClient, spoil: dict[str, str]) -> None:
    """slack.md, 3.2: never a 500, and never parsed."""
    headers = {**signed(BODY), **spoil}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await client.post("/slack/events", content=BODY, headers=encoded)
    assert answer.status_code == 401


@pytest.mark.parametrize("age", [-301, 301, 100_000])
async def test_what_is_too_old_or_from_the_future_is_turned_away(client: httpx.AsyncClient, age: int) -> None:
    headers = signed(BODY, str(int(time.time()) - age))
    assert (await client.post("/slack/events", content=BODY, headers=headers)).status_code == 401


async def test_another_secret_and_another_body_are_turned_away(client: httpx.AsyncClient) -> None:
    assert (await client.post("/slack/events", content=BODY, headers=signed(BODY, secret="x"))).status_code == 401
    assert (await client.post("/slack/events", content=BODY + b"x", headers=signed(BODY))).status_code == 401


async def test_a_huge_body_is_not_read(client: httpx.AsyncClient) -> None:
    huge = b"x" * 1_000_001
    assert (await client.post("/slack/events", content=huge, headers=signed(huge))).status_code == 413

    async def stream() -> AsyncIterator[bytes]:
        for _ in range(2000):
            yield b"x" * 1000

    assert (await client.post("/slack/events", content=stream(), headers=signed(b""))).status_code == 413


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"payload=%7B", b"payload=[]", b"payload=null", b"{", b"", b"payload=%7B%22type%22%3A1%7D"]
)
async def test_rubbish_that_is_signed_is_no_crash(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/slack/events", content=body, headers=signed(body))
    assert answer.status_code in (200, 400, 404)


async def test_a_team_that_is_not_ours_gets_nothing(client: httpx.AsyncClient, stage: Stage) -> None:
    body = BODY.replace(b"T0ACME00001", b"T0OTHER0001")
    answer = await client.post("/slack/events", content=body, headers=signed(body))
    assert "lists who has not answered yet" not in answer.text


async def test_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).status_code == 200
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"database": "well", "migrations": "well"})


async def test_a_scheduler_that_stopped_is_not_ready(database: Database, clock: ManualClock) -> None:
    turn = clock.now()
    health = Health(database, clock, last_turn=lambda: turn)
    transport = httpx.ASGITransport(Starlette(routes=routes(health, None)))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        assert (await client.get("/readyz")).status_code == 200
        clock.advance(timedelta(minutes=1))
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["scheduler"]) == (503, "not well")
        assert (await client.post("/slack/events")).status_code == 404, "not served where payloads come by a socket"


async def test_a_database_that_is_gone_is_not_ready(clock: ManualClock) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/nothing", clock)
    transport = httpx.ASGITransport(Starlette(routes=routes(Health(gone, clock), None)))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"database": "not well", "migrations": "not well"})
    await gone.close()
