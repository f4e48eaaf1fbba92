"""How many domains an organization may have, and why one is not added or removed."""

from __future__ import annotations

from portal.core.errors import DomainError
from portal.core.words import N_

DOMAINS_MAX = 20


class AlreadyThere(DomainError):
    def __init__(self) -> None:
        super().__init__(N_("This organization has this domain already."), "domain")


class Elsewhere(DomainError):
    """Somebody else has proved the domain: the sentence says nothing about them."""

    def __init__(self, contact: str) -> None:
        message = N_("This domain cannot be added. If it belongs to this organization, write to %(contact)s.")
        super().__init__(message, "domain", contact=contact)


class TooManyDomains(DomainError):
    def __init__(self) -> None:
        message = N_("An organization can have at most %(most)s domains. Remove one first.")
        super().__init__(message, "domain", most=DOMAINS_MAX)


class NotVerified(DomainError):
    def __init__(self) -> None:
        super().__init__(N_("Only a verified domain can become the primary one."))


class IsPrimary(DomainError):
    def __init__(self) -> None:
        super().__init__(N_("The primary domain cannot be removed. Make another one primary first."))


class InUse(DomainError):
    """Addresses end in this domain; `count` of them."""

    def __init__(self, domain: str, count: int) -> None:
        message = N_("Addresses that end in %(domain)s: %(count)s. Change or remove them first.")
        super().__init__(message, domain=domain, count=count)
