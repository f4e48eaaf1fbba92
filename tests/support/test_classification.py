"""The judgment over candidates, by table: what is counted, what never counts, and when a person must decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.programme import load
from portal.support.policy.classification import (
    Candidate,
    Rules,
    consequence,
    judge,
    rules_from,
    rules_of,
    weigh,
)

ROOT = Path(__file__).parents[2]
PROGRAMME = load(ROOT / "portal/programme/default.toml")
ACME = load(ROOT / "tests/programme/acme.toml")
RULES = rules_of(PROGRAMME)
BY_ADDRESS = PROGRAMME.support.decided_by


def customer(found_by="email", licenses=None, region="US", number=1, name="Big"):
    return Candidate(number, name, region, frozenset(found_by.split()), licenses or {})


def on(candidates, service="", named=("email",), rules=RULES, decided_by=BY_ADDRESS):
    return judge(service, named, candidates, rules, decided_by, PROGRAMME.default_region)


# ---- What counts (S4.6-13) ----

COUNTED = [
    ("one service reaches it", {"mail": 500}, True, 500),
    ("two services reach it together", {"mail": 300, "crm": 200}, True, 500),
    ("one short of it", {"mail": 300, "crm": 199}, False, 499),
    ("nothing bought", {}, False, 0),
    ("Campaigns never counts", {"campaigns": 10_000}, False, 0),
    ("DataPrep never counts", {"dataprep": 10_000}, False, 0),
    ("PageSense never counts", {"pagesense": 10_000}, False, 0),
    ("Marketing Automation never counts", {"marketing-automation": 10_000}, False, 0),
    ("Writer counts", {"writer": 500}, True, 500),
    ("its add-on does not", {"writer/automation": 10_000}, False, 0),
    ("an add-on adds nothing to its service", {"writer": 499, "writer/automation": 10_000}, False, 499),
    ("what does not count takes nothing away", {"mail": 500, "campaigns": 10_000}, True, 500),
    ("a service that the catalog no longer has counts", {"of-old": 500}, True, 500),
]


@pytest.mark.parametrize(("licenses", "large", "total"), [row[1:] for row in COUNTED], ids=[row[0] for row in COUNTED])
def test_what_counts(licenses, large, total):
    verdict = on([customer(licenses=licenses)])
    assert (verdict.large, verdict.code, verdict.params["licenses"]) == (large, "large" if large else "small", total)
    assert verdict.organization_id == 1
    assert sum(verdict.params["counted"].values()) == total
    assert {**verdict.params["counted"], **verdict.params["excluded"]} == licenses


def test_all_that_the_programme_excludes_and_nothing_else():
    assert set(RULES.excluded) == {"campaigns", "dataprep", "pagesense", "marketing-automation", "writer/automation"}


@pytest.mark.parametrize("service", sorted(set(PROGRAMME.services) - set(RULES.excluded)))
def test_every_other_service_is_eligible(service):
    assert on([customer(licenses={service: 500})], service=service).large


# ---- The ticket's own service (G16) ----

@pytest.mark.parametrize("service", sorted(RULES.excluded))
def test_an_excluded_service_is_never_s1(service):
    verdict = on([customer(licenses={"mail": 5000})], service=service)
    assert (verdict.code, verdict.large, verdict.organization_id) == ("excluded-service", False, 1)
    assert verdict.params["service"] == service


def test_an_add_on_of_an_excluded_service_is_excluded():
    assert on([customer(licenses={"mail": 5000})], service="campaigns/more").code == "excluded-service"


@pytest.mark.parametrize("candidates", [[], [customer(), customer(number=2)], [customer("organization")]],
                         ids=["nobody", "two", "a number only"])
def test_it_is_the_reason_whoever_the_customer_is(candidates):
    verdict = on(candidates, service="campaigns", named=())
    assert (verdict.code, verdict.large) == ("excluded-service", False)


def test_writer_itself_is_served():
    assert on([customer(licenses={"mail": 500})], service="writer").large


# ---- Thresholds by region (S4.24) ----

@pytest.mark.parametrize("region", sorted(PROGRAMME.regions))
def test_each_region_has_its_own_threshold(region):
    threshold = PROGRAMME.regions[region].large_account_licenses
    for licenses, large in ((threshold, True), (threshold - 1, False), (threshold + 1, True)):
        verdict = on([customer(licenses={"mail": licenses}, region=region)])
        assert (verdict.large, verdict.params["threshold"], verdict.params["region"]) == (large, threshold, region)


def test_an_unknown_region_counts_as_the_default_one():
    verdict = on([customer(licenses={"mail": 1}, region="MARS")])
    default = PROGRAMME.regions[PROGRAMME.default_region]
    assert (verdict.params["region"], verdict.params["threshold"]) == (default.code, default.large_account_licenses)


# ---- Whose ticket it is (S4.15-17, G17) ----

WHOSE = [
    ("nothing named", (), [], "not-identified", None),
    ("nobody found", ("email",), [], "not-found", None),
    ("by the super administrator's e-mail", ("email",), [customer("email")], "large", 1),
    ("by the domain alone", ("email",), [customer("domain")], "large", 1),
    ("by a user's number only", ("user",), [customer("user")], "email-missing", 1),
    ("by an organization's number only", ("organization",), [customer("organization")], "email-missing", 1),
    ("by both numbers only", ("user", "organization"), [customer("user organization")], "email-missing", 1),
    ("a number, and an e-mail of nobody", ("email", "organization"), [customer("organization")], "email-other", 1),
    ("e-mail and number agree", ("email", "organization"), [customer("email organization")], "large", 1),
    ("e-mail of two", ("email",), [customer("email"), customer("email", number=2)], "ambiguous", None),
    ("e-mail of one, domain of another", ("email",), [customer("email"), customer("domain", number=2)], "ambiguous",
     None),
    ("e-mail of two, number of one", ("email", "organization"),
     [customer("email"), customer("email organization", number=2)], "large", 2),
    ("e-mail of one, number of another", ("email", "organization"),
     [customer("email"), customer("organization", number=2)], "ambiguous", None),
    ("two numbers of two, e-mail of one of them", ("email", "organization", "user"),
     [customer("email user"), customer("organization", number=2)], "ambiguous", None),
    ("e-mail of two, a number of each", ("email", "organization", "user"),
     [customer("email user"), customer("email organization", number=2)], "ambiguous", None),
    ("two numbers of two", ("user", "organization"), [customer("user"), customer("organization", number=2)],
     "ambiguous", None),
    ("a person's choice among two", ("email",), [customer("email"), customer("email person", number=2)], "large", 2),
    ("a person's choice against the e-mail", ("email",), [customer("email"), customer("person", number=2)], "large", 2),
    ("a person's choice, nothing named", (), [customer("person")], "large", 1),
]


@pytest.mark.parametrize(("named", "candidates", "code", "chosen"), [row[1:] for row in WHOSE],
                         ids=[row[0] for row in WHOSE])
def test_whose_ticket_it_is(named, candidates, code, chosen):
    rich = [Candidate(one.id, one.name, one.region, one.found_by, {"mail": 5000}) for one in candidates]
    verdict = on(rich, named=named)
    assert (verdict.code, verdict.organization_id, verdict.large) == (code, chosen, code == "large")


@pytest.mark.parametrize("way", ["email", "domain", "user", "organization"])
def test_another_programme_lets_numbers_decide(way):
    rules = rules_of(ACME)
    one = customer(way, licenses={"cutter": 25, "renderer": 10_000}, region="ALPS")
    verdict = judge("", [way], [one], rules, ACME.support.decided_by, ACME.default_region)
    assert (verdict.code, verdict.params["licenses"], verdict.params["threshold"]) == ("large", 25, 25)
    world = judge("", [way], [customer(way, licenses={"cutter": 25}, region="MARS")], rules, ACME.support.decided_by,
                  ACME.default_region)
    assert (world.code, world.params["threshold"]) == ("small", 40)


def test_what_a_person_chose_is_marked_as_such():
    assert weigh("", customer("person", {"mail": 1}), RULES, "US").params["chosen"] is True
    assert "chosen" not in weigh("", customer("email", {"mail": 1}), RULES, "US").params


# ---- What follows (S4.14-17) ----

@pytest.mark.parametrize(("large", "source", "changed", "follows"), [
    (True, "default", True, "raise"), (True, "default", False, "raise"), (True, "rule", False, "raise"),
    (True, "person", True, "raise"), (True, "person", False, ""),
    (False, "rule", True, "undo"), (False, "rule", False, "undo"),
    (False, "person", True, ""), (False, "person", False, ""), (False, "default", True, ""),
])
def test_what_follows_for_the_severity(large, source, changed, follows):
    assert consequence(large, source, changed) == follows


# ---- Versions ----

def test_a_version_of_staff_knows_its_own_numbers_and_else_the_programmes():
    rules = rules_from(3, {"US": 7, "ATLANTIS": 1}, ["crm"], PROGRAMME)
    assert (rules.version, rules.thresholds["US"]) == (3, 7)
    assert rules.thresholds["EU"] == PROGRAMME.regions["EU"].large_account_licenses
    assert "ATLANTIS" not in rules.thresholds
    verdict = on([customer(licenses={"crm": 900, "campaigns": 7})], rules=rules)
    assert (verdict.large, verdict.params["counted"], verdict.params["excluded"]) == (
        True, {"campaigns": 7}, {"crm": 900})


def test_a_version_may_include_an_add_on_and_leave_out_its_service():
    rules = Rules(1, {"US": 5}, frozenset({"writer"}))
    assert on([customer(licenses={"writer": 9, "writer/automation": 9})], rules=rules).params["licenses"] == 0
