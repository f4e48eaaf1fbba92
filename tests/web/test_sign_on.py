"""Signing in at an identity provider: every way it can go, and every way it can be misused (S0.20)."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import html

from portal.accounts import passwords
from portal.accounts.commands import invite, open_session, sign_up
from portal.accounts.models import Account, Challenge, Identity, OneTimeToken, Session, Staff
from portal.adapters.signon import Person, Provider
from portal.audit.models import Event
from portal.core.context import ANYONE
from portal.core.ids import derive
from portal.core.locales import COMPLETE
from portal.storage import transaction

ANA = "ana@andina.example"
PASSWORD = "correct horse battery"
ACME = "https://acme.example"


@pytest.fixture(autouse=True)
def providers(signon):
    """Two providers, and a person at the first: `ana` comes back as her."""
    signon.providers.update(
        acme=Provider("acme", "Acme", ACME, "portal", "secret"),
        globex=Provider("globex", "Globex", "https://globex.example", "portal", "secret"),
    )
    signon.people["ana"] = Person("acme", ACME, "ana-1", ANA, True, "Ana Núñez")
    return signon


@pytest.fixture
def ana(cast):
    """Ana has an account with a password."""
    return cast.person(ANA, "es", password_hash=passwords.hashed(PASSWORD)).account


@pytest.fixture
def linked(ana, clock):
    """Ana's account is linked to hers at Acme."""
    return link(ana, clock)


def link(account, clock, subject="ana-1", provider="acme", issuer=ACME, email=ANA):
    with transaction():
        return Identity.create(account=account, provider=provider, issuer=issuer, subject=subject, email=email,
                               created_at=clock.now)


@pytest.fixture
def sent(run_jobs, mailer):
    def read():
        run_jobs()
        return [(m["To"].addresses[0].addr_spec, m["Content-Language"], m["Subject"],
                 m.get_body(("plain",)).get_content()) for m in mailer.sent]

    return read


def go(client, path="/en/sign-in/with/acme", provider="acme"):
    """Set out for a provider; return the address that it would send the browser back to, without a code."""
    response = client.get(path)
    assert response.status_code == 302, response.headers.get("Location") or response.text
    assert response.headers["Location"].startswith(f"https://idp.example/{provider}")
    state = parse_qs(urlsplit(response.headers["Location"]).query)["state"][0]
    return f"/signed-on/{provider}?state={state}"


def come(client, code="ana", path="/en/sign-in/with/acme", provider="acme"):
    """Sign in at the provider; return the answer to the browser that comes back."""
    return client.get(f"{go(client, path, provider)}&code={code}")


def says(client, response, status, words):
    """The browser is led to a page with this status that says these words."""
    assert response.status_code == 303
    page = client.get(response.headers["Location"])
    assert page.status_code == status
    assert words in html.fromstring(page.data).text_content()
    return page


def is_in(client):
    return client.get("/en/account").status_code == 200


# ---- The sign-in page ----


def test_the_sign_in_page_leads_to_each_provider(client):
    page = html.fromstring(client.get("/en/sign-in?next=/en/store/").data)
    links = {link.text_content(): link.get("href") for link in page.xpath("//ul[@class='services']//a")}
    assert links == {
        "Sign in with Acme": "/en/sign-in/with/acme?next=/en/store/",
        "Sign in with Globex": "/en/sign-in/with/globex?next=/en/store/",
    }


def test_without_providers_the_page_is_as_ever(client, signon):
    signon.providers.clear()
    assert "services" not in client.get("/en/sign-in").text
    assert client.get("/en/sign-in/with/acme").status_code == 404
    assert client.get("/signed-on/acme").status_code == 404


# ---- Who is linked ----


def test_who_is_linked_is_in(client, linked, clock):
    clock.advance(hours=1)
    response = come(client)
    assert response.status_code == 303
    assert response.headers["Location"] == "/en/"
    assert is_in(client)
    assert Session.select().order_by(Session.id.desc()).get().method == "sign-on"
    assert Identity.get().used_at == clock.now


def test_the_subject_counts_and_not_the_address(client, linked, signon):
    signon.people["ana"] = replace(signon.people["ana"], email="new@andina.example", email_verified=False)
    come(client)
    assert is_in(client)
    assert Identity.get().email == "new@andina.example"
    assert Account.get(Account.id == linked.account).email == ANA


def test_the_same_subject_elsewhere_is_somebody_else(client, linked, signon):
    signon.people["other"] = Person("globex", "https://globex.example", "ana-1", "other@andina.example", True, "O")
    come(client, "other", "/en/sign-in/with/globex", "globex")
    assert Identity.get(Identity.issuer != ACME).account_id != linked.account_id


AUDIENCES = {
    "Store": ("admin", "/es/store/customers"),
    "Console": ("admin", "/fr/console/customers"),
    "organization's console": ("siam_admin", "/th/organizations/{siam}/users"),
    "desk": ("reviewer", "/en/desk/applications"),
}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_one_sign_in_serves_them_all(audience, app, cast, signon, clock):
    """(S0.20)"""
    who, page = AUDIENCES[audience]
    person = getattr(cast, who)
    page = page.format(siam=cast.siam.public_id)
    with transaction():
        Account.update(second_factor_at=None).where(Account.id == person.account.id).execute()
    link(person.account, clock, subject="them", email=person.email)
    signon.people["them"] = Person("acme", ACME, "them", person.email, True)
    client = app.test_client()
    first = client.get(page)
    assert first.status_code == 302
    links = html.fromstring(client.get(first.headers["Location"]).data).xpath("//ul[@class='services']//a/@href")
    response = come(client, "them", links[0])
    assert response.headers["Location"] == page
    assert client.get(page).status_code == (303 if who == "reviewer" else 200)  # staff set up a second factor first


def test_who_has_a_second_factor_is_asked_for_it(client, linked, clock):
    with transaction():
        Account.update(second_factor_at=clock.now).where(Account.id == linked.account_id).execute()
    response = come(client, path="/en/sign-in/with/acme?next=/en/account")
    assert response.headers["Location"] == "/en/sign-in/code?next=/en/account"
    assert not is_in(client)


def test_coming_in_by_a_provider_is_no_proof(client, linked):
    """The provider may have known the browser for weeks."""
    come(client)
    assert Session.select().order_by(Session.id.desc()).get().proved_at is None


def test_an_erased_account_stays_closed(client, linked, clock):
    with transaction():
        Account.update(erased_at=clock.now).where(Account.id == linked.account_id).execute()
    says(client, come(client), 403, "This account is closed")
    assert not is_in(client)


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(to, client, linked):
    path = f"/en/sign-in/with/acme?next={to}"
    assert come(client, path=path).headers["Location"] == "/en/"


# ---- Who is new ----


@pytest.mark.parametrize("language", COMPLETE)
def test_who_is_new_gets_an_account(language, client, signon):
    signon.people["ana"] = replace(signon.people["ana"], email=" Ana@ANDINA.example ")
    response = come(client, path=f"/{language}/sign-in/with/acme")
    assert response.headers["Location"] == f"/{language}/"
    assert is_in(client)
    account = Account.get()
    assert (account.email, account.name, account.language) == (ANA, "Ana Núñez", language)
    assert account.verified_at
    assert account.password_hash is None
    assert Identity.get().account_id == account.id


def test_a_name_is_cleaned_like_any_other(client, signon):
    signon.people["ana"] = replace(signon.people["ana"], name="Ana\r\nBcc: x@y.example\u202e" + "a" * 200)
    come(client)
    assert Account.get().name.startswith("Ana Bcc: x@y.examplea")
    assert len(Account.get().name) == 80


def test_without_a_name_the_address_says_something(client, signon):
    signon.people["ana"] = replace(signon.people["ana"], name="")
    come(client)
    assert Account.get().name == "ana"


NO_WORD = {
    "not verified": {"email_verified": False},
    "no address": {"email": ""},
    "nonsense": {"email": "ana"},
    "two": {"email": "ana@andina.example,eve@evil.example"},
    "a line": {"email": "ana@andina.example\nBcc: eve@evil.example"},
    "look-alike letters": {"email": "ａna@andina.example"},
    "too long": {"email": "a" * 250 + "@andina.example"},
}


@pytest.mark.parametrize("case", NO_WORD)
@pytest.mark.parametrize("exists", [False, True])
def test_an_address_that_nobody_vouches_for(case, exists, client, signon, request):
    if exists:
        request.getfixturevalue("ana")
    before = Account.select().count()
    signon.people["ana"] = replace(signon.people["ana"], **NO_WORD[case])
    says(client, come(client), 409, "Acme does not vouch for your address")
    assert (Account.select().count(), Identity.select().count(), Challenge.select().count()) == (before, 0, 0)
    assert not is_in(client)


# ---- Who has an account here ----


SPELLINGS = [ANA, "ANA@Andina.Example", "ana@ANDINA.EXAMPLE "]


@pytest.mark.parametrize("email", SPELLINGS)
def test_an_account_is_never_opened_by_its_address(email, client, ana, signon):
    signon.people["ana"] = replace(signon.people["ana"], email=email)
    says(client, come(client), 200, "You have an account here already")
    assert not is_in(client)
    assert Identity.select().count() == 0


def test_nor_by_another_spelling_of_its_domain(client, cast, signon):
    cast.person("ana@xn--caf-dma.example", "fr")
    signon.people["ana"] = replace(signon.people["ana"], email="ana@café.example")
    says(client, come(client), 200, "You have an account here already")
    assert Account.select().count() == 1


def test_the_password_links_once_and_for_all(client, ana, sent):
    response = come(client, path="/en/sign-in/with/acme?next=/en/account")
    page = client.get(response.headers["Location"]).text
    assert ANA in page
    response = client.send("/en/sign-in/link", password=PASSWORD)
    assert response.headers["Location"] == "/en/account"
    assert is_in(client)
    assert (Identity.get().account_id, Identity.get().subject) == (ana.id, "ana-1")
    to, language, _subject, text = sent()[-1]
    assert (to, language) == (ANA, "es")
    assert "/es/account/identities" in text
    assert Event.get(Event.verb == "account.identity-linked").subject == ana.public_id
    client.post("/en/sign-out", data={"csrf_token": client.csrf("/en/account")})
    come(client)
    assert is_in(client)


def test_a_wrong_password_links_nothing(client, ana):
    come(client)
    assert client.send("/en/sign-in/link", password="wrong password").status_code == 409
    assert client.send("/en/sign-in/link", password="").status_code == 422
    assert Identity.select().count() == 0
    assert not is_in(client)


def test_passwords_are_not_guessed_here_either(client, ana):
    come(client)
    answers = [client.send("/en/sign-in/link", password="wrong password").status_code for _ in range(11)]
    assert answers == [409] * 10 + [429]


def test_the_password_of_another_account_links_nothing(client, ana, cast):
    cast.person("eve@evil.example", "en", password_hash=passwords.hashed("the password of Eve"))
    come(client)
    client.send("/en/sign-in/link", password="the password of Eve", email="eve@evil.example", account="eve")
    assert Identity.select().count() == 0


def test_with_a_second_factor_the_link_waits_for_it(client, ana, clock, make_ctx, cast):
    with transaction():
        Account.update(second_factor_at=clock.now).where(Account.id == ana.id).execute()
    come(client)
    response = client.send("/en/sign-in/link", password=PASSWORD)
    assert response.headers["Location"] == "/en/sign-in/code?next=/en/sign-in/link"
    assert Identity.select().count() == 0
    client.get("/en/sign-in/link/confirm")
    with client.session_transaction() as session:
        session["session"] = cast.sign_in(ana).token  # as the code would
    assert "Link it to my account" in client.get("/en/sign-in/link").text
    response = client.send("/en/sign-in/link/confirm", "/en/sign-in/link")
    assert response.status_code == 303
    assert Identity.get().account_id == ana.id


def test_who_signs_in_as_somebody_else_links_nothing(client, ana, cast):
    come(client)
    with client.session_transaction() as session:
        session["session"] = cast.outsider.token
    assert "Link it to my account" not in client.get("/en/sign-in/link").text
    client.post("/en/sign-in/link/confirm", data={"csrf_token": client.csrf("/en/account")})
    assert Identity.select().count() == 0


def test_a_claim_ends_after_half_an_hour(client, ana, clock):
    come(client)
    clock.advance(minutes=31)
    response = client.get("/en/sign-in/link")
    assert response.headers["Location"] == "/en/sign-in"


def mailed(sent):
    return re.findall(r"http://portal\.test(/\S+/sign-in/link/\S+)", sent()[-1][3])[-1]


def test_without_a_password_a_link_is_mailed(client, cast, sent):
    account = cast.person(ANA, "es").account
    come(client, path="/en/sign-in/with/acme?next=/en/account")
    assert client.send("/en/sign-in/link/mail", "/en/sign-in/link").status_code == 303
    path = mailed(sent)
    assert sent()[-1][:2] == (ANA, "es")
    assert client.get(path).status_code == 200
    assert not is_in(client)  # a program that reads mails has opened it
    response = client.send(path)
    assert response.headers["Location"] == "/es/sign-in/link"
    assert Identity.select().count() == 0
    response = client.send("/es/sign-in/link/confirm", "/es/sign-in/link")
    assert response.headers["Location"] == "/en/account"
    assert Identity.get().account_id == account.id
    assert client.get(path).status_code == 410


def test_the_mailed_link_works_in_no_other_browser(app, client, ana, sent):
    """Eve claims Ana's address at a provider of hers, and hopes that Ana presses the button in the mail."""
    come(client)
    client.send("/en/sign-in/link/mail", "/en/sign-in/link")
    path, anas = mailed(sent), app.test_client()
    assert anas.get(path).status_code == 410
    assert anas.post(path, data={"csrf_token": anas.csrf("/en/sign-in")}).status_code == 410
    assert not is_in(anas)
    come(anas)  # not even when Ana has begun herself
    assert anas.get(path).status_code == 410
    assert Identity.select().count() == 0


def test_the_mailbox_is_not_filled(client, ana):
    come(client)
    answers = [client.send("/en/sign-in/link/mail", "/en/sign-in/link").status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]


def test_a_claim_is_not_another_ones(app, client, ana, cast):
    """The claim of one browser is nothing in another one."""
    come(client)
    other = app.test_client()
    assert other.get("/en/sign-in/link").headers["Location"] == "/en/sign-in"
    with client.session_transaction() as session:
        claim = session["claim"]
    browser = cast.outsider.browser()
    with browser.session_transaction() as session:
        session["claim"] = claim
    browser.post("/en/sign-in/link/confirm", data={"csrf_token": browser.csrf("/en/account")})
    assert Identity.select().count() == 0


# ---- An account that nobody has confirmed ----


def test_a_stranger_who_was_faster_gets_nothing(app, client, make_ctx, run_jobs, mailer):
    """Eve signs up with Ana's address and waits for Ana (pre-hijacking)."""
    mark = sign_up(make_ctx(ANYONE), "Eve", ANA, "a password of Eve's", "en")
    run_jobs()
    verify = re.findall(r"http://portal\.test(/\S+/verify-email/\S+)", str(mailer.sent[-1].get_body(("plain",))
                                                                           .get_content()))[-1]
    response = come(client, path="/es/sign-in/with/acme")
    assert response.headers["Location"] == "/es/"
    account = Account.get()
    assert (account.name, account.language) == ("Ana Núñez", "es")
    assert account.password_hash is None
    assert account.verified_at
    eve = app.test_client()
    assert eve.send("/en/sign-in", email=ANA, password="a password of Eve's").status_code == 409
    with eve.session_transaction() as session:
        session["chosen"] = mark
    assert eve.get(verify).status_code == 410
    assert not is_in(eve)


def test_a_session_of_the_stranger_ends(client, make_ctx, cast, clock):
    with transaction():
        account = Account.create(email=ANA, language="en", created_at=clock.now)
        open_session(make_ctx(ANYONE), account.id, "", "")
    come(client)
    assert Session.select().count() == 1


def test_whoever_was_invited_keeps_the_invitation(client, make_ctx, clock):
    with transaction():
        invite(make_ctx(), ANA, "Ana N.", "es", {"organization": "Siam"})
    come(client)
    assert is_in(client)
    assert OneTimeToken.get(OneTimeToken.purpose == "invitation").used_at is None


def test_a_task_of_the_staff_is_not_had_by_an_address(client, clock):
    with transaction():
        account = Account.create(email=ANA, language="en", created_at=clock.now)
        Staff.create(account=account, role="admin", created_at=clock.now)
    says(client, come(client), 409, "An invitation is waiting for you")
    assert Account.get().verified_at is None
    assert not is_in(client)


# ---- Somebody else at the provider ----


def test_an_address_that_has_changed_hands(client, linked, signon):
    signon.people["ana"] = replace(signon.people["ana"], subject="ana-2")
    says(client, come(client), 409, "This is another account at Acme")
    assert not is_in(client)
    assert Identity.select().count() == 1


def test_an_address_that_was_another_accounts(client, cast, clock):
    """Ana's account has another address here; whoever has hers at Acme now is not her."""
    link(cast.person("else@andina.example", "es").account, clock, subject="former")
    says(client, come(client), 409, "This is another account at Acme")
    assert Account.select().count() == 1


# ---- Answers that are none ----


def test_somebody_cancels(client, signon):
    signon.refuses = "denied"
    page = says(client, come(client, path="/en/sign-in/with/acme?next=/en/store/"), 200, "You have not signed in")
    assert "/en/sign-in/with/acme?next=/en/store/" in page.text


REFUSALS = {"clock": (502, "The clocks do not agree"), "nonce": (400, "could not be verified"),
            "token": (400, "could not be verified"), "issuer": (400, "could not be verified"),
            "audience": (400, "could not be verified"), "code": (400, "This answer was not expected here")}


@pytest.mark.parametrize("reason", REFUSALS)
def test_an_answer_that_is_refused(reason, client, signon, linked):
    signon.refuses = reason
    says(client, come(client), *REFUSALS[reason])
    assert not is_in(client)


def test_a_provider_that_is_down_on_the_way_there(client, signon):
    signon.down = True
    response = client.get("/en/sign-in/with/acme?next=/en/store/")
    page = says(client, response, 503, "Acme does not answer")
    assert "/en/sign-in?next=/en/store/" in page.text


def test_a_provider_that_is_down_on_the_way_back(client, signon, linked):
    path = go(client)
    signon.down = True
    says(client, client.get(f"{path}&code=ana"), 503, "Acme does not answer")
    signon.down = False
    says(client, client.get(f"{path}&code=ana"), 400, "This answer was not expected here")  # used up


def test_an_answer_counts_once(app, client, linked):
    Account.update(language="en").execute()  # whoever is in reads their own language
    path = f"{go(client)}&code=ana"
    client.get(path)
    assert is_in(client)
    page = says(client, client.get(path), 400, "This answer was not expected here")
    assert "Sign-in services" in page.text  # still in, and led on
    other = app.test_client()
    says(other, other.get(path), 400, "This answer was not expected here")
    assert not is_in(other)


def test_a_lost_answer_is_not_taken_by_another_browser(app, client, linked):
    """Eve sends Ana the answer to her own question, so that Ana works in Eve's account (login CSRF)."""
    path, anas = f"{go(client)}&code=ana", app.test_client()
    go(anas)  # even if Ana has just begun as well
    says(anas, anas.get(path), 400, "begun elsewhere")
    assert not is_in(anas)
    assert client.get(path).headers["Location"] == "/en/"


@pytest.mark.parametrize("state", ["", "state-acme-1", "guessed", "ๆ", "%00"])
def test_states_are_not_guessed(state, client, linked):
    go(client)
    says(client, client.get(f"/signed-on/acme?code=ana&state={state}"), 400, "This answer was not expected here")
    assert not is_in(client)


def test_an_answer_that_comes_too_late(client, linked, clock):
    path = f"{go(client)}&code=ana"
    clock.advance(minutes=10)
    says(client, client.get(path), 410, "That took too long")
    assert not is_in(client)


def test_the_answer_of_one_provider_at_the_address_of_another(client, linked):
    """Mix-up: the code of Acme would be shown to Globex."""
    path = go(client).replace("/signed-on/acme", "/signed-on/globex")
    says(client, client.get(f"{path}&code=ana"), 400, "could not be verified")
    assert not is_in(client)


def test_two_windows_can_be_under_way(client, linked, signon):
    first, second = go(client), go(client)
    assert client.get(f"{first}&code=nobody").status_code == 303
    client.get(f"{second}&code=ana")
    assert is_in(client)


def test_pages_of_refusals_exist_in_all_languages(client):
    from portal.web.account.sign_on import TROUBLES

    for language in COMPLETE:
        for reason, trouble in TROUBLES.items():
            page = client.get(f"/{language}/sign-in/with/acme/{reason}")
            assert page.status_code == trouble.status
            assert "%(" not in page.text
    assert client.get("/en/sign-in/with/acme/nonsense").status_code == 404
    assert client.get("/en/sign-in/with/nobody/denied").status_code == 404


def test_questions_cannot_be_piled_up(client):
    answers = [client.get("/en/sign-in/with/acme").headers["Location"] for _ in range(101)]
    assert answers[99].startswith("https://idp.example/")
    says_so = client.get(answers[100])
    assert says_so.status_code == 429


def test_the_answer_is_kept_by_no_cache(client, linked):
    response = come(client)
    assert response.headers["Cache-Control"] == "private, no-store"


def test_the_security_log_tells_what_the_page_does_not(client, linked, signon, caplog):
    caplog.set_level(logging.INFO, "portal.security")
    signon.refuses = "nonce"
    come(client)
    signon.refuses = ""
    come(client)
    told = [json.loads(line.getMessage()) for line in caplog.records if line.name == "portal.security"]
    assert [(line["event"], line["outcome"], line.get("reason")) for line in told] == [
        ("single-sign-on", "refused", "nonce"), ("single-sign-on", "accepted", None),
    ]
    assert "state-acme" not in caplog.text


def test_no_secret_of_the_question_is_readable(client, signon):
    go(client)
    assert signon.begun[0]["state"] not in str(Challenge.get().payload)


# ---- Linking, unlinking, proving ----


@pytest.fixture
def anas(cast, ana):
    return cast.sign_in(ana).browser()


LINK = "/en/sign-in/with/acme?link=1&next=/en/account/identities"


def test_linking_shows_whom_and_takes_a_click(anas, ana, sent):
    assert "Link Acme" in anas.get("/en/account/identities").text
    response = come(anas, path=LINK)
    assert Identity.select().count() == 0
    assert "From now on, this account at Acme will sign in as you" in anas.get(response.headers["Location"]).text
    response = anas.send("/en/sign-in/link/confirm", "/en/sign-in/link")
    assert response.headers["Location"] == "/en/account/identities"
    assert Identity.get().account_id == ana.id
    page = anas.get("/en/account/identities").text
    assert ANA in page
    assert "Unlink Acme" in page
    assert sent()[-1][0] == ANA


def test_linking_needs_no_address(anas, ana, signon):
    signon.people["ana"] = Person("acme", ACME, "x", "", False)
    come(anas, path=LINK)
    anas.send("/en/sign-in/link/confirm", "/en/sign-in/link")
    assert Identity.get().account_id == ana.id


def test_nothing_is_linked_behind_somebodys_back(anas):
    """Eve has signed Ana in at Acme as Eve, and leads her browser to the link: a click of Ana herself is missing."""
    come(anas, path=LINK)
    assert anas.get("/en/sign-in/link/confirm").status_code == 303
    assert anas.post("/en/sign-in/link/confirm").status_code == 400  # no token of a form
    assert Identity.select().count() == 0


def stale(clock, account):
    with transaction():
        Session.update(proved_at=None).where(Session.account == account.id).execute()


def test_linking_and_unlinking_need_a_fresh_proof(anas, ana, clock, linked):
    stale(clock, ana)
    assert "/en/account/prove" in anas.get(LINK).headers["Location"]
    response = anas.send(f"/en/account/identities/{linked.public_id}/unlink", "/en/account/identities")
    assert "/en/account/prove" in response.headers.get("Location", "") or response.status_code == 403
    assert Identity.select().count() == 1


def test_a_claim_needs_a_fresh_proof_as_well(anas, ana, clock):
    come(anas, path=LINK)
    stale(clock, ana)
    anas.send("/en/sign-in/link/confirm", "/en/sign-in/link")
    assert Identity.select().count() == 0


def test_linking_is_for_who_is_in(client):
    response = client.get(LINK)
    assert response.status_code != 302 or "idp.example" not in response.headers["Location"]
    assert Challenge.select().count() == 0


def test_an_account_there_is_linked_to_one_here(anas, cast, clock):
    link(cast.outsider.account, clock)
    says(anas, come(anas, path=LINK), 409, "This account of Acme is linked already")


def test_one_account_at_each_provider(anas, linked, signon):
    signon.people["ana"] = replace(signon.people["ana"], subject="ana-2")
    says(anas, come(anas, path=LINK), 409, "This is another account at Acme")
    signon.people["ana"] = replace(signon.people["ana"], subject="ana-1")
    says(anas, come(anas, path=LINK), 200, "is linked already")


def test_unlinking(anas, app, linked, ana, sent):
    other = app.test_client()
    come(other)
    assert is_in(other)
    response = anas.send(f"/en/account/identities/{linked.public_id}/unlink", "/en/account/identities")
    assert response.headers["Location"] == "/en/account/identities"
    assert Identity.select().count() == 0
    assert is_in(anas)
    assert not is_in(other)  # it came in by what is unlinked now
    assert "Acme" in sent()[-1][2]
    assert Event.get(Event.verb == "account.identity-unlinked").subject == ana.public_id
    says(other, come(other), 200, "You have an account here already")


def test_the_last_way_in_stays(cast, clock, signon):
    person = cast.person(ANA, "es")
    only, browser = link(person.account, clock), cast.sign_in(person.account).browser()
    path = f"/en/account/identities/{only.public_id}/unlink"
    assert browser.send(path, "/en/account/identities").status_code == 409
    assert browser.get(path).headers["Location"] == "/en/account/identities"
    second = link(person.account, clock, "ana-g", "globex", "https://globex.example")
    del signon.providers["globex"]  # a provider that the portal does not know any more lets nobody in
    assert browser.send(path, "/en/account/identities").status_code == 409
    assert browser.send(path.replace(only.public_id, second.public_id), "/en/account/identities").status_code == 303
    assert Identity.select().count() == 1


def test_nobody_unlinks_for_another(cast, linked):
    browser = cast.outsider.browser()
    path = f"/en/account/identities/{linked.public_id}/unlink"
    assert browser.post(path, data={"csrf_token": browser.csrf("/en/account")}).status_code == 404
    assert browser.post(path).status_code == 400
    assert Identity.select().count() == 1


PROVE = "/en/sign-in/with/acme?prove=1&next=/en/account"


def test_proving_by_the_provider(anas, ana, linked, signon, clock):
    stale(clock, ana)
    response = come(anas, path=PROVE)
    assert signon.begun[-1]["again"] is True
    assert response.headers["Location"] == "/en/account"
    assert Session.select().order_by(Session.id.desc()).get().proved_at == clock.now


def test_somebody_else_there_proves_nothing(anas, ana, linked, signon, clock):
    stale(clock, ana)
    signon.people["ana"] = replace(signon.people["ana"], subject="eve")
    says(anas, come(anas, path=PROVE), 409, "is not linked to yours")
    signon.refuses = "again"
    says(anas, come(anas, path=PROVE), 403, "did not ask you anew")
    assert Session.select().where(Session.account == ana.id, Session.proved_at.is_null(False)).count() == 0


def test_what_one_person_began_another_does_not_end(anas, ana, linked, cast):
    path = f"{go(anas, PROVE)}&code=ana"
    with anas.session_transaction() as session:
        session["session"] = cast.outsider.token
    says(anas, anas.get(path), 400, "This answer was not expected here")


def test_an_errand_does_not_become_another(anas, ana, linked, signon, clock):
    """What was asked without proof is no proof, whatever the way back says."""
    stale(clock, ana)
    anas.get(f"{go(anas, LINK.replace('link=1', 'prove=1'))}&code=nobody&prove=1")
    assert Session.select().where(Session.account == ana.id, Session.proved_at.is_null(False)).count() == 0


def test_the_service_of_a_former_provider_can_be_unlinked(anas, linked, signon):
    signon.providers.clear()
    page = anas.get("/en/account/identities").text
    assert "Unlink acme" in page


def test_without_providers_the_list_says_so(anas, signon):
    signon.providers.clear()
    assert "No services to link" in anas.get("/en/account/identities").text


def test_an_invitation_asks_nobody_for_a_password_who_has_a_way_in(client, make_ctx, sent):
    with transaction():
        invite(make_ctx(), ANA, "Ana N.", "es", {"organization": "Siam", "inviter": "", "staff": True})
    handle = OneTimeToken.get().handle
    token = f"{handle}.{derive(make_ctx().secret, 'invitation', handle)}"
    assert "password" in client.get(f"/en/invitation/{token}").text
    come(client)
    page = client.get(f"/en/invitation/{token}")
    assert page.status_code == 200
    assert 'type="password"' not in page.text
