"""Changing a partner's team. Whoever changes it holds the partner's row, so that one super administrator always stays.
"""

from portal.team.commands.ending import end_grants, leave_team, remove_member, warn_of_ends
from portal.team.commands.invitations import invite_member, join, resend_invitation, withdraw_invitation
from portal.team.commands.members import change_member, set_language

__all__ = [
    "change_member",
    "end_grants",
    "invite_member",
    "join",
    "leave_team",
    "remove_member",
    "resend_invitation",
    "set_language",
    "warn_of_ends",
    "withdraw_invitation",
]
