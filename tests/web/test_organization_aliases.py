"""The page of aliases and catch-alls, for an organization's administrators and for the partner on its behalf."""

from __future__ import annotations

from html import unescape

import pytest
from lxml import html

from portal.audit.models import Event
from portal.customers.models import Organization
from portal.directory.commands.addresses import add_alias
from portal.directory.models import Address
from portal.domains.models import Domain
from tests.client import HTMX, statements
from tests.inside import inside


@pytest.fixture
def path(cast):
    cast.siam_admin  # noqa: B018 the organization has a super administrator
    return f"/en/organizations/{cast.siam.public_id}/aliases"


@pytest.fixture
def emily(cast):
    return cast.user("emily@siam.example", "Emily Sato")


@pytest.fixture
def browser(cast):
    return cast.siam_admin.browser()


def add(browser, path, **data):
    values = {"local": "sales", "domain": "siam.example", "user": "emily@siam.example", **data}
    return browser.send(path, **values)


def set_all(browser, path, **data):
    values = {"catch-all-domain": "siam.example", "catch-all-user": "emily@siam.example", **data}
    return browser.send(f"{path}/catch-all", page=path, **values)


def errors(response, field):
    tree = html.fromstring(response.data)
    return [item.text_content() for item in tree.xpath(f"//ul[@id='{field}-error']/li")]


def texts(kind="alias"):
    return [row.text for row in Address.select().where(Address.kind == kind).order_by(Address.text)]


def test_an_alias_is_added_shown_and_removed_without_script(path, browser, emily):
    response = add(browser, path)
    assert (response.status_code, response.headers["Location"]) == (303, path)
    text = browser.get(path).text
    assert "The alias sales@siam.example is there." in text
    assert "Emily Sato" in text
    alias = Address.get(Address.kind == "alias")
    response = browser.send(f"{path}/{alias.public_id}/remove", page=path)
    assert response.status_code == 303
    assert "The alias sales@siam.example is removed." in browser.get(path).text
    assert texts() == []
    assert browser.post(f"{path}/{alias.public_id}/remove", data={"csrf_token": browser.csrf(path)}).status_code == 404


@pytest.mark.parametrize(
    ("data", "field", "words", "status"),
    [
        ({"local": ""}, "local", "This field is required.", 422),
        ({"local": "ขาย"}, "local", "Use the letters a to z", 409),
        ({"local": "x" * 65}, "local", "Use at most 64 characters.", 409),
        ({"local": "emily"}, "local", "The address emily@siam.example already belongs to Emily Sato.", 409),
        ({"domain": "lima.example"}, "domain", "Not a valid choice.", 422),
        ({"user": "nobody@siam.example"}, "user", "No user of this organization has the address", 409),
        ({"user": ""}, "user", "This field is required.", 422),
    ],
)
def test_a_wrong_answer_is_explained_beside_its_field_and_what_was_typed_stays(
    path, browser, emily, data, field, words, status
):
    response = add(browser, path, **data)
    assert response.status_code == status
    assert words in unescape(" ".join(errors(response, field)))
    tree = html.fromstring(response.data)
    typed = {"local": "sales", "user": "emily@siam.example", **data}
    for name in ("local", "user"):
        assert tree.xpath(f"//input[@name='{name}']/@value")[0] == typed[name]
    assert texts() == []


def test_the_partner_gives_a_reason_for_the_record(cast, path, emily):
    browser = cast.colleague.browser()
    assert 'name="reason"' in browser.get(path).text
    add(browser, path, reason="Asked for on the phone")
    act = Event.get(Event.verb == "alias.added")
    assert (act.side, act.reason) == ("partner", "Asked for on the phone")
    assert 'name="reason"' not in cast.siam_admin.browser().get(path).text


def test_the_catch_all_is_set_changed_and_removed(path, browser, emily):
    assert "Is refused" in browser.get(path).text
    assert set_all(browser, path).status_code == 303
    text = browser.get(path).text
    assert "Mail to unknown addresses of siam.example goes to emily@siam.example." in text
    assert "Is refused" not in text
    for _ in range(2):
        assert browser.send(f"{path}/catch-all/remove", page=path, domain="siam.example").status_code == 303
    assert texts("catch-all") == []
    refused = set_all(browser, path, **{"catch-all-user": "nobody@siam.example"})
    assert (refused.status_code, len(errors(refused, "catch-all-user"))) == (409, 1)
    assert browser.get(f"{path}/catch-all").headers["Location"] == path


def test_the_aliases_of_one_user_and_back_to_them(cast, path, browser, emily):
    naree = cast.user("naree@siam.example", "Naree Suk")
    ctx = inside(cast.siam_admin, cast.siam)
    add_alias(ctx, emily.public_id, "sales", "siam.example")
    add_alias(ctx, naree.public_id, "info", "siam.example")
    theirs = f"{path}?user={emily.public_id}"
    text = browser.get(theirs).text
    assert "sales@siam.example" in text
    assert "info@siam.example" not in text
    assert 'value="emily@siam.example"' in text
    assert add(browser, theirs, local="team").headers["Location"] == theirs
    assert browser.get(f"{path}?user=23456789abcd").status_code == 404
    other = cast.customer("Lima", "lima.example")
    rosa = cast.user("rosa@lima.example", organization=other)
    assert browser.get(f"{path}?user={rosa.public_id}").status_code == 404


def test_the_list_is_searched_and_paged_in_a_fixed_number_of_statements(cast, path, browser):
    ctx = inside(cast.siam_admin, cast.siam)
    for number in range(55):
        user = cast.user(f"user{number:02}@siam.example")
        add_alias(ctx, user.public_id, f"alias{number:02}", "siam.example")
    with statements() as seen:
        text = browser.get(path).text
    assert len(seen) <= 5
    assert "alias49@" in text
    assert "alias50@" not in text
    (following,) = html.fromstring(text).xpath("//a[@rel='next']/@href")
    assert "alias54@" in browser.get(following).text
    found = browser.get(f"{path}?q=ALIAS5").text
    assert "alias50@" in found
    assert "alias49@" not in found
    assert "No alias found" in browser.get(f"{path}?q=nothing").text
    assert browser.get(f"{path}?q=%00&after=%00zzz&user=%00").status_code == 200


def test_without_a_verified_domain_the_page_leads_to_the_domains(cast, path, browser):
    Domain.update(verified_at=None).execute()
    Organization.update(domain_verified_at=None).execute()
    text = browser.get(path).text
    assert "No verified domain yet" in text
    assert f'href="/en/organizations/{cast.siam.public_id}/domains"' in text
    assert add(browser, path).status_code == 422


def test_strangers_find_no_such_page(cast, path, emily, client):
    for person in (cast.outsider, cast.reviewer, cast.newcomer):
        browser = person.browser()
        assert browser.get(path).status_code == 404
        token = browser.csrf("/dev/dns")
        for address in (path, f"{path}/catch-all", f"{path}/catch-all/remove"):
            assert browser.post(address, data={"csrf_token": token}).status_code == 404
    assert client.get(path).status_code == 302


def test_a_name_is_shown_as_text(cast, path, browser):
    user = cast.user("x@siam.example", "<script>alert(1)</script>")
    add_alias(inside(cast.siam_admin, cast.siam), user.public_id, "sales", "siam.example")
    assert "<script>alert" not in browser.get(path).text


def test_a_domain_in_another_script_is_shown_as_people_write_it(cast):
    cafe = cast.customer("Café", "café.example")
    boss = cast.person("boss@xn--caf-dma.example", "fr")
    cast.employ(cafe, boss, "super-admin")
    add_alias(inside(boss, cafe), boss.email, "info", "xn--caf-dma.example")
    assert "info@café.example" in boss.browser().get(f"/fr/organizations/{cafe.public_id}/aliases").text


def test_htmx_gets_the_whole_page_to_replace_the_body(cast, path, browser):
    response = browser.get(path, headers=HTMX)
    assert response.headers["HX-Retarget"] == "body"
