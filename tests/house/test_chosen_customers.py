"""Whoever sees chosen customers only: every page of Store and Console, as if the other customers were not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.routing import Rule

from portal.billing.commands.cards import ask_card, card_returned, remove_card, use_card
from portal.billing.commands.exports import ask_export
from portal.billing.models import Card, CardSetup, Difference, Export
from portal.billing.queries.cards import kept_cards, payment
from portal.billing.queries.differences import differing
from portal.billing.queries.invoices import Asked as InvoicesAsked
from portal.billing.queries.invoices import invoices, of_partner
from portal.billing.queries.payments import STATES, Asked, every, matching, sums
from portal.core.errors import NotFound
from portal.core.permissions import LIMITS, Role
from portal.customers.models import Assignment, Organization
from portal.customers.queries import visible_to
from portal.delegation import queries as delegation
from portal.partners.models import Member
from portal.storage import transaction
from portal.subscriptions.models import ChangeRequest, Subscription
from portal.subscriptions.queries import SORTS, listed
from portal.subscriptions.queries import STATES as LISTS
from portal.subscriptions.queries import Asked as CustomersAsked
from portal.subscriptions.queries.renewals import renewals
from tests.billing.rows import a_payment, an_invoice
from tests.billing.test_exports import WORDS
from tests.client import statements
from tests.house.test_access_table import TABLE, address, answer, lines, things

# Stand in the addresses but are nobody's, or are chosen from a list.
_NOT_OBJECTS = {"lang", "format", "currency", "month", "decision", "name"}
AUDIENCES = ("store.", "console.", "organization.", "support.")


@pytest.fixture
def limited(cast) -> Any:
    """An administrator of Andina who sees chosen customers only: none until some are chosen."""
    person = cast.member("limited@andina.example", "en", cast.andina, "admin")
    with transaction():
        Member.update(sees="chosen").where(Member.account == person.account).execute()
    return person


def choose(limited: Any, *organizations: Organization) -> None:
    member = Member.get(Member.account == limited.account)
    with transaction():
        for organization in organizations:
            Assignment.create(member=member, organization=organization)


def objects(rule: Rule) -> bool:
    """Tell whether an address names an object."""
    return bool(set(rule.arguments) - _NOT_OBJECTS)


def column(line: str, who: int) -> str:
    return TABLE[line].split()[who]


def expected(app: Any, line: str, who: int, limited: Any) -> str:
    """Return what the table says for somebody with this column, less what the limit takes away."""
    view = app.view_functions[line.split()[1]]
    inside = line.split()[1].startswith("organization.")  # there, the door decides
    taken = LIMITS[Role.CHOSEN_CUSTOMERS]
    return "403" if view.permission in taken and not inside else column(line, who)


def about(app: Any, *methods: str) -> list[str]:
    return [line for line, rule in lines(app).items()
            if line.split()[0] in methods and line.split()[1].startswith(AUDIENCES) and objects(rule)]


def test_what_was_not_chosen_is_not_there(app, cast, limited) -> None:
    """Every page and every act on an object: the same answers as for another partner."""
    app.config["WTF_CSRF_ENABLED"] = False
    values, browser = things(cast), limited.browser()
    outsider = 2
    got = {line: answer(browser, line.split()[0], address(app, line, values)) for line in about(app, "GET", "POST")}
    wanted = {line: expected(app, line, outsider, limited) for line in got}
    assert {line: got[line] for line in got if got[line] != wanted[line]} == {}
    assert len(got) > 150


def test_what_was_chosen_is_there(app, cast, limited) -> None:
    values, browser = things(cast), limited.browser()
    choose(limited, cast.siam)
    colleague = 1
    got = {line: answer(browser, "GET", address(app, line, values)) for line in about(app, "GET")}
    wanted = {line: expected(app, line, colleague, limited) for line in got}
    assert {line: got[line] for line in got if got[line] != wanted[line]} == {}


# ---- Lists, sums and searches ----

@pytest.fixture
def both(cast, limited) -> list[Organization]:
    """Two customers with everything that lists are of; the first was chosen."""
    chosen = cast.customer("Seen Ltd", "seen.example", standing="paid", admin_name="Seen Admin")
    hidden = cast.customer("Veiled Ltd", "veiled.example", standing="paid", admin_name="Veiled Admin")
    for number, organization in enumerate((chosen, hidden), start=1):
        _fill(cast, organization, number)
    for standing, verified in (("trial", True), ("trial", False), ("expired", True), ("suspended", True)):
        for name in ("Seen", "Veiled"):
            row = cast.customer(f"{name} {standing} {verified}", f"{name}-{standing}-{verified}.example".lower(),
                                standing=standing, verified=verified, renews_on=cast.now.date() + timedelta(days=3))
            if name == "Seen":
                choose(limited, row)
    choose(limited, chosen)
    return [chosen, hidden]


def _fill(cast: Any, organization: Organization, number: int) -> None:
    owned = Subscription.get(Subscription.organization == organization)
    cast.card(organization, "customer", f"own-{number}", f"100{number}")
    a_payment(cast, organization, 10 * number)
    a_payment(cast, organization, 10 * number + 1, state="declined")
    an_invoice(cast, organization, 10 * number + 2)
    cast.card(organization, "reseller", f"ours-{number}", f"200{number}")
    with transaction():
        ChangeRequest.create(organization=organization, subscription=owned, kind="licenses", licenses=20,
                             created_at=cast.now)
        Difference.create(partner=cast.andina, subscription=owned, kind="over-assigned", sold=1, assigned=2, invoiced=1,
                          began_on=cast.now.date(), seen_on=cast.now.date())
        Subscription.update(renews_on=cast.now.date() + timedelta(days=2)).where(Subscription.id == owned.id).execute()


QUESTIONS = {
    "store.customers": ["", *(f"?state={state}" for state in LISTS), *(f"?sort={sort}&dir=desc" for sort in SORTS),
                        "?q=example", "?q=Admin"],
    "console.customers": ["", *(f"?state={state}" for state in LISTS), "?q=example"],
    "store.invoices": ["", "?state=open", "?state=paid", "?q=Ltd", "?q=TH-000020"],
    "store.cards": ["", "?kind=customer"],
}


def test_pages_without_an_object_tell_of_chosen_customers_alone(app, cast, limited, both) -> None:
    browser, whole = limited.browser(), cast.colleague.browser()
    for line, rule in lines(app).items():
        method, endpoint = line.split()
        if method != "GET" or not endpoint.startswith(("store.", "console.")) or objects(rule):
            continue
        for question in QUESTIONS.get(endpoint, [""]):
            path = address(app, line, {**things_of_no_object(), "lang": "en"}) + question
            response = browser.get(path)
            words = response.get_data(as_text=True).casefold()
            assert "veiled" not in words, path
            assert "2002" not in words, path
            if response.status_code == 200 and "veiled" in whole.get(path).get_data(as_text=True).casefold():
                assert "seen" in words or "TH-000020" in question, path


def things_of_no_object() -> dict[str, str]:
    return {"format": "csv", "currency": "USD", "month": "2026-03", "decision": "approve", "name": "none"}


def test_lists_are_read_page_by_page(cast, limited) -> None:
    """Chosen and other customers lie between each other: no page is short, none is missed, forwards and back."""
    seen = []
    for number in range(30):
        row = cast.customer(f"Customer {number:02}", f"c{number:02}.example")
        if number % 3 == 0:
            seen.append(row.name)
            choose(limited, row)
    for sort in SORTS:
        asked, names, cursors = CustomersAsked(sort=sort), list[str](), list[Any]()
        while True:
            page = listed(limited.ctx, asked, administered=True, size=4)
            names += [one.name for one in page.rows]
            cursors.append(page.previous)
            if page.next is None:
                break
            assert len(page.rows) == 4
            asked = CustomersAsked(sort=sort, after=page.next)
        assert sorted(names) == seen
        back = listed(limited.ctx, CustomersAsked(sort=sort, after=cursors[-1]), administered=True, size=4)
        assert [one.name for one in back.rows] == names[4:8]


def test_money_is_that_of_chosen_customers(cast, limited, both) -> None:
    today = cast.now.date()
    chosen, hidden = both
    for state in ("", *STATES):
        for administered in (False, True):
            asked = Asked(today - timedelta(days=40), today, state=state, administered=administered)
            names = {row.name for piece in every(limited.ctx, asked) for row in piece}
            assert names <= {chosen.name}
            lines_ = sum(len(piece) for piece in every(limited.ctx, asked))
            assert sum(one.number for one in sums(limited.ctx, asked)
                       if (one.state == "refunded") == (state == "refunded")) == lines_
            whole = {row.name for piece in every(cast.colleague.ctx, asked) for row in piece}
            assert not whole or hidden.name in whole
    assert [one.name for one in matching(limited.ctx, "example", administered=False)].count(hidden.name) == 0
    found = invoices(limited.ctx, of_partner(limited.actor), InvoicesAsked())
    assert {row.organization.name for row in found.rows} == {chosen.name}
    assert [row.name for row in differing(limited.actor, None).rows] == [chosen.name]
    days = renewals(limited.actor, today, today + timedelta(days=30)).rows
    assert days
    assert not [row.name for row in days if "Veiled" in row.name]


def test_cards_of_the_partner_are_known_where_they_pay_for_chosen_customers(cast, limited, both) -> None:
    chosen, hidden = both
    spare = cast.card(cast.siam, "reseller", "spare", "2009")
    assert [(card.last4, card.pays_for) for card in kept_cards(limited.actor, "reseller").rows] == [("2001", 1)]
    assert [card.name for card in kept_cards(limited.actor, "customer").rows] == [chosen.name]
    assert {card.last4 for card in payment(limited.ctx, chosen.public_id).cards} == {"1001", "2001"}
    for card in (spare, Card.get(Card.token == "ours-2")):
        with pytest.raises(NotFound):
            use_card(limited.ctx, chosen.public_id, card.public_id)
        with pytest.raises(NotFound):
            remove_card(limited.ctx, card.public_id)
    with pytest.raises(NotFound):
        remove_card(limited.ctx, Card.get(Card.token == "own-2").public_id)
    # A card that pays for both is known, and how many others it pays for is not.
    use_card(cast.colleague.ctx, hidden.public_id, Card.get(Card.token == "ours-1").public_id)
    assert [(card.last4, card.pays_for) for card in kept_cards(limited.actor, "reseller").rows] == [("2001", 1)]
    remove_card(limited.ctx, Card.get(Card.token == "own-1").public_id)


def test_who_comes_back_from_the_gateway(cast, limited, both) -> None:
    chosen, hidden = both
    setup = ask_card(cast.colleague.ctx, hidden.public_id, customer_card=True)
    with pytest.raises(NotFound):
        card_returned(limited.ctx, setup.public_id)
    assert CardSetup.get().state == "asked"
    assert limited.browser().get(f"/cards/back/setup/{setup.public_id}").status_code == 404
    charges = {organization: a_payment(cast, organization, 90 + number)
               for number, organization in enumerate((chosen, hidden))}
    seen = {organization.name: limited.browser().get(f"/cards/back/charge/{charge.public_id}").headers["Location"]
            for organization, charge in charges.items()}
    assert "/store/invoices/" in seen[chosen.name]
    assert "/store/" not in seen[hidden.name]


def test_the_worker_keeps_the_limit(cast, limited, both, run_jobs) -> None:
    """A file that was asked for before the limit is not made, and one that is there is not given out."""
    asked = Asked(cast.now.date() - timedelta(days=40), cast.now.date())
    member = Member.get(Member.account == limited.account)

    def see(what: str) -> None:
        with transaction():
            Member.update(sees=what).where(Member.id == member.id).execute()

    see("all")
    made = ask_export(limited.ctx, asked, "csv", WORDS, "en")
    run_jobs()
    path = f"/en/store/reports/exports/{made.public_id}/file"
    assert limited.browser().get(path).status_code == 200
    late = ask_export(limited.ctx, replace(asked, state="succeeded"), "csv", WORDS, "en")
    see("chosen")
    run_jobs()
    assert limited.browser().get(path).status_code == 403
    assert Export.get_by_id(late.id).state == "failed"
    assert Export.get_by_id(late.id).content is None


def test_a_customer_s_console_names_who_may_enter(cast, limited, both) -> None:
    _ = cast.colleague, cast.member("seller@andina.example", "en", cast.andina, "sales")
    for organization, there in zip(both, (True, False), strict=True):
        found = delegation.relation(cast.make_ctx(), organization.id)
        assert found is not None
        people = {one.email for one in found.people}
        assert (limited.email in people) is there
        assert cast.colleague.email in people
        assert "seller@andina.example" not in people, "their task includes no console"


def test_what_is_chosen_counts_at_the_next_click(cast, limited, both) -> None:
    chosen, hidden = both
    assert {row.id for row in visible_to(limited.actor)} & {chosen.id, hidden.id} == {chosen.id}
    with transaction():
        Assignment.update(organization=hidden).where(Assignment.organization == chosen).execute()
    assert {row.id for row in visible_to(limited.actor)} & {chosen.id, hidden.id} == {hidden.id}
    with transaction():
        Member.update(sees="all").where(Member.account == limited.account).execute()
    assert len(list(visible_to(limited.actor))) == 10


def test_pages_ask_no_more_for_the_limit(cast, limited, both) -> None:
    browser = limited.browser()
    for path in ("/en/store/", "/en/store/customers", "/en/store/invoices", "/en/store/renewals", "/en/store/cards",
                 "/en/store/changes", "/en/console/customers"):
        with statements() as seen:
            assert browser.get(path).status_code == 200, path
        assert len(seen) <= 5, path
