"""The choice among languages, by the table of cases."""

import pytest

from portal.core import locales
from portal.core.locales import negotiate, supported, whole

CASES = [
    ("en-us", "en"), ("fr-fr", "fr"), ("xy", "en"), ("", "en"), ("en-US,fr;q=0.3", "en"), ("FR-ca", "fr"),
    ("es-MX,en;q=0.9", "es"), ("en-US,es;q=0.9", "en"), ("*", "en"), ("TH", "th"), ("fr;q=0.5,es;q=0.5", "fr"),
    ("es;q=0.5,fr;q=0.5", "es"), ("es-419,es;q=0.9,en;q=0.8", "es"), ("es-419", "es"),
    ("th-TH-u-ca-buddhist-nu-thai", "th"), ("de, fr;q=0.2, th;q=0.7", "th"), ("de;q=1.0,it;q=0.9", "en"),
    ("en;q=0.1,th;q=0.9", "th"), ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"),
    ("da, en-gb;q=0.8, en;q=0.7", "en"), ("*;q=0.5, de", "en"), ("en;q=0, *;q=0.5", "es"), ("es_MX", "es"),
    ("x" * 300, "en"), ("th\x00,fr", "fr"), ("<script>,es", "es"), ("-fr,es", "es"), (";q=0.5,fr", "fr"),
    ("spanish,fr;q=0.1", "fr"), ("esx,fr;q=0.5", "fr"),
]


@pytest.mark.parametrize(("header", "language"), CASES)
def test_accept_language(header: str, language: str) -> None:
    assert negotiate(header) == language


@pytest.mark.parametrize(("tag", "code"), [("pt", None), (None, None), ("", None), ("ES", "es"), ("fr-FR", "fr")])
def test_tags_that_accounts_and_cookies_hold(tag: str | None, code: str | None) -> None:
    assert supported(tag) == code


@pytest.fixture
def preparing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Portuguese be in preparation."""
    monkeypatch.setitem(locales.LANGUAGES, "pt", locales.Language("pt", "Português", preparing=True))


@pytest.mark.usefixtures("preparing")
@pytest.mark.parametrize(("header", "language"), [("pt", "en"), ("pt-BR, fr;q=0.2", "fr"), ("en;q=0, pt", "en")])
def test_a_language_in_preparation_is_nobodys_who_has_not_chosen_it(header: str, language: str) -> None:
    assert negotiate(header) == language


@pytest.mark.usefixtures("preparing")
@pytest.mark.parametrize(("tag", "kept", "mails"), [("pt", "pt", "en"), ("PT_br", "pt", "en"), ("fr-CA", "fr", "fr"),
                                                    (None, None, "en"), ("xx", None, "en")])
def test_who_has_chosen_it_gets_its_pages_and_mails_in_english(tag: str | None, kept: str | None, mails: str) -> None:
    assert (supported(tag), whole(tag)) == (kept, mails)
