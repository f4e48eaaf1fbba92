"""Who may enter an organization's console, and as what."""

from __future__ import annotations

from portal.core.permissions import Role

_OWN_ROLES = {"super-admin": Role.CUSTOMER_SUPER_ADMIN, "admin": Role.CUSTOMER_ADMIN}


def role_in(own: str | None, has_access: bool, enters: bool, verified: bool) -> Role | None:
    """Return as what a person enters an organization's console, or None for the closed door (S3.2-7).

    `own`: their role among the organization's active users; `has_access`: their partner's access is active and
    theirs to use; `enters`: their task at the partner includes it.
    Its own administrators may enter before the domain is verified, the partner may not.
    """
    if own in _OWN_ROLES:
        return _OWN_ROLES[own]
    return Role.ON_BEHALF if has_access and enters and verified else None
