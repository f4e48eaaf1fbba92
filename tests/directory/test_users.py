"""An organization's people: who may do what to whom, and what stands in the database, mail and record afterwards."""

import re
import threading

import pytest

from portal.accounts.commands import redeem_invitation, sign_in
from portal.accounts.models import Account, Session
from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.core.permissions import Role
from portal.customers.models import Organization
from portal.directory.commands.invitations import join
from portal.directory.commands.user_states import (
    change_role,
    delete_user,
    reset_password,
    resume_user,
    suspend_user,
)
from portal.directory.commands.users import add_user, edit_user, resend_invitation
from portal.directory.models import Address, Group, GroupMember, Picture, User
from portal.directory.policy.users import ACTS, AddressFixed, NoLicense, NotJoined, Target, refusal
from portal.directory.queries import users as queries
from portal.domains.models import Domain
from portal.mail.models import Outgoing
from portal.partners.models import Partner
from portal.storage import database, transaction
from portal.subscriptions.models import Subscription
from tests.inside import inside

EMILY = {"email": "Emily@Siam.example", "name": "  Emily   Sato ", "language": "fr"}


@pytest.fixture
def own(cast):
    """The super administrator in their own console."""
    cast.siam_admin  # noqa: B018
    return inside(cast.siam_admin, cast.siam)


@pytest.fixture
def partner(cast):
    """The partner in its customer's console."""
    return inside(cast.admin, cast.siam)


def event(verb):
    return Event.get(Event.verb == verb)


def seats(cast):
    return Organization.get_by_id(cast.siam.id).users


def link_of(mail):
    return re.search(r"/(?:invitation|reset-password)/(\S+)", mail.get_body(("plain",)).get_content()).group(1)


# ---- Who may do what to whom ----

SUPER, ADMIN, PARTNER = Role.CUSTOMER_SUPER_ADMIN, Role.CUSTOMER_ADMIN, Role.ON_BEHALF
EVERYTHING = set(ACTS)
TOUCH = [
    # who, to whom, themselves, what they may
    (SUPER, "member", False, EVERYTHING),
    (SUPER, "admin", False, EVERYTHING),
    (SUPER, "super-admin", True, {"edit", "picture"}),
    (ADMIN, "member", False, EVERYTHING),
    (ADMIN, "admin", False, EVERYTHING),
    (ADMIN, "admin", True, {"edit", "picture"}),
    (ADMIN, "super-admin", False, set()),
    (PARTNER, "member", False, EVERYTHING),  # what the permission table leaves of it
    (PARTNER, "admin", False, set()),
    (PARTNER, "super-admin", False, set()),
]


@pytest.mark.parametrize(("who", "whom", "themselves", "may"), TOUCH)
def test_who_may_do_what_to_whom(who, whom, themselves, may):
    target = Target(whom, "active", themselves)
    assert {act for act in ACTS if refusal(act, frozenset({who}), target) is None} == may


# ---- Adding ----

def test_a_partner_adds_a_user_who_is_invited_in_their_language(cast, partner, run_jobs, mailer):
    cast.siam_admin  # noqa: B018
    user = add_user(partner, **EMILY, title="Sales", phone="+66 2 123 4567", once="click")
    row = User.get_by_id(user.id)
    assert (row.email, row.name, row.role, row.state) == ("emily@siam.example", "Emily Sato", "member", "invited")
    assert (row.title, row.phone, row.account_id) == ("Sales", "+66 2 123 4567", None)
    address = Address.get(Address.user == user)
    assert (address.text, address.domain, address.kind) == ("emily@siam.example", "siam.example", "user")
    assert seats(cast) == 2
    run_jobs()
    mail, = mailer.sent
    assert (mail["To"], mail["Content-Language"]) == ("Emily Sato <emily@siam.example>", "fr")
    assert "Andina Cloud" in mail.get_body(("plain",)).get_content()
    assert redeem_invitation(cast.make_ctx(), link_of(mail), "a long enough secret", "Emily", "", "", join).session
    assert User.get_by_id(user.id).state == "active"


def test_adding_is_in_the_record_with_who_and_for_whom(cast, partner):
    user = add_user(partner, **EMILY)
    act = event("user.added")
    assert (act.subject, act.name, act.organization_id) == (user.public_id, "Emily Sato <emily@siam.example>",
                                                           cast.siam.id)
    assert (act.side, act.actor_name, act.partner_name) == ("partner", cast.admin.account.name, "Andina Cloud")
    assert act.detail == {"after": {"email": "emily@siam.example", "name": "Emily Sato", "role": "member"}}


def test_a_click_twice_adds_one(cast, own):
    first, second = (add_user(own, **EMILY, once="click") for _ in range(2))
    assert first.public_id == second.public_id
    assert Outgoing.select().count() == 1
    assert seats(cast) == 2


def test_the_same_name_of_a_request_elsewhere_is_another(cast, own, partner):
    other = cast.customer("Other", "other-customer.example")
    add_user(own, **EMILY, once="click")
    there = add_user(inside(cast.admin, other), "emily@other-customer.example", "Emily", once="click")
    assert there.organization_id == other.id


def test_somebody_with_an_account_is_written_to_in_their_own_language(cast, own):
    cast.person("emily@siam.example", "th")
    add_user(own, **EMILY)
    assert Outgoing.get().language == "th"


@pytest.mark.parametrize(
    ("field", "answers"),
    [
        ("email", {"email": ""}), ("email", {"email": "emily"}), ("email", {"email": "emily@other.example"}),
        ("email", {"email": "emily@sub.siam.example"}), ("email", {"email": "a b@siam.example"}),
        ("email", {"email": "x" * 250 + "@siam.example"}), ("email", {"email": "emily@siam.example\n"}),
        ("name", {"name": " \u200b "}), ("name", {"name": "x" * 81}), ("title", {"title": "x" * 81}),
        ("phone", {"phone": "1" * 41}), ("role", {"role": "super-admin"}), ("role", {"role": "root"}),
        ("language", {"language": "de"}),
    ],
)
def test_a_wrong_answer_is_refused_beside_its_field(cast, own, field, answers):
    if answers == {"email": "emily@siam.example\n"}:
        cast.user("emily@siam.example")  # blanks around an address do not make it another
    before = (User.select().count(), Outgoing.select().count(), seats(cast))
    with pytest.raises(DomainError) as refused:
        add_user(own, **{**EMILY, **answers})
    assert refused.value.field == field
    assert (User.select().count(), Outgoing.select().count(), seats(cast)) == before


def test_the_domain_must_be_verified_and_the_sentence_names_those_that_are(cast, own):
    with transaction():
        Domain.create(organization=cast.siam, name="new.example", display="new.example", token="t", primary=False,
                      created_at=cast.now)
    with pytest.raises(DomainError, match=r"siam\.example") as refused:
        add_user(own, "emily@new.example", "Emily")
    assert "new.example" not in str(refused.value)
    Domain.update(verified_at=cast.now).where(Domain.name == "new.example").execute()
    assert add_user(own, "emily@new.example", "Emily").email == "emily@new.example"


def test_an_address_in_a_domain_of_many_letters_is_stored_as_the_dns_writes_it(cast):
    cafe = cast.customer("Café", "café.example")
    user = add_user(inside(cast.admin, cafe), "Ana@CAFÉ.example", "Ana")
    assert user.email == "ana@xn--caf-dma.example"


def test_one_address_has_one_owner(cast, own):
    user = cast.user("emily@siam.example", "Emily Sato")
    with transaction():
        group = Group.create(organization=cast.siam, name="Sales", name_key="sales", created_at=cast.now)
        for text, more in (("e.sato@siam.example", {"kind": "alias", "user": user}),
                           ("sales@siam.example", {"kind": "group", "group": group})):
            Address.create(organization=cast.siam, text=text, domain="siam.example", created_at=cast.now, **more)
    for taken, owner in (("emily", "Emily Sato"), ("E.Sato", "Emily Sato"), ("sales", "Sales")):
        with pytest.raises(DomainError, match=owner) as refused:
            add_user(own, f"{taken}@siam.example", "Somebody else")
        assert refused.value.field == "email"


@pytest.mark.parametrize(("who", "sentence"), [
    ("own", "in use: 2 of 2.*Your partner Andina Cloud"), ("partner", "in use: 2 of 2.*yourself"),
    ("alone", "in use: 2 of 2.*Write to"),
])
def test_no_more_users_than_licenses_and_the_sentence_says_who_can_change_that(cast, own, who, sentence):
    cast.user("emily@siam.example")
    with transaction():
        Subscription.update(licenses=2).where(Subscription.organization == cast.siam).execute()
        if who == "alone":
            Organization.update(partner=None).where(Organization.id == cast.siam.id).execute()
    with pytest.raises(NoLicense, match=sentence):
        add_user(inside(cast.admin, cast.siam) if who == "partner" else own, "bob@siam.example", "Bob")
    assert seats(cast) == 2
    assert Partner.select().count() == 1


def test_the_last_license_can_be_taken_and_a_deleted_user_gives_theirs_back(cast, own):
    Subscription.update(licenses=2).where(Subscription.organization == cast.siam).execute()
    user = add_user(own, **EMILY)
    with pytest.raises(NoLicense):
        add_user(own, "bob@siam.example", "Bob")
    delete_user(own, user.public_id)
    assert add_user(own, "bob@siam.example", "Bob").state == "invited"


def test_of_two_at_once_one_takes_the_last_license(cast, own):
    Subscription.update(licenses=2).where(Subscription.organization == cast.siam).execute()
    refused = []

    def work(email):
        with database.connection_context():
            try:
                add_user(own, email, "Somebody")
            except NoLicense as error:
                refused.append(error)

    threads = [threading.Thread(target=work, args=[f"u{number}@siam.example"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert seats(cast) == User.select().where(User.organization == cast.siam).count() == 2


def test_only_who_changes_roles_adds_administrators(cast, own, partner):
    for ctx in (partner, inside(cast.siam_manager, cast.siam)):
        with pytest.raises(Forbidden):
            add_user(ctx, **EMILY, role="admin")
    assert User.select().where(User.email == "emily@siam.example").count() == 0
    assert add_user(own, **EMILY, role="admin").role == "admin"


def test_letters_that_fold_into_many_fit(cast, own):
    assert add_user(own, "emily@siam.example", "\ufdfa" * 80).name == "\ufdfa" * 80


# ---- Editing ----

def edit(ctx, user, seen=0, **changes):
    answers = {"name": user.name, "title": user.title, "phone": user.phone, "email": user.email, **changes}
    edit_user(ctx, user.public_id, seen, **answers)


def test_editing_changes_what_people_see_and_find(cast, partner):
    user = cast.user("emily@siam.example", "Emily Sato", state="active")
    edit(partner, user, name="Émilie Sato", title="Head of Sales")
    row = User.get_by_id(user.id)
    assert (row.name, row.title, row.version) == ("Émilie Sato", "Head of Sales", 1)
    for words in ("emilie", "head sales", "emily@siam"):
        assert [found.name for found in queries.users(cast.siam.id, words, None).rows] == ["Émilie Sato"]
    assert event("user.edited").detail == {
        "before": {"name": "Emily Sato", "title": ""}, "after": {"name": "Émilie Sato", "title": "Head of Sales"},
    }


def test_saving_what_is_there_already_is_no_act(cast, partner):
    user = cast.user("emily@siam.example", "Emily Sato")
    edit(partner, user)
    assert User.get_by_id(user.id).version == 0
    assert not Event.select().where(Event.verb == "user.edited").exists()


def test_the_later_of_two_who_edit_is_refused(cast, own, partner):
    user = cast.user("emily@siam.example", "Emily Sato")
    edit(partner, user, name="First")
    with pytest.raises(Stale):
        edit(own, user, name="Second")
    assert User.get_by_id(user.id).name == "First"


def test_a_wrong_address_is_corrected_while_the_invitation_is_open(cast, own, run_jobs, mailer):
    user = add_user(own, "emly@siam.example", "Emily Sato", language="fr")
    edit(own, user, email="emily@siam.example")
    assert Address.get(Address.user == user).text == "emily@siam.example"
    run_jobs()
    wrong, right = mailer.sent
    assert (right["To"], right["Content-Language"]) == ("Emily Sato <emily@siam.example>", "fr")
    with pytest.raises(NotFound):
        redeem_invitation(cast.make_ctx(), link_of(wrong), "a long enough secret", "Thief", "", "", join)
    redeem_invitation(cast.make_ctx(), link_of(right), "a long enough secret", "Emily", "", "", join)
    assert User.get_by_id(user.id).account.email == "emily@siam.example"


def test_who_has_come_keeps_the_address_and_gets_an_alias_instead(cast, own):
    user = cast.employ(cast.siam, cast.person("emily@siam.example", "en"))
    with pytest.raises(AddressFixed, match="alias") as refused:
        edit(own, user, email="sato@siam.example", name="Other")
    assert refused.value.field == "email"
    assert User.get_by_id(user.id).name == user.name


@pytest.mark.parametrize("email", ["super-admin@siam.example", "emily@other.example", "x"])
def test_a_corrected_address_obeys_the_same_rules(cast, own, email):
    user = cast.user("emily@siam.example", state="invited")
    with pytest.raises(DomainError) as refused:
        edit(own, user, email=email)
    assert refused.value.field == "email"
    assert User.get_by_id(user.id).email == "emily@siam.example"


def test_the_super_admins_own_name_follows_into_the_customer_lists(cast, own):
    row = User.get(User.role == "super-admin")
    edit(own, row, name="Somchai")
    siam = Organization.get_by_id(cast.siam.id)
    assert siam.admin_name == "Somchai"
    assert "somchai" in siam.search


# ---- Suspending, roles, deleting ----

def test_a_suspended_user_is_out_at_the_next_click_and_in_again_when_resumed(cast, own):
    browser, home = cast.siam_manager.browser(), f"/en/organizations/{cast.siam.public_id}/"
    user = User.get(User.account == cast.siam_manager.account)
    assert browser.get(home).status_code == 200
    for _ in range(2):
        suspend_user(own, user.public_id)
    assert browser.get(home).status_code == 404
    for _ in range(2):
        resume_user(own, user.public_id)
    assert browser.get(home).status_code == 200
    assert [act.verb for act in Event.select().order_by(Event.id)] == ["user.suspended", "user.resumed"]
    assert event("user.suspended").detail == {"before": {"state": "active"}, "after": {"state": "suspended"}}


def test_who_was_suspended_before_coming_is_invited_again(cast, own, run_jobs, mailer):
    user = add_user(own, **EMILY)
    run_jobs()
    suspend_user(own, user.public_id)
    with pytest.raises(NotFound):
        redeem_invitation(cast.make_ctx(), link_of(mailer.sent[0]), "a long enough secret", "E", "", "", join)
    resume_user(own, user.public_id)
    assert User.get_by_id(user.id).state == "invited"
    redeem_invitation(cast.make_ctx(), link_of(mailer.sent[0]), "a long enough secret", "E", "", "", join)


def test_the_super_admin_makes_an_administrator_and_back(cast, own):
    user = cast.user("emily@siam.example", "Emily Sato")
    change_role(own, user.public_id, "admin", 0)
    with pytest.raises(Stale):
        change_role(own, user.public_id, "member", 0)
    change_role(own, user.public_id, "member", 1)
    assert User.get_by_id(user.id).role == "member"
    first = Event.select().where(Event.verb == "user.role-changed").order_by(Event.id).first()
    assert first.detail == {"before": {"role": "member"}, "after": {"role": "admin"}}


def test_nobody_is_made_a_super_admin_by_a_change_of_role(cast, own):
    user = cast.user("emily@siam.example")
    for role in ("super-admin", "", "root"):
        with pytest.raises(DomainError):
            change_role(own, user.public_id, role, 0)


def test_deleting_takes_everything_that_hangs_on_the_user_and_leaves_the_act(cast, own):
    user = cast.employ(cast.siam, cast.person("emily@siam.example", "en"))
    with transaction():
        group = Group.create(organization=cast.siam, name="Sales", name_key="sales", size=1, created_at=cast.now)
        GroupMember.create(group=group, user=user)
        Picture.create(user=user, data=b"x", digest="d", updated_at=cast.now)
        Address.create(organization=cast.siam, text="e@siam.example", domain="siam.example", kind="alias", user=user,
                       created_at=cast.now)
    assert delete_user(own, user.public_id) == user.name
    assert seats(cast) == 1
    assert Group.get().size == 0
    for table in (GroupMember, Picture):
        assert table.select().count() == 0
    assert [row.text for row in Address.select()] == ["super-admin@siam.example"]
    assert Account.get(Account.email == "emily@siam.example")
    act = event("user.deleted")
    assert (act.name, act.detail["before"]["email"]) == (f"{user.name} <emily@siam.example>", "emily@siam.example")
    with pytest.raises(NotFound):
        delete_user(own, user.public_id)
    assert seats(cast) == 1


FORBIDDEN_TO_PARTNERS = [
    lambda ctx, user: change_role(ctx, user, "admin", 0), reset_password, delete_user,
]


@pytest.mark.parametrize("act", FORBIDDEN_TO_PARTNERS)
def test_a_partner_does_none_of_the_forbidden_tasks(cast, partner, act):
    user = cast.employ(cast.siam, cast.person("emily@siam.example", "en"))
    with pytest.raises(Forbidden):
        act(partner, user.public_id)


ACTS_ON_SOMEBODY = [
    lambda ctx, user: edit_user(ctx, user, 0, "New name", "", ""), suspend_user, resume_user, resend_invitation,
    delete_user, reset_password, lambda ctx, user: change_role(ctx, user, "admin", 0),
]


@pytest.mark.parametrize("act", ACTS_ON_SOMEBODY)
def test_another_organizations_user_is_nobody(cast, own, act):
    other = cast.customer("Other", "other-customer.example")
    user = cast.user("emily@other-customer.example", state="invited", organization=other)
    for public_id in (user.public_id, "23456789abcd", ""):
        with pytest.raises(NotFound):
            act(own, public_id)
    assert User.get_by_id(user.id).state == "invited"


@pytest.mark.parametrize("act", [suspend_user, resume_user, delete_user])
def test_nobody_removes_the_super_admin_or_themselves(cast, own, act):
    manager = inside(cast.siam_manager, cast.siam)
    for role in ("super-admin", "admin"):
        with pytest.raises(DomainError):
            act(manager, User.get(User.role == role).public_id)
    assert User.select().where(User.state == "active").count() == 2


@pytest.mark.parametrize("act", [suspend_user, lambda ctx, user: edit_user(ctx, user, 0, "New name", "", "")])
def test_a_partner_leaves_administrators_alone(cast, own, partner, act):
    cast.siam_manager  # noqa: B018
    for role in ("super-admin", "admin"):
        with pytest.raises(DomainError):
            act(partner, User.get(User.role == role).public_id)


# ---- Passwords and invitations ----

@pytest.mark.parametrize(("domain", "locked_out"), [("siam.example", True), ("elsewhere.example", False)])
def test_a_reset_locks_out_only_where_the_address_is_the_organizations(cast, own, run_jobs, mailer, domain, locked_out):
    person = cast.person(f"emily@{domain}", "fr", password_hash="old")
    user = cast.employ(cast.siam, person)
    reset_password(own, user.public_id)
    assert Session.select().where(Session.account == person.account).exists() is not locked_out
    assert Account.get_by_id(person.account.id).password_hash == (None if locked_out else "old")
    run_jobs()
    mail, = mailer.sent
    assert (mail["To"], mail["Content-Language"]) == (f"Emily <emily@{domain}>", "fr")
    text = mail.get_body(("plain",)).get_content()
    assert cast.siam_admin.account.name in text
    assert "Siam Trading" in text
    assert "/fr/reset-password/" in text
    assert event("user.password-reset").detail == {"signed_out": locked_out}


def test_the_link_of_a_reset_leads_to_a_new_password(cast, own, client, run_jobs, mailer):
    user = cast.employ(cast.siam, cast.person("emily@siam.example", "en"))
    reset_password(own, user.public_id)
    run_jobs()
    client.send(f"/en/reset-password/{link_of(mailer.sent[0])}", password="a long enough secret")
    assert sign_in(cast.make_ctx(), "emily@siam.example", "a long enough secret", "", "")


def test_there_is_no_password_to_reset_before_somebody_has_come(cast, own):
    with pytest.raises(NotJoined):
        reset_password(own, cast.user("emily@siam.example").public_id)


def test_nobody_resets_their_own_or_the_super_admins_password(cast, own):
    manager = inside(cast.siam_manager, cast.siam)
    for role in ("admin", "super-admin"):
        with pytest.raises(DomainError):
            reset_password(manager, User.get(User.role == role).public_id)


def test_an_invitation_goes_out_again_but_not_at_every_click(cast, own, clock, run_jobs, mailer):
    user = add_user(own, **EMILY)
    with pytest.raises(DomainError, match="moment ago"):
        resend_invitation(own, user.public_id)
    clock.advance(minutes=3)
    resend_invitation(inside(cast.siam_admin, cast.siam), user.public_id)
    run_jobs()
    assert [mail["Content-Language"] for mail in mailer.sent] == ["fr", "fr"]
    assert event("user.invited").subject == user.public_id


def test_who_has_come_is_not_invited_again(cast, own):
    user = cast.employ(cast.siam, cast.person("emily@siam.example", "en"))
    with pytest.raises(Stale):
        resend_invitation(own, user.public_id)


# ---- Reading ----

def test_the_list_narrows_by_role_and_state(cast, own):
    cast.siam_manager  # noqa: B018
    cast.user("emily@siam.example", "Emily", state="suspended")
    cast.user("bob@siam.example", "Bob")

    def found(**asked):
        return [row.name for row in queries.users(cast.siam.id, "", None, **asked).rows]

    assert found() == ["Bob", "Emily", "Manager", "Super Admin"]
    assert found(role="member") == ["Bob", "Emily"]
    assert found(state="suspended") == ["Emily"]
    assert found(role="admin", state="suspended") == []


def test_one_user_with_last_sign_in_and_second_factor(cast, own):
    user = cast.employ(cast.siam, cast.person("emily@siam.example", "en"))
    Account.update(signed_in_at=cast.now, second_factor_at=cast.now).where(
        Account.email == "emily@siam.example"
    ).execute()
    found = queries.user(cast.siam.id, user.public_id)
    assert (found.signed_in_at, found.second_factor_at, found.picture) == (cast.now, cast.now, "")
    with pytest.raises(NotFound):
        queries.user(cast.siam.id + 1, user.public_id)
