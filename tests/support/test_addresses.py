"""Signed addresses and Message-IDs of tickets."""

import pytest

from portal.support.policy.addresses import (
    message_id,
    number_in_address,
    number_in_message_id,
    numbers_in,
    plain_address,
    reply_address,
)

SECRET, OTHER = "one secret of this portal, long enough", "another secret of another portal, so long"
ADDRESS = reply_address(SECRET, "48120077", "partner-support@portal.example")
ID = message_id(SECRET, "48120077", "abc", "portal.example")


def test_what_the_portal_signs_it_recognizes():
    assert number_in_address(SECRET, ADDRESS) == "48120077"
    assert number_in_message_id(SECRET, ID) == "48120077"
    assert plain_address(ADDRESS) == "partner-support@portal.example"


def test_servers_may_change_capitals():
    assert number_in_address(SECRET, ADDRESS.upper()) == "48120077"
    assert number_in_message_id(SECRET, ID.upper()) == "48120077"


def test_a_mail_is_about_the_ticket_it_was_sent_to_then_about_the_newest_it_refers_to():
    older = message_id(SECRET, "11111111", "x", "portal.example")
    assert numbers_in(SECRET, [ADDRESS], [older]) == ["48120077", "11111111"]
    assert numbers_in(SECRET, ["a@b.example"], [older, ID, "<c@d.example>"]) == ["48120077", "11111111"]


@pytest.mark.parametrize("address", [
    reply_address(OTHER, "48120077", "partner-support@portal.example"),
    "partner-support+48120077@portal.example",
    "partner-support+48120077.0000000000000000@portal.example",
    "partner-support+48120077.@portal.example",
    ADDRESS.replace("48120077", "48120078"),
    ADDRESS.replace("48120077", "４８１２００７７"),
    "partner-support@portal.example", "", "@", "+", "+@",
])
def test_a_guessed_address_is_about_no_ticket(address):
    assert number_in_address(SECRET, address) == ""


@pytest.mark.parametrize("name", [
    message_id(OTHER, "48120077", "abc", "portal.example"),
    "<t-48120077@portal.example>", "<t-48120077.c0ffee@portal.example>", "<t-@portal.example>", "", "<>",
    ID.replace("48120077", "48120078"), ID.replace("t-", ""), "t-" * 100_000,
])
def test_a_guessed_message_id_is_about_no_ticket(name):
    assert number_in_message_id(SECRET, name) == ""
