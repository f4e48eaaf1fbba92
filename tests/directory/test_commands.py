"""Adding organizations and joining them: what stands in the database, in the mail and in the record afterwards."""

from datetime import UTC, date, datetime

import pytest

from portal.accounts.models import Account
from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound
from portal.customers.models import Organization
from portal.delegation.models import Access
from portal.directory.commands.invitations import join
from portal.directory.commands.organizations import add_organization
from portal.directory.models import User
from portal.directory.policy.organizations import AlreadyAdded, DomainTaken
from portal.domains.models import Domain
from portal.mail.models import Outgoing
from portal.subscriptions.models import Subscription

ANSWERS = {
    "name": "ร้านสยาม", "domain": "Siam-Shop.example.", "admin_name": "สมชาย ใจดี",
    "admin_email": "Somchai@Siam-Shop.example", "language": "th", "country": "TH", "plan": "workplace-standard",
}


def add(ctx, **changes):
    return add_organization(ctx, **{**ANSWERS, **changes})


def test_adding_starts_everything_that_a_customer_needs(cast):
    added = add(cast.admin.ctx, licenses=12)
    row = Organization.get_by_id(added.id)
    assert (row.domain, row.time_zone) == ("siam-shop.example", "Asia/Bangkok")
    assert (row.standing, row.access) == ("trial", "active")
    assert (row.partner, row.renews_on, row.domain_verified_at) == (cast.andina, date(2026, 3, 17), None)
    held = Subscription.get()
    assert (held.id, held.state, held.licenses, held.trial_days) == (row.main_subscription, "trial", 12, 15)
    assert (held.currency, held.unit_price, held.started_on) == ("THB", 14000, date(2026, 3, 2))
    domain = Domain.get()
    assert (domain.name, domain.primary, domain.verified_at) == ("siam-shop.example", True, None)
    assert (Access.get().partner, Access.get().state) == (cast.andina, "active")
    user = User.get()
    assert (user.email, user.role, user.state) == ("somchai@siam-shop.example", "super-admin", "invited")
    assert Event.get(Event.verb == "organization.added").actor_name == cast.admin.account.name


def test_the_trial_begins_on_the_customers_day(cast, clock):
    clock.now = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # already the third in Bangkok
    add(cast.admin.ctx)
    assert Subscription.get().started_on == date(2026, 3, 3)


def test_the_super_admin_is_invited_in_their_language(cast, app, run_jobs, mailer):
    add(cast.admin.ctx)
    run_jobs()
    mail, = mailer.sent
    assert mail["To"] == "สมชาย ใจดี <somchai@siam-shop.example>"
    assert mail["Content-Language"] == "th"
    words = app.extensions["templates"]["th"].catalog.ugettext("Your organization %(organization)s at %(product)s")
    assert mail["Subject"] == words % {"organization": "ร้านสยาม", "product": app.extensions["programme"].vendor.product}
    text = mail.get_body(("plain",)).get_content()
    assert "http://portal.test/th/invitation/" in text
    assert "2569" in text  # the end of the trial, in the Buddhist era
    assert "Andina Cloud" in text


def test_somebody_with_an_account_is_written_to_in_the_language_they_chose(cast):
    cast.person("somchai@siam-shop.example", "fr")
    add(cast.admin.ctx)
    assert Outgoing.get().language == "fr"


def test_the_same_request_twice_is_one_organization(cast):
    first, second = (add(cast.admin.ctx, once="click") for _ in range(2))
    assert first.public_id == second.public_id
    assert (Organization.select().count(), Outgoing.select().count()) == (1, 1)


def test_anothers_request_of_the_same_name_is_another(cast):
    add(cast.admin.ctx, once="click")
    add(cast.outsider.ctx, once="click")
    assert Organization.select().count() == 2


def test_one_partner_adds_a_domain_once(cast):
    add(cast.admin.ctx)
    with pytest.raises(AlreadyAdded) as refusal:
        add(cast.admin.ctx, domain="siam-shop.EXAMPLE")
    assert refusal.value.field == "domain"


def test_a_domain_verified_elsewhere_is_refused_without_a_word_about_the_other(cast):
    cast.customer("Secret Rival", "siam-shop.example", partner=cast.outsider.partner, verified=True)
    with pytest.raises(DomainTaken) as refusal:
        add(cast.admin.ctx)
    assert refusal.value.field == "domain"
    for word in ("Rival", "Other", "verified"):
        assert word not in str(refusal.value)


def test_a_domain_that_another_has_only_claimed_is_free(cast):
    cast.customer("Somebody", "siam-shop.example", partner=cast.outsider.partner, verified=False)
    assert add(cast.admin.ctx).domain == "siam-shop.example"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "), ("name", "x" * 121), ("domain", "com"), ("domain", "a_b.example"), ("admin_name", ""),
        ("admin_email", "nobody"), ("language", "pt"), ("country", "ZZ"), ("plan", "mail-lite"), ("licenses", 0),
        ("licenses", 100_001),
    ],
)
def test_a_wrong_answer_is_refused_at_its_field(cast, field, value):
    with pytest.raises(DomainError) as refusal:
        add(cast.admin.ctx, **{field: value})
    assert refusal.value.field == field
    assert Organization.select().count() == 0


@pytest.mark.parametrize("who", ["newcomer", "reviewer"])
def test_only_console_partners_add(cast, who):
    with pytest.raises(Forbidden):
        add(getattr(cast, who).ctx)


def test_a_person_who_accepts_becomes_active(cast):
    add(cast.admin.ctx)
    account, user = Account.get(Account.email == "somchai@siam-shop.example"), User.get()
    for _ in range(2):
        assert join(cast.make_ctx(), account.id, {"user": user.public_id}).name == ANSWERS["name"]
    assert (User.get().state, User.get().account_id) == ("active", account.id)
    assert Event.select().where(Event.verb == "user.joined").count() == 1


def test_a_suspended_or_unknown_person_does_not_join(cast):
    add(cast.admin.ctx)
    User.update(state="suspended").execute()
    for name in (User.get().public_id, "nobody"):
        with pytest.raises(NotFound):
            join(cast.make_ctx(), cast.newcomer.account.id, {"user": name})
    assert User.get().account_id is None
