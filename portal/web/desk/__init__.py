"""Pages of the vendor's staff."""

from flask import Blueprint

pages = Blueprint("desk", __name__)

from portal.web.desk import (  # noqa: E402
    agent,  # noqa: F401
    applications,  # noqa: F401
    attainment,  # noqa: F401
    disputes,  # noqa: F401
    help,  # noqa: F401
    home,  # noqa: F401
    invoices,  # noqa: F401
    mails,  # noqa: F401
    partners,  # noqa: F401
    payouts,  # noqa: F401
    referrals,  # noqa: F401
    refund_requests,  # noqa: F401
    retention,  # noqa: F401
    rules,  # noqa: F401
    staff,  # noqa: F401
    subscriptions,  # noqa: F401
    tickets,  # noqa: F401
    tickets_acts,  # noqa: F401
    tickets_new,  # noqa: F401
)
