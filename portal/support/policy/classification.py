"""Whether a ticket is of a large account: a pure judgment over the customers it may be about (S4.3-18, S4.24)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.programme.schema import Programme

# Subscriptions whose licenses count: what is bought, also while it is suspended. Trials do not (decision 0026).
COUNTED = ("paid", "suspended")
_BY_ADDRESS = frozenset({"email", "domain"})
_BY_NUMBER = frozenset({"user", "organization"})
_BY_PERSON = "person"


@dataclass(frozen=True, slots=True)
class Rules:
    """A version of the rule: licenses that make an account large, by region, and services that never count."""

    version: int
    thresholds: Mapping[str, int]
    excluded: Collection[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer of the ticket's partner that the ticket may be about.

    `found_by`: which of email, domain, user, organization and person led to it. `licenses` by service, of what is
    bought; `region` is that of its country.
    """

    id: int
    name: str
    region: str
    found_by: frozenset[str]
    licenses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rule says of a ticket: `code` and `params` are the written reason, `large` makes it S1-Critical."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    large: bool = False
    organization_id: int | None = None


def rules_of(programme: Programme) -> Rules:
    """Return the rule as the programme file has it: version 0."""
    return Rules(0, {code: region.large_account_licenses for code, region in programme.regions.items()},
                 frozenset(excluded(programme)))


def excluded(programme: Programme) -> list[str]:
    """Return the services and add-ons (as service/add-on) that never make an account large (S4.6-10)."""
    services = [code for code, service in programme.services.items() if not service.priority_support]
    addons = [f"{code}/{addon}" for code, service in programme.services.items()
              for addon, entry in service.addons.items() if not entry.priority_support]
    return services + addons


def rules_from(version: int, thresholds: Mapping[str, int], excluded: Collection[str], programme: Programme) -> Rules:
    """Return the rule as staff made it; a region that it does not know yet has the programme file's number."""
    known = {code: region.large_account_licenses for code, region in programme.regions.items()}
    mine = {code: int(count) for code, count in thresholds.items() if code in known}
    return Rules(version, {**known, **mine}, frozenset(excluded))


def judge(
    service: str, named: Collection[str], candidates: Sequence[Candidate], rules: Rules, decided_by: Collection[str],
    default_region: str,
) -> Verdict:
    """Return the verdict on a ticket about `service` (empty: not said).

    `named` is which of email, user and organization the ticket gives. A service without priority support needs no
    customer to be told so. A customer that only a number leads to is named, and decides nothing until its primary
    e-mail address is filled in, unless `decided_by` says so (S4.16-17).
    """
    chosen = _chosen(candidates)
    if is_excluded(service, rules):
        return _without_priority(service, chosen)
    if chosen is None:
        return _unknown(named, candidates)
    if not chosen.found_by & {*decided_by, _BY_PERSON}:
        other = "email" in named and not chosen.found_by & _BY_ADDRESS
        return Verdict(f"email-{'other' if other else 'missing'}", {"customer": chosen.name}, organization_id=chosen.id)
    return weigh(service, chosen, rules, default_region)


def _unknown(named: Collection[str], candidates: Sequence[Candidate]) -> Verdict:
    if candidates:
        return Verdict("ambiguous", {"count": len(candidates)})
    return Verdict("not-found", {"named": sorted(named)}) if named else Verdict("not-identified")


def _chosen(candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the one customer that the ticket is about; several are for a person to tell apart (G17).

    Whom a person has chosen it is. A number that names one of those that an address leads to decides between them; one
    that names another is a contradiction, and that is for a person as well.
    """
    by_person = [one for one in candidates if _BY_PERSON in one.found_by]
    if by_person or len(candidates) == 1:
        return (by_person or candidates)[0]
    by_number = [one for one in candidates if one.found_by & _BY_NUMBER]
    both = [one for one in by_number if one.found_by & _BY_ADDRESS]
    return both[0] if len(both) == 1 and by_number == both else None


def weigh(service: str, customer: Candidate, rules: Rules, default_region: str) -> Verdict:
    """Return the verdict once it is known whose ticket it is: by the ticket's own service, then by user licenses."""
    if is_excluded(service, rules):
        return _without_priority(service, customer)
    counted = {code: count for code, count in sorted(customer.licenses.items()) if not is_excluded(code, rules)}
    left_out = {code: count for code, count in sorted(customer.licenses.items()) if is_excluded(code, rules)}
    region = customer.region if customer.region in rules.thresholds else default_region
    threshold, total = rules.thresholds[region], sum(counted.values())
    large = total >= threshold
    params = {"customer": customer.name, "licenses": total, "threshold": threshold, "region": region,
              "counted": counted, "excluded": left_out, **_marks(customer)}
    return Verdict("large" if large else "small", params, large, customer.id)


def is_excluded(service: str, rules: Rules) -> bool:
    """Tell whether a service never counts, or an add-on: by itself, or because its service does not (S4.6-11)."""
    return service in rules.excluded or service.partition("/")[0] in rules.excluded


def _without_priority(service: str, customer: Candidate | None) -> Verdict:
    if customer is None:
        return Verdict("excluded-service", {"service": service})
    params = {"service": service, "customer": customer.name, **_marks(customer)}
    return Verdict("excluded-service", params, organization_id=customer.id)


def _marks(customer: Candidate) -> dict[str, bool]:
    """Return the mark of a customer that a person has chosen: it stands until the ticket names another."""
    return {"chosen": True} if _BY_PERSON in customer.found_by else {}


def consequence(large: bool, severity_from: str, field_changed: bool) -> str:
    """Return what follows for a severity: raise it, undo what the rule did, or nothing (S4.14-17).

    A severity set by hand wins until a field that the judgment rests on changes again.
    """
    if large:
        return "raise" if field_changed or severity_from != "person" else ""
    return "undo" if severity_from == "rule" else ""
