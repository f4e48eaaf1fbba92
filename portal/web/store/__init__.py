"""Pages of the Partner Store."""

from flask import Blueprint

pages = Blueprint("store", __name__)

from portal.web.store import (  # noqa: E402
    access,  # noqa: F401
    attach,  # noqa: F401
    bank,  # noqa: F401
    card,  # noqa: F401
    cards,  # noqa: F401
    change_subscription,  # noqa: F401
    changes,  # noqa: F401
    commission,  # noqa: F401
    customers,  # noqa: F401
    details,  # noqa: F401
    former,  # noqa: F401
    home,  # noqa: F401
    invoices,  # noqa: F401
    orders,  # noqa: F401
    payments,  # noqa: F401
    payouts,  # noqa: F401
    record,  # noqa: F401
    release,  # noqa: F401
    renewals,  # noqa: F401
    reports,  # noqa: F401
    services,  # noqa: F401
    subscription,  # noqa: F401
    team,  # noqa: F401
    team_invitations,  # noqa: F401
    what_if,  # noqa: F401
)
