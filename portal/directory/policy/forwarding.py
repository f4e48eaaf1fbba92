"""Why a partner forwards no mail."""

from __future__ import annotations

from portal.core.errors import DomainError
from portal.core.words import N_


class ForwardedByPartner(DomainError):
    """Whoever gets forwarded mail reads what resets passwords, which S3.12 keeps from partners.

    An address within the organization is no better: a partner may add a domain of its own, and users in it.
    """

    def __init__(self, address: str, field: str | None = None) -> None:
        message = N_("“%(text)s” cannot be added by a partner. Because of the security policies of your customer, only "
                     "the organization's own administrators can have mail forwarded.")
        super().__init__(message, field, text=address)
