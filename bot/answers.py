"""What invitees do: open, accept, decline. Each begins with a checklist: is it there, is it theirs, is it open?"""

import asyncio
from collections.abc import Awaitable, Collection
from dataclasses import dataclass
from typing import TypeVar

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import refusals, telling
from bot.accounts import errors
from bot.accounts.values import Balance, Blocker, Call, Invitee, Member, Person, Quote
from bot.audit import By, Deed, record
from bot.briefing import Briefing, Facts, ManualStep, Situation, brief
from bot.drafts import Mine
from bot.effects import Wanted, enqueue
from bot.following import CLOSED, catch_up
from bot.joining import next_step
from bot.lifecycle import StatusMoved, change_status, deed, expire, is_overdue
from bot.services import Services
from models.audit import Action
from models.batch import Batch
from models.briefing import ShownBriefing
from models.effect import EffectKind
from models.invitation import Invitation, InvitationStatus, address_key
from models.join import Join, SettlementKind
from models.post import Notice
from models.workspace import Workspace

log = structlog.get_logger()

T = TypeVar("T")

MOST_CO_USERS = 1000
MOST_OF_MINE = 10


@dataclass(frozen=True, slots=True)
class Opened:
    """A briefing that is put before the invitee; `briefing_id` is what the modal carries."""

    invitation: Invitation
    briefing: Briefing
    briefing_id: str


@dataclass
class AnswerIncomplete(Exception):
    """The form lacks a choice or a tick; shown beside the fields."""

    choice_missing: bool
    ticks_missing: tuple[str, ...]


@dataclass
class QuoteNoLongerHolds(Exception):
    """The figure in the form has expired: ask for a new one and show that (R15)."""

    invitation_id: str


async def open_briefing(services: Services, workspace: Workspace, by: By, invitation_id: str) -> Opened:
    """What the invitee must know before answering, as the account backend has it now.

    Raises:
        Refusal: it is not theirs, not open, or the backend does not answer.
    """
    invitation = await to_answer(services, workspace, by, invitation_id)
    facts = await _facts(services, invitation)
    shown = ShownBriefing(
        id=services.new_id(),
        team_id=workspace.team_id,
        enterprise_id=workspace.enterprise_id,
        invitation_id=invitation.id,
        reader=by.actor,
        quote_id=facts.quote.id if facts.quote else None,
        facts=facts.to_json(),
        shown_at=services.clock.now(),
    )
    async with services.database.begin() as transaction:
        transaction.session.add(shown)
        await record(transaction, workspace, by, [deed(Action.OPENED, invitation, briefing=shown.id)])
    return Opened(invitation, brief(facts), shown.id)


async def accept(
    services: Services,
    workspace: Workspace,
    by: By,
    briefing_id: str,
    choice: SettlementKind | None,
    ticked: Collection[str],
    view_id: str | None,
) -> Invitation:
    """Accept what was shown, and hand over to the join.

    Raises:
        Refusal: it is not theirs or no longer open.
        AnswerIncomplete: a choice or a tick is missing.
        QuoteNoLongerHolds: the figure has expired.
    """
    shown = await _shown(services, workspace, by, briefing_id)
    invitation = await to_answer(services, workspace, by, shown.invitation_id)
    briefing = brief(Facts.from_json(shown.facts))
    if not briefing.may_accept or briefing.has_expired(services.clock.now()):
        raise QuoteNoLongerHolds(invitation.id)
    _check_complete(briefing, choice, ticked)
    join = Join(
        id=services.new_id(),
        team_id=workspace.team_id,
        enterprise_id=workspace.enterprise_id,
        invitation_id=invitation.id,
        briefing_id=shown.id,
        settlement=choice if choice in briefing.choices and choice else SettlementKind.NONE,
        had_account=briefing.situation is not Situation.NO_ACCOUNT,
        acknowledged=list(briefing.ticks),
        view_id=view_id,
        started_at=services.clock.now(),
    )
    try:
        async with services.database.begin() as transaction:
            accepted = await change_status(
                transaction,
                invitation,
                InvitationStatus.ACCEPTING,
                by,
                deed(Action.ACCEPTED, invitation, join=join.id, settlement=join.settlement),
            )
            transaction.session.add(join)
            await enqueue(transaction, workspace, [next_step(transaction, join)])
    except StatusMoved:
        # They pressed twice, or somebody was faster: look again.
        return await accept(services, workspace, by, briefing_id, choice, ticked, view_id)
    return accepted


async def decline(
    services: Services, workspace: Workspace, by: By, invitation_id: str, reason: str | None
) -> Invitation:
    """Decline, with a reason if they give one, which the inviter reads (F7).

    Raises:
        Refusal: it is not theirs or no longer open.
    """
    invitation = await to_answer(services, workspace, by, invitation_id)
    words = (reason or "").strip() or None
    try:
        async with services.database.begin() as transaction:
            declined = await change_status(
                transaction,
                invitation,
                InvitationStatus.DECLINED,
                by,
                deed(Action.DECLINED, invitation, reason_given=words is not None),
                end_reason=words,
            )
            await telling.notify(transaction, declined, Notice.DECLINED)
            tell_backend = Wanted(EffectKind.DECLINE, f"decline:{declined.id}", transaction.now, declined.id)
            await enqueue(transaction, workspace, [tell_backend])
    except StatusMoved:
        return await decline(services, workspace, by, invitation_id, reason)
    return declined


async def to_decline(services: Services, workspace: Workspace, by: By, invitation_id: str) -> Mine:
    """What the form for declining shows.

    Raises:
        Refusal: it is not theirs or not open.
    """
    invitation = await to_answer(services, workspace, by, invitation_id)
    async with services.database.read() as session:
        batch = await session.get_one(Batch, invitation.batch_id)
    return Mine(invitation, batch.organisation_name)


async def waiting_for(services: Services, workspace: Workspace, user_id: str) -> list[Mine]:
    """The invitations that wait for a person's answer, those first that expire first."""
    query = (
        select(Invitation, col(Batch.organisation_name))
        .join(Batch, col(Batch.id) == Invitation.batch_id)
        .where(
            Invitation.team_id == workspace.team_id,
            Invitation.invitee == user_id,
            Invitation.status == InvitationStatus.PENDING,
        )
        .order_by(col(Invitation.expires_at))
        .limit(MOST_OF_MINE)
    )
    async with services.database.read() as session:
        return [Mine(invitation, name) for invitation, name in await session.exec(query)]


async def to_answer(services: Services, workspace: Workspace, by: By, invitation_id: str) -> Invitation:
    """The invitation, if it is there, is theirs, and is open. Who they are comes from Slack's signature (invariant 5).

    Raises:
        Refusal: one of these does not hold; audited as denied.
    """
    async with services.database.read() as session:
        invitation = await _invitation(session, workspace, invitation_id)
    if invitation is None:
        raise refusals.NoSuchInvitation
    if invitation.invitee != by.actor:
        await _audit_denied(services, workspace, by, invitation, "NotYourInvitation")
        raise refusals.NotYourInvitation(invitation.invitee)
    if is_overdue(invitation, services.clock.now()):
        invitation = await _expired(services, invitation)
    if invitation.status is not InvitationStatus.PENDING:
        refusal = refusals.NotOpen(invitation)
        await _audit_denied(services, workspace, by, invitation, refusal.code)
        raise refusal
    return invitation


async def _expired(services: Services, invitation: Invitation) -> Invitation:
    try:
        async with services.database.begin() as transaction:
            return await expire(transaction, invitation)
    except StatusMoved:
        # The worker was faster.
        async with services.database.read() as session:
            return await session.get_one(Invitation, invitation.id)


async def _audit_denied(services: Services, workspace: Workspace, by: By, invitation: Invitation, why: str) -> None:
    async with services.database.begin() as transaction:
        await record(transaction, workspace, by, [Deed(Action.DENIED, invitation.id, {"why": why})])


async def _invitation(session: AsyncSession, workspace: Workspace, invitation_id: str) -> Invitation | None:
    invitation = await session.get(Invitation, invitation_id)
    return invitation if invitation is not None and invitation.team_id == workspace.team_id else None


async def _shown(services: Services, workspace: Workspace, by: By, briefing_id: str) -> ShownBriefing:
    async with services.database.read() as session:
        shown = await session.get(ShownBriefing, briefing_id)
    if shown is None or shown.team_id != workspace.team_id:
        raise refusals.NoSuchInvitation
    if shown.reader != by.actor:
        raise refusals.NotYourInvitation(shown.reader)
    return shown


def _check_complete(briefing: Briefing, choice: SettlementKind | None, ticked: Collection[str]) -> None:
    choice_missing = bool(briefing.choices) and choice not in briefing.choices
    ticks_missing = tuple(code for code in briefing.ticks if code not in ticked)
    if choice_missing or ticks_missing:
        raise AnswerIncomplete(choice_missing, ticks_missing)


async def _facts(services: Services, invitation: Invitation) -> Facts:
    """Everything the account backend can tell about this person, asked side by side."""
    call = services.call(Invitee(invitation.backend_id or ""), invitation.id)
    accounts, target = services.accounts, invitation.organisation
    try:
        organisation, person = await asyncio.gather(
            accounts.get_account(services.call(correlation_id=invitation.id), target),
            accounts.lookup_user(call, target, invitation.address),
        )
        if person.account is None:
            return Facts(organisation, person, invitation.licence)
        asking = _Asking()
        source = person.account
        blockers, balance, quote, impact, members = await asyncio.gather(
            asking.ask(accounts.list_blockers(call, source, target)),
            asking.ask(_balance(services, call, person)),
            asking.ask(_quote(services, call, person, target)),
            asking.ask(accounts.preview_impact(call, invitation.address, target, invitation.licence)),
            asking.ask(_co_users(services, call, person)),
        )
    except errors.AccountError as error:
        log.warning("briefing_not_made", invitation=invitation.id, code=error.code)
        if isinstance(error, CLOSED) and not (stands := await _stands(services, invitation)).is_open:
            raise refusals.NotOpen(stands) from error
        raise refusals.no_answer(error) from error
    return Facts(
        organisation=organisation,
        person=person,
        licence=invitation.licence,
        quote=quote,
        balance=balance,
        blockers=tuple[Blocker, ...](blockers or ()),
        impact=impact,
        co_users=tuple[Member, ...](members or ()),
        manual_steps=tuple(asking.manual_steps),
    )


async def _stands(services: Services, invitation: Invitation) -> Invitation:
    try:
        return await catch_up(services, invitation)
    except errors.AccountError as error:
        raise refusals.AccountsDoNotAnswer from error


class _Asking:
    """Asks, and collects what the account backend cannot do as the steps that a person does instead."""

    def __init__(self) -> None:
        self.manual_steps: list[ManualStep] = []

    async def ask(self, question: Awaitable[T]) -> T | None:
        try:
            return await question
        except errors.NotSupported as missing:
            self.manual_steps.append(ManualStep(missing.capability, missing.manual_step))
            return None


async def _balance(services: Services, call: Call, person: Person) -> Balance | None:
    """What the account owes; `None` for somebody whose account belongs to somebody else (invariant 6)."""
    if person.account is None or person.owns_account is False:
        return None
    return await services.accounts.get_balance(call, person.account)


async def _quote(services: Services, call: Call, person: Person, target: str) -> Quote | None:
    """The quote; `None` where nothing is paid back, or an obstacle keeps the backend from saying (R9, R10)."""
    if person.account is None or person.owns_account is False:
        return None
    try:
        return await services.accounts.quote_proration(call, person.account, target)
    except (errors.NothingToQuote, errors.BlockersPresent):
        return None


async def _co_users(services: Services, call: Call, person: Person) -> list[Member]:
    """Everybody else on the account the person owns."""
    if not person.owns_account or not person.co_users or person.account is None:
        return []
    members: list[Member] = []
    cursor = None
    while len(members) < MOST_CO_USERS:
        page = await services.accounts.list_members(call, person.account, cursor=cursor)
        members += [member for member in page.items if address_key(member.email) != address_key(person.email)]
        if (cursor := page.cursor) is None:
            break
    return members
