"""The one table of who may do what; everything that is not granted here is denied."""

from __future__ import annotations

from enum import StrEnum


class P(StrEnum):
    """Permissions, `resource:action`, in alphabetical order."""

    ACCOUNT_SETTINGS = "account:settings"
    APPLICATION_DECIDE = "application:decide"
    APPLICATION_READ = "application:read"
    APPLICATION_WRITE = "application:write"
    CONSOLE_OPEN = "console:open"
    CUSTOMER_ADD = "customer:add"
    CUSTOMER_EXPORT = "customer:export"
    CUSTOMER_IMPORT = "customer:import"
    DESK_OPEN = "desk:open"
    DOMAIN_VERIFY = "domain:verify"
    HELP_STAFF_READ = "help:staff-read"
    JOB_RUN = "job:run"
    ORGANIZATION_OPEN = "organization:open"
    ORGANIZATION_USERS_READ = "organization:users-read"
    PUBLIC = "public:any"
    STORE_OPEN = "store:open"
    TRIAL_EXTEND = "trial:extend"


class Role(StrEnum):
    """What a person is at the moment they ask; one person may hold several."""

    ANYONE = "anyone"
    ACCOUNT = "account"
    PARTNER_MEMBER = "partner-member"
    PARTNER_SUPER_ADMIN = "partner-super-admin"
    CONSOLE_PARTNER = "console-partner"
    CUSTOMER_MEMBER = "customer-member"
    CUSTOMER_ADMIN = "customer-admin"
    CUSTOMER_SUPER_ADMIN = "customer-super-admin"
    ON_BEHALF = "on-behalf"
    STAFF = "staff"
    WORKER = "worker"


_ORGANIZATION = frozenset({P.ORGANIZATION_OPEN, P.ORGANIZATION_USERS_READ})

# The tasks of S3.8-17, which a partner never does for a customer whatever else a super admin may do. None of them has
# a page so far: whoever builds one names its permission here.
FORBIDDEN_ON_BEHALF: frozenset[P] = frozenset()

GRANTS: dict[Role, frozenset[P]] = {
    Role.ANYONE: frozenset({P.PUBLIC}),
    Role.ACCOUNT: frozenset({P.ACCOUNT_SETTINGS, P.APPLICATION_WRITE}),
    Role.PARTNER_MEMBER: frozenset({P.STORE_OPEN}),
    Role.PARTNER_SUPER_ADMIN: frozenset({P.STORE_OPEN}),
    # Only partners whose expertise opens the Console hold this role (S0.21).
    Role.CONSOLE_PARTNER: frozenset(
        {P.CONSOLE_OPEN, P.CUSTOMER_ADD, P.CUSTOMER_EXPORT, P.CUSTOMER_IMPORT, P.DOMAIN_VERIFY, P.TRIAL_EXTEND}
    ),
    Role.CUSTOMER_MEMBER: frozenset(),
    Role.CUSTOMER_ADMIN: _ORGANIZATION,
    Role.CUSTOMER_SUPER_ADMIN: _ORGANIZATION,
    Role.ON_BEHALF: _ORGANIZATION - FORBIDDEN_ON_BEHALF,
    Role.STAFF: frozenset({P.DESK_OPEN, P.APPLICATION_READ, P.APPLICATION_DECIDE, P.HELP_STAFF_READ}),
    Role.WORKER: frozenset({P.JOB_RUN}),
}


def granted(roles: frozenset[Role]) -> frozenset[P]:
    """Return every permission that the roles hold together; everybody is ANYONE."""
    return frozenset().union(*(GRANTS[role] for role in roles | {Role.ANYONE}))
