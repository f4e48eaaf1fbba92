"""What may stand in billing details: to whom and where invoices are made out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields

from portal.accounts.policy import normalize_name
from portal.core.countries import zones
from portal.core.errors import DomainError
from portal.core.locales import LANGUAGES
from portal.core.words import N_
from portal.customers.policy import require_email, unknown

# Longest texts, by field; the names are the columns of `BillTo`.
MOST: Mapping[str, int] = {
    "name": 120, "street": 200, "postal_code": 20, "city": 100, "region": 100, "tax_id": 40, "email": 254, "phone": 40,
}


@dataclass(frozen=True, slots=True)
class Details:
    """Billing details as somebody typed them. What is empty is as the organization or partner has it itself."""

    name: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    tax_id: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""

    def values(self) -> dict[str, str]:
        """Return the columns that hold these details."""
        return asdict(self)


NAMES = tuple(field.name for field in fields(Details))


def checked(details: Details) -> Details:
    """Return details without what cannot be seen, or raise a `DomainError` beside the first field that is wrong.

    A tax number loses its blanks and keeps any other shape: each country has its own.
    """
    tidy = {name: normalize_name(value) for name, value in details.values().items()}
    tidy["tax_id"] = "".join(tidy["tax_id"].split()).upper()
    for fault in _faults(tidy):
        raise fault
    return Details(**tidy)


def _faults(values: Mapping[str, str]) -> Iterator[DomainError]:
    for name, most in MOST.items():
        if len(values[name]) > most:
            yield DomainError(N_("Use at most %(count)s characters."), name, count=most)
    if values["country"]:
        yield from unknown("country", values["country"], zones())
    if values["language"]:
        yield from unknown("language", values["language"], LANGUAGES)
    if values["email"]:
        require_email(values["email"], "email")
