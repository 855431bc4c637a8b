"""What joining changes for one person: licence, data, settings, meetings, reports (F3; S16, S38 to S46)."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.accounts.errors import Forbidden, UserNotFound
from bot.accounts.sandbox.access import held_invitation, require_admin, require_self
from bot.accounts.sandbox.loading import switches
from bot.accounts.sandbox.records import add_ons_of, features_of, find_account, find_person
from bot.accounts.sandbox.store import Row, Transaction, stamp
from bot.accounts.values import Actor, Admin, DataKind, Impact, Invitee, Meeting, ReportExport, SettingConflict
from models.invitation import Licence

MOVES = (
    DataKind.PROFILE,
    DataKind.MEETINGS,
    DataKind.RECORDINGS,
    DataKind.CHAT,
    DataKind.CONTACTS,
    DataKind.SETTINGS,
)
STAYS = (DataKind.PERSONAL_CONTACTS, DataKind.ADD_ONS, DataKind.REPORTS, DataKind.CHAT_BEFORE_JOINING)


def preview_impact(db: Transaction, actor: Actor, email: str, target: str, licence: Licence) -> Impact:
    """All of it for the person themselves; for an admin only what follows from the licence (F11)."""
    organisation = find_account(db, target)
    if isinstance(actor, Admin):
        require_admin(db, actor, target)
    else:
        require_self(db, actor, email)
        _require_invited_to(db, actor, target)
    person = _known(db, email)
    if isinstance(actor, Admin):
        return _of_licence(db, person, organisation, licence)
    return impact(db, person, organisation, licence)


def impact(db: Transaction, person: Row, organisation: Row, licence: Licence) -> Impact:
    """Everything that joining `organisation` with `licence` changes for somebody."""
    of_licence = _of_licence(db, person, organisation, licence)
    now, after = _host_of_person(db, person), _host(db, organisation)
    upcoming = db.value("SELECT count(*) FROM meetings WHERE person = ? AND start > ?", person["key"], stamp(db.now))
    return Impact(
        licence_now=of_licence.licence_now,
        licence_after=licence,
        features_lost=of_licence.features_lost,
        add_ons_lost=of_licence.add_ons_lost,
        settings_conflicts=conflicts(db, person, organisation),
        moves=MOVES,
        stays=STAYS,
        reports_url=f"https://{now}/account/reports" if person["account"] else None,
        vanity_now=now,
        vanity_after=after,
        meetings_affected=upcoming if now != after else 0,
        leaving=organisation["leaving"],
    )


def conflicts(db: Transaction, person: Row, organisation: Row) -> tuple[SettingConflict, ...]:
    """Settings that the organisation locks to another value than the person's (S39)."""
    rows = db.all(
        "SELECT settings.name, settings.value AS yours, theirs.value AS theirs, theirs.locked_by"
        " FROM settings JOIN account_settings AS theirs ON theirs.account = ? AND theirs.name = settings.name"
        " WHERE settings.person = ? AND theirs.locked_by IS NOT NULL AND theirs.value <> settings.value"
        " ORDER BY settings.name",
        organisation["id"],
        person["key"],
    )
    return tuple(SettingConflict(row["name"], row["yours"], row["theirs"], row["locked_by"]) for row in rows)


def list_upcoming_meetings(
    db: Transaction, actor: Actor, email: str, target: str, until: datetime
) -> Sequence[Meeting]:
    """The person's meetings before `until`, with the link before and after joining; also once they have joined."""
    organisation = find_account(db, target)
    require_self(db, actor, email)
    _require_invited_to(db, actor, target)
    person = _known(db, email)
    now, after = _host_of_person(db, person), _host(db, organisation)
    rows = db.all(
        "SELECT * FROM meetings WHERE person = ? AND start > ? AND start <= ? ORDER BY start, id",
        person["key"],
        stamp(db.now),
        stamp(until),
    )
    return tuple(_meeting(row, now, after) for row in rows)


def export_report(db: Transaction, actor: Actor, email: str, kind: str, start: date, end: date) -> ReportExport:
    """Make a report ready for download (S41); this backend is never slow about it."""
    require_self(db, actor, email)
    held_invitation(db, actor)
    person = _known(db, email)
    identifier = db.new_id("report")
    db.insert(
        "reports",
        id=identifier,
        person=person["key"],
        kind=kind,
        first_day=start.isoformat(),
        last_day=end.isoformat(),
        at=db.now,
    )
    return ReportExport(
        identifier, f"https://{_host_of_person(db, person)}/account/reports/{identifier}.csv", ready=True
    )


def _known(db: Transaction, email: str) -> Row:
    person = find_person(db, email)
    if person is None:
        raise UserNotFound
    return person


def _require_invited_to(db: Transaction, actor: Actor, target: str) -> None:
    """An invitee compares with the account they are invited to, and with no other."""
    if isinstance(actor, Invitee) and held_invitation(db, actor)["account"] != target:
        raise Forbidden("the invitation is to another account")


def _of_licence(db: Transaction, person: Row, organisation: Row, licence: Licence) -> Impact:
    """What follows from the licence alone: features and add-ons (S16, S40)."""
    licence_now = Licence(person["licence"])
    own = find_account(db, person["account"]) if person["account"] else None
    now = features_of(own) if own and licence_now is Licence.LICENSED else ()
    after = features_of(organisation) if licence is Licence.LICENSED else ()
    return Impact(
        licence_now=licence_now,
        licence_after=licence,
        features_lost=tuple(feature for feature in now if feature not in after),
        add_ons_lost=add_ons_of(db, person),
    )


def _host_of_person(db: Transaction, person: Row) -> str:
    own = find_account(db, person["account"]) if person["account"] else None
    return _host(db, own) if own else switches(db).default_host


def _host(db: Transaction, account: Row) -> str:
    """The host in join links: the account's own, or everybody's."""
    return str(account["vanity_host"] or switches(db).default_host)


def _meeting(row: Row, host_now: str, host_after: str) -> Meeting:
    return Meeting(
        id=row["id"],
        topic=row["topic"],
        start=datetime.fromisoformat(row["start"]),
        kind=row["kind"],
        join_url_now=f"https://{host_now}/j/{row['id']}",
        join_url_after=f"https://{host_after}/j/{row['id']}",
        has_registrants=bool(row["registrants"]),
    )
