"""The demo: everybody can sign in, every state is there, and filling twice changes nothing."""

from lxml import html

from portal import demo
from portal.accounts.models import Account
from portal.applications.models import Application
from portal.billing.verification import Verification
from portal.core.locales import COMPLETE
from portal.customers.models import Organization
from portal.directory.models import User
from portal.mail.models import Outgoing
from portal.subscriptions.models import Subscription
from portal.support.models import Clock, Received, Ticket


def sign_in(client, email):
    """Sign in as a visitor of the demo does, who takes codes from the local authenticator."""
    arrived = client.send("/en/sign-in", email=email, password=demo.PASSWORD)
    if not arrived.headers["Location"].startswith("/en/sign-in/code"):
        return arrived
    rows = html.fromstring(client.get("/dev/codes").data).xpath(f"//tr[th[text()='{email}']]")
    return client.send(arrived.headers["Location"], otp=rows[0].findtext(".//td//code"))


def test_everybody_can_sign_in_and_arrives_where_they_work(app, filled):
    siam = Organization.get(Organization.domain == "siam.example")
    homes = {
        demo.ADMIN: "/store/", demo.MEMBER: "/store/", demo.SIAM: f"/organizations/{siam.public_id}/",
        demo.STAFF: "/desk/", demo.FINANCE: "/desk/", demo.OUTSIDER: "/store/",
        demo.AGENT: "/desk/", demo.LEAD: "/desk/",
        demo.SALES: "/store/", demo.BILLING: "/store/", demo.SUPPORT: "/store/",
    }
    for person, home in homes.items():
        browser = app.test_client()
        arrived = sign_in(browser, person.email)
        assert arrived.status_code == 303, person.email
        assert arrived.headers["Location"].endswith(home)
        assert browser.get(arrived.headers["Location"], follow_redirects=True).status_code == 200
        assert person.email in filled


def test_who_needs_a_code_is_told_where_it_stands(app, filled):
    assert "staff@…, finance@…: it stands at /dev/codes" in filled
    shown = app.test_client().get("/dev/codes").text
    assert all(person.email in shown for person in (demo.SIAM, demo.STAFF, demo.FINANCE))
    assert demo.ADMIN.email not in shown


def test_every_state_of_a_customer_is_shown(filled, make_ctx):
    rows = list(Organization.select())
    assert {row.standing for row in rows} == {"trial", "paid", "expired", "suspended", "ended"}
    assert {row.access for row in rows} == {"active", "revoked", "none"}
    assert {row.language for row in rows} == set(COMPLETE)
    assert any(row.domain_verified_at is None for row in rows)
    held = list(Subscription.select())
    assert {row.trial_days for row in held if row.state == "trial"} == {15, 30, 45, 60}
    assert len({row.currency for row in held if row.state == "paid"}) >= 3
    assert {row.period for row in held if row.state == "paid"} == {"monthly", "yearly"}
    today = make_ctx().today()
    assert any((row.renews_on - today).days <= 2 for row in held if row.state == "trial")
    assert all(row.renews_on > today for row in held if row.state in {"trial", "paid"})


def test_the_other_partner_has_customers_of_its_own(app, filled):
    browser = app.test_client()
    sign_in(browser, demo.OUTSIDER.email)
    text = browser.get("/en/console/customers").text
    assert "Kestrel Freight" in text
    assert "Siam Trading" not in text


def test_customers_have_left_and_move(app, filled):
    gone, goes = (Organization.get(Organization.domain == name) for name in ("rivoire.example", "azogue.example"))
    assert (gone.partner_id, gone.standing) == (None, "paid")
    browser = app.test_client()
    sign_in(browser, demo.ADMIN.email)
    former = browser.get("/en/store/former").text
    assert gone.name in former
    assert goes.name in former
    assert gone.name not in browser.get("/en/store/customers?q=Rivoire").text
    assert goes.name in browser.get("/en/store/customers?q=Azogue").text
    browser = app.test_client()
    sign_in(browser, demo.STAFF.email)
    assert gone.name in browser.get("/en/desk/disputes").text
    browser = app.test_client()
    sign_in(browser, demo.OUTSIDER.email)
    assert goes.name not in browser.get("/en/store/customers").text


def test_a_team_has_all_kinds_of_people(app, filled):
    browser = app.test_client()
    sign_in(browser, demo.MEMBER.email)
    text = browser.get("/en/store/team").text
    for words in ("Sales", "Billing", "3 chosen customers", "sofia.duarte@andina.example", "Other Resale"):
        assert words in text
    browser = app.test_client()
    sign_in(browser, demo.SUPPORT.email)
    text = browser.get("/en/store/customers").text
    assert "Siam Trading" in text
    assert "Ferretería El Martillo" not in text


def test_applications_wait_in_several_languages_and_one_is_late(app, filled, make_ctx):
    rows = list(Application.select())
    assert {row.language for row in rows} == set(COMPLETE)
    assert sum(row.due_on < make_ctx().today() for row in rows if row.state == "submitted") == 1
    browser = app.test_client()
    sign_in(browser, demo.STAFF.email)
    assert "Nube Sur" in browser.get("/en/desk/applications").text


def test_the_customers_own_console_lists_its_people(app, filled):
    siam = Organization.get(Organization.domain == "siam.example")
    browser = app.test_client()
    sign_in(browser, demo.SIAM.email)
    text = browser.get(f"/th/organizations/{siam.public_id}/users").text
    assert "กฤษดา พงศ์ไพร" in text
    assert User.select().where(User.organization == siam).count() == 7


def test_domains_that_wait_have_a_zone_in_the_local_dns(filled, names):
    zones = {name for name, kind, _value in names.records() if kind == "ZONE"}
    waiting = Organization.select().where(Organization.domain_verified_at.is_null())
    assert zones == {row.domain for row in waiting}


def test_staff_see_what_is_read_and_what_readers_say(app, filled):
    browser = app.test_client()
    sign_in(browser, demo.STAFF.email)
    read = html.fromstring(browser.get("/en/desk/help").data).xpath("//td//a[not(contains(., 'Read 0 times'))]")
    assert len(read) >= 3 * len(COMPLETE)
    said = html.fromstring(browser.get("/en/desk/help/answers").data).xpath("//p[@class='typed']/@lang")
    assert {"es", "fr", "th"} <= set(said)


def test_support_shows_what_it_can(app, filled):
    tickets = list(Ticket.select())
    assert 40 <= len(tickets) <= 45
    assert {row.state for row in tickets} == {"open", "waiting", "hold", "resolved", "closed"}
    assert {row.language for row in tickets} == set(COMPLETE)
    assert {row.channel for row in tickets} == {"help-center", "general", "email", "phone", "chat"}
    assert {row.verdict for row in tickets} >= {"large", "small", "excluded-service", "not-identified", "ambiguous"}
    large = Organization.get(Organization.domain == "northfield.example")
    assert {row.severity for row in tickets if row.organization_id == large.id and row.verdict == "large"} == {"S1"}
    assert {row.outcome for row in tickets} == {"", "merged"}
    assert {row.rating for row in tickets} == {"", "good", "bad"}
    assert Clock.select().where(Clock.breached_at.is_null(False)).count() > 3
    assert {row.state for row in Received.select()} == {"filed", "held"}
    browser = app.test_client()
    sign_in(browser, demo.LEAD.email)
    assert browser.get("/en/desk/attainment").status_code == 200
    browser = app.test_client()
    sign_in(browser, demo.SALES.email)
    assert "ลืมรหัสผ่านผู้ดูแล" in browser.get("/th/support").text


def test_the_mailbox_begins_empty(filled, run_jobs, mailer):
    run_jobs()
    assert mailer.sent == []
    assert Outgoing.select().where(Outgoing.state == "pending").count() == 0


def test_filling_twice_changes_nothing(filled, make_ctx):
    counts = [table.select().count() for table in (Account, Organization, User, Outgoing)]
    again = demo.fill(make_ctx())
    assert "already" in again
    assert demo.PASSWORD in again
    assert [table.select().count() for table in (Account, Organization, User, Outgoing)] == counts


def test_two_machines_tell_the_same_story(filled):
    domains = [row["domain"] for row in demo.customers()]
    assert len(domains) == len(set(domains)) >= 36


def test_the_money_of_the_demo_fits(filled, make_ctx):
    assert list(Verification(make_ctx()).faults()) == []


def test_it_works_with_another_vendors_programme(app, make_ctx, settings):
    from dataclasses import replace

    from portal.programme import load

    other = load(settings.programme.parents[2] / "tests/programme/acme.toml")
    demo.fill(replace(make_ctx(), programme=other))
    assert Organization.select().count() > 36
