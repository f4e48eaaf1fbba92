"""Rules of a partner's people: what each task makes them."""

from __future__ import annotations

from portal.core.permissions import Role

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
