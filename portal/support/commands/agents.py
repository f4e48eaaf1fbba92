"""What members of staff take on: languages, regions, and whether they take new tickets now."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from portal.core.context import Ctx
from portal.core.errors import DomainError
from portal.core.locales import LANGUAGES
from portal.core.permissions import P
from portal.core.words import N_
from portal.storage import command
from portal.support.models import Agent
from portal.support.queries.agents import profile


@command(P.TICKET_WORK)
def save_agent(ctx: Ctx, person: str, languages: Sequence[str], regions: Sequence[str], available: bool) -> None:
    """Say what somebody takes on, oneself unless `person` is given; only leads speak for others.

    Raises `NotFound`, or a `DomainError` beside the field.
    """
    found = profile(ctx, person)
    values = {
        "languages": _among(languages, LANGUAGES, "languages"),
        "regions": _among(regions, ctx.programme.regions, "regions"), "available": available, "updated_at": ctx.now,
    }
    if available and not languages:
        raise DomainError(N_("Choose at least one language."), "languages")
    Agent.insert(account=found.account_id, **values).on_conflict(
        conflict_target=[Agent.account], update=values
    ).execute()


def _among(chosen: Sequence[str], known: Collection[str], field: str) -> list[str]:
    if not set(chosen) <= set(known):
        raise DomainError(N_("Not a valid choice."), field)
    return [code for code in known if code in chosen]
