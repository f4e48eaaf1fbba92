"""The terms of a consent in words: facts of `relations` with the names that this reader's language has for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.delegation.policy import ALLOWED, FORBIDDEN
from portal.relations.policy.terms import DOES, DOES_WITH_ACCESS, SEES, SEES_INSIDE
from portal.relations.words import OBLIGATIONS
from portal.web.access import ctx
from portal.web.i18n import current_language

_TASKS: Mapping[str, str] = {one.value: words for one, words in
                             {**DOES, **DOES_WITH_ACCESS, **ALLOWED, **SEES_INSIDE, **FORBIDDEN}.items()}


@dataclass(frozen=True, slots=True)
class Rate:
    """What a partner earns on a service, in basis points; `service` is empty for all others, `low` = `high` often."""

    service: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed to, or is about to be. The lists hold catalog messages.

    `partner` is empty where any partner that holds a token is meant, `former` where there is none; `with_access` is
    None while nobody has chosen.
    """

    partner: str
    former: str
    organization: str
    enters: bool
    sees: list[str]
    does: list[str]
    sees_inside: list[str]
    does_inside: list[str]
    never: list[str]
    pays_now: str
    pays_after: str
    tier: str
    rates: list[Rate]
    obligations: list[dict[str, Any]]
    with_access: bool | None
    consented_by: str
    language: str


def shown(terms: Mapping[str, Any] | None) -> Terms | None:
    """Return terms as `organization/terms.html` draws them, or None where there were none."""
    if not terms:
        return None
    tier = ctx().programme.commission.tiers.get(terms["commission"]["tier"])
    return Terms(
        (terms["partner"] or {}).get("name", ""), (terms["from"] or {}).get("name", ""), terms["organization"],
        terms["enters"], [SEES.get(code, code) for code in terms["sees"]], _tasks(terms["does"]),
        _tasks(terms["sees_inside"]), _tasks(terms["does_inside"]), _tasks(terms["never"]),
        terms["pays"]["now"], terms["pays"]["after"], tier.name.get(current_language()) if tier else "",
        [Rate(_service(one["service"]), one["low"], one["high"]) for one in terms["commission"]["rates"]],
        [{**one, "words": OBLIGATIONS.get(one["kind"], one["kind"])} for one in terms["obligations"]],
        terms.get("with_access"), terms.get("consented_by", ""), terms["language"],
    )


def _tasks(codes: Iterable[str]) -> list[str]:
    return [_TASKS.get(code, code) for code in codes]


def _service(code: str) -> str:
    """Return the name of a service; one that the programme no longer has is called by its code."""
    service = ctx().programme.services.get(code)
    return service.name.get(current_language()) if service else code
