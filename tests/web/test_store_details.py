"""The Store's pages of details: editing a customer, how it became so, and the partner's own billing details."""

from __future__ import annotations

import pytest
from lxml import html

from portal.billing.models import BillTo
from portal.customers.models import Organization
from portal.storage import transaction
from tests.client import statements

OWN = "/en/store/billing-details"


def path(organization, act="/edit"):
    return f"/en/store/customers/{organization.public_id}{act}"


def filled(response):
    """Return what the form of a page holds, as a browser would send it."""
    form = next(form for form in html.fromstring(response.data).forms if form.get("action", "").endswith(
        ("/edit", "/billing-details")))
    return {name: value or "" for name, value in form.form_values()}


def rows(response):
    return [[" ".join(cell.text_content().split()) for cell in row.xpath("./*")]
            for row in html.fromstring(response.data).xpath("//tbody/tr")]


@pytest.fixture
def browser(cast):
    return cast.colleague.browser()


def test_editing_a_customer(cast, browser):
    values = filled(browser.get(path(cast.siam)))
    assert (values["name"], values["country"], values["bill_name"]) == ("Siam Trading", "TH", "")
    sent = browser.post(path(cast.siam), data={**values, "name": "Siam Trade", "bill_city": "Bangkok", "tax_id": "0 1"})
    assert (sent.status_code, sent.headers["Location"]) == (303, path(cast.siam, ""))
    page = browser.get(path(cast.siam, ""))
    assert "Siam Trade" in page.text
    values = filled(browser.get(path(cast.siam)))
    kept = {name: values[name] for name in ("bill_city", "tax_id", "seen", "seen_details")}
    assert kept == {"bill_city": "Bangkok", "tax_id": "01", "seen": "1", "seen_details": "1"}


def test_the_page_says_what_the_super_admin_keeps(cast, browser):
    page = browser.get(path(cast.siam))
    assert "they belong to that person" in page.text
    assert "admin_email" not in filled(page)


def test_wrong_shapes_keep_everything_that_was_typed(cast, browser):
    values = filled(browser.get(path(cast.siam)))
    sent = browser.post(path(cast.siam), data={**values, "name": "", "bill_email": "nobody", "bill_city": "Bangkok"})
    assert sent.status_code == 422
    assert filled(sent)["bill_city"] == "Bangkok"
    assert "Please correct 2 answers." in sent.text
    assert not BillTo.select().exists()


def test_a_rule_s_refusal_stands_beside_its_field(cast, browser):
    values = filled(browser.get(path(cast.siam)))
    sent = browser.post(path(cast.siam), data={**values, "bill_email": "x@nodots"})
    assert sent.status_code in (409, 422)
    assert "Invalid email address." in sent.text


def test_two_editors_see_both_versions(cast, browser):
    values = filled(browser.get(path(cast.siam)))
    other = cast.admin.browser()
    other.post(path(cast.siam), data={**filled(other.get(path(cast.siam))), "bill_city": "Chiang Mai"})
    sent = browser.post(path(cast.siam), data={**values, "bill_city": "Bangkok", "bill_country": "LA"})
    assert sent.status_code == 409
    assert ["City", "Bangkok", "Chiang Mai"] in rows(sent)
    assert ["Country on invoices", "Laos", "The same as above"] in rows(sent)
    assert browser.post(path(cast.siam), data=filled(sent)).status_code == 303  # saving again keeps mine
    assert BillTo.get().city == "Bangkok"


@pytest.mark.parametrize("access", ["suspended", "revoked"])
def test_a_customer_that_closed_its_console(cast, browser, access):
    assert cast.siam
    with transaction():
        Organization.update(access=access).execute()
    page = browser.get(path(cast.siam))
    assert "has closed its admin console to you" in page.text
    values = filled(page)
    assert "name" not in values
    sent = browser.post(path(cast.siam), data={**values, "name": "Taken over", "bill_city": "Bangkok"})
    assert sent.status_code == 303
    assert Organization.get().name == "Siam Trading"
    assert BillTo.get().city == "Bangkok"


def test_the_link_is_always_there(cast, browser):
    """S3.26, D4: not only while somebody hovers."""
    assert cast.siam
    for page in ("/en/store/customers", path(cast.siam, "")):
        assert path(cast.siam) in html.fromstring(browser.get(page).data).xpath("//a/@href")


def test_history_tells_who_changed_what_when(cast, browser):
    values = filled(browser.get(path(cast.siam)))
    browser.post(path(cast.siam), data={**values, "country": "LA", "bill_language": "fr", "bill_city": "Vientiane"})
    with statements() as seen:
        page = browser.get(path(cast.siam, "/history"))
    assert len(seen) <= 5
    assert rows(page) == [
        ["Mar 2, 2026, 4:00 PM", field, before, after, "Partner MemberPartner Andina Cloud"]
        for field, before, after in (("Country", "Thailand", "Laos"), ("City", "–", "Vientiane"),
                                     ("Language of invoices", "–", "Français"))
    ]
    one = browser.get(path(cast.siam, "/history?field=bill_city"))
    assert [row[1] for row in rows(one)] == ["City"]
    assert "Nothing was changed yet" in browser.get(path(cast.siam, "/history?field=name")).text


def test_history_of_a_customer_that_revoked_access(cast, browser):
    values = filled(browser.get(path(cast.siam)))
    browser.post(path(cast.siam), data={**values, "bill_city": "Bangkok"})
    with transaction():
        Organization.update(access="revoked").execute()
    page = browser.get(path(cast.siam, "/history"))
    assert [row[1] for row in rows(page)] == ["City"]
    assert "Only what you and your colleagues changed" in page.text


def test_an_outsider_finds_nothing(cast):
    outsider = cast.outsider.browser()
    for act in ("/edit", "/history"):
        assert outsider.get(path(cast.siam, act)).status_code == 404
    assert outsider.send(path(cast.siam), page=OWN, name="Taken").status_code == 404


def test_the_partner_s_own_billing_details(cast):
    browser = cast.admin.browser()
    values = filled(browser.get(OWN.replace("/en/", "/es/")))
    sent = browser.post(OWN, data={**values, "bill_name": "Andina Cloud S.A.", "tax_id": "anc 01"})
    assert (sent.status_code, sent.headers["Location"]) == (303, OWN)
    assert BillTo.get().tax_id == "ANC01"
    stale = browser.post(OWN, data={**values, "bill_name": "Andina"})
    assert stale.status_code == 409
    assert ["Name on invoices", "Andina", "Andina Cloud S.A."] in rows(stale)
    wrong = browser.post(OWN, data={**filled(browser.get(OWN)), "bill_email": "nobody"})
    assert wrong.status_code == 422
    assert cast.colleague.browser().get(OWN).status_code == 200
    assert cast.member("seller@andina.example", "en", cast.andina, "sales").browser().get(OWN).status_code == 403
