"""Rows as tests put them into tables: complete, and with whatever matters to the test changed."""

from datetime import datetime
from typing import Any

from models.batch import Batch
from models.invitation import Invitation, Licence, address_key


def batch(created_at: datetime, **changes: Any) -> Batch:
    """A batch of Adam's for Acme, with nobody in it."""
    fields: dict[str, Any] = {
        "id": "b1",
        "team_id": "T1",
        "organisation": "acme",
        "organisation_name": "Acme Corp",
        "plan_name": "Business",
        "inviter": "U1",
        "inviter_email": "adam@acme.example",
        "licence": Licence.BASIC,
        "entered": "",
        "created_at": created_at,
    }
    return Batch(**{**fields, **changes})


def invitation(created_at: datetime, **changes: Any) -> Invitation:
    """An invitation of Ann in that batch, as it is when it has just been sent."""
    address = changes.get("address", "ann@x.com")
    fields: dict[str, Any] = {
        "id": "i1",
        "team_id": "T1",
        "batch_id": "b1",
        "organisation": "acme",
        "address": address,
        "address_key": address_key(address),
        "licence": Licence.BASIC,
        "inviter": "U1",
        "created_at": created_at,
    }
    return Invitation(**{**fields, **changes})
