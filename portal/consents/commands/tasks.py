"""The ten forbidden tasks as an approval carries them out: the real commands, in the super administrator's name."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from portal.backups.commands import ask_backup
from portal.core.context import Ctx
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.directory.commands.handover import propose_super_admin
from portal.directory.commands.pictures import set_picture
from portal.directory.commands.settings import edit_dashboard, set_contacts_sync, set_tfa
from portal.directory.commands.user_states import change_role, delete_user, reset_password
from portal.directory.commands.users import own_user
from portal.directory.pictures import Drawn
from portal.referrals.commands import open_programme

Arguments = Mapping[str, Any]
Runner = Callable[[Ctx, str, Arguments], object]


def run(ctx: Ctx, task: P, subject: str, arguments: Arguments) -> None:
    """Carry out one task on one user (public id; empty where it is about none). Raises what its command raises."""
    _RUNNERS[task](ctx, subject, arguments)


def _change_role(ctx: Ctx, subject: str, arguments: Arguments) -> None:
    change_role(ctx, subject, arguments["role"], own_user(ctx, subject).version)


def _set_picture(ctx: Ctx, subject: str, arguments: Arguments) -> None:
    data = base64.b64decode(arguments["image"])
    set_picture(ctx, subject, Drawn(data, sha256(data).hexdigest()))


def _version(ctx: Ctx) -> int:
    """Return the organization's version as it is: whoever approves has seen what would happen, not a form."""
    return int(Organization.get_by_id(ctx.actor.organization_id).version)


_RUNNERS: Mapping[P, Runner] = {
    P.SUPER_ADMIN_CHANGE: lambda ctx, subject, _: propose_super_admin(ctx, subject),
    P.TFA_SET: lambda ctx, _, arguments: set_tfa(ctx, arguments["required"], _version(ctx)),
    P.USER_ROLE_CHANGE: _change_role,
    P.USER_PICTURE_SET: _set_picture,
    P.USER_PASSWORD_RESET: lambda ctx, subject, _: reset_password(ctx, subject),
    P.USER_DELETE: lambda ctx, subject, _: delete_user(ctx, subject),
    P.USER_BACK_UP: lambda ctx, subject, _: ask_backup(ctx, subject),
    P.DASHBOARD_EDIT: lambda ctx, _, arguments: edit_dashboard(ctx, arguments["widgets"], _version(ctx)),
    P.REFERRAL_USE: lambda ctx, _subject, _: open_programme(ctx),
    P.CONTACTS_SYNC_SET: lambda ctx, _, arguments: set_contacts_sync(ctx, arguments["mode"], _version(ctx)),
}
