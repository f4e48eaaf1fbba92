"""The sandbox gateway itself: keeps test cards, decides charges by their number, and tells what happened by webhook."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from portal.adapters.cards import BadSignature, Event, Outcome, Page, Payer, Refused, Saved, State
from portal.adapters.sandbox import signing
from portal.adapters.sandbox.delivery import Post, deliver, post
from portal.adapters.sandbox.models import SandboxCard, SandboxCharge, SandboxEvent, SandboxRefund, SandboxSession
from portal.adapters.sandbox.numbers import CONFIRM, NUMBERS, SUCCEEDS
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.ids import public_id
from portal.core.words import N_
from portal.storage import locked, transaction

PAGE_LIFE = timedelta(hours=24)  # for entering a card


class SandboxGateway:
    """A gateway for development: it knows test numbers alone and moves no money.

    It stands on the other side of the port, as any gateway does: its own tables, its own transactions, its own pages.
    """

    name = "sandbox"

    def __init__(self, secret: str, base_url: str, clock: Callable[[], datetime], send: Post = post) -> None:
        """`secret` signs its webhooks; `base_url` is where its pages are, and where it sends them by `send`."""
        self.secret, self.base_url, self.clock, self.send = secret, base_url, clock, send

    # ---- What the portal asks ----

    def start_setup(self, key: str, payer: Payer, return_url: str) -> Page:
        with transaction():
            SandboxSession.insert(
                key=f"card:{key}", purpose="card", customer=payer.id or f"cus_{public_id()}", return_url=return_url,
                created_at=self.clock(),
            ).on_conflict_ignore().execute()
            session = SandboxSession.get(SandboxSession.key == f"card:{key}")
        return Page(session.public_id, f"{self.base_url}/sandbox/cards/{session.public_id}")

    def finish_setup(self, reference: str) -> Saved | None:
        session = self.page(reference, "card")
        if session is None:
            raise Refused("no_such_page")
        if session.state != "done":
            if self.is_open(session):
                return None
            raise Refused("cancelled" if session.state == "cancelled" else "expired")
        card = SandboxCard.get(SandboxCard.token == session.token)
        return Saved(card.customer, card.token, card.brand, card.last4, card.exp_month, card.exp_year)

    def charge(self, key: str, card: Saved, minor: int, currency: str, description: str, return_url: str) -> Outcome:
        with transaction():
            row = SandboxCharge.get_or_none(SandboxCharge.key == key) or self._charged(
                key, card, minor, currency, return_url)
        if (row.token, row.amount, row.currency) != (card.token, minor, currency):
            raise Refused("key_of_another_charge")
        return outcome_of(row, self.base_url)

    def find(self, key: str, card: Saved, since: datetime) -> Outcome | None:
        row = SandboxCharge.get_or_none(SandboxCharge.key == key)
        return outcome_of(row, self.base_url) if row else None

    def look_up(self, reference: str) -> Outcome:
        return outcome_of(self._found(reference), self.base_url)

    def cancel(self, reference: str) -> Outcome:
        with transaction():
            self._decide(reference, "declined", "cancelled")
        return self.look_up(reference)

    def refund(self, key: str, reference: str, minor: int) -> str:
        with transaction():
            charge = locked(SandboxCharge.select().where(SandboxCharge.reference == reference)).first()
            known = SandboxRefund.get_or_none(SandboxRefund.key == key)
            if known:
                return str(known.reference)
            if charge is None or charge.state != "succeeded":
                raise Refused("charge_not_paid")
            if not 0 < minor <= charge.amount - charge.refunded:
                raise Refused("refund_exceeds_charge")
            SandboxCharge.update(refunded=SandboxCharge.refunded + minor).where(SandboxCharge.id == charge.id).execute()
            refund = SandboxRefund.create(reference=f"re_{public_id()}", key=key, charge=charge, amount=minor,
                                          created_at=self.clock())
            return str(refund.reference)

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        signing.check(self.secret, headers.get(signing.HEADER, ""), body, self.clock())
        try:
            told = json.loads(body)
            data = told["data"]
            outcome = Outcome(data["state"], data["reference"], data["code"]) if "reference" in data else None
            return Event(told["id"], told["type"], data.get("key"), outcome, data.get("page"))
        except (ValueError, KeyError, TypeError) as error:
            raise BadSignature from error  # signed, and still none of ours

    # ---- What people do on its pages ----

    def page(self, reference: str, purpose: str) -> SandboxSession | None:
        """Return a visit of a hosted page."""
        return SandboxSession.get_or_none(  # type: ignore[no-any-return]
            SandboxSession.public_id == reference, SandboxSession.purpose == purpose)

    def is_open(self, session: SandboxSession) -> bool:
        """Tell whether something can still be done on a page."""
        fresh = session.purpose == "confirm" or self.clock() - session.created_at < PAGE_LIFE
        return session.state == "open" and fresh

    def enter(self, reference: str, number: str, month: int, year: int) -> str:
        """Keep a card and return where its holder goes on. Raises `NotFound`, `Stale`, `DomainError` by field."""
        with transaction():
            session = self._open_page(reference)
            card = NUMBERS.get(number)
            if card is None:
                raise DomainError(N_("This is none of the test numbers. The table below lists them."), "number")
            if card.refused:
                raise DomainError(N_("The card was declined. Enter another one."), "number")
            now = self.clock()
            if (year, month) < (now.year, now.month):
                raise DomainError(N_("The card has expired. Enter a month that is still to come."), "expiry")
            kept = SandboxCard.create(
                token=f"pm_{public_id()}", customer=session.customer, behavior=card.behavior, brand=card.brand,
                last4=number[-4:], exp_month=month, exp_year=year, created_at=now,
            )
            self._close(session, "done", token=kept.token)
            return str(session.return_url)

    def leave(self, reference: str) -> str:
        """Close a page without a card and return where its visitor goes on. Raises `NotFound`, `Stale`."""
        with transaction():
            session = self._open_page(reference)
            self._close(session, "cancelled")
            return str(session.return_url)

    def answer(self, reference: str, confirmed: bool) -> str:
        """Let the card's holder confirm or refuse a charge; return where they go on. Raises `NotFound`, `Stale`."""
        with transaction():
            session = self.page(reference, "confirm")
            if session is None:
                raise NotFound(reference)
            state, code = ("succeeded", "") if confirmed else ("declined", "authentication_failed")
            if not self._decide(session.charge, state, code):
                raise Stale
            return str(session.return_url)

    def waiting(self, session: SandboxSession) -> SandboxCharge:
        """Return the charge that a page asks its visitor to confirm."""
        return self._found(session.charge)

    # ---- What it tells the portal ----

    def deliver(self) -> int:
        """Send what is still to be told, and return how much arrived; nothing that goes wrong is an error here."""
        return deliver(self.secret, f"{self.base_url}/hooks/cards/{self.name}", self.clock, self.send)

    def _tell(self, kind: str, **data: str) -> None:
        event = f"evt_{public_id()}"
        SandboxEvent.create(event=event, kind=kind, body=json.dumps({"id": event, "type": kind, "data": data}),
                            created_at=self.clock())

    # ---- Inside its transactions ----

    def _charged(self, key: str, card: Saved, minor: int, currency: str, return_url: str) -> SandboxCharge:
        """Make a charge, or return the one that somebody has made with the same key at the same moment."""
        kept = SandboxCard.get_or_none(SandboxCard.token == card.token)
        if kept is None:
            raise Refused("no_such_card")
        state = {SUCCEEDS: "succeeded", CONFIRM: "action"}.get(kept.behavior, "declined")
        made = list(SandboxCharge.insert(
            reference=f"ch_{public_id()}", key=key, token=kept.token, amount=minor, currency=currency, state=state,
            code=kept.behavior if state == "declined" else "", created_at=self.clock(),
        ).on_conflict_ignore().returning(SandboxCharge.id).execute())
        row = SandboxCharge.get(SandboxCharge.key == key)
        if made and state == "action":
            SandboxSession.create(key=f"confirm:{row.reference}", purpose="confirm", customer=kept.customer,
                                  charge=row.reference, return_url=return_url, created_at=self.clock())
        if made:
            self._tell_of(row)
        return row  # type: ignore[no-any-return]

    def _decide(self, reference: str, state: str, code: str) -> bool:
        """Settle a charge that waits for its holder; one that is settled stays as it is: then False."""
        row = locked(SandboxCharge.select().where(SandboxCharge.reference == reference)).first()
        if row is None or row.state != "action":
            return False
        row.state, row.code = state, code
        row.save(only=[SandboxCharge.state, SandboxCharge.code])
        SandboxSession.update(state="done" if state == "succeeded" else "cancelled").where(
            SandboxSession.charge == reference).execute()
        self._tell_of(row)
        return True

    def _tell_of(self, row: SandboxCharge) -> None:
        self._tell(f"charge.{row.state}", reference=row.reference, key=row.key, state=row.state, code=row.code)

    def _open_page(self, reference: str) -> SandboxSession:
        """Return the page for a card, held. (What holds a page for confirming is its charge.)"""
        session = locked(SandboxSession.select().where(
            SandboxSession.public_id == reference, SandboxSession.purpose == "card")).first()
        if session is None:
            raise NotFound(reference)
        if not self.is_open(session):
            raise Stale
        return session  # type: ignore[no-any-return]

    def _close(self, session: SandboxSession, state: str, **values: Any) -> None:
        SandboxSession.update(state=state, **values).where(SandboxSession.id == session.id).execute()
        self._tell(f"page.{state}", page=session.public_id)

    @staticmethod
    def _found(reference: str) -> SandboxCharge:
        row = SandboxCharge.get_or_none(SandboxCharge.reference == reference)
        if row is None:
            raise Refused("no_such_charge")
        return row  # type: ignore[no-any-return]


def outcome_of(row: SandboxCharge, base_url: str) -> Outcome:
    """Return what has become of a charge; one that waits has a page."""
    if row.state != "action":
        return Outcome(cast(State, row.state), row.reference, row.code)
    page = SandboxSession.get(SandboxSession.key == f"confirm:{row.reference}")
    return Outcome("action", row.reference, url=f"{base_url}/sandbox/confirm/{page.public_id}")
