"""Pages of the vendor's staff."""

from flask import Blueprint

pages = Blueprint("desk", __name__)

from portal.web.desk import applications, home, invoices, partners, payouts, referrals, subscriptions  # noqa: E402, F401
