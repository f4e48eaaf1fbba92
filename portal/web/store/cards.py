"""The partner's own cards and those of its customers, and taking away what nobody pays with."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.billing.commands.cards import remove_card as command
from portal.billing.policy.cards import called
from portal.billing.queries.cards import COUNTED, KINDS, kept_cards
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.render import notify, page, see_other
from portal.web.store import pages


@pages.get("/cards")
@shows(P.CARD_CHANGE)
def cards() -> Response:
    return _page()


@pages.get("/cards/<card>/remove")
@shows(P.CARD_CHANGE)
def removal_of_card(card: str) -> Response:
    """Lead a reader who reloads a refused act, or changes its language, to the page it belongs to."""
    return see_other(url_for("store.cards"))


@pages.post("/cards/<card>/remove")
@does(command)
def remove_card(card: str) -> Response:
    try:
        command(ctx(), card)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _page(409)
    notify("success", N_("The card is removed."))
    return see_other(url_for("store.cards", kind=_kind(request.form.get("kind"))))


def _kind(asked: str | None) -> str:
    return asked if asked in KINDS else KINDS[0]


def _page(status: int = 200) -> Response:
    kind = _kind(request.values.get("kind"))
    found = kept_cards(ctx().actor, kind, request.args.get("after"))
    reminders = ctx().programme.billing.reminders.card_expiry_days

    def turn(cursor: str | None) -> str | None:
        return url_for("store.cards", kind=kind, after=cursor) if cursor else None

    return page(
        "store/cards.html", status=status, kind=kind, cards=found.rows, called=called, counted=COUNTED,
        soon=max(reminders, default=0), previous_url=turn(found.previous), next_url=turn(found.next),
    )
