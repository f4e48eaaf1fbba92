"""What a partner may do in its customer's console, the ten tasks it may not, and the answer when it tries one."""

from __future__ import annotations

from flask import g, request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import Forbidden
from portal.core.permissions import FORBIDDEN_ON_BEHALF, P
from portal.delegation.policy import ALLOWED, FORBIDDEN
from portal.web.access import ctx, shows
from portal.web.errors import error_page
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import page


@pages.get("/<organization>/limits")
@shows(P.ORGANIZATION_OPEN, realm)
def limits(organization: str) -> Response:
    return page(
        "organization/limits.html", organization=here(), allowed=list(ALLOWED.values()),
        forbidden=list(FORBIDDEN.values()), asks=ctx().programme.delegation.one_task_consent,
    )


@pages.errorhandler(Forbidden)
def forbidden(error: Forbidden) -> Response:
    """Tell a partner that tried a forbidden task which, why, and who can do it (S3.8-18), on whatever way it came.

    Like every error it is a whole page, also for htmx: what the person looked at has shown them something wrong.
    """
    permission = error.args[0] if error.args else None
    if "on_behalf" not in g or permission not in FORBIDDEN_ON_BEHALF:
        return error_page(403)
    user = (request.view_args or {}).get("user")
    return page(
        "organization/forbidden.html", status=403, organization=here(), task=FORBIDDEN[permission],
        ask_url=ask_url(permission, user),
    )


def ask_url(permission: P, user: str | None = None) -> str | None:
    """Return where a partner asks for one task once, if the programme has that."""
    if not ctx().programme.delegation.one_task_consent:
        return None
    return url_for("organization.ask_consent", organization=here().public_id, task=permission.value, user=user)
