"""Applying, adding a customer, verifying, extending a trial, opening a ticket and reading help, in w3m."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.help.collection import library
from portal.support.models import Event, Ticket
from tests.journeys.conftest import base_port, host, world  # noqa: F401
from tests.journeys.test_story import whole_story
from tests.servers import live
from tests.textbrowser import w3m
from tests.words import words

LANGUAGES = {"sqlite": ["th", "es"], "postgresql": ["fr", "en"]}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("language", LANGUAGES[metafunc.config.getoption("--engine")])


@pytest.fixture
def person(language, world, base_port, tmp_path) -> Iterator[w3m.W3m]:  # noqa: F811
    if not w3m.PROGRAM:
        pytest.skip(w3m.MISSING)
    with live(world.app, base_port) as address:
        terminal = w3m.W3m(world.app, address, language, tmp_path)
        yield terminal
        terminal.close()


def test_the_main_jobs(language, world, person) -> None:  # noqa: F811
    whole_story(world, person, language)
    _opens_a_ticket(world, person, language)
    _reads_help(person, language)


def _opens_a_ticket(world, person: w3m.W3m, language: str) -> None:  # noqa: F811
    say = words(language)
    department = world.app.extensions["programme"].support.department.get(language)
    person.open(f"/{language}/store/").click(say("Partner Support help center"))
    person.click(say("Submit a ticket")).click(say("Write to %(department)s", department=department))
    person.press(say("Send request"), service="crm", subject="", description="Nothing is sent.\nSince nine.")
    assert person.status == 422
    assert say("This field is required.") in person.text
    person.press(say("Send request"), subject="คำถาม: ¿por qué?")
    ticket = Ticket.get()
    assert ticket.subject == "คำถาม: ¿por qué?"
    assert Event.select().where(Event.ticket == ticket, Event.body.contains("Since nine.")).exists()


def _reads_help(person: w3m.W3m, language: str) -> None:
    article = library().get("manage-customer-account", language)
    person.open(f"/{language}/help").click(article.title)
    assert (person.status, person.lang) == (200, language)
    assert article.summary[:60] in person.text
