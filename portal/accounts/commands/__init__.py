"""What people do to get in, to stay in and to get out.

Functions that hash a password are no single command: hashing takes a fifth of a second, and no lock is held
meanwhile. They count the attempt, hash, and only then call the command that writes.
"""

from portal.accounts.commands.attempts import throttle
from portal.accounts.commands.invitations import Accepted, appoint_staff, invite, redeem_invitation
from portal.accounts.commands.recovery import (
    change_password,
    order_reset,
    prove,
    request_reset,
    reset_password,
    send_reset,
)
from portal.accounts.commands.sessions import open_session, sign_in, sign_out
from portal.accounts.commands.settings import change_settings
from portal.accounts.commands.sign_up import Entered, sign_up, verify_email
from portal.accounts.commands.tokens import issue_token, redeem

__all__ = [
    "Accepted",
    "Entered",
    "appoint_staff",
    "change_password",
    "change_settings",
    "invite",
    "issue_token",
    "open_session",
    "order_reset",
    "prove",
    "redeem",
    "redeem_invitation",
    "request_reset",
    "reset_password",
    "send_reset",
    "sign_in",
    "sign_out",
    "sign_up",
    "throttle",
    "verify_email",
]
