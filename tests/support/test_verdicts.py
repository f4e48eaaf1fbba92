"""Why a ticket is S1-Critical or not, in sentences: names, numbers and reasons as readers have them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from portal.support.verdicts import Told, Tongue, lines, sentence, service_name
from portal.support.words import VERDICTS

LARGE = {"customer": "Big Co", "licenses": 1250, "threshold": 500, "region": "EU",
         "counted": {"crm": 250, "mail": 1000}, "excluded": {"campaigns": 10_000, "writer/automation": 40}}


@pytest.fixture
def programme(make_ctx):
    return make_ctx().programme


def tongue(language="en"):
    return Tongue(language, lambda message: message, lambda value: f"{value:,}")


def test_it_says_who_how_many_where_and_from_what_size(programme):
    said = sentence(programme, tongue(), Told("large", LARGE))
    for part in ("S1-Critical", "Big Co", "1,250", "500", programme.regions["EU"].name["en"]):
        assert part in said


def test_names_are_in_the_readers_language(programme):
    said = sentence(programme, tongue("fr"), Told("small", LARGE))
    assert programme.regions["EU"].name["fr"] in said
    details = lines(programme, tongue("fr"), Told("small", LARGE))
    assert programme.services["campaigns"].measured_by["fr"] in details[1]


def test_the_lines_say_what_counted_and_what_did_not_and_why(programme):
    counted, campaigns, writer = lines(programme, tongue(), Told("large", LARGE))
    assert "CRM 250" in counted
    assert "Mail 1,000" in counted
    assert "Campaigns" in campaigns
    assert "10,000" in campaigns
    assert "number of contacts or subscribers" in campaigns
    assert "Automation and mail merge" in writer
    assert "bulk e-mail" in writer


def test_a_service_that_staff_leave_out_is_measured_by_nothing_else(programme):
    told = Told("small", {**LARGE, "excluded": {"crm": 5}})
    assert "the rule leaves it out" in lines(programme, tongue(), told)[1]
    said = sentence(programme, tongue(), Told("excluded-service", {"service": "crm"}))
    assert said == "Not S1-Critical: CRM has no priority support."


def test_an_excluded_service_says_what_it_is_measured_by(programme):
    said = sentence(programme, tongue(), Told("excluded-service", {"service": "dataprep"}))
    assert "DataPrep" in said
    assert "rows processed per month" in said


def test_nothing_bought_is_said_as_such(programme):
    told = Told("small", {**LARGE, "licenses": 0, "counted": {}, "excluded": {}})
    assert lines(programme, tongue(), told) == [
        "No subscription counts: only bought services that are measured by user licenses do."]


@pytest.mark.parametrize("code", sorted({*VERDICTS} - {"not-identified", "not-found", "ambiguous"}))
def test_who_may_not_see_the_customer_reads_nothing_of_it(programme, code):
    told = Told(code, {**LARGE, "service": "campaigns"}, hidden=True)
    said = sentence(programme, tongue(), told)
    assert "may no longer see" in said
    assert not any(part in said for part in ("Big", "1,250", "Campaigns", "Europe"))
    assert lines(programme, tongue(), told) == []


@pytest.mark.parametrize("code", sorted(VERDICTS))
@pytest.mark.parametrize("params", [LARGE, {}], ids=["whole", "empty"])
def test_every_verdict_has_its_sentence(programme, code, params):
    said = sentence(programme, tongue(), Told(code, {**params, "count": 2}))
    assert said
    assert "%(" not in said


def test_a_verdict_of_another_programme_is_still_told(programme):
    told = Told("small", {**LARGE, "region": "MOON", "counted": {"gone": 3}, "excluded": {"gone/too": 4}})
    assert "MOON" in sentence(programme, tongue(), told)
    assert "gone/too" in "".join(lines(programme, tongue(), told))
    assert service_name(programme, "en", "") == ""
    assert sentence(programme, tongue(), Told("of-old", {})) == ""


@pytest.mark.parametrize("lang", ["en", "es", "fr", "th"])
def test_templates_of_pages_and_mails_say_it_too(app, lang, programme):
    env = app.extensions["templates"][lang]
    source = "{{ verdict_sentence(ticket) }}|{% for line in verdict_lines(ticket) %}{{ line }}{% endfor %}"
    template = env.from_string(source)
    row = SimpleNamespace(verdict="large", verdict_params=LARGE)
    for ticket in (row, {"verdict": "large", "params": LARGE}):
        said = template.render(ticket=ticket, programme=programme)
        assert "Big Co" in said
        assert "Campaigns" in said
        assert "%(" not in said
