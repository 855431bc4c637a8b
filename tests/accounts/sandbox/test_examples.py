"""The accounts files that ship: the demo's, and the examples of the documentation."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import bot.sandbox
from bot.accounts.errors import BlockersPresent, NothingToQuote
from bot.accounts.sandbox import SandboxBackend, read_definition
from bot.accounts.sandbox.definition import (
    AccountPart,
    AddOnPart,
    Definition,
    DomainPart,
    InvoicePart,
    LinePart,
    MeetingPart,
    Part,
    PersonPart,
    PlanPart,
    PoliciesPart,
    ResellerPart,
    RoomPart,
    SeatsPart,
    SettingPart,
    SubscriptionPart,
    SwitchesPart,
)
from bot.accounts.values import Admin, Call, Collection, Home, Invitee, InviteRequest, Quote
from bot.clock import ManualClock
from models.invitation import Licence
from models.join import SettlementKind

DEMO = (Path(bot.sandbox.__file__).parent / "demo" / "accounts.yaml").read_text(encoding="utf-8")
PAGE = (Path(__file__).parents[3] / "docs" / "sandbox-accounts.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
PARTS: list[type[Part]] = [
    AccountPart,
    AddOnPart,
    Definition,
    DomainPart,
    InvoicePart,
    LinePart,
    MeetingPart,
    PersonPart,
    PlanPart,
    PoliciesPart,
    ResellerPart,
    RoomPart,
    SeatsPart,
    SettingPart,
    SubscriptionPart,
    SwitchesPart,
]

NOW = datetime(2026, 7, 24, 12, tzinfo=UTC)
ADAM = Call(Admin("acme", "adam@acme.example"), "test")


class TestDocumentation:
    @pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
    async def test_every_example_loads(self, example: str) -> None:
        backend = await SandboxBackend.open(None, example, ManualClock(NOW))
        owner = Call(Admin("example", "ann@example.example"), "test")
        assert (await backend.get_account(owner, "example")).plan.paid
        await backend.close()

    def test_there_are_examples(self) -> None:
        assert len(EXAMPLES) >= 5

    @pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
    def test_every_field_is_explained(self, part: type[Part]) -> None:
        assert [field for field in part.model_fields if not re.search(rf"\b{field}\b", PAGE)] == []

    def test_every_part_is_looked_at(self) -> None:
        assert set(PARTS) == set(Part.__subclasses__())

    def test_its_defaults_are_those_of_the_code(self) -> None:
        for field, shown in re.findall(
            r"^\| `(\w+)` \|.*\| `([\w.]+)` \|$", PAGE.split("## Switches")[1], re.MULTILINE
        ):
            default = SwitchesPart.model_fields[field].default
            written = (
                {True: "yes", False: "no"}.get(default, str(default)) if isinstance(default, bool) else str(default)
            )
            assert written == shown


@pytest.mark.parametrize("day", [NOW, datetime(2028, 2, 29, 23, 30, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC)])
class TestDemo:
    """On any day, leap days and clock changes too."""

    async def quotes(self, day: datetime) -> dict[str, Quote | str]:
        backend = await SandboxBackend.open(None, DEMO, ManualClock(day))
        quotes: dict[str, Quote | str] = {}
        for name, account in read_definition(DEMO, day).accounts.items():
            person = await backend.lookup_user(ADAM, "acme", account.owner.email)
            if person.home is not Home.INDIVIDUAL:
                continue
            invitation = await backend.invite(ADAM, "acme", InviteRequest(person.email, Licence.BASIC), name)
            call = Call(Invitee(invitation.id), "test")
            try:
                quotes[name] = await backend.quote_proration(call, name, "acme")
            except (NothingToQuote, BlockersPresent) as refused:
                quotes[name] = refused.code
        await backend.close()
        return quotes

    async def test_w1_petra_always_gets_the_same(self, day: datetime) -> None:
        petra = (await self.quotes(day))["petra"]
        assert isinstance(petra, Quote)
        assert (petra.whole.minor, petra.tax.minor) == (8994, 1561)

    async def test_w8_tomas_always_gets_the_same(self, day: datetime) -> None:
        tomas = (await self.quotes(day))["tomas"]
        assert isinstance(tomas, Quote)
        assert (tomas.whole.minor, tomas.tax.minor) == (7692, 1336)

    async def test_everybody_is_in_another_situation(self, day: datetime) -> None:
        quotes = await self.quotes(day)
        refused = {name: quote for name, quote in quotes.items() if isinstance(quote, str)}
        assert refused == {
            "frank": "NothingToQuote",
            "tina": "NothingToQuote",
            "ivan": "BlockersPresent",
            "paul": "BlockersPresent",
        }
        options = {name: quote.options for name, quote in quotes.items() if isinstance(quote, Quote)}
        assert options["aisha"] == {SettlementKind.CREDIT}
        assert options["yuki"] == {SettlementKind.REFUND}
        for name in ("petra", "tomas", "oscar", "rosa", "carla", "nils", "greta"):
            assert options[name] == {SettlementKind.REFUND, SettlementKind.CREDIT}

    async def test_the_organisations(self, day: datetime) -> None:
        backend = await SandboxBackend.open(None, DEMO, ManualClock(day))
        acme = await backend.get_account(ADAM, "acme")
        assert (acme.collection, acme.seats[0].left) == (Collection.AUTOPAY, 16)
        nora = Call(Admin("globex", "nora@globex.example"), "test")
        globex = await backend.get_account(nora, "globex")
        assert (globex.collection, globex.net_terms_days) == (Collection.NET_TERMS, 30)
        assert len(await backend.list_invoices(nora, "globex")) == 3
        assert (await backend.list_credits(nora, "globex"))[0].remaining.minor == 25000
        await backend.close()

    async def test_every_meeting_is_still_to_come(self, day: datetime) -> None:
        backend = await SandboxBackend.open(None, DEMO, ManualClock(day))
        invitation = await backend.invite(ADAM, "acme", InviteRequest("tomas@acme.example", Licence.BASIC), "k")
        call = Call(Invitee(invitation.id), "test")
        until = day + timedelta(days=60)
        assert len(await backend.list_upcoming_meetings(call, "tomas@acme.example", "acme", until)) == 4
        await backend.close()
