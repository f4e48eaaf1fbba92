"""The pages of an organization's domains: the list, proving one from inside, the primary one, removing."""

from __future__ import annotations

from html import unescape

import pytest
from lxml import html

from portal.audit.models import Event
from portal.customers.models import Organization
from portal.directory.commands.addresses import add_alias
from portal.directory.commands.domains import add_domain
from portal.directory.policy.domains import DOMAINS_MAX
from portal.domains import queries
from portal.domains.models import Domain, DomainCheck
from portal.domains.policy import Method
from tests.client import HTMX
from tests.inside import inside


@pytest.fixture
def path(cast):
    return f"/en/organizations/{cast.siam.public_id}/domains"


@pytest.fixture
def browser(cast):
    return cast.siam_admin.browser()


@pytest.fixture
def shop(cast):
    cast.siam_admin  # noqa: B018 the organization has a super administrator
    return add_domain(inside(cast.siam_admin, cast.siam), "shop.example")


@pytest.fixture
def here(path, shop):
    return f"{path}/{shop.public_id}"


@pytest.fixture
def verify(cast, dns, browser, here, run_jobs):
    def verify():
        proof = queries.expectation(cast.admin.ctx, Domain.get(Domain.name == "shop.example"), Method.TXT)
        dns.place(proof.host, "TXT", proof.value)
        browser.send(f"{here}/check", page=here, method="txt")
        run_jobs()

    return verify


def errors(response):
    return [item.text_content() for item in html.fromstring(response.data).xpath("//ul[@id='domain-error']/li")]


def alert(response):
    return unescape(html.fromstring(response.data).xpath("//*[@role='alert']")[0].text_content())


def test_a_domain_is_added_and_its_page_shows_what_proves_it(cast, path, browser):
    response = browser.send(path, domain=" Shop.example. ")
    row = Domain.get(Domain.name == "shop.example")
    assert (response.status_code, response.headers["Location"]) == (303, f"{path}/{row.public_id}")
    text = unescape(browser.get(response.headers["Location"]).text)
    proof = queries.expectation(cast.admin.ctx, row, Method.TXT)
    for words in (proof.value, proof.relative_host, "Nothing has been checked by this method yet.", "is in the list"):
        assert words in text
    listed = browser.get(path).text
    for words in ("shop.example", "siam.example", "Primary", "Not verified"):
        assert words in listed


@pytest.mark.parametrize(
    ("typed", "words", "status"),
    [("", "This field is required.", 422), ("siam.example", "This organization has this domain already.", 409),
     ("https://x.example", "Enter only the domain name", 409), ("lima.example", "This domain cannot be added.", 409),
     ("shop", "is not complete", 409), ("x" * 301, "Field cannot be longer than 300 characters.", 422)],
)
def test_a_wrong_name_is_explained_and_stays(cast, path, browser, typed, words, status):
    cast.customer("Lima", "lima.example")
    response = browser.send(path, domain=typed)
    assert response.status_code == status
    assert words in unescape(" ".join(errors(response)))
    assert html.fromstring(response.data).xpath("//input[@name='domain']/@value")[0] == typed
    assert Domain.select().where(Domain.organization == cast.siam).count() == 1


def test_with_twenty_there_is_no_form_but_a_sentence(cast, path, browser):
    ctx = inside(cast.siam_admin, cast.siam)
    for number in range(DOMAINS_MAX - 1):
        add_domain(ctx, f"shop{number}.example")
    text = browser.get(path).text
    assert "at most 20 domains" in text
    assert 'name="domain"' not in text


def test_without_script_one_checks_refreshes_and_reads_the_outcome(browser, here, run_jobs):
    response = browser.send(f"{here}/check", page=here, method="txt")
    assert (response.status_code, response.headers["Location"]) == (303, f"{here}?method=txt")
    assert "The check is under way." in browser.get(f"{here}?method=txt").text
    run_jobs()
    text = browser.get(here).text
    assert "There is no record at this host name yet" in text
    browser.send(f"{here}/check", page=here, method="txt")
    assert "This was checked a moment ago." in browser.get(here).text
    assert DomainCheck.get().total == 1


def test_the_fragment_asks_for_itself_while_a_check_is_under_way(browser, here, run_jobs):
    response = browser.send(f"{here}/check", page=here, htmx=True, method="cname")
    assert (response.status_code, "<html" in response.text) == (200, False)
    assert f'hx-get="{here}?method=cname" hx-trigger="load delay:2s"' in response.text
    run_jobs()
    assert "hx-trigger" not in browser.get(f"{here}?method=cname", headers=HTMX).text


def test_a_verified_domain_becomes_primary_and_the_banner_follows(cast, path, here, browser, verify):
    refused = browser.send(f"{here}/primary", page=here)
    assert refused.status_code == 409
    assert "Only a verified domain can become the primary one." in alert(refused)
    verify()
    assert "The domain is verified." in browser.get(here).text
    assert browser.send(f"{here}/primary", page=here).status_code == 303
    text = browser.get(here).text
    assert "shop.example is the primary domain now." in text
    assert "Remove the domain" not in text
    assert Organization.get_by_id(cast.siam.id).domain == "shop.example"
    assert "You are currently managing your customer shop.example" in cast.admin.browser().get(path).text
    assert browser.get(f"{here}/primary").headers["Location"] == here


def test_a_domain_in_use_cannot_be_removed_and_the_page_counts(cast, path, here, browser, verify):
    verify()
    cast.user("emily@siam.example", "Emily")
    add_alias(inside(cast.siam_admin, cast.siam), "emily@siam.example", "em", "shop.example")
    assert "1 address ends in this domain." in browser.get(here).text
    refused = browser.send(f"{here}/remove", page=path)
    assert refused.status_code == 409
    assert "Addresses that end in shop.example: 1." in alert(refused)


def test_more_addresses_than_one_waits_for_are_not_counted(cast, path, here, browser, verify, monkeypatch):
    verify()
    monkeypatch.setattr("portal.directory.queries.domains.COUNTED", 1)
    cast.user("emily@siam.example", "Emily")
    for local in ("em", "emily"):
        add_alias(inside(cast.siam_admin, cast.siam), "emily@siam.example", local, "shop.example")
    assert browser.get(path).text.count("More than 1<") == 2  # both domains
    assert "More than 1 addresses end in this domain." in browser.get(here).text


def test_a_domain_is_removed_and_the_primary_one_never(cast, path, here, browser):
    response = browser.send(f"{here}/remove", page=here)
    assert (response.status_code, response.headers["Location"]) == (303, path)
    assert browser.get(here).status_code == 404
    only = Domain.get(Domain.organization == cast.siam)
    refused = browser.send(f"{path}/{only.public_id}/remove", page=path)
    assert refused.status_code == 409
    assert "The primary domain cannot be removed." in alert(refused)


def test_the_link_goes_to_the_holder_of_the_dns(cast, here, browser, run_jobs, mailer):
    response = browser.send(here, name="Nok", email="dns@shop.example", language="fr")
    assert response.status_code == 303
    assert "The link was sent to dns@shop.example." in browser.get(here).text
    run_jobs()
    (mail,) = mailer.sent
    body = mail.get_body(("plain",)).get_content()
    assert mail["Content-Language"] == "fr"
    assert "Siam Trading" in body
    link = next(word for word in body.split() if "/fr/domain/" in word).removeprefix("http://portal.test")
    assert "shop.example" in cast.app.test_client().get(link).text
    wrong = browser.send(here, name="Nok", email="nobody", language="fr")
    assert (wrong.status_code, "Nok" in wrong.text) == (422, True)


def test_the_partner_gives_a_reason_for_the_record(cast, path):
    browser = cast.colleague.browser()
    browser.send(path, domain="shop.example", reason="They bought it")
    act = Event.get(Event.verb == "domain.added")
    assert (act.side, act.reason) == ("partner", "They bought it")


def test_the_page_speaks_the_readers_language(cast, here, browser, app):
    words = app.extensions["templates"]["th"].catalog.ugettext("State of the verification")
    assert words in browser.get(here.replace("/en/", "/th/")).text


def test_another_organizations_domain_is_not_there(cast, shop):
    lima = cast.customer("Lima", "lima.example")
    boss = cast.person("boss@lima.example", "es")
    cast.employ(lima, boss, "super-admin")
    browser, there = boss.browser(), f"/es/organizations/{lima.public_id}/domains/{shop.public_id}"
    token = browser.csrf(f"/es/organizations/{lima.public_id}/domains")
    assert browser.get(there).status_code == 404
    data = {"csrf_token": token, "method": "txt", "email": "a@b.example", "language": "en"}
    for address in (there, f"{there}/check", f"{there}/primary", f"{there}/remove"):
        assert browser.post(address, data=data).status_code == 404
    assert DomainCheck.select().count() == 0
    assert Domain.select().where(Domain.id == shop.id).exists()


def test_strangers_find_no_such_page(cast, path, here):
    for person in (cast.outsider, cast.reviewer, cast.newcomer):
        for address in (path, here):
            assert person.browser().get(address).status_code == 404
