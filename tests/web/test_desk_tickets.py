"""Tickets at the desk: the queue, one ticket, and what staff do with it."""

from __future__ import annotations

import pytest

from portal.support.commands.opening import add_ticket
from tests.client import statements
from tests.support.test_opening import request, with_help_center

LANGUAGES = ("en", "es", "fr", "th")


@pytest.fixture
def agent(cast):
    return cast.person("agent@vendor.example", "en", staff="support")


@pytest.fixture
def ticket(cast, agent):
    return add_ticket(with_help_center(cast.admin).ctx, request(), "help-center")


def at(ticket, rest="", lang="en"):
    return f"/{lang}/desk/tickets/{ticket.public_id}{rest}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_in_every_language(agent, ticket, lang):
    browser = agent.browser()
    for address in (f"/{lang}/desk/tickets", at(ticket, lang=lang), f"/{lang}/desk/support-profile",
                    f"/{lang}/desk/tickets/new", f"/{lang}/desk/tickets/new?q=andina"):
        with statements() as seen:
            page = browser.get(address)
        assert page.status_code == 200, address
        assert len(seen) <= 5, address
