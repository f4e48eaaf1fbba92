"""How customers are put in order and found."""

import pytest

from portal.customers.policy import search_text, sort_key


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["Zeta", "Évora", "alfa", "Ébano"], ["alfa", "Ébano", "Évora", "Zeta"]),
        (["ขวัญ", "เกาะ", "กา"], ["กา", "เกาะ", "ขวัญ"]),  # เ is sorted by the consonant after it
    ],
)
def test_names_sort_as_readers_expect(names, ordered):
    assert sorted(names, key=sort_key) == ordered


def test_a_customer_is_found_by_its_domain_in_both_spellings():
    text = search_text("Café Ñandú", "xn--caf-dma.example", "café.example", "José", "jose@café.example")
    assert "cafe nandu" in text
    assert "xn--caf-dma.example" in text
    assert "jose@cafe.example" in text


def test_very_long_words_still_fit_the_column():
    assert len(search_text("x" * 2000, "a.example", "a.example", "", "")) == 1000
