"""What a customer agrees to when a partner is attached, as facts: what the partner will see, do, pay and be paid.

The lists come from the tables that decide what a partner may (`core.permissions`, `delegation.policy`), so that what
the consent page says and what is so cannot differ.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any

from portal.core.permissions import P, Role, granted
from portal.core.words import N_
from portal.delegation.policy import ALLOWED, FORBIDDEN

VERSION = 1
_PEOPLE = (
    Role.PARTNER_SUPER_ADMIN, Role.PARTNER_ADMIN, Role.PARTNER_SALES, Role.PARTNER_BILLING, Role.PARTNER_SUPPORT,
    Role.PARTNER_READER,
)

# What the Partner Store shows of a customer to whoever may open it.
SEES: Mapping[str, str] = {
    "details": N_("Your organization's name, domain, country, language, time zone and billing details"),
    "contact": N_("The name and e-mail address of your super administrator"),
    "subscriptions": N_("Your subscriptions: plans, number of licenses, storage, prices and renewals"),
    "payments": N_("Invoices made out while it is your partner, their payments, and the last digits of the card"),
    "requests": N_("Your requests for changes of a subscription"),
}

# What the console shows besides, to a partner that has access.
SEES_INSIDE: Mapping[P, str] = {
    P.DIRECTORY_READ: N_("Your users, groups, addresses, domains and settings"),
    P.SUBSCRIPTION_READ: N_("Your subscription and the invoices that are made out to you"),
    P.RECORD_READ: N_("The record of what was done in your console"),
}

# What a partner's people do for a customer without entering its console (S0.15-19).
DOES: Mapping[P, str] = {
    P.SUBSCRIPTION_ADD: N_("Order further services for your organization"),
    P.SUBSCRIPTION_CHANGE: N_("Change, suspend, renew and end your subscriptions"),
    P.CHANGE_ANSWER: N_("Answer your requests for changes of a subscription"),
    P.CARD_CHANGE: N_("Choose with which card is paid: one of its own, or one that you enter yourselves"),
    P.CUSTOMER_EDIT: N_("Edit your organization's details and billing details"),
    P.CUSTOMER_RELEASE: N_("End the relation, with notice"),
    P.DISPUTE_RAISE: N_("Dispute a change of partner with the vendor"),
    P.ACCESS_ASK: N_("Ask your super administrator for access again after it was revoked"),
}

# What it does besides the tasks of `ALLOWED` where it has access and works in the Partner Console.
DOES_WITH_ACCESS: Mapping[P, str] = {
    P.TRIAL_EXTEND: N_("Extend a trial"),
    P.DOMAIN_VERIFY: N_("Have the verification of your domains checked"),
    P.CUSTOMER_EXPORT: N_("Include your organization in files with a list of its customers"),
}

# A partner's business with itself and with the vendor, or ways into the portal: nothing that concerns one customer.
ITS_OWN = frozenset({
    P.BANK_EDIT, P.BILLING_EDIT, P.COMMISSION_READ, P.CONSOLE_OPEN, P.CUSTOMER_ADD, P.CUSTOMER_ATTACH,
    P.CUSTOMER_ENTER, P.CUSTOMER_IMPORT, P.HELP_CENTER_GRANT, P.MEMBER_EDIT, P.MEMBER_READ, P.PAYOUT_ASK, P.PUBLIC,
    P.REPORT_READ, P.STORE_OPEN, P.SUPPORT_OPEN, P.SUPPORT_READ, P.SUPPORT_WRITE,
})


def held(console: bool) -> frozenset[P]:
    """Return everything that somebody of a partner may do; `console`: it works in the Partner Console."""
    more = {Role.CONSOLE_PARTNER, Role.HELP_CENTER} if console else {Role.HELP_CENTER}
    return granted(frozenset({*_PEOPLE, *more}))


def rights(console: bool) -> dict[str, Any]:
    """Return what a partner sees and does, without access and with it, and what it never does (S3.5, S3.8-17)."""
    held_ = held(console)
    enters = P.CUSTOMER_ENTER in held_
    inside = granted(frozenset({Role.ON_BEHALF})) if enters else frozenset()
    return {
        "sees": list(SEES) if P.STORE_OPEN in held_ else [],
        "does": _codes(DOES, held_),
        "enters": enters,
        "sees_inside": _codes(SEES_INSIDE, inside),
        "does_inside": [
            *_codes([one for one in ALLOWED if one not in SEES_INSIDE], inside),
            *(_codes(DOES_WITH_ACCESS, held_) if enters else []),
        ],
        "never": [one.value for one in FORBIDDEN],
    }


def _codes(order: Iterable[P], among: Collection[P]) -> list[str]:
    return [one.value for one in order if one in among]


def pays(card_kind: str, own_card: bool) -> dict[str, str]:
    """Return who pays now and who will: a partner's card never outlasts the relation (S3.28-30).

    `own_card`: the organization has one of its own, which pays then.
    """
    if card_kind != "reseller":
        return {"now": card_kind, "after": card_kind}
    return {"now": card_kind, "after": "customer" if own_card else "none"}


def fingerprint(terms: Mapping[str, Any]) -> str:
    """Return what a form carries of the terms that it showed; the language they were read in does not count."""
    facts = {name: value for name, value in terms.items() if name != "language"}
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def covered(shown: Iterable[Mapping[str, Any]], rates: Mapping[str, int]) -> bool:
    """Tell whether a partner's rates are among those that a general consent showed, service by service.

    A service that was not shown falls under the line of all others, whose code is empty.
    """
    spans = {one["service"]: (one["low"], one["high"]) for one in shown}
    return all(low <= rate <= high for service, rate in rates.items()
               for low, high in [spans.get(service, spans[""])])
