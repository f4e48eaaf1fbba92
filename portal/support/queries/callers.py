"""Who may have called: partners by name, or by the address of somebody who works there, and their people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.accounts.models import Account
from portal.accounts.policy import normalize_email
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.folding import fold
from portal.core.permissions import P
from portal.partners.models import Member, Partner

MOST, SEARCH_MAX = 20, 100


@dataclass(frozen=True, slots=True)
class Callers:
    """A partner and its people, by name."""

    partner: Partner
    members: Sequence[Any]  # name, email


def matching(ctx: Ctx, search: str) -> list[Partner]:
    """Return the first partners whose name holds every word, or where somebody has exactly this address."""
    ctx.actor.require(P.TICKET_WORK)
    address = Member.select(Member.partner).join(Account).where(Account.email == normalize_email(search))
    named = Partner.id.is_null(False)
    for word in fold(search).split():
        named &= Partner.name_key.contains(word)
    return list(Partner.select().where(~Partner.house, named | Partner.id.in_(address)).order_by(
        Partner.name_key, Partner.id).limit(MOST))


def callers(ctx: Ctx, partner: str) -> Callers:
    """Return a partner with its people, or raise `NotFound`."""
    ctx.actor.require(P.TICKET_WORK)
    row = Partner.get_or_none(Partner.public_id == partner, ~Partner.house)
    if row is None:
        raise NotFound(partner)
    people: Any = Account.select(Account.name, Account.email).join(Member).where(Member.partner == row)
    return Callers(row, list(people.order_by(Account.name, Account.email).namedtuples()))
