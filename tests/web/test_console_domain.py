"""The partner's page of a customer's domain: what to publish, checking, how it goes, and the link for somebody else."""

from __future__ import annotations

import re
from html import unescape

import pytest
from lxml import html

from portal.domains import queries
from portal.domains.models import Domain, DomainCheck
from portal.domains.policy import Method
from portal.mail.models import Outgoing
from tests.client import HTMX


@pytest.fixture
def customer(cast):
    return cast.customer("Lima Textiles", "lima.example", verified=False, language="es")


@pytest.fixture
def path(customer):
    return f"/en/console/customers/{customer.public_id}/domain"


def proof(cast, method):
    return queries.expectation(cast.admin.ctx, Domain.get(Domain.name == "lima.example"), method)


def check(browser, path, htmx=False, **data):
    return browser.send(f"{path}/check", page=path, htmx=htmx, **{"method": "txt", **data})


@pytest.mark.parametrize("method", list(Method))
def test_every_value_can_be_copied(cast, path, method):
    text = unescape(cast.admin.browser().get(f"{path}?method={method}").text)
    wanted = proof(cast, method)
    shown = [wanted.url] if method is Method.FILE else [wanted.relative_host, wanted.host]
    for value in (wanted.value, *shown):
        assert f'<code translate="no">{value}</code>' in text


def test_the_file_can_be_downloaded_with_its_name_and_content(cast, path):
    page = html.fromstring(cast.admin.browser().get(f"{path}?method=file").data)
    (link,) = page.xpath("//a[@download]")
    assert link.get("download") == "zoho-verification.txt"
    assert link.get("href").startswith("data:text/plain;charset=utf-8,zoho-verification%3D")


def test_an_unknown_method_is_the_first_one(cast, path):
    assert proof(cast, Method.TXT).host in cast.admin.browser().get(f"{path}?method=smoke").text


def test_without_script_one_checks_refreshes_and_reads_the_outcome(cast, path, run_jobs):
    browser = cast.admin.browser()
    response = check(browser, path)
    assert (response.status_code, response.headers["Location"]) == (303, f"{path}?method=txt")
    pending = browser.get(f"{path}?method=txt").text
    assert "The check is under way." in pending
    assert f'<a href="{path}?method=txt">Refresh</a>' in pending
    assert ">Check now<" not in pending
    run_jobs()
    text = browser.get(path).text
    assert "There is no record at this host name yet" in text
    assert "some servers may remember for up to 1 min" in text
    assert "Next automatic check" in text
    assert re.search(r"Checks so far</dt><dd>1</dd>", text)
    assert ">Check now<" in text


def test_the_fragment_asks_for_itself_only_while_a_check_is_under_way(cast, path, run_jobs):
    browser = cast.admin.browser()
    assert "hx-trigger" not in browser.get(path).text
    response = check(browser, path, htmx=True)
    assert response.status_code == 200
    assert "<html" not in response.text
    assert f'hx-get="{path}?method=txt" hx-trigger="load delay:2s"' in response.text
    run_jobs()
    settled = browser.get(f"{path}?method=txt", headers=HTMX).text
    assert "<html" not in settled
    assert "hx-trigger" not in settled
    assert "There is no record" in settled


def test_a_second_click_is_told_why_nothing_happened(cast, path, run_jobs):
    browser = cast.admin.browser()
    check(browser, path)
    run_jobs()
    check(browser, path)
    assert "This was checked a moment ago." in browser.get(path).text
    assert DomainCheck.get().total == 1


def test_what_was_found_instead_is_shown_as_text(cast, path, dns, run_jobs):
    dns.place(proof(cast, Method.TXT).host, "TXT", "<script>alert(1)</script>")
    browser = cast.admin.browser()
    check(browser, path)
    run_jobs()
    text = browser.get(path).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text


def test_a_verified_domain_offers_manage_and_nothing_else(cast, customer, path, dns, run_jobs):
    wanted = proof(cast, Method.TXT)
    dns.place(wanted.host, "TXT", wanted.value)
    browser = cast.admin.browser()
    check(browser, path)
    run_jobs()
    text = browser.get(path).text
    assert "The domain is verified." in text
    assert f'href="/en/organizations/{customer.public_id}/">Manage</a>' in text
    for gone in ("Check now", wanted.value, "Send the link"):
        assert gone not in text


@pytest.mark.parametrize("suffix", ["", "/check"])
def test_for_an_outsider_there_is_no_such_page(cast, path, suffix):
    browser = cast.outsider.browser()
    if not suffix:
        assert browser.get(path).status_code == 404
    token = browser.csrf("/dev/dns")
    assert browser.post(path + suffix, data={"csrf_token": token, "email": "a@b.example", "language": "en"}
                        ).status_code == 404
    assert DomainCheck.select().count() == Outgoing.select().count() == 0


def test_a_guessed_customer_is_not_found_and_a_reader_without_the_console_is_refused(cast, path, client):
    assert cast.admin.browser().get("/en/console/customers/zzzzzzzzzzzz/domain").status_code == 404
    assert cast.newcomer.browser().get(path).status_code == 403
    assert client.get(path).status_code == 302


def test_the_link_goes_to_whoever_holds_the_dns_in_their_language(cast, path, run_jobs, mailer):
    browser = cast.admin.browser()
    response = browser.send(path, name="Nok\r\nBcc: x@y.example", email="dns@lima.example", language="th")
    assert response.status_code == 303
    assert "The link was sent to dns@lima.example." in browser.get(path).text
    run_jobs()
    (mail,) = mailer.sent
    assert mail["Content-Language"] == "th"
    assert mail["Bcc"] is None
    assert "http://portal.test/th/domain/" in mail.get_body(("plain",)).get_content()


def test_a_double_click_sends_one_mail(cast, path, run_jobs, mailer):
    browser = cast.admin.browser()
    for _ in range(2):
        browser.send(path, email="dns@lima.example", language="en")
    run_jobs()
    assert len(mailer.sent) == 1


def test_an_address_that_is_none_comes_back_with_what_was_typed(cast, path):
    response = cast.admin.browser().send(path, name="Nok", email="nobody", language="fr")
    assert response.status_code == 422
    page = html.fromstring(response.data)
    assert page.xpath("//input[@name='email'][@aria-invalid='true']/@value") == ["nobody"]
    assert page.xpath("//option[@selected]/@value") == ["fr"]
    assert not Outgoing.select().exists()


def test_strangers_are_not_pestered(cast, path):
    browser = cast.admin.browser()
    answers = [browser.send(path, email="dns@lima.example", language="en").status_code for _ in range(6)]
    assert answers == [303] * 5 + [409]


def test_the_form_proposes_the_customers_language(cast, path):
    page = html.fromstring(cast.admin.browser().get(path).data)
    assert page.xpath("//select[@name='language']/option[@selected]/@value") == ["es"]
