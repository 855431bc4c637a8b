"""Reaching the invitee in Slack: how they are found, when they are written to, and what is noted if they cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from bot import telling
from bot.audit import SYSTEM, By, record
from bot.authority import is_stranger
from bot.database import Transaction
from bot.effects import Aftermath, Due, Hopeless, Wanted, enqueue
from bot.errands import InvitationEffect
from bot.lifecycle import deed, is_overdue, workspace_of
from bot.slack.client import SlackRefused
from bot.slack.directory import SlackPerson
from models.audit import Action, Source
from models.effect import EffectKind
from models.invitation import Invitation, InvitationStatus, Reach, address_key
from models.post import Notice
from models.workspace import Workspace

BOT = By(SYSTEM, Source.CLOCK)
# Slack's word that there is nobody with an id, or nobody that we may see.
NOBODY = frozenset({"user_not_found", "user_not_visible"})


@dataclass(frozen=True, slots=True)
class Sought:
    """An invitation, and who in Slack has its address now; `refusal` is Slack's code where it does not tell."""

    invitation: Invitation
    person: SlackPerson | None = None
    refusal: str | None = None


class FindInvitee(InvitationEffect):
    """Find the invitee in Slack, once and for all, and write to them; or tell the inviter that nobody is there."""

    at_a_time = 100

    async def load(self, due: Sequence[Due]) -> Mapping[int, Any]:
        """The invitations with the people behind them, in as few calls to Slack as possible."""
        invitations = await self._invitations(due)
        unbound = [one.address for one in invitations.values() if one.invitee is None]
        try:
            people = await self._services.people.with_addresses(unbound)
            return {number: Sought(one, await self._person(one, people)) for number, one in invitations.items()}
        except SlackRefused as refusal:
            return {number: Sought(one, refusal=refusal.code) for number, one in invitations.items()}

    async def run(self, due: Due, loaded: Sought | None) -> Aftermath | None:
        """Bind the invitation to who was found, and let the message follow."""
        if loaded is None or loaded.invitation.status is not InvitationStatus.PENDING:
            return None
        if loaded.refusal is not None:
            raise Hopeless(loaded.refusal)
        invitation, person = loaded.invitation, loaded.person
        reach = reach_of(person, due.workspace)

        async def write(transaction: Transaction) -> None:
            if person is None or reach is not Reach.REACHED:
                await _not_reached(transaction, invitation, reach, reach, Notice.NOT_REACHABLE)
                return
            await _set_reach(transaction, invitation, reach, invitee=person.id)
            deliver = Wanted(EffectKind.DELIVER, f"deliver:{invitation.id}", transaction.now, invitation.id)
            await enqueue(transaction, due.workspace, [deliver])

        return write

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """Nobody can be written to if they cannot be looked for."""
        await not_delivered(transaction, due.invitation_id, reason)

    async def _person(self, invitation: Invitation, people: Mapping[str, SlackPerson | None]) -> SlackPerson | None:
        if invitation.invitee is None:
            return people[address_key(invitation.address)]
        try:
            return await self._services.people.person(invitation.invitee, fresh=True)
        except SlackRefused as refusal:
            if refusal.code in NOBODY:
                return None
            raise


def reach_of(person: SlackPerson | None, workspace: Workspace) -> Reach:
    """Whether the bot writes to somebody: a full member of this workspace whose address is theirs (slack.md, 4)."""
    if person is None:
        return Reach.NOT_IN_SLACK
    if person.deactivated:
        return Reach.DEACTIVATED
    if not person.active:
        return Reach.NOT_IN_SLACK
    if is_stranger(person, workspace):
        return Reach.STRANGER
    if person.guest:
        return Reach.GUEST
    return Reach.REACHED if person.confirmed else Reach.UNCONFIRMED


def waits_for_answer(invitation: Invitation) -> bool:
    """Whether there is somebody in Slack who has not answered yet."""
    return invitation.status is InvitationStatus.PENDING and invitation.invitee is not None


def may_be_reminded(invitation: Invitation, now: datetime) -> bool:
    """Whether a reminder makes sense: they were written to, have not answered, and still can."""
    return waits_for_answer(invitation) and invitation.reach is Reach.REACHED and not is_overdue(invitation, now)


async def reminded(transaction: Transaction, invitation: Invitation) -> None:
    """The invitee has been reminded."""
    await transaction.session.exec(
        update(Invitation).where(col(Invitation.id) == invitation.id).values(reminders_sent=1)
    )
    await record(transaction, workspace_of(invitation), BOT, [deed(Action.REMINDED, invitation)])
    await telling.everyone(transaction, invitation)


async def deactivated(transaction: Transaction, invitation: Invitation) -> None:
    """The invitee has been deactivated in Slack since they were found there."""
    await _not_reached(transaction, invitation, Reach.DEACTIVATED, "deactivated", Notice.NOT_REACHABLE)


async def not_delivered(transaction: Transaction, invitation_id: str | None, why: str) -> None:
    """The message with the invitation was given up on: Slack refused it, or could not be reached for too long.

    Args:
        why: a code, for the audit table.
    """
    invitation = await transaction.session.get(Invitation, invitation_id)
    if invitation is not None and invitation.status is InvitationStatus.PENDING:
        await _not_reached(transaction, invitation, Reach.FAILED, why, Notice.NOT_DELIVERED)


async def not_told(transaction: Transaction, invitation_id: str | None, why: str, notice: Notice) -> None:
    """A later message to the invitee was given up on; the inviter hears it as `notice`."""
    invitation = await transaction.session.get(Invitation, invitation_id)
    if invitation is not None:
        await record(transaction, workspace_of(invitation), BOT, [deed(Action.NOT_REACHED, invitation, why=why)])
        await telling.notify(transaction, invitation, notice)


async def _not_reached(
    transaction: Transaction, invitation: Invitation, reach: Reach, why: str, notice: Notice
) -> None:
    await _set_reach(transaction, invitation, reach)
    await record(transaction, workspace_of(invitation), BOT, [deed(Action.NOT_REACHED, invitation, why=why)])
    await telling.notify(transaction, invitation, notice)


async def _set_reach(transaction: Transaction, invitation: Invitation, reach: Reach, **more: str) -> None:
    changed = await transaction.session.exec(
        update(Invitation)
        .where(col(Invitation.id) == invitation.id)
        .values(reach=reach, **more)
        .returning(Invitation)
        .execution_options(populate_existing=True)
    )
    await telling.those_who_look(transaction, changed.scalar_one())
