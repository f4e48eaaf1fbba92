"""The one table of who may do what; everything that is not granted here is denied."""

from __future__ import annotations

from enum import StrEnum


class P(StrEnum):
    """Permissions, `resource:action`, in alphabetical order."""

    ACCESS_ASK = "access:ask"
    ACCESS_CONTROL = "access:control"
    ACCESS_SUSPEND = "access:suspend"
    ACCOUNT_SETTINGS = "account:settings"
    ADDRESS_EDIT = "address:edit"
    APPLICATION_DECIDE = "application:decide"
    APPLICATION_READ = "application:read"
    APPLICATION_WRITE = "application:write"
    BANK_EDIT = "bank:edit"
    BILLING_EDIT = "billing:edit"
    CARD_CHANGE = "card:change"
    CHANGE_ANSWER = "change:answer"
    CHANGE_ASK = "change:ask"
    COMMISSION_READ = "commission:read"
    CONSENT_ASK = "consent:ask"
    CONSENT_DECIDE = "consent:decide"
    CONSOLE_OPEN = "console:open"
    CONTACTS_SYNC_SET = "contacts-sync:set"
    CUSTOMER_ADD = "customer:add"
    CUSTOMER_EDIT = "customer:edit"
    CUSTOMER_EXPORT = "customer:export"
    CUSTOMER_IMPORT = "customer:import"
    DASHBOARD_EDIT = "dashboard:edit"
    DESK_OPEN = "desk:open"
    DIRECTORY_READ = "directory:read"
    DOMAIN_EDIT = "domain:edit"
    DOMAIN_VERIFY = "domain:verify"
    FINANCE_READ = "finance:read"
    GROUP_EDIT = "group:edit"
    HELP_STAFF_READ = "help:staff-read"
    JOB_RUN = "job:run"
    MAIL_POLICY_EDIT = "mail-policy:edit"
    ORGANIZATION_EDIT = "organization:edit"
    ORGANIZATION_OPEN = "organization:open"
    PAYOUT_APPROVE = "payout:approve"
    PAYOUT_ASK = "payout:ask"
    PUBLIC = "public:any"
    RECORD_READ = "record:read"
    REFERRAL_READ = "referral:read"
    REFERRAL_USE = "referral:use"
    REFUND_MAKE = "refund:make"
    REPORT_READ = "report:read"
    STORE_OPEN = "store:open"
    SUBSCRIPTION_CHANGE = "subscription:change"
    SUBSCRIPTION_READ = "subscription:read"
    SUBSCRIPTION_SUSPEND = "subscription:suspend"
    SUPER_ADMIN_CHANGE = "super-admin:change"
    TFA_SET = "tfa:set"
    TIER_SET = "tier:set"
    TRIAL_EXTEND = "trial:extend"
    USER_ADD = "user:add"
    USER_BACK_UP = "user:back-up"
    USER_DELETE = "user:delete"
    USER_EDIT = "user:edit"
    USER_IMPORT = "user:import"
    USER_PASSWORD_RESET = "user:password-reset"
    USER_PICTURE_SET = "user:picture-set"
    USER_ROLE_CHANGE = "user:role-change"
    USER_SUSPEND = "user:suspend"


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


# The ten tasks of S3.8-17, in their order: a partner never does them for a customer, whatever else a super
# administrator may do.
FORBIDDEN_ON_BEHALF = frozenset({
    P.SUPER_ADMIN_CHANGE, P.TFA_SET, P.USER_ROLE_CHANGE, P.USER_PICTURE_SET, P.USER_PASSWORD_RESET, P.USER_DELETE,
    P.USER_BACK_UP, P.DASHBOARD_EDIT, P.REFERRAL_USE, P.CONTACTS_SYNC_SET,
})

# Everything that there is to do in an organization's console (S3.5).
ORGANIZATION_TASKS = FORBIDDEN_ON_BEHALF | {
    P.ADDRESS_EDIT, P.DIRECTORY_READ, P.DOMAIN_EDIT, P.GROUP_EDIT, P.MAIL_POLICY_EDIT, P.ORGANIZATION_EDIT,
    P.ORGANIZATION_OPEN, P.RECORD_READ, P.SUBSCRIPTION_READ, P.USER_ADD, P.USER_EDIT, P.USER_IMPORT, P.USER_SUSPEND,
}
# What an organization decides about its partner, and asks of it: never the partner's own business.
_ADMIN_ONLY = frozenset({P.ACCESS_SUSPEND, P.CHANGE_ASK})
_SUPER_ADMIN_ONLY = frozenset({P.ACCESS_CONTROL, P.CONSENT_DECIDE})
# Tasks that concern the whole organization or who rules it are the super administrator's alone.
_NOT_FOR_ADMINS = frozenset({
    P.SUPER_ADMIN_CHANGE, P.TFA_SET, P.USER_ROLE_CHANGE, P.USER_BACK_UP, P.REFERRAL_USE, P.CONTACTS_SYNC_SET,
})

# What a partner does in the Store for all its customers (S0.13-19, S3.26, S3.31), and what only its super admin does.
_STORE = frozenset({
    P.CARD_CHANGE, P.CHANGE_ANSWER, P.COMMISSION_READ, P.CUSTOMER_EDIT, P.REPORT_READ, P.STORE_OPEN,
    P.SUBSCRIPTION_CHANGE,
})
_FINANCE = frozenset({P.FINANCE_READ, P.PAYOUT_APPROVE, P.REFUND_MAKE, P.SUBSCRIPTION_SUSPEND, P.TIER_SET})

GRANTS: dict[Role, frozenset[P]] = {
    Role.ANYONE: frozenset({P.PUBLIC}),
    Role.ACCOUNT: frozenset({P.ACCOUNT_SETTINGS, P.APPLICATION_WRITE}),
    Role.PARTNER_MEMBER: _STORE,
    Role.PARTNER_SUPER_ADMIN: _STORE | {P.BANK_EDIT, P.BILLING_EDIT, P.PAYOUT_ASK},
    # Only partners whose expertise opens the Console hold this role (S0.21).
    Role.CONSOLE_PARTNER: frozenset(
        {P.ACCESS_ASK, P.CONSOLE_OPEN, P.CUSTOMER_ADD, P.CUSTOMER_EXPORT, P.CUSTOMER_IMPORT, P.DOMAIN_VERIFY,
         P.TRIAL_EXTEND}
    ),
    Role.CUSTOMER_MEMBER: frozenset(),
    Role.CUSTOMER_ADMIN: ORGANIZATION_TASKS - _NOT_FOR_ADMINS | _ADMIN_ONLY,
    Role.CUSTOMER_SUPER_ADMIN: ORGANIZATION_TASKS | _ADMIN_ONLY | _SUPER_ADMIN_ONLY,
    Role.ON_BEHALF: ORGANIZATION_TASKS - FORBIDDEN_ON_BEHALF | {P.CONSENT_ASK},
    Role.STAFF: _FINANCE | {
        P.DESK_OPEN, P.APPLICATION_READ, P.APPLICATION_DECIDE, P.HELP_STAFF_READ, P.REFERRAL_READ,
    },
    Role.WORKER: frozenset({P.JOB_RUN}),
}


def granted(roles: frozenset[Role]) -> frozenset[P]:
    """Return every permission that the roles hold together; everybody is ANYONE."""
    return frozenset().union(*(GRANTS[role] for role in roles | {Role.ANYONE}))
