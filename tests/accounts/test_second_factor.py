"""The second factor: apps, recovery codes, half sessions, guessing, and losing everything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.accounts import passwords
from portal.accounts.commands import open_session, reset_password, sign_in
from portal.accounts.commands.second_factor import (
    code_at,
    complete_sign_in,
    confirm_app,
    prove_by_code,
    remove_app,
    renew_codes,
    reset_by_operator,
    start_app,
    step_of,
)
from portal.accounts.commands.tokens import issue_token
from portal.accounts.models import Account, RecoveryCode, Session, Totp
from portal.accounts.policy import (
    Purpose,
    SignInExpired,
    TooManyAttempts,
    WrongCode,
    WrongCredentials,
    grouped,
    normalize_code,
)
from portal.accounts.queries import pending_secret, ways_in
from portal.core.errors import NotFound, ProofNeeded
from portal.core.ids import derive, digest
from portal.mail.models import Outgoing
from portal.storage import transaction
from portal.web.actors import actor_of

PASSWORD = "correct horse battery"
FROM = {"user_agent": "Firefox", "address": "192.0.2.7"}
THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


@pytest.fixture
def ana(cast):
    return cast.person("ana@andina.example", "es", password_hash=passwords.hashed(PASSWORD))


@pytest.fixture
def shows(ana):
    """Ana's authenticator app, set up: returns what it shows so many half minutes from now."""
    return set_up(ana)


def set_up(person):
    start_app(person.ctx)
    secret = pending_secret(person.ctx)
    shown = code_at(secret, step_of(person.cast.now) - 1)  # so that tests may use this half minute's code
    person.recovery = confirm_app(person.ctx, shown, person.token, "192.0.2.7")
    return lambda later=0: code_at(secret, step_of(person.cast.now) + later)


def told():
    return [row.params["what"] for row in Outgoing.select().where(Outgoing.event == "ways-in").order_by(Outgoing.id)]


def signed_in(cast, token):
    return actor_of(token, cast.now, cast.make_ctx().programme.security)


def half(ana, make_ctx):
    return sign_in(make_ctx(), ana.email, PASSWORD, **FROM)


# ---- Setting up ----


def test_an_app_counts_from_its_first_right_code_on(ana, cast):
    elsewhere = cast.sign_in(ana.account)
    start_app(ana.ctx)
    assert ways_in(ana.account.id).app_at is None
    with pytest.raises(WrongCode):
        confirm_app(ana.ctx, "000000", ana.token, "192.0.2.7")
    secret = pending_secret(ana.ctx)
    codes = confirm_app(ana.ctx, code_at(secret, step_of(cast.now)), ana.token, "192.0.2.7")
    assert ways_in(ana.account.id).app_at == cast.now
    assert len(set(codes)) == 10
    assert signed_in(cast, ana.token)
    assert not signed_in(cast, elsewhere.token)
    assert told() == ["app-set"]


def test_the_database_holds_neither_the_secret_nor_a_code(shows, ana, cast):
    row = Totp.get()
    assert (row.pending, row.last_step) == ("", step_of(cast.now) - 1)
    kept = {each.digest for each in RecoveryCode.select()}
    assert len(kept) == 10
    assert not kept & {digest(form) for code in ana.recovery for form in (code, normalize_code(code))}
    assert len(row.secret) > 32


def test_a_secret_waits_for_an_hour_and_for_its_own_person(ana, cast, clock):
    start_app(ana.ctx)
    with pytest.raises(NotFound):
        pending_secret(cast.newcomer.ctx)
    code = code_at(pending_secret(ana.ctx), step_of(cast.now) + 120)
    clock.advance(minutes=60)
    for act in (pending_secret, lambda ctx: confirm_app(ctx, code, ana.token, "192.0.2.7")):
        with pytest.raises(NotFound):
            act(ana.ctx)


def test_the_former_app_works_until_the_new_one_has_shown_a_code(shows, ana, make_ctx, clock):
    start_app(ana.ctx)
    assert complete_sign_in(make_ctx(), half(ana, make_ctx), shows(), **FROM)
    new = pending_secret(ana.ctx)
    confirm_app(ana.ctx, code_at(new, step_of(ana.cast.now)), ana.token, "192.0.2.7")
    clock.advance(seconds=60)
    with pytest.raises(WrongCode):
        complete_sign_in(make_ctx(), half(ana, make_ctx), shows(), **FROM)
    assert complete_sign_in(make_ctx(), half(ana, make_ctx), code_at(new, step_of(ana.cast.now)), **FROM)
    assert RecoveryCode.select().count() == 10


@pytest.mark.parametrize("act", [
    start_app, renew_codes, lambda ctx: remove_app(ctx, ""), lambda ctx: confirm_app(ctx, "123456", "", ""),
], ids=["start", "renew", "remove", "confirm"])
def test_an_open_browser_is_no_proof(shows, ana, act):
    with pytest.raises(ProofNeeded):
        act(replace(ana.ctx, actor=replace(ana.actor, fresh=False)))


def test_doing_without(shows, ana, cast, make_ctx):
    elsewhere = cast.sign_in(ana.account)
    remove_app(ana.ctx, ana.token)
    assert (Totp.select().count(), RecoveryCode.select().count()) == (0, 0)
    assert signed_in(cast, sign_in(make_ctx(), ana.email, PASSWORD, **FROM))
    assert not signed_in(cast, elsewhere.token)
    assert told() == ["app-set", "app-removed"]


# ---- Signing in ----


def test_a_right_password_is_half_a_session(shows, ana, cast, make_ctx, clock):
    token = half(ana, make_ctx)
    assert signed_in(cast, token) is None
    full = complete_sign_in(make_ctx(), token, shows(), **FROM)
    assert full != token
    assert signed_in(cast, full).fresh
    assert not Session.select().where(Session.digest == digest(token)).exists()
    with pytest.raises(SignInExpired):
        complete_sign_in(make_ctx(), token, shows(1), **FROM)
    late = half(ana, make_ctx)
    clock.advance(minutes=10)
    with pytest.raises(SignInExpired):
        complete_sign_in(make_ctx(), late, shows(), **FROM)


def test_a_full_session_is_no_half_one(shows, ana, make_ctx):
    with pytest.raises(SignInExpired):
        complete_sign_in(make_ctx(), ana.token, shows(), **FROM)


@pytest.mark.parametrize("method", ["password", "link", "sign-on"])
def test_no_first_step_stands_for_the_second(shows, ana, cast, make_ctx, method):
    with transaction():
        token = open_session(make_ctx(), ana.account.id, **FROM, method=method)
    assert signed_in(cast, token) is None
    full = complete_sign_in(make_ctx(), token, shows(), **FROM)
    assert Session.get(Session.digest == digest(full)).method == method


def test_a_passkey_is_both_factors(shows, ana, cast, make_ctx):
    with transaction():
        token = open_session(make_ctx(), ana.account.id, **FROM, method="passkey")
    assert signed_in(cast, token).fresh


def test_a_new_password_does_not_lead_around_it(shows, ana, cast, make_ctx):
    with transaction():
        handle = issue_token(make_ctx(), Purpose.RESET_PASSWORD, ana.account)
    link = f"{handle}.{derive(make_ctx().secret, Purpose.RESET_PASSWORD, handle)}"
    token = reset_password(make_ctx(), link, "a brand new one", **FROM)
    assert signed_in(cast, token) is None
    assert signed_in(cast, complete_sign_in(make_ctx(), token, shows(), **FROM))


@pytest.mark.parametrize(("later", "right"), [(-2, False), (-1, False), (0, True), (1, True), (2, False)])
def test_clocks_may_be_one_step_apart(shows, ana, make_ctx, later, right):
    """The one before was used to set the app up, which is why it is not right any more."""
    if right:
        assert complete_sign_in(make_ctx(), half(ana, make_ctx), shows(later), **FROM)
    else:
        with pytest.raises(WrongCode):
            complete_sign_in(make_ctx(), half(ana, make_ctx), shows(later), **FROM)


def test_a_code_works_once_and_no_older_one_after_it(shows, ana, make_ctx):
    complete_sign_in(make_ctx(), half(ana, make_ctx), shows(1), **FROM)
    for code in (shows(1), shows(0)):
        with pytest.raises(WrongCode):
            complete_sign_in(make_ctx(), half(ana, make_ctx), code, **FROM)


def test_another_persons_code_is_none(shows, ana, cast, make_ctx):
    other = set_up(cast.newcomer)
    with pytest.raises(WrongCode):
        complete_sign_in(make_ctx(), half(ana, make_ctx), other(), **FROM)
    with pytest.raises(WrongCode):
        complete_sign_in(make_ctx(), half(ana, make_ctx), cast.newcomer.recovery[0], **FROM)


@pytest.mark.parametrize("spell", [
    lambda code: code, lambda code: code.replace("-", ""), lambda code: f"  {code.upper()} ",
    lambda code: code.replace("-", " "), lambda code: code.translate(THAI),
], ids=["as printed", "without hyphen", "capitals", "blank", "Thai digits"])
def test_a_recovery_code_works_once_however_it_is_typed(shows, ana, cast, make_ctx, spell):
    code = spell(ana.recovery[3])
    assert signed_in(cast, complete_sign_in(make_ctx(), half(ana, make_ctx), code, **FROM))
    with pytest.raises(WrongCode):
        complete_sign_in(make_ctx(), half(ana, make_ctx), code, **FROM)
    assert ways_in(ana.account.id).codes_left == 9
    assert told() == ["app-set", "code-used"]


def test_thai_digits_are_digits(shows, ana, make_ctx):
    assert complete_sign_in(make_ctx(), half(ana, make_ctx), shows().translate(THAI), **FROM)


def test_a_new_set_of_recovery_codes_ends_the_former(shows, ana, make_ctx):
    new = renew_codes(ana.ctx)
    assert not set(new) & set(ana.recovery)
    with pytest.raises(WrongCode):
        complete_sign_in(make_ctx(), half(ana, make_ctx), ana.recovery[0], **FROM)
    assert complete_sign_in(make_ctx(), half(ana, make_ctx), new[0], **FROM)


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "x" * 40, "١٢٣٤٥٦٧", "\0"])
def test_what_is_no_code(shows, ana, make_ctx, code):
    with pytest.raises(WrongCode):
        complete_sign_in(make_ctx(), half(ana, make_ctx), code, **FROM)


def test_after_the_servers_key_was_changed_only_a_reset_helps(shows, ana, make_ctx):
    token = half(ana, make_ctx)
    with pytest.raises(WrongCode):
        complete_sign_in(replace(make_ctx(), secret="x" * 40), token, shows(), **FROM)


# ---- Guessing ----


def test_guessing_from_one_place_is_slowed_and_does_not_shut_the_owner_out(shows, ana, make_ctx, clock):
    token = half(ana, make_ctx)
    for _ in range(10):
        with pytest.raises(WrongCode):
            complete_sign_in(make_ctx(), token, "000000", "?", "203.0.113.9")
    with pytest.raises(TooManyAttempts):
        complete_sign_in(make_ctx(), token, shows(), "?", "203.0.113.9")
    assert complete_sign_in(make_ctx(), half(ana, make_ctx), shows(), **FROM)
    assert told() == ["app-set"]


def test_guessing_from_many_places_is_told_to_the_owner_and_ends_with_the_hour(shows, ana, make_ctx, clock):
    token = half(ana, make_ctx)
    for number in range(40):
        with pytest.raises((WrongCode, TooManyAttempts)):
            complete_sign_in(make_ctx(), token, "000000", "?", f"203.0.113.{number}")
    assert told() == ["app-set", "codes-tried"]
    clock.advance(hours=1)
    assert complete_sign_in(make_ctx(), half(ana, make_ctx), shows(), **FROM)


# ---- Proving, and losing everything ----


def test_proving_by_code(shows, ana, cast, make_ctx, clock):
    token = complete_sign_in(make_ctx(), half(ana, make_ctx), shows(), **FROM)
    clock.advance(hours=3)
    ctx = make_ctx(signed_in(cast, token))
    assert not ctx.actor.fresh
    for wrong in (ana.recovery[0], "000000"):
        with pytest.raises(WrongCode):
            prove_by_code(ctx, wrong, token, "192.0.2.7")
    prove_by_code(ctx, shows(), token, "192.0.2.7")
    assert signed_in(cast, token).fresh
    with pytest.raises(WrongCode):
        prove_by_code(ctx, shows(), token, "192.0.2.7")


def test_a_proof_counts_in_its_own_session_alone(shows, ana, cast, make_ctx, clock):
    tokens = [complete_sign_in(make_ctx(), half(ana, make_ctx), code, **FROM) for code in (shows(), shows(1))]
    clock.advance(hours=3)
    prove_by_code(make_ctx(signed_in(cast, tokens[0])), shows(), tokens[0], "192.0.2.7")
    assert [signed_in(cast, token).fresh for token in tokens] == [True, False]
    prove_by_code(make_ctx(signed_in(cast, tokens[0])), shows(1), cast.newcomer.token, "192.0.2.7")
    assert Session.get(Session.digest == digest(cast.newcomer.token)).proved_at.year == 2036


def test_the_operator_resets_who_has_lost_everything(shows, ana, cast, make_ctx):
    reset_by_operator(make_ctx(), ana.email)
    assert signed_in(cast, ana.token) is None
    assert signed_in(cast, sign_in(make_ctx(), ana.email, PASSWORD, **FROM))
    assert told() == ["app-set", "reset"]
    with pytest.raises(NotFound):
        reset_by_operator(make_ctx(), "nobody@andina.example")
    with pytest.raises(WrongCredentials):
        sign_in(make_ctx(), ana.email, "not the password", **FROM)
    assert Account.get_by_id(ana.account.id).second_factor_at is None


@pytest.mark.parametrize(("typed", "meant"), [
    ("123 456", "123456"), ("๑๒๓๔๕๖", "123456"), ("١٢٣٤٥٦", "123456"), ("ABCDE-fghjk", "abcdefghjk"), ("１２３", "123"),
])
def test_how_codes_are_compared(typed, meant):
    assert normalize_code(typed) == meant


def test_a_secret_in_groups():
    assert grouped("JBSWY3DPEH", 4) == "JBSW Y3DP EH"
