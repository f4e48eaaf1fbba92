"""Users' profile images: kept and removed."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.core.permissions import P
from portal.directory.commands.users import note, own_user, target_of
from portal.directory.models import Picture, User
from portal.directory.pictures import Drawn
from portal.directory.policy.users import check
from portal.storage import command


@command(P.USER_PICTURE_SET)
def set_picture(ctx: Ctx, user: str, picture: Drawn) -> None:
    """Give a user (public id) a profile image, as `pictures.draw` has made it (S3.11: never the partner).

    Raises `NotFound`, or a `DomainError` where the rules forbid it.
    """
    row = own_user(ctx, user)
    check("picture", ctx.actor.roles, target_of(ctx, row))
    before = _digest(row)
    values = {Picture.data: picture.data, Picture.digest: picture.digest, Picture.updated_at: ctx.now}
    Picture.insert({Picture.user: row.id, **values}).on_conflict(
        conflict_target=[Picture.user], update=values
    ).execute()
    note(ctx, "user.picture-set", row, before={"picture": before}, after={"picture": picture.digest})


@command(P.USER_PICTURE_SET)
def remove_picture(ctx: Ctx, user: str) -> None:
    """Remove a user's (public id) profile image; once it is gone, nothing happens. Raises as `set_picture`."""
    row = own_user(ctx, user)
    check("picture", ctx.actor.roles, target_of(ctx, row))
    before = _digest(row)
    if Picture.delete().where(Picture.user == row.id).execute():
        note(ctx, "user.picture-removed", row, before={"picture": before}, after={"picture": None})


def _digest(row: User) -> str | None:
    found: str | None = Picture.select(Picture.digest).where(Picture.user == row.id).scalar()
    return found
