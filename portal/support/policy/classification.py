"""Whether a ticket is of a large account: a pure judgment over the customers it may be about (S4.3-18, S4.24)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.programme.schema import Programme

# Subscriptions whose licenses count: what is bought, also while it is suspended. Trials do not (decision 0026).
COUNTED = ("paid", "suspended")


@dataclass(frozen=True, slots=True)
class Rules:
    """A version of the rule: licenses that make an account large, by region, and services that never count."""

    version: int
    thresholds: Mapping[str, int]
    excluded: Collection[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer of the ticket's partner that the ticket may be about.

    `found_by`: which of email, domain, user and organization led to it. `licenses` by service, of what counts in time;
    `region` is that of its country.
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


def judge(
    service: str, named: Collection[str], candidates: Sequence[Candidate], rules: Rules, decided_by: Collection[str],
    default_region: str,
) -> Verdict:
    """Return the verdict on a ticket about `service` (empty: not said).

    `named` is which of email, user and organization the ticket gives. A customer that only a number leads to is
    named, and decides nothing until its primary e-mail address is filled in, unless `decided_by` says so (S4.16-17).
    """
    if not named:
        return Verdict("not-identified")
    if not candidates:
        return Verdict("not-found", {"named": sorted(named)})
    chosen = _chosen(candidates)
    if chosen is None:
        return Verdict("ambiguous", {"count": len(candidates)})
    if not chosen.found_by & set(decided_by):
        return Verdict("email-missing", {"customer": chosen.name}, organization_id=chosen.id)
    return weigh(service, chosen, rules, default_region)


def _chosen(candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the one customer that the ticket is about; several are for a person to tell apart (G17).

    A number that names one of those that an address leads to decides between them; one that names another is a
    contradiction, and that is for a person as well.
    """
    if len(candidates) == 1:
        return candidates[0]
    both = [one for one in candidates if one.found_by & {"email", "domain"} and one.found_by & {"user", "organization"}]
    by_number = [one for one in candidates if one.found_by & {"user", "organization"}]
    return both[0] if len(both) == 1 and by_number == both else None


def weigh(service: str, customer: Candidate, rules: Rules, default_region: str) -> Verdict:
    """Return the verdict once it is known whose ticket it is: by the ticket's own service, then by user licenses."""
    if service and (service in rules.excluded or service.partition("/")[0] in rules.excluded):
        return Verdict("excluded-service", {"customer": customer.name, "service": service}, organization_id=customer.id)
    counted = {code: count for code, count in sorted(customer.licenses.items()) if not _excluded(code, rules)}
    left_out = {code: count for code, count in sorted(customer.licenses.items()) if _excluded(code, rules)}
    region = customer.region if customer.region in rules.thresholds else default_region
    threshold, total = rules.thresholds[region], sum(counted.values())
    large = total >= threshold
    params = {"customer": customer.name, "licenses": total, "threshold": threshold, "region": region,
              "counted": counted, "excluded": left_out}
    return Verdict("large" if large else "small", params, large, customer.id)


def _excluded(code: str, rules: Rules) -> bool:
    return code in rules.excluded or code.partition("/")[0] in rules.excluded
