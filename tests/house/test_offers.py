"""Pages of Store and Console offer nobody what their task does not include, or what was taken away from them."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html
from werkzeug.exceptions import HTTPException

from portal.core.permissions import P
from portal.customers.models import Assignment
from portal.partners.models import Member, Partner
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.billing.rows import an_invoice
from tests.house.test_access_table import address, answer, lines, things

# Task, whether they see chosen customers only, and the state of their partner.
PEOPLE = [
    ("admin", "all", "active"), ("sales", "all", "active"), ("billing", "all", "active"), ("support", "all", "active"),
    ("reader", "all", "active"), ("admin", "chosen", "active"), ("super-admin", "all", "suspended"),
    ("super-admin", "all", "terminated"), ("reader", "chosen", "terminated"),
]
AUDIENCES = ("store.", "console.")


def somebody(cast: Any, role: str, sees: str, state: str) -> Any:
    person = cast.member("somebody@andina.example", "en", cast.andina, role)
    with transaction():
        Partner.update(state=state, state_since=cast.now, state_reason="An audit").execute()
        Member.update(sees=sees).where(Member.account == person.account).execute()
        Assignment.create(member=Member.get(Member.account == person.account), organization=cast.siam)
    return person


def others(cast: Any, person: Any) -> list[tuple[str, str]]:
    """Return pages of customers in other states: on trial, suspended, without verified domain, without access."""
    found = []
    kinds = ({"standing": "trial"}, {"verified": False}, {"access": "revoked"}, {"standing": "expired"},
             {"standing": "suspended"})
    for number, kind in enumerate(kinds):
        row = cast.customer(f"Other {number}", f"other{number}.example", **kind)
        owned = Subscription.get(Subscription.organization == row)
        invoice = an_invoice(cast, row, 100 + number)
        with transaction():
            Assignment.create(member=Member.get(Member.account == person.account), organization=row)
        found += [("store.customer", f"/en/store/customers/{row.public_id}"),
                  ("console.domain", f"/en/console/customers/{row.public_id}/domain"),
                  ("store.services", f"/en/store/customers/{row.public_id}/services"),
                  ("store.invoice", f"/en/store/invoices/{invoice.public_id}"),
                  ("store.subscription", f"/en/store/subscriptions/{owned.public_id}")]
    return found


def pages_of(app: Any, values: dict[str, str]) -> list[tuple[str, str]]:
    gets = (line for line in sorted(lines(app)) if line.startswith("GET "))
    return [(line.split()[1], address(app, line, values)) for line in gets if line.split()[1].startswith(AUDIENCES)]


def offered(page: bytes) -> set[tuple[str, str]]:
    """Return the addresses of a page's links and forms, with the method of each."""
    tree = html.fromstring(page)
    forms = {(form.method, form.action or "") for form in tree.forms}
    return forms | {("GET", str(url)) for url in tree.xpath("//a/@href")}


def permission_of(app: Any, method: str, url: str) -> P | None:
    """Return what an address of Store, Console or a customer's console asks; None for others."""
    path = url.partition("?")[0].partition("#")[0]
    try:
        endpoint, _values = app.url_map.bind("portal.test").match(path, method)
    except HTTPException:
        return None
    if endpoint.startswith("organization."):
        return P.CUSTOMER_ENTER
    found: P | None = app.view_functions[endpoint].permission if endpoint.startswith(AUDIENCES) else None
    return found


@pytest.mark.parametrize(("role", "sees", "state"), PEOPLE)
def test_what_is_offered_may_be_done(app, cast, role, sees, state) -> None:
    values, person = things(cast), somebody(cast, role, sees, state)
    more = others(cast, person)
    browser, actor, faults = person.browser(), person.actor, set[str]()
    for endpoint, path in [*pages_of(app, values), *more]:
        response = browser.get(path)
        if response.status_code != 200 or response.mimetype != "text/html":
            continue
        for each, url in offered(response.data):
            asks = permission_of(app, each.upper(), url)
            if asks is not None and not actor.can(asks):
                faults.add(f"{endpoint}: {each} {url} ({asks})")
    assert sorted(faults) == []
    assert answer(browser, "GET", "/en/store/") == "ok"
