"""The settings of an organization on screen: each section for whom it is, and both versions after a conflict."""

from __future__ import annotations

import html

import pytest

from portal.accounts.models import Account
from portal.customers.models import Organization
from portal.directory.models import Handover

OPEN = {"owner": "siam_admin", "admin": "siam_manager", "partner": "admin"}


def here(cast, page="settings", lang="en"):
    return f"/{lang}/organizations/{cast.siam.public_id}/{page}"


def words(response):
    return html.unescape(response.get_data(as_text=True))


def details(**changed):
    answers = {"name": "Siam Trading", "language": "th", "country": "TH", "time_zone": "Asia/Bangkok", "seen": 0}
    return {f"details-{name}": value for name, value in {**answers, **changed}.items()}


def siam(cast):
    return Organization.get_by_id(cast.siam.id)


def test_the_super_admin_can_change_everything(cast):
    page = words(cast.siam_admin.browser().get(here(cast)))
    for button in ("Save details", "Save second factor", "Save contacts synchronization",
                   "Propose a new super administrator"):
        assert button in page
    assert "security policies" not in page


def test_an_administrator_reads_who_can_change_the_rest(cast):
    page = words(cast.siam_manager.browser().get(here(cast)))
    assert "Save details" in page
    assert page.count("Only the super administrator can change this: Super Admin.") == 3
    for button in ("Save second factor", "Save contacts", "Propose a new"):
        assert button not in page


def test_the_partner_reads_why_not_and_who_can(cast):
    page = words(cast.admin.browser().get(here(cast)))
    assert "Save details" in page
    assert page.count("because of the security policies of your customer") == 3
    for task in ("Turn the required second factor on or off", "Change the contacts synchronization",
                 "Change the super administrator"):
        assert task in page
    assert "Save second factor" not in page


def test_the_page_says_what_requiring_it_does(cast):
    assert "set it up first and can do nothing else until then" in words(cast.siam_admin.browser().get(here(cast)))


def test_who_has_no_second_factor_does_not_require_one(cast):
    browser = cast.siam_admin.browser()
    Account.update(second_factor_at=None).execute()
    refused = browser.send(
        here(cast, "settings/tfa"), here(cast), **{"tfa-required": "y", "tfa-seen": 0})
    assert (refused.status_code, siam(cast).tfa_required) == (409, False)
    assert f'href="/en/account/second-factor?next={here(cast)}"' in refused.text


@pytest.mark.parametrize("who", OPEN.values())
def test_details_are_saved(cast, who):
    browser = getattr(cast, who).browser()
    answer = browser.send(here(cast), **details(name="Siam & Söhne", country="FR", language="fr"))
    assert answer.status_code == 303
    assert "The organization's details are saved." in words(browser.get(answer.headers["Location"]))
    assert (siam(cast).name, siam(cast).country, siam(cast).language) == ("Siam & Söhne", "FR", "fr")


def test_the_partners_reason_is_in_the_record(cast):
    from portal.audit.models import Event

    cast.admin.browser().send(here(cast), **details(name="New"), reason="They moved")
    event = Event.get(Event.verb == "settings.edited")
    assert (event.reason, event.side, event.partner_name) == ("They moved", "partner", "Andina Cloud")


@pytest.mark.parametrize("changed", [{"name": " "}, {"name": "x" * 121}, {"country": "ZZ"}, {"time_zone": "Mars"},
                                     {"seen": "many"}])
def test_wrong_details_keep_what_was_typed(cast, changed):
    answer = cast.siam_admin.browser().send(here(cast), **details(name="Typed", **changed) if "name" not in changed
                                            else details(**changed))
    assert answer.status_code == 422
    assert ("Typed" in words(answer)) == ("name" not in changed)
    assert siam(cast).name == "Siam Trading"


def test_two_who_edit_see_both_versions(cast):
    first, second = cast.siam_admin.browser(), cast.siam_manager.browser()
    first.send(here(cast), **details(name="First name"))
    answer = second.send(here(cast), **details(name="Second name", country="FR"))
    page = words(answer)
    assert answer.status_code == 409
    for shown in ("First name", "Second name", "France", "Thailand", "Nothing was saved"):
        assert shown in page
    assert siam(cast).name == "First name"
    again = second.send(here(cast), **details(name="Second name", country="FR", seen=1))
    assert (again.status_code, siam(cast).name) == (303, "Second name")
    assert 'name="details-seen" type="hidden" value="1"' in answer.text


def test_who_wants_the_very_same_is_not_bothered(cast):
    for person in (cast.siam_admin, cast.siam_manager):
        assert person.browser().send(here(cast), **details(name="Same")).status_code == 303


def test_the_second_factor_is_set_and_unset(cast):
    browser = cast.siam_admin.browser()
    browser.send(here(cast, "settings/tfa"), here(cast), **{"tfa-required": "y", "tfa-seen": 0})
    assert siam(cast).tfa_required
    assert ">Required</span>" in browser.get(here(cast)).text
    conflict = browser.send(here(cast, "settings/tfa"), here(cast), **{"tfa-seen": 0})
    assert conflict.status_code == 409
    browser.send(here(cast, "settings/tfa"), here(cast), **{"tfa-seen": 1})
    assert not siam(cast).tfa_required


def test_contacts_synchronization_is_set(cast):
    browser, there = cast.siam_admin.browser(), here(cast, "settings/contacts")
    browser.send(there, here(cast), **{"contacts-mode": "both-ways", "contacts-seen": 0})
    assert siam(cast).contacts_sync == "both-ways"
    refused = browser.send(there, here(cast), **{"contacts-mode": "sideways", "contacts-seen": 1})
    assert refused.status_code == 422
    stale = browser.send(there, here(cast), **{"contacts-mode": "off", "contacts-seen": 0})
    assert stale.status_code == 409
    assert "In both directions" in words(stale)


@pytest.mark.parametrize("section", ["settings/tfa", "settings/contacts", "settings/super-admin",
                                     "settings/super-admin/withdraw", "dashboard", "referrals"])
@pytest.mark.parametrize("who", ["admin", "siam_manager"])
def test_forbidden_sections_are_refused_whatever_is_sent(cast, section, who):
    if (section, who) == ("dashboard", "siam_manager"):
        return  # the dashboard is the administrators' too
    answer = getattr(cast, who).browser().send(
        here(cast, section), here(cast),
        **{"tfa-required": "y", "tfa-seen": 0, "contacts-mode": "off", "successor-user": "manager@siam.example"})
    assert answer.status_code == 403
    assert siam(cast).version == 0


@pytest.mark.parametrize("section", ["tfa", "contacts", "super-admin"])
def test_a_reloaded_section_leads_to_the_page(cast, section):
    answer = cast.siam_admin.browser().get(here(cast, f"settings/{section}"))
    assert answer.headers["Location"] == here(cast)


# ---- The change of super administrator ----


@pytest.fixture
def boss(cast):
    assert cast.siam_manager
    return cast.siam_admin.browser()


def propose(cast, boss, email="manager@siam.example"):
    return boss.send(here(cast, "settings/super-admin"), here(cast), **{"successor-user": email})


def question(handover=None, lang="en"):
    return f"/{lang}/account/handover/{(handover or Handover.get()).public_id}"


def test_the_whole_way_of_a_handover(cast, boss, run_jobs, mailer):
    assert "manager@siam.example" in boss.get(here(cast)).text, "administrators are suggested"
    assert propose(cast, boss, " Manager@SIAM.example ").status_code == 303
    assert "You have proposed Manager (manager@siam.example)" in words(boss.get(here(cast)))
    run_jobs()
    link = mailer.sent[0].get_body(("plain",)).get_content().split("http://portal.test")[1].split()[0]
    successor = cast.siam_manager.browser()
    page = words(successor.get(link))
    for said in ("You become the super administrator of Siam Trading", "Super Admin becomes an administrator",
                 "Andina Cloud"):
        assert said in page
    answer = successor.send(f"{link}/accept", link)
    assert answer.headers["Location"] == here(cast, "")
    assert "You are now the super administrator." in words(successor.get(answer.headers["Location"]))
    assert "Save second factor" in words(successor.get(here(cast)))
    assert "Save second factor" not in words(boss.get(here(cast)))
    assert "This proposal was accepted." in words(successor.get(link))


def test_declining(cast, boss):
    propose(cast, boss)
    successor = cast.siam_manager.browser()
    answer = successor.send(f"{question()}/decline", question())
    assert "You have declined" in words(successor.get(answer.headers["Location"]))
    assert "Propose a new super administrator" in words(boss.get(here(cast)))


def test_withdrawing(cast, boss):
    propose(cast, boss)
    boss.send(here(cast, "settings/super-admin/withdraw"), here(cast))
    page = words(cast.siam_manager.browser().get(question()))
    assert "no longer open" in page
    assert "<h2" not in page
    again = boss.send(here(cast, "settings/super-admin/withdraw"), here(cast))
    assert "This proposal is no longer open" in words(boss.get(again.headers["Location"]))


def test_an_answer_too_late_says_so(cast, boss, clock):
    propose(cast, boss)
    successor = cast.siam_manager.browser()
    token = successor.csrf(question())
    clock.advance(days=8)
    answer = successor.post(f"{question()}/accept", data={"csrf_token": token})
    assert answer.status_code == 409
    assert "no longer open" in words(answer)
    assert successor.get(f"{question()}/accept").headers["Location"] == question()


def test_a_suspended_candidate_reads_why(cast, boss):
    from portal.directory.models import User

    propose(cast, boss)
    User.update(state="suspended").where(User.email == "manager@siam.example").execute()
    successor = cast.siam_manager.browser()
    assert "You are no active user of Siam Trading any more" in words(successor.get(question()))
    answer = successor.send(f"{question()}/accept", "/en/account")
    assert (answer.status_code, "Only an active user" in words(answer)) == (409, True)


@pytest.mark.parametrize(("email", "status", "said"), [
    ("", 422, ""), ("nobody", 422, "Invalid email address."), ("x@y.example", 409, "No user of this organization"),
    ("super-admin@siam.example", 409, "already"), ("พนักงาน@siam.example", 422, ""),
])
def test_a_wrong_successor_is_refused_beside_the_field(cast, boss, email, status, said):
    answer = propose(cast, boss, email)
    assert answer.status_code == status
    assert said in words(answer)
    assert email in words(answer)
    assert Handover.select().count() == 0


def test_the_question_is_nobody_elses(cast, boss):
    propose(cast, boss)
    for person in (cast.siam_admin, cast.admin, cast.newcomer):
        assert person.browser().get(question()).status_code == 404
