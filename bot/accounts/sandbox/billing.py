"""What an account owes, and its subscription (S25, S26, S35)."""

from collections.abc import Sequence

from bot.accounts.errors import NoCancellationRequested, PeriodEnded
from bot.accounts.sandbox.access import require_account_manager, require_admin_or_bot, require_source_owner
from bot.accounts.sandbox.ledger import credits_of
from bot.accounts.sandbox.records import find_account, invoice_of, plan_of, plan_status
from bot.accounts.sandbox.store import Transaction
from bot.accounts.values import Actor, Balance, Invitee, Invoice, InvoiceStatus, Plan, PlanStatus
from models.money import Money


def get_balance(db: Transaction, actor: Actor, source: str) -> Balance:
    """What an account owes now, apart from what it would get back (S25, R20)."""
    require_source_owner(db, actor, source)
    account = find_account(db, source)
    owed = db.value("SELECT coalesce(sum(remaining), 0) FROM invoices WHERE account = ? AND status = 'open'", source)
    credit = sum(credit.remaining.minor for credit in credits_of(db, account))
    return Balance(Money(owed, account["currency"]), Money(credit, account["currency"]))


def list_invoices(db: Transaction, actor: Actor, account: str, status: InvoiceStatus | None) -> Sequence[Invoice]:
    """Invoices, oldest first: of an account for its admins, of the invitee's own for the invitee who owns it."""
    row = find_account(db, account)
    if isinstance(actor, Invitee):
        require_source_owner(db, actor, account)
    else:
        require_admin_or_bot(db, actor, account)
    invoices = db.all(
        "SELECT * FROM invoices WHERE account = ?1 AND (?2 IS NULL OR status = ?2) ORDER BY due_on, id", account, status
    )
    return tuple(invoice_of(invoice, row["currency"]) for invoice in invoices)


def reactivate_subscription(db: Transaction, actor: Actor, source: str) -> Plan:
    """Undo a pending cancellation (S35)."""
    account = find_account(db, source)
    require_account_manager(db, actor, source)
    if account["cancel_requested_at"] is None:
        raise NoCancellationRequested(source)
    if plan_status(db, account) is PlanStatus.CANCELLED:
        raise PeriodEnded(source)
    db.run("UPDATE accounts SET cancel_requested_at = NULL WHERE id = ?", source)
    return plan_of(db, find_account(db, source))
