"""The pages of groups: list, adding, members, editing by two at once, deleting."""

from __future__ import annotations

from html import unescape

import pytest
from lxml import html

from portal.audit.models import Event
from portal.directory.commands.groups import add_group, add_members, edit_group
from portal.directory.models import Group, GroupMember
from tests.client import HTMX, statements
from tests.inside import inside


@pytest.fixture
def path(cast):
    return f"/en/organizations/{cast.siam.public_id}/groups"


@pytest.fixture
def sales(cast):
    return add_group(inside(cast.siam_admin, cast.siam), "Sales", "sales", "siam.example", "Who sells")


@pytest.fixture
def emily(cast):
    return cast.user("emily@siam.example", "Emily Sato")


@pytest.fixture
def browser(cast):
    return cast.siam_admin.browser()


def tree(response):
    return html.fromstring(response.data)


def errors(response, field):
    return [item.text_content() for item in tree(response).xpath(f"//ul[@id='{field}-error']/li")]


def fields(response, *names):
    found = [tree(response).xpath(f"//*[@name='{name}']")[0] for name in names]
    return [field.text.strip() if field.tag == "textarea" else field.get("value") for field in found]


ANSWERS = {"name": "ฝ่ายขาย", "local": "Sales", "domain": "siam.example", "description": "Who sells"}


def test_a_group_is_added_and_its_members_come_next(path, browser):
    assert "No groups yet" in browser.get(path).text
    response = browser.send(f"{path}/add", **ANSWERS)
    group = Group.get()
    assert (response.status_code, response.headers["Location"]) == (303, f"{path}/{group.public_id}")
    text = browser.get(response.headers["Location"]).text
    for words in ("ฝ่ายขาย", "sales@siam.example", "No members yet", "Now add its members."):
        assert words in text
    assert "ฝ่ายขาย" in browser.get(path).text


@pytest.mark.parametrize(
    ("data", "field", "status"),
    [({"name": " \u200b "}, "name", 422), ({"name": "x" * 121}, "name", 422), ({"local": "a b"}, "local", 409),
     ({"local": "super-admin"}, "local", 409), ({"domain": "x.example"}, "domain", 422),
     ({"description": "x" * 501}, "description", 422)],
)
def test_a_wrong_answer_is_explained_and_what_was_typed_stays(path, browser, data, field, status):
    response = browser.send(f"{path}/add", **{**ANSWERS, **data})
    assert response.status_code == status
    assert errors(response, field)
    kept = "local" if field == "name" else "name"
    assert fields(response, kept) == [ANSWERS[kept]]
    assert Group.select().count() == 0


def test_members_are_added_and_removed_without_script(path, browser, sales, emily):
    here = f"{path}/{sales.public_id}"
    response = browser.send(f"{here}/members", page=here, members="Emily@siam.example\nsuper-admin@siam.example")
    assert (response.status_code, response.headers["Location"]) == (303, here)
    text = browser.get(here).text
    assert "Members added: 2." in text
    assert "Emily Sato" in text
    response = browser.send(f"{here}/members/{emily.public_id}/remove", page=here)
    assert response.status_code == 303
    assert "Emily Sato is no longer in the group." in browser.get(here).text
    assert GroupMember.select().count() == 1
    assert browser.get(f"{here}/members").headers["Location"] == here


def test_with_script_only_the_members_are_replaced(path, browser, sales, emily):
    here = f"{path}/{sales.public_id}"
    response = browser.send(f"{here}/members", page=here, htmx=True, members="emily@siam.example")
    assert response.status_code == 200
    assert "<html" not in response.text
    assert 'id="group-members"' in response.text
    assert "Emily Sato" in response.text
    assert "Members added: 1." in response.text
    gone = browser.send(f"{here}/members/{emily.public_id}/remove", page=here, htmx=True)
    assert "No members yet" in gone.text
    assert "<html" not in browser.get(here, headers=HTMX).text


def test_whoever_was_refused_stays_in_the_field_with_the_reason(path, browser, sales, emily):
    here = f"{path}/{sales.public_id}"
    text = "emily@siam.example\nnobody@siam.example\nsales@siam.example"
    response = browser.send(f"{here}/members", page=here, members=text)
    assert response.status_code == 409
    assert fields(response, "members") == ["nobody@siam.example\nsales@siam.example"]
    assert [unescape(words) for words in errors(response, "members")] == [
        "No user of this organization has the address “nobody@siam.example”.",
        "sales@siam.example is a group. Enter the address of a user.",
    ]
    assert "Members added: 1." in response.text
    assert browser.send(f"{here}/members", page=here, members=" \n ").status_code == 422


def test_the_later_of_two_editors_sees_both_versions(cast, path, browser, sales):
    here = f"{path}/{sales.public_id}"
    values = {**ANSWERS, "name": "Mine", "description": "My words", "seen": "0"}
    edit_group(inside(cast.admin, cast.siam), sales.public_id, 0, "Theirs", "sales", "siam.example", "Who sells")
    response = browser.send(here, **values)
    assert response.status_code == 409
    conflict = tree(response).xpath("//div[contains(@class,'conflict')]//tbody/tr")
    rows = [[cell.text_content() for cell in row] for row in conflict]
    assert ["Name of the group", "Mine", "Theirs"] in rows
    assert fields(response, "name", "description", "seen") == ["Mine", "My words", "1"]
    assert Group.get().name == "Theirs"
    assert browser.send(here, **{**values, "seen": "1"}).status_code == 303
    assert Group.get().name == "Mine"


@pytest.mark.parametrize(
    ("data", "status"), [({"seen": ""}, 422), ({"seen": "x"}, 422), ({"name": ""}, 422), ({"local": "a..b"}, 409)]
)
def test_a_wrong_edit_changes_nothing(path, browser, sales, data, status):
    response = browser.send(f"{path}/{sales.public_id}", **{**ANSWERS, "seen": "0", **data})
    assert response.status_code == status
    assert Group.get().name == "Sales"


def test_deleting_is_asked_about_first(path, browser, sales, emily):
    here = f"{path}/{sales.public_id}"
    browser.send(f"{here}/members", page=here, members="emily@siam.example")
    text = browser.get(f"{here}/delete").text
    assert "The group has 1 member." in text
    response = browser.send(f"{here}/delete")
    assert (response.status_code, response.headers["Location"]) == (303, path)
    assert "The group Sales is deleted." in browser.get(path).text
    assert browser.get(here).status_code == 404


def test_the_partner_gives_a_reason_for_the_record(cast, path, sales, emily):
    browser, here = cast.admin.browser(), f"{path}/{sales.public_id}"
    browser.send(f"{here}/members", page=here, members="emily@siam.example", reason="New in sales")
    act = Event.get(Event.verb == "group.member-added")
    assert (act.side, act.reason, act.name) == ("partner", "New in sales", "Sales")


def test_list_and_members_are_paged_in_a_fixed_number_of_statements(cast, path, browser, sales):
    ctx = inside(cast.siam_admin, cast.siam)
    emails = [cast.user(f"user{number:02}@siam.example", f"User {number:02}").email for number in range(55)]
    add_members(ctx, sales.public_id, "\n".join(emails))
    for number in range(55):
        add_group(ctx, f"Group {number:02}", f"group{number:02}", "siam.example")
    for page, shown, hidden, later in (
        (path, "Group 49", "Group 50", "Group 54"), (f"{path}/{sales.public_id}", "User 49", "User 50", "User 54")
    ):
        with statements() as seen:
            text = browser.get(page).text
        assert len(seen) <= 5
        assert shown in text
        assert hidden not in text
        (following,) = tree(browser.get(page)).xpath("//a[@rel='next']/@href")
        assert later in browser.get(following).text
    assert "User 12" in browser.get(f"{path}/{sales.public_id}?q=user12").text
    assert "No group found" in browser.get(f"{path}?q=nothing").text
    assert "Nobody found" in browser.get(f"{path}/{sales.public_id}?q=nothing").text
    assert "55 members" in browser.get(f"{path}/{sales.public_id}").text


def test_suspended_members_are_marked(cast, path, browser, sales):
    cast.user("gone@siam.example", "Gone", state="suspended")
    add_members(inside(cast.siam_admin, cast.siam), sales.public_id, "gone@siam.example")
    assert "Suspended, gets no mail" in browser.get(f"{path}/{sales.public_id}").text


def test_another_organizations_group_is_not_there(cast, sales):
    lima = cast.customer("Lima", "lima.example")
    boss = cast.person("boss@lima.example", "es")
    cast.employ(lima, boss, "super-admin")
    browser, here = boss.browser(), f"/es/organizations/{lima.public_id}/groups/{sales.public_id}"
    token = browser.csrf(f"/es/organizations/{lima.public_id}/groups/add")
    assert browser.get(here).status_code == browser.get(f"{here}/delete").status_code == 404
    data = {"csrf_token": token, **ANSWERS, "domain": "lima.example", "seen": "0", "members": boss.email}
    for address in (here, f"{here}/members", f"{here}/delete"):
        assert browser.post(address, data=data).status_code == 404
    assert Group.get().name == "Sales"


def test_strangers_find_no_such_page(cast, path, sales):
    for person in (cast.outsider, cast.reviewer, cast.newcomer):
        for address in (path, f"{path}/add", f"{path}/{sales.public_id}", f"{path}/{sales.public_id}/delete"):
            assert person.browser().get(address).status_code == 404
