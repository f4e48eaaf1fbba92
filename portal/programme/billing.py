"""The billing part of the schema: who invoices whom, taxes, retries of declined charges, and extra storage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated

from portal.programme.checks import Covers, Distinct, Filled, Ref, Shape
from portal.programme.entry import (
    BasisPoints,
    BrokenRules,
    Code,
    Count,
    CountryCode,
    Days,
    Email,
    Entry,
    MinorUnits,
    Period,
)
from portal.programme.text import Text

Prefix = Annotated[str, Shape(r"[A-Z0-9]{1,8}-", "capital letters and digits with a hyphen, such as US-")]


@dataclass(frozen=True, kw_only=True)
class Entity(Entry):
    """A company of the vendor that issues invoices, numbered without gaps for each, to the countries that it serves."""

    code: str
    name: str
    address: tuple[str, ...]
    country: CountryCode
    tax_id: str
    email: Email
    prefix: Prefix
    countries: tuple[CountryCode, ...]
    example: bool = False


@dataclass(frozen=True, kw_only=True)
class Tax(Entry):
    """What a country's recipients pay on top, in basis points.

    With `reverse_charge`, a recipient with a tax number in another country than the entity's owes it to its own
    authority instead. `entities` are those that collect it; the others sell there without.
    """

    code: str
    name: Text
    rate: BasisPoints
    reverse_charge: bool = False
    entities: Annotated[tuple[Code, ...], Filled()]


@dataclass(frozen=True, kw_only=True)
class Dunning(Entry):
    """What follows a declined renewal, in days after it was due: more tries, suspension, the end."""

    retry_days: Annotated[tuple[Count, ...], Filled()]
    suspend_days: Count
    end_days: Count

    def broken_rules(self) -> BrokenRules:
        if any(later <= earlier for earlier, later in pairwise(self.retry_days)):
            yield "retry_days", "must grow: write each day once, in order"
        elif self.suspend_days < self.retry_days[-1]:
            yield "suspend_days", f"{self.suspend_days} is before the last retry: use {self.retry_days[-1]} or more"
        elif self.end_days <= self.suspend_days:
            yield "end_days", f"{self.end_days} is not after the suspension: use {self.suspend_days + 1} or more"


@dataclass(frozen=True, kw_only=True)
class Reminders(Entry):
    """How many days before something happens people are told, most first; renewals only where they need an answer."""

    trial_days: tuple[Count, ...]
    renewal_days: tuple[Count, ...]
    card_expiry_days: tuple[Count, ...]


@dataclass(frozen=True, kw_only=True)
class Payouts(Entry):
    """When a partner may collect its commission (S0.18): from which balance, and how soon to a new bank account."""

    minimum: Annotated[Mapping[Annotated[str, Ref("currencies")], MinorUnits], Covers("currencies")]
    cooling_days: Days
    example: bool = False


@dataclass(frozen=True, kw_only=True)
class Refunds(Entry):
    """How much one member of the staff gives back alone; more needs another's approval."""

    alone_up_to: Annotated[Mapping[Annotated[str, Ref("currencies")], MinorUnits], Covers("currencies")]
    example: bool = False


@dataclass(frozen=True, kw_only=True)
class Billing(Entry):
    """How the vendor charges and invoices. `storage_prices`: minor units per extra GB and period, without tax."""

    entities: Annotated[Mapping[Code, Entity], Filled(), Distinct(("countries",))]
    default_entity: Code
    taxes: Mapping[CountryCode, Tax] = field(default_factory=dict)
    dunning: Dunning
    reminders: Reminders
    payouts: Payouts
    refunds: Refunds
    storage_prices: Annotated[
        Mapping[Annotated[str, Ref("currencies")], Annotated[Mapping[Period, MinorUnits], Filled()]],
        Covers("currencies"),
    ]

    def entity_for(self, country: str) -> Entity:
        """The entity that invoices a recipient in this ISO 3166 country; the default where none lists it."""
        listed = (entity for entity in self.entities.values() if country.upper() in entity.countries)
        return next(listed, self.entities[self.default_entity])

    def broken_rules(self) -> BrokenRules:
        if self.default_entity not in self.entities:
            yield "default_entity", f"{self.default_entity!r} is not in entities: use one of {', '.join(self.entities)}"
        for country, tax in self.taxes.items():
            for code in tax.entities:
                if code not in self.entities:
                    yield f"taxes.{country}.entities", f"{code!r} is not in entities: remove it"
        prefixes = [entity.prefix for entity in self.entities.values()]
        if len(set(prefixes)) < len(prefixes):
            yield "entities", "two have the same prefix: change one of them, or their invoices get the same numbers"
