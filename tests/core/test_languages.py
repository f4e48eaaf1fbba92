"""What `make language` takes, and the line that it writes."""

import pytest

from portal.languages import Unfit, known, line_of

LINES = [
    ("pt", '        Language("pt", "Português", preparing=True),\n'),
    ("he", '        Language("he", "עברית", "rtl", preparing=True),\n'),
    ("fil", '        Language("fil", "Filipino", preparing=True),\n'),
]
REFUSED = [
    ("pt-BR", "is not the code of a language alone: write L=pt"),
    ("Portuguese", "is not the code of a language alone"),
    ("xx", "CLDR knows no language 'xx': use its ISO 639 code"),
    ("iw", "is an old code: use L=he"),
    ("fr", "Français (fr) is there already: see portal/core/locales.py"),
]


@pytest.mark.parametrize(("code", "line"), LINES)
def test_a_language_is_called_as_it_calls_itself(code: str, line: str) -> None:
    assert line_of(known(code)) == line


@pytest.mark.parametrize(("code", "why"), REFUSED)
def test_what_is_no_new_language_is_refused_with_a_remedy(code: str, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        known(code)
    assert why in str(refused.value)
