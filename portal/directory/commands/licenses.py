"""The licenses that an organization's users take."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.core.permissions import Role
from portal.customers.models import Organization
from portal.directory.policy.users import NoLicense, free_licenses
from portal.subscriptions.models import Subscription


def require_license(ctx: Ctx, organization: Organization) -> None:
    """Raise `NoLicense` unless one more user fits; part of other commands.

    The caller holds the organization's row, so that two at once do not both take the last license.
    """
    bought = Subscription.select(Subscription.licenses).where(Subscription.id == organization.main_subscription)
    licenses: int = bought.scalar() or 0
    if not free_licenses(organization.users, licenses):
        partner = organization.partner.name if organization.partner else ""
        on_behalf = Role.ON_BEHALF in ctx.actor.roles
        raise NoLicense(organization.users, licenses, partner, on_behalf, ctx.programme.vendor.help_email)
