"""The mail that asks to confirm an address; part of the commands that need one."""

from __future__ import annotations

from typing import Any

from portal.accounts.commands.tokens import issue_token
from portal.accounts.policy import TOKEN_LIFETIME, Purpose
from portal.core.context import Ctx
from portal.mail import post


def mail_verification(ctx: Ctx, account_id: int, email: str, language: str, payload: dict[str, Any] | None) -> None:
    """Mail a fresh link to an unconfirmed address.

    The mail repeats nothing that was typed at sign-up, not even the name: the address may be a stranger's, and the
    portal does not carry messages between strangers.
    """
    handle = issue_token(ctx, Purpose.VERIFY_EMAIL, account_id, payload)
    post(
        ctx, "verify-email", key=f"verify-email:{handle}", address=email, name="", language=language,
        handle=handle, days=TOKEN_LIFETIME[Purpose.VERIFY_EMAIL].days,
    )
