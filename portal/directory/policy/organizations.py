"""What a new customer organization needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from portal.accounts.policy import normalize_name
from portal.core.countries import zones
from portal.core.errors import DomainError
from portal.core.locales import LANGUAGES
from portal.core.words import N_
from portal.customers.policy import NAME_MAX, require_email
from portal.domains.policy import normalize
from portal.programme import Programme
from portal.programme.schema import Plan

LICENSES_MAX = 100_000
LICENSES_DEFAULT = 5
IMPORT_MAX_LINES = 5_000

# What is asked about a new organization, in the order of the form and of an import file.
QUESTIONS: dict[str, str] = {
    "name": N_("Organization name"),
    "domain": N_("Domain name"),
    "admin_name": N_("Super administrator's name"),
    "admin_email": N_("Super administrator's e-mail address"),
    "language": N_("Language"),
    "country": N_("Country"),
    "plan": N_("Plan"),
    "licenses": N_("Number of licenses"),
}
REQUIRED = tuple(key for key in QUESTIONS if key != "licenses")


@dataclass(frozen=True, slots=True)
class Draft:
    """A new organization as somebody described it. `licenses` is 0 where no number could be read."""

    name: str
    domain: str
    admin_name: str
    admin_email: str
    language: str
    country: str
    plan: str
    licenses: int = LICENSES_DEFAULT


def trial_plans(programme: Programme) -> list[Plan]:
    """Return the plans with which a customer may begin, smallest first."""
    offered = (plan for plan in programme.plans.values() if plan.trial and plan.console)
    return sorted(offered, key=lambda plan: plan.rank)


def faults(draft: Draft, programme: Programme) -> list[DomainError]:
    """Return everything that is wrong with a draft by itself, each refusal with its field."""
    return list(_faults(draft, programme))


def _faults(draft: Draft, programme: Programme) -> Iterator[DomainError]:
    yield from _name_faults("name", draft.name)
    yield from _refusals(normalize, draft.domain)
    yield from _name_faults("admin_name", draft.admin_name)
    yield from _refusals(check_email, draft.admin_email)
    if draft.language not in LANGUAGES:
        codes = ", ".join(LANGUAGES)
        yield DomainError(N_("Choose one of these languages: %(languages)s."), "language", languages=codes)
    if not draft.country:
        yield DomainError(N_("This field is required."), "country")
    elif draft.country not in zones():
        yield DomainError(N_("There is no country “%(country)s”."), "country", country=draft.country)
    plans = [plan.code for plan in trial_plans(programme)]
    if draft.plan not in plans:
        yield DomainError(N_("Choose one of these plans: %(plans)s."), "plan", plans=", ".join(plans))
    if not 1 <= draft.licenses <= LICENSES_MAX:
        yield DomainError(N_("Enter a number from 1 to %(most)s."), "licenses", most=LICENSES_MAX)


def _name_faults(field: str, text: str) -> Iterator[DomainError]:
    if not normalize_name(text):
        yield DomainError(N_("This field is required."), field)
    elif len(text) > NAME_MAX:
        yield DomainError(N_("Use at most %(count)s characters."), field, count=NAME_MAX)


def _refusals(check: Callable[[str], object], text: str) -> Iterator[DomainError]:
    try:
        check(text)
    except DomainError as refusal:
        yield refusal


def check_email(address: str) -> None:
    """Raise a `DomainError` unless a mail can be sent to such an address."""
    require_email(address, "admin_email")


class DomainTaken(DomainError):
    """Someone else has proved the domain: the sentence says nothing about them."""

    def __init__(self, contact: str) -> None:
        message = N_("This domain cannot be added. If it belongs to your customer, write to %(contact)s.")
        super().__init__(message, "domain", contact=contact)


class AlreadyAdded(DomainError):
    """The partner has this domain among its own customers."""

    def __init__(self) -> None:
        super().__init__(N_("You have already added a customer with this domain."), "domain")
