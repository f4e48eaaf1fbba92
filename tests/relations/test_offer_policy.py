"""Codes, pace and terms, without a database."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from portal.core.permissions import GRANTS, P, Role
from portal.delegation.policy import ALLOWED, FORBIDDEN
from portal.relations.policy.offers import (
    ALPHABET,
    LENGTH,
    AskedTooOften,
    as_told,
    check_request_pace,
    grouped,
    kept,
    read,
    spelled,
    standing,
)
from portal.relations.policy.terms import (
    DOES,
    DOES_WITH_ACCESS,
    ITS_OWN,
    covered,
    fingerprint,
    held,
    pays,
    rights,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER, BEFORE = NOW + timedelta(days=1), NOW - timedelta(days=1)


def test_a_code_has_no_letters_that_people_mix_up_and_cannot_be_guessed():
    assert not set("ILOU01") & set(ALPHABET)
    assert LENGTH * math.log2(len(set(ALPHABET))) >= 75
    code = spelled("secret", "code", "form")
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    assert read(grouped(code)) == code


def test_the_same_form_makes_the_same_code_and_any_other_another():
    made = {spelled(secret, purpose, once) for secret in "ab" for purpose in "ab" for once in "ab"}
    assert len(made) == 8
    assert spelled("a", "a", "a") == spelled("a", "a", "a")


@pytest.mark.parametrize(
    "typed",
    ["K7MP-3QXW-9TFA-H2RD", "k7mp3qxw9tfah2rd", " K7MP 3QXW 9TFA H2RD ", "K7MP–3QXW—9TFA‑H2RD", "K๗MP-๓QXW-๙TFA-H๒RD",
     "Ｋ７ＭＰ－３ＱＸＷ－９ＴＦＡ－Ｈ２ＲＤ", "K7MP\u200b-3QXW\u00a0-9TFA.H2RD"],
)
def test_a_code_is_read_however_it_was_typed(typed):
    assert read(typed) == "K7MP3QXW9TFAH2RD"


@pytest.mark.parametrize("typed", ["", "   ", "\0", "กขค", "½", "²", "\ud800"])
def test_anything_else_is_read_as_some_other_code(typed):
    assert len(read(typed)) < LENGTH


def test_a_code_is_never_good_as_a_token():
    assert kept("code", "K7MP3QXW9TFAH2RD") != kept("token", "K7MP3QXW9TFAH2RD")
    assert "K7MP" not in kept("code", "K7MP3QXW9TFAH2RD")


@pytest.mark.parametrize(
    ("kind", "state", "expires_at", "real", "told"),
    [
        ("request", "open", LATER, "open", "open"),
        ("request", "declined", LATER, "declined", "open"),
        ("request", "declined", BEFORE, "declined", "expired"),
        ("request", "open", BEFORE, "expired", "expired"),
        ("request", "used", BEFORE, "used", "used"),
        ("request", "withdrawn", LATER, "withdrawn", "withdrawn"),
        ("code", "open", NOW, "expired", "expired"),
        ("token", "withdrawn", BEFORE, "withdrawn", "withdrawn"),
    ],
)
def test_what_became_of_an_offer_and_what_its_partner_is_told(kind, state, expires_at, real, told):
    assert standing(state, expires_at, NOW) == real
    assert as_told(kind, state, expires_at, NOW) == told


def test_a_partner_asks_for_a_domain_three_times_in_thirty_days():
    asked = [NOW - timedelta(days=days) for days in (29, 10, 1)]
    check_request_pace(asked[1:], NOW)
    with pytest.raises(AskedTooOften):
        check_request_pace(asked, NOW)
    check_request_pace(asked, NOW + timedelta(days=2))


def test_every_permission_of_a_partner_is_told_or_is_its_own_business():
    """A permission that partners get one day cannot be missing from what customers agree to."""
    partners = frozenset().union(*(granted for role, granted in GRANTS.items()
                                   if role.value.startswith("partner-") or role is Role.HELP_CENTER))
    told = [*DOES, *DOES_WITH_ACCESS, *ITS_OWN]
    assert len(told) == len(set(told))
    assert partners | {P.PUBLIC} == set(told) == held(console=True)


def test_inside_the_console_it_does_what_delegation_allows_and_never_what_it_forbids():
    told = rights(console=True)
    inside = {*told["sees_inside"], *told["does_inside"]}
    assert inside == {*ALLOWED, *DOES_WITH_ACCESS}
    assert told["never"] == list(FORBIDDEN)
    assert not inside & set(told["never"])


def test_a_partner_without_the_console_enters_nothing():
    told = rights(console=False)
    assert not told["enters"]
    assert told["sees_inside"] == told["does_inside"] == []
    assert P.ACCESS_ASK not in told["does"]
    assert P.SUBSCRIPTION_CHANGE in told["does"]


@pytest.mark.parametrize(("now", "own", "after"), [
    ("reseller", False, "none"), ("reseller", True, "customer"), ("customer", True, "customer"),
    ("none", False, "none"), ("none", True, "none"),
])
def test_a_partners_card_does_not_outlast_it(now, own, after):
    assert pays(now, own) == {"now": now, "after": after}


def test_terms_are_the_same_in_every_language_and_other_with_any_other_fact():
    terms = {"language": "en", "commission": {"rates": [{"service": "", "low": 1, "high": 2}]}}
    assert fingerprint(terms) == fingerprint({**terms, "language": "th"})
    assert fingerprint(terms) != fingerprint({**terms, "commission": {"rates": []}})


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ({"mail": 1500, "": 1000}, True), ({"mail": 2500, "": 2000}, True), ({"mail": 2501, "": 1000}, False),
        ({"mail": 1499}, False), ({"crm": 2000}, True), ({"crm": 2001}, False), ({}, True),
    ],
)
def test_a_general_consent_covers_the_rates_that_it_showed(rates, expected):
    shown = [{"service": "mail", "low": 1500, "high": 2500}, {"service": "", "low": 1000, "high": 2000}]
    assert covered(shown, rates) is expected
