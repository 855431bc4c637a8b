"""What would happen to each person who was entered, before anything is sent. Asks; sends nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot.accounts import errors
from bot.accounts.values import Call, Home, Person
from bot.addresses import Entry, read_address, tidied
from bot.drafts import Entrant, Kind
from bot.reaching import reach_of
from bot.services import Services
from bot.slack.client import SlackError, SlackRefused
from bot.slack.directory import Directory
from models.invitation import Reach, address_key
from models.workspace import Workspace

log = structlog.get_logger()

# So many questions to the account backend, or to Slack, at a time.
AT_A_TIME = 8


async def look_at(services: Services, workspace: Workspace, call: Call, entries: Sequence[Entry]) -> list[Entrant]:
    """Each entry with what is known of the person, in the order they were entered."""
    entrants = await _looked_up_once_each(services, call, entries)
    return _with_reach(services.people, workspace, _with_owners(entrants))


async def _looked_up_once_each(services: Services, call: Call, entries: Sequence[Entry]) -> list[Entrant]:
    found = await find_mentioned(services.people, entries)
    gate = asyncio.Semaphore(AT_A_TIME)
    looked_up: dict[str, asyncio.Task[Entrant]] = {}
    entrants: list[Entrant | asyncio.Task[Entrant]] = []
    async with asyncio.TaskGroup() as lookups:
        for entry in found:
            if isinstance(entry, Entrant):
                entrants.append(entry)
            elif entry.address is None:
                entrants.append(Entrant(entry.unreadable or "", Kind.UNREADABLE, name=entry.name))
            elif (key := address_key(entry.address)) in looked_up:
                entrants.append(Entrant(entry.address, Kind.DUPLICATE, entry.address, entry.name))
            else:
                looked_up[key] = lookups.create_task(_looked_up(services, call, entry, gate))
                entrants.append(looked_up[key])
    return [entrant if isinstance(entrant, Entrant) else entrant.result() for entrant in entrants]


def _with_owners(entrants: Sequence[Entrant]) -> list[Entrant]:
    """The entrants, those on somebody's account with its owner, where that is one of them; who then comes first."""
    owners = {one.account: one for one in entrants if one.kind is Kind.OWNER_WITH_CO_USERS and one.account}
    return [
        replace(one, owner=owners[one.account].name or owners[one.account].shown)
        if one.kind is Kind.CO_USER and one.account in owners
        else one
        for one in entrants
    ]


def _with_reach(people: Directory, workspace: Workspace, entrants: Sequence[Entrant]) -> list[Entrant]:
    """The entrants, with those marked who cannot be written to as far as is known; Slack is not asked for that."""
    known = people.remembered_with([one.address for one in entrants if one.address])

    def cannot_be_written_to(entrant: Entrant) -> bool:
        person = known.get(address_key(entrant.address or ""))
        return person is not None and reach_of(person, workspace) is not Reach.REACHED

    return [replace(one, by_mail_only=cannot_be_written_to(one)) for one in entrants]


async def find_mentioned(people: Directory, entries: Sequence[Entry]) -> list[Entry | Entrant]:
    """The entries, those mentioned with their name and address in Slack; an `Entrant` where that leads nowhere."""
    gate = asyncio.Semaphore(AT_A_TIME)

    async def find(entry: Entry) -> Entry | Entrant:
        if entry.slack_user is None:
            return entry
        async with gate:
            return await _mentioned(people, entry.slack_user)

    return await asyncio.gather(*map(find, entries))


async def _mentioned(people: Directory, user_id: str) -> Entry | Entrant:
    mention = f"<@{user_id}>"
    try:
        person = await people.person(user_id)
    except SlackRefused:
        return Entrant(mention, Kind.NOT_A_PERSON, slack_user=user_id)
    except SlackError as error:
        log.warning("mention_not_looked_up", why=str(error))
        return Entrant(mention, Kind.SLACK_SILENT, slack_user=user_id)
    if not person.active:
        return Entrant(mention, Kind.NOT_A_PERSON, slack_user=user_id)
    address = read_address(person.email or "").address
    if address is None:
        return Entrant(mention, Kind.NO_ADDRESS_IN_SLACK, slack_user=user_id)
    return Entry(address, tidied(person.name), user_id)


async def _looked_up(services: Services, call: Call, entry: Entry, gate: asyncio.Semaphore) -> Entrant:
    address = entry.address or ""
    try:
        async with gate:
            person = await services.accounts.lookup_user(call, services.organisation, address)
    except errors.InvalidEmail:
        return Entrant(address, Kind.UNREADABLE, name=entry.name)
    except errors.AccountError as error:
        log.warning("person_not_looked_up", code=error.code)
        return Entrant(address, Kind.NOT_CHECKED, address, entry.name, entry.slack_user)
    return Entrant(
        address,
        kind_of(person),
        address,
        entry.name or person.name,
        entry.slack_user,
        person.co_users or 0,
        person.external_co_users or 0,
        person.account,
    )


def kind_of(person: Person) -> Kind:
    """What a person is, seen from the organisation account (S02)."""
    if person.home is Home.MEMBER_HERE:
        return Kind.ALREADY_MEMBER
    if person.home is Home.PENDING_HERE:
        return Kind.ALREADY_INVITED
    if person.home is Home.OTHER_ORGANISATION:
        return Kind.OTHER_ORGANISATION
    if person.deliverable is False:
        return Kind.NOT_DELIVERABLE
    if person.home is Home.INDIVIDUAL:
        return _kind_of_individual(person)
    return Kind.NEW if person.home is Home.NONE else Kind.UNKNOWN_HOME


def _kind_of_individual(person: Person) -> Kind:
    if person.owns_account and person.co_users:
        return Kind.OWNER_WITH_CO_USERS
    if person.owns_account is False:
        return Kind.CO_USER
    return Kind.INDIVIDUAL_PAID if person.paid else Kind.INDIVIDUAL_FREE
