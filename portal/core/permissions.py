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
    CUSTOMER_ATTACH = "customer:attach"
    CUSTOMER_EDIT = "customer:edit"
    CUSTOMER_ENTER = "customer:enter"
    CUSTOMER_EXPORT = "customer:export"
    CUSTOMER_IMPORT = "customer:import"
    CUSTOMER_RELEASE = "customer:release"
    DASHBOARD_EDIT = "dashboard:edit"
    DATA_KEEP = "data:keep"
    DESK_OPEN = "desk:open"
    DIRECTORY_READ = "directory:read"
    DISPUTE_DECIDE = "dispute:decide"
    DISPUTE_RAISE = "dispute:raise"
    DOMAIN_EDIT = "domain:edit"
    DOMAIN_VERIFY = "domain:verify"
    FINANCE_READ = "finance:read"
    GROUP_EDIT = "group:edit"
    HELP_CENTER_GRANT = "help-center:grant"
    HELP_EDIT = "help:edit"
    HELP_STAFF_READ = "help:staff-read"
    JOB_RUN = "job:run"
    MAIL_POLICY_EDIT = "mail-policy:edit"
    MEMBER_EDIT = "member:edit"
    MEMBER_READ = "member:read"
    ORGANIZATION_EDIT = "organization:edit"
    ORGANIZATION_ERASE = "organization:erase"
    ORGANIZATION_EXPORT = "organization:export"
    ORGANIZATION_OPEN = "organization:open"
    PARTNER_CHOOSE = "partner:choose"
    PARTNER_SUSPEND = "partner:suspend"
    PAYOUT_APPROVE = "payout:approve"
    PAYOUT_ASK = "payout:ask"
    PUBLIC = "public:any"
    RECORD_READ = "record:read"
    REFERRAL_READ = "referral:read"
    REFERRAL_USE = "referral:use"
    REFUND_MAKE = "refund:make"
    RELATION_READ = "relation:read"
    REPORT_READ = "report:read"
    STAFF_EDIT = "staff:edit"
    STORE_OPEN = "store:open"
    SUBSCRIPTION_ADD = "subscription:add"
    SUBSCRIPTION_CHANGE = "subscription:change"
    SUBSCRIPTION_READ = "subscription:read"
    SUBSCRIPTION_SUSPEND = "subscription:suspend"
    SUPER_ADMIN_CHANGE = "super-admin:change"
    SUPPORT_DIRECT = "support:direct"
    SUPPORT_OPEN = "support:open"
    SUPPORT_READ = "support:read"
    SUPPORT_REPORT = "support:report"
    SUPPORT_WRITE = "support:write"
    TFA_SET = "tfa:set"
    TICKET_WORK = "ticket:work"
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
    PARTNER_SUPER_ADMIN = "partner-super-admin"
    PARTNER_ADMIN = "partner-admin"
    PARTNER_SALES = "partner-sales"
    PARTNER_BILLING = "partner-billing"
    PARTNER_SUPPORT = "partner-support"
    PARTNER_READER = "partner-reader"
    CONSOLE_PARTNER = "console-partner"
    CHOSEN_CUSTOMERS = "chosen-customers"
    HELP_CENTER = "help-center"
    SUSPENDED_PARTNER = "suspended-partner"
    TERMINATED_PARTNER = "terminated-partner"
    CUSTOMER_MEMBER = "customer-member"
    CUSTOMER_ADMIN = "customer-admin"
    CUSTOMER_SUPER_ADMIN = "customer-super-admin"
    ON_BEHALF = "on-behalf"
    STAFF = "staff"
    STAFF_REVIEWER = "staff-reviewer"
    STAFF_SUPPORT = "staff-support"
    STAFF_SUPPORT_LEAD = "staff-support-lead"
    STAFF_FINANCE = "staff-finance"
    STAFF_ADMIN = "staff-admin"
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
_SUPER_ADMIN_ONLY = frozenset({
    P.ACCESS_CONTROL, P.CONSENT_DECIDE, P.DISPUTE_RAISE, P.ORGANIZATION_ERASE, P.ORGANIZATION_EXPORT, P.PARTNER_CHOOSE,
})
# Tasks that concern the whole organization or who rules it are the super administrator's alone.
_NOT_FOR_ADMINS = frozenset({
    P.SUPER_ADMIN_CHANGE, P.TFA_SET, P.USER_ROLE_CHANGE, P.USER_BACK_UP, P.REFERRAL_USE, P.CONTACTS_SYNC_SET,
})

# What a partner's people do, by their task. In the Store (S0.13-19, S3.26, S3.31):
# Whoever has no access to the help center (S4.27) still writes tickets and reads their own (S4.31).
_READS = frozenset({
    P.COMMISSION_READ, P.MEMBER_READ, P.REPORT_READ, P.STORE_OPEN, P.SUPPORT_READ, P.SUPPORT_WRITE,
})
_SELLS = frozenset({
    P.CHANGE_ANSWER, P.CUSTOMER_ATTACH, P.CUSTOMER_EDIT, P.CUSTOMER_RELEASE, P.SUBSCRIPTION_ADD, P.SUBSCRIPTION_CHANGE,
})
_PAYS = frozenset({P.BILLING_EDIT, P.CARD_CHANGE})
# In the Console (S0.21-29), which only some partners have:
_CONSOLE = frozenset({
    P.ACCESS_ASK, P.CONSOLE_OPEN, P.CUSTOMER_ADD, P.CUSTOMER_ENTER, P.CUSTOMER_EXPORT, P.CUSTOMER_IMPORT,
    P.DOMAIN_VERIFY, P.TRIAL_EXTEND,
})
_ADMINISTERS = _READS | _SELLS | _PAYS | _CONSOLE | {P.DISPUTE_RAISE, P.MEMBER_EDIT}

_REVIEWS = frozenset({P.APPLICATION_READ, P.APPLICATION_DECIDE, P.REFERRAL_READ})
_FINANCE = frozenset({P.FINANCE_READ, P.PAYOUT_APPROVE, P.REFUND_MAKE, P.SUBSCRIPTION_SUSPEND, P.TIER_SET})
_SUPPORTS = frozenset({P.RELATION_READ, P.SUPPORT_REPORT, P.TICKET_WORK})
_LEADS_SUPPORT = _SUPPORTS | {P.DISPUTE_DECIDE, P.SUPPORT_DIRECT}

GRANTS: dict[Role, frozenset[P]] = {
    Role.ANYONE: frozenset({P.PUBLIC}),
    Role.ACCOUNT: frozenset({P.ACCOUNT_SETTINGS, P.APPLICATION_WRITE}),
    Role.PARTNER_SUPER_ADMIN: _ADMINISTERS | {P.BANK_EDIT, P.HELP_CENTER_GRANT, P.PAYOUT_ASK},
    Role.PARTNER_ADMIN: _ADMINISTERS,
    Role.PARTNER_SALES: _READS - {P.COMMISSION_READ} | _SELLS | _CONSOLE - {P.CUSTOMER_ENTER},
    Role.PARTNER_BILLING: _READS | _PAYS | {P.CONSOLE_OPEN},
    Role.PARTNER_SUPPORT: _READS - {P.COMMISSION_READ, P.REPORT_READ} | {
        P.ACCESS_ASK, P.CONSOLE_OPEN, P.CUSTOMER_ENTER, P.DOMAIN_VERIFY,
    },
    Role.PARTNER_READER: _READS | {P.CONSOLE_OPEN},
    Role.CONSOLE_PARTNER: frozenset(),
    Role.CHOSEN_CUSTOMERS: frozenset(),
    Role.HELP_CENTER: frozenset({P.SUPPORT_OPEN}),
    Role.SUSPENDED_PARTNER: frozenset(),
    Role.TERMINATED_PARTNER: frozenset(),
    Role.CUSTOMER_MEMBER: frozenset(),
    Role.CUSTOMER_ADMIN: ORGANIZATION_TASKS - _NOT_FOR_ADMINS | _ADMIN_ONLY,
    Role.CUSTOMER_SUPER_ADMIN: ORGANIZATION_TASKS | _ADMIN_ONLY | _SUPER_ADMIN_ONLY,
    Role.ON_BEHALF: ORGANIZATION_TASKS - FORBIDDEN_ON_BEHALF | {P.CONSENT_ASK},
    # Every member of staff is STAFF and one of the tasks below.
    Role.STAFF: frozenset({P.DESK_OPEN, P.HELP_EDIT, P.HELP_STAFF_READ}),
    Role.STAFF_REVIEWER: _REVIEWS,
    Role.STAFF_SUPPORT: _SUPPORTS,
    Role.STAFF_SUPPORT_LEAD: _LEADS_SUPPORT,
    Role.STAFF_FINANCE: _FINANCE | {P.RELATION_READ},
    Role.STAFF_ADMIN: _REVIEWS | _FINANCE | _LEADS_SUPPORT | {P.DATA_KEEP, P.PARTNER_SUSPEND, P.STAFF_EDIT},
    Role.WORKER: frozenset({P.JOB_RUN}),
}

# What these roles take away, whatever the others grant. Figures of a whole partner are nothing for who sees some of its
# customers; a suspended partner looks after the customers it has and gets no new ones; a terminated one has none left,
# and reads and collects what it has earned.
LIMITS: dict[Role, frozenset[P]] = {
    Role.CHOSEN_CUSTOMERS: frozenset({
        P.BANK_EDIT, P.BILLING_EDIT, P.COMMISSION_READ, P.CUSTOMER_ADD, P.CUSTOMER_ATTACH, P.CUSTOMER_IMPORT,
        P.MEMBER_EDIT, P.PAYOUT_ASK, P.REPORT_READ,
    }),
    Role.SUSPENDED_PARTNER: frozenset({P.CUSTOMER_ADD, P.CUSTOMER_ATTACH, P.CUSTOMER_IMPORT, P.SUBSCRIPTION_ADD}),
    Role.TERMINATED_PARTNER: _SELLS | _CONSOLE | {P.CARD_CHANGE, P.SUPPORT_WRITE},
}

# Asked once more who is sitting there, unless that was proved a short while ago: entering a customer's console, money
# that leaves, who rules, and what cannot be taken back.
STEP_UP = frozenset({
    P.BANK_EDIT, P.CUSTOMER_ENTER, P.ORGANIZATION_ERASE, P.PARTNER_SUSPEND, P.PAYOUT_APPROVE, P.PAYOUT_ASK,
    P.REFUND_MAKE, P.STAFF_EDIT,
})


def granted(roles: frozenset[Role]) -> frozenset[P]:
    """Return every permission that the roles hold together; everybody is ANYONE."""
    given: frozenset[P] = frozenset().union(*(GRANTS[role] for role in roles | {Role.ANYONE}))
    taken: frozenset[P] = frozenset().union(*(LIMITS.get(role, frozenset()) for role in roles))
    if Role.CONSOLE_PARTNER not in roles:
        taken |= _CONSOLE
    return given - taken
