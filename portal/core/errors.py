"""What can go wrong on purpose: refusals that a person should read, and the two ways of not being let in."""

from __future__ import annotations

from portal.core.words import N_


class DomainError(Exception):
    """A rule says no: a catalog message, its placeholders, and the form field it belongs to, if any."""

    def __init__(self, message: str, field: str | None = None, **params: object) -> None:
        super().__init__(message % params if params else message)
        self.message, self.field, self.params = message, field, params


class Stale(DomainError):
    """The page showed something that has changed since: nothing was done, the fresh state is shown."""

    def __init__(self) -> None:
        super().__init__(N_("This has changed in the meantime. Nothing was done; here is the current state."))


class NotFound(Exception):
    """The row does not exist, or this person may not know that it does."""


class Forbidden(Exception):
    """The person sees the thing but may not do this to it."""


class ProofNeeded(Exception):
    """The person may do this once they have proved anew that it is them."""
