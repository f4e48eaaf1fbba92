"""Values in the record, as a reader would say them: names of codes, days, lists, yes and no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext, pgettext

from portal.billing.words import decline
from portal.core.locales import LANGUAGES
from portal.core.words import N_, NP_
from portal.delegation.policy import FORBIDDEN
from portal.directory.policy.dashboard import WIDGETS
from portal.directory.policy.users import ROLES
from portal.mailpolicies.policy import FORWARDING
from portal.subscriptions.words import RENEWALS
from portal.web import formats
from portal.web.access import ctx
from portal.web.countries import countries
from portal.web.domain_parts import METHODS
from portal.web.i18n import current_language, reader_locale
from portal.web.listing import plan_names

_MOST = 12  # parts of a list that a page shows
_NOTHING = "–"
_ACCESS = {
    "active": NP_("access", "Active"), "suspended": NP_("access", "Suspended"), "revoked": NP_("access", "Revoked"),
}
_CONTACTS = {
    "off": NP_("contacts synchronization", "Off"),
    "from-directory": NP_("contacts synchronization", "From the directory"),
    "both-ways": NP_("contacts synchronization", "Both ways"),
}
_CARD = {
    "none": NP_("payment card", "None"), "reseller": NP_("payment card", "Reseller card"),
    "customer": NP_("payment card", "Customer card"),
}
_PERIOD = {"monthly": NP_("subscription period", "Monthly"), "yearly": NP_("subscription period", "Yearly")}
_SUSPENDED = {
    "payment": N_("An invoice was not paid"), "partner": N_("The partner suspended it"),
    "vendor": N_("The vendor suspended it"),
}
_ENDED = {
    "renewal": N_("It was not to renew"), "unpaid": N_("An invoice was not paid"),
    "partner": N_("The partner ended it"),
}
_USER = {
    "active": NP_("user state", "Active"), "invited": NP_("user state", "Invited"),
    "suspended": NP_("user state", "Suspended"),
}
_REQUEST = {
    "open": NP_("request state", "Open"), "accepted": NP_("request state", "Accepted"),
    "approved": NP_("request state", "Approved"), "declined": NP_("request state", "Declined"),
    "withdrawn": NP_("request state", "Withdrawn"), "expired": NP_("request state", "Expired"),
    "done": NP_("request state", "Done"),
}


def shown(verb: str, field: str, value: Any, time_zone: str, whole: bool = False) -> str:
    """Return a value of a field in the reader's language; instants in `time_zone`, long lists cut unless `whole`."""
    if value is None or value in ("", []):
        return _NOTHING
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, list):
        return _list([shown(verb, field, part, time_zone, whole) for part in value], whole)
    if isinstance(value, int):
        return formats.number(value, formats.locale_for(current_language(), ctx().actor.country))
    return _text(verb, field, str(value), time_zone)


def _list(parts: list[str], whole: bool) -> str:
    return ", ".join(parts if whole or len(parts) <= _MOST else [*parts[:_MOST], "…"])


def _text(verb: str, field: str, value: str, time_zone: str) -> str:
    if field.endswith(("_on", "_at")):
        return _time(value, time_zone)
    if field == "state":
        states = _USER if verb.startswith("user.") else _REQUEST
        return pgettext(*states[value]) if value in states else value
    name = _NAMES.get(field)
    return name(value) if name else value


def _time(value: str, time_zone: str) -> str:
    locale = reader_locale()
    try:
        if len(value) == 10:
            return formats.day(date.fromisoformat(value), locale)
        return formats.instant(datetime.fromisoformat(value), locale, time_zone)
    except ValueError:
        return value


def _words(labels: Mapping[str, str]) -> Callable[[str], str]:
    return lambda code: gettext(labels[code]) if code in labels else code


def _states(labels: Mapping[str, tuple[str, str]]) -> Callable[[str], str]:
    return lambda code: pgettext(*labels[code]) if code in labels else code


def _language(code: str) -> str:
    return LANGUAGES[code].name if code in LANGUAGES else code


_NAMES: Mapping[str, Callable[[str], str]] = {
    "access": _states(_ACCESS),
    "bill_country": lambda code: dict(countries(current_language())).get(code, code),
    "bill_language": _language,
    "card_kind": _states(_CARD),
    "code": lambda code: gettext(decline(code)),
    "contacts_sync": _states(_CONTACTS),
    "country": lambda code: dict(countries(current_language())).get(code, code),
    "forwarding": _words(FORWARDING),
    "language": _language,
    "method": _words({str(method): label for method, label in METHODS.items()}),
    "period": _states(_PERIOD),
    "plan": lambda code: plan_names()[code],
    "renewal": _words(RENEWALS),
    "role": _words(ROLES),
    "suspended_for": _words(_SUSPENDED),
    "task": _words({str(task): label for task, label in FORBIDDEN.items()}),
    "why": _words(_ENDED),
    "widgets": _words(WIDGETS),
}
