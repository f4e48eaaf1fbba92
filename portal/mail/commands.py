"""Puts mails into the outbox."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.core.locales import DEFAULT, supported
from portal.jobs import enqueue
from portal.mail.models import Outgoing


def post(ctx: Ctx, event: str, key: str, address: str, name: str, language: str, **params: object) -> None:
    """Write one mail in the caller's transaction; the same `key` twice is one mail.

    `language` is the recipient's, never the actor's. `params` are JSON values for the template; a one-time token goes
    in as its handle.
    """
    Outgoing.insert(
        key=key, event=event, to_address=address, to_name=name, language=supported(language) or DEFAULT,
        params=params, created_at=ctx.now,
    ).on_conflict_ignore().execute()
    enqueue(ctx, "mail.send", key=f"mail:{key}", mail=key)
