"""The browsers in which a person is signed in: their list, signing them out, and being known again."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.accounts import passwords
from portal.accounts.models import Account, Device, Session
from portal.core.ids import digest
from tests.client import statements

PASSWORD = "correct horse battery"
ANA = "ana@andina.example"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"


@pytest.fixture
def ana(cast):
    return cast.person(ANA, "en", password_hash=passwords.hashed(PASSWORD))


def enter(client, agent=FIREFOX, address="192.0.2.1", password=PASSWORD):
    client.environ_base.update(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    return client.send("/en/sign-in", email=ANA, password=password)


def is_in(client) -> bool:
    return client.get("/en/account").status_code == 200


def rows(client) -> list[str]:
    page = client.get("/en/account/sessions").text
    cells = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</tr>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]


def of(client) -> Session:
    with client.session_transaction() as session:
        return Session.get(Session.digest == digest(session["session"]))


@pytest.fixture
def two(app, ana):
    """Two browsers of Ana's, the first of which looks; what the fixture's own session is about is gone."""
    Session.delete().execute()
    one, other = app.test_client(), app.test_client()
    enter(one)
    enter(other, CHROME, "2001:db8::7")
    return one, other


def test_the_list_tells_browsers_apart(two, clock):
    clock.advance(hours=1)
    assert rows(two[0]) == [
        "Chrome on Android Network address: 2001:db8::7 Mar 2, 2026, 9:00 AM Mar 2, 2026, 9:00 AM With the password "
        "Sign out Chrome on Android",
        "Firefox on Linux This browser Network address: 192.0.2.1 Mar 2, 2026, 9:00 AM Mar 2, 2026, 10:00 AM "
        "With the password Sign out Firefox on Linux",
    ]


def test_a_browser_that_nobody_knows_speaks_for_itself(two):
    Session.update(user_agent="<b>Quux/1</b>", method="link").where(Session.id == of(two[1]).id).execute()
    assert rows(two[0])[0].startswith("A browser that we do not know &lt;b&gt;Quux/1&lt;/b&gt; ")
    assert "By a link from a mail" in rows(two[0])[0]


@pytest.mark.parametrize("change", [{"stage": "code"}, {"account": None}, {"expires_at": True}, {"seen_at": True}])
def test_only_what_is_good_for_something_is_listed_and_ended(two, cast, clock, change):
    if "account" in change:
        change = {"account": cast.outsider.account}
    change = {name: cast.now if value is True else value for name, value in change.items()}
    other = of(two[1])
    clock.advance(days=6, hours=23)
    assert is_in(two[0])
    clock.advance(hours=2)  # the other one was not seen for seven days
    if change.keys() - {"seen_at"}:
        Session.update(seen_at=clock.now).where(Session.id == other.id).execute()
    Session.update(change).where(Session.id == other.id).execute()
    assert len(rows(two[0])) == 1
    path = f"/en/account/sessions/{other.public_id}/end"
    assert two[0].send(path, page="/en/account/sessions").status_code == 404
    assert Session.get_or_none(Session.id == other.id)


def test_one_is_signed_out(two):
    path = f"/en/account/sessions/{of(two[1]).public_id}/end"
    assert two[0].send(path, page="/en/account/sessions").headers["Location"] == "/en/account/sessions"
    assert "That browser is signed out." in two[0].get("/en/account/sessions").text
    assert is_in(two[0])
    assert not is_in(two[1])
    assert two[0].send(path, page="/en/account/sessions").status_code == 404


def test_ending_this_one_leads_out(two):
    path = f"/en/account/sessions/{of(two[0]).public_id}/end"
    answer = two[0].send(path, page="/en/account/sessions")
    assert answer.headers["Location"] == "/en/"
    assert "You are signed out here." in two[0].get("/en/").text
    assert not is_in(two[0])
    assert is_in(two[1])


def test_all_others_are_signed_out_and_count_as_new(two, run_jobs, mailer):
    run_jobs()
    before = len(mailer.sent)
    two[0].send("/en/account/sessions/others", page="/en/account/sessions")
    assert (is_in(two[0]), is_in(two[1])) == (True, False)
    enter(two[0])
    run_jobs()
    assert len(mailer.sent) == before
    enter(two[1], CHROME)
    run_jobs()
    assert [mail["Subject"] for mail in mailer.sent[before:]] == ["A new browser signed in to your account"]


def test_everywhere_means_here_too(two):
    assert two[0].send("/en/account/sessions/all", page="/en/account/sessions").headers["Location"] == "/en/"
    assert not is_in(two[0])
    assert not is_in(two[1])
    assert not Device.select().exists()


def test_a_long_list_has_pages_and_asks_as_little(ana, cast, two):
    for _ in range(60):
        cast.sign_in(ana.account)
    with statements() as asked:
        page = two[0].get("/en/account/sessions").text
    assert len(asked) <= 3
    following = re.search(r'rel="next" href="([^"]+)"', page)[1]
    assert "This browser" in two[0].get(following).text


def test_the_menu_is_for_who_is_signed_in(client, ana):
    browser = ana.browser()
    page = browser.get("/en/account/sessions").text
    assert re.findall(r'<a href="(\S+)" aria-current="page"', page) == ["/en/account/sessions"]
    assert 'href="/en/account/second-factor"' in page
    for path in ("/en/sign-in", "/en/sign-up", "/en/forgot-password"):
        assert 'class="menu"' not in client.get(path).text


# ---- Being known again ----


def cookie_line(answer) -> str:
    return next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(("device=", "__Host-device=")))


def test_the_cookie_outlives_the_session_and_is_out_of_reach(client, ana):
    line = cookie_line(enter(client))
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    assert "Max-Age=31536000" in line
    assert "Path=/" in line
    first = client.get_cookie("device").value
    client.send("/en/sign-out", page="/en/account")
    assert enter(client).status_code == 303
    assert client.get_cookie("device").value == first
    assert Device.select().count() == 1


def test_a_wrong_password_is_no_sign_in(client, ana):
    answer = enter(client, password="not this one, really")
    assert not any("device" in line for line in answer.headers.getlist("Set-Cookie"))
    assert not Device.select().exists()


def test_half_a_sign_in_counts_when_the_code_is_right(client, ana, cast):
    code = cast.code_of(ana.account)
    enter(client)
    assert not Device.select().exists()
    assert client.send("/en/sign-in/code", otp="000000").status_code == 409
    assert client.get_cookie("device") is None
    client.send("/en/sign-in/code", otp=code)
    assert client.get_cookie("device")
    assert Device.select().count() == 1


def test_two_hundred_tries_from_everywhere(app, client, ana, run_jobs, mailer):
    enter(client)
    client.send("/en/sign-out", page="/en/account")
    attacker, elsewhere = app.test_client(), app.test_client()
    token = attacker.csrf("/en/sign-in")
    for n in range(200):
        attacker.post("/en/sign-in", data={"csrf_token": token, "email": ANA, "password": "wrong password"},
                      environ_base={"REMOTE_ADDR": f"198.51.{n}.1"})
    assert enter(elsewhere, CHROME, "203.0.113.9").status_code == 429
    assert enter(client).status_code == 303
    assert is_in(client)
    # The owner in a browser that nobody knows: a link by mail opens it, and makes it a known one.
    elsewhere.send("/en/forgot-password", email=ANA)
    run_jobs()
    text = mailer.sent[-1].get_body(("plain",)).get_content()
    link = re.findall(r"http://portal\.test(/\S+/reset-password/\S+)", text)[-1]
    elsewhere.send(link, password="quite another sentence")
    assert is_in(elsewhere)
    elsewhere.send("/en/sign-out", page="/en/account")
    assert enter(elsewhere, CHROME, "203.0.113.9", "quite another sentence").status_code == 303


def test_a_new_browser_is_told_in_the_owners_language(app, ana, run_jobs, mailer):
    Account.update(language="fr", time_zone="America/Mexico_City").execute()
    enter(app.test_client())
    enter(app.test_client(), CHROME, "203.0.113.9")
    run_jobs()
    assert len(mailer.sent) == 1
    text = mailer.sent[0].get_body(("plain",)).get_content()
    assert mailer.sent[0]["Content-Language"] == "fr"
    for words in ("Chrome", "Android", "203.0.113.9", "03:00", "http://portal.test/fr/account/sessions"):
        assert words in text


def test_an_operator_signs_somebody_out_everywhere(app, cast):
    browser = cast.admin.browser()
    with ThreadPoolExecutor(1) as shell:  # a thread has its own connection, as a shell would
        run = app.test_cli_runner().invoke
        for email, code in ((cast.admin.email.upper(), 0), ("nobody@andina.example", 1)):
            assert shell.submit(run, args=["portal", "sign-out", email]).result().exit_code == code
    assert browser.get("/en/account").status_code == 302
    assert cast.colleague.browser().get("/en/account").status_code == 200
