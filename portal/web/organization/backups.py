"""Back-ups of users: asking for one, watching it being made, downloading it."""

from __future__ import annotations

import re

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.backups.commands import ask_backup
from portal.backups.queries import archive
from portal.backups.queries import backups as listed
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import notify, page, see_other


@pages.get("/<organization>/backups")
@shows(P.USER_BACK_UP, realm)
def backups(organization: str) -> Response:
    after = request.args.get("after")
    found = listed(ctx(), after)

    def turn(cursor: str | None) -> str | None:
        return url_for("organization.backups", organization=organization, after=cursor) if cursor else None

    return page(
        "organization/backups.html", block="archives", organization=here(), backups=found.rows,
        working=any(row.state == "asked" for row in found.rows), previous_url=turn(found.previous),
        next_url=turn(found.next), days=ctx().programme.retention.backups,
        refresh_url=url_for("organization.backups", organization=organization, after=after),
    )


@pages.post("/<organization>/users/<user>/backup")
@does(ask_backup, realm)
def back_up_user(organization: str, user: str) -> Response:
    backup = ask_backup(ctx(), user)
    notify("info", N_("The back-up of %(name)s is being made. You get a mail when it is ready."), name=backup.user_name)
    return see_other(url_for("organization.backups", organization=organization))


@pages.get("/<organization>/backups/<backup>/file")
@shows(P.USER_BACK_UP, realm)
def backup_file(organization: str, backup: str) -> Response:
    found = archive(ctx(), backup)
    response = Response(found.data, mimetype="application/zip")
    name = _file_name(found.user_email, found.ready_at.date().isoformat())
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _file_name(email: str, day: str) -> str:
    """Return a name that every system takes, whatever the address holds."""
    plain = re.sub("[^a-z0-9]+", "-", email.lower()).strip("-")[:80]
    return f"backup-{plain or 'user'}-{day}.zip"
