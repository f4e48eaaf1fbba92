"""What happened to a ticket, in the words of the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from portal.core.words import N_
from portal.support.models import Event
from portal.support.queries.desk import Line
from portal.support.words import CHANNELS, CLOCKS
from portal.web import formats
from portal.web.access import ctx
from portal.web.i18n import current_language, reader_locale
from portal.web.verdicts import verdict_lines, verdict_sentence

_PLAIN = {
    "partner-reply": N_("Message of the partner"), "staff-reply": N_("Answer to the partner"),
    "note": N_("Internal note"), "automatic": N_("Automatic mail: it is filed, and nothing follows from it"),
    "determined": N_("What the issue is"), "waiting": N_("Waits for the partner"), "held": N_("Put on hold"),
    "resumed": N_("Goes on"), "resolved": N_("Marked as resolved"), "closed": N_("Was closed"),
    "reopened": N_("Opened again"), "spam": N_("Put away as spam"),
}
_FIELDS = {
    "customer_email": N_("Customer's primary e-mail address"), "service_org": N_("Service organization ID"),
    "service_user": N_("User ID"), "service": N_("Service name"),
}
_SOURCES = {
    "rule": N_("Severity: %(after)s instead of %(before)s, by the rule for large accounts"),
    "person": N_("Severity: %(after)s instead of %(before)s, by hand"),
    "default": N_("Severity: %(after)s instead of %(before)s, because the account is not large"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the history: what happened, and what was written."""

    line: Line
    words: str
    details: list[str]

    @property
    def event(self) -> Event:
        return self.line.event

    @property
    def by_itself(self) -> bool:
        """Tell whether the portal did it, on the occasion of what somebody else has done."""
        data = self.event.data or {}
        return self.event.kind == "classified" or bool(data.get("automatic")) or (
            self.event.kind == "severity" and data.get("source") != "person")


def told(line: Line) -> Told:
    """Return an event in words."""
    event, data = line.event, line.event.data or {}
    say = _SAYS.get(event.kind)
    words = say(data) if say else gettext(_PLAIN[event.kind]) if event.kind in _PLAIN else event.kind
    return Told(line, words, _details(event.kind, data))


def _details(kind: str, data: Mapping[str, Any]) -> list[str]:
    if kind == "classified":
        return verdict_lines(data)
    if kind != "identified":
        return []
    before, after = data.get("before") or {}, data.get("after") or {}
    return [gettext("%(field)s: %(after)s instead of %(before)s", field=gettext(_FIELDS.get(name, name)),
                    after=after[name] or "–", before=before.get(name) or "–") for name in after]


def _opened(data: Mapping[str, Any]) -> str:
    channel = CHANNELS.get(data.get("channel", ""), "")
    return gettext("Ticket opened. Channel: %(channel)s", channel=gettext(channel)) if channel else gettext(
        "Ticket opened")


def _call(data: Mapping[str, Any]) -> str:
    return gettext("Logged chat") if data.get("channel") == "chat" else gettext("Logged call")


def _promised(data: Mapping[str, Any]) -> str:
    until = data.get("until")
    if not until:
        return gettext("Next update promised")
    time = formats.instant(datetime.fromisoformat(until), reader_locale(), ctx().actor.time_zone)
    return gettext("Next update promised by %(time)s", time=time)


def _severity(data: Mapping[str, Any]) -> str:
    return gettext(_SOURCES.get(data.get("source", ""), _SOURCES["default"]), after=_named(data.get("severity", "")),
                   before=_named(data.get("before", "")))


def _named(severity: str) -> str:
    entry = ctx().programme.severities.get(severity)
    return entry.name.get(current_language()) if entry else severity


def _assigned(data: Mapping[str, Any]) -> str:
    if not data.get("to"):
        return gettext("Given to nobody")
    words = N_("Offered to %(name)s automatically") if data.get("automatic") else N_("Given to %(name)s")
    return gettext(words, name=data["to"])


def _clock(words: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: gettext(words, clock=gettext(CLOCKS[data["clock"]]) if data.get("clock") in CLOCKS else "–")


def _with(words: str, name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: gettext(words, **{name: data.get(name) or "–"})


_SAYS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "opened": _opened, "call": _call, "promised": _promised, "severity": _severity, "assigned": _assigned,
    "classified": lambda data: verdict_sentence(data) or gettext("Checked whether the account is large"),
    "identified": lambda _data: gettext("It was said whose ticket it is"),
    "customer-chosen": _with(N_("Customer chosen: %(customer)s"), "customer"),
    "merged": _with(N_("Merged into ticket %(number)s"), "number"),
    "absorbed": _with(N_("Ticket %(number)s was merged into this one"), "number"),
    "linked": _with(N_("Linked with ticket %(number)s"), "number"),
    "unlinked": _with(N_("No longer linked with ticket %(number)s"), "number"),
    "warned": _clock(N_("Warning before the limit: %(clock)s")),
    "breached": _clock(N_("Limit exceeded: %(clock)s")),
    "unreachable": _with(N_("A mail could not be delivered to %(email)s"), "email"),
    "rated": lambda data: gettext("The partner says: it helped") if data.get("rating") == "good" else gettext(
        "The partner says: it did not help"),
}
