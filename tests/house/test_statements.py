"""No page asks the database more than five things, whoever opens it."""

from __future__ import annotations

import pytest

from tests.client import statements
from tests.house.test_access_table import CAST, TABLE, address, people, things

MOST = 5
PAGES = sorted(line for line in TABLE if line.startswith("GET ") and not line.startswith("GET dev."))


@pytest.mark.parametrize("who", CAST)
def test_statements(who: str, app, cast) -> None:
    values, browser, column = things(cast), people(cast)[who], CAST.index(who)
    for line in PAGES:
        if TABLE[line].split()[column] == "ok":
            path = address(app, line, values)
            with statements() as seen:
                browser.get(path)
            assert len(seen) <= MOST, f"{who} on {path}: {len(seen)}\n" + "\n".join(seen)
