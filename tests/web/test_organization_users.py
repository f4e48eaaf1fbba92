"""Pages of users: the list and what is done to many, adding, one user and everything done to them, by whom it may."""

import html
import io
import re

import pytest
from PIL import Image

from portal.accounts.models import Account
from portal.audit.models import Event
from portal.customers.models import Organization
from portal.directory.models import Picture, User
from portal.mail.models import Outgoing
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.client import HTMX
from tests.words import words as spoken

NEW = {"name": "Emily Sato", "email": "emily@siam.example", "role": "member", "language": "fr"}


def here(cast, rest="", lang="en"):
    return f"/{lang}/organizations/{cast.siam.public_id}/users{rest}"


def at(cast, user, rest="", lang="en"):
    return here(cast, f"/{user.public_id}{rest}", lang)


@pytest.fixture
def emily(cast):
    """An active user with an account."""
    person = cast.person("emily@siam.example", "en")
    return cast.employ(cast.siam, person)


@pytest.fixture
def boss(cast):
    """The browser of the super administrator."""
    return cast.siam_admin.browser()


@pytest.fixture
def partner(cast):
    """The browser of the partner."""
    cast.siam_admin  # noqa: B018
    return cast.admin.browser()


# ---- The list ----

def test_the_list_is_narrowed_by_role_and_state_and_keeps_both_when_searching(cast, boss):
    cast.user("bob@siam.example", "Bob", state="suspended")
    cast.user("eve@siam.example", "Eve", role="admin", state="suspended")
    text = boss.get(here(cast, "?role=member&state=suspended")).text
    assert "Bob" in text
    assert "Eve" not in text
    assert '<input type="hidden" name="state" value="suspended">' in text
    assert "Eve" in boss.get(here(cast, "?q=eve&state=suspended")).text
    for nonsense in ("?role=root&state=x&after=%00&q=%00", "?after=eyJ4Ijox", "?q=" + "x" * 3000):
        assert boss.get(here(cast, nonsense)).status_code == 200


def test_the_list_says_how_many_licenses_are_free_and_who_can_change_that(cast, boss, partner):
    assert "9 licenses are free" in boss.get(here(cast)).text
    Subscription.update(licenses=1).execute()
    assert "Your partner Andina Cloud can change" in boss.get(here(cast)).text
    assert "You change the number of licenses yourself" in partner.get(here(cast)).text


def choose(cast, browser, act, *users, **more):
    return browser.send(here(cast), act=act, user=[getattr(user, "public_id", user) for user in users], **more)


def test_many_are_suspended_and_the_answer_says_who_was_not_and_why(cast, boss):
    bob, eve = cast.user("bob@siam.example", "Bob"), cast.user("eve@siam.example", "Eve")
    text = choose(cast, boss, "suspend", bob, eve, User.get(User.role == "super-admin"), "23456789abcd").text
    assert "Suspended: 2 users." in text
    assert "Not done for 2 users." in text
    assert "This is the super administrator." in text
    assert "1 user is no longer there." in text
    assert {user.state for user in User.select().where(User.role == "member")} == {"suspended"}
    assert Event.select().where(Event.verb == "user.suspended").count() == 2
    assert "Resumed: 1 user." in choose(cast, boss, "resume", bob).text
    assert User.get_by_id(bob.id).state == "invited"  # never came


def test_many_are_deleted_after_a_question(cast, boss):
    bob, eve = cast.user("bob@siam.example", "Bob"), cast.user("eve@siam.example", "Eve")
    asked = choose(cast, boss, "delete", bob, eve)
    assert "Delete 2 users" in asked.text
    assert User.select().count() == 3
    assert "Deleted: 2 users." in choose(cast, boss, "delete", bob, eve, confirmed="yes").text
    assert User.select().count() == 1
    assert "Not done for 2 users." in choose(cast, boss, "delete", bob, eve, confirmed="yes").text


def test_a_partner_suspends_many_but_deletes_none(cast, partner, emily):
    cast.siam_manager  # noqa: B018
    manager = User.get(User.role == "admin")
    text = choose(cast, partner, "suspend", emily, manager, reason="They left").text
    assert "Suspended: 1 user." in text
    assert "not to administrators" in text
    assert Event.get(Event.verb == "user.suspended").reason == "They left"
    for more in ({}, {"confirmed": "yes"}):
        assert choose(cast, partner, "delete", emily, **more).status_code == 403
    assert User.get_or_none(User.id == emily.id)


@pytest.mark.parametrize(("act", "count"), [("suspend", 0), ("", 1), ("promote", 1), ("suspend", 51)])
def test_a_choice_of_nothing_or_too_much_is_told(cast, boss, act, count):
    answer = choose(cast, boss, act, *["2345\x006789abc"] * count)
    assert answer.status_code == 422
    assert "Choose at" in answer.text


def test_anothers_users_are_not_among_the_chosen(cast, boss):
    other = cast.customer("Other", "other-customer.example")
    stranger = cast.user("bob@other-customer.example", "Stranger", organization=other)
    text = choose(cast, boss, "suspend", stranger).text
    assert "Stranger" not in text
    assert User.get_by_id(stranger.id).state == "active"


# ---- Adding ----

def test_a_partner_adds_a_user_without_javascript(cast, partner, run_jobs, mailer):
    page = here(cast, "/add", "es")
    once = re.search(r'name="once"[^>]*value="([^"]+)"', partner.get(page).text).group(1)
    typed = {name: value for name, value in NEW.items() if name != "role"}  # nothing that the page does not ask
    for _ in range(2):
        answer = partner.send(page, **typed, once=once, reason="Asked by phone")
        assert answer.status_code == 303
    assert "Emily Sato" in partner.get(answer.headers["Location"]).text
    assert User.select().where(User.email == "emily@siam.example").count() == 1
    assert Event.get(Event.verb == "user.added").reason == "Asked by phone"
    run_jobs()
    assert [mail["Content-Language"] for mail in mailer.sent] == ["fr"]


def test_a_wrong_answer_is_told_beside_its_field_and_everything_typed_stays(cast, boss):
    for typed, status, sentence in (
        ({"email": "emily"}, 422, "Invalid email address."),
        ({"name": " \u200b"}, 422, "This field is required."),
        ({"title": "x" * 81}, 422, "Field cannot be longer"),
        ({"email": "emily@other.example"}, 409, "verified domain of this organization: siam.example"),
        ({"email": "super-admin@siam.example"}, 409, "already belongs to"),
        ({"role": "super-admin"}, 422, "Not a valid choice"),
    ):
        answer = boss.send(here(cast, "/add"), **{**NEW, "title": "Sales", **typed})
        assert (answer.status_code, sentence in answer.text) == (status, True), typed
        assert {**NEW, "title": "Sales", **typed}["title"] in answer.text
    assert User.select().count() == 1


def test_the_form_as_a_fragment(cast, boss):
    answer = boss.send(here(cast, "/add"), htmx=True, **{**NEW, "email": "x"})
    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert 'id="add-user"' in answer.text
    done = boss.send(here(cast, "/add"), htmx=True, **NEW)
    assert "/users/" in done.headers["HX-Redirect"]


def test_no_license_no_user(cast, boss):
    Subscription.update(licenses=1).execute()
    answer = boss.send(here(cast, "/add"), **NEW)
    assert answer.status_code == 409
    assert "in use: 1 of 1" in answer.text
    assert "Andina Cloud" in answer.text


def test_only_the_super_admin_is_asked_for_a_role_and_only_theirs_counts(cast, boss, partner):
    assert 'name="role"' in boss.get(here(cast, "/add")).text
    for browser in (partner, cast.siam_manager.browser()):
        assert 'name="role"' not in browser.get(here(cast, "/add")).text
        assert browser.send(here(cast, "/add"), **{**NEW, "role": "admin"}).status_code == 403
    assert User.select().where(User.email == NEW["email"]).count() == 0
    assert boss.send(here(cast, "/add"), **{**NEW, "role": "admin"}).status_code == 303
    assert User.get(User.email == NEW["email"]).role == "admin"


def test_what_the_form_does_not_ask_changes_nothing(cast, partner, emily):
    other = cast.customer("Other", "other-customer.example")
    more = {"state": "active", "account": "1", "organization": other.public_id, "organization_id": other.id, "id": "1",
            "public_id": "x", "version": "9", "role": "super-admin", "email": ""}
    saved = partner.send(at(cast, emily), seen="0", name="Other", title="", phone="", **more)
    assert saved.status_code == 303
    row = User.get_by_id(emily.id)
    assert (row.role, row.state, row.organization_id, row.email) == ("member", "active", cast.siam.id, emily.email)
    assert (row.public_id, row.version) == (emily.public_id, 1)
    partner.send(here(cast, "/add"), **{**NEW, "email": "bob@siam.example"}, state="active", account_id="1")
    added = User.get(User.email == "bob@siam.example")
    assert (added.state, added.account_id) == ("invited", None)


# ---- One user ----

def test_the_page_shows_last_sign_in_second_factor_and_where_else_to_go(cast, boss, emily):
    Account.update(signed_in_at=cast.now, second_factor_at=cast.now).where(Account.id == emily.account_id).execute()
    text = boss.get(at(cast, emily, lang="th")).text
    assert text.count("2569") >= 3  # signed in, second factor, added: in the Buddhist era
    user = emily.public_id
    for rest in (f"aliases?user={user}", f"users/{user}/policy", f"users/{user}/backup"):
        assert f"/{rest}" in text


def test_for_the_partner_the_forbidden_is_shown_as_such(cast, partner, emily):
    text = html.unescape(partner.get(at(cast, emily, lang="es")).text)
    assert text.count('class="unavailable"') == 5
    assert cast.siam.admin_name in text
    for words in ("Reset a user's password", "Delete a user", "Change a user's profile image",
                  "Back up a user's account", "Make a user an administrator, or an administrator a user"):
        assert spoken("es")(words) in text
    for rest in ("role", "password", "picture", "picture/remove", "delete", "backup"):
        assert f'action="{at(cast, emily, f"/{rest}", "es")}"' not in text


@pytest.mark.parametrize("rest", ["role", "password", "picture", "picture/remove", "delete"])
def test_and_refused_however_it_is_sent(cast, partner, emily, rest):
    before = Event.select().count()
    for htmx in (False, True):
        answer = partner.send(at(cast, emily, f"/{rest}"), page=here(cast), htmx=htmx, seen="0", role="admin")
        assert answer.status_code == 403
    assert Event.select().count() == before
    assert User.get_by_id(emily.id).role == "member"


def test_editing(cast, partner, emily):
    answer = partner.send(at(cast, emily), seen="0", name="Émilie", title="Sales", phone="1", reason="Typo")
    assert answer.status_code == 303
    row = User.get_by_id(emily.id)
    assert (row.name, row.title, row.phone) == ("Émilie", "Sales", "1")
    assert Event.get(Event.verb == "user.edited").reason == "Typo"


@pytest.mark.parametrize("htmx", [False, True])
def test_of_two_who_edit_the_later_sees_both_versions_and_may_save_again(cast, boss, partner, emily, htmx):
    partner.send(at(cast, emily), seen="0", name="First", title="", phone="")
    answer = boss.send(at(cast, emily), htmx=htmx, seen="0", name="Second", title="", phone="")
    assert answer.status_code == 409
    for words in ("First", "Second", "Current version", 'value="Second"'):
        assert words in answer.text
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', answer.text).group(1)
    assert boss.send(at(cast, emily), seen=seen, name="Second", title="", phone="").status_code == 303
    assert User.get_by_id(emily.id).name == "Second"


def test_a_wrong_edit_is_told_beside_its_field(cast, boss, emily):
    for typed, status, sentence in (
        ({"name": ""}, 422, "This field is required."), ({"phone": "1" * 41}, 422, "Field cannot be longer"),
        ({"email": "other@siam.example"}, 409, "Add an alias"), ({"seen": "x"}, 422, "Not a valid integer value"),
    ):
        answer = boss.send(at(cast, emily), **{"seen": "0", "name": "Emily", "title": "T", "phone": "", **typed})
        assert (answer.status_code, sentence in answer.text) == (status, True), typed
    assert User.get_by_id(emily.id).version == 0


def test_suspending_and_resuming(cast, boss, emily):
    assert boss.send(at(cast, emily, "/suspend"), at(cast, emily)).status_code == 303
    assert User.get_by_id(emily.id).state == "suspended"
    assert boss.send(at(cast, emily, "/resume"), at(cast, emily)).status_code == 303
    assert User.get_by_id(emily.id).state == "active"


def test_an_act_that_the_rules_refuse_is_explained_on_the_page(cast, boss):
    row = User.get(User.role == "super-admin")
    page = boss.get(at(cast, row)).text
    assert "This is the super administrator." in page
    for rest in ("suspend", "delete"):
        answer = boss.send(at(cast, row, f"/{rest}"), at(cast, row))
        assert answer.status_code == 409
        assert "This is the super administrator." in answer.text
    assert boss.get(at(cast, row, "/suspend")).headers["Location"] == at(cast, row)


def test_changing_the_role_and_seeing_that_somebody_was_quicker(cast, boss, emily):
    assert boss.send(at(cast, emily, "/role"), at(cast, emily), seen="0", role="admin").status_code == 303
    assert User.get_by_id(emily.id).role == "admin"
    stale = boss.send(at(cast, emily, "/role"), at(cast, emily), seen="0", role="member")
    assert stale.status_code == 409
    assert "changed in the meantime" in stale.text
    for wrong in ({"role": "super-admin", "seen": "1"}, {"role": "member"}):
        assert boss.send(at(cast, emily, "/role"), at(cast, emily), **wrong).status_code == 422
    assert User.get_by_id(emily.id).role == "admin"


def test_resetting_a_password_signs_the_person_out(cast, boss, emily):
    browser = cast.person("emily@siam.example", "en").browser()
    assert browser.get("/en/account").status_code == 200
    assert boss.send(at(cast, emily, "/password"), at(cast, emily)).status_code == 303
    assert Outgoing.get(Outgoing.event == "password-reset-by-admin").to_address == "emily@siam.example"
    assert browser.get("/en/account").status_code == 302


def test_inviting_again(cast, boss, clock):
    boss.send(here(cast, "/add"), **NEW)
    user = User.get(User.email == NEW["email"])
    again = at(cast, user, "/invitation")
    assert "moment ago" in boss.send(again, at(cast, user)).text
    clock.advance(minutes=5)
    assert boss.send(again, at(cast, user)).status_code == 303
    assert Outgoing.select().where(Outgoing.event == "user-invitation").count() == 2


def test_deleting_asks_first(cast, boss, emily):
    asked = boss.get(at(cast, emily, "/delete"))
    assert "This cannot be undone." in asked.text
    assert User.get_or_none(User.id == emily.id)
    answer = boss.send(at(cast, emily, "/delete"))
    assert answer.headers["Location"] == here(cast)
    assert not User.get_or_none(User.id == emily.id)
    for method in (boss.get, lambda path: boss.send(path, here(cast))):
        assert method(at(cast, emily, "/delete")).status_code == 404


# ---- The picture ----

def upload(cast, browser, user, content, name="me.png"):
    page = at(cast, user)
    data = {"csrf_token": browser.csrf(page), "picture": (io.BytesIO(content), name)}
    return browser.post(f"{page}/picture", data=data, content_type="multipart/form-data", follow_redirects=True)


def png():
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "red").save(out, "PNG")
    return out.getvalue()


def test_a_picture_is_uploaded_shown_once_per_change_and_removed(cast, boss, partner, emily):
    assert "The profile image is changed." in upload(cast, boss, emily, png(), "wrong-name.exe").text
    shown = partner.get(at(cast, emily, "/picture"))
    assert (shown.mimetype, shown.data[8:12]) == ("image/webp", b"WEBP")
    assert "private" in shown.headers["Cache-Control"]
    again = partner.get(at(cast, emily, "/picture"), headers={"If-None-Match": shown.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert cast.outsider.browser().get(at(cast, emily, "/picture")).status_code == 404
    boss.send(at(cast, emily, "/picture/remove"), at(cast, emily))
    assert partner.get(at(cast, emily, "/picture")).status_code == 404


def test_what_is_no_picture_is_refused_in_words(cast, boss, emily):
    for content, sentence in (
        (b"<script>alert(1)</script>", "not an image"), (b"x" * (6 * 1024 * 1024), "more than 5 MB"), (b"", "image"),
    ):
        assert sentence in upload(cast, boss, emily, content, "me.png").text
    assert Picture.select().count() == 0


def test_a_picture_of_anothers_user_is_not_to_be_had(cast, boss):
    other = cast.customer("Other", "other-customer.example")
    stranger = cast.user("bob@other-customer.example", organization=other)
    with transaction():
        Picture.create(user=stranger, data=b"secret", digest="d", updated_at=cast.now)
    for rest in ("", "/picture", "/delete", "/policy"):
        assert boss.get(at(cast, stranger, rest)).status_code == 404
    for rest in ("", "/suspend", "/password", "/delete", "/role", "/invitation", "/picture/remove"):
        sent = boss.send(at(cast, stranger, rest), here(cast), seen="0", role="admin", name="x", title="", phone="")
        assert sent.status_code == 404, rest


def test_the_partner_is_in_its_customers_console_also_in_fragments_and_refusals(cast, partner, emily):
    answer = partner.post(at(cast, emily), data={"csrf_token": partner.csrf(here(cast)), "seen": "0", "name": ""},
                          headers=HTMX)
    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert 'id="details"' in answer.text
    assert 'name="reason"' in answer.text


def test_the_list_shows_who_lacks_a_required_second_factor(cast):
    words, here = "No second factor", f"/en/organizations/{cast.siam.public_id}/users"
    emily = cast.employ(cast.siam, cast.person("emily@siam.example", "en"))
    cast.siam_manager  # noqa: B018 -- has none either
    browser = cast.siam_admin.browser()
    assert words not in browser.get(here).text
    Organization.update(tfa_required=True).execute()
    assert browser.get(here).text.count(words) == 2
    Account.update(second_factor_at=cast.now).where(Account.id == emily.account_id).execute()
    assert browser.get(here).text.count(words) == 1
