"""Somebody is erased: no text of the database names them any more, and money and the record still fit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal import demo
from portal.accounts.models import Account, Identity, OneTimeToken, Passkey, Session
from portal.audit import record
from portal.audit.models import Event
from portal.audit.verification import Verification
from portal.billing.verification import Verification as Money
from portal.core.context import WORKER
from portal.customers.models import Organization
from portal.directory.models import Address, User
from portal.domains.models import Domain
from portal.mail.models import Outgoing
from portal.partners.models import Member
from portal.privacy.models import Erasure
from portal.privacy.policy import Names, pseudonym
from portal.storage import transaction
from tests.privacy.world import found, name_everywhere


def account(person: demo.Person) -> Account:
    return Account.get(Account.email == person.email)


def announce(make_ctx, clock, person: Account) -> None:
    with transaction():
        Erasure.create(account=person, asked_by_name=person.name, due_at=clock.now, created_at=clock.now)


def everything_fits(make_ctx) -> None:
    assert [str(fault) for fault in Money(make_ctx()).faults()] == []
    assert list(Verification().faults()) == []


@pytest.mark.parametrize("person", [demo.MEMBER, demo.SALES], ids=["fr", "th"])
def test_nothing_names_an_erased_person(filled, make_ctx, clock, run_jobs, mailer, person):
    who = account(person)
    acts = Event.select().where(Event.actor_id == who.id).count()
    with transaction():
        siam = Organization.get(Organization.domain == "siam.example")
        ctx = make_ctx(WORKER)
        record(ctx, "user.edited", "x", siam.id, f"{who.name}", before={"email": who.email}, after={"name": who.name})
        record(ctx, "note.written", "y", None, reason_of=f"{who.email} asked, as did {who.name}.")
    assert name_everywhere(who.id, who.name, who.email) > 20
    run_jobs()
    announce(make_ctx, clock, who)
    clock.advance(hours=2)
    run_jobs()
    run_jobs()
    assert Erasure.get().state == "done"
    assert found(who.name, who.email) == []
    gone = Account.get_by_id(who.id)
    assert gone.name.startswith("Erased person ")
    assert gone.email.endswith("@erased.invalid")
    assert (gone.password_hash, gone.signed_in_at, gone.country) == (None, None, "")
    assert Member.select().where(Member.account == who.id).count() == 0
    assert Event.select().where(Event.actor_id == who.id).count() == acts  # that something was done stays
    assert who.email in str(mailer.sent[-1]["To"])
    everything_fits(make_ctx)
    check = Verification()
    list(check.faults())
    assert check.erased > 2


def test_a_namesake_elsewhere_keeps_their_name(cast, clock, run_jobs, make_ctx):
    """Somebody takes the name of another person and has it erased: that one's traces stay."""
    with transaction():
        Account.update(name="Ana Ruiz").where(Account.id.in_([cast.colleague.account.id, cast.outsider.account.id])
                                              ).execute()
        record(cast.outsider.ctx, "x.done", "x", None, "thing", after={"asked_by": "Ana Ruiz"})
        record(cast.colleague.ctx, "x.done", "y", None, "thing", after={"asked_by": "Ana Ruiz"})
    announce(make_ctx, clock, cast.colleague.account)
    run_jobs()
    names = {event.subject: event.actor_name for event in Event.select().where(Event.verb == "x.done")}
    assert names["x"] == "Ana Ruiz"
    assert names["y"].startswith("Erased person")


@pytest.mark.parametrize(("text", "left"), [
    ("Ana Ruiz", "X"), ("by Ana Ruiz.", "by X."), ("Diana Ruiz", "Diana Ruiz"), ("Ana Ruiza", "Ana Ruiza"),
    ("Ana Ruiz.pdf", "X.pdf"),
    ("ANA@x.example wrote", "X@y wrote"), ("mailto:ana@x.example", "mailto:X@y"),
    ("juana@x.example", "juana@x.example"),
    ("ana@x.example.org", "ana@x.example.org"), ("ana ruiz", "ana ruiz"), ("", ""),
    ("ถามปิยะดา วงศ์ทองได้", "ถามXได้"), ("admin", "X"), ("the admin", "the admin"),
])
def test_names_are_found_as_whole_words(text, left):
    names = Names(["Ana Ruiz", "ปิยะดา วงศ์ทอง", "admin", " "], ["ana@x.example"], "X", "X@y")
    assert names.without(text) == left


def test_codes_of_json_are_no_names():
    names = Names(["admin", "Ana Ruiz"], ["a@x.example"], "X", "X@y")
    value = {"role": "admin", "Ana Ruiz": ["Ana Ruiz", 1, None, {"by": "a@x.example"}]}
    assert names.without_in(value) == {"role": "admin", "Ana Ruiz": ["X", 1, None, {"by": "X@y"}]}


def test_pseudonyms_differ_and_read_well():
    assert len({pseudonym() for _ in range(50)}) > 45
    assert not set("01OIL") & set(pseudonym().rpartition(" ")[2])


def test_what_obstructs_at_the_end_stops_it(cast, clock, run_jobs, make_ctx, mailer):
    announce(make_ctx, clock, cast.siam_admin.account)
    run_jobs()
    assert Erasure.get().state == "withdrawn"
    assert Account.get_by_id(cast.siam_admin.account.id).email == "super-admin@siam.example"
    assert Outgoing.get().event == "erasure-stopped"


def test_the_users_entry_stays_the_organizations(cast, clock, run_jobs, make_ctx):
    manager = cast.siam_manager
    announce(make_ctx, clock, manager.account)
    run_jobs()
    entry = User.get(User.email == manager.email)
    assert entry.account_id is None
    assert Address.select().where(Address.text == manager.email).exists()
    assert not Session.select().where(Session.account == manager.account.id).exists()


def test_an_erased_account_is_never_let_in_again(app, cast, clock, run_jobs, make_ctx):
    browser = cast.colleague.browser()
    assert browser.get("/en/store/").status_code == 200
    announce(make_ctx, clock, cast.colleague.account)
    run_jobs()
    assert "/sign-in" in browser.get("/en/store/").headers["Location"]
    for table in (OneTimeToken, Passkey, Identity):
        assert not table.select().where(table.account == cast.colleague.account.id).exists()
    clock.advance(days=1000)
    run_jobs()  # nor is its row ever taken for an address that nobody confirmed
    assert Account.select().where(Account.id == cast.colleague.account.id).exists()


def test_the_day_before_there_is_a_mail_and_carrying_out_twice_is_once(cast, clock, run_jobs, make_ctx):
    person = cast.colleague.account
    with transaction():
        Erasure.create(account=person, asked_by_name=person.name, due_at=clock.now + timedelta(days=2),
                       created_at=clock.now)
    run_jobs()
    assert Outgoing.select().count() == 0
    clock.advance(days=1, hours=1)
    run_jobs()
    clock.advance(hours=1)
    run_jobs()
    assert [mail.event for mail in Outgoing.select()] == ["erasure-tomorrow"]
    clock.advance(days=1)
    run_jobs()
    clock.advance(days=1)
    run_jobs()
    assert Event.select().where(Event.verb == "account.erased").count() == 1
    assert Outgoing.select().count() == 0


def test_an_erased_organization_leaves_money_and_the_record(filled, make_ctx, clock, run_jobs):
    siam = Organization.get(Organization.domain == "siam.example")
    people = [user.email for user in User.select().where(User.organization == siam.id)]
    from portal.subscriptions.models import Subscription

    with transaction():
        Subscription.update(state="ended", ended_on=clock.now.date(), renews_on=None).where(
            Subscription.organization == siam.id).execute()
        from portal.billing.models import Invoice, Order
        Order.update(state="declined").where(Order.organization == siam.id, Order.state == "pending").execute()
        Invoice.update(state="paid", paid=Invoice.total).where(
            Invoice.organization == siam.id, Invoice.state == "open").execute()
        Erasure.create(organization=siam, asked_by_name="?", due_at=clock.now, created_at=clock.now)
    acts = Event.select().where(Event.organization_id == siam.id).count()
    run_jobs()
    assert Erasure.get().state == "done"
    left = Organization.get_by_id(siam.id)
    assert left.name.startswith("Erased organization ")
    assert (left.users, left.access) == (0, "none")
    for table in (User, Domain, Address):
        assert not table.select().where(table.organization == siam.id).exists()
    assert Event.select().where(Event.organization_id == siam.id).count() > acts
    assert not Event.select().where(Event.organization_id == siam.id, Event.name.in_(people)).exists()
    assert list(Verification().faults()) == []
