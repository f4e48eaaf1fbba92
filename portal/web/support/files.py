"""Files of forms about tickets: kept as soon as they arrive, so that a refused form loses none; and handed out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import make_response, request
from flask_babel import gettext
from flask_wtf.file import MultipleFileField
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.words import N_
from portal.support.commands.attachments import upload
from portal.support.models import Attachment
from portal.support.policy.files import MEGABYTE
from portal.support.queries.partner import File, unsent
from portal.web.access import ctx
from portal.web.csv_file import attached
from portal.web.forms import Form
from portal.web.resend import FILES_LEFT

Upload = Callable[..., Attachment]


class FilesForm(Form):
    """A form with files: those that are chosen now, and those (`kept`) that an earlier sending has brought."""

    attachments = MultipleFileField(N_("Attachments"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kept: list[File] = []

    @property
    def files(self) -> list[str]:
        return [file.public_id for file in self.kept]

    def take(self, keep: Upload = upload) -> bool:
        """Keep the files that were sent; tell whether nothing is wrong with them. Call it after `validate`."""
        removed = set(request.form.getlist("remove"))
        most = ctx().programme.support.attachments
        asked = [one for one in request.form.getlist("kept") if one not in removed]
        self.kept = unsent(ctx(), asked[: 4 * most])
        for file in self.attachments.data or ():
            self._keep(file, most, keep)
        if len(self.kept) > most:
            self._too_many(most)
        if request.form.get(FILES_LEFT):
            self._object(gettext("Your files could not be kept while you signed in. Please choose them again."))
        return not self.attachments.errors

    def _keep(self, file: Any, most: int, keep: Upload) -> None:
        if len(self.kept) >= most:
            return self._too_many(most)
        try:
            row = keep(ctx(), file.filename or "", _content(file))
            self.kept.append(File(row.public_id, row.name, row.size))
        except DomainError as error:
            self._object(gettext(error.message, **error.params))
        return None

    def _too_many(self, most: int) -> None:
        self._object(gettext("Attach at most %(count)s files.", count=most))

    def _object(self, words: str) -> None:
        if words not in self.attachments.errors:
            self.attachments.errors = [*self.attachments.errors, words]


def _content(file: Any) -> bytes:
    """Read no more of a file than is needed to see that it is too large."""
    content: bytes = file.stream.read(ctx().programme.support.attachment_mb * MEGABYTE + 1)
    return content


def handed_out(row: Attachment) -> Response:
    """Answer with a file to keep: never shown by the browser, whatever is in it."""
    response: Response = attached(make_response(row.content), _plain(row.name), row.name)
    response.headers.update({
        "Content-Type": row.media_type, "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    })
    return response


def _plain(name: str) -> str:
    """Return a name that every system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("_") or "file"
