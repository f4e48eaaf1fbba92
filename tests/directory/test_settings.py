"""Changing an organization's settings: by whom, from which version, and what the record says."""

import pytest

from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, Stale
from portal.customers.models import Organization
from portal.directory.commands.settings import edit_dashboard, edit_organization, set_contacts_sync, set_tfa
from portal.directory.policy.dashboard import WIDGETS, arranged, places, shown
from tests.inside import inside

DETAILS = {"name": "สยาม เทรดดิ้ง", "country": "FR", "time_zone": "Europe/Paris", "language": "fr"}
ORDER = ["a", "b", "c", "d"]


def siam(cast):
    return Organization.get_by_id(cast.siam.id)


@pytest.mark.parametrize("who", ["siam_admin", "siam_manager", "admin", "colleague"])
def test_administrators_and_the_partner_edit_the_details(cast, who):
    edit_organization(inside(getattr(cast, who), cast.siam), 0, **DETAILS)
    row = siam(cast)
    assert {field: getattr(row, field) for field in DETAILS} == DETAILS
    assert row.version == 1


def test_an_organization_is_sorted_and_found_by_its_new_name(cast):
    edit_organization(inside(cast.siam_admin, cast.siam), 0, **{**DETAILS, "name": "Éclair SARL"})
    row = siam(cast)
    assert row.name_key.startswith("eclair")
    for word in ("eclair", "siam.example", "super-admin@siam.example"):
        assert word in row.search


def test_the_record_has_only_what_changed(cast):
    before = cast.siam
    edit_organization(inside(cast.siam_admin, before), 0, "New name", before.country, before.time_zone, before.language)
    event = Event.get(Event.verb == "settings.edited")
    assert event.detail == {"before": {"name": "Siam Trading"}, "after": {"name": "New name"}}
    assert (event.organization_id, event.side) == (before.id, "organization")


def test_saving_what_is_there_already_changes_and_records_nothing(cast):
    set_contacts_sync(inside(cast.siam_admin, cast.siam), "off", 0)
    assert siam(cast).version == 0
    assert Event.select().count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " \u200b "), ("name", "x" * 121), ("country", "ZZ"), ("time_zone", "Mars/Olympus"), ("language", "pt")],
)
def test_a_wrong_detail_is_refused_at_its_field(cast, field, value):
    with pytest.raises(DomainError) as refusal:
        edit_organization(inside(cast.siam_admin, cast.siam), 0, **{**DETAILS, field: value})
    assert refusal.value.field == field
    assert siam(cast).name == "Siam Trading"


@pytest.mark.parametrize("act", [
    lambda ctx, seen: edit_organization(ctx, seen, **DETAILS),
    lambda ctx, seen: set_tfa(ctx, True, seen),
    lambda ctx, seen: set_contacts_sync(ctx, "both-ways", seen),
    lambda ctx, seen: edit_dashboard(ctx, ["licenses"], seen),
], ids=["details", "tfa", "contacts", "dashboard"])
def test_the_later_of_two_is_refused(cast, act):
    Organization.update(version=3).where(Organization.id == cast.siam.id).execute()
    with pytest.raises(Stale):
        act(inside(cast.siam_admin, cast.siam), 2)
    act(inside(cast.siam_admin, cast.siam), 3)
    assert siam(cast).version == 4


@pytest.mark.parametrize(("act", "who"), [
    (act, who)
    for act, refused in ((set_tfa, ("admin", "siam_manager")), (set_contacts_sync, ("admin", "siam_manager")),
                         (edit_dashboard, ("admin",)))
    for who in refused
])
def test_forbidden_tasks_are_refused_at_the_command(cast, act, who):
    argument = {set_tfa: True, set_contacts_sync: "both-ways", edit_dashboard: []}[act]
    with pytest.raises(Forbidden):
        act(inside(getattr(cast, who), cast.siam), argument, 0)
    assert siam(cast).version == 0


def test_the_super_admin_does_the_three_forbidden_tasks(cast):
    ctx = inside(cast.siam_admin, cast.siam)
    set_tfa(ctx, True, 0)
    set_contacts_sync(ctx, "from-directory", 1)
    edit_dashboard(ctx, ["activity", "licenses"], 2)
    row = siam(cast)
    assert (row.tfa_required, row.contacts_sync, row.widgets) == (True, "from-directory", ["activity", "licenses"])
    details = [event.detail for event in Event.select().order_by(Event.id)]
    assert [(detail["before"], detail["after"]) for detail in details] == [
        ({"tfa_required": False}, {"tfa_required": True}),
        ({"contacts_sync": "off"}, {"contacts_sync": "from-directory"}),
        ({"widgets": None}, {"widgets": ["activity", "licenses"]}),
    ]


def test_an_empty_dashboard_is_not_the_delivered_one(cast):
    ctx = inside(cast.siam_manager, cast.siam)
    edit_dashboard(ctx, [], 0)
    assert siam(cast).widgets == []
    edit_dashboard(ctx, None, 1)
    assert siam(cast).widgets is None


@pytest.mark.parametrize("widgets", [["nothing"], ["licenses", "licenses"], [""]])
def test_unknown_or_double_parts_are_refused(cast, widgets):
    with pytest.raises(DomainError):
        edit_dashboard(inside(cast.siam_admin, cast.siam), widgets, 0)


def test_unknown_ways_of_synchronization_are_refused(cast):
    with pytest.raises(DomainError):
        set_contacts_sync(inside(cast.siam_admin, cast.siam), "sideways", 0)


def test_another_organizations_settings_stay(cast):
    other = cast.customer("Other", "other-customer.example")
    edit_organization(inside(cast.siam_admin, cast.siam), 0, **DETAILS)
    assert Organization.get_by_id(other.id).name == "Other"


@pytest.mark.parametrize(("change", "order"), [
    ({}, "abcd"), ({"d": 1}, "dabc"), ({"a": 3}, "bcad"), ({"a": 4}, "bcda"), ({"b": 0}, "acd"),
    ({"a": 2, "b": 1}, "bacd"), ({"c": 0, "a": 9}, "bda"), (dict.fromkeys(ORDER, 0), ""),
])
def test_a_part_that_moves_makes_the_others_give_way(monkeypatch, change, order):
    monkeypatch.setattr("portal.directory.policy.dashboard.WIDGETS", dict.fromkeys(ORDER, ""))
    assert arranged({**places(ORDER), **change}, ORDER) == list(order)


def test_a_hidden_part_takes_the_place_it_is_given():
    stored = ["licenses", "partner", "activity"]
    wanted = {**places(stored), "subscription": 2}
    assert arranged(wanted, stored) == ["licenses", "subscription", "partner", "activity"]


def test_a_part_that_no_longer_exists_is_passed_over():
    assert shown(["gone", "licenses"]) == ["licenses"]
    assert shown(None) == list(WIDGETS)
