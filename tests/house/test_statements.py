"""No page asks the database more than five things, whoever opens it."""

from __future__ import annotations

import pytest

from tests.client import statements
from tests.house.test_access_table import CAST, TABLE, lines, people, things

MOST = 5
PAGES = sorted(line for line in TABLE if line.startswith("GET ") and not line.startswith("GET dev."))


@pytest.mark.parametrize("line", PAGES)
def test_statements(line: str, app, cast) -> None:
    values = things(cast)
    browsers = people(cast)
    with app.test_request_context():
        rule = lines(app)[line]
        _, path = rule.build({name: values[name] for name in rule.arguments}) or ("", "")
    for name, expected in zip(CAST, TABLE[line].split(), strict=True):
        if expected == "ok":
            with statements() as seen:
                browsers[name].get(path)
            assert len(seen) <= MOST, f"{name} on {path}: {len(seen)}\n" + "\n".join(seen)
