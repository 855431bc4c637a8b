"""Seats of licences and add-ons: bought, used, and reserved by open invitations, each person once (F16)."""

from bot.accounts.errors import NoSeatAvailable
from bot.accounts.sandbox.definition import AccountKind
from bot.accounts.sandbox.store import Row, Transaction, stamp
from bot.accounts.values import SeatPool
from models.invitation import Licence


def seat_pools(db: Transaction, account: Row) -> tuple[SeatPool, ...]:
    """The pools of an account, that of its licence first.

    An organisation account without seats in the file has just those that its people use.
    """
    bought = {row["code"]: row for row in db.all("SELECT * FROM seats WHERE account = ? ORDER BY code", account["id"])}
    pools = []
    licensed = bought.pop(Licence.LICENSED, None)
    if licensed or account["kind"] == AccountKind.ORGANISATION:
        used = _licensed_people(db, account["id"]) + (licensed["used_elsewhere"] if licensed else 0)
        total = licensed["bought"] if licensed else used
        pools.append(SeatPool(Licence.LICENSED, total, used, _reserved(db, account["id"])))
    for code, row in bought.items():
        pools.append(SeatPool(code, row["bought"], _add_on_users(db, account["id"], code) + row["used_elsewhere"], 0))
    return tuple(pools)


def require_seat(db: Transaction, account: Row, code: str) -> None:
    """A seat that is neither used nor reserved. A licence that takes no seat needs none.

    Raises:
        NoSeatAvailable: none is left, or none of this kind was ever bought.
    """
    if code in (Licence.BASIC, Licence.NONE):
        return
    if not any(pool.left for pool in seat_pools(db, account) if pool.licence == code):
        raise NoSeatAvailable(code)


def require_reserved_seat(db: Transaction, account: Row, licence: Licence) -> None:
    """The seat that an open invitation holds; missing only where the accounts file took seats away.

    Raises:
        NoSeatAvailable: more seats are used and reserved than were bought.
    """
    if licence is not Licence.LICENSED:
        return
    if not any(pool.used < pool.bought for pool in seat_pools(db, account) if pool.licence == licence):
        raise NoSeatAvailable(licence)


def _licensed_people(db: Transaction, account: str) -> int:
    return int(db.value("SELECT count(*) FROM people WHERE account = ? AND licence = 'licensed'", account))


def _reserved(db: Transaction, account: str) -> int:
    """One pending invitation of an account to a person is all that the database allows, so each counts once."""
    return int(
        db.value(
            "SELECT count(*) FROM invitations"
            " WHERE account = ? AND status = 'pending' AND licence = 'licensed' AND expires_at > ?",
            account,
            stamp(db.now),
        )
    )


def _add_on_users(db: Transaction, account: str, code: str) -> int:
    return int(
        db.value(
            "SELECT count(*) FROM people JOIN add_ons ON add_ons.person = people.key"
            " WHERE people.account = ? AND add_ons.code = ?",
            account,
            code,
        )
    )
