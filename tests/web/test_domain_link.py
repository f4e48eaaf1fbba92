"""The page behind the link in a mail: no account, four languages, nothing about the customer but its domain."""

from __future__ import annotations

import re

import pytest

from portal.domains import commands, queries
from portal.domains.models import Domain, DomainCheck
from portal.domains.policy import Method

LANGUAGES = ("en", "es", "fr", "th")


@pytest.fixture
def customer(cast):
    return cast.customer("Secret Name Ltd", "lima.example", verified=False, admin_email="boss@secret.example")


@pytest.fixture
def link(cast, customer, run_jobs, mailer):
    """The path in a mail that was really sent."""
    commands.send_domain_link(cast.admin.ctx, customer.public_id, "Nok", "dns@lima.example", "th")
    run_jobs()
    text = mailer.sent.pop().get_body(("plain",)).get_content()
    return re.search(r"http://portal\.test(/th/domain/\S+)", text).group(1)


def proof(cast, method=Method.TXT):
    return queries.expectation(cast.admin.ctx, Domain.get(Domain.name == "lima.example"), method)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_opens_without_signing_in_in_every_language(cast, link, client, language):
    response = client.get(f"/{language}" + link[3:])
    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.text
    assert 'content="noindex"' in response.text
    assert proof(cast).value in response.text
    for secret in ("Secret Name", "boss@", "Andina", cast.admin.email, Domain.get().public_id + '"'):
        assert secret not in response.text


@pytest.mark.parametrize("method", list(Method))
def test_every_method_is_offered(cast, link, client, method):
    assert proof(cast, method).value in client.get(f"{link}?method={method}").text


def test_whoever_holds_the_dns_checks_and_the_partner_hears_of_it(cast, link, client, dns, run_jobs, mailer):
    dns.place(proof(cast).host, "TXT", proof(cast).value)
    english = "/en" + link[3:]
    response = client.send(f"{english}/check", page=english, method="txt")
    assert (response.status_code, response.headers["Location"]) == (303, f"{english}?method=txt")
    assert "The check is under way." in client.get(english).text
    run_jobs()
    assert "The domain is verified." in client.get(english).text
    assert "Manage" not in client.get(english).text
    assert [(str(mail["To"]), mail["Content-Language"]) for mail in mailer.sent] == [
        ("Partner Admin <partner-admin@andina.example>", "es")
    ]


def test_the_outcome_is_told_as_a_fragment_too(link, client, run_jobs):
    english = "/en" + link[3:]
    pending = client.send(f"{english}/check", page=english, htmx=True, method="cname")
    assert f'hx-get="{english}?method=cname"' in pending.text
    assert "<html" not in pending.text
    run_jobs()
    assert "There is no record at this host name yet" in client.get(f"{english}?method=cname").text


def test_clicks_of_partner_and_holder_count_together(cast, customer, link, client, run_jobs):
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    client.send(f"{link}/check", page=f"{link}?method=file", method="txt")
    run_jobs()
    assert DomainCheck.get().total == 1


def test_it_ends_after_two_weeks(link, client, clock):
    clock.advance(days=13, hours=23)
    assert client.get(link).status_code == 200
    clock.advance(hours=1)
    response = client.get("/en" + link[3:])
    assert response.status_code == 404
    assert "This link is no longer valid" in response.text


def test_a_link_that_was_changed_is_none(link, client, cast):
    handle, _, secret = link.removeprefix("/th/domain/").rpartition(".")
    domain, sender, partner, expires = handle.split("-")
    rest = f"{sender}-{partner}"
    other = cast.customer("Other", "other-customer.example", verified=False)
    foreign = Domain.get(Domain.organization == other).public_id
    for token in (
        f"{handle}.{secret[:-1]}{'0' if secret[-1] != '0' else '1'}", f"{handle}.", handle, ".", "x",
        f"{foreign}-{rest}-{expires}.{secret}", f"{domain}-{rest}-{int(expires, 16) + 9:x}.{secret}", "ก.ข",
        f"{domain}-{sender}-0-{expires}.{secret}",
    ):
        assert client.get(f"/en/domain/{token}").status_code == 404, token
        posted = client.post(f"/en/domain/{token}/check", data={"csrf_token": client.csrf(link), "method": "txt"})
        assert posted.status_code == 404, token
    assert not DomainCheck.select().exists()


def test_the_secret_is_nowhere_in_the_database(cast, link):
    from portal.mail.models import Outgoing

    secret = link.rpartition(".")[2]
    assert secret not in str(list(Outgoing.select().dicts()))
