"""The join, step by step: each step recorded with its idempotency key, each safe to repeat, each resumable.

`check` asks the account backend again whether the person can join and what they would get, and holds it against what
they agreed to. `accept` has the backend carry it out. `follow` waits until it has. `settle` reads what was paid back.
A step is recorded in one transaction with what follows from it; a process may die between any two of them.

A refusal that is certain gives the invitation back to the invitee, who looks at the new facts and decides again. What
is uncertain (no answer, a broken contract) is tried again with the same key, and in the end handed to a person; the
invitation then stays `accepting`, because the money may have moved (R16).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import update
from sqlmodel import col, select

from bot import telling
from bot.accounts import errors
from bot.accounts.values import (
    AccountInvitationStatus,
    AccountJoin,
    AccountJoinState,
    Call,
    Collection,
    CreditApplies,
    Invitee,
    Quote,
)
from bot.audit import record
from bot.briefing import Facts
from bot.database import Transaction
from bot.effects import Aftermath, Due, Hopeless, Later, Wanted, enqueue
from bot.following import BACKEND, CLOSED, ask, is_news, look_after, take_over
from bot.lifecycle import change_status, deed, workspace_of
from bot.services import Services
from bot.settlement import Settlement, credited, nothing_paid_back, refunded
from models.audit import Action
from models.briefing import ShownBriefing
from models.effect import EffectKind
from models.invitation import Invitation, InvitationStatus
from models.join import Join, JoinStatus, JoinStep, SettlementKind, Step
from models.post import Notice

log = structlog.get_logger()


# How soon, how seldom and for how long the backend is asked whether it has finished.
SHORTEST_PAUSE = timedelta(seconds=3)
LONGEST_PAUSE = timedelta(minutes=10)
LONGEST_JOIN = timedelta(days=1)

# After one of these the backend has certainly done nothing, and another look by the invitee can help.
RETURNS = (
    errors.BlockersPresent,
    errors.QuoteChanged,
    errors.QuoteExpired,
    errors.AcknowledgementMissing,
    errors.SettlementNotPossible,
    errors.CurrencyMismatch,
    errors.NoSeatAvailable,
    errors.NotPaidAccount,
)


@dataclass(frozen=True, slots=True)
class Running:
    """A join in progress, with everything a step looks at."""

    join: Join
    invitation: Invitation
    agreed: Facts
    done: Mapping[Step, Mapping[str, Any]]

    @property
    def next_step(self) -> Step:
        """The first step that has not been done."""
        return next(step for step in Step if step not in self.done)

    def key(self, step: Step) -> str:
        """The idempotency key of a step (R16). It does not hold the choice."""
        return f"{self.join.id}:{step}"


class JoinPerformer:
    """Runs the steps of joins, one at a time for each join."""

    at_a_time = 1
    side_by_side = 8

    def __init__(self, services: Services) -> None:
        self._services = services
        self._accounts = services.accounts
        self._steps: Mapping[Step, Callable[[Running], Awaitable[Aftermath]]] = {
            Step.CHECK: self._check,
            Step.ACCEPT: self._accept,
            Step.FOLLOW: self._follow,
            Step.SETTLE: self._settle,
        }

    async def load(self, due: Sequence[Due]) -> Mapping[int, Running | None]:
        """The joins these effects are about; `None` for one that is not running."""
        return {one.id: await self._read(one) for one in due}

    async def run(self, due: Due, loaded: Running | None) -> Aftermath | None:
        """Do the next step."""
        if loaded is None:
            return None
        try:
            return await self._steps[loaded.next_step](loaded)
        except errors.NotSupported as missing:
            return self._returned(loaded, missing.code, missing.manual_step)
        except RETURNS as refusal:
            return self._returned(loaded, refusal.code)
        except CLOSED as closed:
            return await self._over(loaded, closed)
        except errors.Conflict as conflict:
            raise Later(self._services.clock.now() + SHORTEST_PAUSE) from conflict
        except errors.IdempotencyMismatch as mismatch:
            raise Hopeless(mismatch.code) from mismatch
        except errors.ContractViolation as violation:
            log.exception("contract_violation", join=loaded.join.id, problem=str(violation))
            raise

    async def give_up(self, transaction: Transaction, due: Due, reason: str) -> None:
        """Leave the invitation as it is, and call for a person: the money may have moved."""
        join = await transaction.session.get(Join, due.payload["join"])
        invitation = await transaction.session.get(Invitation, due.invitation_id)
        if join is None or invitation is None:
            return
        join.failure = reason
        transaction.session.add(join)
        stuck = deed(Action.GAVE_UP, invitation, join=join.id, why=reason)
        await record(transaction, due.workspace, BACKEND, [stuck])
        await telling.notify(transaction, invitation, Notice.GAVE_UP)
        await telling.outcome(transaction, invitation, join.id)

    # The steps

    async def _check(self, running: Running) -> Aftermath:
        """Nothing stands in the way, and the figure is the one agreed to (E.4, step 2; R15)."""
        call, source = self._call(running), running.agreed.person.account
        if source is not None:
            await self._check_blockers(call, source, running)
            await self._check_quote(call, source, running)
        return self._step_done(running, Step.CHECK, {})

    async def _check_blockers(self, call: Call, source: str, running: Running) -> None:
        try:
            blockers = await self._accounts.list_blockers(call, source, running.invitation.organisation)
        except errors.NotSupported:
            return
        hard = [blocker for blocker in blockers if blocker.hard]
        if hard:
            raise errors.BlockersPresent(hard)

    async def _check_quote(self, call: Call, source: str, running: Running) -> None:
        try:
            now = await self._accounts.quote_proration(call, source, running.invitation.organisation)
        except (errors.NothingToQuote, errors.NotSupported):
            now = None
        if not same_figures(running.agreed.quote, now):
            raise errors.QuoteChanged(now)

    async def _accept(self, running: Running) -> Aftermath:
        """The backend moves the membership, ends the subscription and settles (E.4, steps 3 to 6)."""
        quote, settlement = running.agreed.quote, running.join.settlement
        join = await self._accounts.accept_invitation(
            self._call(running),
            running.invitation.backend_id or "",
            settlement,
            quote.id if quote and settlement is not SettlementKind.NONE else None,
            running.join.acknowledged,
            running.key(Step.ACCEPT),
        )
        return self._step_done(running, Step.ACCEPT, {"join": join.id})

    async def _follow(self, running: Running) -> Aftermath:
        """The backend has finished; until it has, ask again in a moment."""
        join = await self._accounts.get_join(self._call(running), self._backend_join(running))
        if join.state is AccountJoinState.FAILED:
            return self._returned(running, join.failure or "Failed")
        if join.state not in (AccountJoinState.COMPLETED, AccountJoinState.SETTLEMENT_FAILED):
            raise Later(self._next_look(running.join))
        return self._step_done(running, Step.FOLLOW, {"state": join.state})

    def _next_look(self, join: Join) -> datetime:
        """When to ask again: the longer it has taken, the later; in the end a person has to look."""
        now = self._services.clock.now()
        taken = now - join.started_at
        if taken > LONGEST_JOIN:
            raise Hopeless("NotFinished")
        return now + min(LONGEST_PAUSE, max(SHORTEST_PAUSE, taken / 4))

    async def _settle(self, running: Running) -> Aftermath:
        """What was paid back, for the invitee to read; with it, the person has joined."""
        join = await self._accounts.get_join(self._call(running), self._backend_join(running))
        settlement = await self._settlement(running, join)

        async def joined(transaction: Transaction) -> None:
            await self._record(transaction, running, Step.SETTLE, {"reference": settlement.reference})
            await self._finish(transaction, running, JoinStatus.DONE, outcome=settlement.to_json())
            invitation = await change_status(
                transaction,
                running.invitation,
                InvitationStatus.JOINED,
                BACKEND,
                deed(Action.JOINED, running.invitation, join=running.join.id, settlement=settlement.kind),
            )
            await telling.outcome(transaction, invitation, running.join.id)
            # One notice, that nothing can come between: the amount stands in it where credit was chosen (S19).
            chose_credit = settlement.credit is not None
            await telling.notify(transaction, invitation, Notice.CREDITED if chose_credit else Notice.JOINED)
            await look_after(transaction, invitation, join.moved)

        return joined

    async def _settlement(self, running: Running, join: AccountJoin) -> Settlement:
        if join.refund_id is not None:
            refund = await self._accounts.get_refund(self._call(running), join.refund_id)
            quote = running.agreed.quote
            return refunded(join, refund, quote.time_zone if quote else "UTC", self._services.holidays)
        if join.credit_id is not None:
            autopay = running.agreed.organisation.collection is Collection.AUTOPAY
            return credited(join, CreditApplies.AUTOMATICALLY if autopay else CreditApplies.ON_REQUEST)
        return nothing_paid_back(join)

    # How a step ends

    def _step_done(self, running: Running, step: Step, result: Mapping[str, Any]) -> Aftermath:
        async def go_on(transaction: Transaction) -> None:
            await self._record(transaction, running, step, result)
            await enqueue(transaction, workspace_of(running.invitation), [next_step(transaction, running.join)])

        return go_on

    def _returned(self, running: Running, reason: str, manual_step: str | None = None) -> Aftermath:
        """Give the invitation back to the invitee, who has to look at it again, or do something by hand."""

        async def give_back(transaction: Transaction) -> None:
            outcome = {"manual_step": manual_step} if manual_step else None
            await self._finish(transaction, running, JoinStatus.RETURNED, failure=reason, outcome=outcome)
            why = deed(Action.RETURNED, running.invitation, join=running.join.id, why=reason)
            invitation = await change_status(transaction, running.invitation, InvitationStatus.PENDING, BACKEND, why)
            if reason == errors.NoSeatAvailable.__name__:
                await telling.notify(transaction, invitation, Notice.NO_SEAT)
            await telling.outcome(transaction, invitation, running.join.id)

        return give_back

    async def _over(self, running: Running, closed: errors.AccountError) -> Aftermath:
        """The invitation ended in the backend before we came, by another way of answering or by its clock."""
        there = await ask(self._services, running.invitation)
        if not is_news(running.invitation, there):
            raise Hopeless(closed.code) from closed

        async def follow_the_backend(transaction: Transaction) -> None:
            finished = JoinStatus.DONE if there is AccountInvitationStatus.ACCEPTED else JoinStatus.RETURNED
            await self._finish(transaction, running, finished, failure=there)
            invitation = await take_over(transaction, running.invitation, there)
            await telling.outcome(transaction, invitation, running.join.id)

        return follow_the_backend

    async def _record(self, transaction: Transaction, running: Running, step: Step, result: Mapping[str, Any]) -> None:
        join = running.join
        transaction.session.add(
            JoinStep(
                join_id=join.id,
                step=step,
                team_id=join.team_id,
                enterprise_id=join.enterprise_id,
                idempotency_key=running.key(step),
                result=dict(result),
                done_at=transaction.now,
            )
        )

    async def _finish(self, transaction: Transaction, running: Running, status: JoinStatus, **changes: Any) -> None:
        await transaction.session.exec(
            update(Join)
            .where(col(Join.id) == running.join.id)
            .values(status=status, finished_at=transaction.now, **changes)
        )

    # What a step looks at

    async def _read(self, due: Due) -> Running | None:
        async with self._services.database.read() as session:
            join = await session.get(Join, due.payload["join"])
            if join is None or join.status is not JoinStatus.RUNNING:
                return None
            invitation = await session.get_one(Invitation, join.invitation_id)
            shown = await session.get_one(ShownBriefing, join.briefing_id)
            steps = await session.exec(select(JoinStep).where(JoinStep.join_id == join.id))
            return Running(join, invitation, Facts.from_json(shown.facts), {step.step: step.result for step in steps})

    def _call(self, running: Running) -> Call:
        return self._services.call(Invitee(running.invitation.backend_id or ""), running.invitation.id)

    def _backend_join(self, running: Running) -> str:
        return str(running.done[Step.ACCEPT]["join"])


def same_figures(agreed: Quote | None, now: Quote | None) -> bool:
    """Whether what the backend would pay back now is what the invitee agreed to (R15)."""
    if agreed is None or now is None:
        return agreed is now
    figures = [(q.whole, q.refund, q.refund_as_credit, q.options) for q in (agreed, now)]
    return figures[0] == figures[1]


async def resume(transaction: Transaction, invitation: Invitation) -> bool:
    """Set a join going again that was given up on; `False` if there is none."""
    query = select(Join).where(
        Join.invitation_id == invitation.id,
        Join.status == JoinStatus.RUNNING,
        col(Join.failure).is_not(None),
    )
    join = (await transaction.session.exec(query)).first()
    if join is None:
        return False
    join.failure = None
    transaction.session.add(join)
    await enqueue(transaction, workspace_of(invitation), [next_step(transaction, join)])
    return True


def next_step(transaction: Transaction, join: Join) -> Wanted:
    """The effect that does the next step of a join."""
    return Wanted(EffectKind.JOIN, f"join:{join.id}", transaction.now, join.invitation_id, {"join": join.id})
