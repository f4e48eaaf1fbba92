"""How a partner's access begins and ends, and what it lets a partner do in a customer's console and what never."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_

ASK_LIFETIME = timedelta(days=15)  # how long the super administrator has for an answer
MESSAGE_MAX = 500  # what the record keeps of a reason
_ASKS, _ASKS_WITHIN = 3, timedelta(days=30)


class Act(StrEnum):
    """What can be done to an access. `RESTORE` is the super administrator's yes to an invitation."""

    REVOKE = "revoke"
    SUSPEND = "suspend"
    RESUME = "resume"
    RESTORE = "restore"


# act -> from which states, to which one. Out of `revoked` leads one way only (S3.6-7).
_MOVES: Mapping[Act, tuple[frozenset[str], str]] = {
    Act.REVOKE: (frozenset({"active", "suspended"}), "revoked"),
    Act.SUSPEND: (frozenset({"active"}), "suspended"),
    Act.RESUME: (frozenset({"suspended"}), "active"),
    Act.RESTORE: (frozenset({"revoked"}), "active"),
}


def moved(state: str, act: Act) -> str:
    """Return the state after `act`: the same one where it holds already, as after a double click.

    Raises `Stale` where the act leads nowhere: whoever pressed the button saw another state.
    """
    before, after = _MOVES[act]
    if state == after:
        return state
    if state not in before:
        raise Stale
    return after


def is_open(state: str, expires_at: datetime, now: datetime) -> bool:
    """Tell whether an invitation still waits for its answer."""
    return state == "open" and now < expires_at


class AskedTooOften(DomainError):
    """A partner must not pester a customer that has said no."""

    def __init__(self) -> None:
        super().__init__(N_("You have asked several times lately. Talk to your customer, or ask again in some weeks."))


def check_pace(asked: list[datetime], now: datetime) -> None:
    """Raise `AskedTooOften` if `asked`, the instants of earlier questions, leave no room for another one now."""
    if sum(now - at < _ASKS_WITHIN for at in asked) >= _ASKS:
        raise AskedTooOften


# The ten of S3.8-17, in the source's order.
FORBIDDEN: Mapping[P, str] = {
    P.SUPER_ADMIN_CHANGE: N_("Change the super administrator"),
    P.TFA_SET: N_("Turn the required second factor on or off"),
    P.USER_ROLE_CHANGE: N_("Make a user an administrator, or an administrator a user"),
    P.USER_PICTURE_SET: N_("Change a user's profile image"),
    P.USER_PASSWORD_RESET: N_("Reset a user's password"),
    P.USER_DELETE: N_("Delete a user"),
    P.USER_BACK_UP: N_("Back up a user's account"),
    P.DASHBOARD_EDIT: N_("Edit the dashboard"),
    P.REFERRAL_USE: N_("Open and use the referral programme"),
    P.CONTACTS_SYNC_SET: N_("Change the contacts synchronization"),
}

# What a partner administrator does for a customer (S3.5).
ALLOWED: Mapping[P, str] = {
    P.USER_ADD: N_("Add users"),
    P.USER_IMPORT: N_("Import many users from a file"),
    P.USER_EDIT: N_("Edit users' details"),
    P.USER_SUSPEND: N_("Suspend and resume users"),
    P.ADDRESS_EDIT: N_("Create and remove aliases"),
    P.GROUP_EDIT: N_("Create and edit groups"),
    P.MAIL_POLICY_EDIT: N_("Create and assign mail policies"),
    P.DOMAIN_EDIT: N_("Add and verify domains"),
    P.ORGANIZATION_EDIT: N_("Edit the organization's details"),
    P.DIRECTORY_READ: N_("See users, groups, addresses and settings"),
    P.SUBSCRIPTION_READ: N_("See the subscription"),
    P.RECORD_READ: N_("See the record of what was done"),
}
