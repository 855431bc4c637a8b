"""Messages from the backend."""

from datetime import UTC, datetime

import pytest

from bot.accounts.errors import BadSignature, StaleEvent
from bot.accounts.values import Event
from tests.contract.stage import Adapter, Stage

EVENT = Event(
    dedupe_key="event-1",
    type="refund.failed",
    occurred_at=datetime(2026, 7, 24, 11, 59, tzinfo=UTC),
    account="acme",
    data={"refund": "refund-1", "reason": "Karte abgelaufen, pr\u00fcfen"},
)


async def test_what_was_signed_is_read(stage: Stage, adapter: Adapter) -> None:
    headers, raw = adapter.signed(EVENT)
    assert list(await stage.backend.parse_event(headers, raw)) == [EVENT]
    upper = {name.upper(): value for name, value in headers.items()}
    assert list(await stage.backend.parse_event(upper, raw)) == [EVENT]


async def test_every_process_reads_it(stage: Stage, adapter: Adapter) -> None:
    headers, raw = adapter.signed(EVENT)
    first = stage.backend
    await stage.reload("accounts: {a: {owner: a@b.example}}")
    assert await stage.backend.parse_event(headers, raw) == await first.parse_event(headers, raw)


async def test_a_body_that_was_changed(stage: Stage, adapter: Adapter) -> None:
    headers, raw = adapter.signed(EVENT)
    for body in (raw + b" ", raw.replace(b"refund-1", b"refund-2"), b""):
        with pytest.raises(BadSignature):
            await stage.backend.parse_event(headers, body)


async def test_headers_that_were_changed_or_left_out(stage: Stage, adapter: Adapter) -> None:
    headers, raw = adapter.signed(EVENT)
    for name in headers:
        for other in (headers | {name: "x"}, headers | {name: ""}, {k: v for k, v in headers.items() if k != name}):
            with pytest.raises(BadSignature):
                await stage.backend.parse_event(other, raw)
    with pytest.raises(BadSignature):
        await stage.backend.parse_event({}, raw)


async def test_a_message_is_believed_for_five_minutes(stage: Stage, adapter: Adapter) -> None:
    headers, raw = adapter.signed(EVENT)
    stage.pass_time(minutes=5)
    assert await stage.backend.parse_event(headers, raw)
    stage.pass_time(seconds=1)
    with pytest.raises(StaleEvent):
        await stage.backend.parse_event(headers, raw)
