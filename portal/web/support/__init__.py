"""Pages of Partner Support, for the people of partners."""

from flask import Blueprint

pages = Blueprint("support", __name__)

from portal.web.support import (  # noqa: E402
    acts,  # noqa: F401
    add,  # noqa: F401
    attainment,  # noqa: F401
    channels,  # noqa: F401
    rating,  # noqa: F401
    requests,  # noqa: F401
    ticket,  # noqa: F401
)
