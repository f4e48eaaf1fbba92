"""The second factor on screen: setting up, signing in with it, who must have one, and passkeys' pages."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from lxml import html

from portal.accounts import passwords
from portal.accounts.commands.second_factor import code_at, step_of
from portal.accounts.models import Account, Passkey, RecoveryCode, Session, Staff, Totp
from portal.accounts.queries import pending_secret
from portal.customers.models import Organization
from portal.mail.models import Outgoing
from tests.authenticator import Authenticator
from tests.client import HTMX

PASSWORD = "correct horse battery"
HERE = "/en/account/second-factor"
OURS = {"Origin": "http://localhost"}


@pytest.fixture
def ana(cast):
    return cast.person("ana@andina.example", "es", password_hash=passwords.hashed(PASSWORD))


def sign_in(client, person, path="/en/sign-in", **more):
    return client.send(path, email=person.email, password=PASSWORD, **more)


def in_page(response, path):
    return html.fromstring(response.data).xpath(path)


def is_in(client):
    return client.get("/en/account").status_code == 200


def set_up(browser, person, start=HERE):
    """Set an app up as its owner does; return the page with the recovery codes."""
    location = browser.send(in_page(browser.get(start), "//form[contains(@action, '/start')]/@action")[0], start)
    page = browser.get(location.headers["Location"])
    secret = in_page(page, "//p[@class='secret']/code/text()")[0].replace(" ", "")
    action = in_page(page, "//form[contains(@action, '/app')]/@action")[0]
    return browser.send(action, otp=code_at(secret, step_of(person.cast.now)))


# ---- Setting up ----


def test_from_the_qr_code_to_the_recovery_codes(ana):
    browser = ana.browser()
    browser.send(f"{HERE}/start", HERE)
    page = browser.get(f"{HERE}/app")
    assert page.headers["Cache-Control"] == "no-store"
    secret = pending_secret(ana.ctx)
    link = in_page(page, "//a[starts-with(@href, 'otpauth:')]/@href")[0]
    assert f"secret={secret}" in link
    assert "ana%40andina.example" in link
    assert in_page(page, "//*[@role='img']//*[local-name()='path']")
    assert "style=" not in page.text
    assert re.sub(r"\s", "", in_page(page, "//p[@class='secret']/code/text()")[0]) == secret
    wrong = browser.send(f"{HERE}/app", otp="000000")
    assert (wrong.status_code, in_page(wrong, "//*[@aria-invalid]/@name")) == (409, ["otp"])
    assert "000000" not in wrong.text
    assert browser.send(f"{HERE}/app", otp="").status_code == 422
    codes = browser.send(f"{HERE}/app", otp=code_at(secret, step_of(ana.cast.now)))
    assert codes.headers["Cache-Control"] == "no-store"
    shown = in_page(codes, "//ol//code/text()")
    assert len(shown) == 10
    file = unquote(in_page(codes, "//a[@download]/@href")[0])
    assert all(code in file for code in shown)
    assert not any(code in browser.get(HERE).text for code in shown)
    assert "10 recovery codes are left" in browser.get(HERE).text


def test_reloading_the_codes_shows_none(ana):
    browser = ana.browser()
    set_up(browser, ana)
    again = browser.send(f"{HERE}/app", HERE, otp="123456")
    assert again.headers["Location"] == HERE
    assert RecoveryCode.select().count() == 10


def test_nothing_secret_is_shown_to_a_session_that_is_not_fresh(ana, cast):
    browser = ana.browser()
    browser.send(f"{HERE}/start", HERE)
    Session.update(proved_at=None).execute()
    for path in (f"{HERE}/app", "/en/account/passkeys/add"):
        assert browser.get(path).headers["Location"] == f"/en/account/prove?next={path}"
    for path in (f"{HERE}/start", f"{HERE}/app", f"{HERE}/codes", f"{HERE}/remove"):
        assert browser.send(path, HERE, otp="123456").headers["Location"] == f"/en/account/prove?next={path}"
    assert browser.get(f"{HERE}/codes").headers["Location"] == HERE


def test_removing_asks_first_and_tells(ana):
    browser = ana.browser()
    set_up(browser, ana)
    question = browser.get(f"{HERE}/remove")
    assert "whoever learns your password can sign in as you" in question.text
    assert browser.send(f"{HERE}/remove").headers["Location"] == HERE
    assert Account.get_by_id(ana.account.id).second_factor_at is None
    assert not Totp.select().exists()


def test_new_recovery_codes(ana):
    browser = ana.browser()
    first = in_page(set_up(browser, ana), "//ol//code/text()")
    second = in_page(browser.send(f"{HERE}/codes", HERE), "//ol//code/text()")
    assert len(set(first) | set(second)) == 20
    stranger = ana.cast.newcomer.browser()
    assert stranger.send(f"{HERE}/codes", HERE).status_code == 404


def test_extra_fields_change_nothing(ana, cast):
    other = cast.newcomer
    set_up(ana.browser(), ana)
    ana.browser().send(f"{HERE}/remove", HERE, account=other.account.id, email=other.email)
    other.browser().send(f"{HERE}/start", HERE, account=ana.account.id, secret="JBSWY3DPEHPK3PXP")
    assert Totp.get().account_id == other.account.id
    assert "JBSWY3DPEHPK3PXP" not in pending_secret(other.ctx)


# ---- Signing in ----


def test_after_the_password_the_code(client, ana, cast):
    code = cast.code_of(ana.account)
    first = sign_in(client, ana, "/en/sign-in?next=/en/account/second-factor")
    assert first.headers["Location"] == "/en/sign-in/code?next=/en/account/second-factor"
    assert not is_in(client)
    with client.session_transaction() as session:
        before = session["session"]
    page = client.get(first.headers["Location"])
    assert in_page(page, "//input[@name='otp']/@autocomplete") == ["one-time-code"]
    wrong = client.send(first.headers["Location"], otp="000000")
    assert wrong.status_code == 409
    assert client.send(first.headers["Location"], otp="").status_code == 422
    done = client.send(first.headers["Location"], otp=code)
    assert done.headers["Location"] == "/en/account/second-factor"
    assert is_in(client)
    with client.session_transaction() as session:
        assert session["session"] != before
    assert client.get("/en/sign-in/code?next=/en/account").headers["Location"] == "/en/account"


def test_half_a_session_opens_nothing(client, ana, cast):
    cast.code_of(ana.account)
    sign_in(client, ana)
    for path in ("/en/account", HERE, f"{HERE}/app", "/en/account/prove", "/en/account/passkeys/add"):
        assert client.get(path).headers["Location"].startswith("/en/sign-in?next=")
    for path in (f"{HERE}/start", f"{HERE}/remove", f"{HERE}/codes", "/en/account/prove",
                 "/en/account/passkeys/question"):
        assert client.send(path, "/en/sign-in/code").headers["Location"] == "/en/sign-in"


def test_the_second_half_without_the_first(client, ana, cast):
    code = cast.code_of(ana.account)
    assert client.get("/en/sign-in/code?next=/en/account").headers["Location"] == "/en/sign-in?next=/en/account"
    assert client.send("/en/sign-in/code", "/en/sign-in", otp=code).status_code == 409
    assert not is_in(client)


def test_too_long_between_the_halves(client, ana, cast, clock):
    cast.code_of(ana.account)
    sign_in(client, ana)
    token = client.csrf("/en/sign-in/code")
    clock.advance(minutes=11)
    late = client.post("/en/sign-in/code", data={"csrf_token": token, "otp": cast.code_of(ana.account)})
    assert (late.status_code, "Please sign in again" in late.text) == (409, True)
    assert not is_in(client)


def test_codes_stay_here_too(client, ana, cast):
    code = cast.code_of(ana.account)
    sign_in(client, ana)
    done = client.post("/en/sign-in/code", query_string={"next": "//evil.example"},
                       data={"csrf_token": client.csrf("/en/sign-in/code"), "otp": code})
    assert done.headers["Location"] == "/en/"


def test_without_csrf_token_nothing_happens(client, ana, cast):
    code = cast.code_of(ana.account)
    sign_in(client, ana)
    for path in ("/en/sign-in/code", "/en/sign-in/passkey", "/en/sign-in/passkey-question"):
        assert client.post(path, data={"otp": code, "credential": "{}"}).status_code == 400
    assert not is_in(client)
    browser = ana.browser()
    for path in (f"{HERE}/start", f"{HERE}/app", f"{HERE}/codes", f"{HERE}/remove", "/en/account/passkeys/question",
                 "/en/account/passkeys/add", "/en/account/prove", "/en/account/prove/passkey"):
        assert browser.post(path, data={"otp": code}).status_code == 400, path
        assert browser.post(path, data={"otp": code}, headers=HTMX).status_code == 400, path


def test_too_many_codes_get_a_sentence(client, ana, cast):
    code = cast.code_of(ana.account)
    sign_in(client, ana)
    data = {"csrf_token": client.csrf("/en/sign-in/code")}
    statuses = [client.post("/en/sign-in/code", data={**data, "otp": "000000"}).status_code for _ in range(11)]
    assert statuses == [409] * 10 + [429]
    assert client.post("/en/sign-in/code", data={**data, "otp": code}).status_code == 429


def test_what_was_typed_before_signing_in_comes_through_both_halves(client, ana, cast):
    code = cast.code_of(ana.account)
    token = client.csrf("/en/sign-in")
    typed = {"csrf_token": token, "name": "Ana María", "language": "th", "country": "MX", "time_zone": "UTC"}
    asked = client.post("/en/account", data=typed, headers=OURS)
    kept = in_page(asked, "//input[@name='kept']/@value")[0]
    answers = {"csrf_token": token, "email": ana.email, "password": PASSWORD, "kept": kept}
    second = client.post("/en/sign-in", data=answers)
    assert second.status_code == 200
    form = in_page(second, "//form[contains(@action, '/sign-in/code')]")[0]
    values = dict(form.form_values())
    assert values["kept"] == kept
    wrong = client.post(form.get("action"), data={**values, "otp": "000000"})
    assert in_page(wrong, "//input[@name='kept']/@value")[0] == kept
    sent = client.post(form.get("action"), data={**values, "otp": code})
    assert in_page(sent, "//input[@name='name']/@value") == ["Ana María"]


def test_no_code_is_ever_kept(client, ana):
    asked = client.post(f"{HERE}/app", data={"csrf_token": client.csrf("/en/sign-in"), "otp": "123456"}, headers=OURS)
    assert asked.headers["Location"] == "/en/sign-in"


def test_a_new_password_leads_to_the_code(client, ana, cast, run_jobs, mailer):
    code = cast.code_of(ana.account)
    client.send("/en/forgot-password", email=ana.email)
    run_jobs()
    text = mailer.sent[-1].get_body(("plain",)).get_content()
    link = re.findall(r"http://portal\.test(/\S+/reset-password/\S+)", text)[0]
    done = client.send(link, password="a brand new one")
    assert done.headers["Location"].endswith("/sign-in/code")
    assert not is_in(client)
    client.send(done.headers["Location"], otp=code)
    assert is_in(client)


# ---- Who must have one ----


def required_of(person, by):
    if by == "staff":
        Staff.create(account=person.account, role="finance", created_at=person.cast.now)
    else:
        person.cast.employ(person.cast.siam, person, "admin")
        Organization.update(tfa_required=True).execute()
    return person.browser()


@pytest.mark.parametrize(("by", "wanted", "name"), [
    ("staff", "/en/desk/partners", "Zoho"), ("customer", "/en/organizations/{siam}/users", "Siam Trading"),
])
def test_whoever_must_have_one_does_nothing_else_and_then_goes_on(ana, cast, by, wanted, name):
    browser, wanted = required_of(ana, by), wanted.format(siam=cast.siam.public_id)
    name = cast.make_ctx().programme.vendor.name if by == "staff" else name
    led = browser.get(wanted)
    assert led.headers["Location"] == f"{HERE}?next={wanted}"
    page = browser.get(led.headers["Location"])
    assert f"It is required by: {name}." in html.fromstring(page.data).text_content()
    assert browser.get(wanted, headers=HTMX).headers["HX-Redirect"] == f"{HERE}?next={wanted}"
    codes = set_up(browser, ana, led.headers["Location"])
    assert in_page(codes, "//main//a[contains(., 'go on')]/@href") == [wanted]
    assert browser.get(wanted).status_code == 200


def test_a_form_of_somebody_who_must_have_one_is_not_carried_out(ana, cast):
    browser = required_of(ana, "customer")
    before = Organization.get_by_id(cast.siam.id).name
    led = browser.send(f"/en/organizations/{cast.siam.public_id}/settings", HERE, **{"details-name": "Mine"})
    assert led.headers["Location"] == HERE
    assert Organization.get_by_id(cast.siam.id).name == before


def test_without_a_page_that_was_wanted_they_start_where_they_work(ana, cast):
    browser = required_of(ana, "staff")
    codes = set_up(browser, ana)
    after = in_page(codes, "//main//a[contains(., 'go on')]/@href")[0]
    assert browser.get(after).headers["Location"] == "/en/desk/"


def test_required_is_not_offered_to_be_removed(ana, cast):
    browser = required_of(ana, "customer")
    set_up(browser, ana)
    assert "Do without a second factor" not in browser.get(HERE).text


def test_an_ended_task_requires_nothing(ana, cast):
    Staff.create(account=ana.account, role="finance", created_at=cast.now, expires_at=cast.now)
    assert not ana.actor.unsecured
    assert "required by" not in ana.browser().get(HERE).text


# ---- Losing everything ----


@pytest.fixture
def emily(cast):
    person = cast.person("emily@siam.example", "en", password_hash=passwords.hashed(PASSWORD))
    cast.code_of(person.account)
    person.user = cast.employ(cast.siam, person)
    return person


def reset(cast, who, user):
    base = f"/en/organizations/{cast.siam.public_id}/users/{user.public_id}"
    return who.browser().send(f"{base}/second-factor", f"/en/organizations/{cast.siam.public_id}/")


def test_the_super_administrator_resets_what_was_lost(cast, client, emily):
    assert "Reset the second factor" in cast.siam_admin.browser().get(
        f"/en/organizations/{cast.siam.public_id}/users/{emily.user.public_id}").text
    assert reset(cast, cast.siam_admin, emily.user).status_code == 303
    assert not is_in(emily.browser())
    assert sign_in(client, emily).headers["Location"] == "/en/"
    mail = Outgoing.get(Outgoing.event == "ways-in")
    assert (mail.to_address, mail.params) == (emily.email, {"what": "reset", "by": "Siam Trading"})


@pytest.mark.parametrize("who", ["admin", "colleague", "siam_manager"])
def test_nobody_else_resets_it(cast, emily, who):
    assert reset(cast, getattr(cast, who), emily.user).status_code == 403
    assert Totp.select().exists()


@pytest.mark.parametrize("why", ["foreign domain", "staff", "partner", "own", "invited", "not fresh"])
def test_where_it_would_open_other_doors_it_is_refused(cast, emily, why):
    user = emily.user
    if why == "foreign domain":
        person = cast.person("guest@elsewhere.example", "en")
        cast.code_of(person.account)
        user = cast.employ(cast.siam, person)
    elif why == "staff":
        Staff.create(account=emily.account, role="support", created_at=cast.now)
    elif why == "partner":
        cast.member("emily@siam.example", "en", cast.andina, "sales")
    elif why == "own":
        cast.code_of(cast.siam_admin.account)
        user = type(user).get(type(user).account == cast.siam_admin.account)
    elif why == "invited":
        user = cast.user("invited@siam.example", state="invited")
    else:
        assert cast.siam_admin
        Session.update(proved_at=None).execute()
    before = Totp.select().count()
    assert reset(cast, cast.siam_admin, user).status_code == (303 if why == "not fresh" else 409)
    assert Totp.select().count() == before


def test_the_command_line_resets_it(app, cast, emily, client):
    from portal.cli import portal

    runner = app.test_cli_runner()
    assert "reset" in runner.invoke(portal, ["second-factor", "reset", "Emily@siam.example"]).output
    assert not Totp.select().exists()
    assert runner.invoke(portal, ["second-factor", "reset", "nobody@siam.example"]).exit_code == 1


# ---- Passkeys, as their script would send them ----


def add(browser, device, name="Phone"):
    question = browser.send("/en/account/passkeys/question", "/en/account/passkeys/add")
    return browser.send("/en/account/passkeys/add", name=name, credential=device.create(question.text))


def test_adding_coming_in_renaming_removing(client, ana):
    device, browser = Authenticator(), ana.browser()
    assert add(browser, device).headers["Location"] == HERE
    assert "Phone" in browser.get(HERE).text
    question = client.send("/en/sign-in/passkey-question", "/en/sign-in")
    assert (question.mimetype, question.headers["Cache-Control"]) == ("application/json", "no-store")
    done = client.send("/en/sign-in/passkey?next=/en/account", "/en/sign-in", credential=device.get(question.text))
    assert done.headers["Location"] == "/en/account"
    assert is_in(client)
    path = f"/en/account/passkeys/{Passkey.get().public_id}"
    assert browser.send(path, name="").status_code == 422
    assert browser.send(path, name="Grey key").headers["Location"] == HERE
    assert browser.send(f"{path}/remove", path).headers["Location"] == HERE
    assert not Passkey.select().exists()


def test_a_refused_passkey_says_so_beside_the_way_that_was_begun(client, ana, cast):
    device = Authenticator()
    add(ana.browser(), device)
    question = client.send("/en/sign-in/passkey-question", "/en/sign-in").text
    device.origin = "https://evil.example"
    refused = client.send("/en/sign-in/passkey", "/en/sign-in", credential=device.get(question))
    assert (refused.status_code, in_page(refused, "//input[@name='password']") != []) == (409, True)
    assert "was not accepted" in refused.text
    cast.code_of(ana.account)
    sign_in(client, ana)
    refused = client.send("/en/sign-in/passkey", "/en/sign-in/code", credential="{}")
    assert (refused.status_code, in_page(refused, "//input[@name='otp']") != []) == (409, True)


def test_a_passkey_in_the_place_of_the_code(client, ana, cast):
    device = Authenticator()
    add(ana.browser(), device)
    cast.code_of(ana.account)
    sign_in(client, ana)
    assert "Use a passkey instead" in client.get("/en/sign-in/code").text
    question = client.send("/en/sign-in/passkey-question", "/en/sign-in/code").text
    client.send("/en/sign-in/passkey", "/en/sign-in/code", credential=device.get(question))
    assert is_in(client)


def test_a_question_belongs_to_the_browser_that_asked(app, client, ana):
    device, other = Authenticator(), app.test_client()
    add(ana.browser(), device)
    question = client.send("/en/sign-in/passkey-question", "/en/sign-in").text
    assert other.send("/en/sign-in/passkey", "/en/sign-in", credential=device.get(question)).status_code == 409
    assert not is_in(other)


def test_others_passkeys_are_not_there(ana, cast):
    add(ana.browser(), Authenticator())
    path, other = f"/en/account/passkeys/{Passkey.get().public_id}", cast.newcomer.browser()
    assert other.get(path).status_code == 404
    assert other.send(path, "/en/account", name="Mine").status_code == 404
    assert other.send(f"{path}/remove", "/en/account").status_code == 404
    assert Passkey.get().name == "Phone"


@pytest.mark.parametrize("path", ["/en/sign-in", "/en/account/passkeys/add"])
def test_without_script_the_page_says_what_does_the_same(ana, client, path):
    page = (client if path == "/en/sign-in" else ana.browser()).get(path)
    assert "The authenticator app and the recovery codes do the same without." in page.text
    box = in_page(page, "//*[@data-passkey]")[0]
    assert "hidden" in box.attrib
    assert in_page(page, "//script[contains(@src, 'passkeys')]")[0].get("defer") is not None



def test_a_portal_with_a_number_offers_none(client, ana, app):
    from dataclasses import replace

    make_ctx = app.extensions["make_ctx"]
    app.extensions["make_ctx"] = lambda *args: replace(make_ctx(*args), base_url="http://127.0.0.1:8000")
    assert "passkey" not in client.get("/en/sign-in").text
    assert "reached by its number" in ana.browser().get(HERE).text
