"""Which tax an invoice carries: every way through the table of the programme file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.billing.policy.taxes import TaxRule, tax_for

# Who sells, to which country, with which tax number, and what that makes.
TABLE = [
    ("eu", "ES", "", TaxRule(2100, "ES")),
    ("eu", "es", "", TaxRule(2100, "ES")),
    ("eu", "ES", "ESB12345678", TaxRule(0, "ES", "reverse-charge")),
    ("eu", "NL", "", TaxRule(2100, "NL")),
    ("eu", "NL", "NL123456789B01", TaxRule(2100, "NL")),  # at home: the tax number changes nothing
    ("th", "TH", "", TaxRule(700, "TH")),
    ("th", "TH", "0105500000000", TaxRule(700, "TH")),
    ("us", "ES", "", TaxRule(0, "", "untaxed")),  # this entity does not collect that tax
    ("us", "ES", "ESB12345678", TaxRule(0, "", "untaxed")),
    ("us", "TH", "", TaxRule(0, "", "untaxed")),
    ("eu", "TH", "", TaxRule(0, "", "untaxed")),
    ("us", "MX", "", TaxRule(0, "", "untaxed")),  # no line in the table
    ("us", "", "", TaxRule(0, "", "untaxed")),
    ("us", "XX", "X1", TaxRule(0, "", "untaxed")),
]


@pytest.mark.parametrize(("entity", "country", "tax_id", "wanted"), TABLE)
def test_tax(make_ctx, entity, country, tax_id, wanted):
    billing = make_ctx().programme.billing
    assert tax_for(billing, billing.entities[entity], country, tax_id) == wanted


def test_reverse_charge_needs_its_line_in_the_table(make_ctx):
    """A tax that knows no reverse charge is paid across borders too."""
    billing = make_ctx().programme.billing
    taxes = {**billing.taxes, "FR": replace(billing.taxes["FR"], reverse_charge=False)}
    there = replace(billing, taxes=taxes)
    assert tax_for(there, there.entities["eu"], "FR", "FR1") == TaxRule(2000, "FR")


ENTITIES = [("ES", "eu"), ("fr", "eu"), ("TH", "th"), ("MX", "us"), ("", "us")]


@pytest.mark.parametrize(("country", "entity"), ENTITIES)
def test_each_country_has_its_entity(make_ctx, country, entity):
    assert make_ctx().programme.billing.entity_for(country).code == entity
