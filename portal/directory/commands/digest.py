"""The monthly mail to a super administrator about what their partner did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from portal.audit.policy import month as days_of
from portal.audit.policy import span
from portal.audit.queries import Count, counted, fingerprints
from portal.audit.words import kind_of
from portal.core.context import Ctx
from portal.core.permissions import P
from portal.directory.queries.digest import Reader, readers
from portal.mail import post
from portal.storage import command


@command(P.JOB_RUN)
def send_digests(ctx: Ctx, month: date, after: int, size: int) -> int | None:
    """Mail the digests of a month for the next organizations beyond the row number `after`; return where to go on.

    `month` is its first day; it is over where the organizations are. Where a partner did nothing there is no mail.
    Sending the same month twice changes nothing.
    """
    batch, days = readers(after, size), days_of(month)
    spans = {reader.id: span(*days, reader.time_zone) for reader in batch}
    found: dict[int, list[Count]] = {}
    for count in counted(spans):
        found.setdefault(count.organization_id, []).append(count)
    ends = fingerprints(found)
    for reader in batch:
        if reader.id in found:
            _send(ctx, reader, days, found[reader.id], ends[reader.id])
    return batch[-1].id if len(batch) == size else None


def _send(ctx: Ctx, reader: Reader, days: tuple[date, date], counts: Sequence[Count], fingerprint: str) -> None:
    kinds, people = Counter[str](), Counter[tuple[str, str]]()
    for count in counts:
        kinds[kind_of(count.verb)] += count.acts
        people[count.actor, count.partner] += count.acts
    first, last = (day.isoformat() for day in days)
    post(
        ctx, "record-digest", key=f"record-digest:{reader.public_id}:{first[:7]}", address=reader.email,
        name=reader.name, language=reader.language, organization=reader.organization, customer=reader.public_id,
        country=reader.country, first=first, last=last, kinds=kinds.most_common(), fingerprint=fingerprint,
        people=[(person, partner, acts) for (person, partner), acts in people.most_common()],
    )
