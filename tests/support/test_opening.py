"""A ticket from the portal: classified at once, its clocks running, visible to whom it concerns."""

from __future__ import annotations

import pytest

from portal.core.errors import Forbidden
from portal.partners.models import Member
from portal.storage import transaction
from portal.support.commands.opening import Request, add_ticket
from portal.support.models import Clock, Event, Ticket
from portal.support.queries.scope import visible_to


def with_help_center(person):
    with transaction():
        Member.update(help_center=True).where(Member.account == person.account).execute()
    return person


def request(**more):
    return Request(**{"subject": "No mail since 9:00", "description": "Nobody gets any mail.", **more})


def test_a_large_account_is_s1_at_once(cast):
    cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    ticket = add_ticket(with_help_center(cast.admin).ctx, request(customer_email=" Boss@BIG.example "), "help-center")
    assert (ticket.severity, ticket.severity_from, ticket.priority, ticket.verdict) == ("S1", "rule", True, "large")
    assert {clock.kind for clock in Clock.select()} == {"acknowledgement", "determination", "resolution"}
    assert ticket.next_clock == "acknowledgement"
    assert Event.select().where(Event.ticket == ticket, Event.kind == "severity").count() == 1


def test_the_help_center_is_closed_to_who_was_not_given_it(cast):
    with pytest.raises(Forbidden):
        add_ticket(cast.admin.ctx, request(), "help-center")
    ticket = add_ticket(cast.admin.ctx, request(), "general")
    assert (ticket.severity, ticket.verdict) == ("S3", "not-identified")
    assert [row.id for row in visible_to(cast.admin.actor)] == [ticket.id]
    assert not list(visible_to(cast.colleague.actor))
    assert not list(visible_to(with_help_center(cast.outsider).actor))
    assert [row.id for row in visible_to(with_help_center(cast.colleague).actor)] == [ticket.id]


def test_the_same_form_twice_is_one_ticket(cast):
    first = add_ticket(cast.admin.ctx, request(), "general", key="k1")
    assert add_ticket(cast.admin.ctx, request(), "general", key="k1").id == first.id
    assert Ticket.select().count() == 1
