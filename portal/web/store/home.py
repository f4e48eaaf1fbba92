"""The Store's first page: what needs attention, and a short list of customers."""

from __future__ import annotations

from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.subscriptions.queries import Asked, attention, listed
from portal.web.access import ctx, shows
from portal.web.listing import around
from portal.web.render import page
from portal.web.store import pages

_SHOWN = 5


@pages.get("/")
@shows(P.STORE_OPEN)
def home() -> Response:
    return page(
        "store/home.html", attention=attention(ctx()), shown=_SHOWN,
        customers=listed(ctx(), Asked(), administered=False, size=_SHOWN),
        customer_page=around("store.customer", "customer"),
    )
