"""How an acceptance went: in the modal it was given in, and in the message."""

from bot.accounts.values import CreditApplies
from bot.language import Language, Mrkdwn, message
from bot.settlement import Settlement
from handlers.ids import Modal
from handlers.views.blocks import Block, modal, sections
from models.join import Join, SettlementKind

_RETURNED = {
    "QuoteChanged": message(
        "*The amount has changed* since you looked. You have not joined yet, and nothing was paid. Please review again."
    ),
    "QuoteExpired": message(
        "*The amount was no longer valid.* You have not joined yet, and nothing was paid. Please review again."
    ),
    "BlockersPresent": message(
        "*Something stands in the way now* that was not there when you looked. You have not joined yet, and nothing "
        "was paid. Please review again."
    ),
    "AcknowledgementMissing": message(
        "*There is something new to know* since you looked. You have not joined yet, and nothing was paid. Please "
        "review again."
    ),
    "NoSeatAvailable": message(
        "*There is no licence left* for you at the moment. You have not joined yet, and nothing was paid. Whoever "
        "invited you has been told; you can try again later."
    ),
}
_RETURNED_OTHERWISE = message(
    "*The account system did not let you join.* Nothing was paid, and your account is as it was. Please review again; "
    "if it happens again, ask whoever invited you."
)


def returned_sentence(language: Language, join: Join) -> Mrkdwn:
    """Why an acceptance came back, and what to do."""
    step = (join.outcome or {}).get("manual_step")
    if step:
        return language.mrkdwn("*This has to be done by hand:* {step}", step=step)
    return language.mrkdwn(_RETURNED.get(join.failure or "", _RETURNED_OTHERWISE))


def longer_than_expected(language: Language) -> Mrkdwn:
    """The join was given up on; a person has to look, and the invitee has nothing to do."""
    return language.mrkdwn(
        "*This takes longer than expected.* You need not do anything: whoever invited you has been told, and you find "
        "the result in your messages from me. Nothing is done twice."
    )


def settlement_lines(language: Language, settlement: Settlement, organisation: str) -> list[Mrkdwn]:
    """What was paid back, to whom, until when (S29)."""
    if settlement.failed:
        return [
            language.mrkdwn(
                "*What you get back could not be paid yet.* You need not do anything: it has been noted, and somebody "
                "will look at it."
            )
        ]
    match settlement.kind:
        case SettlementKind.REFUND:
            return _refund_lines(language, settlement, organisation)
        case SettlementKind.CREDIT if settlement.amount is not None:
            return [
                language.mrkdwn(
                    "*Credit:* {amount} went to {organisation}, as you chose.",
                    amount=language.money(settlement.amount),
                    organisation=organisation,
                )
            ]
        case _:
            return []


def _refund_lines(language: Language, settlement: Settlement, organisation: str) -> list[Mrkdwn]:
    if settlement.amount is None or settlement.expected_from is None or settlement.expected_by is None:
        return []
    lines = [
        language.mrkdwn(
            "*Refund:* {amount} goes back to {method}. It takes 3 to 5 business days to process ({days}); your bank "
            "may need longer.",
            amount=language.money(settlement.amount),
            method=settlement.method or language.plain("your payment method"),
            days=language.days(settlement.expected_from, settlement.expected_by),
        ),
        language.mrkdwn("Reference: {reference}", reference=settlement.reference or ""),
    ]
    if settlement.as_credit is not None:
        lines.append(
            language.mrkdwn(
                "*Credit:* {amount} had been paid from credit, and went to {organisation} as credit.",
                amount=language.money(settlement.as_credit),
                organisation=organisation,
            )
        )
    return lines


def credit_applies(language: Language, applies: CreditApplies | None) -> Mrkdwn:
    """How the organisation uses credit (S20, S21)."""
    if applies is CreditApplies.AUTOMATICALLY:
        return language.mrkdwn("It will be applied automatically to future invoices.")
    return language.mrkdwn("It is not applied by itself: ask Billing to apply it to an open invoice.")


def working(language: Language, title: str) -> Block:
    """Shown at once after Accept."""
    lines = [
        language.mrkdwn("*Working on it …*"),
        language.mrkdwn(
            "Your account is being moved. You can close this; you find the result in your messages from me."
        ),
    ]
    return modal(Modal.LOADING, title, sections(lines), close=language.plain("Close"))
