"""The sandbox's page for a card."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from portal.adapters.sandbox.numbers import NUMBERS, digits
from portal.core.errors import DomainError, Stale
from portal.web.access import PUBLIC
from portal.web.render import page
from portal.web.sandbox import pages
from portal.web.sandbox.forms import CardForm
from portal.web.sandbox.port import closed, gateway, leave, visit


@pages.get("/cards/<session>")
@pages.get("/cards/<session>/cancel")
@PUBLIC
def card(session: str) -> Response:
    return _page(session, CardForm())


@pages.post("/cards/<session>")
@PUBLIC
def enter_card(session: str) -> Response:
    visit(session, "card")
    form = CardForm()
    if not form.validate():
        return _page(session, form, 422)
    month_and_year = form.month_and_year
    assert month_and_year
    try:
        return leave(session, gateway().enter(session, digits(form.number.data or ""), *month_and_year))
    except Stale:
        return _page(session, form, 409)
    except DomainError as error:
        form.refuse(error)
        return _page(session, form, 422)


@pages.post("/cards/<session>/cancel")
@PUBLIC
def cancel_card(session: str) -> Response:
    try:
        return leave(session, gateway().leave(session))
    except Stale:
        return _page(session, CardForm(), 409)


def _page(session: str, form: CardForm, status: int = 200) -> Response:
    found = visit(session, "card")
    if not gateway().is_open(found):
        return closed(found, status)
    form.forget()
    return page(
        "sandbox/card.html", status=status, form=form, numbers=NUMBERS.values(),
        action=url_for("sandbox.enter_card", session=session),
        cancel_url=url_for("sandbox.cancel_card", session=session),
    )
