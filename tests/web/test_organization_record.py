"""The glass-door record: who did what, as the organization and its partner read it, on the page and as a file."""

import csv
import io
from dataclasses import replace

import pytest
from lxml import html

from portal.audit import record
from portal.audit.models import Chain, Event
from portal.audit.verification import Verification
from portal.customers.models import Organization
from portal.delegation.models import Access
from portal.storage import transaction
from tests.client import statements
from tests.inside import inside


@pytest.fixture
def url(cast):
    return f"/organizations/{cast.siam.public_id}/record"


def act(ctx, organization, verb="user.edited", name="Emily Sato <emily@siam.example>", **detail):
    record(ctx, verb, subject="abc", organization_id=organization.id, name=name, **detail)


def on_behalf(cast, reason=""):
    return replace(inside(cast.admin, cast.siam), reason=reason)


def own(cast):
    return inside(cast.siam_admin, cast.siam)


def rows(response):
    """Return the text of each row of the table."""
    return [" ".join(" ".join(row.itertext()).split()) for row in html.fromstring(response.data).xpath("//tbody/tr")]


def sheet(response):
    text = response.get_data(as_text=True)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), delimiter=csv.Sniffer().sniff(text.splitlines()[0], ",;").delimiter))


def test_an_act_on_behalf_says_who_for_whom_what_from_what_to_what_and_why(cast, url):
    act(on_behalf(cast, reason="She married"), cast.siam, before={"name": "Emily Sato", "title": ""},
        after={"name": "Emily Jones", "title": "Cook"})
    [row] = rows(cast.siam_admin.browser().get(f"/en{url}"))
    # 9:00 in UTC is 16:00 in the organization, whoever reads.
    assert row.startswith("Mar 2, 2026, 4:00 PM")
    for words in ("Partner Admin Partner Andina Cloud", "Edited the user Emily Sato <emily@siam.example>",
                  "Name: Emily Sato → Emily Jones", "Job title: – → Cook", "Reason given: She married"):
        assert words in row, row


def test_the_partner_reads_the_same_record_and_of_all_sides(cast, url):
    act(own(cast), cast.siam, "user.deleted")
    act(on_behalf(cast), cast.siam, "user.added")
    act(cast.make_ctx(), cast.siam, "trial.expired", name="")
    act(cast.reviewer.ctx, cast.siam, "settings.edited")
    for reader in (cast.siam_admin, cast.siam_manager, cast.admin, cast.colleague):
        found = rows(reader.browser().get(f"/en{url}"))
        assert [words in row for words, row in zip(
            ("Vendor's staff", "The portal itself", "Partner Andina Cloud", "Administrator"), found, strict=True)]
    assert "portal" not in found[1].replace("The portal itself", "")


@pytest.mark.parametrize(("detail", "words"), [
    ({"before": {"role": "member"}, "after": {"role": "admin"}}, "Role: User → Administrator"),
    ({"before": {"tfa_required": False}, "after": {"tfa_required": True}}, "Second factor for everybody: No → Yes"),
    ({"before": {"state": "active"}, "after": {"state": "suspended"}}, "State: Active → Suspended"),
    ({"before": {"access": "active"}, "after": {"access": "revoked"}}, "Access: Active → Revoked"),
    ({"before": {"language": "th"}, "after": {"language": "fr"}}, "Language: ไทย → Français"),
    ({"before": {"country": "TH"}, "after": {"country": "FR"}}, "Country: Thailand → France"),
    ({"before": {"plan": "workplace-standard"}, "after": {"plan": "gone"}}, "Plan: Workplace Standard → gone"),
    ({"before": {"licenses": 1000}, "after": {"licenses": 2000}}, "Number of licenses: 1,000 → 2,000"),
    ({"before": {"verified_at": "2026-03-01T20:00:00+00:00"}}, "Verified: Mar 2, 2026, 3:00 AM → –"),
    ({"after": {"members": ["a@x.example", "b@x.example"]}}, "Members: a@x.example, b@x.example"),
    ({"after": {"members": [f"{n}@x.example" for n in range(20)]}}, "11@x.example, …"),
    ({"before": {"blocked": ["a@x", "b@x"]}, "after": {"blocked": ["b@x", "c@x"]}},
     "Blocked senders: removed a@x Blocked senders: added c@x"),
    ({"before": {"blocked": []}, "after": {"blocked": ["c@x"]}}, "Blocked senders: added c@x"),
    ({"before": {"widgets": ["partner", "licenses"]}, "after": {"widgets": ["licenses", "partner"]}},
     "Dashboard: Partner, Licenses → Licenses, Partner"),
    ({"before": {"widgets": None}, "after": {"widgets": ["licenses"]}}, "Dashboard: – → Licenses"),
    ({"before": {"members": [1, "x"]}, "after": {"members": ["x", [2]]}}, "Members"),
    ({"ends_on": "2026-04-01"}, "End of the trial: Apr 1, 2026"),
    ({"task": "user:delete", "user": "k2k2"}, "Task: Delete a user User: Emily Sato"),
    ({"before": 15, "after": 30}, "value: 15 → 30"),
    ({"total": 123456, "currency": "USD"}, "Amount: 1,234.56 USD"),
    ({"before": {"unit_price": 3600}, "after": {"unit_price": 7200}, "currency": "EUR"},
     "Price per license: 36.00 EUR → 72.00 EUR"),
    ({"before": {"card_kind": "none", "last4": ""}, "after": {"card_kind": "customer", "last4": "4242"}},
     "Type of payment card: None → Customer card Last four digits of the card: – → 4242"),
    ({"later": {"licenses": 5, "period": "yearly"}},
     "From the next renewal on: Number of licenses: 5 "
     "From the next renewal on: Subscription period: Yearly"),
    ({"code": "insufficient_funds"}, "Why it was declined: There is not enough money on the account of the card."),
    ({"suspended_for": "payment"}, "Reason of the suspension: An invoice was not paid"),
    ({"why": "renewal"}, "Why it ended: It was not to renew"),
    ({"before": {"shoe size": 37}, "after": {"shoe size": "<b>"}}, "shoe size: 37 → <b>"),
    ({"after": {"role": "emperor", "state": "sleepy"}}, "Role: emperor State: sleepy"),
])
def test_what_changed_is_told_in_words(cast, url, detail, words):
    act(on_behalf(cast), cast.siam, **detail)
    [row] = rows(cast.siam_admin.browser().get(f"/en{url}"))
    assert words in row


def test_an_act_without_words_shows_its_raw_name(cast, url):
    act(on_behalf(cast), cast.siam, "moon.painted", name="blue")
    assert "moon.painted blue" in rows(cast.siam_admin.browser().get(f"/en{url}"))[0]


def test_single_values_are_named_by_their_act(cast, url):
    act(on_behalf(cast), cast.siam, "trial.extended", name="", before=15, after=30)
    assert "Extended the trial Length of the trial in days: 15 → 30" in rows(cast.admin.browser().get(f"/en{url}"))[0]


def test_readers_see_their_own_language_and_the_organizations_clock(cast, url):
    act(on_behalf(cast), cast.siam)
    for language in ("es", "fr", "th"):
        page = cast.siam_admin.browser().get(f"/{language}{url}")
        assert page.status_code == 200
        assert "16:00" in rows(page)[0]
    assert "2569" in rows(page)[0]


@pytest.fixture
def week(cast, clock):
    """A day's acts each: the partner's two people, the organization's own, the portal's."""
    for day, make in enumerate((lambda: on_behalf(cast), lambda: inside(cast.colleague, cast.siam),
                                lambda: own(cast), lambda: cast.make_ctx())):
        act(make(), cast.siam, ("user.added", "alias.added", "group.deleted", "domain.verified")[day], f"object {day}")
        clock.advance(days=1)


@pytest.mark.parametrize(("query", "objects"), [
    ("", [3, 2, 1, 0]),
    ("side=partner", [1, 0]),
    ("side=organization", [2]),
    ("side=portal", [3]),
    ("side=nobody", [3, 2, 1, 0]),
    ("kind=users", [0]),
    ("kind=aliases", [1]),
    ("kind=groups&side=partner", []),
    ("since=2026-03-03", [3, 2, 1]),
    ("until=2026-03-03", [1, 0]),
    ("since=2026-03-03&until=2026-03-04", [2, 1]),
    ("since=yesterday&until=0001-01-01", [3, 2, 1, 0]),
    ("q=partner-member", []),
    ("q=Partner+Member", [1]),
    ("q=object+2", [2]),
    ("q=%25", []),
    ("q=%00", [3, 2, 1, 0]),
    ("after=rubbish", [3, 2, 1, 0]),
])
def test_filters(cast, url, week, query, objects):
    page = cast.siam_admin.browser().get(f"/en{url}?{query}")
    assert [int(row.partition("object ")[2][:1]) for row in rows(page)] == objects
    lines = sheet(cast.siam_admin.browser().get(f"/en{url}.csv?{query}"))
    assert [line[7] for line in lines[1:]] == [f"object {number}" for number in objects]


def test_days_are_the_organizations(cast, url, clock):
    clock.advance(hours=8)  # 17:00 in UTC: midnight in Bangkok, the next day
    act(on_behalf(cast), cast.siam)
    assert rows(cast.siam_admin.browser().get(f"/en{url}?since=2026-03-03"))
    assert not rows(cast.siam_admin.browser().get(f"/en{url}?until=2026-03-02"))


def test_a_persons_name_leads_to_what_they_did(cast, url, week):
    browser = cast.siam_admin.browser()
    page = html.fromstring(browser.get(f"/en{url}").data)
    [link] = page.xpath("//tbody/tr[3]//a/@href")
    assert ["object 1" in row for row in rows(browser.get(link))] == [True]


def test_pages_follow_each_other_and_keep_the_filter(cast, url):
    with transaction():
        for number in range(120):
            act(on_behalf(cast), cast.siam, "user.edited" if number % 2 else "group.edited", f"nr {number}")
    browser, seen, path = cast.siam_admin.browser(), [], f"/en{url}?kind=groups"
    while path:
        with statements() as asked:
            page = browser.get(path)
        assert len(asked) <= 5
        seen += [int(row.partition("nr ")[2].split()[0]) for row in rows(page)]
        path = next(iter(html.fromstring(page.data).xpath("//a[@rel='next']/@href")), None)
    assert seen == list(range(118, -1, -2))
    lines = sheet(browser.get(f"/en{url}.csv"))
    assert [int(line[0]) for line in lines[1:]] == list(range(120, 0, -1))


def test_the_file_is_safe_complete_and_ends_in_the_chain(cast, url):
    act(on_behalf(cast, reason="=HYPERLINK(1)"), cast.siam, name="@SUM(A1)", after={"name": "x"},
        before={"name": '=1+"1"; two'})
    act(cast.make_ctx(), cast.siam, "trial.expired", name="")
    answer = cast.siam_admin.browser().get(f"/es{url}.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer.headers["Cache-Control"]
    heading, portal, ours = sheet(answer)
    assert len(heading) == len(portal) == len(ours) == 11
    assert ours[:3] == ["1", "2026-03-02 16:00:00", "Asia/Bangkok"]
    assert (ours[5], ours[7], ours[9]) == ("Andina Cloud", "'@SUM(A1)", "'=HYPERLINK(1)")
    assert portal[3] == ""
    assert portal[10] == Chain.get(Chain.chain == cast.siam.id).hash
    assert list(Verification(cast.siam.id, portal[10]).faults()) == []


def test_the_page_shows_the_fingerprint_of_the_chain(cast, url):
    browser = cast.siam_admin.browser()
    assert "Fingerprint" not in browser.get(f"/en{url}").get_data(as_text=True)
    act(on_behalf(cast), cast.siam)
    assert Chain.get(Chain.chain == cast.siam.id).hash in browser.get(f"/en{url}").get_data(as_text=True)


def test_nobody_reads_the_record_of_another_organization(cast, url):
    other = cast.customer("Other", "other-siam.example")
    act(cast.admin.ctx, other, name="secret")
    act(on_behalf(cast), cast.siam)
    assert len(rows(cast.siam_admin.browser().get(f"/en{url}"))) == 1
    assert "secret" not in cast.siam_admin.browser().get(f"/en{url}.csv").get_data(as_text=True)
    for path in (f"/en{url}", f"/en{url}.csv"):
        assert cast.outsider.browser().get(path).status_code == 404
        assert cast.newcomer.browser().get(path).status_code == 404


def test_the_stores_record_holds_the_partners_own_acts_even_after_its_access_ended(cast):
    act(on_behalf(cast), cast.siam, "user.added", "ours")
    act(own(cast), cast.siam, "user.deleted", "theirs")
    act(cast.outsider.ctx, cast.siam, "user.edited", "another partner's")
    with transaction():
        Access.update(state="revoked").where(Access.organization == cast.siam).execute()
        Organization.update(access="revoked").where(Organization.id == cast.siam.id).execute()
    path = f"/en/store/customers/{cast.siam.public_id}"
    browser = cast.admin.browser()
    assert browser.get(f"/en/organizations/{cast.siam.public_id}/record").status_code == 404
    assert f"{path}/record" in browser.get(path).get_data(as_text=True)
    [row] = rows(browser.get(f"{path}/record"))
    assert row.startswith("Mar 2, 2026, 4:00 PM")
    assert "ours" in row
    assert [line[7] for line in sheet(browser.get(f"{path}/record.csv"))[1:]] == ["ours"]
    assert cast.outsider.browser().get(f"{path}/record").status_code == 404
    assert cast.siam_admin.browser().get(f"{path}/record").status_code == 403


def test_a_short_name_for_nothing_done_yet(cast, url):
    assert "Nothing yet" in cast.siam_admin.browser().get(f"/en{url}").get_data(as_text=True)
    assert Event.select().count() == 0
