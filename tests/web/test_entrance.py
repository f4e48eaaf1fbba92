"""Attacks on the way in: links that lead elsewhere afterwards, sessions prepared by others, and who has an account."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

import pytest
from argon2 import PasswordHasher

from portal.accounts import passwords
from portal.accounts.models import Session
from portal.core.ids import digest
from tests.client import HTMX, statements

PASSWORD = "correct horse battery"
ANA, NOBODY = "ana@andina.example", "nobody@andina.example"
ELSEWHERE = (
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\\/evil.example",
    "https://evil.example", "http:evil.example", "https:/evil.example", "HTTPS://EVIL.EXAMPLE", "evil.example",
    "%2f%2fevil.example", "/%2fevil.example", "/%5cevil.example", "/%09/evil.example", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "data:text/html,x", "/\t/evil.example", "/\n/evil.example", "\t//evil.example",
    " //evil.example", "/\r\nSet-Cookie: x=1", "/\0/evil.example", "/\u2028/evil.example", "//evil.example/en/store",
    "/en/\\..\\..//evil.example", "http://portal.test@evil.example", "//portal.test:80@evil.example", "", "?", "#",
)


@pytest.fixture
def ana(cast):
    return cast.person(ANA, "en", password_hash=passwords.hashed(PASSWORD))


def stays(answer) -> bool:
    """Tell whether a browser that follows this answer stays with us; browsers read \\ as / and skip tabs and lines."""
    where = answer.headers.get("Location") or answer.headers["HX-Redirect"]
    where = where.replace("\\", "/").translate({ord(sign): None for sign in "\t\r\n"}).strip()
    there = urlsplit(urljoin("http://localhost/en/sign-in", where))
    return (there.scheme, there.netloc) == ("http", "localhost") and "Set-Cookie: x=1" not in str(answer.headers)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_link_leads_elsewhere(client, ana, cast, target):
    asked = f"?next={quote(target)}"
    browser = ana.browser()
    for path in ("sign-in", "sign-up", "sign-in/code", "language"):
        assert stays(browser.get(f"/en/{path}{asked}")), path
    assert stays(browser.send(f"/en/account/prove{asked}", password=PASSWORD))
    token = browser.csrf("/en/account")
    assert stays(browser.post("/en/account/prove" + asked, data={"csrf_token": token, "password": PASSWORD},
                              headers=HTMX))
    assert stays(client.send(f"/en/sign-in{asked}", email=ANA, password=PASSWORD))
    place = f"partner:{cast.andina.public_id}"
    assert stays(cast.admin.browser().send("/en/account/place", "/en/account", place=place, next=target))


def test_links_within_are_followed(client, ana):
    answer = client.send("/en/sign-in?next=/en/account/sessions%3Fafter=x", email=ANA, password=PASSWORD)
    assert answer.headers["Location"] == "/en/account/sessions?after=x"


# ---- Session fixation ----


def test_a_token_from_before_is_worthless_after(app, client, cast, ana):
    """Somebody plants their own session and form token in a browser, and waits for its user to sign in."""
    attacker = cast.person("eve@example.com", "en")
    with client.session_transaction() as session:
        session.update(session=attacker.token, csrf_token="planted", anything="else")
    client.get("/en/")
    client.send("/en/sign-out", page="/en/account")
    with client.session_transaction() as session:
        session.update(session=attacker.token, anything="else")
    client.send("/en/sign-in", email=ANA, password=PASSWORD)
    with client.session_transaction() as session:
        assert session["session"] != attacker.token
        assert session.keys() <= {"session", "csrf_token", "_flashes"}
        assert session.get("csrf_token") != "planted"
        assert Session.get(Session.digest == digest(session["session"])).account_id == ana.account.id
    thief = app.test_client()
    with thief.session_transaction() as session:
        session["session"] = attacker.token
    assert thief.get("/en/account").status_code == 302


def test_the_half_that_the_password_opened_is_gone_with_the_code(client, cast, ana):
    code = cast.code_of(ana.account)
    client.send("/en/sign-in", email=ANA, password=PASSWORD)
    with client.session_transaction() as session:
        half = session["session"]
    client.send("/en/sign-in/code", otp=code)
    with client.session_transaction() as session:
        assert session["session"] != half
    assert not Session.get_or_none(Session.digest == digest(half))


# ---- Who has an account ----


class Counted(PasswordHasher):
    """Counts what takes long."""

    done = 0

    def hash(self, *args, **more):
        Counted.done += 1
        return super().hash(*args, **more)

    def verify(self, *args, **more):
        Counted.done += 1
        return super().verify(*args, **more)


FORMS = {
    "/en/sign-in": {"password": "not the password"},
    "/en/sign-up": {"name": "Ana", "password": "a sentence nobody says"},
    "/en/forgot-password": {},
}


@pytest.mark.parametrize("path", FORMS)
def test_nobody_learns_whether_there_is_an_account(app, ana, cast, path):
    """The same words, the same work: hashes, which take long, and statements."""
    unconfirmed = "waiting@andina.example"
    app.test_client().send("/en/sign-up", name="W", email=unconfirmed, password="yet another sentence")
    passwords.use(Counted(time_cost=1, memory_cost=8, parallelism=1))
    seen = []
    for email in (ANA, NOBODY, unconfirmed):
        browser = app.test_client()
        token = browser.csrf(path)
        Counted.done = 0
        with statements() as asked:
            answer = browser.post(path, data={"csrf_token": token, "email": email, **FORMS[path]})
        page = browser.get(answer.headers["Location"]) if answer.location else answer
        words = re.sub(r'(csrf_token" value=)"[^"]+"', r"\1", page.text.replace(email, "?").replace(quote(email), "?"))
        seen.append((answer.status_code, Counted.done, words, len(asked)))
    assert [one[:3] for one in seen[1:]] == [seen[0][:3]] * 2
    most, least = max(one[3] for one in seen), min(one[3] for one in seen)
    assert most - least <= (1 if path == "/en/sign-up" else 0), [one[3] for one in seen]
