"""Why a ticket is S1-Critical, or why not, as sentences in a reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.words import N_
from portal.programme.schema import Addon, Programme, Service
from portal.support.words import VERDICTS

HIDDEN = N_("The reason is about a customer whose data you may no longer see.")
_UNMEASURED = N_("Not %(severity)s: %(service)s has no priority support.")
_COUNTED = N_("Licenses that count: %(services)s.")
_NOTHING = N_("No subscription counts: only bought services that are measured by user licenses do.")
_LEFT_OUT = N_("Does not count: %(service)s with %(units)s. What counts there: %(measure)s.")
_LEFT_OUT_BY_RULE = N_("Does not count, because the rule leaves it out: %(service)s with %(units)s.")
_CHOSEN = N_("Support has chosen the customer.")


@dataclass(frozen=True, slots=True)
class Tongue:
    """A reader's language: how messages are translated and numbers written in it."""

    language: str
    translate: Callable[[str], str]
    number: Callable[[int], str]

    def say(self, message: str, **values: object) -> str:
        """Return a message with its values filled in."""
        return self.translate(message) % values if values else self.translate(message)


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict as a ticket or its history keeps it. `hidden`: its reader may not see the customer (D15)."""

    code: str
    params: Mapping[str, Any]
    hidden: bool = False

    @property
    def concealed(self) -> bool:
        return self.hidden and bool(self.params.get("customer"))


def sentence(programme: Programme, tongue: Tongue, told: Told) -> str:
    """Return the written reason (S4.12, S4.17); nothing if there is no verdict, or the programme's words are gone."""
    if told.code not in VERDICTS:
        return ""
    if told.concealed:
        return tongue.say(HIDDEN)
    params, language = told.params, tongue.language
    service = params.get("service", "")
    measure = _measure(programme, tongue, service)
    unmeasured = told.code == "excluded-service" and not measure
    return tongue.say(
        _UNMEASURED if unmeasured else VERDICTS[told.code],
        severity=programme.severities[programme.support.large_account_severity].name.get(language),
        customer=params.get("customer", ""), service=service_name(programme, language, service), measure=measure,
        region=_region(programme, tongue, params.get("region", "")),
        **{name: tongue.number(params.get(name) or 0) for name in ("licenses", "threshold", "count")},
    )


def lines(programme: Programme, tongue: Tongue, told: Told) -> list[str]:
    """Return what was counted, and what was not and why; nothing where licenses decided nothing."""
    if told.concealed:
        return []
    chosen = [tongue.say(_CHOSEN)] if told.params.get("chosen") else []
    if told.code not in {"large", "small"}:
        return chosen
    left_out = told.params.get("excluded") or {}
    return [*chosen, _counted(programme, tongue, told.params.get("counted") or {}),
            *(_left_out(programme, tongue, code, units) for code, units in left_out.items())]


def service_name(programme: Programme, language: str, code: str) -> str:
    """Return what a service is called, or an add-on (service/add-on); one that is gone keeps its code."""
    service, addon = _entry(programme, code)
    if service is None:
        return code
    return f"{service.name.get(language)} – {addon.name.get(language)}" if addon else service.name.get(language)


def _entry(programme: Programme, code: str) -> tuple[Service | None, Addon | None]:
    base, _, more = code.partition("/")
    service = programme.services.get(base)
    addon = service.addons.get(more) if service and more else None
    return (None, None) if more and addon is None else (service, addon)


def _measure(programme: Programme, tongue: Tongue, code: str) -> str:
    service, addon = _entry(programme, code)
    measured = (addon.measured_by if addon else None) or (service.measured_by if service else None)
    return measured.get(tongue.language) if measured else ""


def _region(programme: Programme, tongue: Tongue, code: str) -> str:
    region = programme.regions.get(code)
    return region.name.get(tongue.language) if region else code


def _counted(programme: Programme, tongue: Tongue, counted: Mapping[str, int]) -> str:
    if not counted:
        return tongue.say(_NOTHING)
    parts = (f"{service_name(programme, tongue.language, code)} {tongue.number(count)}"
             for code, count in counted.items())
    return tongue.say(_COUNTED, services=", ".join(parts))


def _left_out(programme: Programme, tongue: Tongue, code: str, units: int) -> str:
    measure = _measure(programme, tongue, code)
    return tongue.say(
        _LEFT_OUT if measure else _LEFT_OUT_BY_RULE, service=service_name(programme, tongue.language, code),
        units=tongue.number(units), measure=measure,
    )
