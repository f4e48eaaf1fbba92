"""Passkeys: what is taken, and everything that is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from portal.accounts import passwords
from portal.accounts.commands import passkeys, sign_in
from portal.accounts.commands.passkeys import (
    add_passkey,
    ask_to_add,
    ask_to_enter,
    ask_to_prove,
    enter_by_passkey,
    prove_by_passkey,
    remove_passkey,
    rename_passkey,
)
from portal.accounts.models import Account, Challenge, Passkey
from portal.accounts.policy import PasskeyRefused, SignInExpired, TooManyAttempts
from portal.accounts.queries import passkeys_of
from portal.core.errors import DomainError, NotFound, ProofNeeded
from portal.mail.models import Outgoing
from portal.web.actors import actor_of
from tests.authenticator import Authenticator

HERE = "192.0.2.7"
FROM = {"user_agent": "Firefox", "address": HERE}
PASSWORD = "correct horse battery"


@pytest.fixture
def ana(cast):
    return cast.person("ana@andina.example", "es", password_hash=passwords.hashed(PASSWORD))


@pytest.fixture
def phone(ana):
    """Ana's passkey, which was added."""
    return added(ana)


def added(person, name="Phone", **how):
    device = Authenticator(**how)
    question = ask_to_add(person.ctx, HERE)
    add_passkey(person.ctx, question.token, device.create(question.options), name)
    return device


def enter(make_ctx, device, half=None):
    question = ask_to_enter(make_ctx(), half, HERE)
    return enter_by_passkey(make_ctx(), question.token, device.get(question.options), half, **FROM)


def who(cast, token):
    found = actor_of(token, cast.now, cast.make_ctx().programme.security)
    return found and found.email


def told():
    return [row.params["what"] for row in Outgoing.select().where(Outgoing.event == "ways-in").order_by(Outgoing.id)]


def test_adding_and_coming_in(ana, phone, cast, make_ctx):
    token = enter(make_ctx, phone)
    assert who(cast, token) == ana.email
    assert actor_of(token, cast.now, make_ctx().programme.security).fresh
    [key] = passkeys_of(ana.account.id)
    assert (key.name, key.used_at) == ("Phone", cast.now)
    assert told() == ["passkey-added"]


def test_what_the_browser_is_asked(ana, phone, make_ctx):
    made = json.loads(ask_to_add(ana.ctx, HERE).options)
    assert made["rp"]["id"] == "portal.test"
    assert made["authenticatorSelection"] == {"residentKey": "required", "requireResidentKey": True,
                                              "userVerification": "required"}
    assert [each["id"] for each in made["excludeCredentials"]] == [Passkey.get().credential]
    asked = json.loads(ask_to_enter(make_ctx(), None, HERE).options)
    assert (asked["userVerification"], asked["allowCredentials"]) == ("required", [])


@pytest.mark.parametrize("how", [
    {"origin": "https://evil.example"}, {"host": "evil.example"}, {"verified": False},
    {"origin": "https://portal.test"}, {"origin": "http://portal.test:8000"},
], ids=["origin", "host", "owner not asked", "scheme", "port"])
def test_a_foreign_answer_is_refused(ana, phone, make_ctx, how):
    with pytest.raises(PasskeyRefused):
        added(ana, **how)
    for name, value in how.items():
        setattr(phone, name, value)
    with pytest.raises(PasskeyRefused):
        enter(make_ctx, phone)
    assert Passkey.select().count() == 1


def test_a_question_is_answered_once(phone, make_ctx, clock):
    question = ask_to_enter(make_ctx(), None, HERE)
    answer = phone.get(question.options)
    assert enter_by_passkey(make_ctx(), question.token, answer, None, **FROM)
    with pytest.raises(PasskeyRefused):
        enter_by_passkey(make_ctx(), question.token, answer, None, **FROM)
    assert not Challenge.select().exists()


def test_a_wrong_answer_uses_the_question_up_too(phone, make_ctx):
    question = ask_to_enter(make_ctx(), None, HERE)
    with pytest.raises(PasskeyRefused):
        enter_by_passkey(make_ctx(), question.token, "{}", None, **FROM)
    with pytest.raises(PasskeyRefused):
        enter_by_passkey(make_ctx(), question.token, phone.get(question.options), None, **FROM)


def test_a_question_waits_for_five_minutes(phone, make_ctx, clock):
    question = ask_to_enter(make_ctx(), None, HERE)
    clock.advance(minutes=5)
    with pytest.raises(PasskeyRefused):
        enter_by_passkey(make_ctx(), question.token, phone.get(question.options), None, **FROM)


def test_an_answer_to_another_question_is_refused(phone, make_ctx):
    first, second = ask_to_enter(make_ctx(), None, HERE), ask_to_enter(make_ctx(), None, HERE)
    with pytest.raises(PasskeyRefused):
        enter_by_passkey(make_ctx(), second.token, phone.get(first.options), None, **FROM)


def test_a_question_of_one_kind_is_none_of_another(ana, phone, make_ctx):
    proof, entry = ask_to_prove(ana.ctx, HERE), ask_to_enter(make_ctx(), None, HERE)
    with pytest.raises(PasskeyRefused):
        enter_by_passkey(make_ctx(), proof.token, phone.get(proof.options), None, **FROM)
    with pytest.raises(PasskeyRefused):
        prove_by_passkey(ana.ctx, entry.token, phone.get(entry.options), ana.token)


def test_an_unknown_passkey_is_refused(phone, make_ctx):
    with pytest.raises(PasskeyRefused):
        enter(make_ctx, Authenticator())


def test_anothers_signature_is_refused(phone, make_ctx):
    with pytest.raises(PasskeyRefused):
        enter(make_ctx, Authenticator(id=phone.id))


@pytest.mark.parametrize("answer", [
    "", "{}", "null", "[]", '"x"', "1", '{"id": 1}', '{"id": "eHg", "rawId": "eHg", "type": "public-key"}',
    '{"id": "eHg", "rawId": "eHg", "type": "public-key", "response": null}',
    '{"id": "e", "rawId": "e", "type": "public-key", "response": {"clientDataJSON": "e", "authenticatorData": "e", '
    '"signature": "e"}}', "\0", "{" * 5000,
])
def test_nonsense_is_refused(ana, phone, make_ctx, answer):
    question = ask_to_enter(make_ctx(), None, HERE)
    with pytest.raises(PasskeyRefused):
        enter_by_passkey(make_ctx(), question.token, answer, None, **FROM)
    question = ask_to_add(ana.ctx, HERE)
    with pytest.raises(PasskeyRefused):
        add_passkey(ana.ctx, question.token, answer, "Phone")


@pytest.mark.parametrize("field", ["clientDataJSON", "authenticatorData", "signature"])
def test_a_spoiled_answer_is_refused(phone, make_ctx, field):
    for spoil in (lambda text: "", lambda text: text[:8], lambda text: text[::-1]):
        question = ask_to_enter(make_ctx(), None, HERE)
        answer = json.loads(phone.get(question.options))
        answer["response"][field] = spoil(answer["response"][field])
        with pytest.raises(PasskeyRefused):
            enter_by_passkey(make_ctx(), question.token, json.dumps(answer), None, **FROM)


def test_a_spoiled_attestation_is_refused(ana):
    for spoil in (lambda text: "", lambda text: text[:8], lambda text: text[:-40], lambda text: "oA"):
        question = ask_to_add(ana.ctx, HERE)
        answer = json.loads(Authenticator().create(question.options))
        answer["response"]["attestationObject"] = spoil(answer["response"]["attestationObject"])
        with pytest.raises(PasskeyRefused):
            add_passkey(ana.ctx, question.token, json.dumps(answer), "Phone")


def test_a_passkey_that_counts_backwards_is_refused_and_told(ana, phone, make_ctx):
    phone.count = 7
    enter(make_ctx, phone)
    for count in (2, 7):  # a copy's; the next one is 8, which is right
        phone.count = count - 1
        with pytest.raises(PasskeyRefused):
            enter(make_ctx, phone)
    phone.count = 8
    assert enter(make_ctx, phone)
    assert told() == ["passkey-added", "passkey-copied"]


def test_a_passkey_that_never_counts_is_fine(phone, make_ctx):
    for _ in range(2):
        phone.count = -1
        assert enter(make_ctx, phone)


def test_the_same_passkey_is_nobody_elses_as_well(ana, phone, cast):
    question = ask_to_add(cast.newcomer.ctx, HERE)
    with pytest.raises(PasskeyRefused):
        add_passkey(cast.newcomer.ctx, question.token, phone.create(question.options), "Mine now")


def test_a_question_to_add_is_its_askers(ana, cast):
    question = ask_to_add(ana.ctx, HERE)
    with pytest.raises(PasskeyRefused):
        add_passkey(cast.newcomer.ctx, question.token, Authenticator().create(question.options), "Mine")


# ---- As the second factor, and as a proof ----


def test_a_passkey_as_the_second_factor_is_of_that_account(ana, phone, cast, make_ctx):
    cast.code_of(ana.account)
    other = added(cast.newcomer)
    half = sign_in(make_ctx(), ana.email, PASSWORD, **FROM)
    with pytest.raises(PasskeyRefused):
        enter(make_ctx, other, half)
    assert who(cast, enter(make_ctx, phone, half)) == ana.email
    half = sign_in(make_ctx(), ana.email, PASSWORD, **FROM)
    question = ask_to_enter(make_ctx(), half, HERE)
    passkeys.half_session(make_ctx(), half).delete_instance()
    with pytest.raises(SignInExpired):
        enter_by_passkey(make_ctx(), question.token, phone.get(question.options), half, **FROM)


def test_proving(ana, phone, cast, make_ctx, clock):
    token = enter(make_ctx, phone)
    clock.advance(hours=3)
    ctx = make_ctx(actor_of(token, cast.now, make_ctx().programme.security))
    assert not ctx.actor.fresh
    question = ask_to_prove(ctx, HERE)
    prove_by_passkey(ctx, question.token, phone.get(question.options), token)
    assert actor_of(token, cast.now, make_ctx().programme.security).fresh


def test_another_persons_passkey_proves_nothing(ana, phone, cast):
    question = ask_to_prove(cast.newcomer.ctx, HERE)
    with pytest.raises(PasskeyRefused):
        prove_by_passkey(cast.newcomer.ctx, question.token, phone.get(question.options), cast.newcomer.token)
    question = ask_to_prove(ana.ctx, HERE)
    with pytest.raises(PasskeyRefused):
        prove_by_passkey(cast.newcomer.ctx, question.token, phone.get(question.options), cast.newcomer.token)


def test_an_erased_or_unconfirmed_account_is_not_entered(ana, phone, make_ctx):
    for change in ({"erased_at": make_ctx().now}, {"erased_at": None, "verified_at": None}):
        Account.update(**change).where(Account.id == ana.account.id).execute()
        with pytest.raises(PasskeyRefused):
            enter(make_ctx, phone)


# ---- Looking after them ----


def test_renaming_and_removing(ana, phone, make_ctx):
    [key] = passkeys_of(ana.account.id)
    rename_passkey(ana.ctx, key.public_id, "  My\u202e key ")
    assert passkeys_of(ana.account.id)[0].name == "My key"
    with pytest.raises(DomainError):
        rename_passkey(ana.ctx, key.public_id, " ")
    assert remove_passkey(ana.ctx, key.public_id) == "My key"
    with pytest.raises(PasskeyRefused):
        enter(make_ctx, phone)
    assert told() == ["passkey-added", "passkey-removed"]


def test_anothers_passkey_is_not_there(ana, phone, cast):
    [key] = passkeys_of(ana.account.id)
    for act in (lambda ctx: rename_passkey(ctx, key.public_id, "Mine"), lambda ctx: remove_passkey(ctx, key.public_id)):
        with pytest.raises(NotFound):
            act(cast.newcomer.ctx)


def test_an_open_browser_adds_and_removes_none(ana, phone):
    stale = replace(ana.ctx, actor=replace(ana.actor, fresh=False))
    [key] = passkeys_of(ana.account.id)
    for act in (lambda: ask_to_add(stale, HERE), lambda: add_passkey(stale, "", "{}", "x"),
                lambda: remove_passkey(stale, key.public_id)):
        with pytest.raises(ProofNeeded):
            act()


def test_there_are_limits(ana, make_ctx):
    for number in range(20):
        added(ana, str(number))
    with pytest.raises(DomainError):
        ask_to_add(ana.ctx, HERE)
    for _ in range(60):
        ask_to_enter(make_ctx(), None, "203.0.113.5")
    with pytest.raises(TooManyAttempts):
        ask_to_enter(make_ctx(), None, "203.0.113.5")
