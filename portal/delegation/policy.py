"""What there is to do in a customer's console, in words, and which of it a partner never does."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.permissions import P
from portal.core.words import N_

# The ten of S3.8-17, in the source's order.
FORBIDDEN: Mapping[P, str] = {
    P.SUPER_ADMIN_CHANGE: N_("Change the super administrator"),
    P.TFA_SET: N_("Turn the required second factor on or off"),
    P.USER_ROLE_CHANGE: N_("Make a user an administrator, or an administrator a user"),
    P.USER_PICTURE_SET: N_("Change a user's profile image"),
    P.USER_PASSWORD_RESET: N_("Reset a user's password"),
    P.USER_DELETE: N_("Delete a user"),
    P.USER_BACK_UP: N_("Back up a user's account"),
    P.DASHBOARD_EDIT: N_("Edit the dashboard"),
    P.REFERRAL_USE: N_("Open and use the referral programme"),
    P.CONTACTS_SYNC_SET: N_("Change the contacts synchronization"),
}

# What a partner administrator does for a customer (S3.5).
ALLOWED: Mapping[P, str] = {
    P.USER_ADD: N_("Add users"),
    P.USER_IMPORT: N_("Import many users from a file"),
    P.USER_EDIT: N_("Edit users' details"),
    P.USER_SUSPEND: N_("Suspend and resume users"),
    P.ADDRESS_EDIT: N_("Create and remove aliases"),
    P.GROUP_EDIT: N_("Create and edit groups"),
    P.MAIL_POLICY_EDIT: N_("Create and assign mail policies"),
    P.DOMAIN_EDIT: N_("Add and verify domains"),
    P.ORGANIZATION_EDIT: N_("Edit the organization's details"),
    P.DIRECTORY_READ: N_("See users, groups, addresses and settings"),
    P.SUBSCRIPTION_READ: N_("See the subscription"),
    P.RECORD_READ: N_("See the record of what was done"),
}
