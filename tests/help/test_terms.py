"""Words as they are searched: in any language, with or without accents and spaces."""

import pytest

from portal.help.terms import grams, is_run, one_letter_off, stem, terms, words

TERMS = [
    ("Crédit, PAYÉ!", ["credit", "paye"]),
    ("¿Cómo añadir?", ["como", "anadir"]),
    ("L’abonnement d'été", ["l", "abonnement", "d", "ete"]),
    ("2FA and S1-Critical", ["2fa", "and", "s1", "critical", "s1critical"]),
    ("e-mail", ["e", "mail", "email"]),
    ("snake_case", ["snake", "case"]),
    ("บัตร", ["บัต", "ัตร"]),
    ("ใช้CRM", ["ใช้", "crm"]),
    ("ค", ["ค"]),
    ("", []),
    ("…!?", []),
]


@pytest.mark.parametrize(("text", "found"), TERMS)
def test_terms(text, found):
    assert terms(text) == found


@pytest.mark.parametrize(("text", "word", "original"), [
    ("la Organización nueva", "organizacion", "Organización"),
    ("ลูกค้า ใช้น้ำ แล้ว", "ใช้น้\u0e4dา", "ใช้น้ำ"),
    ("x\u0301 ete\u0301", "ete", "eté".replace("é", "\u00e9")),
])
def test_a_word_knows_its_place_in_the_original(text, word, original):
    import unicodedata

    text = unicodedata.normalize("NFC", text)
    [found] = [term for term in words(text) if term.text == word]
    assert text[found.start:found.end] == original


def test_both_spellings_of_the_same_thai_letters_are_one():
    assert terms("น้ำ") == terms("น\u0e4d\u0e49า")


def test_no_word_is_endless():
    assert terms("a" * 41) == []
    assert len(terms("ก" * 41)) == 39


@pytest.mark.parametrize(("word", "same"), [
    ("facturas", "factura"), ("comisiones", "comision"), ("invoices", "invoice"), ("taux", "tau"), ("es", "es"),
])
def test_stems(word, same):
    assert stem(word) == stem(same)


def test_one_letter_off():
    near = one_letter_off("card")
    assert {"cad", "crad", "cardo", "bard", "ard"} <= near
    assert "card" not in near
    assert "cadres" not in near


def test_runs():
    assert is_run("บัตร")
    assert not is_run("card")
    assert grams("abcde") == ["abc", "bcd", "cde"]
