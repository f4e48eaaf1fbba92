"""Counts attempts per window of time: exactly, across threads, processes and nodes."""

from __future__ import annotations

from datetime import timedelta

from portal.accounts.models import Attempts
from portal.accounts.policy import (
    MAIL_ACCOUNT,
    MAIL_ADDRESS,
    SIGN_IN_ACCOUNT,
    SIGN_IN_ADDRESS,
    SIGN_IN_HERE,
    Limit,
    TooManyAttempts,
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


def count_sign_in(ctx: Ctx, email: str, address: str) -> None:
    """Count one try of a password for `email` (normalized) from `address`."""
    here = network_of(address)
    _count(ctx, f"sign-in:{email}:{here}", SIGN_IN_HERE)
    _count(ctx, f"sign-in:address:{here}", SIGN_IN_ADDRESS)
    _count(ctx, f"sign-in:account:{email}", SIGN_IN_ACCOUNT)


def count_mail(ctx: Ctx, intention: str, email: str, address: str) -> None:
    """Count one request that may send a mail to `email`, so that nobody's mailbox is filled through us."""
    _count(ctx, f"{intention}:address:{network_of(address)}", MAIL_ADDRESS)
    _count(ctx, f"{intention}:account:{email}", MAIL_ACCOUNT)


def _count(ctx: Ctx, bucket: str, limit: Limit) -> None:
    throttle(ctx, bucket, limit.tries, limit.window)
