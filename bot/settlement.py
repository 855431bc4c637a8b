"""How an acceptance was settled, as it is kept and shown: refund with its expected dates, credit, or nothing."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from bot.accounts.values import AccountJoin, AccountJoinState, CreditApplies, Refund, RefundStatus
from bot.business_days import settlement_window
from models.join import SettlementKind
from models.money import Money


@dataclass(frozen=True, slots=True)
class Settlement:
    """What was paid back.

    Attributes:
        reference: the backend's id of the refund or the credit.
        method: the masked payment method that the refund goes to (S29).
        expected_from / expected_by: the dates between which the refund is processed (S29, R19).
        as_credit: what of a refund was credited instead (R12).
        applies: how credit reaches an invoice (S20, S21).
        failed: the join is done but the money is not settled; a person has to look (R17).
    """

    kind: SettlementKind
    amount: Money | None = None
    reference: str | None = None
    method: str | None = None
    expected_from: date | None = None
    expected_by: date | None = None
    as_credit: Money | None = None
    applies: CreditApplies | None = None
    failed: bool = False

    @property
    def credit(self) -> Money | None:
        """What the organisation was credited because credit was chosen; of a refund it hears nothing (S19)."""
        return self.amount if self.kind is SettlementKind.CREDIT else None

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the join."""
        stored: dict[str, Any] = _SETTLEMENT.dump_python(self, mode="json")
        return stored

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Settlement":
        """From the join."""
        return _SETTLEMENT.validate_python(stored)


_SETTLEMENT = TypeAdapter(Settlement)


def credited(join: AccountJoin, applies: CreditApplies) -> Settlement:
    """The settlement of a join whose credit went to the organisation."""
    return Settlement(SettlementKind.CREDIT, join.amount, join.credit_id, applies=applies, failed=_failed(join))


def nothing_paid_back(join: AccountJoin) -> Settlement:
    """The settlement of a join where nothing was to be paid back (R9)."""
    return Settlement(SettlementKind.NONE, failed=_failed(join))


def refunded(join: AccountJoin, refund: Refund, time_zone: str, holidays: Container[date]) -> Settlement:
    """The settlement of a join whose refund is on its way.

    Where the backend promises no dates, three to five business days from the submission, a day in the billing time
    zone of the account (R19).
    """
    submitted = refund.submitted_at.astimezone(ZoneInfo(time_zone)).date()
    earliest, latest = settlement_window(submitted, holidays)
    return Settlement(
        kind=SettlementKind.REFUND,
        amount=refund.amount,
        reference=refund.id,
        method=refund.method,
        expected_from=refund.expected_from or earliest,
        expected_by=refund.expected_by or latest,
        as_credit=join.as_credit,
        failed=_failed(join) or refund.status in (RefundStatus.FAILED, RefundStatus.CANCELLED),
    )


def _failed(join: AccountJoin) -> bool:
    return join.state is AccountJoinState.SETTLEMENT_FAILED
