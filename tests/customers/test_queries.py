"""Whose customers one sees: the commercial relation, which outlives access."""

import pytest

from portal.core.errors import NotFound
from portal.customers import queries
from portal.customers.models import Organization


def names(query):
    return {row.name for row in query}


def test_a_partner_sees_its_own_customers_whatever_their_access(cast):
    for access in ("active", "revoked", "suspended", "none"):
        cast.customer(f"Customer {access}", f"{access}.example", access=access)
    cast.customer("Foreign", "foreign.example", partner=cast.outsider.partner)
    assert names(queries.visible_to(cast.colleague.actor)) == {
        "Customer active", "Customer revoked", "Customer suspended", "Customer none"
    }


def test_who_belongs_to_no_partner_sees_nothing(cast):
    row = cast.siam
    Organization.update(partner=None).where(Organization.id == row.id).execute()
    for person in (cast.newcomer, cast.siam_admin, cast.reviewer):
        assert names(queries.visible_to(person.actor)) == set()


def test_a_customer_is_found_by_its_public_id_only_by_its_partner(cast):
    assert queries.find(cast.admin.ctx, cast.siam.public_id).id == cast.siam.id
    for person in (cast.outsider, cast.newcomer):
        with pytest.raises(NotFound):
            queries.find(person.ctx, cast.siam.public_id)
    for guessed in ("", str(cast.siam.id), "nosuchthing"):
        with pytest.raises(NotFound):
            queries.find(cast.admin.ctx, guessed)
