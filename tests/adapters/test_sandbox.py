"""The sandbox gateway: what its test numbers do, everything once per key, and webhooks that nobody can forge."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from portal.adapters.cards import BadSignature, Payer, Refused, Saved
from portal.adapters.sandbox import signing
from portal.adapters.sandbox.models import SandboxCard, SandboxCharge, SandboxEvent, SandboxSession
from portal.adapters.sandbox.numbers import NUMBERS, digits
from portal.core.errors import DomainError, NotFound, Stale
from portal.settings import SettingsError
from portal.storage import database
from portal.web import wiring

PAYER = Payer("billing@siam.example", "Siam Trading", "th")
BACK = "http://portal.test/cards/back/charge/x"
GOOD, ASKS, EMPTY = "4242424242424242", "4000002500003155", "4000000000009995"


@pytest.fixture(autouse=True)
def connected(app):
    """The database of the gateway's tables."""


def entered(sandbox, number=GOOD, key="setup") -> Saved:
    reference = sandbox.start_setup(f"{key}-{number[-4:]}", PAYER, BACK).reference
    sandbox.enter(reference, number, 12, 2030)
    return sandbox.finish_setup(reference)


def charged(sandbox, number=GOOD, key="charge", minor=1200):
    return sandbox.charge(key, entered(sandbox, number), minor, "USD", "Workplace", BACK)


@pytest.mark.parametrize(("number", "state", "code"), [
    (GOOD, "succeeded", ""), ("5555555555554444", "succeeded", ""), ("378282246310005", "succeeded", ""),
    (EMPTY, "declined", "insufficient_funds"), ("4000000000009987", "declined", "lost_card"),
    ("4000000000000069", "declined", "expired_card"), ("4000000000000341", "declined", "generic_decline"),
    (ASKS, "action", ""),
])
def test_a_number_decides_what_becomes_of_a_charge(sandbox, number, state, code):
    outcome = charged(sandbox, number)
    assert (outcome.state, outcome.code) == (state, code)
    assert sandbox.look_up(outcome.reference) == outcome
    assert bool(outcome.url) == (state == "action")


def test_every_published_number_is_tried_above_or_refused(sandbox):
    for card in NUMBERS.values():
        if card.refused:
            with pytest.raises(DomainError, match="declined"):
                entered(sandbox, card.number)
        else:
            assert entered(sandbox, card.number).last4 == card.number[-4:]


def test_no_table_holds_a_number(sandbox):
    charged(sandbox)
    for table in (SandboxCard, SandboxSession, SandboxCharge, SandboxEvent):
        assert GOOD not in json.dumps(list(table.select().dicts()), default=str)


@pytest.mark.parametrize(("number", "month", "year", "field"), [
    ("4111111111111111", 12, 2030, "number"), ("", 12, 2030, "number"), (GOOD, 2, 2026, "expiry"),
])
def test_what_is_no_usable_card_is_refused_by_field(sandbox, number, month, year, field):
    reference = sandbox.start_setup("key", PAYER, BACK).reference
    with pytest.raises(DomainError) as refusal:
        sandbox.enter(reference, number, month, year)
    assert refusal.value.field == field
    assert sandbox.finish_setup(reference) is None


def test_a_card_may_be_used_until_the_end_of_its_month(sandbox):
    reference = sandbox.start_setup("key", PAYER, BACK).reference
    sandbox.enter(reference, GOOD, 3, 2026)
    assert sandbox.finish_setup(reference).exp_month == 3


@pytest.mark.parametrize(("typed", "read"), [
    ("4242 4242-4242 4242", GOOD), ("๔๒๔๒ ๔๒๔๒ ๔๒๔๒ ๔๒๔๒", GOOD), ("4242x", ""), ("", ""), ("42²", ""),
])
def test_digits_are_read_in_any_script(typed, read):
    assert digits(typed) == read


@pytest.mark.parametrize(("number", "shown"), [(GOOD, "4242 4242 4242 4242"), ("378282246310005", "3782 822463 10005")])
def test_numbers_are_shown_as_on_cards(number, shown):
    assert NUMBERS[number].shown == shown


# ---- Pages ----

def test_the_same_setup_is_the_same_page(sandbox):
    assert sandbox.start_setup("key", PAYER, BACK) == sandbox.start_setup("key", PAYER, BACK)
    assert sandbox.start_setup("other", PAYER, BACK) != sandbox.start_setup("key", PAYER, BACK)


def test_a_known_payer_keeps_their_name(sandbox):
    first = entered(sandbox)
    reference = sandbox.start_setup("more", replace(PAYER, id=first.customer), BACK).reference
    sandbox.enter(reference, GOOD, 12, 2030)
    assert sandbox.finish_setup(reference).customer == first.customer


def test_a_page_takes_one_card(sandbox):
    reference = sandbox.start_setup("key", PAYER, BACK).reference
    assert sandbox.enter(reference, GOOD, 12, 2030) == BACK
    for again in (lambda: sandbox.enter(reference, GOOD, 12, 2030), lambda: sandbox.leave(reference)):
        with pytest.raises(Stale):
            again()
    assert SandboxCard.select().count() == 1


def test_a_page_that_was_left_has_no_card(sandbox):
    reference = sandbox.start_setup("key", PAYER, BACK).reference
    assert sandbox.leave(reference) == BACK
    with pytest.raises(Refused, match="cancelled"):
        sandbox.finish_setup(reference)


def test_a_page_expires(sandbox, clock):
    reference = sandbox.start_setup("key", PAYER, BACK).reference
    clock.advance(hours=24)
    with pytest.raises(Stale):
        sandbox.enter(reference, GOOD, 12, 2030)
    with pytest.raises(Refused, match="expired"):
        sandbox.finish_setup(reference)


def test_a_page_does_what_it_is_for(sandbox):
    reference = sandbox.start_setup("key", PAYER, BACK).reference
    with pytest.raises(NotFound):
        sandbox.answer(reference, True)
    with pytest.raises(NotFound):
        sandbox.enter("none", GOOD, 12, 2030)
    with pytest.raises(Refused, match="no_such_page"):
        sandbox.finish_setup("none")


# ---- Charges ----

def told_of_charges() -> int:
    return SandboxEvent.select().where(SandboxEvent.kind.startswith("charge")).count()



def test_the_same_key_is_the_same_charge(sandbox):
    card = entered(sandbox)
    first = sandbox.charge("key", card, 1200, "USD", "", BACK)
    assert sandbox.charge("key", card, 1200, "USD", "", BACK) == first
    assert sandbox.find("key", card, sandbox.clock()) == first
    assert sandbox.find("other", card, sandbox.clock()) is None
    assert SandboxCharge.select().count() == told_of_charges() == 1


@pytest.mark.parametrize(("minor", "currency"), [(1201, "USD"), (1200, "EUR")])
def test_a_key_buys_nothing_else(sandbox, minor, currency):
    card = entered(sandbox)
    sandbox.charge("key", card, 1200, "USD", "", BACK)
    with pytest.raises(Refused, match="key_of_another_charge"):
        sandbox.charge("key", card, minor, currency, "", BACK)


def together(count, work):
    """Run `work` on so many connections at the same moment."""
    start = threading.Barrier(count)

    def one(number):
        with database.connection_context():
            start.wait(timeout=10)
            return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.parametrize("number", [GOOD, ASKS, EMPTY])
def test_the_same_key_at_the_same_moment_is_one_charge(sandbox, number):
    card = entered(sandbox, number)
    outcomes = together(8, lambda _: sandbox.charge("key", card, 1200, "USD", "", BACK))
    assert len(set(outcomes)) == 1
    assert SandboxCharge.select().count() == 1
    assert told_of_charges() == 1


def test_a_card_of_another_gateway_is_unknown(sandbox):
    with pytest.raises(Refused, match="no_such_card"):
        sandbox.charge("key", Saved("c", "tok", "visa", "4242", 12, 2030), 1200, "USD", "", BACK)
    with pytest.raises(Refused, match="no_such_charge"):
        sandbox.look_up("none")


def asked(sandbox):
    """A charge that waits for its holder, and the page that asks them."""
    outcome = charged(sandbox, ASKS)
    return outcome.reference, outcome.url.rpartition("/")[2]


@pytest.mark.parametrize(("confirmed", "state", "code"), [
    (True, "succeeded", ""), (False, "declined", "authentication_failed"),
])
def test_the_holder_decides_once(sandbox, confirmed, state, code):
    reference, page = asked(sandbox)
    assert sandbox.answer(page, confirmed) == BACK
    with pytest.raises(Stale):
        sandbox.answer(page, not confirmed)
    assert sandbox.cancel(reference) == sandbox.look_up(reference)
    assert (sandbox.look_up(reference).state, sandbox.look_up(reference).code) == (state, code)


def test_a_cancelled_charge_cannot_be_confirmed(sandbox):
    reference, page = asked(sandbox)
    assert (sandbox.cancel(reference).state, sandbox.cancel(reference).code) == ("declined", "cancelled")
    with pytest.raises(Stale):
        sandbox.answer(page, True)


def test_confirming_and_cancelling_at_the_same_moment_have_one_outcome(sandbox):
    reference, page = asked(sandbox)

    def either(number):
        try:
            return sandbox.cancel(reference).state if number % 2 else sandbox.answer(page, True) and "succeeded"
        except Stale:
            return sandbox.look_up(reference).state

    assert len(set(together(6, either))) == 1
    assert SandboxEvent.select().where(SandboxEvent.kind.in_(["charge.succeeded", "charge.declined"])).count() == 1


# ---- Refunds ----

def test_a_refund_is_made_once_per_key(sandbox):
    reference = charged(sandbox).reference
    first = sandbox.refund("key", reference, 500)
    assert sandbox.refund("key", reference, 500) == first != sandbox.refund("other", reference, 700)
    assert SandboxCharge.get().refunded == 1200


@pytest.mark.parametrize(("number", "minor", "code"), [
    (GOOD, 1201, "refund_exceeds_charge"), (GOOD, 0, "refund_exceeds_charge"), (EMPTY, 1, "charge_not_paid"),
    (ASKS, 1, "charge_not_paid"),
])
def test_what_was_not_taken_is_not_given_back(sandbox, number, minor, code):
    with pytest.raises(Refused, match=code):
        sandbox.refund("key", charged(sandbox, number).reference, minor)


def test_refunds_at_the_same_moment_never_exceed_the_charge(sandbox):
    reference = charged(sandbox, minor=1000).reference

    def give(number):
        try:
            return bool(sandbox.refund(f"key-{number}", reference, 400))
        except Refused:
            return False

    assert sum(together(6, give)) == 2
    assert SandboxCharge.get().refunded == 800


# ---- Webhooks ----

def delivered(sandbox, status=200):
    """Send what there is to tell; return it as (headers, body)."""
    sent = []
    sandbox.send = lambda url, headers, body: sent.append((url, dict(headers), body)) or status
    count = sandbox.deliver()
    assert {url for url, _headers, _body in sent} <= {"http://portal.test/hooks/cards/sandbox"}
    return count, [(headers, body) for _url, headers, body in sent]


def test_outcomes_and_finished_pages_are_told(sandbox):
    outcome = charged(sandbox, ASKS)
    sandbox.answer(outcome.url.rpartition("/")[2], True)
    _count, messages = delivered(sandbox)
    events = [sandbox.read_event(headers, body) for headers, body in messages]
    assert [event.kind for event in events] == ["page.done", "charge.action", "charge.succeeded"]
    assert (bool(events[0].page), events[0].charge_key) == (True, None)
    assert (events[2].charge_key, events[2].outcome.state) == ("charge", "succeeded")
    assert events[2].outcome.reference == outcome.reference
    assert delivered(sandbox) == (0, [])


def test_what_is_not_taken_is_told_again(sandbox, clock):
    charged(sandbox)
    assert delivered(sandbox, status=503)[0] == 0

    def down(*_message):
        raise ConnectionRefusedError

    sandbox.send = down
    assert sandbox.deliver() == 0
    assert delivered(sandbox)[0] == 2


def test_after_three_days_nothing_is_told_any_more(sandbox, clock):
    charged(sandbox)
    clock.advance(days=3)
    assert delivered(sandbox) == (0, [])


def message(sandbox):
    charged(sandbox)
    return delivered(sandbox)[1][-1]


@pytest.mark.parametrize("spoil", [
    lambda header, body: (header, body + b" "),
    lambda header, body: (header, body.replace(b"succeeded", b"declined!")),
    lambda header, body: (header[:-1] + ("0" if header[-1] != "0" else "1"), body),
    lambda header, body: (header.replace("t=1", "t=2", 1), body),
    lambda header, body: (header.replace("v1=", "v0="), body),
    lambda header, body: (header + ",t=1", body),
    lambda header, body: (header.partition(",")[0], body),
    lambda _header, body: ("", body),
    lambda _header, body: ("t=abc,v1=é", body),
    lambda _header, body: (f"t={'9' * 40},v1=0", body),
    lambda header, _body: (header, b""),
])
def test_what_was_tampered_with_is_not_read(sandbox, spoil):
    headers, body = message(sandbox)
    header, body = spoil(headers[signing.HEADER], body)
    with pytest.raises(BadSignature):
        sandbox.read_event({signing.HEADER: header}, body)


@pytest.mark.parametrize(("minutes", "read"), [(5, True), (5.1, False), (-5, True), (-5.1, False)])
def test_a_message_is_good_for_five_minutes(sandbox, clock, minutes, read):
    headers, body = message(sandbox)
    clock.now += timedelta(minutes=minutes)
    if read:
        assert sandbox.read_event(headers, body).charge_key == "charge"
    else:
        with pytest.raises(BadSignature):
            sandbox.read_event(headers, body)


def test_another_portal_signs_otherwise(sandbox, settings, clock):
    headers, body = message(sandbox)
    with pytest.raises(BadSignature):
        wiring.sandbox(replace(settings, secret_key="x" * 40), clock).read_event(headers, body)


@pytest.mark.parametrize("body", [b"[]", b"{}", b"no json", b'{"id": "x", "type": "y", "data": {"reference": "z"}}'])
def test_what_is_signed_and_still_nonsense_is_not_read(sandbox, body):
    header = signing.signature(sandbox.secret, body, sandbox.clock())
    with pytest.raises(BadSignature):
        sandbox.read_event({signing.HEADER: header}, body)


def test_it_does_not_exist_in_production(settings, clock):
    production = replace(settings, development=False, cards="sandbox")
    for build in (wiring.sandbox, wiring.ports):
        with pytest.raises(SettingsError, match="sandbox"):
            build(production, clock)
