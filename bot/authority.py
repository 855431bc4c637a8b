"""Who may invite: asked of the account backend at the command and again at submit (S05, S06, S07; invariant 5)."""

import asyncio
from dataclasses import dataclass

import structlog

from bot import refusals
from bot.accounts import errors
from bot.accounts.values import Account, ActorRole, Admin, Role
from bot.audit import By, Deed, record
from bot.services import Services
from bot.slack.client import SlackError
from bot.slack.directory import SlackPerson
from models.audit import Action
from models.workspace import Workspace

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Inviter:
    """An admin who has been checked, and the account they may invite into, as both were a moment ago."""

    person: SlackPerson
    email: str
    account: Account

    @property
    def actor(self) -> Admin:
        """On whose behalf the account backend is asked."""
        return Admin(self.account.id, self.email)


async def require_inviter(services: Services, workspace: Workspace, by: By, *, fresh: bool = False) -> Inviter:
    """The person of `by.actor`, if they may invite; a refusal is audited as denied.

    Args:
        fresh: ask Slack anew who they are, as before every write.

    Raises:
        Refusal: they may not, or it cannot be found out.
    """
    try:
        return await _inviter(services, workspace, by.actor, fresh=fresh)
    except refusals.Refusal as refusal:
        async with services.database.begin() as transaction:
            await record(transaction, workspace, by, [Deed(Action.DENIED, detail={"why": refusal.code})])
        raise


async def inviter_or_none(services: Services, workspace: Workspace, user_id: str) -> Inviter | None:
    """The person, if they may invite: for deciding what to show, where a refusal is no event worth recording."""
    try:
        return await _inviter(services, workspace, user_id, fresh=False)
    except refusals.Refusal:
        return None


async def _inviter(services: Services, workspace: Workspace, user_id: str, *, fresh: bool) -> Inviter:
    try:
        person = await services.people.person(user_id, fresh=fresh)
    except SlackError as error:
        raise refusals.SlackDoesNotAnswer from error
    if not person.active or person.guest or is_stranger(person, workspace):
        raise refusals.NotOneOfUs
    account, role = await _account_and_role(services, person.email or "")
    if account.parent is not None:
        raise refusals.SubAccount(account.name)
    if person.email is None or role.role is Role.NONE:
        raise refusals.NotLinked(account.name, has_address=person.email is not None)
    if not role.may_invite:
        raise refusals.NotAnAdmin(account.name)
    if not account.plan.paid:
        raise refusals.NotPaid(account.name)
    return Inviter(person, person.email, account)


async def _account_and_role(services: Services, email: str) -> tuple[Account, ActorRole]:
    # As the bot itself: on whose behalf it may ask as an admin is what the answer will tell.
    call = services.call()
    try:
        account, role = await asyncio.gather(
            services.accounts.get_account(call, services.organisation),
            services.accounts.resolve_actor(call, services.organisation, email),
        )
    except errors.AccountNotFound as error:
        raise refusals.OrganisationUnknown from error
    except errors.AccountError as error:
        log.warning("actor_not_resolved", code=error.code)
        raise refusals.no_answer(error) from error
    return account, role


def is_stranger(person: SlackPerson, workspace: Workspace) -> bool:
    """Whether somebody is here through a shared channel only. On a Grid, people of all its teams belong."""
    return workspace.enterprise_id is None and person.team_id not in (None, workspace.team_id)
