"""Who is on an account: moving there, being removed, licences and rooms (S17, S30, S31, S33, S40)."""

from collections.abc import Sequence

from bot.accounts.errors import (
    CannotRemoveAdmin,
    CannotRemoveOwner,
    ConflictingPlanFields,
    InvitationPending,
    ManagedDomain,
    NoSeatAvailable,
    NotAMember,
    RoomNotFound,
    TransferTargetInvalid,
)
from bot.accounts.sandbox.access import require_account_manager, require_admin
from bot.accounts.sandbox.changes import conflicts
from bot.accounts.sandbox.definition import AccountKind, ExternalUsers
from bot.accounts.sandbox.records import domains_of, find_account, find_person, member_of
from bot.accounts.sandbox.seats import require_seat, seat_pools
from bot.accounts.sandbox.store import Row, Transaction, stamp
from bot.accounts.values import Actor, Collection, Member, PlanStatus, RemovalMode, Role
from models.invitation import Licence, address_key


def move_in(db: Transaction, person: Row, organisation: Row, licence: Licence) -> None:
    """Put somebody on an organisation account: their locked settings follow it (S39), add-ons stay behind (S40)."""
    for conflict in conflicts(db, person, organisation):
        db.run(
            "UPDATE settings SET value = ? WHERE person = ? AND name = ?",
            conflict.theirs,
            person["key"],
            conflict.setting,
        )
    db.run("DELETE FROM add_ons WHERE person = ?", person["key"])
    db.run(
        "UPDATE people SET account = ?, role = ?, licence = ? WHERE key = ?",
        organisation["id"],
        Role.MEMBER,
        licence,
        person["key"],
    )


def remove_room(db: Transaction, actor: Actor, source: str, room: str) -> None:
    """Remove a room from an account (S33)."""
    find_account(db, source)
    require_account_manager(db, actor, source)
    if not db.run("DELETE FROM rooms WHERE account = ? AND id = ?", source, room):
        raise RoomNotFound(room)


def remove_member(
    db: Transaction, actor: Actor, account: str, member: str, mode: RemovalMode, transfer_to: str | None
) -> None:
    """Unlink somebody, which leaves them a free account of their own, or delete them (S31)."""
    find_account(db, account)
    require_account_manager(db, actor, account)
    person = _member(db, account, member)
    if person["role"] == Role.OWNER:
        raise CannotRemoveOwner
    if person["role"] == Role.ADMIN:
        raise CannotRemoveAdmin
    heir = _heir(db, account, person, transfer_to)
    if heir is not None:
        db.run("UPDATE meetings SET person = ? WHERE person = ?", heir["key"], person["key"])
    db.run("DELETE FROM add_ons WHERE person = ?", person["key"])
    if mode is RemovalMode.DELETE:
        _delete(db, person)
    elif _managed(db, account, person):
        raise ManagedDomain(person["domain"])
    else:
        _set_free(db, person)


def assign_licence(
    db: Transaction, actor: Actor, account: str, member: str, licence: Licence, add_ons: Sequence[str]
) -> Member:
    """Give a member a licence, and add-ons beside those they have (S17, S40)."""
    organisation = find_account(db, account)
    require_admin(db, actor, account)
    person = _member(db, account, member)
    if add_ons and licence is not Licence.LICENSED:
        raise ConflictingPlanFields("add-ons need a licensed seat")
    if person["licence"] != licence:
        require_seat(db, organisation, licence)
        db.run("UPDATE people SET licence = ? WHERE key = ?", licence, person["key"])
    if licence is not Licence.LICENSED:
        db.run("DELETE FROM add_ons WHERE person = ?", person["key"])
    for code in dict.fromkeys(add_ons):
        _give_add_on(db, organisation, person, code)
    changed = db.row("SELECT * FROM people WHERE key = ?", person["key"])
    return member_of(db, changed, domains_of(db, account))


def _give_add_on(db: Transaction, organisation: Row, person: Row, code: str) -> None:
    if db.value("SELECT 1 FROM add_ons WHERE person = ? AND code = ?", person["key"], code):
        return
    if code not in {pool.licence for pool in seat_pools(db, organisation)} - {Licence.LICENSED}:
        raise NoSeatAvailable(code)
    require_seat(db, organisation, code)
    db.insert("add_ons", person=person["key"], code=code, name=code.title(), capacity=None)


def _member(db: Transaction, account: str, member: str) -> Row:
    """Somebody on the account, by id or address.

    Raises:
        InvitationPending, NotAMember.
    """
    key = address_key(member)
    person = db.one("SELECT * FROM people WHERE account = ? AND (id = ? OR key = ?)", account, member, key)
    if person is not None:
        return person
    invited = db.value(
        "SELECT 1 FROM invitations WHERE account = ? AND status = 'pending' AND expires_at > ?"
        " AND (person = ? OR person = (SELECT key FROM people WHERE id = ?))",
        account,
        stamp(db.now),
        key,
        member,
    )
    raise InvitationPending if invited else NotAMember


def _heir(db: Transaction, account: str, person: Row, transfer_to: str | None) -> Row | None:
    """Whoever gets the data: somebody else on the same account."""
    if transfer_to is None:
        return None
    heir = find_person(db, transfer_to) or db.one("SELECT * FROM people WHERE id = ?", transfer_to)
    if heir is None or heir["account"] != account or heir["key"] == person["key"]:
        raise TransferTargetInvalid
    return heir


def _managed(db: Transaction, account: str, person: Row) -> bool:
    """Whether the account manages the person's domain, so that the address cannot leave it."""
    return bool(
        db.value(
            "SELECT 1 FROM domains WHERE account = ? AND name = ? AND verified AND policy = 'manage'",
            account,
            person["domain"],
        )
    )


def _delete(db: Transaction, person: Row) -> None:
    for table in ("settings", "meetings"):
        db.run(f"DELETE FROM {table} WHERE person = ?", person["key"])  # noqa: S608 (a name from the line above)
    db.run("DELETE FROM people WHERE key = ?", person["key"])


def _set_free(db: Transaction, person: Row) -> None:
    """A free account of one's own."""
    left = find_account(db, person["account"])
    own = db.new_id("account")
    db.insert(
        "accounts",
        id=own,
        kind=AccountKind.INDIVIDUAL,
        name=person["name"],
        owner=person["key"],
        owner_email=person["email"],
        plan_code="free",
        plan_name="Free",
        plan_status=PlanStatus.FREE,
        features="[]",
        collection=Collection.NONE,
        currency=left["currency"],
        time_zone=left["time_zone"],
        external_users=ExternalUsers.WARN,
        blocked_domains="[]",
    )
    db.insert("domains", account=own, name=person["domain"], verified=False, policy="none")
    db.run(
        "UPDATE people SET account = ?, role = ?, licence = ? WHERE key = ?",
        own,
        Role.OWNER,
        Licence.BASIC,
        person["key"],
    )
