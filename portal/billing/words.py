"""What billing's codes say to people, on pages and in mails alike."""

from __future__ import annotations

from portal.core.words import N_

# Why a charge was declined. Whoever reads it is not always the card's holder: no sentence speaks to "you".
DECLINES: dict[str, str] = {
    "insufficient_funds": N_("There is not enough money on the account of the card."),
    "card_declined": N_("The bank of the card declined the payment without giving a reason."),
    "do_not_honor": N_("The bank of the card declined the payment without giving a reason."),
    "generic_decline": N_("The bank of the card declined the payment without giving a reason."),
    "expired_card": N_("The card has expired."),
    "lost_card": N_("The bank has blocked the card. Another card is needed."),
    "stolen_card": N_("The bank has blocked the card. Another card is needed."),
    "pickup_card": N_("The bank has blocked the card. Another card is needed."),
    "fraudulent": N_("The bank of the card declined the payment. The card's holder can ask the bank why."),
    "incorrect_cvc": N_("The details of the card are wrong. The card must be entered again."),
    "incorrect_number": N_("The details of the card are wrong. The card must be entered again."),
    "invalid_account": N_("The account of the card does not exist any more. Another card is needed."),
    "currency_not_supported": N_("The card cannot be charged in this currency. Another card is needed."),
    "card_not_supported": N_("The card does not allow payments of this kind. Another card is needed."),
    "transaction_not_allowed": N_("The card does not allow payments of this kind. Another card is needed."),
    "card_velocity_exceeded": N_("The limit of the card has been reached."),
    "withdrawal_count_limit_exceeded": N_("The limit of the card has been reached."),
    "authentication_required": N_("The bank wants the card's holder to confirm the payment."),
    "authentication_failed": N_("The card's holder did not confirm the payment."),
    "cancelled": N_("The payment was given up before the card's holder confirmed it."),
    "canceled": N_("The payment was given up before the card's holder confirmed it."),
    "processing_error": N_("The bank of the card could not be reached. A later try may succeed."),
    "issuer_not_available": N_("The bank of the card could not be reached. A later try may succeed."),
    "no_card": N_("There is no card that could be charged."),
    "no_gateway": N_("Payments are not set up in this portal."),
}
# Why something was credited where no person gave a reason.
CREDITED: dict[str, str] = {
    "unpaid": N_("The renewal was not paid, and the subscription has ended."),
    "reissued": N_("The invoice is made out anew, because another card pays."),
}
_UNKNOWN = N_("The payment was declined. The bank of the card knows why.")


def decline(code: str) -> str:
    """Return the sentence for a decline code; gateways know more codes than anybody lists."""
    return DECLINES.get(code, _UNKNOWN)
