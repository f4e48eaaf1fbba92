"""The sandbox's page on which a card's holder confirms a payment, as banks ask with 3-D Secure."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import Stale
from portal.web.access import PUBLIC
from portal.web.render import page
from portal.web.sandbox import pages
from portal.web.sandbox.port import closed, gateway, leave, visit


@pages.get("/confirm/<session>")
@PUBLIC
def confirm(session: str) -> Response:
    return _page(session)


@pages.post("/confirm/<session>")
@PUBLIC
def answer(session: str) -> Response:
    visit(session, "confirm")
    said = request.form.get("answer")
    if said not in {"confirm", "refuse"}:
        return _page(session, 422)
    try:
        return leave(session, gateway().answer(session, said == "confirm"))
    except Stale:
        return _page(session, 409)


def _page(session: str, status: int = 200) -> Response:
    found = visit(session, "confirm")
    if not gateway().is_open(found):
        return closed(found, status)
    charge = gateway().waiting(found)
    return page("sandbox/confirm.html", status=status, charge=charge, action=url_for("sandbox.answer", session=session))
