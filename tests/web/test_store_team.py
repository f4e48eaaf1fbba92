"""The team's pages: who reads what, inviting and accepting, and what nobody gets by sending more fields."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import html

from portal.accounts.models import Account, Session
from portal.accounts.passwords import hashed
from portal.billing.commands.telling import tell_about
from portal.customers.models import Assignment, Organization
from portal.customers.queries import told_about
from portal.partners.models import Member
from portal.storage import transaction
from portal.team.models import Invitation
from tests.billing.rows import an_invoice
from tests.cast import PASSWORD
from tests.client import statements
from tests.team.people import change, invited, link_in, mails, member_of

TEAM = "/en/store/team"
INVITE = f"{TEAM}/invite"
ASKED = {"email": "new@andina.example", "name": "Somebody New", "language": "th", "role": "sales", "sees": "all"}


def text_of(response, path="//main"):
    return " ".join(html.fromstring(response.data).xpath(path)[0].text_content().split())


def seller(cast):
    return cast.member("sales@andina.example", "th", cast.andina, "sales")


# ---- Reading ----

def test_everybody_reads_who_is_in_the_team(cast):
    seller(cast), cast.colleague
    change(cast.admin, member_of(cast.colleague), sees="chosen", domains=[cast.siam.domain])
    shown = text_of(cast.admin.browser().get(TEAM))
    for words in ("Partner Admin", "Sales", "Super administrator", "1 chosen customer", "Finds and adds customers"):
        assert words in shown
    page = seller(cast).browser().get(TEAM)
    assert "Edit" not in text_of(page)
    assert "Invite somebody" not in page.text
    assert "Your task: Sales." in text_of(page)
    assert "Partner Admin" not in cast.outsider.browser().get(TEAM).text


def test_the_page_asks_the_same_of_the_database_however_many_there_are(cast):
    browser = cast.admin.browser()
    with statements() as few:
        browser.get(TEAM)
    for number in range(8):
        invited(cast.admin, f"number-{number}@andina.example")
        cast.member(f"member-{number}@andina.example", "en", cast.andina, "reader")
    with statements() as many:
        browser.get(TEAM)
    assert len(many) == len(few) <= 5


def test_long_teams_have_pages(cast):
    with transaction():
        for number in range(60):
            account = Account.create(email=f"m{number}@andina.example", name=f"Number {number}.", created_at=cast.now)
            Member.create(partner=cast.andina, account=account, role="reader", created_at=cast.now)
    first = cast.admin.browser().get(TEAM)
    assert "Number 3." in first.text
    assert "Number 59." not in first.text
    onward = html.fromstring(first.data).xpath("//a[@rel='next']/@href")[0]
    assert "Number 59." in cast.admin.browser().get(onward).text


# ---- Inviting ----

def test_somebody_new_is_invited_and_arrives(cast, client, mailer, run_jobs):
    sent = cast.admin.browser().send(INVITE, **ASKED, until="2026-12-31")
    assert (sent.status_code, sent.headers["Location"]) == (303, TEAM)
    assert "new@andina.example" in cast.admin.browser().get(TEAM).text
    run_jobs()
    link = link_in(mailer.sent[-1])
    assert link.startswith("/th/")
    page = client.get(link)
    assert "Andina Cloud" in page.text
    accepted = client.send(link, name="คนใหม่", password="correct horse battery")
    assert (accepted.status_code, accepted.headers["Location"]) == (303, "/th/store/")
    assert client.get("/th/store/team").status_code == 200
    assert client.get("/th/store/team/invite").status_code == 403
    again = cast.app.test_client().send(link, page="/th/sign-in", name="x", password="correct horse battery")
    assert again.status_code == 410


def established(person):
    """Let somebody have a password, as everybody has who has come in by themselves."""
    with transaction():
        Account.update(password_hash=hashed(PASSWORD)).where(Account.id == person.account.id).execute()
    return person


def test_somebody_with_an_account_confirms_and_begins_in_the_new_place(cast, mailer, run_jobs):
    established(cast.outsider)
    cast.admin.browser().send(INVITE, **{**ASKED, "email": cast.outsider.email, "role": "reader"})
    run_jobs()
    link = link_in(mailer.sent[-1])
    browser = cast.outsider.browser()
    page = browser.get(link)
    assert "password" not in {one.get("type") for one in html.fromstring(page.data).xpath("//input")}
    accepted = browser.send(link)
    assert accepted.status_code == 303
    assert "Andina Cloud" in browser.get(TEAM).text
    assert cast.outsider.actor.partner_id == cast.andina.id
    assert len(cast.outsider.actor.places) == 2


def test_a_link_of_somebody_else_gives_its_bearer_nothing(cast, mailer, run_jobs):
    """Pressed in another person's browser, the invitation is accepted by whom it was for."""
    established(cast.newcomer)
    cast.admin.browser().send(INVITE, **{**ASKED, "email": cast.newcomer.email})
    run_jobs()
    cast.outsider.browser().send(link_in(mailer.sent[-1]))
    assert cast.outsider.actor.partner_name == "Other Resale"
    assert cast.newcomer.actor.partner_name == "Andina Cloud"


def test_withdrawn_and_replayed_links_say_the_same(cast, client, mailer, run_jobs):
    cast.admin.browser().send(INVITE, **ASKED)
    run_jobs()
    link, row = link_in(mailer.sent[-1]), Invitation.get()
    done = cast.admin.browser().send(f"{TEAM}/invitations/{row.public_id}/withdraw", page=TEAM)
    assert done.status_code == 303
    refused = client.send(link, page="/th/sign-in", name="x", password="correct horse battery")
    unknown = client.send("/th/invitation/none.none", page="/th/sign-in", name="x", password="correct horse battery")
    assert refused.status_code == unknown.status_code == 410
    assert text_of(refused) == text_of(unknown)
    assert Member.select().where(Member.account == row.account_id).count() == 0
    assert cast.admin.browser().send(f"{TEAM}/invitations/{row.public_id}", page=TEAM).status_code == 409


def test_sending_again(cast, mailer, run_jobs):
    row = invited(cast.admin)
    assert cast.colleague.browser().send(f"{TEAM}/invitations/{row.public_id}", page=TEAM).status_code == 303
    assert len(mails("team-invitation")) == 2
    assert cast.outsider.browser().send(f"{TEAM}/invitations/{row.public_id}", page=TEAM).status_code == 404
    assert cast.outsider.browser().get(f"{TEAM}/invitations/{row.public_id}").status_code == 303


@pytest.mark.parametrize(("wrong", "status", "words"), [
    ({"email": "no address"}, 422, "Invalid email address."), ({"email": ""}, 422, "This field is required."),
    ({"name": "  "}, 422, "This field is required."), ({"role": "owner"}, 422, "Not a valid choice."),
    ({"role": ""}, 422, "Not a valid choice."), ({"sees": "some"}, 422, "Not a valid choice."),
    ({"until": "soon"}, 422, "Not a valid date value."), ({"until": "2020-01-01"}, 409, "Choose today or a later day"),
    ({"until": "9999-12-31"}, 409, "Choose today or a later day"),
    ({"sees": "chosen"}, 409, "Name at least one customer."),
    ({"sees": "chosen", "customers": "siam.example\nother.example\nนี่.example"}, 409, "other.example, นี่.example"),
])
def test_what_is_wrong_is_said_beside_it_and_everything_kept(cast, wrong, status, words):
    cast.siam  # noqa: B018
    asked = {**ASKED, **wrong}
    refused = cast.admin.browser().send(INVITE, **asked)
    assert refused.status_code == status
    assert words in html.fromstring(refused.data).text_content()
    assert Invitation.select().count() == 0
    assert asked["customers"] in refused.text if "customers" in asked else True


def test_customers_are_named_as_people_write_them(cast):
    cast.siam, cast.customer("สยาม", "xn--o3cw4h.example", partner=cast.andina)
    done = cast.admin.browser().send(INVITE, **{
        **ASKED, "sees": "chosen", "customers": "  SIAM.example,\r\nไทย.example \n\nsiam.example"})
    assert done.status_code == 303
    assert len(Invitation.get().customers) == 2


def test_an_administrator_sends_more_than_the_form_asks_and_gets_nothing(cast):
    browser = cast.colleague.browser()
    form = browser.get(INVITE)
    assert not html.fromstring(form.data).xpath("//input[@name='help_center' or @value='super-admin']")
    sent = browser.send(INVITE, **ASKED, help_center="y", partner=str(cast.outsider.partner.id), state="accepted",
                        account=str(cast.admin.account.id), expires_at="2099-01-01")
    assert sent.status_code == 303
    row = Invitation.get()
    assert (row.help_center, row.partner_id, row.state) == (False, cast.andina.id, "open")
    assert browser.send(INVITE, **{**ASKED, "email": "b@andina.example", "role": "super-admin"}).status_code == 422


# ---- Changing and removing ----

def test_a_member_is_changed_and_the_page_says_what_they_have(cast):
    row, path = member_of(seller(cast)), f"{TEAM}/{member_of(seller(cast)).public_id}"
    browser = cast.admin.browser()
    done = browser.send(path, seen="0", role="support", sees="chosen", customers=cast.siam.domain, help_center="y",
                        until="2026-12-31")
    assert done.status_code == 303
    row = Member.get_by_id(row.id)
    assert (row.role, row.sees, row.help_center, row.version) == ("support", "chosen", True, 1)
    page = html.fromstring(browser.get(path).data)
    assert page.xpath("//textarea[@name='customers']/text()")[0].strip() == "siam.example"
    assert page.xpath("//input[@name='until']/@value") == ["2026-12-31"]
    assert page.xpath("//input[@name='role' and @checked]/@value") == ["support"]


def test_who_comes_second_sees_what_the_first_has_saved(cast):
    row = member_of(seller(cast))
    change(cast.admin, row, role="billing")
    second = cast.colleague.browser().send(
        f"{TEAM}/{row.public_id}", seen="0", role="support", sees="all", customers="", until="")
    assert second.status_code == 409
    compared = text_of(second, "//*[contains(@class, 'conflict')]")
    assert "Support" in compared
    assert "Billing" in compared
    assert Member.get_by_id(row.id).role == "billing"
    assert html.fromstring(second.data).xpath("//input[@name='seen']/@value") == ["1"]


def test_administrators_do_not_reach_up_nor_raise_themselves(cast):
    cast.admin  # noqa: B018
    browser = cast.colleague.browser()
    for target in (cast.admin, cast.colleague):
        row = member_of(target)
        path = f"{TEAM}/{row.public_id}"
        assert not html.fromstring(browser.get(path).data).xpath("//main//form")
        for role, status in (("super-admin", 422), ("reader", 409)):
            sent = browser.send(path, page=TEAM, seen="0", role=role, sees="all", version="9", help_center="y")
            assert sent.status_code == status
        assert Member.get_by_id(row.id).role == row.role
    head = member_of(cast.admin)
    assert browser.send(f"{TEAM}/{head.public_id}/remove", seen="0").status_code == 409
    assert Member.get_by_id(head.id).role == "super-admin"


def test_the_help_center_stays_as_it_is_where_the_form_does_not_ask(cast):
    row = member_of(seller(cast))
    change(cast.admin, row, help_center=True)
    sent = cast.colleague.browser().send(f"{TEAM}/{row.public_id}", seen="1", role="reader", sees="all", until="")
    assert sent.status_code == 303
    assert Member.get_by_id(row.id).help_center


def test_removing_asks_first_and_works_at_the_next_click(cast):
    person = seller(cast)
    path = f"{TEAM}/{member_of(person).public_id}/remove"
    before = person.browser()
    assert before.get("/en/store/customers").status_code == 200
    assert "Remove Sales from the team?" in text_of(cast.colleague.browser().get(path))
    assert cast.colleague.browser().send(path, page=path).status_code == 422  # whoever saw nothing removes nobody
    assert cast.colleague.browser().send(path, seen="0").status_code == 303
    assert before.get("/en/store/customers").status_code == 403
    assert cast.colleague.browser().get(path).status_code == 404


@pytest.mark.parametrize("act", ["", "/remove"])
def test_other_partners_members_are_not_there(cast, act):
    path = f"{TEAM}/{member_of(cast.colleague).public_id}{act}"
    browser = cast.outsider.browser()
    assert browser.get(path).status_code == 404
    sent = browser.send(path, page=TEAM, seen="0", role="reader", sees="all")
    assert sent.status_code == 404
    assert member_of(cast.colleague).role == "admin"


def test_nothing_happens_without_the_token_of_a_form(cast):
    row, ask = member_of(seller(cast)), invited(cast.admin)
    browser = cast.admin.browser()
    for path in (INVITE, f"{TEAM}/{row.public_id}", f"{TEAM}/{row.public_id}/remove", f"{TEAM}/leave",
                 f"{TEAM}/language", f"{TEAM}/invitations/{ask.public_id}",
                 f"{TEAM}/invitations/{ask.public_id}/withdraw", "/en/account/place"):
        assert browser.post(path, data={**ASKED, "seen": "0"}).status_code == 400, path
    assert Invitation.get().state == "open"


# ---- One's own place ----

def test_language_of_mails(cast):
    browser = seller(cast).browser()
    assert browser.send(f"{TEAM}/language", page=TEAM, language="fr").status_code == 303
    assert member_of(seller(cast)).language == "fr"
    assert browser.send(f"{TEAM}/language", page=TEAM, language="xx").status_code == 422
    assert browser.send(f"{TEAM}/language", page=TEAM, language="").status_code == 303
    assert browser.get(f"{TEAM}/language").status_code == 303


def test_leaving_by_oneself(cast):
    head, browser = cast.admin, seller(cast).browser()
    assert "Leave Andina Cloud?" in text_of(browser.get(f"{TEAM}/leave"))
    left = browser.send(f"{TEAM}/leave", seen="0")
    assert left.status_code == 303
    assert "You have left Andina Cloud." in browser.get(left.headers["Location"], follow_redirects=True).text
    assert mails("member-ended") == [(head.email, "es")]
    last = cast.admin.browser().send(f"{TEAM}/leave", seen="0")
    assert last.status_code == 409
    assert "last super administrator" in last.text


# ---- Several places ----

@pytest.fixture
def both(cast):
    """Somebody at Andina as a seller who reads at Other Resale."""
    person, other = seller(cast), cast.outsider.partner
    with transaction():
        Member.create(partner=other, account=person.account, role="reader", created_at=cast.now)
    return person, {"Andina Cloud": f"partner:{cast.andina.public_id}", "Other Resale": f"partner:{other.public_id}"}


def test_the_menu_offers_the_other_places(cast, both):
    person, _keys = both
    shown = html.fromstring(person.browser().get("/en/store/").data)
    assert "Andina Cloud" in shown.xpath("//details[contains(@class, 'places')]/summary")[0].text_content()
    assert shown.xpath("//details[contains(@class, 'places')]//button/text()") == ["Other Resale"]
    alone = html.fromstring(cast.admin.browser().get("/en/store/").data)
    assert not alone.xpath("//details[contains(@class, 'places')]")


@pytest.mark.parametrize(("wanted", "leads_to"), [
    ("", "/en/store/"), ("/en/store/customers?q=x", "/en/store/customers?q=x"), ("/fr/console/customers",
                                                                               "/fr/console/customers"),
    ("/en/desk/partners", "/en/store/"), ("/en/account", "/en/store/"), ("//evil.example/store/", "/en/store/"),
    ("https://evil.example/en/store/", "/en/store/"), ("/\\evil.example/store", "/en/store/"), ("store", "/en/store/"),
])
def test_going_over_leads_home_or_to_a_page_of_that_kind(cast, both, wanted, leads_to):
    person, keys = both
    gone = person.browser().send("/en/account/place", page="/en/store/", place=keys["Other Resale"], next=wanted)
    assert (gone.status_code, gone.headers["Location"]) == (303, leads_to)
    assert person.actor.partner_name == "Other Resale"


def test_only_own_places_can_be_chosen(cast, both):
    person, _keys = both
    siam = f"partner:{cast.partner('Third', 'US', 'en').public_id}"
    for place in (siam, "staff", "", "partner:", "partner:none"):
        assert person.browser().send("/en/account/place", page="/en/store/", place=place).status_code == 404
    assert {row.place for row in Session.select()} == {""}


def test_a_page_of_another_place_is_offered_there_without_saying_whether_it_exists(cast, both):
    person, _keys = both
    theirs = cast.customer("Kestrel", "kestrel.example", partner=cast.outsider.partner)
    browser = person.browser()
    there, nowhere = (browser.get(f"/en/store/customers/{one}") for one in (theirs.public_id, "nowhere"))
    assert there.status_code == nowhere.status_code == 404
    assert text_of(there) == text_of(nowhere)
    assert "Open it as Other Resale" in text_of(there)
    form = html.fromstring(there.data).xpath("//main//form")[0]
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    assert browser.post(form.get("action"), data=fields).headers["Location"].endswith(theirs.public_id)
    assert browser.get(f"/en/store/customers/{theirs.public_id}").status_code == 200
    assert "Open it as" not in browser.get("/en/nowhere").text
    assert "Open it as" not in cast.admin.browser().get("/en/store/customers/nowhere").text


def test_staff_and_partner_pages_offer_each_other(cast):
    person = cast.person("both@vendor.example", "en", staff="reviewer")
    with transaction():
        Member.create(partner=cast.andina, account=person.account, role="reader", created_at=cast.now)
    browser = person.browser()
    refused = browser.get("/en/store/customers")
    assert refused.status_code == 403
    assert "Open it as Andina Cloud" in refused.text
    browser.send("/en/account/place", page="/en/desk/", place=f"partner:{cast.andina.public_id}")
    assert browser.get("/en/store/customers").status_code == 200
    refused = browser.get("/en/desk/applications")
    assert refused.status_code == 403
    assert "staff" in text_of(refused, "//section[@aria-labelledby='elsewhere']")


def test_a_place_that_has_ended_falls_back_to_another(cast, both, clock):
    person, keys = both
    person.browser().send("/en/account/place", page="/en/store/", place=keys["Other Resale"])
    with transaction():
        Member.update(expires_at=cast.now + timedelta(days=1)).where(
            Member.account == person.account, Member.role == "reader").execute()
    clock.advance(days=2)
    assert person.actor.partner_name == "Andina Cloud"


# ---- Who hears of what ----

def test_chosen_customers_are_written_about_and_no_others(cast):
    head, billing = cast.admin, cast.member("billing@andina.example", "th", cast.andina, "billing")
    other = cast.customer("Other One", "one.example", partner=cast.andina)
    with transaction():
        member = member_of(billing)
        Member.update(sees="chosen", language="fr").where(Member.id == member.id).execute()
        Assignment.create(member=member, organization=cast.siam)
    told = told_about(cast.make_ctx(), "payment-declined", [cast.siam, other])
    assert [(one.email, one.language) for one in told[cast.siam.id]] == [
        (head.email, "es"), ("billing@andina.example", "fr")]
    assert [one.email for one in told[other.id]] == [head.email]
    assert "billing@andina.example" not in [
        one.email for one in told_about(cast.make_ctx(), "trial-ending", [cast.siam])[cast.siam.id]]


def test_an_invoice_of_a_customer_that_has_moved_is_news_for_its_former_partner(cast):
    head, invoice = cast.admin, an_invoice(cast)
    cast.outsider  # noqa: B018
    with transaction():
        Organization.update(partner=cast.outsider.partner).where(Organization.id == cast.siam.id).execute()
        tell_about(cast.make_ctx(), Organization.get_by_id(cast.siam.id), invoice, "payment-declined", "x")
    assert {address for address, _language in mails("payment-declined")} == {head.email, cast.siam.admin_email}
