"""A customer's details and its billing details: stored together, versions compared, and how they became so."""

from __future__ import annotations

import pytest

from portal.audit.models import Event
from portal.billing.commands.details import ClosedToPartner, edit_billing_details, edit_customer
from portal.billing.models import BillTo
from portal.billing.policy.details import Details
from portal.billing.queries.details import history
from portal.billing.queries.recipients import partner_recipient, recipient_of
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.customers.models import Organization
from portal.directory.commands.settings import edit_organization
from portal.storage import transaction
from portal.subscriptions.queries import Asked, listed
from tests.inside import inside

FULL = Details("Siam Trading Co., Ltd.", "1 Rama IV Rd", "10500", "Bangkok", "Bang Rak", "TH", "0105 5612 34567",
               "invoices@siam.example", "+66 2 000 0000", "en")


def fresh(organization):
    return Organization.get_by_id(organization.id)


def save(person, organization, details=None, seen=None, seen_details=0, **own):
    row = fresh(organization)
    values = {name: getattr(row, name) for name in ("name", "country", "time_zone", "language")}
    edit_customer(
        person.ctx, organization.public_id, **{**values, **own}, details=details or Details(),
        seen=row.version if seen is None else seen, seen_details=seen_details,
    )


def close(organization, access):
    with transaction():
        Organization.update(access=access).where(Organization.id == organization.id).execute()


def acts():
    return [(act.detail["before"], act.detail["after"]) for act in Event.select().where(
        Event.verb == "customer.edited").order_by(Event.id)]


def test_both_kinds_of_details_are_stored_together(cast):
    save(cast.colleague, cast.siam, FULL, name="  Árbol   Siam ", language="en")
    row, bill_to = fresh(cast.siam), BillTo.get(BillTo.organization == cast.siam)
    assert (row.name, row.language, row.version) == ("Árbol Siam", "en", 1)
    assert (bill_to.name, bill_to.tax_id, bill_to.version) == ("Siam Trading Co., Ltd.", "0105561234567", 1)
    assert recipient_of(row, "customer").email == "invoices@siam.example"
    [(before, after)] = acts()
    assert (before["name"], after["name"]) == ("Siam Trading", "Árbol Siam")
    assert (before["bill_city"], after["bill_city"]) == ("", "Bangkok")
    assert "country" not in after


def test_a_new_name_is_found_and_sorted_by(cast):
    cast.customer("Bamboo", "bamboo.example")
    save(cast.admin, cast.siam, name="Árbol")
    found = listed(cast.admin.ctx, Asked(search="arbol"), administered=False)
    assert [row.name for row in found.rows] == ["Árbol"]
    assert [row.name for row in listed(cast.admin.ctx, Asked(), administered=False).rows] == ["Árbol", "Bamboo"]


def test_saving_the_same_changes_nothing(cast):
    save(cast.admin, cast.siam)
    assert fresh(cast.siam).version == 0
    assert not BillTo.select().exists()
    assert acts() == []


def test_what_is_left_empty_is_as_in_the_organization(cast):
    save(cast.admin, cast.siam, Details(city="Bangkok"))
    to = recipient_of(fresh(cast.siam), "customer")
    assert (to.name, to.country, to.email, to.language, to.city) == (
        "Siam Trading", "TH", "super-admin@siam.example", "th", "Bangkok")


@pytest.mark.parametrize(("seen", "seen_details"), [(1, 0), (0, 1), (-1, 0)])
def test_versions_of_before_are_refused(cast, seen, seen_details):
    with pytest.raises(Stale):
        save(cast.admin, cast.siam, FULL, seen=seen, seen_details=seen_details, name="Other")
    assert fresh(cast.siam).name == "Siam Trading"
    assert not BillTo.select().exists()


def test_the_second_of_two_editors_is_refused(cast):
    save(cast.admin, cast.siam, Details(city="Bangkok"))
    with pytest.raises(Stale):
        save(cast.colleague, cast.siam, Details(city="Chiang Mai"))
    save(cast.colleague, cast.siam, Details(city="Chiang Mai"), seen_details=1)
    assert BillTo.get().city == "Chiang Mai"


@pytest.mark.parametrize(("wrong", "field"), [
    ({"name": ""}, "name"), ({"name": "x" * 121}, "name"), ({"country": "XX"}, "country"),
    ({"time_zone": "Nowhere"}, "time_zone"), ({"language": "xx"}, "language"),
])
def test_wrong_details_of_the_organization(cast, wrong, field):
    with pytest.raises(DomainError) as refused:
        save(cast.admin, cast.siam, **wrong)
    assert refused.value.field == field


@pytest.mark.parametrize(("wrong", "field"), [
    (Details(email="not an address"), "bill_email"), (Details(tax_id="9" * 41), "tax_id"),
    (Details(country="XX"), "bill_country"), (Details(language="xx"), "bill_language"),
    (Details(street="x" * 201), "bill_street"),
])
def test_wrong_billing_details_store_nothing_at_all(cast, wrong, field):
    with pytest.raises(DomainError) as refused:
        save(cast.admin, cast.siam, wrong, name="New name")
    assert refused.value.field == field
    assert fresh(cast.siam).name == "Siam Trading"


def test_nobody_edits_another_partner_s_customer(cast):
    with pytest.raises(NotFound):
        save(cast.outsider, cast.siam, FULL)
    with pytest.raises(Forbidden):
        save(cast.siam_admin, cast.siam, FULL)


@pytest.mark.parametrize("access", ["suspended", "revoked"])
def test_who_closed_its_console_keeps_its_own_details_for_itself(cast, access):
    assert cast.siam
    close(cast.siam, access)
    with pytest.raises(ClosedToPartner):
        save(cast.admin, cast.siam, name="New name")
    save(cast.admin, cast.siam, Details(city="Bangkok"))
    assert BillTo.get().city == "Bangkok"


def test_a_customer_that_never_had_a_console_can_be_edited(cast):
    row = cast.customer("Books only", "books.example", access="none")
    save(cast.admin, row, name="Books")
    assert fresh(row).name == "Books"


# ---- The partner's own ----

def test_the_partner_s_billing_details(cast):
    edit_billing_details(cast.admin.ctx, Details(name="Andina Cloud S.A. de C.V.", tax_id="anc 010203 xy1"), seen=0)
    to = partner_recipient(cast.andina.id)
    assert (to.name, to.tax_id, to.country) == ("Andina Cloud S.A. de C.V.", "ANC010203XY1", "MX")
    with pytest.raises(Stale):
        edit_billing_details(cast.admin.ctx, Details(city="Puebla"), seen=0)
    edit_billing_details(cast.colleague.ctx, Details(city="Puebla"), seen=1)
    for person in (cast.member("seller@andina.example", "en", cast.andina, "sales"), cast.reviewer):
        with pytest.raises(Forbidden):
            edit_billing_details(person.ctx, Details(city="Lima"), seen=2)


# ---- History ----

def seen_by(person, organization, field=""):
    return [act.verb for act in history(person.ctx, fresh(organization), field, None).rows]


def test_the_history_has_both_sides_while_access_lasts(cast):
    owner = inside(cast.siam_admin, cast.siam)
    edit_organization(owner, 0, "Siam Trade", "TH", "Asia/Bangkok", "th")
    save(cast.admin, cast.siam, Details(city="Bangkok"), language="en")
    assert seen_by(cast.admin, cast.siam) == ["customer.edited", "settings.edited"]
    close(cast.siam, "revoked")
    assert seen_by(cast.admin, cast.siam) == ["customer.edited"]


def test_the_history_of_one_field(cast):
    owner = inside(cast.siam_admin, cast.siam)
    edit_organization(owner, 0, '"language": "x"', "TH", "Asia/Bangkok", "th")  # a name that looks like another field
    save(cast.admin, cast.siam, Details(name="On invoices"))
    assert seen_by(cast.admin, cast.siam, "name") == ["settings.edited"]
    assert seen_by(cast.admin, cast.siam, "bill_name") == ["customer.edited"]
    assert seen_by(cast.admin, cast.siam, "language") == []


def test_the_history_goes_page_by_page(cast, monkeypatch):
    for n in range(60):
        save(cast.admin, cast.siam, name=f"Name {n}")
    first = history(cast.admin.ctx, fresh(cast.siam), "", None)
    second = history(cast.admin.ctx, fresh(cast.siam), "", first.next)
    names = [act.detail["after"]["name"] for act in (*first.rows, *second.rows)]
    assert names == [f"Name {n}" for n in reversed(range(60))]


def test_another_partner_s_acts_stay_its_own(cast):
    save(cast.admin, cast.siam, Details(city="Bangkok"))
    row = fresh(cast.siam)
    row.partner = cast.outsider.partner
    row.save()
    assert seen_by(cast.outsider, row) == []
