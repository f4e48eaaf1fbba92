"""Stripe as the payment gateway: cards by Checkout, charges by PaymentIntents without their holder.

Where Stripe's ways differ from what a port promises:

- A key is remembered for a day. Each payment carries it in its metadata as well (`charge`), and `find` looks there;
  refunds are few and always looked for first.
- A charge without its holder (`off_session`) whose bank wants a confirmation comes back as a declined one. The same
  PaymentIntent is then confirmed again with the holder present: Stripe answers with its hosted page, which leads
  back to the portal (`back` in the metadata). It stays one payment, with one reference.
- Whoever leaves Checkout without a card leaves it open, and may return to it until it expires after a day.
- Stripe takes ISO 4217's minor units except for the currencies in `amount_for`.
- A key of ours that Stripe does not accept is our fault and declines nobody's charge: it counts as `GatewayDown`.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from portal.adapters.cards import BadSignature, Event, GatewayDown, Outcome, Page, Payer, Refused, Saved

log = logging.getLogger("portal.stripe")
TOLERANCE = 300  # seconds between signing a webhook and reading it
_TIMEOUT = 15.0  # seconds for one request: the few of one job fit into its lease
_TOGETHER = 100
_HUNDREDFOLD = frozenset({"ISK", "UGX"})  # without minor unit in ISO 4217; Stripe wants two digits, both 0
_WHOLE = frozenset({"MGA"})  # two digits in ISO 4217, none at Stripe
_TENS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})  # three digits, the last of which must be 0
_CODES = {
    "payment_intent_authentication_failure": "authentication_failed",
    "canceled": "cancelled",
}


def amount_for(minor: int, currency: str) -> int:
    """Return our amount (ISO 4217 minor units) as Stripe counts it. Raises `Refused` when Stripe cannot take it."""
    if currency in _HUNDREDFOLD:
        return minor * 100
    if (currency in _WHOLE and minor % 100) or (currency in _TENS and minor % 10):
        raise Refused("amount_not_supported")
    return minor // 100 if currency in _WHOLE else minor


class StripeGateway:
    """Talks to Stripe through its SDK, which is imported with the first question: it is large."""

    name = "stripe"

    def __init__(self, key: str, webhook_secret: str, api: str = "") -> None:
        """`api` is another address than Stripe's own, for tests."""
        self._key, self._webhook_secret, self._api = key, webhook_secret, api

    # ---- Cards ----

    def start_setup(self, key: str, payer: Payer, return_url: str) -> Page:
        with self._asking():
            session = self._v1.checkout.sessions.create({
                "mode": "setup", "payment_method_types": ["card"], "customer": self._customer(key, payer),
                "locale": payer.language, "success_url": return_url, "cancel_url": return_url,
                "client_reference_id": key,
            }, {"idempotency_key": f"page:{key}"})
        return Page(session.id, session.url)

    def finish_setup(self, reference: str) -> Saved | None:
        with self._asking():
            session = self._v1.checkout.sessions.retrieve(
                reference, {"expand": ["setup_intent.payment_method"]}).to_dict()
        if session["status"] == "open":
            return None
        if session["status"] != "complete":
            raise Refused(session["status"])
        method = session["setup_intent"]["payment_method"]
        card = method["card"]
        return Saved(session["customer"], method["id"], card["brand"], card["last4"], card["exp_month"],
                     card["exp_year"])

    def _customer(self, key: str, payer: Payer) -> str:
        """Return Stripe's name for the card's owner, made on their first card."""
        if payer.id:
            return payer.id
        who = {"name": payer.name, "preferred_locales": [payer.language]} | (
            {"email": payer.email} if payer.email else {})
        return str(self._v1.customers.create(who, {"idempotency_key": f"customer:{key}"}).id)

    # ---- Charges ----

    def charge(self, key: str, card: Saved, minor: int, currency: str, description: str, return_url: str) -> Outcome:
        wanted = {
            "amount": amount_for(minor, currency), "currency": currency.lower(), "customer": card.customer,
            "payment_method": card.token, "payment_method_types": ["card"], "off_session": True, "confirm": True,
            "description": description, "metadata": {"charge": key, "back": return_url},
        }
        try:
            with self._asking():
                return self._outcome(self._v1.payment_intents.create(wanted, {"idempotency_key": key}).to_dict())
        except _Declined as declined:
            if declined.intent:
                return self.look_up(declined.intent)
            return Outcome("declined", "", declined.code)

    def find(self, key: str, card: Saved, since: datetime) -> Outcome | None:
        with self._asking():
            listed = self._v1.payment_intents.list({
                "customer": card.customer, "created": {"gte": int(since.timestamp()) - TOLERANCE}, "limit": _TOGETHER})
            for intent in listed.auto_paging_iter():
                if intent.to_dict()["metadata"].get("charge") == key:
                    return self.look_up(intent.id)
        return None

    def look_up(self, reference: str) -> Outcome:
        with self._asking():
            intent = self._v1.payment_intents.retrieve(reference).to_dict()
        return self._present(intent) if _wants_its_holder(intent) else self._outcome(intent)

    def cancel(self, reference: str) -> Outcome:
        with contextlib.suppress(Refused), self._asking():  # too late, or for the second time: what became of it?
            self._v1.payment_intents.cancel(reference, {"cancellation_reason": "abandoned"})
        return self.look_up(reference)

    def _present(self, intent: dict[str, Any]) -> Outcome:
        """Confirm a payment again, now with its holder present: Stripe has a page for them."""
        key, back = intent["metadata"].get("charge", ""), intent["metadata"].get("back", "")
        method = intent["payment_method"] or (intent["last_payment_error"].get("payment_method") or {}).get("id")
        try:
            with self._asking():
                return self._outcome(self._v1.payment_intents.confirm(
                    intent["id"], {"payment_method": method, "return_url": back, "off_session": False},
                    {"idempotency_key": f"{key}:present"}).to_dict())
        except _Declined as declined:
            return Outcome("declined", intent["id"], declined.code)

    @staticmethod
    def _outcome(intent: dict[str, Any]) -> Outcome:
        reference, status = intent["id"], intent["status"]
        if status == "succeeded":
            return Outcome("succeeded", reference)
        if status == "requires_action":
            action = intent.get("next_action") or {}
            return Outcome("action", reference, url=(action.get("redirect_to_url") or {}).get("url") or "")
        if status == "requires_payment_method":
            return Outcome("declined", reference, _code(intent.get("last_payment_error") or {}))
        if status == "canceled":
            return Outcome("declined", reference, "cancelled")
        return Outcome("pending", reference)

    # ---- Refunds ----

    def refund(self, key: str, reference: str, minor: int) -> str:
        with self._asking():
            intent = self._v1.payment_intents.retrieve(reference)
            for known in self._v1.refunds.list({"payment_intent": reference, "limit": _TOGETHER}).auto_paging_iter():
                if (known.to_dict().get("metadata") or {}).get("refund") == key:
                    return _carried_out(known)
            return _carried_out(self._v1.refunds.create({
                "payment_intent": reference, "amount": amount_for(minor, intent.currency.upper()),
                "metadata": {"refund": key},
            }, {"idempotency_key": f"refund:{key}"}))

    # ---- Webhooks ----

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        stripe = self._sdk
        try:
            event = stripe.Webhook.construct_event(
                body, headers.get("Stripe-Signature", ""), self._webhook_secret, tolerance=TOLERANCE).to_dict()
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise BadSignature from error
        kind, about = event["type"], event["data"]["object"]
        if about["object"] == "payment_intent":
            return Event(event["id"], kind, about["metadata"].get("charge"), self._outcome(about))
        page = about["id"] if about["object"] == "checkout.session" else None
        return Event(event["id"], kind, page=page)

    # ---- The SDK ----

    @cached_property
    def _sdk(self) -> Any:
        import stripe

        return stripe

    @cached_property
    def _v1(self) -> Any:
        stripe = self._sdk
        return stripe.StripeClient(
            self._key, base_addresses={"api": self._api} if self._api else {}, max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=_TIMEOUT),
        ).v1

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """Turn the SDK's errors into the port's."""
        stripe = self._sdk
        try:
            yield
        except stripe.CardError as error:
            raise _Declined(error) from error
        except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
            log.warning("Stripe refused: %s", error)
            raise Refused(error.code or "refused") from error
        except stripe.StripeError as error:  # also an answer that cannot be read: what it was about may have happened
            if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
                log.error("Stripe does not accept the key of this portal: %s", error)
            raise GatewayDown from error


class _Declined(Refused):
    """The card's bank says no; `intent` is the payment that it says it about."""

    def __init__(self, error: Any) -> None:
        details = error.error.to_dict() if error.error else {}
        super().__init__(_code(details) or error.code or "card_declined")
        self.intent: str | None = (details.get("payment_intent") or {}).get("id")


def _code(error: Mapping[str, Any]) -> str:
    code = error.get("decline_code") or error.get("code") or ""
    return _CODES.get(code, code)


def _wants_its_holder(intent: Mapping[str, Any]) -> bool:
    """Tell whether a payment was declined only because its holder was not there to confirm it."""
    error = intent.get("last_payment_error") or {}
    return intent["status"] == "requires_payment_method" and "authentication_required" in {
        error.get("code"), error.get("decline_code")}


def _carried_out(refund: Any) -> str:
    if refund.status in {"failed", "canceled"}:
        raise Refused(getattr(refund, "failure_reason", None) or "refund_failed")
    return str(refund.id)
