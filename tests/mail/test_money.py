"""Mails about money: each side reads what concerns it, in its own language, and no amount that is not its own."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.locales import COMPLETE
from portal.mail.models import Outgoing
from portal.mail.render import rendered
from portal.subscriptions.models import Subscription
from tests.billing.shop import Shop

BOTH = {"organization": "Siam Trading", "customer": "c1", "partner": "Andina Cloud"}
OWN = {"invoice": "i1", "code": "TH-000042", "total": 123450, "currency": "THB", "card_kind": "customer"}
HIDDEN = {**OWN, "invoice": "", "code": "", "total": 0, "card_kind": "reseller"}
WHY = {"why": "The card has expired."}
NEXT = {"next_step": "suspend", "next_on": "2026-03-12"}
AMOUNT = {
    "en": "1,234.50\u00a0THB", "es": "1.234,50\u00a0THB", "fr": "1\u202f234,50\u00a0THB", "th": "1,234.50\u00a0THB",
}
DAY = {"en": "March 12, 2026", "es": "12 de marzo de 2026", "fr": "12 mars 2026", "th": "12 มีนาคม พ.ศ. 2569"}

# Event, its params, parts of the addresses that it must link to, and what it says: an amount, a day, or neither.
MAILS = [
    ("order-declined", {"side": "partner", **OWN, "order": "o1", "plan": "crm-standard", **WHY},
     ["/store/orders/o1", "/store/customers/c1/card"], "amount"),
    ("payment-declined", {"side": "partner", **OWN, **WHY, **NEXT},
     ["/store/invoices/i1", "/store/customers/c1/card"], "both"),
    ("payment-declined", {"side": "customer", **OWN, **WHY, **NEXT}, ["/organizations/c1/invoices/i1"], "both"),
    ("payment-declined", {"side": "customer", **HIDDEN, **WHY, **NEXT}, ["/organizations/c1/invoices"], "day"),
    ("payment-declined", {"side": "partner", **OWN, **WHY, "next_step": "retry", "next_on": "2026-03-12"},
     ["/store/invoices/i1"], "both"),
    ("payment-declined", {"side": "partner", **OWN, **WHY, "next_step": "end", "next_on": "2026-03-12"},
     ["/store/invoices/i1"], "both"),
    ("payment-declined", {"side": "partner", **OWN, **WHY, "next_step": "", "next_on": ""}, ["/store/invoices/i1"],
     "amount"),
    ("payment-confirm", {"side": "partner", **OWN, "card_kind": "reseller", "url": "https://bank.example/3ds"},
     ["https://bank.example/3ds", "/store/invoices/i1"], "amount"),
    ("payment-confirm", {"side": "partner", **OWN, "url": "https://bank.example/3ds"},
     ["https://bank.example/3ds", "/store/invoices/i1"], "amount"),
    ("payment-confirm", {"side": "customer", **OWN, "url": "https://bank.example/3ds"},
     ["https://bank.example/3ds", "/organizations/c1/invoices/i1"], "amount"),
    ("payment-confirm", {"side": "customer", **OWN, "code": "", "invoice": "", "url": "https://bank.example/3ds"},
     ["https://bank.example/3ds"], "amount"),
    ("subscription-suspended", {"side": "partner", **OWN, "plan": "crm-standard", "reason": "payment",
                                "ends_on": "2026-03-12"}, ["/store/invoices/i1"], "day"),
    ("subscription-suspended", {"side": "customer", **OWN, "plan": "crm-standard", "reason": "payment",
                                "ends_on": "2026-03-12"}, ["/organizations/c1/invoices/i1"], "day"),
    ("subscription-suspended", {"side": "customer", **HIDDEN, "plan": "gone", "reason": "payment",
                                "ends_on": "2026-03-12"}, ["/organizations/c1/subscription"], "day"),
    ("subscription-suspended", {"side": "customer", "plan": "crm-standard", "reason": "partner", "note": "A pause"},
     ["/organizations/c1/subscription"], ""),
    ("subscription-suspended", {"side": "partner", "plan": "crm-standard", "reason": "vendor", "note": "A pause"},
     ["/store/customers/c1"], ""),
    *(("subscription-ended", {"side": side, "plan": "crm-standard", "why": why}, [link], "")
      for side, link in (("partner", "/store/customers/c1"), ("customer", "/organizations/c1/subscription"))
      for why in ("renewal", "unpaid", "partner")),
    ("invoice-issued", {"side": "customer", **OWN, "kind": "invoice", "state": "open", "corrects": ""},
     ["/organizations/c1/invoices/i1"], "amount"),
    ("invoice-issued", {"side": "billing", **OWN, "kind": "invoice", "state": "paid", "corrects": ""},
     ["/organizations/c1/invoices/i1"], "amount"),
    ("invoice-issued", {"side": "partner", **OWN, "card_kind": "reseller", "kind": "credit-note", "state": "issued",
                        "corrects": "TH-000041"}, ["/store/invoices/i1"], "amount"),
]


@pytest.mark.parametrize("language", COMPLETE)
@pytest.mark.parametrize(("event", "params", "links", "says"), MAILS)
def test_every_mail_in_every_language(app, cast, make_ctx, language, event, params, links, says):
    row = Outgoing(
        key="k", event=event, to_address="a@b.example", to_name="Somchai", language=language, created_at=cast.now,
        params={**BOTH, "country": {"en": "US", "es": "ES", "fr": "FR", "th": "TH"}[language], **params},
    )
    with app.app_context():
        mail = rendered(make_ctx(), row)
    body = mail.get_body(("plain",)).get_content()
    assert mail["Content-Language"] == language
    assert "Siam Trading" in mail["Subject"] or "TH-000042" in mail["Subject"]
    assert "%(" not in mail["Subject"] + body
    assert "Siam Trading" in body
    for link in links:
        assert (link if link.startswith("https:") else f"http://portal.test/{language}{link}") in body
    assert (AMOUNT[language] in body) == (says in {"amount", "both"})
    assert (DAY[language] in body) == (says in {"day", "both"})
    if params.get("card_kind") == "reseller" and params["side"] == "customer":
        assert "THB" not in mail["Subject"] + body
        assert "TH-0000" not in mail["Subject"] + body


@pytest.fixture
def shop(cast, gateway, clock, run_jobs) -> Shop:
    return Shop(cast, gateway, clock, run_jobs)


def sent(event: str) -> dict[str, Outgoing]:
    """Mails of an event by the side that they go to."""
    return {mail.params["side"]: mail for mail in Outgoing.select().where(Outgoing.event == event)}


def renew(shop: Shop, kind: str, **gateway: Any) -> None:
    assert shop.cast.siam_admin
    assert shop.cast.admin
    shop.cast.card(shop.cast.siam, kind)
    Subscription.update(renews_on=shop.clock.now.date()).execute()
    shop.clock.advance(hours=1)
    shop.work()


def test_each_side_reads_its_own_language_and_the_customer_no_amount_that_is_not_its_own(shop):
    shop.gateway.decline["tok"] = "insufficient_funds"
    renew(shop, "reseller")
    mails = sent("payment-declined")
    assert (mails["partner"].language, mails["customer"].language) == ("es", "th")
    assert mails["partner"].params["total"] > 0
    hidden = mails["customer"].params
    assert (hidden["total"], hidden["code"], hidden["invoice"]) == (0, "", "")
    assert (hidden["next_step"], hidden["next_on"]) == ("retry", "2026-03-03")
    assert set(sent("invoice-issued")) == {"partner"}
    shop.day(10)
    assert sent("subscription-suspended")["customer"].params["code"] == ""
    assert sent("subscription-suspended")["partner"].params["ends_on"] == "2026-04-01"
    last = Outgoing.select().where(Outgoing.event == "payment-declined").order_by(Outgoing.id.desc()).get()
    assert last.params["next_step"] == "suspend"
    shop.day(21)
    assert set(sent("subscription-ended")) == {"partner", "customer"}
    assert Outgoing.select().where(Outgoing.state != "sent").count() == 0


@pytest.mark.parametrize(("kind", "sides"), [("reseller", {"partner"}), ("customer", {"partner", "customer"})])
def test_who_is_asked_to_confirm_a_renewal(shop, kind, sides):
    shop.gateway.action.add("tok")
    renew(shop, kind)
    assert set(sent("payment-confirm")) == sides


@pytest.mark.parametrize(("kind", "sides"), [("reseller", set()), ("customer", {"customer"})])
def test_who_is_asked_to_confirm_an_order(shop, kind, sides):
    """Who has ordered sees it on the page; a customer whose card it is does not."""
    shop.cast.card(shop.cast.siam, kind)
    shop.gateway.action.add("tok")
    shop.buy(shop.cast.siam)
    shop.work()
    assert set(sent("payment-confirm")) == sides


def test_an_invoice_goes_to_whom_it_is_made_out_once(shop):
    renew(shop, "customer")
    shop.work()
    [mail] = Outgoing.select().where(Outgoing.event == "invoice-issued")
    assert (mail.params["side"], mail.to_address) == ("customer", "super-admin@siam.example")
    assert mail.params["state"] == "open"  # it was written when the renewal was invoiced
    shop.bought(shop.cast.siam)
    assert {row.params["state"] for row in Outgoing.select().where(Outgoing.event == "invoice-issued")} == {
        "open", "paid"}


def test_a_declined_order_is_told_to_the_partner_alone(shop):
    assert shop.cast.admin
    shop.cast.card(shop.cast.siam)
    shop.gateway.decline["tok"] = "expired_card"
    shop.buy(shop.cast.siam)
    shop.work()
    [mail] = Outgoing.select().where(Outgoing.event == "order-declined")
    assert (mail.params["side"], mail.params["why"]) == ("partner", "The card has expired.")
