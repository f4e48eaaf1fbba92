"""Which browsers an account knows, and what strangers cannot do to those."""

from datetime import timedelta

import pytest

from portal.accounts import passwords
from portal.accounts.commands import change_password, sign_in
from portal.accounts.commands.attempts import count_code
from portal.accounts.commands.devices import note_device
from portal.accounts.models import Account, Attempts, Device
from portal.accounts.policy import DEVICE_ACCOUNTS, TooManyAttempts, WrongCredentials
from portal.core.ids import digest
from tests.client import statements

PASSWORD = "correct horse battery"
HOME, ELSEWHERE = "192.0.2.1", "203.0.113.9"


@pytest.fixture
def ana(cast):
    return cast.person("ana@andina.example", "es", password_hash=passwords.hashed(PASSWORD)).account


@pytest.fixture
def noted(anyone, run_jobs, mailer):
    """Let an account sign in with a browser; return what the browser keeps, and how many mails that has caused."""

    def note(account, cookie=""):
        run_jobs()
        before = len(mailer.sent)
        kept = note_device(anyone(), account.id, cookie, "Firefox/1 Linux", HOME)
        run_jobs()
        return kept, len(mailer.sent) - before

    return note


def attempt(ctx, email, address, device="", password="wrong password"):
    try:
        return sign_in(ctx, email, password, "", address, device)
    except (TooManyAttempts, WrongCredentials) as error:
        return type(error)


def test_two_hundred_strangers_do_not_lock_the_owner_out(ana, anyone, noted):
    mine, _ = noted(ana)
    foreign, _ = noted(Account.create(email="eve@example.com", verified_at=anyone().now, created_at=anyone().now))
    for n in range(200):
        attempt(anyone(), ana.email, f"198.51.{n}.1", foreign)
    assert attempt(anyone(), ana.email, ELSEWHERE, password=PASSWORD) is TooManyAttempts
    assert attempt(anyone(), ana.email, ELSEWHERE, foreign, PASSWORD) is TooManyAttempts
    for address in (ELSEWHERE, "198.51.7.1"):
        assert attempt(anyone(), ana.email, address, mine, PASSWORD) not in (TooManyAttempts, WrongCredentials)


def test_a_known_browser_has_ten_tries_and_hinders_nobody_else(ana, anyone, noted, clock):
    mine, other = noted(ana)[0], noted(ana)[0]
    answers = [attempt(anyone(), ana.email, HOME, mine) for _ in range(12)]
    assert answers == [WrongCredentials] * 10 + [TooManyAttempts] * 2
    assert attempt(anyone(), ana.email, HOME, other) is WrongCredentials
    assert attempt(anyone(), ana.email, HOME) is WrongCredentials
    clock.advance(minutes=15)
    assert attempt(anyone(), ana.email, HOME, mine) is WrongCredentials


def test_codes_are_counted_in_the_same_way(ana, anyone, noted):
    mine, _ = noted(ana)
    for n in range(30):
        count_code(anyone(), ana.id, f"198.51.{n}.1")
    with pytest.raises(TooManyAttempts) as refused:
        count_code(anyone(), ana.id, ELSEWHERE)
    assert refused.value.everywhere
    count_code(anyone(), ana.id, ELSEWHERE, mine)
    for _ in range(9):
        count_code(anyone(), ana.id, ELSEWHERE, mine)
    with pytest.raises(TooManyAttempts) as refused:
        count_code(anyone(), ana.id, ELSEWHERE, mine)
    assert not refused.value.everywhere


def test_strangers_do_not_hinder_a_signed_in_owner_from_proving_who_they_are(ana, anyone, make_ctx, cast, noted):
    for n in range(110):
        attempt(anyone(), ana.email, f"198.51.{n}.1")
    change_password(cast.person(ana.email, "es").ctx, PASSWORD, "another fine choice", "", HOME)


def test_a_browser_without_cookie_costs_no_question_whoever_is_asked_for(ana, anyone):
    seen = {}
    for email in (ana.email, "nobody@example.com"):
        for device in ("", "x" * 43):
            with statements() as asked:
                attempt(anyone(), email, HOME, device)
            seen[email, device] = len(asked)
    assert seen[ana.email, ""] == seen["nobody@example.com", ""] == 4
    assert seen[ana.email, "x" * 43] == seen["nobody@example.com", "x" * 43] == 5
    assert not any(HOME in row.bucket for row in Attempts.select())


def test_the_first_browser_of_a_new_account_is_no_news(ana, noted, clock):
    kept, mails = noted(ana)
    assert mails == 0
    assert noted(ana, kept) == (kept, 0)
    assert noted(ana)[1] == 1
    clock.advance(days=2)
    Device.delete().execute()
    assert noted(ana)[1] == 1


def test_the_mail_tells_in_the_owners_language_and_time(ana, noted, mailer):
    Account.update(language="th", time_zone="Asia/Bangkok").execute()
    noted(ana)
    noted(ana)
    text = mailer.sent[-1].get_body(("plain",)).get_content()
    assert mailer.sent[-1]["Content-Language"] == "th"
    for words in ("Firefox", "Linux", HOME, "16:00", "2569", "Asia/Bangkok", "/account/sessions", "/account/password"):
        assert words in text


def test_a_browser_keeps_one_token_for_each_account_and_learns_no_foreign_one(ana, cast, noted):
    planted, _ = noted(cast.person("eve@example.com", "en").account)
    both, _ = noted(ana, planted)
    own = both.split(".")[0]
    assert both == f"{own}.{planted}"
    assert [row.digest for row in Device.select().where(Device.account == ana)] == [digest(own)]
    again, mails = noted(ana, f"{planted}.{own}")
    assert (again, mails) == (both, 0)
    for n in range(DEVICE_ACCOUNTS):
        both, _ = noted(cast.person(f"p{n}@example.com", "en").account, both)
    assert len(both.split(".")) == DEVICE_ACCOUNTS
    assert own not in both


@pytest.mark.parametrize("cookie", ["", ".", "....", "ü", "a" * 400, ".".join("abcdefgh"), "\0"])
def test_any_cookie_is_borne(ana, noted, cookie):
    kept, _ = noted(ana, cookie)
    assert digest(kept.split(".")[0]) == Device.get().digest


def test_a_new_password_forgets_all_other_browsers(ana, cast, noted):
    mine, other = noted(ana)[0], noted(ana)[0]
    change_password(cast.person(ana.email, "es").ctx, PASSWORD, "another fine choice", "", HOME, mine)
    assert [row.digest for row in Device.select()] == [digest(mine)]
    assert noted(ana, other)[1] == 1


def test_being_seen_is_noted(ana, noted, clock):
    kept, _ = noted(ana)
    clock.advance(days=3)
    noted(ana, kept)
    assert Device.get().seen_at - Device.get().created_at == timedelta(days=3)
