"""What a partner's people see of tickets: whose, and how much of the customer."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest

from portal.core.errors import NotFound
from portal.customers.models import Assignment, Organization
from portal.partners.models import Member, Partner
from portal.storage import transaction
from portal.support.commands.answering import answer, log_call, note, promise_update, set_state
from portal.support.commands.classification import classify
from portal.support.commands.history import held, settle
from portal.support.commands.identity import complete, identify
from portal.support.models import Ticket
from portal.support.queries.partner import Asked, as_partner_sees, find, find_customer, known, listed, opened
from tests.client import statements
from tests.support.partners import asked, big, fresh, helped, narrowed

SECRETS = ("Big", "boss@big.example", "ZOID-1", "ZUID-1", "700")


def numbers(ctx, **more):
    return [row.ticket.number for row in listed(ctx, Asked(**more)).page.rows]


def everything(ctx, ticket):
    """All that a partner could read of a ticket, as one text."""
    found = opened(ctx, ticket.public_id)
    return f"{asdict(found.ticket)} {[(line.kind, line.data) for line in found.thread]}"


def shown(ctx, ticket):
    return shown_in(everything(ctx, ticket), ticket)


def shown_in(text, ticket):
    told = text.replace(ticket.number, "")  # it is random, and may have a 700 in it
    return {secret for secret in SECRETS if secret in told}


@pytest.fixture
def ticket(cast):
    """A ticket about a large account, of which staff have said everything."""
    big(cast)
    row = asked(helped(cast.admin), "help-center", customer_email="boss@big.example")
    identify(cast.reviewer.ctx, row.public_id, "boss@big.example", "ZOID-1", "ZUID-1", "", fresh(row).version)
    return fresh(row)


def test_all_is_shown_of_a_customer_of_the_partner(cast, ticket):
    assert shown(cast.admin.ctx, ticket) == set(SECRETS)
    assert not find(cast.admin.ctx, ticket.public_id).hidden


def _moved(cast):
    Organization.update(partner=cast.outsider.partner).where(Organization.name == "Big").execute()


def _left(cast):
    Organization.update(partner=None).where(Organization.name == "Big").execute()


def _revoked(cast):
    Organization.update(access="revoked").where(Organization.name == "Big").execute()


def _erased(cast):
    Ticket.update(organization=None).execute()  # what the database does


def _not_chosen(cast):
    Member.update(sees="chosen", role="admin").where(Member.account == cast.admin.account).execute()


LOST = [_moved, _left, _revoked, _erased, _not_chosen]


@pytest.mark.parametrize("lose", LOST)
def test_nothing_is_shown_of_a_customer_that_is_lost(cast, ticket, lose):
    with transaction():
        lose(cast)
    ctx = cast.admin.ctx
    assert shown(ctx, ticket) == set()
    found = opened(ctx, ticket.public_id)
    assert found.ticket.hidden
    assert found.ticket.subject == "No mail"
    assert found.thread[0].body == "Since nine."
    for words in ("boss", "boss@big.example", "ZOID-1"):
        assert numbers(ctx, search=words) == [], "a search would tell letter by letter what is not shown"
    for words in ("mail", ticket.number, "Partner Admin"):
        assert numbers(ctx, search=words) == [ticket.number]


@pytest.mark.parametrize("lose", LOST[:4])
def test_the_customer_of_a_lost_ticket_is_no_filter(cast, ticket, lose):
    customer = Organization.get(Organization.name == "Big").public_id
    assert numbers(cast.admin.ctx, customer=customer) == [ticket.number]
    with transaction():
        lose(cast)
    if lose is not _erased:
        with pytest.raises(NotFound):
            listed(cast.admin.ctx, Asked(customer=customer))
    else:
        assert numbers(cast.admin.ctx, customer=customer) == []


@pytest.mark.parametrize(("change", "hidden"), [
    ({}, False), ({"access": "suspended"}, False), ({"access": "none"}, False), ({"access": "revoked"}, True),
    ({"partner": None}, True), ({"id": 0}, True)])
def test_mails_and_files_ask_the_same_question(ticket, change, hidden):
    """They have the customer's row at hand, and no actor."""
    customer = Organization.get(Organization.name == "Big")
    for name, value in change.items():
        setattr(customer, name, value)
    seen = as_partner_sees(ticket, customer)
    assert seen.hidden is hidden
    assert shown_in(str(asdict(seen)), ticket) == (set() if hidden else set(SECRETS))


def test_suspended_access_hides_nothing(cast, ticket):
    with transaction():
        Organization.update(access="suspended").where(Organization.name == "Big").execute()
    assert shown(cast.admin.ctx, ticket) == set(SECRETS)


def test_a_new_judgment_brings_nothing_back_of_a_customer_that_has_left(cast, ticket):
    """The rule is changed, and later staff correct a number: the address that they had filled in stays hidden."""
    with transaction():
        _moved(cast)
        row = held(cast.reviewer.ctx, ticket.public_id)
        classify(cast.reviewer.ctx, row, field_changed=False)
        settle(cast.reviewer.ctx, row)
    assert shown(cast.admin.ctx, ticket) == set()
    identify(cast.reviewer.ctx, ticket.public_id, "boss@big.example", "ZOID-1", "ZUID-2", "", fresh(ticket).version)
    assert shown(cast.admin.ctx, ticket) == set()


def test_found_to_be_about_another_customer_it_is_shown_again(cast, ticket):
    with transaction():
        _moved(cast)
    cast.customer("Next Ltd", "next.example", admin_email="boss@next.example")
    complete(cast.admin.ctx, ticket.public_id, "boss@next.example", "", "", fresh(ticket).version)
    assert find(cast.admin.ctx, ticket.public_id).customer == "Next Ltd"
    assert shown(cast.admin.ctx, ticket) == set()


def test_whoever_sees_chosen_customers_learns_nothing_of_others_by_asking(cast):
    """Neither that an address is a customer's, nor how large its account is."""
    big(cast)
    probing = narrowed(helped(cast.member("narrow@andina.example", "en", cast.andina, "sales")))
    ticket = asked(probing, "help-center", customer_email="it@big.example")
    assert shown(probing.ctx, ticket) == set()
    with pytest.raises(NotFound):
        known(probing.ctx, Organization.get(Organization.name == "Big").public_id)


def test_a_foreign_customer_and_one_that_is_none_get_the_same_answer(cast):
    big(cast, "Foreign Ltd", "foreign.example", partner=cast.outsider.partner)
    ctx = helped(cast.admin).ctx
    answers = []
    for email in ("boss@foreign.example", "boss@nobody.example"):
        found = find(ctx, asked(cast.admin, customer_email=email).public_id)
        answers.append((found.verdict, dict(found.verdict_params), found.customer, found.hidden, found.severity))
    assert answers[0] == answers[1]
    foreign = Organization.get(Organization.name == "Foreign Ltd").public_id
    for customer in (foreign, "nothing"):
        with pytest.raises(NotFound):
            find_customer(ctx, customer)
        with pytest.raises(NotFound):
            known(ctx, customer)


def test_a_new_partner_inherits_no_tickets(cast, ticket):
    with transaction():
        _moved(cast)
    assert numbers(helped(cast.outsider).ctx) == []
    with pytest.raises(NotFound):
        opened(cast.outsider.ctx, ticket.public_id)


# ---- Whose tickets ----

def test_whose_tickets_each_sees(cast):
    chosen = cast.customer("Chosen", "chosen.example")
    own, theirs = asked(cast.colleague), asked(helped(cast.admin), "help-center", customer_email="it@chosen.example")
    narrow = narrowed(helped(cast.member("narrow@andina.example", "en", cast.andina, "sales")))
    assert numbers(cast.admin.ctx) == [theirs.number, own.number]
    assert numbers(cast.colleague.ctx) == [own.number], "without the help center, one's own"
    assert numbers(narrow.ctx) == []
    with transaction():
        Assignment.create(member=Member.get(Member.account == narrow.account), organization=chosen)
    assert numbers(narrow.ctx) == [theirs.number]
    assert numbers(helped(cast.outsider).ctx) == []
    assert numbers(cast.admin.ctx, mine=True) == [theirs.number]


@pytest.mark.parametrize(("state", "reads", "writes"), [("active", 1, 1), ("suspended", 1, 1), ("terminated", 1, 0)])
def test_how_a_partner_stands(cast, state, reads, writes):
    ticket = asked(cast.admin)
    with transaction():
        Partner.update(state=state).where(Partner.id == cast.andina.id).execute()
    assert len(numbers(cast.admin.ctx)) == reads
    browser = cast.admin.browser()
    sent = browser.send(f"/en/support/tickets/{ticket.public_id}/replies", page="/en/account", text="More")
    assert sent.status_code == (303 if writes else 403)


# ---- Lists ----

def test_lists_are_narrowed_and_read_page_by_page(cast, clock):
    ctx = helped(cast.admin).ctx
    made = []
    for number in range(7):
        clock.advance(minutes=1)
        made.append(asked(cast.admin, subject=f"Request {number}"))
    clock.advance(minutes=1)
    set_state(cast.reviewer.ctx, made[3].public_id, "waiting", "Which user?", fresh(made[3]).version)
    seen, after = [], None
    while True:
        found = listed(ctx, Asked(after=after), size=3).page
        seen += [row.ticket.subject for row in found.rows]
        after, previous = found.next, found.previous
        if after is None:
            break
    assert seen == [f"Request {number}" for number in (3, 6, 5, 4, 2, 1, 0)]
    back = listed(ctx, Asked(after=previous), size=3).page
    assert [row.ticket.subject for row in back.rows] == [f"Request {number}" for number in (4, 2, 1)]
    assert numbers(ctx, state="waiting") == [made[3].number]
    assert numbers(ctx, search=made[5].number) == [made[5].number]


def test_a_list_asks_the_same_at_any_length(cast):
    ctx = helped(cast.admin).ctx
    big(cast)
    counts = []
    for _round in range(2):
        for _ in range(4):
            asked(cast.admin, customer_email="boss@big.example")
        with statements() as seen:
            listed(ctx, Asked())
        counts.append(len(seen))
    assert counts == [1, 1]


# ---- The thread ----

def test_the_thread_holds_what_is_public_in_its_order(cast, ticket, clock):
    staff = cast.reviewer.ctx
    note(staff, ticket.public_id, "Customer is rude.")
    answer(staff, ticket.public_id, "We look into it.", then="waiting")
    log_call(staff, ticket.public_id, "phone", "They called.")
    promise_update(staff, ticket.public_id, cast.now + timedelta(hours=4))
    kinds = [line.kind for line in opened(cast.admin.ctx, ticket.public_id).thread]
    assert kinds[0] == "opened"
    assert [kind for kind in kinds if kind in {"staff-reply", "waiting", "call", "promised"}] == [
        "staff-reply", "waiting", "call", "promised"]
    assert "note" not in kinds
    assert "Customer is rude." not in str(opened(cast.admin.ctx, ticket.public_id))


def test_a_ticket_takes_three_statements(cast, ticket):
    for _ in range(5):
        answer(cast.reviewer.ctx, ticket.public_id, "And?")
    ctx = cast.admin.ctx
    with statements() as seen:
        opened(ctx, ticket.public_id)
    assert len(seen) == 3
