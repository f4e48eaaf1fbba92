"""The three doors, opened in a test: an organization without a partner, and offers as people make them."""

from __future__ import annotations

from typing import Any

from portal.customers.models import Organization
from portal.delegation.models import Access
from portal.relations.commands.attaching import attach, enter_code, enter_token
from portal.relations.commands.offers import ask_customer, make_code, make_token
from portal.relations.models import Change, Offer
from portal.relations.queries.terms import general, reading
from portal.storage import transaction
from tests.inside import inside

HERE = "203.0.113.5"


def independent(cast: Any) -> Organization:
    """Siam Trading after it left its partner."""
    with transaction():
        Access.delete().where(Access.organization == cast.siam).execute()
        Organization.update(partner=None, access="none").where(Organization.id == cast.siam.id).execute()
    return Organization.get_by_id(cast.siam.id)  # type: ignore[no-any-return]


def boss(cast: Any) -> Any:
    """The context of Siam's super administrator in its console."""
    return inside(cast.siam_admin, cast.siam)


def entered(cast: Any, partner: Any = None, once: str = "form") -> str:
    """A code of a partner (the outsider's) that Siam's super administrator has entered: the offer's public id."""
    made = make_code((partner or cast.outsider).ctx, once)
    return enter_code(boss(cast), made.text, HERE)


def token(cast: Any, only: str = "", with_access: bool = False, once: str = "form") -> str:
    """A transfer token of Siam's super administrator, as they read it aloud."""
    ctx = boss(cast)
    return make_token(ctx, once, only, with_access, general(ctx).seen, "th").text


def redeemable(cast: Any, text: str, partner: Any = None) -> str:
    """A token that a partner (the outsider's) has entered: the offer's public id."""
    return enter_token((partner or cast.outsider).ctx, text, HERE)


def requested(cast: Any, run_jobs: Any, partner: Any = None, domain: str = "siam.example") -> Offer:
    """A request of a partner (the outsider's), brought to whom it is for."""
    assert cast.siam  # is here before anybody looks for it
    ask_customer((partner or cast.outsider).ctx, domain, "We look after shops like yours.")
    run_jobs()
    return Offer.select().where(Offer.kind == "request").order_by(Offer.id.desc()).get()  # type: ignore[no-any-return]


def agree(cast: Any, offer: str, with_access: bool = False, day: Any = None, seen: str | None = None) -> Change:
    """Consent of Siam's super administrator to what the page says now."""
    ctx = boss(cast)
    day = day or ctx.today("Asia/Bangkok")
    return attach(ctx, offer, with_access, day, reading(ctx, offer).seen if seen is None else seen, "th")
