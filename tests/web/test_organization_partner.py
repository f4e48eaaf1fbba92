"""*Your partner*: what the page says to whom, and what its buttons do at the partner's next click."""

from __future__ import annotations

from html import unescape

import pytest
from lxml import html

from portal.delegation.commands import ask_access, revoke_access, suspend_access
from portal.delegation.models import Access, Invitation
from portal.storage import transaction
from tests.client import HTMX
from tests.inside import inside
from tests.words import words


def path(organization, act="", lang="en"):
    return f"/{lang}/organizations/{organization.public_id}/partner{act}"


def buttons(response):
    """Return the words of the page's own buttons and button-like links."""
    tree = html.fromstring(response.data)
    return [" ".join(found.text_content().split()) for found in tree.xpath("//main//*[contains(@class, 'button')]")]


def owner(cast):
    return inside(cast.siam_admin, cast.siam)


@pytest.fixture
def asked(cast):
    """A question of the partner, after its access was revoked."""
    revoke_access(owner(cast))
    ask_access(cast.admin.ctx, cast.siam.public_id, "To add <new> colleagues.")
    return Invitation.get().public_id


def test_the_page_says_who_may_enter_and_do_what(cast):
    assert cast.colleague.partner == cast.admin.partner
    text = unescape(cast.siam_admin.browser().get(path(cast.siam)).text)
    for said in ("Andina Cloud", "Active", "Mar 2, 2026",
                 "Partner Admin", "partner-admin@andina.example", "Partner Member", "Add users",
                 "Reset a user's password", "Nothing yet."):
        assert said in text, said


def test_what_the_partner_did_lately_newest_first(cast):
    suspend_access(owner(cast))
    with transaction():
        Access.update(state="revoked").execute()
    ask_access(cast.colleague.ctx, cast.siam.public_id, "Please")
    page = cast.siam_admin.browser().get(path(cast.siam))
    shown = [item.text_content() for item in html.fromstring(page.data).xpath("//section[@id='lately']//li")]
    assert len(shown) == 1
    assert "Asked for access again" in shown[0]
    assert "Partner Member" in shown[0]


@pytest.mark.parametrize(
    ("state", "owners", "managers"),
    [
        ("active", ["Suspend access", "Revoke access"], ["Suspend access"]),
        ("suspended", ["Allow access again", "Revoke access"], []),
        ("revoked", [], []),
    ],
)
def test_each_sees_the_buttons_of_their_role(cast, state, owners, managers):
    with transaction():
        Access.update(state=state).where(Access.organization == cast.siam).execute()
    for person, expected in ((cast.siam_admin, owners), (cast.siam_manager, managers)):
        assert buttons(person.browser().get(path(cast.siam))) == expected


def test_the_partner_reads_the_page_without_buttons(cast):
    page = cast.admin.browser().get(path(cast.siam))
    assert page.status_code == 200
    assert buttons(page) == []
    assert "Your partner" not in html.fromstring(page.data).findtext(".//h1")
    for act in ("/suspend", "/revoke", "/resume", "/invitations/x/accept", "/invitations/x/decline"):
        refused = cast.admin.browser().send(path(cast.siam, act), page=path(cast.siam))
        assert refused.status_code == 403, act
    assert Access.get().state == "active"


def test_suspend_and_allow_again(cast):
    admin, partner = cast.siam_admin.browser(), cast.colleague.browser()
    assert admin.send(path(cast.siam, "/suspend"), page=path(cast.siam)).status_code == 303
    page = admin.get(path(cast.siam))
    assert "Suspended" in page.text
    assert "Access is suspended." in page.text
    assert partner.get(path(cast.siam)).status_code == 404
    admin.send(path(cast.siam, "/resume"), page=path(cast.siam))
    assert partner.get(path(cast.siam)).status_code == 200


def test_an_admin_may_suspend_but_not_more(cast):
    manager = cast.siam_manager.browser()
    assert manager.send(path(cast.siam, "/suspend"), page=path(cast.siam)).status_code == 303
    for act in ("/resume", "/revoke"):
        assert manager.send(path(cast.siam, act), page=path(cast.siam)).status_code == 403
    assert manager.get(path(cast.siam, "/revoke")).status_code == 403
    assert "Super Admin" in manager.get(path(cast.siam)).text
    assert Access.get().state == "suspended"


def test_revoking_is_explained_first_and_works_on_the_next_click(cast):
    admin, partner = cast.siam_admin.browser(), cast.admin.browser()
    console = f"/es/organizations/{cast.siam.public_id}/users"
    assert partner.get(console).status_code == 200
    explained = admin.get(path(cast.siam, "/revoke"))
    assert Access.get().state == "active"
    for said in ("What ends at once", "What stays as it is", "Partner Store"):
        assert said in explained.text
    assert admin.send(path(cast.siam, "/revoke")).status_code == 303
    assert "Access is revoked." in admin.get(path(cast.siam)).text
    assert partner.get(console).status_code == 404
    assert "siam.example" not in partner.get("/es/console/customers").text
    assert "Siam Trading" in partner.get("/es/store/customers").text


def test_a_fragment_or_form_that_was_open_gets_the_whole_page_of_the_refusal(cast):
    partner, here = cast.admin.browser(), f"/es/organizations/{cast.siam.public_id}/users"
    token = partner.csrf(here)
    revoke_access(owner(cast))
    for response in (
        partner.get(here, headers=HTMX),
        partner.post(path(cast.siam, "/suspend", "es"), data={"csrf_token": token}, headers=HTMX),
    ):
        assert response.status_code == 404
        assert response.headers["HX-Retarget"] == "body"
        assert words("es")("There is nothing at this address") in unescape(response.text)
        assert "siam" not in html.fromstring(response.data).xpath("//main")[0].text_content().lower()


def test_a_double_click_revokes_once_and_an_old_page_is_refused(cast):
    admin = cast.siam_admin.browser()
    token = admin.csrf(path(cast.siam))
    for _click in range(2):
        assert admin.post(path(cast.siam, "/revoke"), data={"csrf_token": token}).status_code == 303
    for act in ("/suspend", "/resume"):
        refused = admin.post(path(cast.siam, act), data={"csrf_token": token})
        assert refused.status_code == 409
        assert "has changed in the meantime" in refused.text
    assert admin.get(path(cast.siam, "/revoke")).headers["Location"] == path(cast.siam)
    assert Access.get().state == "revoked"


@pytest.mark.parametrize(("answer", "state"), [("accept", "active"), ("decline", "revoked")])
def test_the_super_administrator_answers(cast, asked, answer, state):
    admin = cast.siam_admin.browser()
    page = admin.get(path(cast.siam))
    assert "To add &lt;new&gt; colleagues." in page.text
    assert buttons(page) == ["Accept the request", "Decline the request"]
    assert buttons(cast.siam_manager.browser().get(path(cast.siam))) == []
    done = admin.send(path(cast.siam, f"/invitations/{asked}/{answer}"), page=path(cast.siam))
    assert done.status_code == 303
    assert Access.get().state == state
    assert "To add" not in admin.get(path(cast.siam)).text
    assert cast.admin.browser().get(path(cast.siam)).status_code == (200 if state == "active" else 404)


def test_an_answer_that_comes_too_late_is_refused(cast, asked, clock):
    admin = cast.siam_admin.browser()
    token = admin.csrf(path(cast.siam))
    clock.advance(days=15)
    late = admin.post(path(cast.siam, f"/invitations/{asked}/accept"), data={"csrf_token": token})
    assert late.status_code == 409
    assert Access.get().state == "revoked"
    assert admin.post(path(cast.siam, "/invitations/no-such/accept"), data={"csrf_token": token}).status_code == 404


def test_a_refused_form_leads_back_when_its_address_is_opened(cast):
    admin = cast.siam_admin.browser()
    for act in ("/suspend", "/resume", "/invitations/x/accept", "/invitations/x/decline"):
        assert admin.get(path(cast.siam, act)).headers["Location"] == path(cast.siam)


def test_an_organization_that_no_partner_can_enter_says_so(cast):
    alone = cast.customer("Alone", "alone.example", access="none")
    cast.employ(alone, cast.siam_admin, "super-admin")
    page = cast.siam_admin.browser().get(path(alone))
    assert "No partner has access" in page.text
    assert cast.siam_admin.browser().get(path(alone, "/revoke")).status_code == 303


def test_nobody_else_sees_the_page(cast, client):
    assert client.get(path(cast.siam)).status_code == 302
    cast.employ(cast.siam, cast.newcomer)
    for person in (cast.outsider, cast.reviewer, cast.newcomer):
        assert person.browser().get(path(cast.siam)).status_code == 404


@pytest.mark.parametrize("lang", ["th", "es", "fr"])
def test_the_page_speaks_the_readers_language(cast, lang):
    text = unescape(cast.siam_admin.browser().get(path(cast.siam, lang=lang)).text)
    assert words(lang)("Your partner") in text
    assert ("2569" in text) == (lang == "th")
