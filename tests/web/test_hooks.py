"""Webhooks and people who come back: early, twice, late, in any order, forged, or by mistake, nothing happens twice."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from portal.adapters.cards import Outcome
from portal.adapters.sandbox.models import SandboxCharge, SandboxEvent
from portal.billing.commands.cards import ask_card
from portal.billing.jobs.charges import kept
from portal.billing.models import CardSetup, Charge, GatewayEvent, Invoice, Order
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.storage import transaction
from tests.billing.shop import Shop
from tests.payments import ASKS, EMPTY, GOOD, answer, enter, told, webhooks_arrive

HOOK = "/hooks/cards/sandbox"


@pytest.fixture
def gateway(sandbox):
    return sandbox


@pytest.fixture
def shop(cast, sandbox, clock, run_jobs):
    return Shop(cast, sandbox, clock, run_jobs)


@pytest.fixture
def pays_with(cast, run_jobs):
    """Let Siam pay with a card of that number."""
    def change(number=GOOD):
        asked = ask_card(cast.admin.ctx, cast.siam.public_id, True)
        run_jobs()
        enter(cast.app.test_client(), CardSetup.get_by_id(asked.id).url, number=number)
        cast.admin.browser().get(f"/cards/back/setup/{asked.public_id}")
        run_jobs()
        with transaction():  # that page is of no interest here
            SandboxEvent.delete().execute()

    return change


def tell(client, sandbox, body: bytes, **more):
    return client.post(HOOK, data=body, headers={**told(sandbox, body), **more})


def tell_all(client, sandbox, order=lambda events: events):
    """Let all events arrive in an order of the test's own."""
    return [tell(client, sandbox, event.body.encode()).status_code
            for event in order(list(SandboxEvent.select().order_by(SandboxEvent.id)))]


def made_at_gateway(sandbox, charge):
    """Let the gateway make a charge whose answer never reached us."""
    return sandbox.charge(charge.key, kept(charge.card), charge.amount, charge.currency, "", "http://portal.test/back")


def our_question_waits(charge, clock):
    with transaction():
        Job.update(run_at=clock.now + timedelta(hours=1)).where(Job.key == f"billing.charge:{charge.key}").execute()


def settled_once(shop):
    """Assert that the only order was paid and carried out exactly once."""
    assert SandboxCharge.select().where(SandboxCharge.state == "succeeded").count() == 1
    assert (Charge.get().state, Order.get().state) == ("succeeded", "done")
    assert [(invoice.state, invoice.paid) for invoice in Invoice.select()] == [("paid", Charge.get().amount)]
    assert shop.faults() == []


# ---- Webhooks ----

def test_a_webhook_before_our_own_answer_settles_the_charge(client, sandbox, shop, pays_with, clock, run_jobs):
    pays_with()
    shop.buy(shop.cast.siam)
    charge = Charge.get()
    our_question_waits(charge, clock)
    made_at_gateway(sandbox, charge)
    assert tell_all(client, sandbox) == [200]
    run_jobs()
    settled_once(shop)
    clock.advance(hours=1)
    run_jobs()
    settled_once(shop)


def test_a_webhook_that_comes_twice_counts_once(client, sandbox, shop, pays_with, run_jobs):
    pays_with()
    shop.buy(shop.cast.siam)
    run_jobs()
    mails = Outgoing.select().count()
    for _ in range(3):
        assert tell_all(client, sandbox) == [200]
        run_jobs()
    settled_once(shop)
    assert GatewayEvent.select().count() == 1
    assert Outgoing.select().count() == mails


def test_the_same_news_under_another_id_changes_nothing(client, sandbox, shop, pays_with, run_jobs):
    pays_with()
    shop.buy(shop.cast.siam)
    run_jobs()
    news = json.loads(SandboxEvent.get().body)
    for number in range(3):
        assert tell(client, sandbox, json.dumps({**news, "id": f"evt_{number}"}).encode()).status_code == 200
    run_jobs()
    settled_once(shop)
    assert {event.state for event in GatewayEvent.select()} == {"done"}


def test_a_webhook_that_comes_days_late_changes_nothing(client, sandbox, shop, pays_with, clock, run_jobs):
    pays_with()
    shop.buy(shop.cast.siam)
    run_jobs()
    clock.advance(days=5)
    assert tell_all(client, sandbox) == [200]
    run_jobs()
    settled_once(shop)


@pytest.mark.parametrize("said", ["confirm", "refuse"])
def test_webhooks_in_the_wrong_order_leave_what_is_so(client, sandbox, shop, pays_with, run_jobs, said):
    pays_with(ASKS)
    shop.buy(shop.cast.siam)
    run_jobs()
    answer(shop.cast.admin.browser(), Charge.get(), said)
    assert tell_all(client, sandbox, lambda events: events[::-1]) == [200, 200]
    run_jobs()
    run_jobs()
    if said == "confirm":
        settled_once(shop)
    else:
        assert (Charge.get().state, Order.get().state, Invoice.select().count()) == ("declined", "declined", 0)
        to = [mail.to_address for mail in Outgoing.select().where(Outgoing.event == "order-declined")]
        assert len(to) == len(set(to)) > 0


def test_what_the_gateway_says_now_counts_and_not_what_it_said_then(client, sandbox, shop, pays_with, clock, run_jobs):
    """A forged or outdated outcome inside a signed message decides nothing: the gateway is asked."""
    pays_with(EMPTY)
    shop.buy(shop.cast.siam)
    charge = Charge.get()
    our_question_waits(charge, clock)
    made_at_gateway(sandbox, charge)
    news = json.loads(SandboxEvent.get().body)
    news["data"]["state"] = "succeeded"
    tell(client, sandbox, json.dumps(news).encode())
    run_jobs()
    assert (Charge.get().state, Invoice.select().count()) == ("declined", 0)


@pytest.mark.parametrize("data", [
    {"page": "none"}, {"reference": "ch_none", "key": "none", "state": "succeeded", "code": ""}, {},
])
def test_news_of_what_we_do_not_know_is_kept_and_ignored(client, sandbox, run_jobs, data):
    body = json.dumps({"id": "evt_1", "type": "other", "data": data}).encode()
    assert tell(client, sandbox, body).status_code == 200
    run_jobs()
    event = GatewayEvent.get()
    assert (event.state, event.kind, event.body) == ("ignored", "other", body.decode())


def test_a_reference_that_the_gateway_does_not_know_settles_nothing(client, sandbox, shop, pays_with, clock, run_jobs):
    pays_with()
    shop.buy(shop.cast.siam)
    charge = Charge.get()
    our_question_waits(charge, clock)
    body = json.dumps({"id": "evt_1", "type": "charge.succeeded", "data": {
        "reference": "ch_elsewhere", "key": charge.key, "state": "succeeded", "code": ""}}).encode()
    tell(client, sandbox, body)
    run_jobs()
    assert (Charge.get().state, GatewayEvent.get().state) == ("pending", "ignored")


@pytest.mark.parametrize("headers", [{}, {"Sandbox-Signature": ""}, {"Sandbox-Signature": "t=1772442000,v1=00"}])
def test_what_is_not_signed_is_refused_without_a_word(client, headers):
    response = client.post(HOOK, data=b"{}", headers=headers)
    assert (response.status_code, response.data, GatewayEvent.select().count()) == (400, b"", 0)


def test_an_old_message_is_refused(client, sandbox, clock):
    body = b'{"id": "evt_1", "type": "x", "data": {}}'
    headers = told(sandbox, body)
    clock.advance(minutes=6)
    assert client.post(HOOK, data=body, headers=headers).status_code == 400


@pytest.mark.parametrize("name", ["stripe", "none", "fake", "SANDBOX"])
def test_only_the_connected_gateway_has_an_address(client, sandbox, name):
    body = b'{"id": "evt_1", "type": "x", "data": {}}'
    assert client.post(f"/hooks/cards/{name}", data=body, headers=told(sandbox, body)).status_code == 404


def test_a_flood_is_not_read(client, sandbox):
    body = json.dumps({"id": "evt_1", "type": "x", "data": {"page": "x" * 300_000}}).encode()
    assert tell(client, sandbox, body).status_code == 413
    assert GatewayEvent.select().count() == 0


def test_webhooks_are_sent_by_the_worker_and_tried_again(app, sandbox, shop, pays_with, clock, run_jobs):
    pays_with()
    shop.buy(shop.cast.siam)
    run_jobs()  # nobody listens: the charge itself is not held up
    settled_once(shop)
    assert GatewayEvent.select().count() == 0
    answers = webhooks_arrive(app, sandbox)
    clock.advance(minutes=1)
    run_jobs()
    run_jobs()
    assert (answers, GatewayEvent.get().state) == ([200], "done")
    for _ in range(5):
        clock.advance(minutes=1)
        run_jobs()
    assert Job.select().where(Job.kind == "billing.sandbox").count() == 1  # they do not pile up


# ---- People who come back ----

@pytest.fixture
def paid(shop, pays_with):
    """A charge of an order, paid with Siam's own card."""
    pays_with()
    shop.bought(shop.cast.siam)
    return Charge.get()


@pytest.fixture
def renewed(shop, paid, clock):
    """A charge of an invoice, without any order."""
    shop.day(32)
    return Charge.select().where(Charge.order.is_null()).get()


def back(browser, charge, **headers):
    return browser.get(f"/cards/back/charge/{charge.public_id}", headers=headers)


def test_a_partner_goes_on_to_the_order(cast, paid):
    assert back(cast.admin.browser(), paid).location == f"/es/store/orders/{paid.order.public_id}"
    assert back(cast.colleague.browser(), paid).location == f"/fr/store/orders/{paid.order.public_id}"


def test_a_partner_goes_on_to_the_invoice(cast, renewed):
    assert back(cast.admin.browser(), renewed).location == f"/es/store/invoices/{renewed.invoice.public_id}"


def test_the_customers_people_go_on_to_their_invoice(cast, renewed):
    assert back(cast.siam_admin.browser(), renewed).location == (
        f"/th/organizations/{cast.siam.public_id}/invoices/{renewed.invoice.public_id}")


def test_the_customers_people_see_their_subscription_where_there_is_no_invoice(cast, shop, pays_with, run_jobs):
    pays_with(ASKS)
    shop.buy(shop.cast.siam)
    run_jobs()
    assert back(cast.siam_admin.browser(), Charge.get()).location == (
        f"/th/organizations/{cast.siam.public_id}/subscription")


@pytest.mark.parametrize("who", ["outsider", "reviewer", "newcomer"])
def test_strangers_go_on_to_the_start_page(cast, paid, who):
    person = getattr(cast, who)
    assert back(person.browser(), paid).location == f"/{person.account.language}/"


def test_whoever_is_signed_out_reads_that_they_can_go(client, paid):
    response = client.get(f"/cards/back/charge/{paid.public_id}", headers={"Accept-Language": "en"},
                          follow_redirects=True)
    assert "You can close this window" in response.text


@pytest.mark.parametrize(("header", "cookie", "language"), [
    ("fr-CA,en;q=0.8", None, "fr"), ("xx", None, "en"), ("fr", "th", "th"), ("", None, "en"),
])
def test_the_language_is_the_readers(client, paid, header, cookie, language):
    if cookie:
        client.set_cookie("language", cookie)
    response = back(client, paid, **{"Accept-Language": header})
    assert response.location == f"/{language}/"
    assert {"Accept-Language", "Cookie"} <= set(response.vary)
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("what", ["charge", "setup"])
def test_nothing_is_known_of_other_addresses(cast, what):
    assert cast.admin.browser().get(f"/cards/back/{what}/none").status_code == 404
    assert cast.admin.browser().get(f"/cards/back/other/{what}").status_code == 404


@pytest.mark.parametrize(("who", "answered"), [
    ("admin", "/es/store/cards/setups/"), ("colleague", "/fr/store/cards/setups/"), ("outsider", None),
    ("siam_admin", "/th/"), ("reviewer", "/en/"),
])
def test_a_card_leads_back_to_whom_it_concerns(cast, run_jobs, who, answered):
    asked = ask_card(cast.admin.ctx, cast.siam.public_id, True)
    run_jobs()
    response = getattr(cast, who).browser().get(f"/cards/back/setup/{asked.public_id}")
    assert (response.location or "").startswith(answered or "")
    assert (response.status_code == 404) == (answered is None)
    assert (CardSetup.get_by_id(asked.id).state == "returned") == ("cards" in (answered or ""))


def test_a_prefetch_or_reload_settles_nothing(client, shop, pays_with, run_jobs):
    """The address is only a question: the gateway says what is so."""
    pays_with(ASKS)
    shop.buy(shop.cast.siam)
    run_jobs()
    for _ in range(3):
        assert client.head(f"/cards/back/charge/{Charge.get().public_id}").status_code == 302
        assert back(client, Charge.get()).status_code == 302
        run_jobs()
    assert (Charge.get().state, Job.select().where(Job.kind == "billing.charge").count()) == ("action", 1)


# ---- Long after ----

def test_a_charge_whose_answer_was_lost_for_a_day_is_looked_for_first(sandbox, shop, pays_with, clock, run_jobs):
    """Gateways forget keys: what was asked yesterday must not be asked like something new."""
    pays_with()
    shop.buy(shop.cast.siam)
    charge = Charge.get()
    made_at_gateway(sandbox, charge)
    with transaction():
        Job.update(run_at=clock.now + timedelta(days=2)).where(Job.key == f"billing.charge:{charge.key}").execute()
    sandbox.charge = lambda *_args: pytest.fail("asked again")  # as a gateway would that has forgotten the key
    clock.advance(days=2)
    run_jobs()
    settled_once(shop)


def test_a_charge_that_never_reached_the_gateway_is_still_made_days_later(sandbox, shop, pays_with, clock, run_jobs):
    pays_with()
    shop.buy(shop.cast.siam)
    with transaction():
        Job.update(run_at=clock.now + timedelta(days=2)).where(Job.kind == "billing.charge").execute()
    clock.advance(days=2)
    run_jobs()
    settled_once(shop)
    assert isinstance(sandbox.look_up(Charge.get().reference), Outcome)
