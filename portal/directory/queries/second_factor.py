"""Who requires a second factor of a person: vendor or partner for their task there, or a customer of its users."""

from __future__ import annotations

from peewee import Value

from portal.accounts.models import Staff
from portal.core.context import Ctx
from portal.core.permissions import Role
from portal.customers.models import Organization
from portal.directory.models import User
from portal.partners.models import Member, Partner


def required_by(ctx: Ctx) -> list[str]:
    """Return the names of those who require it of the actor (S3.9), the vendor first."""
    me, roles = ctx.actor.account_id, set(ctx.programme.security.second_factor_for)
    staff = Staff.select(Value("staff").alias("kind"), Staff.role.alias("role"), Value("").alias("name")).where(
        Staff.account == me, Staff.expires_at.is_null() | (Staff.expires_at > ctx.now)
    )
    members = Member.select(Value("partner").alias("kind"), Member.role.alias("role"), Partner.name).join(
        Partner
    ).where(Member.account == me, Member.expires_at.is_null() | (Member.expires_at > ctx.now))
    customers = Organization.select(Value("customer").alias("kind"), Value("").alias("role"), Organization.name).join(
        User, on=User.organization == Organization.id
    ).where(User.account == me, User.state == "active", Organization.tfa_required)
    found = list((staff | members | customers).tuples())
    vendor = ctx.programme.vendor.name
    by_task = [name or vendor for kind, role, name in sorted(found, reverse=True)
               if kind != "customer" and Role(f"{kind}-{role}") in roles]
    return by_task + sorted(name for kind, _role, name in found if kind == "customer")
