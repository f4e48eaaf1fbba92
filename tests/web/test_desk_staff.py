"""The vendor's staff at the desk: the list, appointing, changing, ending, and one's own task."""

from __future__ import annotations

import pytest
from lxml import html

from portal.accounts.models import Account, Staff
from tests.client import statements

LIST = "/en/desk/staff"


def text(response) -> str:
    return " ".join(html.fromstring(response.get_data(as_text=True)).text_content().split())


def filled(response, action) -> dict[str, str]:
    """Return what the form with this action would send."""
    [form] = [one for one in html.fromstring(response.data).forms if one.action == action]
    return {name: value for name, value in form.form_values() if value is not None}


@pytest.fixture
def browser(cast):
    return cast.reviewer.browser()


@pytest.fixture
def helper(cast):
    return cast.person("helper@vendor.example", "fr", staff="support")


def test_the_list_says_tasks_in_words(cast, browser, helper):
    with statements() as seen:
        page = browser.get(LIST)
    assert len(seen) <= 5
    words = text(page)
    assert "Support associate" in words
    assert ("Works on tickets and received mail, and reads how partners and customers stand with each other."
            in words)
    assert "Set up" in words
    assert page.status_code == 200


def test_appointing(cast, browser):
    path = f"{LIST}/appoint"
    wrong = browser.send(path, email="nobody", role="finance", language="en")
    assert wrong.status_code == 422
    assert 'value="nobody"' in wrong.get_data(as_text=True)
    assert browser.send(path, email="new@vendor.example", role="owner", language="en").status_code == 422
    late = browser.send(path, email="new@vendor.example", role="finance", language="en", until="2020-01-01")
    assert late.status_code == 409
    assert "Choose today or a later day." in text(late)
    done = browser.send(path, email="new@vendor.example", name="Nova", role="finance", language="th")
    assert (done.status_code, done.headers["Location"]) == (303, LIST)
    assert "Invited" in text(browser.get(LIST))
    again = browser.send(path, email="new@vendor.example", role="finance", language="th")
    assert again.status_code == 409
    assert "on the staff already" in text(again)


def test_changing_and_ending(cast, browser, helper):
    path = f"{LIST}/{helper.account.public_id}"
    values = filled(browser.get(path), path)
    assert browser.post(path, data={**values, "role": "finance"}).status_code == 303
    stale = browser.post(path, data={**values, "role": "admin"})
    assert stale.status_code == 409
    assert "changed in the meantime" in text(stale)
    assert filled(stale, path)["seen"] == "finance"
    old = browser.send(f"{path}/end", path, **{"end-seen": "support"})
    assert old.status_code == 409
    assert Staff.select().where(Staff.account == helper.account).exists()
    ended = browser.post(f"{path}/end", data=filled(browser.get(path), f"{path}/end"))
    assert (ended.status_code, ended.headers["Location"]) == (303, LIST)
    assert browser.get(path).status_code == 404
    assert helper.browser().get("/en/desk/task").status_code == 403


def test_nobody_changes_their_own(cast, browser):
    path = f"{LIST}/{cast.reviewer.account.public_id}"
    assert "Nobody changes their own task" in text(browser.get(path))
    assert browser.send(path, role="finance", seen="admin").status_code == 409
    assert browser.send(f"{path}/end", path, **{"end-seen": "admin"}).status_code == 409
    assert Staff.get(Staff.account == cast.reviewer.account).role == "admin"


def test_others_of_the_staff_see_their_own_task_only(cast, helper):
    browser = helper.browser()
    for path in (LIST, f"{LIST}/appoint", f"{LIST}/{cast.reviewer.account.public_id}"):
        assert browser.get(path).status_code == 403
    page = browser.get("/en/desk/task")
    assert "Support associate" in text(page)
    assert f'href="{LIST}"' not in page.get_data(as_text=True)
    # More fields than the form has change nothing else.
    sent = browser.send("/en/desk/task", language="es", role="admin", expires_at="")
    assert sent.status_code == 303
    row = Staff.get(Staff.account == helper.account)
    assert (row.language, row.role) == ("es", "support")
    assert browser.send("/en/desk/task", language="xx").status_code == 422


def test_a_forgotten_session_proves_first(cast, browser, helper):
    from portal.accounts.models import Session
    from portal.storage import transaction

    with transaction():
        Session.update(proved_at=None).where(Session.account == cast.reviewer.account).execute()
    answer = browser.get(LIST)
    assert answer.status_code == 303
    assert "/account/prove" in answer.headers["Location"]
    assert Account.select().count() == 2
