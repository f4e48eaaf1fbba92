"""Rules of a partner's people: what each task makes them, and which mails it brings."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.permissions import GRANTS, P, Role

ROLES = ("super-admin", "admin", "sales", "billing", "support", "reader")
_STATES = {"suspended": Role.SUSPENDED_PARTNER, "terminated": Role.TERMINATED_PARTNER}


def roles_of(role: str, console: bool, sees: str, help_center: bool, state: str) -> frozenset[Role]:
    """Return what a member is: their task, and what widens or narrows it.

    `role`, `sees` and `help_center` are the member's; `console` and `state` their partner's.
    """
    held = {
        Role(f"partner-{role}"): True,
        Role.CONSOLE_PARTNER: console,
        Role.CHOSEN_CUSTOMERS: sees == "chosen",
        Role.HELP_CENTER: help_center,
        **{limit: state == name for name, limit in _STATES.items()},
    }
    return frozenset(one for one, is_so in held.items() if is_so)


def task_of(roles: frozenset[Role]) -> str:
    """Return the task (of `ROLES`) of somebody who has these roles; empty for who works at no partner."""
    return next((role for role in ROLES if Role(f"partner-{role}") in roles), "")


def entering() -> list[str]:
    """Return the tasks whose people enter the consoles of customers."""
    return [role for role in ROLES if P.CUSTOMER_ENTER in GRANTS[Role(f"partner-{role}")]]


# Who hears of what by mail, besides the super administrators, who hear of everything: event -> tasks.
_BILLING, _SALES = frozenset({"billing"}), frozenset({"sales"})
HEARERS: Mapping[str, frozenset[str]] = {
    "card-expiring": _BILLING,
    "change-asked": _SALES,
    "invoice-issued": _BILLING,
    "order-declined": _BILLING,
    "partner-change": _SALES,
    "payment-confirm": _BILLING,
    "payment-declined": _BILLING,
    "renewal-coming": _SALES,
    "subscription-ended": _BILLING | _SALES,
    "subscription-resumed": _BILLING | _SALES,
    "subscription-suspended": _BILLING | _SALES,
    "trial-ending": _SALES,
}


def hearers(event: str) -> frozenset[str]:
    """Return the tasks whose people get a mail that tells a partner of `event`."""
    return HEARERS.get(event, frozenset()) | {"super-admin"}
