"""Accounts and people: who is where, and as what (S02, S05, S18, S30)."""

from collections.abc import Sequence
from dataclasses import replace

from bot.accounts.errors import AccountNotFound, Forbidden, InvalidEmail
from bot.accounts.sandbox.access import (
    held_invitation,
    require_account_reader,
    require_admin,
    require_admin_or_bot,
    require_source_owner,
)
from bot.accounts.sandbox.definition import AccountKind
from bot.accounts.sandbox.fields import check_email
from bot.accounts.sandbox.paging import PAGE_SIZE, after, page
from bot.accounts.sandbox.records import domains_of, find_account, find_person, is_paid, member_of, plan_of, plan_status
from bot.accounts.sandbox.seats import seat_pools
from bot.accounts.sandbox.store import Row, Transaction, stamp
from bot.accounts.values import (
    Account,
    Actor,
    ActorRole,
    Admin,
    Collection,
    Domain,
    Home,
    Invitee,
    Member,
    Page,
    Person,
    Role,
    SeatPool,
    System,
)
from models.invitation import Licence, address_key

_PERMISSIONS = frozenset({"invite", "manage_users", "apply_credit"})


def resolve_actor(db: Transaction, actor: Actor, account: str, email: str) -> ActorRole:
    """Anybody may ask what they are themselves; about others, admins may."""
    row = db.one(
        "SELECT people.email, people.role FROM accounts"
        " LEFT JOIN people ON people.key = ? AND people.account = accounts.id WHERE accounts.id = ?",
        address_key(email),
        account,
    )
    if row is None:
        raise AccountNotFound(account)
    if not isinstance(actor, System):
        if not isinstance(actor, Admin) or actor.account != account:
            raise Forbidden("only for one's own account")
        if address_key(actor.email) != address_key(email):
            require_admin(db, actor, account)
    role = Role(row["role"] or Role.NONE)
    may = _PERMISSIONS if role in (Role.OWNER, Role.ADMIN) else frozenset[str]()
    return ActorRole(row["email"] or email, role, may)


def get_account(db: Transaction, actor: Actor, account: str) -> Account:
    """An account with its plan and seats."""
    row = find_account(db, account)
    require_account_reader(db, actor, account)
    return Account(
        id=row["id"],
        name=row["name"],
        owner_email=row["owner_email"],
        plan=plan_of(db, row),
        collection=Collection(row["collection"]),
        currency=row["currency"],
        time_zone=row["time_zone"],
        net_terms_days=row["net_terms_days"],
        vanity_host=row["vanity_host"],
        sso_enabled=None if row["sso"] is None else bool(row["sso"]),
        parent=row["parent"],
        seats=seat_pools(db, row),
    )


def list_licences(db: Transaction, actor: Actor, account: str) -> Sequence[SeatPool]:
    """The seats of an account."""
    row = find_account(db, account)
    require_account_reader(db, actor, account)
    return seat_pools(db, row)


def list_domains(db: Transaction, actor: Actor, account: str) -> Sequence[Domain]:
    """The domains of an account; its owner's, unverified, where the file names none."""
    find_account(db, account)
    require_account_reader(db, actor, account)
    rows = db.all("SELECT * FROM domains WHERE account = ? ORDER BY name", account)
    return tuple(Domain(row["name"], bool(row["verified"]), row["policy"]) for row in rows)


def list_candidates(db: Transaction, actor: Actor, account: str, domain: str, cursor: str | None) -> Page[Person]:
    """People of a verified domain of the account who have an account of their own."""
    find_account(db, account)
    require_admin_or_bot(db, actor, account)
    name = domain.strip().casefold()
    if not db.value("SELECT verified FROM domains WHERE account = ? AND name = ?", account, name):
        raise Forbidden(f"{domain} is no verified domain of this account")
    rows = db.all(
        "SELECT people.email, people.key FROM people JOIN accounts ON accounts.id = people.account"
        " WHERE people.domain = ? AND people.key > ? AND accounts.kind = ? ORDER BY people.key LIMIT ?",
        name,
        after(cursor),
        AccountKind.INDIVIDUAL,
        PAGE_SIZE + 1,
    )
    return page([_person(db, account, row["email"]) for row in rows], [row["key"] for row in rows])


def list_members(
    db: Transaction, actor: Actor, account: str, cursor: str | None, *, external_only: bool
) -> Page[Member]:
    """Everybody on an account, by address: for its admins, and for its owner who is invited elsewhere (S30)."""
    find_account(db, account)
    if isinstance(actor, Invitee):
        require_source_owner(db, actor, account)
    else:
        require_admin_or_bot(db, actor, account)
    rows = db.all(
        "SELECT * FROM people WHERE account = ?1 AND key > ?2"
        " AND (NOT ?3 OR domain NOT IN (SELECT name FROM domains WHERE account = ?1)) ORDER BY key LIMIT ?4",
        account,
        after(cursor),
        external_only,
        PAGE_SIZE + 1,
    )
    domains = domains_of(db, account)
    return page([member_of(db, row, domains) for row in rows], [row["key"] for row in rows])


def lookup_user(db: Transaction, actor: Actor, account: str, email: str) -> Person:
    """Where somebody has their account now, seen from `account`."""
    find_account(db, account)
    if isinstance(actor, Invitee):
        invitation = held_invitation(db, actor)
        if (invitation["person"], invitation["account"]) != (address_key(email), account):
            raise Forbidden("an invitee may look up themselves")
    else:
        require_admin_or_bot(db, actor, account)
    return _person(db, account, email)


def _person(db: Transaction, account: str, email: str) -> Person:
    """A person as those who may invite see them: no amounts, and nothing of another organisation's account."""
    person = find_person(db, email)
    if person is None:
        return _stranger(db, account, email)
    own = find_account(db, person["account"]) if person["account"] else None
    home = _home(db, account, person["key"], own)
    known = Person(person["email"], home, person["name"], deliverable=bool(person["deliverable"]))
    if own is None or home is Home.OTHER_ORGANISATION:
        return known
    owns = own["owner"] == person["key"]
    others, external = _co_users(db, person, account) if owns and own["id"] != account else (None, None)
    return replace(
        known,
        account=own["id"],
        paid=is_paid(plan_status(db, own)),
        owns_account=owns,
        co_users=others,
        external_co_users=external,
        licence=Licence(person["licence"]),
    )


def _stranger(db: Transaction, account: str, email: str) -> Person:
    """Somebody the backend does not know, if that is an address at all (checked last: it takes longest)."""
    try:
        address = check_email(email.strip())
    except ValueError as error:
        raise InvalidEmail from error
    return Person(address, _home(db, account, address_key(address), None))


def _home(db: Transaction, account: str, key: str, own: Row | None) -> Home:
    if own and own["id"] == account:
        return Home.MEMBER_HERE
    if own and own["kind"] == AccountKind.ORGANISATION:
        return Home.OTHER_ORGANISATION
    invited = db.value(
        "SELECT 1 FROM invitations WHERE account = ? AND person = ? AND status = 'pending' AND expires_at > ?",
        account,
        key,
        stamp(db.now),
    )
    if invited:
        return Home.PENDING_HERE
    return Home.INDIVIDUAL if own else Home.NONE


def _co_users(db: Transaction, owner: Row, organisation: str) -> tuple[int, int]:
    """How many others are on the account that somebody owns, and how many of them the organisation calls external."""
    row = db.one(
        "SELECT count(*), count(*) FILTER (WHERE domain NOT IN (SELECT name FROM domains WHERE account = ?))"
        " FROM people WHERE account = ? AND key <> ?",
        organisation,
        owner["account"],
        owner["key"],
    )
    return (row[0], row[1]) if row else (0, 0)
