"""Numbers that articles state and no vendor changes: each from the rule that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from portal.accounts import policy as accounts
from portal.billing.commands.cards import PAGE_LIFE
from portal.delegation import policy as delegation
from portal.directory import pictures
from portal.directory.policy import addresses, domains, groups, handover, organizations, user_imports
from portal.domains.commands import LINK_LIFETIME
from portal.domains.policy import GIVE_UP_AFTER
from portal.mailpolicies import policy as mailpolicies
from portal.relations.policy import offers
from portal.team import policy as team

_LINKS: Final = accounts.TOKEN_LIFETIME

FACTS: Final[Mapping[str, int]] = {
    # Signing in.
    "password_min": accounts.PASSWORD_MIN,
    "confirmation_days": _LINKS[accounts.Purpose.VERIFY_EMAIL].days,
    "reset_hours": _LINKS[accounts.Purpose.RESET_PASSWORD].seconds // 3600,
    "invitation_days": _LINKS[accounts.Purpose.INVITATION].days,
    "claim_minutes": _LINKS[accounts.Purpose.CLAIM].seconds // 60,
    "session_days": accounts.SESSION_LIFETIME.days,
    "session_idle_days": accounts.SESSION_IDLE.days,
    "second_factor_minutes": accounts.HALF_SESSION.seconds // 60,
    "app_hours": accounts.APP_WAIT.seconds // 3600,
    "code_digits": accounts.CODE_DIGITS,
    "recovery_codes": accounts.RECOVERY_CODES,
    "passkeys": accounts.PASSKEYS_MAX,
    # A customer's own console.
    "handover_days": handover.LIFETIME.days,
    "domains": domains.DOMAINS_MAX,
    "imported_users": user_imports.IMPORT_MAX_LINES,
    "picture_megabytes": pictures.MAX_MEGABYTES,
    "aliases": addresses.ALIASES_MAX,
    "members_at_once": groups.LINES_MAX,
    "mail_policies": mailpolicies.POLICIES_MAX,
    "attachment_megabytes": mailpolicies.ATTACHMENT_MB_MAX,
    "senders": mailpolicies.SENDERS_MAX,
    "forwards": mailpolicies.FORWARDS_MAX,
    # A partner's access to it.
    "access_ask_days": delegation.ASK_LIFETIME.days,
    "open_tokens": offers.OPEN_TOKENS,
    # The Store: cards, and a partner's people.
    "card_page_hours": int(PAGE_LIFE.total_seconds()) // 3600,
    "team_invitation_days": team.INVITATION_LIFETIME.days,
    "team_warned_days": team.WARNED_BEFORE.days,
    "team_chosen_customers": team.MOST_CHOSEN,
    # The Console: adding customers, and proving their domains.
    "imported_customers": organizations.IMPORT_MAX_LINES,
    "usual_licenses": organizations.LICENSES_DEFAULT,
    "domain_link_days": LINK_LIFETIME.days,
    "domain_check_days": GIVE_UP_AFTER.days,
    # Attaching customers.
    "open_codes": offers.OPEN_CODES,
    "open_requests": offers.OPEN_REQUESTS,
}
