"""Which tax an invoice carries, from the table of the programme file."""

from __future__ import annotations

from dataclasses import dataclass

from portal.programme.billing import Billing, Entity


@dataclass(frozen=True, slots=True)
class TaxRule:
    """A rate in basis points, the country whose tax it is, and why there is none where there is none."""

    rate: int = 0
    country: str = ""
    note: str = ""


def tax_for(billing: Billing, entity: Entity, country: str, tax_id: str) -> TaxRule:
    """Return what a recipient in `country` pays to `entity`.

    Reverse charge: a recipient with a tax number in another country than the entity's owes the tax itself. A country
    that is not in the table, or whose tax this entity does not collect, is sold to without.
    """
    tax = billing.taxes.get(country.upper())
    if tax is None or entity.code not in tax.entities:
        return TaxRule(note="untaxed")
    if tax.reverse_charge and tax_id and country.upper() != entity.country:
        return TaxRule(country=tax.code, note="reverse-charge")
    return TaxRule(tax.rate, tax.code)
