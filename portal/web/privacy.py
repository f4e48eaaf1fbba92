"""What the pages of a person's and of an organization's own data share: the archive, and the words that go with it."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import ProofNeeded
from portal.core.permissions import P
from portal.privacy.policy import Obstacle
from portal.privacy.queries import archive
from portal.privacy.subjects import Subject
from portal.web.access import ctx
from portal.web.csv_file import attached


def readme(subjects: Iterable[Subject]) -> str:
    """Return what an archive says about itself, in the reader's language."""
    files = [f"{subject.name}.json, {subject.name}.csv: {gettext(subject.label)}" for subject in subjects]
    return "\n".join([
        gettext("This archive holds what the portal keeps."), "",
        gettext("Each subject is there twice: as JSON, which programs read, and as CSV, which spreadsheets read. Times "
                "are in UTC. A file that holds nothing says that nothing is kept."),
        gettext("Passwords, keys and codes are not in it: the portal keeps only what recognizes them."),
        gettext("manifest.json names every file with its size and its SHA-256 checksum."), "", *files, "",
    ])


def said(obstacles: Iterable[Obstacle]) -> list[str]:
    """Return what stands in the way, in the reader's language."""
    return [gettext(message, **params) for message, params in obstacles]


def archive_file(public_id: str) -> Response:
    """Answer with an archive of the actor's, once they have proved a short while ago that it is them."""
    if not ctx().actor.fresh:
        raise ProofNeeded(P.ACCOUNT_SETTINGS)
    found = archive(ctx(), public_id)
    response = Response(found.data, mimetype="application/zip")
    return attached(response, f"personal-data-{found.ready_at.date().isoformat()}.zip")  # type: ignore[return-value, arg-type]
