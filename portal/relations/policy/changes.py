"""Rules of changes of partner."""

from __future__ import annotations

from datetime import date

from portal.core.errors import DomainError
from portal.core.words import N_


class AlreadyChanging(DomainError):
    """Another change is announced: one at a time."""

    def __init__(self) -> None:
        super().__init__(N_("Another change of partner is announced already. Wait for its day, or take it back first."))


def check_room(
    earlier_by: str, earlier_to: int | None, earlier_day: date, by: str, to_partner: int | None, day: date
) -> None:
    """Raise unless an announced change gives way to another one.

    Only one does: a partner's or the vendor's notice, to the next partner that the customer chooses meanwhile, until
    the day of the notice. Raises `AlreadyChanging`, or a `DomainError` beside the day.
    """
    if earlier_by == "customer" or earlier_to is not None or by != "customer" or to_partner is None:
        raise AlreadyChanging
    if day > earlier_day:
        raise DomainError(
            N_("Your present partner goes before that day. Choose the day on which it goes, or an earlier one."),
            "effective_on")
