"""Pages of one customer organization's own console."""

from flask import Blueprint

pages = Blueprint("organization", __name__)

from portal.web.organization import (  # noqa: E402, F401
    dashboard,
    handover,
    home,
    limits,
    partner,
    policies,
    settings,
    subscription,
    user_imports,
    users,
)
