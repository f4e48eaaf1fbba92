"""Which organizations a partner may administer: access given, active, and its own."""

import pytest

from portal.core.errors import NotFound
from portal.delegation import queries
from portal.delegation.models import Access
from portal.subscriptions.queries import Asked


def test_only_active_access_of_the_own_partner_opens_an_organization(cast):
    for access in ("active", "revoked", "suspended", "none"):
        cast.customer(f"Customer {access}", f"{access}.example", access=access)
    cast.customer("Foreign", "foreign.example", partner=cast.outsider.partner)
    for person, expected in ((cast.colleague, ["Customer active"]), (cast.outsider, ["Foreign"]), (cast.newcomer, [])):
        assert [row.name for row in queries.visible_to(person.actor)] == expected
        assert [row.name for row in queries.managed(person.ctx, Asked()).rows] == expected
        assert [row.name for row in queries.every(person.ctx, Asked())] == expected


@pytest.mark.parametrize("state", ["revoked", "suspended"])
def test_access_decides_even_where_a_kept_copy_lags_behind(cast, state):
    siam = cast.siam
    assert queries.find(cast.admin.ctx, siam.public_id).id == siam.id
    Access.update(state=state).execute()
    with pytest.raises(NotFound):
        queries.find(cast.admin.ctx, siam.public_id)


def test_a_file_of_any_length_is_read_in_chunks(cast, monkeypatch):
    monkeypatch.setattr(queries, "_CHUNK", 3)
    for n in range(10):
        cast.customer(f"C{n}", f"c{n}.example")
    found = [row.name for row in queries.every(cast.admin.ctx, Asked(descending=True))]
    assert found == [f"C{n}" for n in reversed(range(10))]
