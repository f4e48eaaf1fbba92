"""The local DNS and websites: what the demo's domains publish, to be placed, removed and spoiled by hand."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, request, url_for
from werkzeug.wrappers import Response

from portal.adapters.dev_dns import LOOPBACK
from portal.adapters.dev_names import ZONE_STATES, DevNames
from portal.core.words import N_
from portal.domains.models import Domain
from portal.domains.policy import Expectation, Method, registrable
from portal.domains.queries import any_domain, expectation, unproven
from portal.web.access import PUBLIC, ctx
from portal.web.dev import pages
from portal.web.domain_parts import METHODS, posted_method
from portal.web.render import notify, page, see_other
from portal.web.wiring import dev_names

KINDS = ("TXT", "CNAME")
ABSENT = "absent"
STATES = {
    "answering": N_("Answers questions"),
    "servfail": N_("Answers with errors (SERVFAIL)"),
    "timeout": N_("Does not answer"),
    ABSENT: N_("Does not exist"),
}
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """A domain that is not verified, and what its zone does now."""

    public_id: str
    display: str
    organization: str
    zone: str
    state: str


@pages.get("/dns")
@PUBLIC
def dns() -> Response:
    names = _names()
    states = {name: value for name, kind, value in names.records() if kind == "ZONE"}
    return page(
        "dev/dns.html", waiting=_waiting(states), zones=sorted(states.items()), states=STATES, kinds=KINDS,
        methods=METHODS, files=sorted(names.files().items()), running=current_app.extensions["settings"].dev_internet,
        records=sorted(record for record in names.records() if record[1] != "ZONE"),
    )


@pages.post("/dns/needed")
@PUBLIC
def place_needed() -> Response:
    """Publish what a domain needs to be verified, as its holder would."""
    domain = any_domain(_text("domain"))
    wanted = expectation(ctx(), domain, posted_method())
    _publish(_names(), wanted)
    notify("success", N_("Placed. %(domain)s can be verified now."), domain=domain.display)
    return see_other(url_for("dev.dns"))


def _publish(names: DevNames, wanted: Expectation) -> None:
    names.place_zone(wanted.apex)
    if wanted.method is Method.FILE:
        names.place(wanted.host, "A", LOOPBACK)
        names.place_file(wanted.host, urlsplit(wanted.url).path, wanted.value)
    else:
        names.place(wanted.host, wanted.method.upper(), wanted.value)


@pages.post("/dns/zones")
@PUBLIC
def place_zone() -> Response:
    """Make a zone answer, fail, be silent or not exist."""
    zone, state = _text("zone"), _text("state")
    if not _is_name(zone) or state not in STATES:
        return _refused()
    if state == ABSENT:
        _names().place(zone, "ZONE")
    else:
        assert state in ZONE_STATES
        _names().place_zone(zone, state)
    return _changed()


@pages.post("/dns/records")
@PUBLIC
def place_record() -> Response:
    """Put one value per line at a name, in place of what is there; no value removes it."""
    name, kind = _text("name"), _text("kind")
    values = [line.strip() for line in _text("value").splitlines() if line.strip()]
    readable = kind == "TXT" or (kind == "CNAME" and all(map(_is_name, values))) or not values
    if not _is_name(name) or not readable:
        return _refused()
    _names().place(name, kind, *values)
    return _changed()


@pages.post("/dns/files")
@PUBLIC
def place_file() -> Response:
    """Put a text on a website; an empty one removes the file."""
    host, path, text = _text("host"), _text("path"), _text("text")
    if not _is_name(host) or not path.startswith("/"):
        return _refused()
    names = _names()
    names.place_file(host, path, text or None)
    if text:
        names.place(host, "A", LOOPBACK)
    return _changed()


def _names() -> DevNames:
    return dev_names(current_app.extensions["settings"])


def _text(field: str) -> str:
    return request.form.get(field, "").strip()


def _is_name(text: str) -> bool:
    """Tell whether `text` can stand in the file of records; a name that cannot would silence the whole server."""
    labels = text.split(".")
    return text.isascii() and len(text) < 254 and all(0 < len(label) < 64 and label.isprintable() for label in labels)


def _changed() -> Response:
    notify("success", N_("The change counts from now on."))
    return see_other(url_for("dev.dns"))


def _refused() -> Response:
    notify("error", N_("This is not a name, type or state that the local servers know."))
    return see_other(url_for("dev.dns"))


def _waiting(states: dict[str, str]) -> list[Waiting]:
    return [_one(domain, states) for domain in unproven(_SHOWN)]


def _one(domain: Domain, states: dict[str, str]) -> Waiting:
    zone = registrable(domain.name) or domain.name
    return Waiting(domain.public_id, domain.display, domain.organization.name, zone, states.get(zone, ABSENT))
