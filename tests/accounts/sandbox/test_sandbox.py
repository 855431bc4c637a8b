"""What is the sandbox's own: its files, its ledger, its faults."""

import asyncio
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.accounts.errors import RateLimited, Unavailable
from bot.accounts.port import AccountBackend
from bot.accounts.sandbox import DefinitionError, Faults, ForeignDatabase, SandboxBackend
from bot.accounts.sandbox.store import Store, Transaction, new_token
from bot.accounts.values import Admin, Call, Capability, Home, Invitee, InviteRequest
from bot.clock import ManualClock
from models.invitation import Licence
from models.join import SettlementKind
from tests.contract.worlds import NOW, world

ADAM = Call(Admin("acme", "adam@acme.example"), "test")
PETRA = "petra@acme.example"
TICKS = ("features_lost", "reports_saved")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime.fromisoformat(NOW))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "sandbox.db"


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def backend(path: Path, clock: ManualClock, faults: Faults) -> AsyncIterator[AccountBackend]:
    opened = await SandboxBackend.open(path, world(), clock, faults=faults)
    yield opened
    await opened.close()


async def petra_joins(backend: AccountBackend, settlement: SettlementKind) -> None:
    invitation = await backend.invite(ADAM, "acme", InviteRequest(PETRA, Licence.BASIC), "invite")
    petra = Call(Invitee(invitation.id), "test")
    quote = await backend.quote_proration(petra, "petra", "acme")
    await backend.accept_invitation(petra, invitation.id, settlement, quote.id, TICKS, "accept")


def make_something_else(path: Path, what: str) -> None:
    path.parent.mkdir()
    if what == "text":
        path.write_text("not a database, but long enough to be looked at as one" * 20)
    elif what == "folder":
        path.mkdir()
    else:
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE other (id)" if what == "other tables" else "PRAGMA user_version = 99")
        db.commit()
        db.close()


class TestLedger:
    """R16 to R18: what was written stays."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE ledger SET currency = 'USD'",
            "UPDATE settlements SET currency = 'USD'",
            "DELETE FROM ledger",
            "DELETE FROM settlements",
            "INSERT OR REPLACE INTO ledger SELECT * FROM ledger",
            "INSERT OR REPLACE INTO settlements SELECT * FROM settlements",
        ],
    )
    async def test_the_database_refuses_to_change_it(self, backend: AccountBackend, path: Path, statement: str) -> None:
        await petra_joins(backend, SettlementKind.CREDIT)
        db = sqlite3.connect(path)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)
        assert db.execute("SELECT kind, amount, currency FROM ledger").fetchall() == [("credit", 8994, "EUR")]
        assert db.execute("SELECT kind, whole, currency FROM settlements").fetchall() == [("credit", 8994, "EUR")]
        db.close()

    async def test_r16_one_settlement_whatever_was_chosen(self, backend: AccountBackend, path: Path) -> None:
        await petra_joins(backend, SettlementKind.CREDIT)
        db = sqlite3.connect(path)
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(
                "INSERT INTO settlements (invitation, kind, target, whole, currency, at)"
                " SELECT invitation, 'refund', target, whole, currency, at FROM settlements"
            )
        db.close()

    async def test_r16_one_refund_and_one_credit_at_most(self, backend: AccountBackend, path: Path) -> None:
        await petra_joins(backend, SettlementKind.CREDIT)
        db = sqlite3.connect(path)
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(
                "INSERT OR REPLACE INTO ledger (id, kind, invitation, account, amount, currency, at)"
                " SELECT 'other', kind, invitation, account, 1, currency, at FROM ledger"
            )
        db.close()

    async def test_it_survives_an_edited_file(self, backend: AccountBackend, path: Path, clock: ManualClock) -> None:
        await petra_joins(backend, SettlementKind.REFUND)
        edited = await SandboxBackend.open(path, world(petra=None), clock)
        db = sqlite3.connect(path)
        assert db.execute("SELECT kind, amount, currency, account FROM ledger").fetchall() == [
            ("refund", 8994, "EUR", "petra")
        ]
        db.close()
        await edited.close()


class TestOpening:
    async def test_in_memory(self, clock: ManualClock) -> None:
        one, two = [await SandboxBackend.open(None, world(), clock) for _ in range(2)]
        await petra_joins(one, SettlementKind.REFUND)
        assert (await one.lookup_user(ADAM, "acme", PETRA)).home is Home.MEMBER_HERE
        assert (await two.lookup_user(ADAM, "acme", PETRA)).home is Home.INDIVIDUAL
        await one.close()
        await two.close()

    async def test_a_wrong_file_changes_nothing(self, backend: AccountBackend, path: Path, clock: ManualClock) -> None:
        await petra_joins(backend, SettlementKind.REFUND)
        with pytest.raises(DefinitionError):
            await SandboxBackend.open(path, world(petra={"credit": -1}), clock)
        again = await SandboxBackend.open(path, world(), clock)
        assert (await again.lookup_user(ADAM, "acme", PETRA)).home is Home.MEMBER_HERE
        await again.close()

    async def test_relative_dates_stand_still_once_loaded(self, path: Path, clock: ManualClock) -> None:
        accounts = world(petra={"invoices": [{"number": "P-1", "total": 1, "due": "today"}]})
        first = await SandboxBackend.open(path, accounts, clock)
        clock.advance(datetime(2026, 7, 30, tzinfo=UTC) - clock.now())
        second = await SandboxBackend.open(path, accounts, clock)
        call = Call(Admin("petra", PETRA), "test")
        assert str((await second.list_invoices(call, "petra"))[0].due_on) == "2026-07-24"
        await first.close()
        await second.close()

    async def test_opened_by_several_at_once(self, path: Path, clock: ManualClock) -> None:
        backends = await asyncio.gather(*(SandboxBackend.open(path, world(), clock) for _ in range(4)))
        for backend in backends:
            assert (await backend.lookup_user(ADAM, "acme", PETRA)).paid
            await backend.close()

    @pytest.mark.parametrize("what", ["text", "other tables", "other version", "folder"])
    async def test_a_file_that_is_something_else(self, path: Path, clock: ManualClock, what: str) -> None:
        make_something_else(path, what)
        with pytest.raises(ForeignDatabase, match=str(path)):
            await SandboxBackend.open(path, world(), clock)

    async def test_after_closing(self, path: Path, clock: ManualClock) -> None:
        backend = await SandboxBackend.open(path, world(), clock)
        await backend.close()
        await backend.close()
        with pytest.raises(Unavailable) as refused:
            await backend.get_account(ADAM, "acme")
        assert not refused.value.retryable


KILLED_IN_THE_MIDDLE = """
import asyncio, os, signal, sys
from pathlib import Path
from bot.accounts.sandbox.store import Store, new_token
from bot.clock import SystemClock

def work(db):
    db.insert("event_secret", only_row=1, secret="x")
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    store = await Store.open(Path(sys.argv[1]), SystemClock(), new_token)
    await store.write(work)

asyncio.run(main())
"""


class TestTransactions:
    """A process may be killed at any instruction: everything of a transaction is there, or nothing."""

    @pytest.fixture
    async def store(self, path: Path, clock: ManualClock) -> AsyncIterator[Store]:
        opened = await Store.open(path, clock, new_token)
        yield opened
        await opened.close()

    async def test_what_raises_leaves_nothing(self, store: Store) -> None:
        def half(db: Transaction) -> None:
            db.insert("event_secret", only_row=1, secret="x")
            raise RuntimeError("in the middle")

        with pytest.raises(RuntimeError, match="in the middle"):
            await store.write(half)
        assert await store.read(lambda db: db.value("SELECT count(*) FROM event_secret")) == 0

    async def test_a_process_that_is_killed_leaves_nothing(self, store: Store, path: Path) -> None:
        """In the middle of a transaction, with -9."""
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED_IN_THE_MIDDLE, str(path))
        assert await process.wait() == -signal.SIGKILL
        assert await store.write(lambda db: db.value("SELECT count(*) FROM event_secret")) == 0

    async def test_a_refusal_that_is_kept_leaves_what_it_wrote(self, store: Store) -> None:
        def refuse(db: Transaction) -> None:
            db.insert("event_secret", only_row=1, secret="x")
            raise LookupError("on purpose")

        with pytest.raises(LookupError):
            await store.write(refuse, keep=(LookupError,))
        assert await store.read(lambda db: db.value("SELECT count(*) FROM event_secret")) == 1

    async def test_whoever_stops_waiting_leaves_nothing_half_done(self, store: Store) -> None:
        started = asyncio.Event()
        loop = asyncio.get_running_loop()

        def write(db: Transaction) -> None:
            loop.call_soon_threadsafe(started.set)
            db.insert("event_secret", only_row=1, secret="x")

        task = asyncio.create_task(store.write(write))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await store.write(lambda db: db.value("SELECT count(*) FROM event_secret")) == 1

    async def test_a_full_disk_is_an_outage_and_leaves_nothing(self, store: Store) -> None:
        def fill(db: Transaction) -> None:
            db.run("PRAGMA max_page_count = 1")
            db.insert("event_secret", only_row=1, secret="x" * 10**7)

        with pytest.raises(Unavailable, match="full"):
            await store.write(fill)
        assert await store.read(lambda db: db.value("SELECT count(*) FROM event_secret")) == 0

    async def test_readers_cannot_write(self, store: Store) -> None:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await store.read(lambda db: db.insert("event_secret", only_row=1, secret="x"))


class TestFaults:
    async def test_an_outage(self, backend: AccountBackend, faults: Faults) -> None:
        faults.refuse_next(Capability.GET_ACCOUNT)
        with pytest.raises(Unavailable) as refused:
            await backend.get_account(ADAM, "acme")
        assert refused.value.retryable
        assert await backend.get_account(ADAM, "acme"), "once only"

    async def test_a_refusal_of_choice_for_one_operation(
        self, backend: AccountBackend, faults: Faults, clock: ManualClock
    ) -> None:
        faults.refuse_next(Capability.LOOKUP_USER, RateLimited(clock.now()))
        assert await backend.get_account(ADAM, "acme")
        with pytest.raises(RateLimited):
            await backend.lookup_user(ADAM, "acme", PETRA)

    async def test_a_refused_call_has_done_nothing(self, backend: AccountBackend, faults: Faults) -> None:
        faults.refuse_next(Capability.INVITE)
        with pytest.raises(Unavailable):
            await backend.invite(ADAM, "acme", InviteRequest(PETRA, Licence.BASIC), "k")
        assert (await backend.list_invitations(ADAM, "acme")).items == ()

    async def test_q22_an_answer_that_was_lost(self, backend: AccountBackend, faults: Faults) -> None:
        """The money has moved; the same key gives the first answer, and nothing moves twice."""
        invitation = await backend.invite(ADAM, "acme", InviteRequest(PETRA, Licence.BASIC), "invite")
        petra = Call(Invitee(invitation.id), "test")
        quote = await backend.quote_proration(petra, "petra", "acme")
        choice = SettlementKind.CREDIT
        faults.time_out_next(Capability.ACCEPT_INVITATION)
        with pytest.raises(Unavailable):
            await backend.accept_invitation(petra, invitation.id, choice, quote.id, TICKS, "accept")
        (credit,) = await backend.list_credits(ADAM, "acme")
        join = await backend.accept_invitation(petra, invitation.id, choice, quote.id, TICKS, "accept")
        assert join.credit_id == credit.id
        assert await backend.list_credits(ADAM, "acme") == (credit,)

    async def test_several_wait_in_line(self, path: Path, clock: ManualClock) -> None:
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        faults = Faults(sleep)
        backend = await SandboxBackend.open(path, world(), clock, faults=faults)
        faults.delay_next(Capability.GET_ACCOUNT, 2.5)
        faults.refuse_next(Capability.GET_ACCOUNT)
        faults.refuse_next(Capability.GET_ACCOUNT)
        assert await backend.get_account(ADAM, "acme")
        assert slept == [2.5]
        with pytest.raises(Unavailable):
            await backend.get_account(ADAM, "acme")
        faults.clear()
        assert await backend.get_account(ADAM, "acme")
        await backend.close()
