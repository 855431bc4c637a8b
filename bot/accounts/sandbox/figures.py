"""What was paid on an account, and the figure that the money rules make of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.accounts.proration import PaidLine, ProratedLine, Rules, prorate
from bot.accounts.sandbox.records import moment_of
from bot.accounts.sandbox.store import Row, Transaction


@dataclass(frozen=True, slots=True)
class Subscription:
    """Lines that were paid together, and how; amounts in minor units.

    Attributes:
        reseller: who was paid instead, such as an app store; `ask` is who to ask about it (R14).
        credit_paid: the part that account credit paid (R12).
        refunded: what was paid back earlier (R8).
        refund_fails: the payment method will not take money back.
    """

    lines: tuple[PaidLine, ...]
    payment_method: str | None
    reseller: str | None
    ask: str | None
    credit_paid: int
    refunded: int
    refund_fails: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """What would be paid back for all subscriptions of an account, in minor units.

    Attributes:
        refund: what the payment methods get if refund is chosen.
        refund_as_credit: what in that case can only be credit: because credit paid for it (R12), or because somebody
            else was paid, who alone can refund it (R14).
        method: the payment methods that get it, masked.
        ask: who to ask about what somebody else was paid.
    """

    lines: tuple[ProratedLine, ...]
    refund: int
    refund_as_credit: int
    method: str | None
    ask: str | None

    @property
    def whole(self) -> int:
        """The gross amount; all of it is credit if credit is chosen."""
        return self.refund + self.refund_as_credit

    @property
    def tax(self) -> int:
        """The tax in the whole."""
        return sum(line.tax for line in self.lines)


def subscriptions_of(db: Transaction, account: str) -> tuple[Subscription, ...]:
    """What was paid for on an account."""
    lines: dict[int, list[PaidLine]] = {}
    for row in db.all("SELECT * FROM lines WHERE account = ? ORDER BY subscription, number", account):
        lines.setdefault(row["subscription"], []).append(_line(row))
    rows = db.all("SELECT * FROM subscriptions WHERE account = ? ORDER BY number", account)
    return tuple(_subscription(row, lines[row["number"]]) for row in rows)


def figure(subscriptions: Sequence[Subscription], at: datetime, zone: ZoneInfo, rules: Rules) -> Figure:
    """The figure for an acceptance at `at`: each subscription by the money rules, then all together."""
    lines: list[ProratedLine] = []
    refund, as_credit, methods = 0, 0, list[str]()
    for paid in subscriptions:
        result = prorate(paid.lines, at, zone, rules, refunded=paid.refunded, credit_paid=paid.credit_paid)
        lines.extend(result.lines)
        to_method = 0 if paid.reseller else result.refund
        refund, as_credit = refund + to_method, as_credit + result.whole - to_method
        if to_method:
            methods.append(paid.payment_method or "original payment method")
    asked = next((paid.ask for paid in subscriptions if paid.reseller), None)
    return Figure(tuple(lines), refund, as_credit, ", ".join(methods) or None, asked)


def _subscription(row: Row, lines: Sequence[PaidLine]) -> Subscription:
    return Subscription(
        lines=tuple(lines),
        payment_method=row["payment_method"],
        reseller=row["reseller"],
        ask=row["reseller_ask"],
        credit_paid=row["credit_paid"],
        refunded=row["refunded"],
        refund_fails=bool(row["refund_fails"]),
    )


def _line(row: Row) -> PaidLine:
    return PaidLine(row["gross"], row["tax"], moment_of(row["start"]), moment_of(row["end"]), row["description"])
