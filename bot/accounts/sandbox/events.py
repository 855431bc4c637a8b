"""Messages from the sandbox, signed in the manner of Standard Webhooks (backends.md, section D).

The signature is an HMAC-SHA256 over `id.timestamp.body`; the body is
`{"id", "type", "occurred_at", "account_id", "data"}`.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.accounts.errors import BadSignature, ContractViolation, StaleEvent
from bot.accounts.sandbox.store import Transaction
from bot.accounts.values import Event

TOLERANCE = timedelta(minutes=5)


class _Envelope(BaseModel):
    """The body of a message."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1)]
    type: Annotated[str, Field(min_length=1)]
    occurred_at: AwareDatetime
    account_id: str
    data: dict[str, str] = {}


def secret(db: Transaction) -> str:
    """The secret of this database, which every process that shares it signs and verifies with; made once."""
    known = db.value("SELECT secret FROM event_secret")
    if known is None:
        known = db.new_id("secret")
        db.insert("event_secret", only_row=1, secret=known)
    return str(known)


def sign_event(event: Event, secret: str, now: datetime) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a message that is sent at `now`."""
    envelope = _Envelope(
        id=event.dedupe_key,
        type=event.type,
        occurred_at=event.occurred_at,
        account_id=event.account,
        data=dict(event.data),
    )
    raw = envelope.model_dump_json().encode()
    timestamp = str(int(now.timestamp()))
    headers = {
        "webhook-id": event.dedupe_key,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{_signature(secret, event.dedupe_key, timestamp, raw)}",
    }
    return headers, raw


def parse_event(headers: Mapping[str, str], raw: bytes, secret: str, now: datetime) -> Event:
    """The event in a message, once its signature is right and it is not five minutes old.

    Raises:
        BadSignature, StaleEvent, ContractViolation.
    """
    given = {name.lower(): value for name, value in headers.items()}
    identifier, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    expected = f"v1,{_signature(secret, identifier, timestamp, raw)}"
    # Several signatures stand side by side while a secret is being replaced.
    signatures = given.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(expected.encode(), signature.encode()) for signature in signatures):
        raise BadSignature("the signature is not ours")
    if not timestamp.isascii() or not timestamp.isdigit():
        raise StaleEvent("the time stamp is no number")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise StaleEvent(f"sent at {timestamp}")
    try:
        envelope = _Envelope.model_validate_json(raw)
    except ValidationError as error:
        raise ContractViolation("the body is not an event", raw.decode(errors="replace")) from error
    return Event(envelope.id, envelope.type, envelope.occurred_at, envelope.account_id, envelope.data)


def _signature(secret: str, identifier: str, timestamp: str, raw: bytes) -> str:
    signed = f"{identifier}.{timestamp}.".encode() + raw
    return base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()
