"""The Store's pages of cards: what a choice means, choosing, a new card from the gateway's page, the list of all."""

from __future__ import annotations

import pytest
from lxml import html

from portal.adapters.cards import Saved
from portal.billing.commands.cards import card_returned
from portal.billing.models import Card, CardSetup
from portal.customers.models import Organization
from portal.storage import transaction
from tests.billing.test_cards import card_of
from tests.client import HTMX, statements

LIST = "/en/store/cards"


def path(organization, query=""):
    return f"/en/store/customers/{organization.public_id}/card{query}"


def text(element):
    return " ".join(" ".join(element.itertext()).split())


def tree(response):
    return html.fromstring(response.data)


def pays(organization):
    row = Organization.get_by_id(organization.id)
    return row.card_kind, row.card_id


@pytest.fixture
def browser(cast):
    return cast.admin.browser()


def test_the_page_says_who_pays_today(cast, browser):
    page = browser.get(path(cast.siam))
    assert "No card yet" in text(tree(page).xpath("//section[@aria-labelledby='present']")[0])
    cast.card(cast.siam, "customer", last4="1881")
    present = text(tree(browser.get(path(cast.siam))).xpath("//section[@aria-labelledby='present']")[0])
    assert "Customer card (CC) Visa •••• 1881 Valid until 12/2030" in present


def test_consequences_stand_before_the_form(cast, browser):
    page = tree(browser.get(path(cast.siam)))
    ours, theirs = (text(page.xpath(f"//section[@aria-labelledby='side-{kind}']")[0])
                    for kind in ("reseller", "customer"))
    assert "Invoices go to Andina Cloud" in ours
    assert "You keep it when the card is charged" in ours
    assert "Invoices go to Siam Trading super-admin@siam.example" in theirs
    assert "added to your balance when an invoice is paid" in theirs
    assert "360.00 USD" in theirs
    assert "of it is tax" in theirs
    order = [section.get("aria-labelledby") for section in page.xpath("//section[@aria-labelledby]")]
    assert order.index("side-customer") < order.index("choose")


def test_the_page_costs_five_statements_however_much_is_there(cast, browser):
    for n in range(12):
        cast.card(cast.siam, "reseller" if n % 2 else "customer", token=f"tok{n}")
    with statements() as seen:
        assert browser.get(path(cast.siam)).status_code == 200
    assert len(seen) <= 5


@pytest.mark.parametrize(("box", "kind"), [({}, "reseller"), ({"customer_card": "y"}, "customer")])
def test_the_check_box_decides_whose_card_pays(cast, browser, box, kind):
    """S3.34: clear is RC, set is CC; what is chosen on the other side does not count."""
    ours, theirs = card_of(cast.andina, "ours"), card_of(cast.siam, "theirs")
    sent = browser.send(path(cast.siam), reseller=ours.public_id, customer=theirs.public_id, **box)
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/en/store/customers/{cast.siam.public_id}")
    assert pays(cast.siam) == (kind, (theirs if box else ours).id)
    page = browser.get("/en/store/customers")
    mark = {"reseller": "RC", "customer": "CC"}[kind]
    assert [text(cell) for cell in tree(page).xpath("//tbody//abbr")] == [mark]
    assert "RC: reseller card" in page.text


def test_a_changed_card_leads_on_to_a_page_of_the_portal_and_nowhere_else(cast, browser):
    ours = card_of(cast.andina, "ours")
    for wanted, leads in (("/en/store/cards", "/en/store/cards"), ("https://evil.example/", None), ("//evil", None)):
        page = browser.get(path(cast.siam, f"?next={wanted}"))
        kept = tree(page).xpath("//input[@name='next']/@value")[0]
        sent = browser.send(path(cast.siam), reseller=ours.public_id, next=kept)
        assert sent.headers["Location"] == (leads or f"/en/store/customers/{cast.siam.public_id}")


@pytest.mark.parametrize("chosen", ["", "nonsense", "foreign", "expired", "other"])
def test_a_card_that_is_not_there_is_refused_beside_its_field(cast, browser, chosen):
    made = {
        "foreign": lambda: card_of(cast.outsider.partner, "foreign"),
        "expired": lambda: card_of(cast.andina, "expired", exp_year=2025),
        "other": lambda: card_of(cast.customer("Other", "o.example"), "other"),
    }
    card = made[chosen]().public_id if chosen in made else chosen
    sent = browser.send(path(cast.siam), reseller=card)
    assert sent.status_code == 422
    assert "This card is not there any more" in sent.text
    assert pays(cast.siam) == ("none", None)


def test_a_new_card_is_entered_on_the_gateway_s_page(cast, browser, gateway, run_jobs):
    back = f"/en/store/customers/{cast.siam.public_id}/record"
    sent = browser.send(path(cast.siam), customer_card="y", customer="new", next=back)
    here = sent.headers["Location"]
    setup = CardSetup.get()
    assert (sent.status_code, here) == (303, f"/en/store/cards/setups/{setup.public_id}")
    assert (setup.card_kind, setup.back) == ("customer", back)
    waiting = browser.get(here)
    assert "being opened" in waiting.text
    assert tree(waiting).xpath("//div[@id='setup']/@hx-get") == [here]
    run_jobs()
    ready = browser.get(here, headers=HTMX)
    assert "<html" not in ready.text
    link = tree(ready).xpath("//a[text()='Continue to the card page']/@href")
    assert link == [f"https://cards.example/page-{setup.public_id}"]
    gateway.entered[f"page-{setup.public_id}"] = Saved("payer", "tok_new", "mastercard", "4444", 5, 2031)
    card_returned(cast.admin.ctx, setup.public_id)
    assert "being saved" in browser.get(here).text
    run_jobs()
    done = tree(browser.get(here))
    assert "Mastercard •••• 4444" in text(done)
    assert done.xpath("//a[text()='Continue']/@href") == [back]
    assert done.xpath("//div[@id='setup']/@hx-get") == []
    assert pays(cast.siam)[0] == "customer"


@pytest.mark.parametrize(("state", "fault", "words"), [
    ("failed", "cancelled", "The page was left without a card."),
    ("failed", "no_gateway", "No payment gateway is connected"),
    ("failed", "whatever", "The payment gateway gave no card back."),
    ("expired", "expired", "open for too long"),
])
def test_why_there_is_no_card(cast, browser, state, fault, words):
    with transaction():
        setup = CardSetup.create(
            partner=cast.andina, organization=cast.siam, card_kind="reseller", gateway="fake", state=state,
            fault=fault, back="/en/store/renewals", created_at=cast.now,
        )
    page = browser.get(f"/en/store/cards/setups/{setup.public_id}")
    assert words in page.text
    again = tree(page).xpath("//a[text()='Choose a card again']/@href")
    assert again == [path(cast.siam, "?next=/en/store/renewals")]


def test_a_back_that_is_no_path_of_the_portal_is_not_followed(cast, browser):
    with transaction():
        setup = CardSetup.create(
            partner=cast.andina, organization=cast.siam, card_kind="reseller", gateway="fake", state="done",
            back="https://evil.example/", created_at=cast.now,
        )
    page = browser.get(f"/en/store/cards/setups/{setup.public_id}")
    assert tree(page).xpath("//a[text()='Continue']/@href") == [f"/en/store/customers/{cast.siam.public_id}"]


def test_an_outsider_finds_nothing(cast, run_jobs, browser):
    card = card_of(cast.andina, "ours")
    browser.send(path(cast.siam), reseller="new")
    outsider = cast.outsider.browser()
    assert outsider.get(path(cast.siam)).status_code == 404
    assert outsider.send(path(cast.siam), page="/en/store/", reseller=card.public_id).status_code == 404
    assert outsider.get(f"/en/store/cards/setups/{CardSetup.get().public_id}").status_code == 404
    assert outsider.send(f"{LIST}/{card.public_id}/remove", page="/en/store/").status_code == 404
    assert "No cards of yours" in outsider.get(LIST).text
    assert Card.get_by_id(card.id).state == "active"


def test_the_list_of_cards(cast, browser):
    cast.card(cast.siam, "reseller", token="ours", last4="1111")
    card_of(cast.andina, "soon", last4="2222", exp_year=2026, exp_month=3)
    card_of(cast.andina, "gone", last4="3333", exp_year=2026, exp_month=2)
    card_of(cast.siam, "theirs", last4="4444")
    rows = [text(row) for row in tree(browser.get(LIST)).xpath("//tbody/tr")]
    assert rows == [
        "Visa •••• 3333 RC 02/2026 Expired nobody Remove Visa •••• 3333",
        "Visa •••• 2222 RC 03/2026 Expires soon nobody Remove Visa •••• 2222",
        "Visa •••• 1111 RC 12/2030 1 customer",
    ]
    with statements() as seen:
        page = browser.get(f"{LIST}?kind=customer")
    assert len(seen) <= 5
    assert [text(row) for row in tree(page).xpath("//tbody/tr")] == [
        "Visa •••• 4444 CC Siam Trading 12/2030 nobody Remove Visa •••• 4444"]


def test_removing_a_card(cast, browser):
    unused = card_of(cast.siam, "theirs")
    sent = browser.send(f"{LIST}/{unused.public_id}/remove", page=f"{LIST}?kind=customer", kind="customer")
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{LIST}?kind=customer")
    used = cast.card(cast.siam, "reseller", token="ours")
    page = browser.send(f"{LIST}/{used.public_id}/remove", page="/en/store/customers/" + cast.siam.public_id + "/card")
    assert page.status_code == 409
    assert "still pay with this card" in page.text
    assert browser.get(f"{LIST}/{used.public_id}/remove").headers["Location"] == LIST


def test_links_to_cards_are_always_there(cast, browser):
    """S3.32, D4: beside each customer, without hovering."""
    assert cast.siam
    for page in ("/en/store/customers", f"/en/store/customers/{cast.siam.public_id}"):
        links = tree(browser.get(page)).xpath("//main//a[starts-with(., 'Change card')]/@href")
        assert [url.partition("?")[0] for url in links] == [path(cast.siam)]
