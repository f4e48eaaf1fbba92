"""Puts mails into the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.context import Ctx
from portal.core.locales import whole
from portal.jobs import enqueue, enqueue_all
from portal.mail.models import Outgoing

_TOGETHER = 500  # rows of one statement


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that is one of many: what `post` is told.

    `headers` replace those that a mail has by itself. `if_refused` is a kind of job that gets the key of the mail, as
    `mail`, when no server takes it.
    """

    event: str
    key: str
    address: str
    name: str
    language: str
    params: dict[str, Any]
    headers: Mapping[str, str] | None = None
    if_refused: str = ""


def post(ctx: Ctx, event: str, key: str, address: str, name: str, language: str, **params: object) -> None:
    """Write one mail in the caller's transaction; the same `key` twice is one mail.

    `language` is the recipient's, never the actor's; while it is in preparation the mail is in English. `params` are
    JSON values for the template; a one-time token goes in as its handle.
    """
    Outgoing.insert(
        key=key, event=event, to_address=address, to_name=name, language=whole(language),
        params=params, created_at=ctx.now,
    ).on_conflict_ignore().execute()
    enqueue(ctx, "mail.send", key=f"mail:{key}", mail=key)


def post_all(ctx: Ctx, letters: Sequence[Letter]) -> int:
    """Write many mails in the caller's transaction, with as many statements as for one; return how many are new.

    A letter whose key was used before is no mail.
    """
    count = 0
    for start in range(0, len(letters), _TOGETHER):
        count += _post_some(ctx, letters[start : start + _TOGETHER])
    return count


def _post_some(ctx: Ctx, letters: Sequence[Letter]) -> int:
    posted: Any = Outgoing.select(Outgoing.key).where(Outgoing.key.in_([letter.key for letter in letters]))
    known = {key for (key,) in posted.tuples()}
    new = {letter.key: letter for letter in letters if letter.key not in known}
    if new:
        Outgoing.insert_many([
            {"key": key, "event": letter.event, "to_address": letter.address, "to_name": letter.name,
             "language": whole(letter.language), "params": letter.params,
             "headers": letter.headers, "if_refused": letter.if_refused, "created_at": ctx.now}
            for key, letter in new.items()
        ]).on_conflict_ignore().execute()
        enqueue_all(ctx, "mail.send", {f"mail:{key}": {"mail": key} for key in new})
    return len(new)
