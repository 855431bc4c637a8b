"""Expected refusals: each a named type with the sentence that the person reads (mrkdwn).

A refusal says what is the matter and what to do. It is no crash: one place in `handlers` shows it, where the person
is looking. Everything else that is raised is logged, and shown as a reference number.
"""

from dataclasses import dataclass

from bot.accounts import errors
from bot.language import Language, Mrkdwn, mention, message
from models.invitation import Invitation, InvitationStatus


class Refusal(Exception):
    """Something the bot will not do. `code` is its name in the audit table."""

    @property
    def code(self) -> str:
        """The name in logs and in the audit table."""
        return type(self).__name__

    def sentence(self, language: Language) -> Mrkdwn:
        """What the person reads."""
        raise NotImplementedError(self.code)


@dataclass
class NotLinked(Refusal):
    """The Slack user has no address that the account backend knows (S07)."""

    organisation: str
    has_address: bool

    def sentence(self, language: Language) -> Mrkdwn:
        """Which link is missing, and how it is made."""
        if not self.has_address:
            return language.mrkdwn(
                "I cannot see the e-mail address of your Slack profile, so I cannot tell who you are in the account of "
                "*{organisation}*. Ask a Slack admin to give me the permission `users:read.email`, or to add an "
                "address to your profile.",
                organisation=self.organisation,
            )
        return language.mrkdwn(
            "The account of *{organisation}* has no member with the e-mail address of your Slack profile, so I cannot "
            "tell what you may do there. Link the two: change one of the addresses so that they are the same, or ask "
            "the account's owner to add you.",
            organisation=self.organisation,
        )


@dataclass
class NotAnAdmin(Refusal):
    """Only admins and owners of the organisation account invite (S05)."""

    organisation: str

    def sentence(self, language: Language) -> Mrkdwn:
        """Who may, and what to do."""
        return language.mrkdwn(
            "Only admins and owners of the account of *{organisation}* can invite people to it. Ask one of them to "
            "invite for you, or to make you an admin. Nothing was sent.",
            organisation=self.organisation,
        )


@dataclass
class NotOneOfUs(Refusal):
    """A guest, or somebody of another organisation in a shared channel."""

    def sentence(self, language: Language) -> Mrkdwn:
        """Who may."""
        return language.mrkdwn("This is for full members of this Slack workspace. Ask one of them to do it for you.")


@dataclass
class NotPaid(Refusal):
    """The organisation account is not on a paid plan (S06)."""

    organisation: str

    def sentence(self, language: Language) -> Mrkdwn:
        """What the account needs."""
        return language.mrkdwn(
            "People can only be invited to a paid account, and the account of *{organisation}* is not on a paid plan. "
            "Once its owner has bought a plan, run this again. Nothing was sent.",
            organisation=self.organisation,
        )


@dataclass
class SubAccount(Refusal):
    """The organisation account is a part of another, which is the one to invite into (S03)."""

    organisation: str

    def sentence(self, language: Language) -> Mrkdwn:
        """Who mends it."""
        return language.mrkdwn(
            "*{organisation}* is a sub-account, and people can only be invited to its parent account. Ask whoever "
            "runs this bot to set the parent as the account that people join.",
            organisation=self.organisation,
        )


@dataclass
class OrganisationUnknown(Refusal):
    """The account backend does not know the organisation account of the settings."""

    def sentence(self, language: Language) -> Mrkdwn:
        """Who mends it."""
        return language.mrkdwn(
            "The account system does not know the account that people should join. Ask whoever runs this bot to check "
            "the setting `ORGANISATION_ACCOUNT`."
        )


@dataclass
class AccountsDoNotAnswer(Refusal):
    """The account backend cannot be reached, or fails."""

    def sentence(self, language: Language) -> Mrkdwn:
        """What it means, and what to do."""
        return language.mrkdwn(
            "The account system does not answer at the moment, so nothing was done. Please try again in a few minutes."
        )


@dataclass
class DoneByHand(Refusal):
    """The account backend cannot do this, so a person does (design.md, invariant 12)."""

    step: str

    def sentence(self, language: Language) -> Mrkdwn:
        """What to do instead."""
        return language.mrkdwn("This cannot be done from here, but by hand: {step}", step=self.step)


def no_answer(error: errors.AccountError) -> Refusal:
    """What a person is told when the account backend did not say what was asked."""
    return DoneByHand(error.manual_step) if isinstance(error, errors.NotSupported) else AccountsDoNotAnswer()


@dataclass
class SlackDoesNotAnswer(Refusal):
    """Slack could not be asked who somebody is."""

    def sentence(self, language: Language) -> Mrkdwn:
        """What it means, and what to do."""
        return language.mrkdwn("Slack did not tell me who you are, so nothing was done. Please try again in a minute.")


@dataclass
class NotYourInvitation(Refusal):
    """Somebody other than the invitee pressed the button."""

    invitee: str | None

    def sentence(self, language: Language) -> Mrkdwn:
        """Whose it is."""
        if self.invitee is None:
            return language.mrkdwn("This invitation is for somebody else, so only they can answer it.")
        return language.mrkdwn(
            "This invitation is for {invitee}, so only they can answer it.", invitee=mention(self.invitee)
        )


@dataclass
class NotYourDraft(Refusal):
    """Somebody other than the admin who filled in the form pressed Send."""

    def sentence(self, language: Language) -> Mrkdwn:
        """What to do instead."""
        return language.mrkdwn("Somebody else filled in this form. Start your own with the command.")


@dataclass
class DraftGone(Refusal):
    """The form was filled in so long ago that it has been thrown away."""

    def sentence(self, language: Language) -> Mrkdwn:
        """What to do instead."""
        return language.mrkdwn("This form is too old. Please start again with the command; nothing was sent.")


@dataclass
class NoSuchInvitation(Refusal):
    """There is no invitation of that address, or a button refers to none."""

    address: str | None = None

    def sentence(self, language: Language) -> Mrkdwn:
        """What is known."""
        if self.address is None:
            return language.mrkdwn("I do not know this invitation any more. Ask whoever invited you for a new one.")
        return language.mrkdwn(
            "Nobody has been invited as *{address}*. Check the spelling; the Home tab lists who has not answered yet.",
            address=self.address,
        )


@dataclass
class MemberWithoutInvitation(Refusal):
    """There is no invitation of that address, and none is needed."""

    address: str
    organisation: str

    def sentence(self, language: Language) -> Mrkdwn:
        """How that comes about."""
        return language.mrkdwn(
            "*{address}* is a member of *{organisation}* already, without an invitation from here. Whoever is on an "
            "account comes along when its owner joins.",
            address=self.address,
            organisation=self.organisation,
        )


@dataclass
class NotOpen(Refusal):
    """The invitation has been answered, revoked or has expired; says how things stand."""

    invitation: Invitation

    @property
    def code(self) -> str:
        """The name in logs and in the audit table, with the status."""
        return f"NotOpen:{self.invitation.status}"

    def sentence(self, language: Language) -> Mrkdwn:
        """How things stand."""
        return standing(language, self.invitation)


@dataclass
class CannotRevoke(Refusal):
    """The invitation is over, or its join has begun; an admin hears how it stands."""

    invitation: Invitation

    def sentence(self, language: Language) -> Mrkdwn:
        """Why there is nothing to take back."""
        return language.mrkdwn(
            "There is nothing to take back: {standing}", standing=standing_for_admin(language, self.invitation)
        )


@dataclass
class NothingToSend(Refusal):
    """The invitation is on its way already, or its invitee has joined."""

    invitation: Invitation

    def sentence(self, language: Language) -> Mrkdwn:
        """Why there is nothing to send again."""
        return language.mrkdwn(
            "There is nothing to send again: {standing}", standing=standing_for_admin(language, self.invitation)
        )


@dataclass
class CannotInviteAgain(Refusal):
    """The person of an ended invitation cannot be invited now; `why` is a `Kind` of the preview."""

    address: str
    why: str

    def sentence(self, language: Language) -> Mrkdwn:
        """Where to see more."""
        return language.mrkdwn(
            "*{address}* cannot be invited again as things are. Start a new invitation with the address to see why.",
            address=self.address,
        )


@dataclass
class NoReadableAddress(Refusal):
    """A subcommand needs an address and was given none, or one that cannot be read."""

    given: str
    example: str

    def sentence(self, language: Language) -> Mrkdwn:
        """What it should look like."""
        if not self.given.strip():
            return language.mrkdwn("Which address? Write it behind, like this: `{example}`.", example=self.example)
        return language.mrkdwn(
            "“{given}” is not an e-mail address. Write one, like this: `{example}`.",
            given=self.given,
            example=self.example,
        )


@dataclass
class OneAtATime(Refusal):
    """A subcommand takes one address and was given several, or something beside it."""

    example: str

    def sentence(self, language: Language) -> Mrkdwn:
        """What it should look like."""
        return language.mrkdwn("One address at a time, please, like this: `{example}`.", example=self.example)


def standing(language: Language, invitation: Invitation) -> Mrkdwn:
    """How an invitation stands, in one sentence or two, for the person it is for."""
    return language.mrkdwn(_STANDING[invitation.status], inviter=mention(invitation.inviter))


def standing_for_admin(language: Language, invitation: Invitation) -> Mrkdwn:
    """How an invitation stands, as the end of a sentence, for an admin. No amounts (invariant 6)."""
    return language.mrkdwn(_STANDING_FOR_ADMIN[invitation.status], address=invitation.address)


_STANDING = {
    InvitationStatus.SCHEDULED: message("This invitation is being prepared. Please try again in a minute."),
    InvitationStatus.PENDING: message("This invitation is waiting for your answer."),
    InvitationStatus.ACCEPTING: message(
        "You have accepted this invitation, and your account is being moved at this moment."
    ),
    InvitationStatus.JOINED: message("You have joined. There is nothing left to do here."),
    InvitationStatus.DECLINED: message(
        "You have declined this invitation; your account stays as it is. If you change your mind, ask {inviter} to "
        "invite you again."
    ),
    InvitationStatus.REVOKED: message(
        "This invitation has been taken back; your account stays as it is. Questions? Ask {inviter}."
    ),
    InvitationStatus.EXPIRED: message(
        "This invitation has expired; your account stays as it is. To join after all, ask {inviter} to invite you "
        "again."
    ),
    InvitationStatus.UNDELIVERABLE: message(
        "This invitation could not be carried out; your account stays as it is. Questions? Ask {inviter}."
    ),
}
_STANDING_FOR_ADMIN = {
    InvitationStatus.SCHEDULED: message("the invitation of {address} is on its way."),
    InvitationStatus.PENDING: message("{address} has not answered yet."),
    InvitationStatus.ACCEPTING: message("{address} has accepted and is joining at this moment."),
    InvitationStatus.JOINED: message("{address} has joined."),
    InvitationStatus.DECLINED: message("{address} has declined."),
    InvitationStatus.REVOKED: message("the invitation of {address} has been taken back already."),
    InvitationStatus.EXPIRED: message("the invitation of {address} has expired."),
    InvitationStatus.UNDELIVERABLE: message("the account system refused the invitation of {address}."),
}
