"""Versions of the classification rule: what a version may say, and what it would do to a ticket."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from portal.core.errors import DomainError
from portal.core.words import N_
from portal.programme.schema import Programme
from portal.support.policy.classification import Rules, consequence

THRESHOLD_MAX, NOTE_MAX = 10_000_000, 1000
TRIAL_ROWS = 200  # tickets that a dry run lists
TRIAL_LASTS = timedelta(days=1)
# What a rule would do to a ticket: make it critical, stop that, be outweighed by a severity set by hand, nothing.
EFFECTS = ("rises", "falls", "kept", "same")


class NotTried(DomainError):
    """A rule takes effect only after a dry run of what it says now."""

    def __init__(self) -> None:
        super().__init__(N_("Try the rule on the open tickets first: it needs a dry run of the last day."))


def check_thresholds(programme: Programme, thresholds: Mapping[str, int]) -> dict[str, int]:
    """Return one number per region of the programme, or raise a `DomainError` beside the field of the region."""
    for region in programme.regions:
        if not 1 <= thresholds.get(region, 0) <= THRESHOLD_MAX:
            raise DomainError(N_("Enter a whole number from 1 to %(most)s."), f"threshold-{region}", most=THRESHOLD_MAX)
    return {region: thresholds[region] for region in programme.regions}


def services_of(programme: Programme) -> list[str]:
    """Return what may be left out: services, each followed by its add-ons as service/add-on."""
    return [code for name, service in programme.services.items()
            for code in (name, *(f"{name}/{addon}" for addon in service.addons))]


def check_excluded(programme: Programme, excluded: Collection[str]) -> list[str]:
    """Return the services and add-ons that never count, in the order of the catalog, or raise a `DomainError`."""
    known = services_of(programme)
    if not set(excluded) <= set(known):
        raise DomainError(N_("Not a valid choice."), "excluded")
    return [code for code in known if code in set(excluded)]


def fingerprint(thresholds: Mapping[str, int], excluded: Collection[str]) -> str:
    """Return what tells one rule from another, whatever its number is."""
    return _digest([sorted(thresholds.items()), sorted(excluded)])


def in_force(rules: Rules, programme: Programme) -> str:
    """Return what tells whether tickets have been judged by all that is in force: the rule, and the programme file."""
    support = programme.support
    regions = {code: sorted(region.countries) for code, region in programme.regions.items()}
    return _digest([
        rules.version, sorted(rules.thresholds.items()), sorted(rules.excluded), sorted(regions.items()),
        programme.default_region, sorted(support.decided_by), support.large_account_severity,
    ])


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def effect(large: bool, priority: bool, severity: str, severity_from: str, critical: str) -> str:
    """Return which of `EFFECTS` a verdict has on a ticket whose fields have not changed; `critical` is the severity of
    large accounts.
    """
    follows = consequence(large, severity_from, field_changed=False)
    if follows == "raise" and severity != critical:
        return "rises"
    if follows == "undo":
        return "falls"
    return "kept" if large != priority and severity_from == "person" else "same"


def check_trial(trial: Mapping[str, Any] | None, tried_at: datetime | None, content: str, now: datetime) -> None:
    """Raise `NotTried` unless a dry run of this content ended within the last day."""
    fresh = tried_at is not None and now - tried_at <= TRIAL_LASTS
    if not trial or trial.get("of") != content or not trial.get("counts") or not fresh:
        raise NotTried
