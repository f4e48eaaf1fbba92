"""No page without a permission; no page for whom the table does not let in."""

from __future__ import annotations

from portal.core.permissions import GRANTS, P, Role


def test_every_page_says_what_it_asks(app) -> None:
    bare = [endpoint for endpoint, view in app.view_functions.items() if not hasattr(view, "permission")]
    assert bare == []


def test_permissions_stand_in_order() -> None:
    assert [p.name for p in P] == sorted(p.name for p in P)


def test_the_public_hold_nothing_but_the_public(app) -> None:
    assert GRANTS[Role.ANYONE] == {P.PUBLIC}


def test_writes_are_posts(app) -> None:
    for rule in app.url_map.iter_rules():
        assert (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS", "POST"}, rule
