"""Pages of one customer organization's own console."""

from flask import Blueprint

pages = Blueprint("organization", __name__)

from portal.web.organization import (  # noqa: E402, F401
    add_user,
    aliases,
    attach,
    backups,
    changes,
    consents,
    dashboard,
    domains,
    groups,
    handover,
    home,
    invoices,
    leave,
    limits,
    partner,
    policies,
    privacy,
    record,
    referrals,
    requests,
    settings,
    subscription,
    user,
    user_acts,
    user_imports,
    user_picture,
    users,
)
