"""The test client: checks every HTML answer against the template laws, and counts statements."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.storage import database
from tests.template_laws import violations

HTMX = {"HX-Request": "true"}


class CheckedClient(FlaskClient):
    """A browser without JavaScript that also reads like a validator."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.status_code not in (301, 302, 303) and response.data:
            faults = violations(response.get_data(as_text=True), response.request.path)
            assert not faults, f"{response.request.path}: " + "; ".join(faults)
        return response

    def csrf(self, path: str) -> str:
        """Return the token of the first form on a page."""
        from lxml import html

        tree = html.fromstring(self.get(path, follow_redirects=True).data)
        return str(tree.xpath("//input[@name='csrf_token']/@value")[0])

    def send(self, path: str, page: str | None = None, htmx: bool = False, **data: Any) -> TestResponse:
        """Post a form as the page `page` (default: the same address) would."""
        return self.post(path, data={"csrf_token": self.csrf(page or path), **data}, headers=HTMX if htmx else {})


@contextlib.contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL statements that run inside the block, without the transactions' own words."""
    seen: list[str] = []

    def hook(sql: str, *_rest: Any) -> None:
        if sql.lstrip("(").split(" ", 1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}:
            seen.append(sql)

    original = database.obj.execute_sql

    def counted(sql: str, params: Any = None, *rest: Any, **more: Any) -> Any:
        hook(sql)
        return original(sql, params, *rest, **more)

    database.obj.execute_sql = counted
    try:
        yield seen
    finally:
        database.obj.execute_sql = original
