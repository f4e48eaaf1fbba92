"""A user's profile image: shown, set and removed."""

from __future__ import annotations

from typing import Any

from flask import make_response, request
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory import pictures
from portal.directory.commands import pictures as commands
from portal.directory.queries.users import picture as kept
from portal.web.access import ctx, does, shows
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.organization.user import address_of
from portal.web.organization.user_forms import PictureForm
from portal.web.render import notify, see_other


@pages.get("/<organization>/users/<user>/picture")
@shows(P.DIRECTORY_READ, realm)
def picture(organization: str, user: str) -> Response:
    found = kept(here().id, user)
    response = make_response(found.data)
    response.headers.update({"Content-Type": "image/webp", "Cache-Control": "private, no-cache"})
    response.set_etag(found.digest)
    return response.make_conditional(request.environ)


@pages.post("/<organization>/users/<user>/picture")
@does(commands.set_picture, realm)
def set_picture(organization: str, user: str) -> Response:
    """The answer is always the user's page: at this address there is the image, for whoever reloads."""
    form = PictureForm()
    try:
        if form.validate():
            commands.set_picture(ctx(), user, pictures.draw(_content(form.picture.data)))
            notify("success", N_("The profile image is changed."))
        else:
            notify("error", N_("Choose an image file."))
    except DomainError as error:
        notify("error", error.message, **error.params)
    return see_other(address_of(user))


def _content(upload: Any) -> bytes:
    """Read no more of a file than is needed to see that it is too large."""
    content: bytes = upload.stream.read(pictures.MAX_MEGABYTES * 1024 * 1024 + 1)
    return content


@pages.post("/<organization>/users/<user>/picture/remove")
@does(commands.remove_picture, realm)
def remove_picture(organization: str, user: str) -> Response:
    try:
        commands.remove_picture(ctx(), user)
        notify("success", N_("The profile image is removed."))
    except DomainError as error:
        notify("error", error.message, **error.params)
    return see_other(address_of(user))
