"""What Slack would send: signed requests to the bot's one endpoint."""

import json
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.sandbox.delivery import signature
from bot.web import SLACK_PATH
from handlers.ids import Modal
from tests.bench.slack import INVITER, SECRET, TEAM


@dataclass(frozen=True, slots=True)
class Request:
    """A POST, and some words that the answer to it must contain."""

    path: str
    headers: dict[str, str]
    body: str
    expected: str = ""


def command(text: str, expected: str) -> Request:
    """`/invite`, with something after it."""
    return _signed(
        {
            "token": "old",
            "team_id": TEAM,
            "team_domain": "acme",
            "channel_id": "C0GENERAL1",
            "channel_name": "general",
            "user_id": INVITER,
            "user_name": "adam",
            "command": "/invite",
            "text": text,
            "api_app_id": "A0BENCH",
            "is_enterprise_install": "false",
            "response_url": "http://127.0.0.1/no/such/path",
            "trigger_id": "1234567890.1234567890.0123456789abcdef0123456789abcdef",
        },
        expected,
    )


def send_draft(batch: str) -> Request:
    """Send, pressed in the preview of a draft."""
    payload = {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": INVITER, "username": "adam", "team_id": TEAM},
        "api_app_id": "A0BENCH",
        "trigger_id": "1234567890.1234567890.0123456789abcdef0123456789abcdef",
        "view": {"id": "V0BENCH", "type": "modal", "callback_id": Modal.INVITE_PREVIEW, "private_metadata": batch},
    }
    return _signed({"payload": json.dumps(payload)}, "")


def _signed(fields: dict[str, str], expected: str) -> Request:
    body, now = urlencode(fields), int(time.time())
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": str(now),
        "x-slack-signature": signature(SECRET, now, body.encode()),
    }
    return Request(SLACK_PATH, headers, body, expected)
