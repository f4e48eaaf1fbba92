"""Tells the portal what happened in the sandbox, as any gateway does: signed messages by HTTP, until they are taken."""

from __future__ import annotations

import contextlib
import http.client
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from portal.adapters.sandbox.models import SandboxEvent
from portal.adapters.sandbox.signing import HEADER, signature
from portal.storage import transaction

log = logging.getLogger("portal.sandbox")
Post = Callable[[str, Mapping[str, str], bytes], int]
_TIMEOUT = 5.0  # seconds
_TOGETHER = 50
_GIVE_UP = timedelta(days=3)


def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Send a message and return the status of the answer; raises `OSError` or `HTTPException` when there is none."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    with contextlib.closing(kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)) as connection:
        connection.request("POST", parts.path, body, dict(headers))
        return connection.getresponse().status


def deliver(secret: str, url: str, clock: Callable[[], datetime], send: Post) -> int:
    """Send what was not taken yet, oldest first, and return how much was taken.

    A message that is refused does not hold up the next; a portal that does not answer is left alone until next time.
    """
    due = SandboxEvent.select().where(
        SandboxEvent.delivered_at.is_null(), SandboxEvent.created_at > clock() - _GIVE_UP)
    taken = 0
    for event in list(due.order_by(SandboxEvent.id).limit(_TOGETHER)):
        body, now = event.body.encode(), clock()
        try:
            status = send(url, {HEADER: signature(secret, body, now), "Content-Type": "application/json"}, body)
        except (OSError, http.client.HTTPException) as error:
            log.info("the portal does not take webhooks at %s: %s", url, error)
            return taken
        if status != 200:
            log.warning("the portal answered %s to %s", status, event.event)
            continue
        with transaction():
            SandboxEvent.update(delivered_at=now).where(SandboxEvent.id == event.id).execute()
        taken += 1
    return taken
