"""Which names are taken, what proves one, what a check found in words, and when the next one is due."""

import json
from datetime import timedelta

import pytest

from portal.adapters.dns import Answer, Status
from portal.adapters.web_fetch import Fetched, FetchStatus
from portal.core.errors import DomainError
from portal.domains.policy import (
    FINDINGS,
    DomainName,
    Finding,
    Method,
    Outcome,
    expected,
    explain,
    judge,
    normalize,
    registrable,
    retry_delay,
)

TAKEN = [
    # typed, in the DNS, as people write it, the part one registers
    ("example.com", "example.com", "example.com", "example.com"),
    ("  Example.COM.  ", "example.com", "example.com", "example.com"),
    ("\texample.com\n", "example.com", "example.com", "example.com"),
    ("www.example.com", "www.example.com", "www.example.com", "example.com"),
    ("a.b.c.example.co.uk", "a.b.c.example.co.uk", "a.b.c.example.co.uk", "example.co.uk"),
    ("siam.in.th", "siam.in.th", "siam.in.th", "siam.in.th"),
    ("siam.co.th", "siam.co.th", "siam.co.th", "siam.co.th"),
    ("andina.example", "andina.example", "andina.example", "andina.example"),
    ("shop.andina.test", "shop.andina.test", "shop.andina.test", "andina.test"),
    ("acme.github.io", "acme.github.io", "acme.github.io", "acme.github.io"),
    ("3com.com", "3com.com", "3com.com", "3com.com"),
    ("123.com", "123.com", "123.com", "123.com"),
    ("a-b.com", "a-b.com", "a-b.com", "a-b.com"),
    ("ร้าน.ไทย", "xn--q3ct9b5e.xn--o3cw4h", "ร้าน.ไทย", "xn--q3ct9b5e.xn--o3cw4h"),
    ("xn--q3ct9b5e.xn--o3cw4h", "xn--q3ct9b5e.xn--o3cw4h", "ร้าน.ไทย", "xn--q3ct9b5e.xn--o3cw4h"),
    ("XN--Q3CT9B5E.com", "xn--q3ct9b5e.com", "ร้าน.com", "xn--q3ct9b5e.com"),
    ("บริษัท.ธุรกิจ.ไทย", "xn--o3cf1ay4bq.xn--12co0c3b4eva.xn--o3cw4h", "บริษัท.ธุรกิจ.ไทย",
     "xn--o3cf1ay4bq.xn--12co0c3b4eva.xn--o3cw4h"),
    ("ñandú.es", "xn--and-6ma2c.es", "ñandú.es", "xn--and-6ma2c.es"),
    ("ÑANDÚ.ES", "xn--and-6ma2c.es", "ñandú.es", "xn--and-6ma2c.es"),
    ("nandu\u0301.es", "xn--nand-tra.es", "nandú.es", "xn--nand-tra.es"),
    ("hôtel.fr", "xn--htel-vqa.fr", "hôtel.fr", "xn--htel-vqa.fr"),
    ("xn--htel-vqa.fr", "xn--htel-vqa.fr", "hôtel.fr", "xn--htel-vqa.fr"),
    ("cœur.fr", "xn--cur-fya.fr", "cœur.fr", "xn--cur-fya.fr"),
    ("faß.de", "xn--fa-hia.de", "faß.de", "xn--fa-hia.de"),
    ("例え。テスト.jp", "xn--r8jz45g.xn--zckzah.jp", "例え.テスト.jp", "xn--zckzah.jp"),
    ("ｅｘａｍｐｌｅ.com", "example.com", "example.com", "example.com"),
    ("пример.com", "xn--e1afmkfd.com", "пример.com", "xn--e1afmkfd.com"),
    ("apple.xn--p1ai", "apple.xn--p1ai", "apple.рф", "apple.xn--p1ai"),
    ("l·l.cat", "xn--ll-0ea.cat", "l·l.cat", "xn--ll-0ea.cat"),
    ("a" * 63 + ".com", "a" * 63 + ".com", "a" * 63 + ".com", "a" * 63 + ".com"),
]  # fmt: skip

REFUSED = [
    ("", "Enter the domain name."),
    ("   ", "Enter the domain name."),
    ("http://x.com/", "without https://"),
    ("https://example.com", "without https://"),
    ("example.com/path", "without https://"),
    ("example.com?a=b", "without https://"),
    ("example.com:443", "without https://"),
    ("//example.com", "without https://"),
    ("mailto:a@b.com", "without https://"),
    ("a@b.com", "e-mail address"),
    ("@b.com", "e-mail address"),
    ("1.2.3.4", "IP address"),
    ("127.0.0.1", "IP address"),
    ("::1", "IP address"),
    ("[2001:db8::1]", "IP address"),
    ("1.2.3", "No domain name ends in “.3”"),
    ("1.2.3.4.", "No domain name ends in “.4”"),
    ("localhost", "“localhost” is not complete"),
    ("com", "“com” is not complete"),
    ("ไทย", "“ไทย” is not complete"),
    ("example", "“example” is not complete"),
    ("co.uk", "“co.uk” is shared by many owners"),
    ("in.th", "“in.th” is shared by many owners"),
    ("ธุรกิจ.ไทย", "“ธุรกิจ.ไทย” is shared by many owners"),
    ("github.io", "“github.io” is shared by many owners"),
    ("server.local", "No domain name ends in “.local”"),
    ("example.con", "No domain name ends in “.con”"),
    ("localhost.localdomain", "No domain name ends in “.localdomain”"),
    ("аpple.com", "“аpple” mixes letters"),
    ("xn--pple-43d.com", "“аpple” mixes letters"),
    ("gοοgle.com", "“gοοgle” mixes letters"),
    ("ร้านshop.com", "“ร้านshop” mixes letters"),
    ("shop.раураl-x.com", "mixes letters"),
    ("☕.com", "not a valid domain name"),
    ("i❤.ws", "not a valid domain name"),
    ("a_b.es", "not a valid domain name"),
    ("_dmarc.example.com", "not a valid domain name"),
    ("*.example.com", "not a valid domain name"),
    ("my company.com", "not a valid domain name"),
    ("-a.com", "not a valid domain name"),
    ("a-.com", "not a valid domain name"),
    ("ab--c.com", "not a valid domain name"),
    ("xn--a.com", "not a valid domain name"),
    ("a..com", "not a valid domain name"),
    (".example.com", "not a valid domain name"),
    ("example.com..", "not a valid domain name"),
    (".", "not a valid domain name"),
    ("example.com, example.org", "not a valid domain name"),
    ("exa'mple.com", "not a valid domain name"),
    ("a" * 64 + ".com", "too long"),
    (".".join(["a" * 60] * 5) + ".com", "too long"),
    ("é" * 62 + ".fr", "not a valid domain name"),
]


@pytest.mark.parametrize(("typed", "ascii_", "display", "registered"), TAKEN)
def test_name_is_taken(typed, ascii_, display, registered):
    assert normalize(typed) == DomainName(ascii_, display, registered)


@pytest.mark.parametrize("row", TAKEN, ids=lambda row: row[1])
def test_what_is_shown_can_be_typed_again(row):
    assert normalize(row[2]).ascii == normalize(row[1]).ascii == row[1]


@pytest.mark.parametrize(("typed", "words"), REFUSED)
def test_name_is_refused_beside_its_field(typed, words):
    with pytest.raises(DomainError) as refusal:
        normalize(typed)
    assert refusal.value.field == "domain"
    assert words in str(refusal.value)


def test_name_leaves_room_for_the_challenge():
    long = ".".join(["a" * 60] * 3) + ".com"
    assert len(expected(Method.TXT, normalize(long).ascii, "t", "acme", "portal.test").host) <= 253


def test_registrable_part_of_an_ending_is_nothing():
    assert [registrable(name) for name in ("com", "co.uk", "test", "nosuch.ending")] == [None] * 4


def test_txt_has_a_host_of_its_own():
    found = expected(Method.TXT, "example.co.uk", "Tok-en", "acme", "portal.test")
    assert found.host == "_acme-challenge.example.co.uk"
    assert found.relative_host == "_acme-challenge"
    assert found.doubled_host == "_acme-challenge.example.co.uk.example.co.uk"
    assert (found.apex, found.value, found.url) == ("example.co.uk", "acme-verification=Tok-en", "")


def test_relative_host_is_relative_to_the_registered_domain():
    found = expected(Method.TXT, "shop.example.com", "t", "acme", "portal.test")
    assert found.relative_host == "_acme-challenge.shop"
    assert found.doubled_host == "_acme-challenge.shop.example.com.example.com"


def test_cname_host_carries_the_token_in_letters_that_hosts_keep():
    one, other = (expected(Method.CNAME, "example.com", token, "acme", "Portal.Test") for token in ("T-_1", "T-_2"))
    assert one.value == other.value == "verify.portal.test"
    assert one.host != other.host
    assert normalize(one.host).ascii == one.host
    assert one.host == f"{one.relative_host}.example.com"


def test_file_has_an_address():
    found = expected(Method.FILE, "xn--q3ct9b5e.com", "t", "acme", "portal.test")
    assert found.url == "http://xn--q3ct9b5e.com/.well-known/acme-verification.txt"
    assert found.value == "acme-verification=t"


RIGHT = "acme-verification=abc"
FOUND, NO_RECORD = Status.FOUND, Status.NO_RECORD
JUDGED = [
    (Answer(FOUND, (RIGHT,)), None, Finding(Outcome.VERIFIED)),
    (Answer(FOUND, ("other", RIGHT)), None, Finding(Outcome.VERIFIED)),
    (Answer(FOUND, (f' "{RIGHT}" ',)), None, Finding(Outcome.VERIFIED)),
    (Answer(FOUND, (RIGHT.upper(),)), None, Finding(Outcome.DIFFERENT, (RIGHT.upper(),))),
    (Answer(FOUND, (RIGHT + "d",)), None, Finding(Outcome.DIFFERENT, (RIGHT + "d",))),
    (Answer(FOUND, ("x" * 999,) * 9), None, Finding(Outcome.DIFFERENT, ("x" * 200,) * 5)),
    (Answer(FOUND, ("other",)), Answer(FOUND, (RIGHT,)), Finding(Outcome.HOST_DOUBLED)),
    (Answer(NO_RECORD, negative_ttl=60), Answer(FOUND, (RIGHT,)), Finding(Outcome.HOST_DOUBLED)),
    (Answer(NO_RECORD, negative_ttl=60), Answer(FOUND, ("other",)), Finding(Outcome.NO_RECORD, (), 60)),
    (Answer(NO_RECORD, negative_ttl=60), Answer(NO_RECORD), Finding(Outcome.NO_RECORD, (), 60)),
    (Answer(NO_RECORD), None, Finding(Outcome.NO_RECORD)),
    (Answer(Status.NO_DOMAIN, negative_ttl=900), None, Finding(Outcome.NO_DOMAIN, (), 900)),
    (Answer(Status.FAILING), Answer(FOUND, (RIGHT,)), Finding(Outcome.FAILING)),
    (Answer(Status.TIMEOUT), None, Finding(Outcome.TIMEOUT)),
]
JUDGED_FILES = [
    (Fetched(FetchStatus.OK, 200, RIGHT), Finding(Outcome.VERIFIED)),
    (Fetched(FetchStatus.OK, 200, f"\r\n {RIGHT}\r\n"), Finding(Outcome.VERIFIED)),
    (Fetched(FetchStatus.OK, 200, f"<p>{RIGHT}</p>"), Finding(Outcome.DIFFERENT, (f"<p>{RIGHT}</p>",))),
    (Fetched(FetchStatus.OK, 200, " "), Finding(Outcome.NOT_FOUND)),
    (Fetched(FetchStatus.NOT_FOUND, 404), Finding(Outcome.NOT_FOUND)),
    (Fetched(FetchStatus.REFUSED_ADDRESS), Finding(Outcome.REFUSED_ADDRESS)),
    (Fetched(FetchStatus.REDIRECTED, 301), Finding(Outcome.REDIRECTED)),
    (Fetched(FetchStatus.TOO_LARGE, 200), Finding(Outcome.TOO_LARGE)),
    (Fetched(FetchStatus.TIMEOUT), Finding(Outcome.TIMEOUT)),
    (Fetched(FetchStatus.UNREACHABLE), Finding(Outcome.UNREACHABLE)),
    (Fetched(FetchStatus.TLS), Finding(Outcome.UNREACHABLE)),
]


@pytest.mark.parametrize(("answer", "doubled", "finding"), JUDGED)
def test_answer_is_judged(answer, doubled, finding):
    assert judge(expected(Method.TXT, "example.com", "abc", "acme", "portal.test"), answer, doubled) == finding


@pytest.mark.parametrize(("fetched", "finding"), JUDGED_FILES)
def test_file_is_judged(fetched, finding):
    assert judge(expected(Method.FILE, "example.com", "abc", "acme", "portal.test"), fetched) == finding


def test_finding_survives_being_stored():
    finding = Finding(Outcome.DIFFERENT, ("one", "two"), 60)
    assert Finding.from_json(json.loads(json.dumps(finding.to_json()))) == finding


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_sentence(outcome):
    message, params = explain(Finding(outcome, ("one", "two"), 90))
    assert (message % params).endswith(".")
    assert outcome in FINDINGS


def test_sentences_tell_the_outcomes_apart():
    assert len(set(FINDINGS.values())) == len(Outcome)


def test_what_was_found_instead_is_shown():
    message, params = explain(Finding(Outcome.DIFFERENT, ("one", "two")))
    assert "(one, two)" in message % params


@pytest.mark.parametrize(("seconds", "words"), [(60, "1 min"), (61, "2 min"), (3600, "60 min"), (1, "1 min")])
def test_how_long_its_absence_is_remembered_is_told(seconds, words):
    message, params = explain(Finding(Outcome.NO_RECORD, negative_ttl=seconds))
    assert f"up to {words} " in message % params


@pytest.mark.parametrize("seconds", [None, 0])
def test_nothing_is_told_where_nothing_is_remembered(seconds):
    message, params = explain(Finding(Outcome.NO_RECORD, negative_ttl=seconds))
    assert "remember" not in message % params


def test_checks_grow_rarer_and_end_after_two_weeks():
    pauses = []
    while pause := retry_delay(len(pauses) + 1):
        pauses.append(pause)
    assert pauses[:7] == [timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 360, 360)]
    assert set(pauses[5:]) == {timedelta(hours=6)}
    assert timedelta(days=14) - timedelta(hours=6) < sum(pauses, timedelta()) <= timedelta(days=14)
    assert retry_delay(len(pauses) + 100) is None
