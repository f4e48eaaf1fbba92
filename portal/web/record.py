"""The record as a reader sees it: sentences, what changed, and the address of the list that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for
from flask_babel import gettext, pgettext

from portal.audit.queries import SEARCH_MAX, Act, Asked
from portal.audit.words import FIELDS, KINDS, SIDES, VERBS
from portal.core.paging import Page
from portal.core.words import N_
from portal.web import formats
from portal.web.access import ctx
from portal.web.csv_file import download
from portal.web.i18n import current_language
from portal.web.languages import write_whole
from portal.web.record_values import shown

Values = Mapping[str, Any]
_DAYS = (date(2000, 1, 1), date(2100, 1, 1))
_UNSAID = {"picture"}  # a digest says nothing
_AMOUNTS = {"total", "unit_price", "storage_price"}  # minor units of the act's currency
_ASIDE = {"before", "after", "later", "currency", "positions"}
_ALONE = {"trial.extended": "trial_days"}  # what a verb's single values are
_HEADINGS = (
    N_("Number"), N_("When"), N_("Time zone"), N_("Person"), N_("Side"), N_("Partner"), N_("Act"), N_("Object"),
    N_("Changes"), N_("Reason"), N_("Fingerprint"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One act in words."""

    act: Act
    person: str
    side: str
    what: str
    changes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the record with the addresses around it; `values` are the parts of its address."""

    asked: Asked
    page: Page[Act]
    time_zone: str
    endpoint: str
    values: Mapping[str, Any]
    sides: bool = True  # acts of several sides may be there

    @property
    def entries(self) -> list[Entry]:
        return entries_of(self.page.rows, self.time_zone)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return [(code, gettext(kind.label)) for code, kind in KINDS.items()]

    @property
    def side_names(self) -> list[tuple[str, str]]:
        return [(code, gettext(label)) for code, label in SIDES.items()] if self.sides else []

    @property
    def narrowed(self) -> bool:
        return self.asked != Asked()

    @property
    def path(self) -> str:
        return url_for(self.endpoint, **self.values)

    @property
    def file_url(self) -> str:
        return url_for(f"{self.endpoint}_file", **self.values, **_query(self.asked))

    @property
    def previous_url(self) -> str | None:
        return self._at(self.page.previous)

    @property
    def next_url(self) -> str | None:
        return self._at(self.page.next)

    def of_person(self, name: str) -> str:
        """Return the address of everything that a person of this name did."""
        return url_for(self.endpoint, **self.values, q=name)

    def _at(self, after: str | None) -> str | None:
        return url_for(self.endpoint, **self.values, **_query(self.asked), after=after) if after else None


def asked() -> Asked:
    """Read the query string of this request; what makes no sense is as if it had not been asked."""
    args = request.args
    words = " ".join(args.get("q", "").replace("\0", " ").split())
    side, kind = args.get("side", ""), args.get("kind", "")
    return Asked(
        words[:SEARCH_MAX], side if side in SIDES else "", kind if kind in KINDS else "", _day(args.get("since", "")),
        _day(args.get("until", "")), args.get("after"),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _DAYS[0] <= day <= _DAYS[1] else None


def _query(asked: Asked) -> dict[str, Any]:
    given = {
        "q": asked.search, "side": asked.side, "kind": asked.kind, "since": asked.since and asked.since.isoformat(),
        "until": asked.until and asked.until.isoformat(),
    }
    return {name: value for name, value in given.items() if value}


# ---- Words ----

def entries_of(acts: Sequence[Act], time_zone: str) -> list[Entry]:
    """Return acts in words; times in their changes are those of `time_zone`."""
    return [_entry(act, time_zone) for act in acts]


def _entry(act: Act, time_zone: str) -> Entry:
    return Entry(act, *who(act), sentence(act), list(changes(act, time_zone)))


def who(act: Act) -> tuple[str, str]:
    """Return who did it, empty for the portal, and on which side."""
    side = gettext("Partner %(partner)s", partner=act.partner) if act.partner else gettext(SIDES[act.side])
    return "" if act.side == "portal" else act.actor, side


def sentence(act: Act) -> str:
    """Return what was done, in the reader's language; an act without words goes by its verb."""
    if act.verb not in VERBS:
        return f"{act.verb} {act.name}".strip()
    return gettext(VERBS[act.verb], name=act.name or "–")


def changes(act: Act, time_zone: str, whole: bool = False) -> Iterator[str]:
    """Yield what changed and what else was noted, each in words; long lists are cut unless `whole`."""
    def say(field: str, value: Any) -> str:
        if field in _AMOUNTS and currency and isinstance(value, int):
            return formats.money(value, currency, formats.locale_for(current_language(), ctx().actor.country))
        return shown(act.verb, field, value, time_zone, whole)

    currency = act.detail.get("currency")

    old, new = _values(act, "before"), _values(act, "after")
    for field in dict.fromkeys((*old, *new)):
        if field not in _UNSAID:
            yield from _change(field, old, new, say)
    for field, value in _values(act, "later").items():
        yield gettext("From the next renewal on: %(field)s: %(value)s", field=_field(field), value=say(field, value))
    for field, value in act.detail.items():
        if field not in _ASIDE:
            said = act.name if field == "user" else say(field, value)
            yield gettext("%(field)s: %(value)s", field=_field(field), value=said or "–")


def _change(field: str, old: Values, new: Values, say: Callable[[str, Any], str]) -> Iterator[str]:
    """Yield a field's old and new value; of two lists only what one has and the other has not."""
    name, before, after = _field(field), old.get(field), new.get(field)
    gone, come = _without(before, after), _without(after, before)
    if gone:
        yield gettext("%(field)s: removed %(values)s", field=name, values=say(field, gone))
    if come:
        yield gettext("%(field)s: added %(values)s", field=name, values=say(field, come))
    if gone or come:
        return
    now = say(field, after)
    if field in old:
        yield gettext("%(field)s: %(before)s → %(after)s", field=name, before=say(field, before), after=now)
    else:
        yield gettext("%(field)s: %(value)s", field=name, value=now)


def _without(one: Any, other: Any) -> list[Any]:
    """Return what of a list is not in another; nothing unless both are lists."""
    if not isinstance(one, list) or not isinstance(other, list):
        return []
    there = set(map(str, other))
    return [part for part in one if str(part) not in there]


def _values(act: Act, side: str) -> Values:
    value = act.detail.get(side)
    if value is None or isinstance(value, Mapping):
        return value or {}
    return {_ALONE.get(act.verb, "value"): value}


def _field(name: str) -> str:
    return gettext(FIELDS[name]) if name in FIELDS else name


# ---- As a file ----

def as_file(acts: Iterator[Act], time_zone: str) -> Response:
    """Answer with the acts as a CSV file; times are those of the organization."""
    write_whole()
    words = f"{pgettext('file name', 'record')}.csv"
    headings = [gettext(heading) for heading in _HEADINGS]
    return download("record.csv", headings, (_cells(act, time_zone) for act in acts), words)


def _cells(act: Act, time_zone: str) -> list[object]:
    return [
        act.number, _local(act.at, time_zone), time_zone, "" if act.side == "portal" else act.actor,
        gettext(SIDES[act.side]), act.partner, sentence(act), act.name, "; ".join(changes(act, time_zone, whole=True)),
        act.reason, act.hash,
    ]


def _local(at: datetime, time_zone: str) -> str:
    return at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M:%S")
