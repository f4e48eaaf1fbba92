"""What the security log tells of tries and refusals, and what it never tells."""

import json
import logging

import pytest

from portal.accounts import passwords
from portal.web.security_log import EVENTS


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "portal.security")
    return lambda: [json.loads(record.getMessage()) for record in caplog.records if record.name == "portal.security"]


def test_tries_of_a_password_stand_there_without_address_and_password(cast, client, lines, caplog):
    cast.person("ana@one.example", "es", password_hash=passwords.hashed("the real password"))
    for password in ("guessed once", "the real password"):
        client.send("/en/sign-in", email="Ana@one.example", password=password)
    first, second = [line for line in lines() if line["event"] == "sign-in"]
    assert (first["outcome"], second["outcome"]) == ("refused", "accepted")
    assert first["for"] == second["for"]  # one account's tries belong together
    assert first["from"] == "127.0.0.1"
    assert first["at"].endswith("+00:00")
    assert not [word for word in ("ana@one", "Ana@one", "guessed", "real password") if word in caplog.text]


def test_refusals_stand_there(cast, client, lines):
    cast.colleague.browser().get("/en/desk/applications")
    client.post("/en/sign-in", data={"email": "x@one.example", "password": "no token"})
    not_allowed, forged = lines()
    assert (not_allowed["event"], not_allowed["status"]) == ("not-allowed", 403)
    assert (not_allowed["account"], not_allowed["page"]) == (cast.colleague.account.id, "desk.applications")
    assert (forged["event"], forged["outcome"], forged["status"]) == ("sign-in", "refused", 400)


def test_a_line_is_one_line_whatever_was_typed(client, lines):
    client.send("/en/sign-in", email="a@b.example\r\n{\"event\": \"sign-in\"}", password="whatever it is")
    assert len(lines()) == 1


def test_pages_that_let_people_in_are_known(app):
    assert set(EVENTS) <= set(app.view_functions)
