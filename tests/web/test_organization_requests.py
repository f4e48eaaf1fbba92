"""One-task consent on the pages: a refused task leads to the question, the question to a decision, once."""

from __future__ import annotations

import io

import pytest
from lxml import html
from PIL import Image

from portal.consents.commands import ask_consent
from portal.consents.models import Consent
from portal.core.permissions import FORBIDDEN_ON_BEHALF, P
from portal.customers.models import Organization
from portal.delegation.policy import FORBIDDEN
from portal.directory.models import Handover, Picture, User
from portal.storage import transaction
from tests.client import HTMX
from tests.consents.terms import offering
from tests.inside import inside


@pytest.fixture
def app(app):
    return offering(app)


@pytest.fixture
def emily(cast):
    return cast.employ(cast.siam, cast.person("emily@siam.example", "en"), "member")


@pytest.fixture
def partner(cast):
    assert cast.siam_admin
    return cast.admin.browser()


@pytest.fixture
def boss(cast):
    return cast.siam_admin.browser()


@pytest.fixture
def base(cast):
    return f"/en/organizations/{cast.siam.public_id}"


@pytest.fixture
def asked(cast, emily):
    assert cast.siam_admin
    return ask_consent(inside(cast.admin, cast.siam), "user:delete", emily.public_id, {}, "She left us")


def words(response):
    return " ".join(html.fromstring(response.data).text_content().split())


def image():
    out = io.BytesIO()
    Image.new("RGB", (300, 300), "teal").save(out, "PNG")
    return io.BytesIO(out.getvalue()), "emily.png"


TASKS = {
    P.SUPER_ADMIN_CHANGE: ({}, "is asked to become the super administrator"),
    P.TFA_SET: ({"required": "on"}, "A second factor is required from every user"),
    P.USER_ROLE_CHANGE: ({"role": "admin"}, "becomes an administrator"),
    P.USER_PICTURE_SET: ({"picture": image}, "gets this profile image"),
    P.USER_PASSWORD_RESET: ({}, "gets a mail with a link to a new password"),
    P.USER_DELETE: ({}, "is deleted from the organization"),
    P.USER_BACK_UP: ({}, "A back-up of the account of Emily"),
    P.DASHBOARD_EDIT: ({"licenses": "1", "partner": "2"}, "The dashboard shows these parts"),
    P.REFERRAL_USE: ({}, "The referral programme is opened"),
    P.CONTACTS_SYNC_SET: ({"mode": "both-ways"}, "Contacts are synchronized in both directions"),
}


def test_each_of_the_ten_can_be_asked_for():
    assert TASKS.keys() == FORBIDDEN_ON_BEHALF


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_from_the_question_to_the_deed(partner, boss, base, emily, task):
    form = f"{base}/consents/ask?task={task}&user={emily.public_id}"
    assert FORBIDDEN[task] in words(partner.get(form))
    answers, effect = TASKS[task]
    values = {name: value() if callable(value) else value for name, value in answers.items()}
    sent = partner.send(f"{base}/consents/ask", form, task=task.value, user=emily.public_id, reason="แก้ไข", **values)
    assert sent.status_code == 303, words(sent)
    page = sent.headers["Location"]
    for reader in (partner, boss):
        assert effect in words(reader.get(page))
    assert "แก้ไข" in boss.get(page).text
    assert boss.send(f"{page}/approve", page).status_code == 303
    assert Consent.get().state == "approved"
    shown = boss.get(page)
    assert "Approved" in words(shown)
    assert "Approve and do it now" not in shown.text
    again = boss.post(f"{page}/approve", data={"csrf_token": boss.csrf(page)})
    assert again.status_code == 409
    assert "no longer open" in again.text


def test_the_deeds_are_real(partner, boss, base, emily):
    for task, values in ((P.USER_PICTURE_SET, {"picture": image()}), (P.DASHBOARD_EDIT, {"licenses": "1"}),
                         (P.SUPER_ADMIN_CHANGE, {})):
        form = f"{base}/consents/ask?task={task}&user={emily.public_id}"
        sent = partner.send(f"{base}/consents/ask", form, task=task.value, user=emily.public_id, reason="x", **values)
        boss.send(f"{sent.headers['Location']}/approve", sent.headers["Location"])
    assert bytes(Picture.get().data)[8:12] == b"WEBP"
    assert Organization.get().widgets[0] == "licenses"
    assert Handover.get().user_id == emily.id


def test_no_address_with_get_decides(boss, base, asked):
    for act in ("approve", "decline", "withdraw"):
        assert boss.get(f"{base}/consents/{asked.public_id}/{act}").status_code == 405
    assert Consent.get().state == "open"


def test_a_decline_changes_nothing(boss, base, asked, emily):
    page = f"{base}/consents/{asked.public_id}"
    assert boss.send(f"{page}/decline", page).status_code == 303
    assert "Declined" in words(boss.get(page))
    assert User.select().where(User.id == emily.id).exists()


def test_the_partner_withdraws_and_cannot_approve(partner, base, asked):
    page = f"{base}/consents/{asked.public_id}"
    for act in ("approve", "decline"):
        assert partner.send(f"{page}/{act}", page).status_code == 403
    assert partner.send(f"{page}/withdraw", page).status_code == 303
    assert Consent.get().state == "withdrawn"


def test_an_administrator_reads_but_does_not_decide(cast, base, asked):
    browser = cast.siam_manager.browser()
    page = f"{base}/consents/{asked.public_id}"
    assert "Super Admin decides about it" in words(browser.get(page))
    assert browser.send(f"{page}/approve", page).status_code == 403


def test_a_user_who_is_gone_is_told_of(boss, base, asked, emily):
    with transaction():
        User.delete().where(User.id == emily.id).execute()
    page = f"{base}/consents/{asked.public_id}"
    shown = boss.get(page)
    assert "no longer there" in shown.text
    assert "Approve and do it now" not in shown.text
    refused = boss.send(f"{page}/approve", page)
    assert refused.status_code == 409
    assert Consent.get().state == "open"


def test_what_is_described_is_the_user_as_they_are_called_now(boss, base, asked, emily):
    with transaction():
        User.update(name="Emily Suzuki").where(User.id == emily.id).execute()
    page = f"{base}/consents/{asked.public_id}"
    shown = boss.get(page)
    assert "Emily Suzuki <emily@siam.example>" in words(shown)
    (seen,) = html.fromstring(shown.data).xpath("//input[@name='seen']/@value")
    with transaction():
        User.update(name="Somebody Else").where(User.id == emily.id).execute()
    assert boss.send(f"{page}/approve", page, seen=seen).status_code == 409
    assert User.select().where(User.id == emily.id).exists()
    (seen,) = html.fromstring(boss.get(page).data).xpath("//input[@name='seen']/@value")
    assert boss.send(f"{page}/approve", page, seen=seen).status_code == 303


def test_an_expired_question_shows_no_buttons(cast, clock, base, asked):
    clock.advance(hours=73)
    shown = cast.siam_admin.browser().get(f"{base}/consents/{asked.public_id}")
    assert "Expired" in words(shown)
    assert "Decline" not in shown.text


def test_revoked_meanwhile(cast, partner, boss, base, asked):
    with transaction():
        Organization.update(access="revoked").where(Organization.id == cast.siam.id).execute()
        from portal.delegation.models import Access

        Access.update(state="revoked").where(Access.organization == cast.siam).execute()
    page = f"{base}/consents/{asked.public_id}"
    assert partner.get(page).status_code == 404
    refused = boss.send(f"{page}/approve", page)
    assert refused.status_code == 409
    assert "no longer has access" in refused.text


def test_other_organizations_know_nothing_of_it(cast, asked):
    other = cast.customer("Other", "other.example")
    ruler = cast.person("ruler@other.example", "en")
    cast.employ(other, ruler, "super-admin")
    page = f"/en/organizations/{other.public_id}/consents/{asked.public_id}"
    for person in (ruler, cast.admin):
        assert person.browser().get(page).status_code == 404
    assert cast.outsider.browser().get(page).status_code == 404
    browser = ruler.browser()
    home = f"/en/organizations/{other.public_id}/requests"
    assert browser.send(f"{page}/approve", home if "csrf_token" in browser.get(home).text else page).status_code == 404


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({"reason": ""}, 422, "This field is required."),
        ({"reason": "x" * 401}, 422, "longer than 400"),
        ({"role": "super-admin"}, 422, "Not a valid choice."),
        ({"role": ""}, 422, "This field is required."),
    ],
)
def test_bad_answers_are_told_and_kept(partner, base, emily, values, status, said):
    form = f"{base}/consents/ask?task=user:role-change&user={emily.public_id}"
    sent = {"task": "user:role-change", "user": emily.public_id, "role": "admin", "reason": "Keep me", **values}
    response = partner.send(f"{base}/consents/ask", form, **sent)
    assert response.status_code == status
    assert said in words(response)
    assert "Keep me" in response.text or "reason" in values
    assert not Consent.select().exists()


@pytest.mark.parametrize("file", [None, (io.BytesIO(b"<svg/>"), "x.png")])
def test_a_picture_that_is_none(partner, base, emily, file):
    form = f"{base}/consents/ask?task=user:picture-set&user={emily.public_id}"
    more = {"picture": file} if file else {}
    response = partner.send(f"{base}/consents/ask", form, task="user:picture-set", user=emily.public_id, reason="x",
                            **more)
    assert response.status_code in (409, 422)
    assert not Consent.select().exists()


@pytest.mark.parametrize("task", ["user:add", "consent:decide", "", "ไม่มี"])
def test_nothing_else_can_be_asked_for(partner, base, task):
    assert partner.get(f"{base}/consents/ask?task={task}").status_code == 404


def test_a_second_question_is_refused(partner, base, asked, emily):
    form = f"{base}/consents/ask?task=user:delete&user={emily.public_id}"
    response = partner.send(f"{base}/consents/ask", form, task="user:delete", user=emily.public_id, reason="Again")
    assert response.status_code == 409
    assert "already asked" in response.text
    assert Consent.select().count() == 1


def test_the_user_is_found_by_address(partner, base, emily):
    form = f"{base}/consents/ask?task=super-admin:change"
    assert "Which user is it about?" in partner.get(form).text
    assert partner.get(f"{form}&email=nobody@siam.example").status_code == 404
    found = partner.get(f"{form}&email=Emily@Siam.example")
    assert found.headers["Location"].endswith(f"user={emily.public_id}")


def test_the_list_has_what_is_open_and_what_was(partner, boss, base, asked):
    for browser in (partner, boss):
        assert "She left us" not in browser.get(f"{base}/requests").text
        assert f"/consents/{asked.public_id}" in browser.get(f"{base}/requests").text
        assert f"/consents/{asked.public_id}" not in browser.get(f"{base}/requests?state=closed").text
    page = f"{base}/consents/{asked.public_id}"
    boss.send(f"{page}/decline", page)
    assert f"/consents/{asked.public_id}" in boss.get(f"{base}/requests?state=closed").text
    assert "Nothing is open" in boss.get(f"{base}/requests").text


def test_without_the_programme_there_is_nothing_to_ask(cast, app, base, emily):
    make_ctx = app.extensions["make_ctx"]

    def without(*args):
        from dataclasses import replace

        ctx = make_ctx(*args)
        terms = replace(ctx.programme.delegation, one_task_consent=False)
        return replace(ctx, programme=replace(ctx.programme, delegation=terms))

    app.extensions["make_ctx"] = without
    browser = cast.admin.browser()
    form = f"{base}/consents/ask?task=user:delete&user={emily.public_id}"
    assert browser.get(form).status_code == 404
    assert browser.send(f"{base}/consents/ask", f"{base}/requests", task="user:delete").status_code == 404


@pytest.mark.parametrize("lang", ["es", "fr", "th"])
def test_the_limits_and_a_refusal_in_each_language(cast, app, lang, emily):
    def said(message, **values):
        return app.extensions["templates"][lang].catalog.ugettext(message) % values

    base = f"/{lang}/organizations/{cast.siam.public_id}"
    limits = words(cast.admin.browser().get(f"{base}/limits"))
    for label in FORBIDDEN.values():
        assert said(label) in limits
    browser = cast.admin.browser()
    data = {"csrf_token": browser.csrf(f"{base}/limits")}
    for headers in ({}, HTMX):
        refused = browser.post(f"{base}/users/{emily.public_id}/delete", data=data, headers=headers)
        assert refused.status_code == 403
        assert said(FORBIDDEN[P.USER_DELETE]) in words(refused)
        assert "Super Admin" in words(refused)
        assert f"/{lang}/organizations/{cast.siam.public_id}/consents/ask?task=user:delete" in refused.text
        assert "on-behalf" in refused.text  # the banner
