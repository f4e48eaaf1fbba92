"""*Extend trial*, on the plan of a customer."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.words import N_
from portal.subscriptions.commands import extend_trial as extend
from portal.web.access import ctx, does
from portal.web.console import pages
from portal.web.console.customers import customer_list
from portal.web.formats import day
from portal.web.i18n import reader_locale
from portal.web.listing import asked_from, query_string
from portal.web.render import notify, see_other, wants_fragment


@pages.post("/customers/<customer>/trial")
@does(extend)
def extend_trial(customer: str) -> Response:
    """Extend, then show the list again as it was asked for: its query string stands in this address too."""
    asked = asked_from(request.args)
    try:
        ends_on = extend(ctx(), customer, request.form.get("seen", 0, int))
    except DomainError as error:
        notify("error", error.message, **error.params)
        return customer_list(asked, status=409)
    until = day(ends_on, reader_locale(), "long")
    notify("success", N_("The trial now ends on %(day)s."), day=until)
    if wants_fragment():
        return customer_list(asked)
    return see_other(url_for("console.customers") + query_string(asked))
