"""People's pages: signing up, in and out, new passwords, invitations, settings."""

from __future__ import annotations

import re

import pytest
from flask_login import current_user
from lxml import html

from portal.accounts import passwords
from portal.accounts.commands import invite
from portal.accounts.models import Account, Session
from portal.core.ids import derive
from portal.customers.models import Organization
from portal.directory.models import User
from portal.storage import transaction
from tests.client import HTMX, statements

PASSWORD = "correct horse battery"
ANA = "ana@andina.example"


@pytest.fixture
def ana(cast):
    return cast.person(ANA, "es", password_hash=passwords.hashed(PASSWORD))


@pytest.fixture
def sent(run_jobs, mailer):
    """Let the mails go out; return them as (recipient, language, text)."""

    def read():
        run_jobs()
        return [(m["To"].addresses[0].addr_spec, m["Content-Language"], m.get_body(("plain",)).get_content())
                for m in mailer.sent]

    return read


@pytest.fixture
def link_in_mail(sent):
    """Return the path of the last one-time link that was mailed."""

    def find():
        return re.findall(r"http://portal\.test(/\S+/(?:verify-email|reset-password)/\S+)", sent()[-1][2])[-1]

    return find


def sign_up(client, email=ANA, path="/en/sign-up", password=PASSWORD, name="Ana"):
    return client.send(path, name=name, email=email, password=password)


def sign_in(client, email=ANA, password=PASSWORD, path="/en/sign-in"):
    return client.send(path, email=email, password=password)


def is_in(client) -> bool:
    return client.get("/en/account").status_code == 200


# ---- Signing up ----


def test_from_sign_up_to_the_page_that_was_wanted(client, link_in_mail, sent):
    with client.session_transaction() as session:
        session["draft"] = "draft of a visitor"
    response = sign_up(client, path="/es/sign-up?next=/es/apply/terms")
    assert response.headers["Location"].startswith("/es/sign-up/sent")
    page = client.get(response.headers["Location"]).text
    assert ANA in page
    assert "2 días" in page
    assert sent()[-1][:2] == (ANA, "es")
    link = link_in_mail()
    assert client.get(link).status_code == 200
    assert client.send(link).headers["Location"] == "/es/apply/terms"
    assert is_in(client)
    with client.session_transaction() as session:
        assert session["draft"] == "draft of a visitor"


def test_another_browser_asks_for_the_password_and_finds_the_draft(app, client, link_in_mail):
    with client.session_transaction() as session:
        session["draft"] = "draft of a visitor"
    sign_up(client)
    link, phone = link_in_mail(), app.test_client()
    assert phone.send(link).status_code == 409
    assert phone.send(link, password="wrong password").status_code == 409
    assert phone.send(link, password=PASSWORD).status_code == 303
    with phone.session_transaction() as session:
        assert session["draft"] == "draft of a visitor"


def test_programs_that_open_links_use_nothing_up(app, client, link_in_mail):
    sign_up(client)
    link = link_in_mail()
    for _ in range(3):
        assert app.test_client().get(link).status_code == 200
    assert Account.get(Account.email == ANA).verified_at is None
    assert client.send(link).status_code == 303
    assert client.get(link).status_code == 410
    assert client.post(link, data={"csrf_token": client.csrf("/en/account")}).status_code == 410


def test_signing_up_does_not_tell_who_has_an_account(app, ana, sent):
    answers = []
    for email in (ANA, "nobody@andina.example"):
        client = app.test_client()
        response = sign_up(client, email)
        waiting = client.get(response.headers["Location"]).text.replace(email, "…")
        answers.append((response.status_code, response.headers["Location"], response.text,
                        re.sub('value="[^"]+"', "", waiting)))
    assert answers[0] == answers[1]
    mails = {address: (language, text) for address, language, text in sent()}
    assert mails[ANA][0] == "es"
    assert "/es/reset-password/" in mails[ANA][1]
    assert "/en/verify-email/" in mails["nobody@andina.example"][1]


def test_a_mail_to_an_unproven_address_repeats_nothing_that_was_typed(client, sent):
    sign_up(client, name="Win money at spam.example")
    assert "spam.example" not in str(sent())


@pytest.mark.parametrize(("answers", "status", "field"), [
    ({"name": " "}, 422, "name"),
    ({"email": "ana@"}, 422, "email"),
    ({"email": "añá@andina.example"}, 422, "email"),
    ({"password": ""}, 422, "password"),
    ({"password": "short"}, 409, "password"),
    ({"password": "ana@andina.example"}, 409, "password"),
])
def test_what_is_wrong_stands_beside_the_field(client, answers, status, field, sent):
    response = client.send("/en/sign-up", **{"name": "Ana", "email": ANA, "password": PASSWORD, **answers})
    assert response.status_code == status
    assert html.fromstring(response.data).xpath("//*[@aria-invalid]/@name") == [field]
    assert PASSWORD not in response.text
    assert sent() == []


# ---- Signing in and out ----


def test_signing_in_and_out(client, ana):
    assert sign_in(client).headers["Location"] == "/en/"
    assert is_in(client)
    client.set_cookie("language", "th")
    row = Session.select().order_by(Session.id.desc()).first()
    response = client.send("/en/sign-out", page="/en/account")
    assert response.headers["Location"] == "/en/"
    assert client.get_cookie("language") is None
    assert not is_in(client)
    assert not Session.select().where(Session.id == row.id).exists()


def test_with_htmx_the_browser_is_sent_on(client, ana):
    response = client.post("/en/sign-in", headers=HTMX,
                           data={"csrf_token": client.csrf("/en/sign-in"), "email": ANA, "password": PASSWORD})
    assert response.headers["HX-Redirect"] == "/en/"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_thai_password_works_on_every_keyboard(client, cast, form):
    import unicodedata

    cast.person(ANA, "th", password_hash=passwords.hashed("น้ำใจงามยามดี"))
    assert sign_in(client, "ANA@andina.example", unicodedata.normalize(form, "น้ำใจงามยามดี")).status_code == 303


@pytest.mark.parametrize("who", ["reviewer", "admin", "newcomer"])
def test_where_people_start(app, client, cast, who):
    person = getattr(cast, who)
    Account.update(password_hash=passwords.hashed(PASSWORD)).where(Account.id == person.account.id).execute()
    start = {"reviewer": "/en/desk/", "admin": "/en/store/", "newcomer": "/en/"}[who]
    if not any(str(rule).replace("<lang:lang>", "en") == start for rule in app.url_map.iter_rules()):
        pytest.fail(f"there is no page at {start}")
    arrived = sign_in(client, person.email)
    if who == "reviewer":
        assert arrived.headers["Location"] == "/en/sign-in/code"
        arrived = client.send("/en/sign-in/code", otp=cast.code_of(person.account))
    assert arrived.headers["Location"] == start


@pytest.mark.parametrize(("target", "leads_to"), [
    ("/th/store/?page=2", "/th/store/?page=2"),
    ("//evil.example", "/en/"),
    ("/\\evil.example", "/en/"),
    ("\\/evil.example", "/en/"),
    ("https://evil.example", "/en/"),
    ("javascript:alert(1)", "/en/"),
    ("/%09/evil.example", "/%09/evil.example"),
    ("/\t/evil.example", "/en/"),
    ("/\r\nLocation: //evil.example", "/en/"),
    ("evil.example", "/en/"),
    ("", "/en/"),
])
def test_after_signing_in_people_stay_here(client, ana, target, leads_to):
    response = client.post("/en/sign-in", query_string={"next": target}, data={
        "csrf_token": client.csrf("/en/sign-in"), "email": ANA, "password": PASSWORD})
    assert response.headers["Location"] == leads_to


def test_a_closed_door_leads_back_after_signing_in(client, ana):
    response = client.get("/es/account")
    assert response.headers["Location"] == "/es/sign-in?next=/es/account"
    assert sign_in(client, path=response.headers["Location"]).headers["Location"] == "/es/account"


def test_unknown_address_and_wrong_password_look_the_same(app, ana):
    def answer(email):
        response = sign_in(app.test_client(), email, "not the password")
        return response.status_code, re.sub('value="[^"]+"', "", response.text)

    assert answer(ANA) == answer("nobody@andina.example")
    assert answer(ANA)[0] == 409


def test_signing_in_before_confirming_sends_the_link_again(app, client, sent, link_in_mail):
    sign_up(app.test_client(), path="/en/sign-up?next=/en/apply")
    first = link_in_mail()
    assert "Check your mail" not in sign_in(client, password="not the password").text
    assert len(sent()) == 1
    response = sign_in(client)
    assert (response.status_code, "Check your mail" in response.text) == (409, True)
    second = link_in_mail()
    assert client.get(first).status_code == 410
    assert client.send(second).headers["Location"] == "/en/apply"


def test_too_many_tries_get_a_sentence_and_wait(client, ana, clock):
    token = client.csrf("/en/sign-in")
    wrong = {"csrf_token": token, "email": ANA, "password": "not the password"}
    statuses = [client.post("/en/sign-in", data=wrong).status_code for _ in range(11)]
    assert statuses == [409] * 10 + [429]
    response = client.post("/en/sign-in", data={**wrong, "password": PASSWORD})
    assert response.status_code == 429
    assert "Please wait 15 minutes" in response.text
    clock.advance(minutes=15)
    assert sign_in(client).status_code == 303


@pytest.mark.parametrize(("path", "answers", "expected"), [
    ("/en/sign-up", {"name": "Ana", "email": ANA, "password": PASSWORD}, [303] * 5 + [429]),
    ("/en/forgot-password", {"email": ANA}, [303] * 5 + [429]),
])
def test_no_mailbox_is_filled_through_us(client, path, answers, expected, sent):
    token = client.csrf(path)
    assert [client.post(path, data={"csrf_token": token, **answers}).status_code for _ in range(6)] == expected


def test_nothing_from_before_survives_signing_in(client, ana, cast):
    """Session fixation: a cookie that somebody planted is worth nothing afterwards."""
    planted = cast.newcomer.token
    with client.session_transaction() as session:
        session.update(session=planted, planted="x")
    client.send("/en/sign-out", page="/en/account")
    with client.session_transaction() as session:
        session.update(planted="x", draft="a draft")
    sign_in(client)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["session"] != planted
        assert session["draft"] == "a draft"


def test_a_revoked_session_ends_at_the_next_click(client, ana):
    sign_in(client)
    assert is_in(client)
    Session.delete().where(Session.account == ana.account).execute()
    assert not is_in(client)


def test_a_session_ends_after_thirty_days(client, ana, clock):
    sign_in(client)
    for _ in range(5):
        clock.advance(days=5, hours=23)
        assert is_in(client)
    clock.advance(hours=4, minutes=59)
    assert is_in(client)
    clock.advance(minutes=1)
    assert not is_in(client)


def test_a_session_ends_after_seven_days_without_a_visit(client, ana, clock):
    sign_in(client)
    clock.advance(days=7)
    assert not is_in(client)


def test_flask_login_knows_who_is_there_and_asks_the_database_nothing(app, ana):
    browser = ana.browser()
    with browser:
        browser.get("/en/account")
        with statements() as seen:
            assert current_user.is_authenticated
            assert current_user.get_id() == ana.token
        assert seen == []
    with app.test_client() as visitor:
        visitor.get("/en/sign-in")
        assert not current_user.is_authenticated


def test_who_is_in_needs_no_form(ana):
    for path in ("/en/sign-in", "/en/sign-up"):
        assert ana.browser().get(f"{path}?next=/en/account").headers["Location"] == "/en/account"


def test_password_managers_know_the_fields(client):
    def attributes(path, name):
        field = html.fromstring(client.get(path).data).xpath(f"//input[@name='{name}']")[0]
        return field.get("type"), field.get("autocomplete"), field.get("inputmode")

    assert attributes("/th/sign-in", "email") == ("email", "username", "email")
    assert attributes("/th/sign-in", "password") == ("password", "current-password", None)
    assert attributes("/th/sign-up", "password") == ("password", "new-password", None)


# ---- New passwords ----


def test_a_forgotten_password(app, client, ana, link_in_mail, sent):
    elsewhere = ana.browser()
    assert is_in(elsewhere)
    response = client.send("/en/forgot-password", email="ANA@andina.example")
    assert "If there is an account" in client.get(response.headers["Location"]).text
    link = link_in_mail()
    assert link.startswith("/es/reset-password/")
    assert client.get(link).status_code == 200
    assert client.send(link, password="short").status_code == 409
    assert client.send(link, password="a brand new one").status_code == 303
    assert is_in(client)
    assert not is_in(elsewhere)
    assert client.get(link).status_code == 410
    assert sent()[-1][:2] == (ANA, "es")
    assert len(sent()) == 2
    assert sign_in(app.test_client(), password="a brand new one").status_code == 303
    assert sign_in(app.test_client()).status_code == 409


def test_asking_for_a_link_does_not_tell_who_has_an_account(app, ana, sent):
    answers = []
    for email in (ANA, "nobody@andina.example"):
        client = app.test_client()
        with statements() as seen:
            response = client.send("/en/forgot-password", email=email)
        shown = client.get(response.headers["Location"]).text.replace(email, "…")
        answers.append((response.status_code, re.sub('value="[^"]+"', "", shown), len(seen)))
    assert answers[0] == answers[1]
    assert [address for address, *_ in sent()] == [ANA]


def test_a_link_of_one_kind_opens_no_other_door(client, ana, link_in_mail):
    client.send("/en/forgot-password", email=ANA)
    token = link_in_mail().rpartition("/")[2]
    assert {client.get(f"/en/{page}/{token}").status_code for page in ("verify-email", "invitation")} == {410}
    assert client.get(f"/en/reset-password/{token}").status_code == 200


@pytest.mark.parametrize("page", ["verify-email", "reset-password", "invitation"])
def test_a_dead_link_says_so_in_the_readers_language(client, page):
    response = client.get(f"/th/{page}/no.thing")
    assert response.status_code == 410
    assert html.fromstring(response.data).xpath("//main//a/@href")[0].startswith("/th/")


def test_changing_the_password_ends_the_other_sessions(app, ana, sent):
    browser, elsewhere = app.test_client(), ana.browser()
    sign_in(browser)

    def change(current, password):
        return browser.send("/en/account/password", page="/en/account", current=current, password=password)

    wrong = change("not it at all", "a brand new one")
    assert wrong.status_code == 409
    assert html.fromstring(wrong.data).xpath("//*[@aria-invalid]/@name") == ["current"]
    short = change(PASSWORD, "short")
    assert (short.status_code, is_in(elsewhere)) == (409, True)
    done = change(PASSWORD, "a brand new one")
    assert done.headers["Location"] == "/en/account"
    assert (is_in(browser), is_in(elsewhere)) == (True, False)
    assert [mail[:2] for mail in sent()] == [(ANA, "es")]
    assert sign_in(app.test_client(), password="a brand new one").status_code == 303


# ---- Settings ----

SETTINGS = {"name": "Ana María", "language": "th", "country": "MX", "time_zone": "America/Mexico_City",
            "calendar": "gregorian"}


def test_settings(ana):
    browser = ana.browser()
    response = browser.send("/es/account", **SETTINGS)
    assert response.headers["Location"] == "/th/account"
    shown = html.fromstring(browser.get("/th/account").data)
    assert shown.xpath("//select/option[@selected]/@value") == ["th", "MX", "America/Mexico_City", "gregorian"]
    assert shown.xpath("//input[@name='name']/@value") == ["Ana María"]
    assert browser.get("/").headers["Location"] == "/th/"


@pytest.mark.parametrize(("field", "value"), [
    ("name", ""), ("language", "de"), ("country", "ZZ"), ("time_zone", "Mars/Olympus"), ("time_zone", "../../etc"),
    ("calendar", "julian"),
])
def test_settings_that_do_not_exist(ana, field, value):
    assert ana.browser().send("/en/account", **{**SETTINGS, field: value}).status_code == 422
    assert Account.get_by_id(ana.account.id).time_zone == "UTC"


def test_settings_are_for_who_is_signed_in(client):
    assert client.get("/en/account").headers["Location"] == "/en/sign-in?next=/en/account"
    token = client.csrf("/en/sign-in")
    for path in ("/en/account", "/en/account/password"):
        assert client.post(path, data={"csrf_token": token, **SETTINGS}).headers["Location"] == "/en/sign-in"


# ---- Invitations ----


@pytest.fixture
def invitation(cast, make_ctx):
    """Invite somebody into an organization and return the page's path."""

    def send(email, **payload):
        ctx = make_ctx()
        with transaction():
            organization = Organization.get_or_none() or _organization(cast)
            user = User.create(organization=organization, email=email, name="Malee", name_key="malee",
                               role="super-admin", state="invited", created_at=ctx.now)
            handle = invite(ctx, email, "Malee", "th", {"user": user.public_id, "organization": "Siam Foods",
                                                        "inviter": "Andina Cloud", **payload})
        return f"/en/invitation/{handle}.{derive(ctx.secret, 'invitation', handle)}"

    return send


def _organization(cast):
    return Organization.create(
        partner=cast.andina, name="Siam Foods", name_key="siam foods", domain="siam.example",
        admin_name="Malee", admin_email="malee@siam.example", language="th", country="TH", time_zone="Asia/Bangkok",
        search="siam", standing="trial", renews_on=cast.now.date(), access="active", created_at=cast.now,
    )


def test_accepting_an_invitation(client, invitation):
    path = invitation("malee@siam.example")
    shown = client.get(path).text
    assert "Siam Foods" in shown
    assert "Andina Cloud" in shown
    assert client.send(path, name="มาลี", password="short").status_code == 409
    assert client.send(path, name="", password=PASSWORD).status_code == 422
    assert client.send(path, name="มาลี", password=PASSWORD).status_code == 303
    assert is_in(client)
    assert (User.get().state, User.get().account.name) == ("active", "มาลี")
    assert client.get(path).status_code == 410


def test_who_has_an_account_accepts_with_one_button_and_signs_in_as_always(client, ana, invitation):
    path = invitation(ANA)
    assert 'type="password"' not in client.get(path).text
    assert client.send(path).headers["Location"] == "/en/sign-in"
    assert User.get().account == ana.account
    assert not is_in(client)


def test_who_is_signed_in_stays_so(ana, invitation):
    browser = ana.browser()
    response = browser.send(invitation(ANA))
    assert response.headers["Location"] == f"/en/organizations/{Organization.get().public_id}/"
    assert is_in(browser)


def test_an_invitation_that_was_taken_back(client, invitation):
    path = invitation("malee@siam.example")
    token = client.csrf(path)
    User.update(state="suspended").execute()
    response = client.post(path, data={"csrf_token": token, "name": "มาลี", "password": PASSWORD})
    assert response.status_code == 410
    assert Account.get(Account.email == "malee@siam.example").verified_at is None


def test_staff_join_no_organization(client, make_ctx):
    with transaction():
        handle = invite(make_ctx(), "new@vendor.example", "", "en", {"organization": "Vendor", "staff": True})
    path = f"/en/invitation/{handle}.{derive(make_ctx().secret, 'invitation', handle)}"
    assert client.send(path, name="New", password=PASSWORD).status_code == 303
    assert is_in(client)
