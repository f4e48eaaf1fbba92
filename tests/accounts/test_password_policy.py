"""Which passwords may be chosen, and what looking them up costs."""

import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from portal.accounts import passwords
from portal.accounts.commands import sign_in
from portal.accounts.policy.passwords import check_password
from portal.core.errors import DomainError
from portal.programme import load

PERSON = {"email": "ana.long.name@andina.example", "name": "Ana García Núñez"}
LONG = "x1y2z3" + "between these words stands nothing that repeats itself, " * 3


def refusal(make_ctx, password, **person):
    with pytest.raises(DomainError) as refused:
        passwords.check_choice(make_ctx(), password, **(person or PERSON))
    assert refused.value.field == "password"
    return refused.value.message


@pytest.mark.parametrize("password", ["short", "nine char", "😀" * 9])
def test_too_short(make_ctx, password):
    assert "at least" in refusal(make_ctx, password)


def test_too_long(make_ctx):
    assert "at most" in refusal(make_ctx, "correct horse battery " * 10)


@pytest.mark.parametrize("password", [
    "qwertyuiop", "QwertyUiop", "qwertyuiop!!", "password123", "Password2026!", "P a s s w o r d 2 0 2 6",
    "123password!", "manchester", "Manchester.1999", "understanding", "passwordpassword", "ｐａｓｓｗｏｒｄ１２３",
    "contraseña2026", "CONTRASEÑA1", "mot de passe!", "รหัสผ่าน1234", "0123456789", "9876543210",
    "abcdefghij", "zyxwvutsrq",
    "1111111111", "aaaaaaaaaaaa", "abcabcabcabc", "12 12 12 12 12", "!!!!!!!!!!!!", "ก" * 12, "x" * 200,
])
def test_what_others_would_try_first(make_ctx, password):
    assert "first that others" in refusal(make_ctx, password)


ACME = load(Path("tests/programme/acme.toml"))


@pytest.mark.parametrize("password", [
    "ana.long.name@andina.example", "Ana.Long.Name", "ana garcía núñez", "AnaGarcíaNúñez", "garcía-2026!",
    "García Ana 12", "andina.example", "andina2026!", "Acme2026!!",
    "Acme Studio 2026", "acme-studio-1", "Acme Works AG", "studio.acme",
])
def test_what_somebody_would_try_who_knows_the_person_or_the_portal(make_ctx, password):
    with pytest.raises(DomainError, match="Your name"):
        passwords.check_choice(replace(make_ctx(), programme=ACME), password, **PERSON)


@pytest.mark.parametrize("password", [
    "correct horse battery", "ten chars!", "รหัสผ่านที่ยาว", "น้ำใจกว้างขวาง", "long enough", LONG,
    "anaconda in the cupboard", "Andina goes upstream", "7193-8264-0551", "vfkw tqzm 41",
    "🐘🦒🐫🐈🐕🐓🦜🐢🐬🐌x", "o'Brien & sœur, 1789",
])
def test_what_may_be_chosen(make_ctx, password):
    passwords.check_choice(make_ctx(), password, **PERSON)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_the_spelling_of_accents_does_not_matter(make_ctx, form):
    assert refusal(make_ctx, unicodedata.normalize(form, "Contraseña2026"))
    assert refusal(make_ctx, unicodedata.normalize(form, "รหัสผ่าน2026"))


def test_nobody_has_a_name_yet(make_ctx):
    passwords.check_choice(make_ctx(), "correct horse battery", "", "")


def test_the_rules_are_for_choosing_alone(cast, anyone):
    person = cast.person("ana@andina.example", "es", password_hash=passwords.hashed("password"))
    assert sign_in(anyone(), person.email, "password", "", "")


def test_the_lists_are_read_when_somebody_chooses_a_password_and_not_before():
    code = "import sys; import portal.web, portal.accounts.commands; sys.exit('zxcvbn.frequency_lists' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_lists_are_folded_already():
    assert all(word == word.casefold() for word in passwords._common())


def test_a_rule_needs_no_lists():
    check_password("qwertyuiop")
