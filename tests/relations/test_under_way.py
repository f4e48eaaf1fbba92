"""What a partner has under way in an organization when it moves: it stops, and the former partner hears of nothing."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from portal.adapters.cards import Saved
from portal.billing.commands.cards import ask_card, card_returned
from portal.consents.models import Consent
from portal.core.errors import NotFound, Stale
from portal.core.ids import derive
from portal.customers.models import Organization
from portal.delegation.commands import ask_access, revoke_access
from portal.delegation.models import Invitation
from portal.directory.commands.user_imports import ask_user_check, ask_user_import
from portal.directory.models import User
from portal.domains.commands import ask_check, ask_check_by_link, send_domain_link
from portal.domains.models import Domain, DomainCheck
from portal.domains.policy import Method
from portal.domains.queries import LINK_PURPOSE, link
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.relations.commands import changes
from portal.relations.commands.changes import announce
from portal.relations.models import Change
from portal.relations.policy.changes import AlreadyChanging
from portal.storage import database, transaction
from portal.subscriptions.commands.answers import decline_change
from portal.subscriptions.models import ChangeRequest, Subscription
from tests.billing.shop import fresh
from tests.inside import inside


def move(cast: Any, organization: Organization, to: Any = None, days: int = 0) -> Change:
    ctx = cast.siam_admin.ctx
    with transaction():
        return announce(ctx, organization, to_partner=to, by="customer", with_access=True,
                        effective_on=ctx.today(organization.time_zone) + timedelta(days=days))


def test_an_import_of_users_adds_nobody_any_more(cast, run_jobs) -> None:
    lines = [[n, {"name": f"Person {n}", "email": f"person-{n}@siam.example", "role": "member", "title": "",
                  "phone": "", "language": "th"}] for n in range(2, 5)]
    with transaction():
        Subscription.update(licenses=90).where(Subscription.organization == cast.siam).execute()
    check = ask_user_check(inside(cast.admin, cast.siam), lines, "upload")
    run_jobs()
    job = ask_user_import(inside(cast.admin, cast.siam), check)
    move(cast, cast.siam, cast.outsider.partner)
    run_jobs()
    assert Job.get(Job.public_id == job).result == {"added": 0, "refused": [], "stopped": True}
    assert not User.select().where(User.email.startswith("person-")).exists()


@pytest.fixture
def late(cast) -> Organization:
    """A customer whose domain is not verified yet."""
    found: Organization = cast.customer("Late", "late.example", verified=False)
    cast.employ(found, cast.siam_admin, "super-admin")
    return found


def test_checks_of_its_domain_stop(cast, late, run_jobs, clock) -> None:
    ask_check(cast.admin.ctx, late.public_id, Method.TXT)
    move(cast, late, cast.outsider.partner)
    clock.advance(days=1)
    run_jobs()
    assert [(check.state, check.total) for check in DomainCheck.select()] == [("stopped", 0)]


def test_a_link_that_it_has_sent_opens_nothing_also_when_the_next_partner_has_access(cast, late) -> None:
    send_domain_link(cast.admin.ctx, late.public_id, "Nok", "dns@late.example", "th")
    handle = Outgoing.get(Outgoing.event == "domain-link").params["handle"]
    token = f"{handle}.{derive(cast.make_ctx().secret, LINK_PURPOSE, handle)}"
    assert link(cast.make_ctx(), token).domain == Domain.get(Domain.organization == late)
    move(cast, late, cast.outsider.partner)
    for act in (lambda: link(cast.make_ctx(), token),
                lambda: ask_check_by_link(cast.make_ctx(), token, Method.TXT)):
        with pytest.raises(NotFound):
            act()
    assert not DomainCheck.select().exists()


@pytest.mark.parametrize("own", [True, False])
def test_a_card_page_that_is_open_in_its_browser_sets_no_card(cast, gateway, run_jobs, own) -> None:
    setup = ask_card(cast.admin.ctx, cast.siam.public_id, customer_card=own)
    run_jobs()
    move(cast, cast.siam, cast.outsider.partner)
    gateway.entered[fresh(setup).reference] = Saved("payer", "tok_new", "visa", "4242", 5, 2031)
    card_returned(cast.admin.ctx, setup.public_id)
    run_jobs()
    assert (fresh(cast.siam).card_id, fresh(cast.siam).card_kind) == (None, "none")


def test_questions_end_and_requests_go_to_the_next_partner(cast) -> None:
    consent = Consent.create(
        organization=cast.siam, partner=cast.andina, task="tfa:set", arguments={"required": True}, reason="?",
        asked_by=cast.admin.account.id, asked_by_name="?", created_at=cast.now,
        expires_at=cast.now + timedelta(days=3))
    request = ChangeRequest.create(
        organization=cast.siam, subscription=Subscription.get(Subscription.organization == cast.siam),
        kind="licenses", licenses=20, created_at=cast.now)
    revoke_access(inside(cast.siam_admin, cast.siam))
    ask_access(cast.admin.ctx, cast.siam.public_id, "Please")
    move(cast, cast.siam, cast.outsider.partner)
    assert (fresh(consent).state, Invitation.get().state) == ("withdrawn", "withdrawn")
    with pytest.raises(NotFound):
        decline_change(cast.admin.ctx, request.public_id, "No")
    decline_change(cast.outsider.ctx, request.public_id, "No")
    assert fresh(request).state == "declined"


def test_without_a_next_partner_requests_are_withdrawn(cast) -> None:
    request = ChangeRequest.create(
        organization=cast.siam, subscription=Subscription.get(Subscription.organization == cast.siam),
        kind="licenses", licenses=20, created_at=cast.now)
    move(cast, cast.siam)
    assert fresh(request).state == "withdrawn"


def test_of_two_changes_that_are_announced_at_once_one_wins(cast) -> None:
    _ = cast.admin, cast.siam
    other, ctx, refused = cast.outsider.partner, cast.siam_admin.ctx, list[Exception]()
    day, start = ctx.today("Asia/Bangkok") + timedelta(days=9), threading.Barrier(2)

    def run(to: Any) -> None:
        with database.connection_context():
            start.wait(20)
            try:
                with transaction():
                    announce(ctx, cast.siam, to_partner=to, by="customer", effective_on=day)
            except (AlreadyChanging, Stale) as error:
                refused.append(error)

    threads = [threading.Thread(target=run, args=(to,)) for to in (other, None)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [type(error) for error in refused] == [AlreadyChanging]
    assert Change.select().where(Change.state == "announced").count() == 1


def test_a_change_that_cannot_be_carried_out_holds_up_no_other(cast, clock, run_jobs, monkeypatch) -> None:
    nova = cast.customer("Nova", "nova.example")
    bad, good = move(cast, cast.siam, days=2), move(cast, nova, days=2)
    real = changes.lift_what_others_owe

    def fails(ctx: Any, organization: Organization) -> None:
        if organization.id == cast.siam.id:
            raise RuntimeError("something is wrong with this one")
        real(ctx, organization)

    monkeypatch.setattr(changes, "lift_what_others_owe", fails)
    clock.advance(days=3)
    run_jobs()
    assert (fresh(bad).state, fresh(good).state) == ("announced", "done")
    assert fresh(cast.siam).partner_id == cast.andina.id
    monkeypatch.undo()
    clock.advance(hours=2)
    run_jobs()
    assert fresh(bad).state == "done"
