"""Pages of people: signing up, in and out, their settings."""

from flask import Blueprint

pages = Blueprint("account", __name__)

from portal.web.account import (  # noqa: E402
    area,  # noqa: F401
    claim,  # noqa: F401
    current,  # noqa: F401
    handover,  # noqa: F401
    identities,  # noqa: F401
    invitation,  # noqa: F401
    passkeys,  # noqa: F401
    places,  # noqa: F401
    privacy,  # noqa: F401
    proof,  # noqa: F401
    recovery,  # noqa: F401
    second_factor,  # noqa: F401
    sessions,  # noqa: F401
    settings,  # noqa: F401
    sign_in,  # noqa: F401
    sign_in_code,  # noqa: F401
    sign_on,  # noqa: F401
    sign_up,  # noqa: F401
)
