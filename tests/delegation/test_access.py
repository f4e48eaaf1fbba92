"""Access revoked, suspended, resumed, asked for and restored: who may, what follows, and who hears of it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from portal.audit.models import Event
from portal.core.errors import Forbidden, NotFound, Stale
from portal.customers.models import Organization
from portal.delegation import commands, queries
from portal.delegation.models import Access, Invitation
from portal.delegation.policy import AskedTooOften
from portal.domains import commands as domains
from portal.domains.commands import ask_check
from portal.domains.models import Domain, DomainCheck
from portal.domains.policy import Finding, Method, Outcome
from portal.domains.queries import round_key
from portal.storage import database, transaction
from portal.subscriptions.queries import Asked
from tests.inside import inside


def states(organization):
    return Access.get(Access.organization == organization).state, Organization.get_by_id(organization.id).access


def acts(prefix="access."):
    return [event.verb for event in Event.select().where(Event.verb.startswith(prefix)).order_by(Event.id)]


def ask(cast, person=None, message="To add new colleagues."):
    commands.ask_access((person or cast.admin).ctx, cast.siam.public_id, message)
    return Invitation.select().order_by(Invitation.id.desc()).get().public_id


def owner(cast):
    return inside(cast.siam_admin, cast.siam)


@pytest.fixture
def revoked(cast):
    commands.revoke_access(owner(cast))


def test_revoking_closes_the_console_and_leaves_the_store(cast):
    on_behalf = inside(cast.admin, cast.siam)
    commands.revoke_access(owner(cast))
    assert states(cast.siam) == ("revoked", "revoked")
    assert queries.managed(cast.admin.ctx, Asked()).rows == []
    with pytest.raises(NotFound):
        inside(cast.admin, cast.siam)
    with pytest.raises(NotFound):
        queries.find(on_behalf, cast.siam.public_id)
    assert Organization.get_by_id(cast.siam.id).partner_id == cast.andina.id


def test_an_admin_suspends_and_only_the_super_admin_resumes(cast, clock):
    clock.advance(hours=1)
    manager = inside(cast.siam_manager, cast.siam)
    commands.suspend_access(manager)
    assert states(cast.siam) == ("suspended", "suspended")
    assert Access.get().since == clock.now
    with pytest.raises(NotFound):
        inside(cast.admin, cast.siam)
    with pytest.raises(Forbidden):
        commands.resume_access(manager)
    commands.resume_access(owner(cast))
    assert states(cast.siam) == ("active", "active")
    inside(cast.admin, cast.siam)


@pytest.mark.parametrize("command", [commands.revoke_access, commands.resume_access, commands.suspend_access])
def test_the_partner_does_none_of_it(cast, command):
    with pytest.raises(Forbidden):
        command(inside(cast.admin, cast.siam))
    with pytest.raises(Forbidden):
        command(cast.admin.ctx)
    assert states(cast.siam) == ("active", "active")


def test_what_is_done_twice_is_done_once(cast):
    for command in (commands.suspend_access, commands.resume_access, commands.revoke_access):
        for _click in range(2):
            command(owner(cast))
    assert acts() == ["access.suspended", "access.resumed", "access.revoked"]


def test_what_an_old_page_offers_is_refused_once_access_is_revoked(cast, revoked):
    for command in (commands.suspend_access, commands.resume_access):
        with pytest.raises(Stale):
            command(owner(cast))
    assert states(cast.siam) == ("revoked", "revoked")


def test_an_organization_without_partner_has_nothing_to_revoke(cast):
    alone = cast.customer("Alone", "alone.example", access="none")
    cast.employ(alone, cast.siam_admin, "super-admin")
    for command in (commands.revoke_access, commands.suspend_access, commands.resume_access):
        with pytest.raises(NotFound):
            command(inside(cast.siam_admin, alone))
    with pytest.raises(NotFound):
        commands.ask_access(cast.admin.ctx, alone.public_id, "Please")


def test_only_an_accepted_invitation_restores_access(cast, revoked):
    first = ask(cast)
    assert states(cast.siam) == ("revoked", "revoked")
    commands.decline_access(owner(cast), first)
    assert states(cast.siam) == ("revoked", "revoked")
    with pytest.raises(Stale):
        commands.accept_access(owner(cast), first)
    second = ask(cast, cast.colleague)
    for _click in range(2):
        commands.accept_access(owner(cast), second)
    assert states(cast.siam) == ("active", "active")
    assert acts() == ["access.revoked", "access.asked", "access.declined", "access.asked", "access.restored"]


def test_an_accepted_invitation_restores_access_once(cast, revoked):
    invitation = ask(cast)
    commands.accept_access(owner(cast), invitation)
    commands.revoke_access(owner(cast))
    commands.accept_access(owner(cast), invitation)
    assert states(cast.siam) == ("revoked", "revoked")


def test_an_invitation_is_the_super_administrators_of_that_organization(cast, revoked):
    invitation = ask(cast)
    other = cast.customer("Other", "other-customer.example")
    cast.employ(other, cast.newcomer, "super-admin")
    for command in (commands.accept_access, commands.decline_access):
        with pytest.raises(NotFound):
            command(inside(cast.newcomer, other), invitation)
        with pytest.raises(Forbidden):
            command(inside(cast.siam_manager, cast.siam), invitation)
        with pytest.raises(Forbidden):
            command(cast.admin.ctx, invitation)
    assert Invitation.get().state == "open"


def test_who_may_ask(cast, revoked):
    seller = cast.member("seller@small.example", "en", cast.partner("Small", "US", "en", console=False), "sales")
    with pytest.raises(NotFound):
        commands.ask_access(cast.outsider.ctx, cast.siam.public_id, "Let us in")
    for person in (seller, cast.siam_admin, cast.reviewer):
        with pytest.raises(Forbidden):
            commands.ask_access(person.ctx, cast.siam.public_id, "Let us in")
    assert Invitation.select().count() == 0


@pytest.mark.parametrize("state", ["active", "suspended"])
def test_there_is_nothing_to_ask_while_access_is_not_revoked(cast, state):
    commands.suspend_access(owner(cast))
    if state == "active":
        commands.resume_access(owner(cast))
    with pytest.raises(Stale):
        ask(cast)


def test_one_question_at_a_time(cast, revoked):
    ask(cast)
    ask(cast)
    with pytest.raises(Stale):
        ask(cast, cast.colleague, "Something else")
    assert Invitation.select().count() == 1
    assert acts("access.asked") == ["access.asked"]


def test_a_question_expires_and_makes_room(cast, clock, revoked):
    old = ask(cast)
    clock.advance(days=15)
    assert queries.standing(cast.admin.ctx, cast.siam.id).question.state == "expired"
    with pytest.raises(Stale):
        commands.accept_access(owner(cast), old)
    with pytest.raises(Stale):
        commands.withdraw_ask(cast.admin.ctx, cast.siam.public_id)
    commands.accept_access(owner(cast), ask(cast))
    assert states(cast.siam) == ("active", "active")


def test_a_partner_does_not_pester(cast, clock, revoked):
    for _time in range(3):
        commands.decline_access(owner(cast), ask(cast))
    with pytest.raises(AskedTooOften):
        ask(cast)
    clock.advance(days=30)
    ask(cast)


def test_a_withdrawn_question_cannot_be_accepted(cast, revoked):
    with pytest.raises(NotFound):
        commands.withdraw_ask(cast.admin.ctx, cast.siam.public_id)
    invitation = ask(cast)
    with pytest.raises(NotFound):
        commands.withdraw_ask(cast.outsider.ctx, cast.siam.public_id)
    for _click in range(2):
        commands.withdraw_ask(cast.colleague.ctx, cast.siam.public_id)
    with pytest.raises(Stale):
        commands.accept_access(owner(cast), invitation)
    assert acts() == ["access.revoked", "access.asked", "access.withdrawn"]


def test_the_record_says_who_did_what_to_whom(cast, revoked):
    commands.accept_access(owner(cast), ask(cast, cast.colleague))
    revoking, asking, restoring = Event.select().where(Event.verb.startswith("access.")).order_by(Event.id)
    assert (revoking.side, revoking.name, revoking.organization_id) == ("organization", "Andina Cloud", cast.siam.id)
    assert revoking.detail == {"before": {"access": "active"}, "after": {"access": "revoked"}}
    assert (asking.side, asking.actor_name, asking.reason) == ("partner", "Partner Member", "To add new colleagues.")
    assert restoring.detail == {"before": {"access": "revoked"}, "after": {"access": "active"}}


@pytest.mark.parametrize("act", ["revoked", "suspended", "resumed", "asked", "restored", "declined"])
def test_both_sides_hear_of_it_in_their_own_languages(cast, run_jobs, mailer, act):
    assert cast.colleague.partner == cast.admin.partner
    if act in {"suspended", "resumed"}:
        commands.suspend_access(owner(cast))
    else:
        commands.revoke_access(owner(cast))
    if act == "resumed":
        commands.resume_access(owner(cast))
    if act in {"asked", "restored", "declined"}:
        invitation = ask(cast, message="Hello\nthere")
    if act in {"restored", "declined"}:
        {"restored": commands.accept_access, "declined": commands.decline_access}[act](owner(cast), invitation)
    run_jobs()
    last = {str(mail["To"].addresses[0].addr_spec): mail for mail in mailer.sent}
    assert {email: mail["Content-Language"] for email, mail in last.items()} == {
        "super-admin@siam.example": "th", "partner-admin@andina.example": "es",
    }
    own, partners = (last[email].get_body(("plain",)).get_content() for email in last)
    assert f"/th/organizations/{cast.siam.public_id}/partner" in own
    there = "organizations" if act in {"resumed", "restored"} else "store/customers"
    assert f"/es/{there}/{cast.siam.public_id}" in partners
    for text in (own, partners):
        assert "Siam Trading" in text
        assert "Andina Cloud" in text
        assert ("Hello there" in " ".join(text.split())) == (act == "asked")


def test_a_super_admin_without_account_reads_the_language_of_the_organization(cast, run_jobs, mailer):
    commands.suspend_access(inside(cast.siam_manager, cast.siam))
    run_jobs()
    assert [mail["Content-Language"] for mail in mailer.sent] == ["th"]


@pytest.mark.parametrize("command", [commands.revoke_access, commands.suspend_access])
def test_checks_that_the_partner_has_asked_for_end_with_access(cast, run_jobs, dns, clock, command):
    late = cast.customer("Late", "late.example", verified=False)
    cast.employ(late, cast.siam_admin, "super-admin")
    for method in (Method.TXT, Method.FILE):
        ask_check(cast.colleague.ctx, late.public_id, method)
    with transaction():
        DomainCheck.update(asked_by="somebody@late.example").where(DomainCheck.method == Method.FILE).execute()
    command(inside(cast.siam_admin, late))
    clock.advance(minutes=30)
    run_jobs()
    found = {check.method: (check.state, check.total) for check in DomainCheck.select()}
    assert found["txt"] == ("stopped", 0)
    assert found["file"] == ("waiting", 1)


def test_a_sent_link_for_the_domain_ends_with_access(cast, app):
    from portal.core.ids import derive
    from portal.domains.queries import LINK_PURPOSE, link, link_handle

    ctx = owner(cast)
    domain = Domain.get(Domain.organization == cast.siam)
    handle = link_handle(domain, cast.admin.account, cast.andina.id, ctx.now + timedelta(days=14))
    token = f"{handle}.{derive(ctx.secret, LINK_PURPOSE, handle)}"
    assert link(ctx, token).sender == cast.admin.account
    commands.revoke_access(ctx)
    with pytest.raises(NotFound):
        link(ctx, token)


def test_accepting_and_withdrawing_at_the_same_moment_end_in_one_of_both(cast, revoked):
    invitation, ctx, partner = ask(cast), owner(cast), cast.admin.ctx
    customer, refused = cast.siam.public_id, []

    def run(act):
        with database.connection_context():
            try:
                act()
            except Stale:
                refused.append(act)

    threads = [
        threading.Thread(target=run, args=(act,))
        for act in (lambda: commands.accept_access(ctx, invitation), lambda: commands.withdraw_ask(partner, customer))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    decided = Invitation.get().state
    assert len(refused) == 1
    assert states(cast.siam) == (("active", "active") if decided == "accepted" else ("revoked", "revoked"))


def test_a_revocation_while_a_check_is_settled_waits_in_no_circle(cast, monkeypatch):
    """Both hold the organization before its domains."""
    ctx, faults = owner(cast), []
    Domain.update(verified_at=None).where(Domain.organization == cast.siam).execute()
    check = DomainCheck.create(
        domain=Domain.get(Domain.organization == cast.siam), method=Method.TXT, state="asked", asked_at=cast.now,
        asked_by=cast.admin.email, language="es",
    )

    def revoke():
        with database.connection_context():
            try:
                commands.revoke_access(ctx)
            except Exception as fault:
                faults.append(fault)

    other, take = threading.Thread(target=revoke), domains._take

    def meanwhile(*args):
        other.start()
        other.join(0.3)  # time enough to take whatever it takes first
        return take(*args)

    monkeypatch.setattr(domains, "_take", meanwhile)
    domains.settle(cast.make_ctx(), check.domain_id, Method.TXT, round_key(check), Finding(Outcome.VERIFIED))
    other.join(20)
    assert faults == []
    assert states(cast.siam) == ("revoked", "revoked")
    assert Organization.get_by_id(cast.siam.id).domain_verified_at == cast.now


def test_the_relation_knows_the_people_who_may_enter(cast):
    assert cast.colleague.partner == cast.admin.partner
    found = queries.relation(owner(cast), cast.siam.id)
    assert (found.partner, found.state, found.question) == ("Andina Cloud", "active", None)
    assert [(one.name, one.role) for one in found.people] == [
        ("Partner Admin", "super-admin"), ("Partner Member", "admin"),
    ]
    with transaction():
        type(cast.andina).update(console=False).execute()
    assert queries.relation(owner(cast), cast.siam.id).people == ()


def test_an_old_question_is_not_shown_again(cast, clock, revoked):
    invitation = ask(cast)
    clock.advance(hours=1)
    commands.accept_access(owner(cast), invitation)
    clock.advance(hours=1)
    commands.revoke_access(owner(cast))
    assert queries.standing(cast.admin.ctx, cast.siam.id).question is None
