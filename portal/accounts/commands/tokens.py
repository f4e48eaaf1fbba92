"""Issues and redeems one-time links. These are parts of other commands, inside their transactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.accounts.models import Account, OneTimeToken
from portal.accounts.policy import REPLACES_ITSELF, TOKEN_LIFETIME, Purpose, TokenRefused
from portal.accounts.queries import valid_token
from portal.core.context import Ctx
from portal.core.ids import derive, digest, public_id
from portal.storage import transaction


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Whose link was used, and what it carried."""

    account: Account
    payload: dict[str, Any]


def issue_token(
    ctx: Ctx, purpose: Purpose, account: Account | int, payload: dict[str, Any] | None = None, handle: str | None = None
) -> str:
    """Issue a link's token and return its handle, which is all that a mail's parameters may carry.

    Older unused links of the same purpose and account stop working, except invitations.
    """
    handle = handle or public_id()
    if purpose in REPLACES_ITSELF:
        _forget_older(purpose, account)
    OneTimeToken.create(
        handle=handle, digest=digest(derive(ctx.secret, purpose, handle)), purpose=purpose, account=account,
        payload=payload, created_at=ctx.now, expires_at=ctx.now + TOKEN_LIFETIME[purpose],
    )
    return handle


def _forget_older(purpose: Purpose, account: Account | int) -> None:
    mine = (OneTimeToken.purpose == purpose) & (OneTimeToken.account == account)
    OneTimeToken.delete().where(mine, OneTimeToken.used_at.is_null()).execute()


def redeem(ctx: Ctx, purpose: Purpose, token: str) -> Redeemed:
    """Use a link up and return what it stood for.

    Raises `TokenRefused` when it is unknown, used, expired or for something else. The update asks again whether it is
    unused: of two clicks at once, one wins.
    """
    with transaction():
        row = valid_token(ctx, purpose, token)
        unused = (OneTimeToken.id == row.id) & OneTimeToken.used_at.is_null()
        if not OneTimeToken.update(used_at=ctx.now).where(unused).execute():
            raise TokenRefused
    return Redeemed(Account.get_by_id(row.account), row.payload or {})
