"""The organization's own console: who gets in, what they see, and the banner on every page."""

import re

import pytest

from portal.core.permissions import Role
from portal.customers.models import Organization
from portal.delegation.models import Access
from portal.directory.commands.organizations import add_organization
from portal.partners.models import Partner
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.client import HTMX, statements

BANNER = "You are currently managing your customer %(domain)s"
PAGES = ("", "users")


def path(organization, page="", lang="es"):
    return f"/{lang}/organizations/{organization.public_id}/{page}"


def banner(app, lang, domain):
    return app.extensions["templates"][lang].catalog.ugettext(BANNER) % {"domain": domain}


def person_in(cast, organization, email, role="member", state="active"):
    person = cast.person(email, "th")
    cast.employ(organization, person, role, state)
    return person


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["es", "th"])
def test_the_banner_is_on_every_page_of_a_customer(cast, app, page, lang):
    text = cast.colleague.browser().get(path(cast.siam, page, lang)).text
    assert banner(app, lang, "siam.example") in text
    assert f'href="/{lang}/console/customers"' in text


def test_the_banner_shows_the_domain_as_people_write_it(cast, app):
    cafe = cast.customer("Café", "café.example")
    assert banner(app, "es", "café.example") in cast.admin.browser().get(path(cafe)).text


def test_its_own_administrators_see_no_banner(cast, app):
    for person in (cast.siam_admin, person_in(cast, cast.siam, "admin@siam.example", "admin")):
        for page in PAGES:
            response = person.browser().get(path(cast.siam, page, "th"))
            assert response.status_code == 200
            assert banner(app, "th", "siam.example") not in response.text


def test_its_own_administrators_may_enter_before_the_domain_is_verified(cast):
    Organization.update(domain_verified_at=None).where(Organization.id == cast.siam.id).execute()
    assert cast.siam_admin.browser().get(path(cast.siam)).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_nobody_else_gets_in(cast, client, page):
    here = path(cast.siam, page)
    assert client.get(here).headers["Location"].startswith("/es/sign-in")
    strangers = [
        cast.outsider, cast.reviewer, cast.newcomer, person_in(cast, cast.siam, "member@siam.example"),
        person_in(cast, cast.siam, "gone@siam.example", "admin", "suspended"),
        person_in(cast, cast.customer("Other", "other-customer.example"), "foreign@siam.example", "admin"),
    ]
    for person in strangers:
        assert person.browser().get(here).status_code == 404, person.email


@pytest.mark.parametrize("page", PAGES)
def test_a_guessed_address_is_nothing(cast, page):
    assert cast.admin.browser().get(f"/es/organizations/23456789abcd/{page}").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_an_unverified_customer_is_closed_to_its_partner(cast, page):
    fresh = cast.customer("Fresh", "fresh.example", verified=False)
    assert cast.admin.browser().get(path(fresh, page)).status_code == 404


@pytest.mark.parametrize(
    "close",
    [
        lambda: Access.update(state="revoked").execute(),
        lambda: Access.update(state="suspended").execute(),
        lambda: Partner.update(console=False).execute(),
    ],
    ids=["revoked", "suspended", "console closed"],
)
def test_the_door_closes_at_the_next_click(cast, close):
    browser = cast.admin.browser()
    assert browser.get(path(cast.siam)).status_code == 200
    close()
    for page in PAGES:
        assert browser.get(path(cast.siam, page)).status_code == 404


def test_inside_only_the_rights_of_that_role_count(cast, app):
    from portal.web.organization.realm import realm

    with app.test_request_context("/es/"):
        inside = realm(cast.admin.ctx, {"organization": cast.siam.public_id})
    assert inside.roles == {Role.ACCOUNT, Role.ON_BEHALF}
    assert (inside.organization_id, inside.time_zone, inside.country) == (cast.siam.id, "Asia/Bangkok", "TH")
    assert inside.partner_id == cast.andina.id


def test_the_overview_names_domain_partner_plan_and_dates(cast):
    text = cast.siam_admin.browser().get(path(cast.siam, lang="th")).text
    for words in ("siam.example", "Andina Cloud", "Workplace Standard", "2570", "ไทย"):
        assert words in text


def test_the_users_can_be_searched_in_any_spelling(cast):
    for name in ("เกศินี น้ำใส", "José Peña"):
        cast.user(f"u{len(name)}@siam.example", name, state="invited")
    browser, here = cast.siam_admin.browser(), path(cast.siam, "users", "th")
    everybody = browser.get(here).text
    assert "เกศินี" in everybody
    assert "Super Admin" in everybody
    for search, found, other in (("pena", "José", "เกศินี"), ("น้ำใส", "เกศินี", "José"), ("u9@siam", "José", "เกศินี")):
        text = browser.get(here, query_string={"q": search}).text
        assert found in text
        assert other not in text
    assert browser.get(here, query_string={"q": "100%\0_"}).status_code == 200


def test_the_list_of_users_turns_pages(cast):
    for number in range(60):
        cast.user(f"u{number}@siam.example", f"Name {number:02}")
    browser, here = cast.admin.browser(), path(cast.siam, "users")
    first = browser.get(here)
    assert "Name 49" in first.text
    assert "Name 50" not in first.text
    following = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "Name 50" in browser.get(following).text
    assert "<html" not in browser.get(following, headers=HTMX).text


@pytest.mark.parametrize(("page", "most"), [("", 5), ("users", 4)])
def test_a_page_costs_few_statements_whoever_asks(cast, page, most):
    for person in (cast.admin, cast.siam_admin):
        browser, here = person.browser(), path(cast.siam, page)
        with statements() as seen:
            browser.get(here)
        assert len(seen) <= most


def test_a_customers_administrator_finds_the_way_in_from_any_page(cast):
    for there in ("/th/account", path(cast.siam, lang="th")):
        assert f'href="{path(cast.siam, lang="th")}"' in cast.siam_admin.browser().get(there).text


def test_the_partner_keeps_its_own_ways_out(cast):
    assert 'href="/es/store/"' in cast.admin.browser().get(path(cast.siam)).text


def test_an_invited_super_admin_arrives_in_the_organization(cast, app, client, run_jobs, mailer):
    added = add_organization(
        cast.admin.ctx, "ร้านสยาม", "siam-shop.example", "สมชาย", "somchai@siam-shop.example", "th", "TH",
        "workplace-standard",
    )
    run_jobs()
    text = mailer.sent[0].get_body(("plain",)).get_content()
    link = re.search(r"http://portal\.test(/th/invitation/\S+)", text).group(1)
    arrived = client.send(link, name="สมชาย", password="a long enough secret")
    assert arrived.status_code == 303
    assert arrived.headers["Location"] == path(added, lang="th")
    assert "ร้านสยาม" in client.get(arrived.headers["Location"]).text
    assert client.get(link).status_code != 200


@pytest.mark.parametrize(
    ("state", "trial_days", "badge", "period"),
    [("trial", 30, "Trial", "30 days"), ("expired", 1, "Expired", "1 day"), ("paid", None, "Paid", "Yearly"),
     ("suspended", None, "Suspended", "Yearly")],
)
def test_a_trial_says_its_length_and_the_others_their_period(cast, state, trial_days, badge, period):
    with transaction():
        Subscription.update(state=state, trial_days=trial_days, period="yearly").where(
            Subscription.organization == cast.siam
        ).execute()
    text = cast.siam_admin.browser().get(path(cast.siam, lang="en")).text
    assert f">{badge}</span>" in text
    assert f"<dd>{period}</dd>" in text


def test_the_menu_marks_where_one_is_also_below_its_pages(cast):
    user, browser = cast.user("emily@siam.example"), cast.siam_admin.browser()
    for page, mark in (("users", "page"), (f"users/{user.public_id}", "true"), ("users/add", "true")):
        text = browser.get(path(cast.siam, page, "en")).text
        assert re.findall(r'<a href="[^"]*/(\w*)" aria-current="(page|true)"><span>', text) == [("users", mark)]
