"""The test numbers of the sandbox gateway: what is not in this table is no card."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from portal.core.words import N_

SUCCEEDS = "succeeds"
CONFIRM = "confirm"  # charging it waits until its holder has confirmed the payment


@dataclass(frozen=True, slots=True)
class TestNumber:
    """A card that exists. `behavior` is what charging it does: succeed, wait for its holder, or be declined as named.

    With `refused`, the page does not even take it.
    """

    number: str
    brand: str
    behavior: str
    words: str
    refused: bool = False

    @property
    def brand_name(self) -> str:
        """The brand as it spells itself."""
        return {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express"}[self.brand]

    @property
    def shown(self) -> str:
        """The number as it is printed on a card."""
        sizes = (4, 6, 5) if self.brand == "amex" else (4, 4, 4, 4)
        ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
        return " ".join(self.number[end - size:end] for size, end in zip(sizes, ends, strict=True))


NUMBERS: dict[str, TestNumber] = {
    card.number: card
    for card in (
        TestNumber("4242424242424242", "visa", SUCCEEDS, N_("Every payment succeeds.")),
        TestNumber("5555555555554444", "mastercard", SUCCEEDS, N_("Every payment succeeds.")),
        TestNumber("378282246310005", "amex", SUCCEEDS, N_("Every payment succeeds.")),
        TestNumber("4000002500003155", "visa", CONFIRM,
                   N_("Every payment waits until the card's holder confirms it (3-D Secure).")),
        TestNumber("4000000000009995", "visa", "insufficient_funds",
                   N_("The card is taken; every payment is declined: not enough money.")),
        TestNumber("4000000000009987", "visa", "lost_card",
                   N_("The card is taken; every payment is declined: the card was lost.")),
        TestNumber("4000000000000069", "visa", "expired_card",
                   N_("The card is taken; every payment is declined: the card has expired.")),
        TestNumber("4000000000000341", "visa", "generic_decline",
                   N_("The card is taken; every payment is declined without a reason.")),
        TestNumber("4000000000000002", "visa", "generic_decline", N_("The card is declined when it is entered."),
                   refused=True),
    )
}


def digits(text: str) -> str:
    """Return the digits of what was typed, in any script; blanks and hyphens between them are left out.

    Anything else leaves nothing: it is no number.
    """
    kept = [mark for mark in text if not mark.isspace() and mark not in "-‐‑–"]
    if not all(mark.isdecimal() for mark in kept):
        return ""
    return "".join(str(unicodedata.decimal(mark)) for mark in kept)
