"""Counts attempts per window of time: exactly, across threads, processes and nodes.

A browser that an account has signed in with before (see `devices`) has a count of its own there: whoever fills the
counts of the account or of a network hinders strangers, never the owner (OWASP: device cookies).
"""

from __future__ import annotations

from datetime import timedelta

from peewee import Expression

from portal.accounts.models import Account, Attempts, Device
from portal.accounts.policy import (
    CODE_ACCOUNT,
    CODE_DEVICE,
    CODE_HERE,
    MAIL_ACCOUNT,
    MAIL_ADDRESS,
    PROOF_ACCOUNT,
    PROOF_HERE,
    SIGN_IN_ACCOUNT,
    SIGN_IN_ADDRESS,
    SIGN_IN_DEVICE,
    SIGN_IN_HERE,
    Limit,
    TooManyAttempts,
    device_digests,
    minutes_left,
    network_of,
    window_start,
)
from portal.core.context import Ctx
from portal.core.ids import derive
from portal.storage import transaction


def throttle(ctx: Ctx, bucket: str, limit: int, window: timedelta) -> None:
    """Count one attempt in `bucket`; raise `TooManyAttempts` when it is the `limit + 1`-th of this window or later.

    Call it outside transactions: the count must stay although the attempt is refused. The table keeps a keyed digest
    of the bucket, because buckets name people and addresses.
    """
    with transaction():
        count = _counted(derive(ctx.secret, "attempts", bucket), window_start(ctx.now, window))
    if count > limit:
        raise TooManyAttempts(minutes_left(ctx.now, window))


def _counted(bucket: str, window: int) -> int:
    row = Attempts.insert(bucket=bucket, window=window, count=1).on_conflict(
        conflict_target=[Attempts.bucket, Attempts.window], update={Attempts.count: Attempts.count + 1}
    ).returning(Attempts.count)
    return int(next(iter(row.tuples().execute()))[0])


def count_sign_in(ctx: Ctx, email: str, address: str, device: str = "") -> None:
    """Count one try of a password for `email` (normalized) from `address`; `device` is the browser's cookie."""
    if known := _known(device, Account.email == email):
        _count(ctx, f"sign-in:device:{known}", SIGN_IN_DEVICE)
        return
    here = network_of(address)
    _count(ctx, f"sign-in:{email}:{here}", SIGN_IN_HERE)
    _count(ctx, f"sign-in:address:{here}", SIGN_IN_ADDRESS)
    _count(ctx, f"sign-in:account:{email}", SIGN_IN_ACCOUNT)


def count_proof(ctx: Ctx, account_id: int, address: str) -> None:
    """Count one try of somebody signed in to prove that the account is theirs."""
    _count(ctx, f"proof:{account_id}:{network_of(address)}", PROOF_HERE)
    _count(ctx, f"proof:{account_id}", PROOF_ACCOUNT)


def count_code(ctx: Ctx, account: int | None, address: str, device: str = "") -> None:
    """Count one try of a second factor for an account (its id); `device` is the browser's cookie.

    Raises `TooManyAttempts`, which tells by `everywhere` whether many browsers have tried together.
    """
    if known := _known(device, Account.id == account):
        _count(ctx, f"code:device:{known}", CODE_DEVICE)
        return
    _count(ctx, f"code:{account}:{network_of(address)}", CODE_HERE)
    try:
        _count(ctx, f"code:{account}", CODE_ACCOUNT)
    except TooManyAttempts as error:
        error.everywhere = True
        raise


def _known(device: str, whose: Expression) -> str | None:
    """Return the digest of the browser's token for this account, if it has one; the same work for unknown accounts."""
    if not device:
        return None
    mine = Device.digest.in_(device_digests(device))
    row = Device.select(Device.digest).join(Account).where(whose, mine).tuples().first()
    return row[0] if row else None


def count_mail(ctx: Ctx, intention: str, email: str, address: str) -> None:
    """Count one request that may send a mail to `email`, so that nobody's mailbox is filled through us."""
    _count(ctx, f"{intention}:address:{network_of(address)}", MAIL_ADDRESS)
    _count(ctx, f"{intention}:account:{email}", MAIL_ACCOUNT)


def _count(ctx: Ctx, bucket: str, limit: Limit) -> None:
    throttle(ctx, bucket, limit.tries, limit.window)
