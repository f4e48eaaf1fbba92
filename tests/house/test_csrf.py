"""No form is taken without its token: every POST of the portal, as a page and as a part, and nothing has changed."""

from __future__ import annotations

from typing import Any

import pytest

from portal.storage.tables import all_tables
from tests.client import HTMX
from tests.house.test_access_table import CAST, TABLE, address, people, things

WEBHOOKS = {"POST hooks.card_event"}  # signed by the gateway, which has no session
OPEN = {"POST public.answer_article"}  # taken from anybody, without a cookie, and does nothing in anybody's name
LINES = sorted(line for line in TABLE if line.startswith("POST ") and line not in WEBHOOKS | OPEN)
FIELDS = {"name": "Mallory", "email": "mallory@evil.example", "password": "correct horse battery", "seen": "1",
          "csrf_token": "IjAwMDAi.forged"}


def rows() -> dict[str, list[Any]]:
    """Return all that the database holds, but for when browsers were last seen."""
    return {
        table.__name__: sorted(map(repr, table.select(*(
            field for field in table._meta.sorted_fields if field.name != "seen_at"
        )).tuples()))
        for table in all_tables()
    }


def sender(line: str, browsers: dict[str, Any]) -> Any:
    """Return somebody whom the page lets in, so that nothing but the token is in the way."""
    columns = dict(reversed([*zip(TABLE[line].split(), CAST, strict=True)]))
    return browsers[columns.get("ok") or columns.get("410") or columns.get("404") or columns["in"]]


@pytest.mark.parametrize(("headers", "fields"), [
    ({}, {}), (HTMX, {}), ({"Origin": "https://evil.example"}, FIELDS),
    ({"Origin": "http://localhost", **HTMX}, FIELDS),
], ids=["page", "part", "page elsewhere", "part of an old page"])
def test_every_form_needs_its_token(app, cast, headers, fields):
    values, browsers = things(cast), people(cast)
    paths = {line: address(app, line, values) for line in LINES}
    for browser in browsers.values():
        browser.get("/en/account")  # visits are noted once
    before = rows()
    answers = {
        line: sender(line, browsers).post(path, data=fields, headers=headers).status_code
        for line, path in paths.items()
    }
    taken = {line: status for line, status in answers.items() if status != 400}
    assert {line: status for line, status in taken.items() if "ok" in TABLE[line] or status != 404} == {}
    assert rows() == before


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
])
def test_forms_for_everybody_are_taken_from_our_own_pages_alone(app, cast, client, headers):
    values, before = things(cast), rows()
    for line in OPEN:
        assert client.post(address(app, line, values), data={"helpful": "yes"}, headers=headers).status_code == 400
    assert rows() == before


def test_webhooks_and_forms_for_everybody_alone_are_excused(app):
    excused = {f"POST {rule.endpoint}" for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert excused - set(LINES) <= WEBHOOKS | OPEN
