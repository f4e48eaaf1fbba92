"""The ledger from its own side: every line has its cause, and every payout its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from portal.billing.models import Invoice
from portal.billing.verification.walking import Fault, batches, expect
from portal.commissions.models import Entry, Payout
from portal.commissions.policy.kinds import PAYABLE
from portal.core.context import Ctx

# What kind of document a line comes from.
_CAUSES = {"accrual": "invoice", "margin": "invoice", "clawback": "credit-note", "margin-return": "credit-note",
           "payout": "payout", "payout-return": "payout"}


def entries(_ctx: Ctx, seen: Counter[str]) -> Iterator[Fault]:
    """Check that every line comes from a document: what the document says of it is checked there."""
    query = Entry.select(Entry.id, Entry.public_id, Entry.key, Entry.kind, Entry.cause, Entry.payable)
    for batch in batches(query, Entry.id):
        causes = [row.cause for row in batch]
        kinds = {row.public_id: row.kind for row in
                 Invoice.select(Invoice.public_id, Invoice.kind).where(Invoice.public_id.in_(causes))}
        kinds |= {row.public_id: "payout" for row in
                  Payout.select(Payout.public_id).where(Payout.public_id.in_(causes))}
        for entry in batch:
            seen["lines of the ledger"] += 1
            where = f"line {entry.public_id} of the ledger"
            yield from expect(where, "cause", _CAUSES[entry.kind], kinds.get(entry.cause))
            yield from expect(where, "key", f"{entry.kind}:{entry.cause}", entry.key)
            yield from expect(where, "can be collected", int(entry.kind in PAYABLE), entry.payable)


def payouts(_ctx: Ctx, seen: Counter[str]) -> Iterator[Fault]:
    """Check that every payout was taken from the ledger once, and came back if it was rejected."""
    query = Payout.select(Payout.id, Payout.public_id, Payout.partner, Payout.amount, Payout.currency, Payout.state)
    for batch in batches(query, Payout.id):
        keys = [f"{kind}:{row.public_id}" for row in batch for kind in ("payout", "payout-return")]
        found = {entry.key: (entry.partner_id, entry.amount, entry.currency)
                 for entry in Entry.select().where(Entry.key.in_(keys))}
        for payout in batch:
            seen["payouts"] += 1
            where = f"payout {payout.public_id}"
            yield from expect(where, "line of the ledger (payout)",
                              (payout.partner_id, -payout.amount, payout.currency),
                              found.get(f"payout:{payout.public_id}"))
            back = (payout.partner_id, payout.amount, payout.currency) if payout.state == "rejected" else None
            yield from expect(where, "line of the ledger (payout-return)", back,
                              found.get(f"payout-return:{payout.public_id}"))
