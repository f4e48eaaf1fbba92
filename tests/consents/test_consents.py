"""One-task consent: a partner asks for one thing on one object, and the super administrator does it once or not."""

from __future__ import annotations

import base64
import threading

import pytest

from portal.accounts.models import Account
from portal.accounts.policy import TooManyAttempts
from portal.audit.models import Event
from portal.backups.models import Backup
from portal.consents.commands import approve, ask_consent, decline, withdraw
from portal.consents.models import Consent
from portal.consents.policy import (
    ABOUT_USERS,
    ASKED_AT_MOST,
    AccessEnded,
    AlreadyAsked,
    NotOffered,
    NotOpen,
    UserGone,
    effect,
)
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.core.permissions import FORBIDDEN_ON_BEHALF, P
from portal.customers.models import Organization
from portal.delegation.models import Access
from portal.directory.commands.users import edit_user
from portal.directory.models import Handover, Picture, User
from portal.mail.models import Outgoing
from portal.referrals.models import ReferralCode
from portal.storage import database, transaction
from tests.consents.terms import offering
from tests.inside import inside


@pytest.fixture
def app(app):
    return offering(app)


@pytest.fixture
def emily(cast):
    """A user who has signed in."""
    return cast.employ(cast.siam, cast.person("emily@siam.example", "en"), "member")


@pytest.fixture
def partner(cast):
    assert cast.siam_admin
    return inside(cast.admin, cast.siam)


@pytest.fixture
def boss(cast):
    return inside(cast.siam_admin, cast.siam)


def ask(ctx, task=P.USER_DELETE, user="", arguments=None, reason="She left us"):
    return ask_consent(ctx, task, user, arguments or {}, reason)


def organization(cast):
    return Organization.get_by_id(cast.siam.id)


def fresh(consent):
    return Consent.get_by_id(consent.id)


def mails():
    return {mail.event: mail for mail in Outgoing.select()}


DONE = {
    P.SUPER_ADMIN_CHANGE: ({}, lambda cast, user: Handover.get().user_id == user.id),
    P.TFA_SET: ({"required": True}, lambda cast, user: organization(cast).tfa_required),
    P.USER_ROLE_CHANGE: ({"role": "admin"}, lambda cast, user: User.get_by_id(user.id).role == "admin"),
    P.USER_PICTURE_SET: (
        {"image": base64.b64encode(b"RIFF").decode()}, lambda cast, user: bytes(Picture.get().data) == b"RIFF"
    ),
    P.USER_PASSWORD_RESET: ({}, lambda cast, user: "password-reset-by-admin" in mails()),
    P.USER_DELETE: ({}, lambda cast, user: not User.select().where(User.id == user.id).exists()),
    P.USER_BACK_UP: ({}, lambda cast, user: Backup.get().user_id == user.id),
    P.DASHBOARD_EDIT: (
        {"widgets": ["partner", "licenses"]}, lambda cast, user: organization(cast).widgets == ["partner", "licenses"]
    ),
    P.REFERRAL_USE: ({}, lambda cast, user: ReferralCode.get().organization_id == cast.siam.id),
    P.CONTACTS_SYNC_SET: ({"mode": "both-ways"}, lambda cast, user: organization(cast).contacts_sync == "both-ways"),
}


def test_there_is_a_way_to_do_each_of_the_ten():
    assert DONE.keys() == FORBIDDEN_ON_BEHALF


@pytest.mark.parametrize("task", DONE, ids=str)
def test_an_approval_does_it_once_in_the_super_administrator_s_name(cast, partner, boss, emily, task):
    arguments, done = DONE[task]
    consent = ask(partner, task, emily.public_id if task in ABOUT_USERS else "", arguments, reason="As agreed")
    assert not _happened(done, cast, emily)
    approve(boss, consent.public_id)
    assert _happened(done, cast, emily)
    assert fresh(consent).state == "approved"
    act = Event.get(Event.verb.not_in(["consent.asked", "consent.approved"]))
    assert (act.side, act.actor_name, act.partner_id) == ("organization", boss.actor.name, None)
    assert act.reason == f"{partner.actor.name} (Andina Cloud): As agreed"
    with pytest.raises(NotOpen):
        approve(boss, consent.public_id)


def _happened(done, cast, user):
    try:
        return bool(done(cast, user))
    except (Handover.DoesNotExist, Picture.DoesNotExist, Backup.DoesNotExist, ReferralCode.DoesNotExist):
        return False


def test_asking_changes_nothing_and_lends_no_right(cast, partner, emily):
    ask(partner, P.USER_DELETE, emily.public_id)
    assert User.select().where(User.id == emily.id).exists()
    assert not partner.actor.can(P.USER_DELETE)
    assert Event.get(Event.verb == "consent.asked").side == "partner"


@pytest.mark.parametrize("who", ["admin", "siam_manager"])
def test_only_the_super_administrator_decides(cast, partner, emily, who):
    consent = ask(partner, user=emily.public_id)
    for decide in (approve, decline):
        with pytest.raises(Forbidden):
            decide(inside(getattr(cast, who), cast.siam), consent.public_id)
    assert fresh(consent).state == "open"


def test_the_organization_s_own_people_do_not_ask(cast, boss, emily):
    with pytest.raises(Forbidden):
        ask(boss, user=emily.public_id)


def test_a_programme_without_it_refuses_both_asking_and_approving(cast, app, partner, boss, emily):
    consent = ask(partner, user=emily.public_id)
    for ctx, act in ((partner, lambda ctx: ask(ctx, P.TFA_SET, arguments={"required": True})),
                     (boss, lambda ctx: approve(ctx, consent.public_id))):
        with pytest.raises(NotOffered):
            act(_without(ctx))
    assert User.select().where(User.id == emily.id).exists()


def _without(ctx):
    from dataclasses import replace

    terms = replace(ctx.programme.delegation, one_task_consent=False)
    return replace(ctx, programme=replace(ctx.programme, delegation=terms))


def test_one_open_question_per_task_and_object(cast, partner, boss, emily):
    other = cast.user("ana@siam.example")
    first = ask(partner, user=emily.public_id)
    with pytest.raises(AlreadyAsked):
        ask(partner, user=emily.public_id)
    ask(partner, user=other.public_id)
    ask(partner, P.USER_BACK_UP, emily.public_id)
    decline(boss, first.public_id)
    ask(partner, user=emily.public_id)


def test_nobody_asks_without_end(cast, partner):
    for number in range(ASKED_AT_MOST):
        ask(partner, user=cast.user(f"user{number}@siam.example").public_id)
    with pytest.raises(TooManyAttempts):
        ask(partner, P.REFERRAL_USE)


WRONG = [
    (P.USER_ROLE_CHANGE, {"role": "super-admin"}, "role"), (P.USER_ROLE_CHANGE, {}, "role"),
    (P.TFA_SET, {"required": "yes"}, "required"), (P.CONTACTS_SYNC_SET, {"mode": "sideways"}, "mode"),
    (P.DASHBOARD_EDIT, {"widgets": ["nothing"]}, None), (P.DASHBOARD_EDIT, {"widgets": "partner"}, "widgets"),
    (P.USER_PICTURE_SET, {"image": ""}, "image"), (P.USER_PICTURE_SET, {"image": "ñ"}, "image"),
]


@pytest.mark.parametrize(("task", "arguments", "field"), WRONG)
def test_what_the_task_needs_is_checked_when_it_is_asked(partner, emily, task, arguments, field):
    with pytest.raises(DomainError) as refused:
        ask(partner, task, emily.public_id, arguments)
    assert refused.value.field == field
    assert not Consent.select().exists()


@pytest.mark.parametrize("reason", ["", "x" * 401])
def test_a_reason_is_needed(partner, emily, reason):
    with pytest.raises(DomainError) as refused:
        ask(partner, user=emily.public_id, reason=reason)
    assert refused.value.field == "reason"


def test_only_the_ten_can_be_asked_for(partner, emily):
    for task in ("user:add", "access:control", "consent:decide", "", "ไม่มี"):
        with pytest.raises(NotFound):
            ask(partner, task, emily.public_id)


def test_a_foreign_user_is_nobody(cast, partner):
    other = cast.customer("Other", "other.example")
    for user in (cast.user("x@other.example", organization=other).public_id, "23456789abcd", ""):
        with pytest.raises(NotFound):
            ask(partner, user=user)


@pytest.mark.parametrize("task", [P.USER_DELETE, P.USER_ROLE_CHANGE, P.USER_PASSWORD_RESET, P.SUPER_ADMIN_CHANGE])
def test_what_nobody_may_do_to_the_super_administrator_cannot_be_asked(cast, partner, boss, task):
    ruler = User.get(User.role == "super-admin")
    with pytest.raises(DomainError) as refused:
        ask(partner, task, ruler.public_id, {"role": "member"})
    assert refused.value.field == "user"


def test_time_passes(cast, partner, boss, emily, clock, run_jobs):
    consent = ask(partner, user=emily.public_id)
    clock.advance(hours=72)
    late = inside(cast.siam_admin, cast.siam)
    for act in (approve, decline):
        with pytest.raises(NotOpen):
            act(late, consent.public_id)
    with pytest.raises(NotOpen):
        withdraw(inside(cast.admin, cast.siam), consent.public_id)
    assert User.select().where(User.id == emily.id).exists()
    again = ask(inside(cast.admin, cast.siam), user=emily.public_id)
    run_jobs()
    assert (fresh(consent).state, fresh(again).state) == ("expired", "open")
    assert Event.get(Event.verb == "consent.expired").side == "portal"
    clock.advance(hours=1)
    run_jobs()
    assert Event.select().where(Event.verb == "consent.expired").count() == 1


def test_until_the_last_moment_it_stands(cast, partner, emily, clock):
    consent = ask(partner, user=emily.public_id)
    clock.advance(hours=71, minutes=59)
    approve(inside(cast.siam_admin, cast.siam), consent.public_id)
    assert fresh(consent).state == "approved"


@pytest.mark.parametrize("state", ["revoked", "suspended"])
def test_without_access_nothing_is_approved(cast, partner, boss, emily, state):
    consent = ask(partner, user=emily.public_id)
    with transaction():
        Access.update(state=state).where(Access.organization == cast.siam).execute()
    with pytest.raises(AccessEnded):
        approve(boss, consent.public_id)
    assert fresh(consent).state == "open"
    assert User.select().where(User.id == emily.id).exists()
    decline(boss, consent.public_id)


def test_a_user_who_is_gone(cast, partner, boss, emily):
    consent = ask(partner, P.USER_ROLE_CHANGE, emily.public_id, {"role": "admin"})
    with transaction():
        User.delete().where(User.id == emily.id).execute()
    with pytest.raises(UserGone):
        approve(boss, consent.public_id)
    assert fresh(consent).state == "open"


def test_whoever_is_called_otherwise_than_on_the_page_is_somebody_else(cast, partner, boss):
    """The partner asks for one person and puts another into the row before it is approved."""
    invited = cast.user("anna@siam.example", "Anna", state="invited")
    consent = ask(partner, P.USER_ROLE_CHANGE, invited.public_id, {"role": "admin"})
    edit_user(partner, invited.public_id, 0, "Anna", "", "", "mole@siam.example")
    for seen in ("", "Anna <anna@siam.example>"):
        with pytest.raises(Stale):
            approve(boss, consent.public_id, seen)
    assert (User.get_by_id(invited.id).role, fresh(consent).state) == ("member", "open")
    approve(boss, consent.public_id, "Anna <mole@siam.example>")
    assert User.get_by_id(invited.id).role == "admin"


def test_what_the_task_itself_refuses_spends_nothing(cast, partner, boss):
    invited = cast.user("new@siam.example", state="invited")
    consent = ask(partner, P.USER_PASSWORD_RESET, invited.public_id)
    with pytest.raises(DomainError):
        approve(boss, consent.public_id)
    assert fresh(consent).state == "open"
    assert "consent-approved" not in mails()
    assert not Event.select().where(Event.verb == "consent.approved").exists()


def test_another_organization_s_question_is_nothing(cast, partner, emily):
    consent = ask(partner, user=emily.public_id)
    other = cast.customer("Other", "other.example")
    ruler = cast.person("ruler@other.example", "en")
    cast.employ(other, ruler, "super-admin")
    for act in (approve, decline):
        with pytest.raises(NotFound):
            act(inside(ruler, other), consent.public_id)
    with pytest.raises(NotFound):
        withdraw(inside(cast.admin, other), consent.public_id)
    assert fresh(consent).state == "open"


def test_declined_and_withdrawn_are_over(cast, partner, boss, emily):
    for close, ctx, state in ((decline, boss, "declined"), (withdraw, partner, "withdrawn")):
        consent = ask(partner, user=emily.public_id)
        close(ctx, consent.public_id)
        assert fresh(consent).state == state
        with pytest.raises(NotOpen):
            approve(boss, consent.public_id)
    assert User.select().where(User.id == emily.id).exists()


def test_the_image_is_not_kept_longer_than_needed(partner, boss, emily):
    consent = ask(partner, P.USER_PICTURE_SET, emily.public_id, {"image": base64.b64encode(b"RIFF").decode()})
    decline(boss, consent.public_id)
    assert "image" not in fresh(consent).arguments


def test_two_clicks_at_once_do_it_once(cast, partner, emily):
    consent = ask(partner, P.USER_BACK_UP, emily.public_id)
    contexts = [inside(cast.siam_admin, cast.siam) for _ in range(2)]
    results = []

    def click(ctx):
        with database.connection_context():
            try:
                approve(ctx, consent.public_id)
                results.append("done")
            except NotOpen:
                results.append("refused")

    threads = [threading.Thread(target=click, args=(ctx,)) for ctx in contexts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "refused"]
    assert Backup.select().count() == 1


def test_mails_go_to_each_in_their_language(cast, partner, boss, emily, run_jobs, mailer):
    approve(boss, ask(partner, user=emily.public_id, reason="Ya no trabaja aquí").public_id)
    decline(boss, ask(partner, P.REFERRAL_USE).public_id)
    asked = Outgoing.get(Outgoing.event == "consent-asked")
    assert (asked.to_address, asked.language) == ("super-admin@siam.example", "th")
    for event in ("consent-approved", "consent-declined"):
        assert (mails()[event].to_address, mails()[event].language) == ("partner-admin@andina.example", "es")
    run_jobs()
    bodies = [mail.get_body(("plain",)).get_content() for mail in mailer.sent]
    path = f"/th/organizations/{cast.siam.public_id}/consents/"
    assert any(path in body and "Ya no trabaja aquí" in body for body in bodies)


def test_a_super_administrator_without_account_reads_the_organization_s_language(cast, emily):
    ask(inside(cast.admin, cast.siam), user=emily.public_id)
    assert mails()["consent-asked"].language == "th"


def test_who_asked_may_be_gone(cast, partner, boss, emily):
    consent = ask(partner, user=emily.public_id)
    with transaction():
        Account.delete().where(Account.id == cast.admin.account.id).execute()
    approve(boss, consent.public_id)
    assert "consent-approved" not in mails()


@pytest.mark.parametrize("task", DONE, ids=str)
def test_every_effect_is_a_sentence_about_the_object(task):
    said = effect(task, DONE[task][0], "Emily <emily@siam.example>")
    assert ("%(name)s" in said.message) == (task in ABOUT_USERS) == bool(said.params)
