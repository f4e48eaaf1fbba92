"""Stripe behind the port: the SDK against localstripe for what that knows, against recorded answers for the rest."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest
import stripe

from portal.adapters.cards import BadSignature, GatewayDown, Outcome, Payer, Refused, Saved
from portal.adapters.stripe_cards import StripeGateway, amount_for
from tests import localstripe
from tests.postgres import free_port

SECRET = "whsec_test"
PAYER = Payer("billing@siam.example", "Siam Trading", "th")
BACK = "http://portal.test/cards/back/charge/x"
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
GOOD, DECLINED, ASKS = "4242424242424242", "4000000000000341", "4000002500003155"


# ---- localstripe ----

@pytest.fixture(scope="module")
def local() -> Iterator[str]:
    with localstripe.server() as url:
        yield url


@pytest.fixture
def gateway(local) -> StripeGateway:
    return StripeGateway(localstripe.KEY, SECRET, local)


@pytest.fixture
def sdk(local) -> Any:
    """Stripe itself, for what the portal never does: it sees no number of a card."""
    return stripe.StripeClient(localstripe.KEY, base_addresses={"api": local}, max_network_retries=0).v1


def ask(url: str, /, **values: str) -> None:
    """Post something that localstripe has and Stripe has not."""
    request = Request(url, urlencode(values).encode())
    request.add_header("Authorization", f"Bearer {localstripe.KEY}")
    urlopen(request, timeout=10).close()


@pytest.fixture
def card(gateway, sdk):
    """Keep a card of that number, as Checkout does."""
    def keep(number: str = GOOD) -> Saved:
        customer = gateway._customer(f"setup-{number}", PAYER)
        method = sdk.payment_methods.create({
            "type": "card", "card": {"number": number, "exp_month": 12, "exp_year": 2030, "cvc": "123"}})
        sdk.payment_methods.attach(method.id, {"customer": customer})
        return Saved(customer, method.id, "visa", number[-4:], 12, 2030)

    return keep


def charged(gateway, card, number=GOOD, key="charge", minor=1200, currency="USD"):
    return gateway.charge(key, card(number), minor, currency, "Workplace", BACK)


def test_a_customer_is_made_of_the_payer(gateway, sdk):
    made = sdk.customers.retrieve(gateway._customer("key", PAYER))
    assert (made.name, made.email, made.preferred_locales) == (PAYER.name, PAYER.email, ["th"])
    assert gateway._customer("key", replace(PAYER, id="cus_known")) == "cus_known"


@pytest.mark.parametrize(("currency", "minor", "taken"), [("USD", 1200, 1200), ("EUR", 1, 1), ("THB", 99900, 99900)])
def test_a_good_card_pays(gateway, sdk, card, currency, minor, taken):
    outcome = charged(gateway, card, minor=minor, currency=currency)
    assert outcome.state == "succeeded"
    assert gateway.look_up(outcome.reference) == outcome
    intent = sdk.payment_intents.retrieve(outcome.reference)
    assert (intent.amount, intent.currency, intent.metadata["charge"]) == (taken, currency.lower(), "charge")


def test_a_declined_card_does_not(gateway, card):
    outcome = charged(gateway, card, DECLINED)
    assert (outcome.state, outcome.code) == ("declined", "card_declined")


@pytest.mark.parametrize(("confirmed", "state", "code"), [
    ("true", "succeeded", ""), ("false", "declined", "authentication_failed"),
])
def test_a_charge_waits_for_its_holder(gateway, sdk, local, card, confirmed, state, code):
    outcome = charged(gateway, card, ASKS)
    assert outcome.state == gateway.look_up(outcome.reference).state == "action"
    secret = sdk.payment_intents.retrieve(outcome.reference).client_secret
    ask(f"{local}/v1/payment_intents/{outcome.reference}/_authenticate", client_secret=secret, success=confirmed)
    assert gateway.look_up(outcome.reference) == Outcome(state, outcome.reference, code)


def test_what_waits_can_be_given_up(gateway, card):
    reference = charged(gateway, card, ASKS).reference
    given_up = Outcome("declined", reference, "cancelled")
    assert gateway.cancel(reference) == gateway.cancel(reference) == gateway.look_up(reference) == given_up


def test_giving_up_comes_too_late_for_what_was_paid(gateway, card):
    outcome = charged(gateway, card)
    assert gateway.cancel(outcome.reference) == outcome


def test_a_charge_is_found_by_its_key(gateway, card):
    mine = card()
    outcome = gateway.charge("lost", mine, 1200, "USD", "", BACK)
    assert gateway.find("lost", mine, SINCE) == outcome
    assert gateway.find("other", mine, SINCE) is None


def test_refunds_are_made_once_per_key_even_where_keys_are_forgotten(gateway, sdk, card):
    """localstripe knows no idempotency keys: like Stripe a day later."""
    reference = charged(gateway, card).reference
    first = gateway.refund("key", reference, 500)
    assert gateway.refund("key", reference, 500) == first != gateway.refund("other", reference, 300)
    made = sdk.refunds.list({"payment_intent": reference}).data
    assert sorted(refund.amount for refund in made) == [300, 500]


def test_what_was_not_paid_is_not_given_back(gateway, card):
    declined = charged(gateway, card, ASKS).reference
    gateway.cancel(declined)
    with pytest.raises((Refused, GatewayDown)):
        gateway.refund("key", declined, 1)


def test_what_stripe_does_not_know_is_refused(gateway, card):
    with pytest.raises(Refused):
        gateway.look_up("pi_none")
    with pytest.raises(Refused):
        gateway.charge("key", replace(card(), token="pm_none"), 1200, "USD", "", BACK)


def test_where_nobody_answers_the_gateway_is_down(card):
    silent = StripeGateway(localstripe.KEY, SECRET, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(GatewayDown):
        silent.look_up("pi_x")


@pytest.fixture
def told(local):
    """What localstripe sends by webhook, as (headers, body)."""
    messages: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            messages.put((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    ask(f"{local}/_config/webhooks/test", url=f"http://127.0.0.1:{receiver.server_port}/", secret=SECRET)
    yield messages
    receiver.shutdown()
    receiver.server_close()


def test_webhooks_of_the_server_are_read_and_none_that_was_changed(gateway, card, told):
    outcome = charged(gateway, card, key="told")
    while True:
        headers, body = told.get(timeout=10)
        event = gateway.read_event(headers, body)
        if event.kind == "payment_intent.succeeded":
            break
    assert (event.charge_key, event.outcome) == ("told", outcome)
    with pytest.raises(BadSignature):
        gateway.read_event(headers, body.replace(b"1200", b"1"))
    with pytest.raises(BadSignature):
        StripeGateway(localstripe.KEY, "whsec_other").read_event(headers, body)


# ---- Recorded answers ----

class Recorded(stripe.HTTPClient):
    """Gives the answers of a script, in its order, and keeps what was asked."""

    name = "recorded"

    def __init__(self, *answers: tuple[int, Any]) -> None:
        super().__init__()
        self.answers, self.asked = list(answers), list[tuple[str, dict[str, str], str | None]]()

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        sent = {name: values[0] for name, values in parse_qs(post_data or urlsplit(url).query).items()}
        self.asked.append((f"{method} {urlsplit(url).path}", sent, headers.get("Idempotency-Key")))
        status, answer = self.answers.pop(0)
        return answer if isinstance(answer, str) else json.dumps(answer), status, {}

    def close(self) -> None:
        pass


def recorded(*answers: tuple[int, Any]) -> tuple[StripeGateway, Recorded]:
    client = Recorded(*answers)
    gateway = StripeGateway("sk_test_x", SECRET)
    gateway.__dict__["_v1"] = stripe.StripeClient("sk_test_x", http_client=client, max_network_retries=0).v1
    return gateway, client


CUSTOMER = {"id": "cus_1", "object": "customer"}
SESSION = {"id": "cs_test_1", "object": "checkout.session", "mode": "setup", "status": "open", "customer": "cus_1",
           "url": "https://checkout.stripe.com/c/pay/cs_test_1", "setup_intent": "seti_1"}
METHOD = {"id": "pm_1", "object": "payment_method", "type": "card", "customer": "cus_1",
          "card": {"brand": "mastercard", "last4": "4444", "exp_month": 8, "exp_year": 2031}}
INTENT = {"id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 1200, "currency": "usd",
          "customer": "cus_1", "payment_method": "pm_1", "next_action": None, "last_payment_error": None,
          "metadata": {"charge": "key", "back": BACK}}
CARD = Saved("cus_1", "pm_1", "mastercard", "4444", 8, 2031)


def intent(status: str, **more: Any) -> dict[str, Any]:
    return {**INTENT, "status": status, **more}


def declined(code: str, **about: Any) -> dict[str, Any]:
    error = {"type": "card_error", "code": code, "message": "?", **about}
    return {"error": {**error, "payment_intent": intent("requires_payment_method", last_payment_error=error)}}


def test_a_card_is_entered_on_checkout():
    gateway, client = recorded((200, CUSTOMER), (200, SESSION))
    page = gateway.start_setup("setup1", PAYER, BACK)
    assert (page.reference, page.url) == ("cs_test_1", SESSION["url"])
    (made, who, first_key), (opened, session, key) = client.asked
    assert (made, who["email"], who["preferred_locales[0]"]) == ("post /v1/customers", PAYER.email, "th")
    assert (opened, session["mode"], session["locale"]) == ("post /v1/checkout/sessions", "setup", "th")
    assert (session["customer"], session["success_url"], session["cancel_url"]) == ("cus_1", BACK, BACK)
    assert (first_key, key) == ("customer:setup1", "page:setup1")


def test_a_known_customer_is_used_again():
    gateway, client = recorded((200, SESSION))
    gateway.start_setup("setup1", replace(PAYER, id="cus_9"), BACK)
    assert client.asked[0][1]["customer"] == "cus_9"


def test_an_open_page_has_no_card_yet():
    assert recorded((200, SESSION))[0].finish_setup("cs_test_1") is None


def test_a_card_is_known_once_the_page_is_complete():
    complete = {**SESSION, "status": "complete",
                "setup_intent": {"id": "seti_1", "object": "setup_intent", "payment_method": METHOD}}
    gateway, client = recorded((200, complete))
    assert gateway.finish_setup("cs_test_1") == CARD
    assert client.asked[0][1]["expand[0]"] == "setup_intent.payment_method"


def test_an_expired_page_is_over():
    with pytest.raises(Refused, match="expired"):
        recorded((200, {**SESSION, "status": "expired"}))[0].finish_setup("cs_test_1")


def test_a_charge_is_asked_for_with_its_key():
    gateway, client = recorded((200, INTENT))
    assert gateway.charge("key", CARD, 1200, "USD", "Workplace", BACK) == Outcome("succeeded", "pi_1")
    path, sent, key = client.asked[0]
    assert (path, key) == ("post /v1/payment_intents", "key")
    assert sent == {
        "amount": "1200", "currency": "usd", "customer": "cus_1", "payment_method": "pm_1",
        "payment_method_types[0]": "card", "off_session": "true", "confirm": "true", "description": "Workplace",
        "metadata[charge]": "key", "metadata[back]": BACK,
    }


@pytest.mark.parametrize(("found", "outcome"), [
    (intent("succeeded"), Outcome("succeeded", "pi_1")),
    (intent("processing"), Outcome("pending", "pi_1")),
    (intent("canceled"), Outcome("declined", "pi_1", "cancelled")),
    (intent("requires_payment_method", last_payment_error={"code": "card_declined", "decline_code": "lost_card"}),
     Outcome("declined", "pi_1", "lost_card")),
    (intent("requires_payment_method", last_payment_error={"code": "expired_card"}),
     Outcome("declined", "pi_1", "expired_card")),
    (intent("requires_payment_method", last_payment_error={"code": "payment_intent_authentication_failure"}),
     Outcome("declined", "pi_1", "authentication_failed")),
    (intent("requires_action", next_action={"type": "redirect_to_url", "redirect_to_url": {"url": "https://3ds"}}),
     Outcome("action", "pi_1", url="https://3ds")),
])
def test_each_status_is_an_outcome(found, outcome):
    assert recorded((200, found))[0].look_up("pi_1") == outcome


def test_a_decline_says_why():
    answer = declined("card_declined", decline_code="insufficient_funds")
    gateway, _client = recorded((402, answer), (200, answer["error"]["payment_intent"]))
    outcome = gateway.charge("key", CARD, 1200, "USD", "", BACK)
    assert outcome == Outcome("declined", "pi_1", "insufficient_funds")


def test_a_bank_that_wants_the_holder_gets_them_on_the_same_payment():
    answer = declined("authentication_required", decline_code="authentication_required")
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://hooks.stripe.com/3ds", "return_url": BACK}}
    gateway, client = recorded((402, answer), (200, answer["error"]["payment_intent"]),
                               (200, intent("requires_action", next_action=action)))
    outcome = gateway.charge("key", CARD, 1200, "USD", "", BACK)
    assert outcome == Outcome("action", "pi_1", url="https://hooks.stripe.com/3ds")
    path, sent, key = client.asked[-1]
    assert (path, key) == ("post /v1/payment_intents/pi_1/confirm", "key:present")
    assert sent == {"payment_method": "pm_1", "return_url": BACK, "off_session": "false"}


def test_a_crash_between_the_two_steps_loses_nothing():
    """A webhook about the first decline must not settle the charge: looking it up takes the second step."""
    error = {"code": "authentication_required", "payment_method": METHOD}
    waiting = intent("requires_payment_method", last_payment_error=error, payment_method=None)
    gateway, client = recorded((200, waiting), (200, intent("requires_action")))
    assert gateway.look_up("pi_1").state == "action"
    assert client.asked[-1][1]["payment_method"] == "pm_1"


def test_a_payment_that_is_refused_with_its_holder_there_is_declined():
    error = {"code": "authentication_required"}
    waiting = intent("requires_payment_method", last_payment_error=error)
    gateway, _client = recorded((200, waiting), (402, declined("card_declined", decline_code="lost_card")))
    assert gateway.look_up("pi_1") == Outcome("declined", "pi_1", "lost_card")


@pytest.mark.parametrize("status", [401, 403, 409, 429, 500, 502, 503])
def test_what_may_pass_is_asked_again(status):
    gateway, _client = recorded((status, {"error": {"type": "api_error", "message": "?"}}))
    with pytest.raises(GatewayDown):
        gateway.charge("key", CARD, 1200, "USD", "", BACK)


@pytest.mark.parametrize("answer", ["", "<html>", "{"])
def test_an_answer_that_cannot_be_read_may_have_been_a_charge(answer):
    with pytest.raises(GatewayDown):
        recorded((200, answer))[0].charge("key", CARD, 1200, "USD", "", BACK)


def test_what_will_never_work_is_refused_with_its_code():
    error = {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "?"}}
    with pytest.raises(Refused, match="resource_missing"):
        recorded((400, error))[0].charge("key", CARD, 1200, "USD", "", BACK)


def test_a_refund_that_failed_is_refused():
    listed = {"object": "list", "data": [], "has_more": False, "url": "/v1/refunds"}
    failed = {"id": "re_1", "object": "refund", "status": "failed", "failure_reason": "expired_or_canceled_card"}
    gateway, client = recorded((200, intent("succeeded", currency="isk")), (200, listed), (200, failed))
    with pytest.raises(Refused, match="expired_or_canceled_card"):
        gateway.refund("key", "pi_1", 500)
    assert client.asked[-1][1]["amount"] == "50000"


@pytest.mark.parametrize(("minor", "currency", "amount"), [
    (1200, "USD", 1200), (1200, "JPY", 1200), (1200, "CLP", 1200), (1200, "ISK", 120000), (5, "UGX", 500),
    (1200, "KWD", 1200), (1200, "MGA", 12),
])
def test_amounts_are_counted_as_stripe_does(minor, currency, amount):
    assert amount_for(minor, currency) == amount


@pytest.mark.parametrize(("minor", "currency"), [(1201, "MGA"), (1201, "KWD")])
def test_an_amount_that_stripe_cannot_take_is_refused(minor, currency):
    with pytest.raises(Refused):
        amount_for(minor, currency)


# ---- Webhooks ----

def signed(body: str, seconds: float = 0, secret: str = SECRET) -> dict[str, str]:
    at = int(time.time() - seconds)
    return {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body, secret, at)}


def told_of(kind: str, about: dict[str, Any]) -> str:
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "api_version": "2026-10-28.endive",
                       "created": 1, "livemode": False, "data": {"object": about}})


@pytest.mark.parametrize(("kind", "about", "charge", "page"), [
    ("payment_intent.succeeded", INTENT, "key", None),
    ("payment_intent.payment_failed", intent("requires_payment_method"), "key", None),
    ("payment_intent.succeeded", {**INTENT, "metadata": {}}, None, None),  # of somebody else's
    ("checkout.session.completed", {**SESSION, "status": "complete"}, None, "cs_test_1"),
    ("checkout.session.expired", SESSION, None, "cs_test_1"),
    ("customer.created", CUSTOMER, None, None),
])
def test_events_say_what_they_are_about(kind, about, charge, page):
    body = told_of(kind, about)
    event = recorded()[0].read_event(signed(body), body.encode())
    assert (event.id, event.kind, event.charge_key, event.page) == ("evt_1", kind, charge, page)
    assert (event.outcome.reference if event.outcome else None) == ("pi_1" if "payment" in kind else None)


@pytest.mark.parametrize("headers", [
    {}, {"Stripe-Signature": ""}, {"Stripe-Signature": "t=1,v1=x"}, signed(told_of("x", INTENT), secret="whsec_y"),
    signed(told_of("x", INTENT), seconds=301), signed("another body"),
])
def test_what_stripe_has_not_signed_lately_is_not_read(headers):
    with pytest.raises(BadSignature):
        recorded()[0].read_event(headers, told_of("x", INTENT).encode())


def test_the_sdk_is_loaded_with_the_first_question():
    check = "import sys, portal.web.wiring as w; w.StripeGateway('sk_x', 'whsec_x'); assert 'stripe' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True)
