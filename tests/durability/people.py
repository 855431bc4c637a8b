"""What people do when the bot dies under their hands: they look, and try again what did not work.

They know nothing but what they see: what an act came to, and which modal is open.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

from bot.sandbox.acts import Outcome
from bot.sandbox.errors import ActRefused
from bot.sandbox.records import View
from bot.sandbox.seat import Seat
from handlers.ids import Button, Field, Modal
from models.invitation import Invitation, InvitationStatus, Licence
from tests.durability.stage import Stage

# How often somebody tries before we say that it cannot be done.
TRIES = 20


class Somebody:
    """One person in front of Slack, who does not give up."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        self.seat: Seat = stage.seat(name)
        self.came_to: list[str | None] = []

    @property
    def sees(self) -> str | None:
        """Which modal is open."""
        return str(self._modal["callback_id"]) if self.seat.has_modal else None

    @property
    def _modal(self) -> Mapping[str, Any]:
        surface = self.seat.modal.surface
        assert isinstance(surface, View)
        return surface.content

    async def _does(self, act: Awaitable[Outcome]) -> bool:
        """Do something, watch until there is something to see, and return whether it seems to have worked.

        What loads when the bot dies will load for ever; whoever waits before it notices after a while.
        """
        lives = self.stage.bot.lives
        outcome = await act
        await self.stage.until(lambda: self.sees != Modal.LOADING or self.stage.bot.lives > lives)
        self.came_to.append(outcome.error or self.sees)
        return outcome.error is None and self.sees != Modal.LOADING

    async def _begins_anew(self) -> None:
        """Close what is open, and wait until the bot answers again."""
        if self.seat.has_modal:
            await self.seat.close(everything=True)
        await self.stage.bot.up()


class Admin(Somebody):
    """Invites and revokes."""

    async def invites(self, addresses: str, licence: Licence = Licence.LICENSED) -> None:
        """Invite, until Slack says that the invitations have been sent."""
        for _ in range(TRIES):
            await self.stage.bot.up()
            match self.sees:
                case Modal.INVITE_FORM:
                    await self._does(self.seat.submit({Field.LICENCE: licence}))
                case Modal.INVITE_PREVIEW if "submit" in self._modal:
                    if await self._does(self.seat.submit()) and self.sees == Modal.NOTE:
                        return
                case Modal.INVITE_PREVIEW:
                    # There is nobody left to invite: what seemed to have failed had worked.
                    return
                case _:
                    await self._begins_anew()
                    await self._does(self.seat.command("/invite", addresses))
        raise AssertionError(f"{self.seat.person.name} cannot invite: {self.came_to}")

    async def previews(self, addresses: str) -> None:
        """Get as far as the button that sends."""
        await self._does(self.seat.command("/invite", addresses))
        await self._does(self.seat.submit({Field.LICENCE: Licence.LICENSED}))
        assert self.sees == Modal.INVITE_PREVIEW

    async def revokes(self, address: str) -> None:
        """Revoke, until it is revoked."""
        for _ in range(TRIES):
            await self.stage.bot.up()
            lives = self.stage.bot.lives
            await self._does(self.seat.command("/invite", f"revoke {address}"))
            while self.stage.bot.lives == lives:
                if InvitationStatus.REVOKED in [one.status for one in await self.stage.rows(Invitation)]:
                    return
                await asyncio.sleep(0.05)
        raise AssertionError(f"{self.seat.person.name} cannot revoke: {self.came_to}")


class Invitee(Somebody):
    """Gets an invitation and answers it."""

    async def accepts(self) -> None:
        """Review and accept, with a refund."""
        await self._answers(Button.REVIEW, Modal.BRIEFING, {Field.SETTLEMENT: "refund", Field.TICKS: ["reports_saved"]})

    async def declines(self) -> None:
        """Decline, with a reason."""
        await self._answers(Button.DECLINE, Modal.DECLINE, {Field.REASON: "I would rather not."})

    async def _answers(self, button: Button, form: Modal, answer: dict[str, object]) -> None:
        """Press the button and fill in the form, until a note says how things stand or the button is gone."""
        for _ in range(TRIES):
            await self.stage.bot.up()
            if self.sees == form:
                await self._does(self.seat.submit(answer))
            else:
                await self._begins_anew()
                try:
                    await self._does(self.seat.click(button))
                except ActRefused:
                    return
            if self.sees == Modal.NOTE:
                return
        raise AssertionError(f"{self.seat.person.name} cannot answer: {self.came_to}")
