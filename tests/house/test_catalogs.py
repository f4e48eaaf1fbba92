"""The catalogs are complete, and say what the glossary says."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from portal.catalogs import TRANSLATIONS, aligned, extracted, path_of, read, untranslated
from portal.core.locales import COMPLETE, DEFAULT, LANGUAGES

TRANSLATED = [code for code in LANGUAGES if code != DEFAULT]
FINISHED = [code for code in TRANSLATED if code in COMPLETE]
PLACEHOLDER = re.compile(r"%\(\w+\)s|<[^>]+>")

# Words that the sources got wrong, or that mix registers: (language, pattern, why).
FORBIDDEN = [
    ("th", "เลขที่ใบอนุญาต", "a serial number; the count is จำนวนใบอนุญาต"),
    ("th", "พาร์ทเนอร์", "one word for partner: พันธมิตร"),
    ("th", "ตั๋ว", "a travel ticket"),
    ("th", "ครับ|ค่ะ|คะ(?![ก-๙])", "Thai is neutral"),
    ("th", "สมัครสมาชิก", "subscription is การสมัครใช้งาน"),
    ("th", "แผงควบคุม", "the old name of the console"),
    ("es", "panel de control", "the old name of the console"),
    ("es", r"\b(tú|tu|tus|te|haz|puedes|tienes|quieres|escríbenos)\b", "Spanish says usted"),
    ("es", "almacenar solicitudes", "a mistranslation in the sources"),
    ("fr", r"\b(tu|ton|tes|toi)\b", "French says vous"),
    ("fr", "mapper", "rattacher"),
]
# A term of the glossary in a message obliges its translation: (English pattern, {language: pattern}).
TERMS = [
    (r"\bPartner Console\b", {"es": "Consola de socio", "fr": "Console partenaire", "th": "คอนโซลพันธมิตร"}),
    (r"\bPartner Store\b", {"es": "[Tt]ienda de socios", "fr": "Partner Store", "th": "Partner Store"}),
    (r"\b[Ss]uper administrator",
     {"es": "[Ss]uperadministrador", "fr": "[Ss]uper administrateur", "th": "ผู้ดูแลระบบขั้นสูง"}),
    (r"\b[Rr]enewal", {"es": "[Rr]enov", "fr": "[Rr]enouvel", "th": "ต่ออายุ"}),
    (r"\b[Ll]icenses?\b", {"es": "[Ll]icencia", "fr": "[Ll]icence", "th": "ใบอนุญาต"}),
    (r"\b[Cc]ustomers?\b", {"es": "[Cc]liente", "fr": "[Cc]lient", "th": "ลูกค้า"}),
    (r"\b[Dd]omains?\b", {"es": "[Dd]ominio", "fr": "[Dd]omaine", "th": "โดเมน"}),
    (r"\b[Oo]rganizations?\b", {"es": "[Oo]rganización|[Oo]rganizaciones", "fr": "[Oo]rganisation", "th": "องค์กร"}),
]


@pytest.fixture(scope="module")
def template() -> Catalog:
    return extracted()


def strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, list | tuple) else [message.string or ""]


def originals(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, list | tuple) else [message.id]


def messages(language: str) -> list[Message]:
    """Return the messages that have a translation: all, once the language is complete."""
    return [message for message in read(language) if message.id and all(strings(message))]


def keys(catalog: Catalog) -> set[tuple[str, str | None]]:
    return {(originals(m)[0], m.context) for m in catalog if m.id}


def test_the_template_is_fresh(template: Catalog) -> None:
    with (TRANSLATIONS / "messages.pot").open("rb") as file:
        kept = read_po(file)
    assert keys(kept) == keys(template), "run `make catalogs`"


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_missing_obsolete_or_guessed(language: str, template: Catalog) -> None:
    catalog = read(language)
    assert keys(catalog) == keys(template), "run `make catalogs`"
    assert not catalog.obsolete
    assert not [m.id for m in catalog if m.fuzzy and m.id]
    assert language not in COMPLETE or not untranslated(catalog)


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_file_is_as_make_catalogs_writes_it(language: str, template: Catalog) -> None:
    assert [m.id for m in aligned(template, read(language), language)] == [m.id for m in read(language)]


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_and_plurals(language: str) -> None:
    for message in messages(language):
        wanted = set(PLACEHOLDER.findall(originals(message)[-1]))
        for text in strings(message):
            assert set(PLACEHOLDER.findall(text)) == wanted, text
        if isinstance(message.id, list | tuple):
            assert len(strings(message)) == get_plural(language).num_plurals, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_words_that_stay_out(language: str) -> None:
    for code, pattern, why in FORBIDDEN:
        for message in messages(language):
            if code == language:
                for text in strings(message):
                    assert not re.search(pattern, text, re.IGNORECASE), f"{text!r}: {why}"


@pytest.mark.parametrize("language", FINISHED)
def test_terms_of_the_glossary(language: str) -> None:
    for english, terms in TERMS:
        for message in messages(language):
            if re.search(english, PLACEHOLDER.sub("", originals(message)[0])):
                assert language in terms, f"add how the glossary says {english} in {language}"
                assert re.search(terms[language], " ".join(strings(message))), (message.id, strings(message))


def test_french_spacing() -> None:
    for message in messages("fr"):
        for text in strings(message):
            bare = re.sub(r"https?://\S+|%\(\w+\)s|\d:\d", "", text)
            assert not re.search(r"[^\s\u00a0\u202f?!.…][;?!]|[^\u00a0\u202f\s]:(?=\s|$)", bare), f"no space: {text!r}"
            assert not re.search(r" [:;?!]", bare), f"a breaking space: {text!r}"
            assert "'" not in re.sub(r"'%\(\w+\)s'", "", text) or "’" not in text, f"two apostrophes: {text!r}"


def test_spanish_opens_questions_and_exclamations() -> None:
    for message in messages("es"):
        for text in strings(message):
            assert text.count("?") == text.count("¿"), text
            assert text.count("!") == text.count("¡"), text


@pytest.mark.parametrize("language", TRANSLATED)
def test_gettext_itself_accepts_the_catalog(language: str) -> None:
    if not shutil.which("msgfmt"):
        pytest.skip("msgfmt is not installed: apt-get install gettext")
    subprocess.run(["msgfmt", "-c", "-o", "/dev/null", str(path_of(language))], check=True, capture_output=True)
