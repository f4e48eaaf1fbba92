"""Signing up, invitations and staff, as the rooms below the pages see them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.accounts import passwords
from portal.accounts.commands import (
    appoint_staff,
    change_password,
    invite,
    redeem_invitation,
    reset_password,
    send_reset,
    sign_up,
    verify_email,
)
from portal.accounts.models import Account, OneTimeToken, Session, Staff
from portal.accounts.policy import Purpose, TokenRefused, WrongPassword
from portal.accounts.queries import link
from portal.core.context import ANYONE
from portal.core.errors import DomainError, Forbidden, NotFound
from portal.mail import post
from portal.mail.models import Outgoing
from portal.storage import transaction

ANA = "ana@andina.example"


def register(ctx, password="first password", **more):
    return sign_up(ctx, "Ana", ANA, password, "es", **more)


def confirm(ctx, token, **proof):
    return verify_email(ctx, token, "", "", **proof)


def test_signing_up_twice_keeps_one_account_and_one_link(anyone, newest_link):
    register(anyone())
    first = newest_link()
    chosen = register(anyone(), "second password", country="MX")
    second = newest_link()
    with pytest.raises(TokenRefused):
        confirm(anyone(), first, chosen=chosen)
    confirm(anyone(), second, chosen=chosen)
    account = Account.get(Account.email == ANA)
    assert (account.country, account.time_zone) == ("MX", "America/Mexico_City")
    assert passwords.matches(account.password_hash, "second password")


def test_whoever_signed_up_with_a_strangers_address_waits_in_vain(anyone, newest_link):
    """The owner opens the mail in a browser that never chose the password, and does not know it."""
    register(anyone(), "the attacker's password")
    token = newest_link()
    for proof in ({}, {"chosen": "x"}, {"password": "the owner's password"}):
        with pytest.raises(WrongPassword):
            confirm(anyone(), token, **proof)
    assert Account.get(Account.email == ANA).verified_at is None
    confirm(anyone(), token, password="the attacker's password")


def test_a_confirmed_account_is_not_touched_by_another_sign_up(cast, anyone, newest_link, mailer):
    person = cast.person(ANA, "fr", password_hash=passwords.hashed("the real one"))
    register(anyone())
    token = newest_link()
    account = Account.get_by_id(person.account.id)
    assert (account.name, account.language) == (person.account.name, "fr")
    assert passwords.matches(account.password_hash, "the real one")
    reset_password(anyone(), token, "another password", "", "")


def test_the_outbox_holds_no_usable_token(anyone, newest_link):
    register(anyone())
    token = newest_link()
    kept = str([row.__data__ for row in Outgoing.select()]) + str([row.__data__ for row in OneTimeToken.select()])
    assert token.partition(".")[0] in kept
    assert token.partition(".")[2] not in kept


def test_a_reset_job_that_runs_twice_sends_one_mail(cast, make_ctx, anyone, run_jobs, mailer, newest_link):
    for _ in range(2):
        send_reset(make_ctx(), cast.admin.email, "handle")
    token = newest_link()
    assert len(mailer.sent) == 1
    reset_password(anyone(), token, "another password", "", "")


def test_a_reset_proves_the_address_too(anyone, make_ctx, newest_link):
    register(anyone(), "the attacker's password")
    send_reset(make_ctx(), ANA, "handle")
    reset_password(anyone(), newest_link(), "the owner's password", "", "")
    account = Account.get(Account.email == ANA)
    assert account.verified_at
    assert passwords.matches(account.password_hash, "the owner's password")


def test_a_password_that_is_refused_uses_no_link_up(cast, anyone, make_ctx, newest_link):
    send_reset(make_ctx(), cast.admin.email, "handle")
    token = newest_link()
    with pytest.raises(DomainError, match="at least 10"):
        reset_password(anyone(), token, "short", "", "")
    assert link(anyone(), Purpose.RESET_PASSWORD, token).email == cast.admin.email


def test_nobody_changes_a_password_without_being_signed_in(anyone):
    with pytest.raises(Forbidden):
        change_password(anyone(), "a", "long enough one", "", "")


@pytest.fixture
def invitation(make_ctx, newest_link):
    """Invite somebody and return the token of the link."""

    def send(email, **payload):
        ctx = make_ctx()
        payload = {"organization": "Siam Foods", "inviter": "Andina Cloud", **payload}
        with transaction():
            handle = invite(ctx, email, "Malee", "th", payload)
            # The inviting room has a mail of its own; any template with an invitation's link serves here.
            post(ctx, "invite-staff", key=handle, address=email, name="", language="th", handle=handle, days=15)
        return newest_link()

    return send


def accept(ctx, token, password="", name="", join=None):
    return redeem_invitation(ctx, token, password, name, "", "", join)


def test_a_new_person_chooses_name_and_password(anyone, invitation):
    joined = []
    token = invitation("malee@siam.example")
    accepted = accept(anyone(), token, "a long password", "มาลี ใจดี", lambda *told: joined.append(told))
    account = Account.get(Account.email == "malee@siam.example")
    assert (account.name, account.language, account.verified_at) == ("มาลี ใจดี", "th", anyone().now)
    assert accepted.session
    assert [(account_id, payload["organization"]) for _, account_id, payload in joined] == [(account.id, "Siam Foods")]


def test_what_a_stranger_typed_for_the_address_counts_for_nothing(anyone, invitation):
    register(anyone(), "the attacker's password")
    with pytest.raises(DomainError):
        accept(anyone(), invitation(ANA))
    accept(anyone(), invitation(ANA), "the owner's password", "Ana")
    assert passwords.matches(Account.get(Account.email == ANA).password_hash, "the owner's password")


def test_an_established_person_keeps_password_and_gets_no_session(cast, anyone, invitation):
    person = cast.person(ANA, "es", password_hash=passwords.hashed("the real one"))
    token, before = invitation(ANA), Session.select().count()
    accepted = accept(anyone(), token, "another password", "Mallory")
    account = Account.get_by_id(person.account.id)
    assert (accepted.account_id, accepted.session, account.name) == (account.id, None, person.account.name)
    assert passwords.matches(account.password_hash, "the real one")
    assert Session.select().count() == before


def test_an_invitation_that_was_taken_back_is_not_used_up(anyone, invitation):
    def gone(*_):
        raise NotFound

    token = invitation("malee@siam.example")
    with pytest.raises(NotFound):
        accept(anyone(), token, "a long password", "Malee", gone)
    assert not link(anyone(), Purpose.INVITATION, token).established


def test_staff_are_appointed_or_invited(app, cast, anyone, newest_link, mailer):
    ready = cast.person(ANA, "es", password_hash=passwords.hashed("the real one"))
    with ThreadPoolExecutor(1) as shell:  # a thread has its own connection, as a shell would
        for email, answer in ((ready.email, "may use the desk"), ("new@vendor.example", "invited")):
            result = shell.submit(app.test_cli_runner().invoke, args=["portal", "staff", email]).result()
            assert answer in result.output
    accept(anyone(), newest_link(), "a long password", "New Colleague")
    assert {row.account.email for row in Staff.select()} == {ready.email, "new@vendor.example"}


def test_appointing_is_for_operators(app):
    with pytest.raises(Forbidden):
        appoint_staff(app.extensions["make_ctx"](ANYONE), ANA, "es")
