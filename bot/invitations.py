"""What admins do: prepare, send, list, look up, revoke, resend. Each verb is one function."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy
import structlog
from sqlalchemy import bindparam, func, update
from sqlmodel import col, select

from bot import refusals, telling
from bot.accounts import errors
from bot.accounts.values import Home
from bot.addresses import Entry, read_entries, written
from bot.audit import By, Deed, record
from bot.authority import Inviter, require_inviter
from bot.database import Transaction, insert_into
from bot.drafts import Draft, Entrant, Kind, Resent, Sent, Waiting, WaitingList
from bot.effects import Wanted, enqueue
from bot.following import catch_up
from bot.joining import resume
from bot.lifecycle import StatusMoved, change_status, deed
from bot.preview import look_at
from bot.services import Services
from bot.slack.client import SlackError
from models.audit import Action
from models.batch import Batch, BatchStatus
from models.effect import EffectKind
from models.invitation import OPEN, REVOCABLE, Invitation, InvitationStatus, Licence, Reach, address_key
from models.workspace import Workspace

log = structlog.get_logger()

PAGE = 25


async def prepare(
    services: Services, workspace: Workspace, by: By, text: str, licence: Licence, note: str | None
) -> Draft:
    """Read what was entered, ask the account backend about each person, and keep it as a draft.

    Raises:
        Refusal: the admin may not invite, or there is nobody to invite in the text.
    """
    inviter = await require_inviter(services, workspace, by)
    entrants = await look_at(services, workspace, services.call(inviter.actor), read_entries(text))
    batch = Batch(
        id=services.new_id(),
        team_id=workspace.team_id,
        enterprise_id=workspace.enterprise_id,
        organisation=inviter.account.id,
        organisation_name=inviter.account.name,
        plan_name=inviter.account.plan.name,
        inviter=by.actor,
        inviter_email=inviter.email,
        licence=licence,
        note=(note or "").strip() or None,
        entered=text,
        created_at=services.clock.now(),
    )
    async with services.database.begin() as transaction:
        entrants = await _without_the_invited(transaction, inviter.account.id, entrants)
        batch.entries = [entrant.to_json() for entrant in entrants]
        transaction.session.add(batch)
    return Draft(batch, entrants, _seats_left(inviter, licence))


async def draft(services: Services, workspace: Workspace, by: By, batch_id: str) -> Batch:
    """The draft that an admin has before them, with what they entered.

    Raises:
        DraftGone, NotYourDraft.
    """
    async with services.database.read() as session:
        batch = await session.get(Batch, batch_id)
    if batch is None or batch.team_id != workspace.team_id:
        raise refusals.DraftGone
    if batch.inviter != by.actor:
        raise refusals.NotYourDraft
    return batch


async def send(services: Services, workspace: Workspace, by: By, batch_id: str) -> Sent:
    """Write the invitations of a draft; everything else follows from them. A second press writes nothing.

    Raises:
        Refusal: the admin may not invite any more, or the draft is not theirs.
    """
    batch = await draft(services, workspace, by, batch_id)
    await require_inviter(services, workspace, by, fresh=True)
    entrants = [entrant for entrant in map(Entrant.from_json, batch.entries) if entrant.is_invited]
    async with services.database.begin() as transaction:
        if not await _mark_sent(transaction, batch):
            return Sent(batch, len(entrants), again=True)
        written = await _write_invitations(transaction, services, batch, entrants)
        await record(transaction, workspace, by, [Deed(Action.SENT, row["id"]) for row in written])
        await enqueue(
            transaction,
            workspace,
            [
                *(Wanted(EffectKind.INVITE, f"invite:{row['id']}", transaction.now, row["id"]) for row in written),
                *telling.overviews(transaction, batch.id),
            ],
        )
    addresses = {row["address"] for row in written}
    overtaken = [entrant.shown for entrant in entrants if entrant.address not in addresses]
    return Sent(batch, len(written), overtaken)


async def pending(services: Services, workspace: Workspace, by: By) -> WaitingList:
    """Who has not answered yet (S12).

    Raises:
        Refusal: the person may not invite.
    """
    inviter = await require_inviter(services, workspace, by)
    return await waiting_list(services, workspace, inviter)


async def waiting_list(services: Services, workspace: Workspace, inviter: Inviter) -> WaitingList:
    """The same, for an admin who has been checked."""
    async with services.database.read() as session:
        connection = await session.connection()
        place = {"team_id": workspace.team_id, "organisation": inviter.account.id}
        rows = (await connection.execute(_OPEN_INVITATIONS, place)).all()
    return WaitingList(inviter.account.name, [Waiting(*row[:-1]) for row in rows], rows[0][-1] if rows else 0)


async def look_up(services: Services, workspace: Workspace, by: By, text: str, example: str) -> Invitation:
    """The newest invitation of an address, as it stands in the account backend too.

    Raises:
        Refusal: the person may not invite, no single address can be read, or nobody was invited by it.
    """
    inviter = await require_inviter(services, workspace, by)
    return await _caught_up(services, await _newest(services, workspace, inviter, text, example))


async def revoke(services: Services, workspace: Workspace, by: By, text: str, example: str) -> Invitation:
    """Take an open invitation back; it can no longer be answered from this moment on (F15).

    Raises:
        Refusal: as for `look_up`, or the invitation is no longer open to it.
    """
    inviter = await require_inviter(services, workspace, by, fresh=True)
    invitation = await _caught_up(services, await _newest(services, workspace, inviter, text, example))
    if invitation.status not in REVOCABLE:
        raise refusals.CannotRevoke(invitation)
    try:
        async with services.database.begin() as transaction:
            revoked = await change_status(
                transaction, invitation, InvitationStatus.REVOKED, by, deed(Action.REVOKED, invitation)
            )
            if revoked.backend_id is not None:
                tell_backend = Wanted(EffectKind.REVOKE, f"revoke:{revoked.id}", transaction.now, revoked.id)
                await enqueue(transaction, workspace, [tell_backend])
            return revoked
    except StatusMoved:
        return await revoke(services, workspace, by, text, example)


async def resend(
    services: Services, workspace: Workspace, by: By, text: str, example: str
) -> tuple[Invitation, Resent]:
    """Send an open invitation again; invite again somebody whose invitation has ended; resume a join that is stuck.

    Raises:
        Refusal: as for `look_up`, or there is nothing to send again.
    """
    inviter = await require_inviter(services, workspace, by, fresh=True)
    invitation = await _caught_up(services, await _newest(services, workspace, inviter, text, example))
    match invitation.status:
        case InvitationStatus.PENDING:
            await _send_again(services, workspace, by, invitation)
            return invitation, Resent.SENT_AGAIN
        case InvitationStatus.ACCEPTING:
            await _resume_join(services, workspace, by, invitation)
            return invitation, Resent.JOIN_RESUMED
        case InvitationStatus.SCHEDULED | InvitationStatus.JOINED:
            raise refusals.NothingToSend(invitation)
        case _:
            await _invite_again(services, workspace, by, invitation)
            return invitation, Resent.INVITED_AGAIN


async def _send_again(services: Services, workspace: Workspace, by: By, invitation: Invitation) -> None:
    async with services.database.begin() as transaction:
        await record(transaction, workspace, by, [deed(Action.RESENT, invitation)])
        again = Wanted(EffectKind.RESEND, f"resend:{invitation.id}", transaction.now, invitation.id)
        await enqueue(transaction, workspace, [again])


async def _resume_join(services: Services, workspace: Workspace, by: By, invitation: Invitation) -> None:
    async with services.database.begin() as transaction:
        if not await resume(transaction, invitation):
            raise refusals.NothingToSend(invitation)
        await record(transaction, workspace, by, [deed(Action.RESENT, invitation)])


async def _invite_again(services: Services, workspace: Workspace, by: By, invitation: Invitation) -> None:
    # A name with quotes in it could not be told from what stands around it.
    name = None if '"' in (invitation.name or "") else invitation.name
    who = written(Entry(invitation.address, name))
    draft_again = await prepare(services, workspace, by, who, invitation.licence, invitation.note)
    if not draft_again.may_be_sent:
        raise refusals.CannotInviteAgain(invitation.address, draft_again.entrants[0].kind)
    await send(services, workspace, by, draft_again.batch.id)


async def _newest(services: Services, workspace: Workspace, inviter: Inviter, text: str, example: str) -> Invitation:
    address = await _address_in(services, text, example)
    query = (
        select(Invitation)
        .where(
            Invitation.team_id == workspace.team_id,
            Invitation.organisation == services.organisation,
            Invitation.address_key == address_key(address),
        )
        .order_by(col(Invitation.created_at).desc())
        .limit(1)
    )
    async with services.database.read() as session:
        invitation = (await session.exec(query)).first()
    if invitation is None:
        raise await _why_none(services, inviter, address)
    return invitation


async def _why_none(services: Services, inviter: Inviter, address: str) -> refusals.Refusal:
    """What an admin hears of somebody who was not invited: they may be a member by another way (S30)."""
    try:
        person = await services.accounts.lookup_user(services.call(inviter.actor), inviter.account.id, address)
    except errors.AccountError as error:
        log.warning("person_not_looked_up", code=error.code)
        return refusals.NoSuchInvitation(address)
    if person.home is Home.MEMBER_HERE:
        return refusals.MemberWithoutInvitation(address, inviter.account.name)
    return refusals.NoSuchInvitation(address)


async def _caught_up(services: Services, invitation: Invitation) -> Invitation:
    """The invitation, with what has become of it in the account backend, as far as that answers."""
    if invitation.status is not InvitationStatus.PENDING:
        return invitation
    try:
        return await catch_up(services, invitation)
    except errors.AccountError as error:
        log.warning("not_caught_up", invitation=invitation.id, code=error.code)
        return invitation


async def _address_in(services: Services, text: str, example: str) -> str:
    """The one address that was given, plain, linked, or as a mention."""
    entries = read_entries(text)
    if len(entries) > 1 and any(entry.unreadable is None for entry in entries):
        raise refusals.OneAtATime(example)
    address = await _address_of(services, entries[0]) if len(entries) == 1 else None
    if address is None:
        raise refusals.NoReadableAddress(text, example)
    return address


async def _address_of(services: Services, entry: Entry) -> str | None:
    if entry.slack_user is None:
        return entry.address
    try:
        return (await services.people.person(entry.slack_user)).email
    except SlackError:
        return None


async def _without_the_invited(
    transaction: Transaction, organisation: str, entrants: Sequence[Entrant]
) -> list[Entrant]:
    """The entrants, with those marked whom we have invited already; the backend may not know of them yet."""
    keys = {address_key(entrant.address) for entrant in entrants if entrant.is_invited and entrant.address}
    query = select(Invitation.address_key).where(
        OPEN, Invitation.organisation == organisation, col(Invitation.address_key).in_(keys)
    )
    invited = set(await transaction.session.exec(query))
    return [
        replace(entrant, kind=Kind.ALREADY_INVITED)
        if entrant.is_invited and address_key(entrant.address or "") in invited
        else entrant
        for entrant in entrants
    ]


def _seats_left(inviter: Inviter, licence: Licence) -> int | None:
    return next((pool.left for pool in inviter.account.seats if pool.licence == licence), None)


async def _mark_sent(transaction: Transaction, batch: Batch) -> bool:
    result = await transaction.session.exec(
        update(Batch)
        .where(col(Batch.id) == batch.id, col(Batch.status) == BatchStatus.DRAFT)
        .values(status=BatchStatus.SENT, sent_at=transaction.now)
    )
    return result.rowcount == 1


async def _write_invitations(
    transaction: Transaction, services: Services, batch: Batch, entrants: Sequence[Entrant]
) -> list[dict[str, Any]]:
    """Write the invitations and return the rows written; an address that is invited already is left out."""
    if not entrants:
        return []
    rows: list[dict[str, Any]] = [
        {
            "id": services.new_id(),
            "team_id": batch.team_id,
            "enterprise_id": batch.enterprise_id,
            "batch_id": batch.id,
            "position": position,
            "organisation": batch.organisation,
            "address": entrant.address,
            "address_key": address_key(entrant.address or ""),
            "name": entrant.name,
            "licence": batch.licence,
            "note": batch.note,
            "inviter": batch.inviter,
            "invitee": entrant.slack_user,
            "reach": Reach.UNKNOWN,
            "status": InvitationStatus.SCHEDULED,
            "created_at": transaction.now,
            "sendings": 1,
            "reminders_sent": 0,
            "version": 0,
        }
        for position, entrant in enumerate(entrants)
    ]
    # In the order of what is unique, so that two admins who invite the same people never wait for each other.
    rows.sort(key=lambda row: row["address_key"])
    statement = (
        insert_into(transaction.session, Invitation)
        .on_conflict_do_nothing(
            index_elements=[col(Invitation.organisation), col(Invitation.address_key)], index_where=OPEN
        )
        .returning(col(Invitation.id))
    )
    connection = await transaction.session.connection()
    written = set((await connection.execute(statement, rows)).scalars())
    return [row for row in rows if row["id"] in written]


_OPEN_INVITATIONS = (
    sqlalchemy.select(
        col(Invitation.id),
        col(Invitation.address),
        col(Invitation.name),
        col(Invitation.status),
        col(Invitation.reach),
        col(Invitation.created_at),
        col(Invitation.expires_at),
        col(Invitation.reminders_sent),
        func.count().over(),
    )
    .where(
        OPEN,
        col(Invitation.team_id) == bindparam("team_id"),
        col(Invitation.organisation) == bindparam("organisation"),
    )
    .order_by(col(Invitation.created_at), col(Invitation.address_key))
    .limit(PAGE)
)
