"""The rules of one-task consent: which tasks need what, what would happen, and how long a question stands."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from portal.core.errors import DomainError
from portal.core.permissions import P, Role
from portal.core.words import N_
from portal.directory.policy import dashboard
from portal.directory.policy.handover import check_candidate
from portal.directory.policy.settings import check_contacts_sync
from portal.directory.policy.users import GIVEN_ROLES, Target, check

REASON_MAX = 400
ASKED_AT_MOST, ASKED_WITHIN = 20, timedelta(hours=1)  # by one partner, of one organization

# The tasks that are about one user, and by which name the rules of users know the act.
_ACTS: Mapping[P, str] = {
    P.USER_ROLE_CHANGE: "role", P.USER_PICTURE_SET: "picture", P.USER_PASSWORD_RESET: "password",
    P.USER_DELETE: "delete",
}
ABOUT_USERS = frozenset({*_ACTS, P.SUPER_ADMIN_CHANGE, P.USER_BACK_UP})


class NotOffered(DomainError):
    """The programme does not let customers consent to single tasks."""

    def __init__(self) -> None:
        super().__init__(N_("This programme does not let partners ask for such tasks."))


class NotOpen(DomainError):
    """Somebody was quicker, it was taken back, or too much time has passed."""

    def __init__(self) -> None:
        super().__init__(N_("This request is no longer open. Nothing was done."))


class AlreadyAsked(DomainError):
    """One question about one thing at a time."""

    def __init__(self) -> None:
        super().__init__(N_("You have already asked for this. Wait for the answer, or withdraw the request."))


class UserGone(DomainError):
    """The user whom a question is about was deleted since."""

    def __init__(self) -> None:
        super().__init__(N_("The user whom this is about is no longer there. Decline the request."), "user")


class AccessEnded(DomainError):
    """Whoever asked is no longer the partner administrator."""

    def __init__(self) -> None:
        super().__init__(N_("This partner no longer has access to your organization. Decline the request."))


@dataclass(frozen=True, slots=True)
class Effect:
    """What would happen, as a catalog message and its values."""

    message: str
    params: Mapping[str, object] = field(default_factory=dict)


def standing(state: str, expires_at: datetime, now: datetime) -> str:
    """Return the state as people see it: an open question whose time is over has expired, settled or not."""
    return "expired" if state == "open" and expires_at <= now else state


def check_target(task: P, role: str, state: str, has_account: bool) -> None:
    """Raise a `DomainError` on `user` when not even the super administrator could do this to a user like that."""
    if task is P.SUPER_ADMIN_CHANGE:
        check_candidate(role, state, has_account)
    if task in _ACTS:
        target = Target(role, state, own=role == "super-admin")
        try:
            check(_ACTS[task], frozenset({Role.CUSTOMER_SUPER_ADMIN}), target)
        except DomainError as refusal:
            raise DomainError(N_("The super administrator cannot do this to this user."), "user") from refusal


def arguments_of(task: P, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the task needs besides its user, checked, and nothing else. Raises `DomainError` on its field."""
    needed = _NEEDED.get(task)
    if needed is None:
        return {}
    name, check_value = needed
    check_value(given.get(name))
    return {name: given[name]}


def _check_role(role: Any) -> None:
    if role not in GIVEN_ROLES:
        raise DomainError(N_("Not a valid choice."), "role")


def _check_switch(value: Any) -> None:
    if not isinstance(value, bool):
        raise DomainError(N_("Not a valid choice."), "required")


def _check_mode(mode: Any) -> None:
    check_contacts_sync(str(mode))


def _check_widgets(widgets: Any) -> None:
    if not isinstance(widgets, list) or not all(isinstance(code, str) for code in widgets):
        raise DomainError(N_("Not a valid choice."), "widgets")
    dashboard.check(widgets)


def _check_image(image: Any) -> None:
    try:
        fine = bool(base64.b64decode(str(image or ""), validate=True))
    except ValueError:
        fine = False
    if not fine:
        raise DomainError(N_("This field is required."), "image")


_NEEDED: Mapping[P, tuple[str, Callable[[Any], None]]] = {
    P.USER_ROLE_CHANGE: ("role", _check_role),
    P.TFA_SET: ("required", _check_switch),
    P.CONTACTS_SYNC_SET: ("mode", _check_mode),
    P.DASHBOARD_EDIT: ("widgets", _check_widgets),
    P.USER_PICTURE_SET: ("image", _check_image),  # as the portal has drawn it anew, in base64
}


def effect(task: P, arguments: Mapping[str, Any], name: str) -> Effect:
    """Return exactly what an approval would do; `name` is what the user is called whom it is about."""
    value = next(iter(arguments.values()), None)
    chosen = _BY_VALUE.get(task, {}).get(value) if isinstance(value, str | bool) else None
    message = chosen or _EFFECTS[task]
    return Effect(message, {"name": name} if "%(name)s" in message else {})


_EFFECTS: Mapping[P, str] = {
    P.SUPER_ADMIN_CHANGE: N_(
        "%(name)s is asked to become the super administrator. When they accept, you become an administrator."
    ),
    P.TFA_SET: N_("The required second factor is changed."),
    P.USER_ROLE_CHANGE: N_("The role of %(name)s is changed."),
    P.USER_PICTURE_SET: N_("%(name)s gets this profile image."),
    P.USER_PASSWORD_RESET: N_(
        "%(name)s gets a mail with a link to a new password. If their address is in one of your verified domains, "
        "the old password stops working at once and they are signed out everywhere."
    ),
    P.USER_DELETE: N_(
        "%(name)s is deleted from the organization, with their aliases, group memberships and profile image. "
        "Their license becomes free."
    ),
    P.USER_BACK_UP: N_("A back-up of the account of %(name)s is made. Only you can download it."),
    P.DASHBOARD_EDIT: N_("The dashboard shows these parts, in this order:"),
    P.REFERRAL_USE: N_("The referral programme is opened for your organization, with a code of its own."),
    P.CONTACTS_SYNC_SET: N_("The contacts synchronization is changed."),
}
_BY_VALUE: Mapping[P, Mapping[str | bool, str]] = {
    P.TFA_SET: {
        True: N_("A second factor is required from every user."),
        False: N_("A second factor is no longer required from every user."),
    },
    P.USER_ROLE_CHANGE: {
        "admin": N_("%(name)s becomes an administrator."),
        "member": N_("%(name)s is no longer an administrator and becomes a user."),
    },
    P.CONTACTS_SYNC_SET: {
        "off": N_("Contacts are no longer synchronized."),
        "from-directory": N_("Contacts are synchronized from the directory to the users."),
        "both-ways": N_("Contacts are synchronized in both directions."),
    },
}
