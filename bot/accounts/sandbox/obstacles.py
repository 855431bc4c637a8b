"""What stands between somebody and joining, all of it at once (F2): S26, S30 to S34, S37."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.accounts.sandbox.access import invited_person
from bot.accounts.sandbox.definition import AccountKind, ExternalUsers
from bot.accounts.sandbox.figures import figure, subscriptions_of
from bot.accounts.sandbox.loading import Switches, switches
from bot.accounts.sandbox.records import domains_of, find_account, invoice_of, member_of, plan_of, plan_status
from bot.accounts.sandbox.store import Row, Transaction
from bot.accounts.values import Actor, Blocker, BlockerCode, Fix, FixKind, Member, PlanStatus
from models.money import Money


def list_blockers(db: Transaction, actor: Actor, source: str, target: str) -> Sequence[Blocker]:
    """The invitee's obstacles; the soft ones are consequences to tick."""
    return obstacles(db, invited_person(db, actor, source, target), source, target)


def obstacles(db: Transaction, person: Row, source: str, target: str) -> tuple[Blocker, ...]:
    """The obstacles of somebody on `source` who wants to join `target`."""
    if source == target:
        return (Blocker(BlockerCode.ALREADY_MEMBER, hard=True),)
    account, organisation, how = find_account(db, source), find_account(db, target), switches(db)
    if person["key"] != account["owner"]:
        return (_not_the_owner(account, how),)
    return (
        *unpaid(db, account),
        *_cancellation(db, account, how),
        *_rooms(db, account, how),
        *_co_users(db, person, account, organisation, how),
    )


def unpaid(db: Transaction, account: Row) -> tuple[Blocker, ...]:
    """Outstanding invoices, and a subscription that is behind with its payments (S26, R10)."""
    host = switches(db).default_host
    rows = db.all("SELECT * FROM invoices WHERE account = ? AND status = 'open' ORDER BY due_on, id", account["id"])
    invoices = tuple(invoice_of(row, account["currency"]) for row in rows)
    blockers = []
    if invoices:
        fix = Fix(FixKind.PAY_INVOICES, invoices[0].pay_url if len(invoices) == 1 else f"https://{host}/billing")
        blockers.append(
            Blocker(BlockerCode.OUTSTANDING_INVOICE, hard=True, fix=fix, invoices=invoices, count=len(invoices))
        )
    if account["plan_status"] == PlanStatus.PAST_DUE:
        fix = Fix(FixKind.PAY_INVOICES, f"https://{host}/billing")
        blockers.append(Blocker(BlockerCode.SUBSCRIPTION_PAST_DUE, hard=True, fix=fix))
    return tuple(blockers)


def _not_the_owner(account: Row, how: Switches) -> Blocker:
    """Somebody on another's account: only its owner decides for it, and gets the money (S24)."""
    may_leave = how.co_users_may_leave and account["kind"] == AccountKind.INDIVIDUAL
    fix = Fix(FixKind.ASK_OWNER, ask=account["owner_email"])
    return Blocker(BlockerCode.NOT_ACCOUNT_OWNER, hard=not may_leave, fix=fix)


def _cancellation(db: Transaction, account: Row, how: Switches) -> tuple[Blocker, ...]:
    """A pending cancellation, and the amount that undoing it keeps (S34, S37)."""
    if account["cancel_requested_at"] is None or plan_status(db, account) is PlanStatus.CANCELLED:
        return ()
    zone = ZoneInfo(account["time_zone"])
    kept = figure(subscriptions_of(db, account["id"]), db.now, zone, how.rules).whole
    return (
        Blocker(
            BlockerCode.CANCELLATION_REQUESTED,
            hard=True,
            fix=Fix(FixKind.REACTIVATE_SUBSCRIPTION, f"https://{how.default_host}/billing"),
            preserves=Money(kept, account["currency"]) if kept else None,
            until=plan_of(db, account).period_end,
        ),
    )


def _rooms(db: Transaction, account: Row, how: Switches) -> tuple[Blocker, ...]:
    """Conference rooms must go first (S32)."""
    count = db.value("SELECT count(*) FROM rooms WHERE account = ?", account["id"])
    if not count:
        return ()
    fix = Fix(FixKind.REMOVE_ROOMS, f"https://{how.default_host}/rooms")
    return (Blocker(BlockerCode.ROOMS_PRESENT, hard=True, fix=fix, count=count),)


def _co_users(db: Transaction, owner: Row, account: Row, organisation: Row, how: Switches) -> tuple[Blocker, ...]:
    """The others on the account: they come along (S30), unless accounts cannot join as a whole (section 5)."""
    rows = db.all("SELECT * FROM people WHERE account = ? AND key <> ? ORDER BY key", account["id"], owner["key"])
    if not rows:
        return ()
    domains = domains_of(db, organisation["id"])
    people = tuple(member_of(db, row, domains) for row in rows)
    come_along = how.whole_account_join and account["kind"] == AccountKind.INDIVIDUAL
    fix = Fix(FixKind.REMOVE_MEMBERS, f"https://{how.default_host}/users")
    everybody = _people_blocker(BlockerCode.OTHER_USERS, people, fix, hard=not come_along)
    external = tuple(member for member in people if member.external)
    if not external or not come_along:
        return (everybody,)
    unwanted = organisation["external_users"] == ExternalUsers.BLOCK
    return (everybody, _people_blocker(BlockerCode.EXTERNAL_MEMBERS, external, fix, hard=unwanted))


def _people_blocker(code: BlockerCode, people: tuple[Member, ...], fix: Fix, *, hard: bool) -> Blocker:
    return Blocker(code, hard=hard, fix=fix, people=people, count=len(people))
