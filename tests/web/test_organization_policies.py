"""The pages of an organization's mail policies, for its administrators and for the partner on its behalf."""

from __future__ import annotations

from html import unescape

import pytest
from lxml import html

from portal.audit.models import Event
from portal.mailpolicies.commands import add_policy, assign_policy, make_default
from portal.mailpolicies.models import Assignment, MailPolicy
from portal.mailpolicies.policy import Rules
from tests.inside import inside

ANSWERS = {"name": "Sales", "attachment_mb": "10", "forwarding": "off", "keep_copy": "y", "retention_days": "",
           "blocked": "", "allowed": "", "forwards": ""}


@pytest.fixture
def path(cast) -> str:
    return f"/en/organizations/{cast.siam.public_id}/mail-policies"


@pytest.fixture
def add(cast):
    """Add a policy of Siam's and return its public id."""
    def make(name: str = "Standard", **more) -> str:
        plain = {"attachment_mb": 25, "forwarding": "off", "keep_copy": True, "retention_days": None, **more}
        return add_policy(inside(cast.siam_manager, cast.siam), Rules(name, **plain))
    return make


def errors(response, field: str) -> list[str]:
    tree = html.fromstring(response.data)
    return [item.text_content() for item in tree.xpath(f"//ul[@id='{field}-error']/li")]


def value(response, field: str) -> str:
    (control,) = html.fromstring(response.data).xpath(f"//*[@name='{field}'][not(@type='radio') or @checked]")
    return (control.text if control.tag == "textarea" else control.get("value")) or ""


@pytest.mark.parametrize("who", ["siam_admin", "siam_manager", "admin"])
def test_a_policy_is_added_and_then_assigned(cast, path, who) -> None:
    browser = getattr(cast, who).browser()
    cast.user("emily@siam.example", "Emily Sato")
    assert "No mail policies yet" in browser.get(path).text
    answer = browser.send(f"{path}/add", **ANSWERS | {"blocked": "@spam.example\r\n"})
    policy = MailPolicy.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}/{policy.public_id}")
    answer = browser.send(f"{path}/{policy.public_id}/assignments", f"{path}/{policy.public_id}",
                          address="emily@siam.example")
    text = browser.get(answer.headers["Location"]).text
    assert "The policy is assigned to Emily Sato." in text
    assert "@spam.example" in text
    row = browser.get(path).text
    assert "1 user" in row
    assert "10 MB" in row


def test_every_bad_line_is_named_and_everything_typed_stays(cast, path) -> None:
    typed = ANSWERS | {"blocked": "@fine.example\nnobody\nsome one@x.example", "forwards": "@x.example",
                       "retention_days": "0", "attachment_mb": "9" * 400}
    answer = cast.siam_manager.browser().send(f"{path}/add", **typed)
    assert answer.status_code == 422
    first, second = errors(answer, "blocked")
    assert "“nobody”" in first
    assert "“some one@x.example”" in second
    assert len(errors(answer, "forwards")) == 1
    assert "1 to 36500" in errors(answer, "retention_days")[0]
    assert "0 to 100" in errors(answer, "attachment_mb")[0]
    assert value(answer, "blocked").strip() == typed["blocked"]
    assert value(answer, "name") == "Sales"
    assert not MailPolicy.select().exists()


@pytest.mark.parametrize("missing", ["name", "attachment_mb", "forwarding"])
def test_what_must_be_answered(cast, path, missing) -> None:
    typed = {field: answer for field, answer in ANSWERS.items() if field != missing}
    assert cast.siam_manager.browser().send(f"{path}/add", **typed).status_code == 422


def test_a_partner_is_told_why_mail_does_not_leave(cast, path) -> None:
    browser = cast.admin.browser()
    assert "security policies of your customer" in browser.get(f"{path}/add").text
    answer = browser.send(f"{path}/add", **ANSWERS | {"forwards": "me@andina.example"})
    assert answer.status_code == 409
    (words,) = errors(answer, "forwards")
    assert "me@andina.example" in words
    assert "own administrators" in words
    assert "You are currently managing" in answer.text
    own = cast.siam_manager.browser().send(f"{path}/add", **ANSWERS | {"forwards": "me@andina.example"})
    assert own.status_code == 303


def test_a_partners_reason_stands_in_the_record(cast, path) -> None:
    assert 'name="reason"' not in cast.siam_manager.browser().get(f"{path}/add").text
    cast.admin.browser().send(f"{path}/add", **ANSWERS | {"reason": "Asked for by phone"})
    assert Event.get(Event.verb == "mail-policy.added").reason == "Asked for by phone"


def test_a_policy_is_edited(cast, path, add) -> None:
    page = f"{path}/{add()}"
    browser = cast.siam_manager.browser()
    assert value(browser.get(page), "attachment_mb") == "25"
    answer = browser.send(page, **ANSWERS | {"seen": "0", "attachment_mb": "0", "retention_days": "90"})
    assert answer.status_code == 303
    found = MailPolicy.get()
    assert (found.name, found.attachment_mb, found.retention_days, found.version) == ("Sales", 0, 90, 1)


def test_the_later_of_two_edits_sees_both_versions_and_may_save_again(cast, path, add) -> None:
    page = f"{path}/{add(forwards=['a@siam.example'])}"
    first, second = cast.siam_manager.browser(), cast.admin.browser()
    first.send(page, **ANSWERS | {"seen": "0", "name": "Theirs", "attachment_mb": "5"})
    answer = second.send(page, **ANSWERS | {"seen": "0", "name": "Ours", "attachment_mb": "7", "keep_copy": ""})
    assert answer.status_code == 409
    tree = html.fromstring(answer.data)
    rows = tree.xpath("//div[contains(@class, 'conflict')]//tbody/tr")
    cells = [[cell.text_content() for cell in row] for row in rows]
    assert cells == [["Name of the policy", "Ours", "Theirs"], ["Largest attachment in MB", "7", "5"],
                     ["Also keep forwarded mail in the mailbox", "No", "Yes"]]
    assert value(answer, "name") == "Ours"
    (seen,) = tree.xpath("//input[@id='seen']/@value")
    assert second.send(page, **ANSWERS | {"seen": seen, "name": "Ours"}).status_code == 303
    assert MailPolicy.get().name == "Ours"


def test_an_edit_that_is_wrong_keeps_what_was_typed(cast, path, add) -> None:
    add("Taken")
    page = f"{path}/{add()}"
    browser = cast.siam_manager.browser()
    taken = browser.send(page, **ANSWERS | {"seen": "0", "name": "Taken"})
    assert (taken.status_code, value(taken, "name")) == (409, "Taken")
    assert errors(taken, "name") == ["There is a policy with this name already."]
    wrong = browser.send(page, **ANSWERS | {"seen": "0", "attachment_mb": "many"})
    assert (wrong.status_code, value(wrong, "attachment_mb")) == (422, "many")
    unseen = browser.send(page, **ANSWERS)
    assert unseen.status_code == 422


def test_nobody_has_the_address(cast, path, add) -> None:
    page = f"{path}/{add()}"
    browser = cast.siam_manager.browser()
    answer = browser.send(f"{page}/assignments", page, address="Nobody@siam.example")
    assert answer.status_code == 409
    assert "nobody@siam.example" in errors(answer, "address")[0]
    assert value(answer, "address") == "Nobody@siam.example"
    assert browser.send(f"{page}/assignments", page, address=" ").status_code == 422
    assert browser.get(f"{page}/assignments").headers["Location"] == page


def test_an_assignment_is_taken_back(cast, path, add) -> None:
    user = cast.user("emily@siam.example")
    policy = add()
    assign_policy(inside(cast.siam_manager, cast.siam), policy, user.email)
    page = f"{path}/{policy}"
    answer = cast.admin.browser().send(f"{page}/assignments/{user.public_id}/remove", page)
    assert answer.status_code == 303
    assert not Assignment.select().exists()


def test_the_default_and_the_order(cast, path, add) -> None:
    first, second = add("First"), add("Second")
    browser = cast.siam_manager.browser()
    assert "No policy is the default one" in browser.get(path).text
    assert browser.send(f"{path}/{second}/default", f"{path}/{second}", seen="0").status_code == 303
    assert "counts for everybody who has no other one" in browser.get(f"{path}/{second}").text
    assert browser.send(f"{path}/{second}/move", path, seen="2", direction="up").status_code == 303
    names = html.fromstring(browser.get(path).data).xpath("//tbody//th/a/text()")
    assert names == ["Second", "First"]
    again = browser.send(f"{path}/{second}/move", path, seen="2", direction="up")
    assert again.status_code == 409
    assert "has changed in the meantime" in again.text
    refused = browser.send(f"{path}/{second}/delete", f"{path}/{second}", seen="0")
    assert refused.status_code == 409
    assert "Make another one the default first." in refused.text
    assert browser.send(f"{path}/{first}/delete", f"{path}/{first}", seen="0").status_code == 303
    assert browser.send(f"{path}/{second}/delete", f"{path}/{second}", seen="0").status_code == 303
    assert "No mail policies yet" in browser.get(path).text


def test_the_page_explains_which_policy_counts(cast, add) -> None:
    ctx = inside(cast.siam_manager, cast.siam)
    user = cast.user("emily@siam.example", "Emily Sato")
    page = f"/en/organizations/{cast.siam.public_id}/users/{user.public_id}/policy"
    browser = cast.admin.browser()
    assert "No policy counts for this user" in browser.get(page).text
    make_default(ctx, add("Everybody"), 0)
    assign_policy(ctx, add("Own"), user.email)
    text = unescape(browser.get(page).text)
    assert text.index("Own</a>") < text.index("Policies that do not count") < text.index("Everybody</a>")
    assert "Assigned to the user" in text
    assert "A policy that is assigned to the user counts more." in text


def test_a_long_list_of_those_a_policy_is_for_has_pages(cast, path, add) -> None:
    ctx, policy = inside(cast.siam_manager, cast.siam), add()
    for number in range(51):
        cast.user(f"u{number}@siam.example", f"User {number}")
        assign_policy(ctx, policy, f"u{number}@siam.example")
    browser = cast.siam_manager.browser()
    first = html.fromstring(browser.get(f"{path}/{policy}").data)
    assert len(first.xpath("//tbody/tr")) == 50
    (following,) = first.xpath("//a[@rel='next']/@href")
    assert html.fromstring(browser.get(following).data).xpath("//tbody/tr/th/a/text()") == ["User 50"]


def test_what_is_not_theirs_is_not_there(cast, path, add) -> None:
    policy = add()
    for address in (path, f"{path}/add", f"{path}/{policy}"):
        assert cast.outsider.browser().get(address).status_code == 404
    elsewhere = cast.customer("Else", "else.example")
    browser = cast.admin.browser()
    other = f"/en/organizations/{elsewhere.public_id}"
    stranger = cast.user("emily@siam.example")
    assert browser.get(f"{other}/mail-policies/{policy}").status_code == 404
    assert browser.get(f"{other}/users/{stranger.public_id}/policy").status_code == 404
    sent = browser.send(f"{other}/mail-policies/{policy}", f"{other}/mail-policies/add", **ANSWERS | {"seen": "0"})
    assert (sent.status_code, MailPolicy.get().name) == (404, "Standard")


def test_a_domain_is_shown_as_people_write_it(cast, path, add) -> None:
    page = f"{path}/{add(blocked=['@ร้าน.ไทย'])}"
    assert value(cast.siam_manager.browser().get(page), "blocked").strip() == "@ร้าน.ไทย"
