"""The parts of an organization's dashboard: for each its template, and what it has to look up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from portal.audit.queries import Asked, acts, of_organization
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.policy.dashboard import WIDGETS, shown
from portal.directory.queries.entrance import Entrance
from portal.subscriptions.queries import held
from portal.web.access import ctx
from portal.web.countries import countries
from portal.web.i18n import current_language

ACTS = 5


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do in a new organization."""

    label: str
    done: bool
    url: str


@dataclass(frozen=True, slots=True)
class Widget:
    """A part of the dashboard, ready to be shown."""

    code: str
    label: str
    template: str
    data: Any


def widgets(organization: Entrance) -> list[Widget]:
    """Return what the organization's dashboard shows, in its order. Each part asks the database once or never."""
    return [
        Widget(code, WIDGETS[code], f"organization/widgets/{code}.html", _LOOK_UP.get(code, _nothing)(organization))
        for code in shown(organization.widgets)
    ]


def _nothing(organization: Entrance) -> None:
    """All that the part shows is known at the entrance."""


def _steps(organization: Entrance) -> list[Step]:
    """Return what to set up first."""

    def at(endpoint: str) -> str:
        return url_for(f"organization.{endpoint}", organization=organization.public_id)

    return [
        Step(N_("Verify the domain"), organization.verified_at is not None, at("domains")),
        Step(N_("Add users"), organization.users > 1, at("users")),
        Step(N_("Require a second factor from everybody"), organization.tfa_required, at("settings")),
    ]


def _country(organization: Entrance) -> str:
    return dict(countries(current_language())).get(organization.country, organization.country)


def _subscriptions(organization: Entrance) -> list[tuple[str, Any]]:
    plans, language = ctx().programme.plans, current_language()
    return [
        (plans[item.plan].name.get(language) if item.plan in plans else item.plan, item)
        for item in held(organization.id)
    ]


def _recent(organization: Entrance) -> list[Any]:
    actor = ctx().actor
    if not actor.can(P.RECORD_READ):
        return []
    return list(acts(of_organization(actor), Asked(), organization.time_zone, ACTS).rows)


_LOOK_UP: Mapping[str, Callable[[Entrance], Any]] = {
    "getting-started": _steps, "organization": _country, "subscription": _subscriptions, "activity": _recent,
}
