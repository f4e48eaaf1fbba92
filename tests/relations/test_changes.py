"""Changes of partner: announced, carried out on their day, and what the former partner loses in that moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import html

from portal.billing.models import Invoice
from portal.customers.models import Assignment, Organization
from portal.delegation.models import Access
from portal.mail.models import Outgoing
from portal.partners.models import Member, Partner
from portal.relations.commands.changes import announce, carry_out_due, due
from portal.relations.models import Change
from portal.relations.policy.changes import AlreadyChanging
from portal.relations.queries.obligations import obligations
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.billing.shop import Shop, fresh, invoices


@pytest.fixture
def shop(cast, gateway, clock, run_jobs) -> Shop:
    return Shop(cast, gateway, clock, run_jobs)


@pytest.fixture
def move(cast):
    """Let Siam Trading change its partner, in so many days; to nobody unless told whom."""
    def move(to: Partner | None = None, days: int = 0, **more) -> Change:
        ctx = cast.siam_admin.ctx
        with transaction():
            return announce(ctx, cast.siam, to_partner=to, by="customer",
                            effective_on=ctx.today("Asia/Bangkok") + timedelta(days=days), **more)
    return move


def told() -> dict[str, str]:
    """Who was told of the last change, and what."""
    return {mail.to_address: f"{mail.params['side']} {mail.params['what']}"
            for mail in Outgoing.select().where(Outgoing.event == "partner-change").order_by(Outgoing.id)}


def test_a_move_at_once(cast, move):
    other = cast.outsider.partner
    assert cast.admin
    with transaction():
        Assignment.create(
            member=Member.get(Member.account == cast.colleague.account), organization=cast.siam)
    change = move(other, with_access=True)
    siam = fresh(cast.siam)
    assert (change.state, siam.partner_id, siam.access) == ("done", other.id, "active")
    assert Access.get(Access.organization == siam).partner_id == other.id
    assert not Assignment.select().exists()
    assert told() == {"super-admin@siam.example": "customer done", "partner-admin@andina.example": "former done",
                      "outsider@other.example": "following done"}
    former = Outgoing.get(Outgoing.to_address == "partner-admin@andina.example").params
    assert former["following"] == ""  # who comes next is none of the former partner's business


def test_the_former_partner_is_out_in_that_moment(cast, move):
    browser, pid = cast.admin.browser(), cast.siam.public_id
    pages = [f"store/customers/{pid}", f"store/customers/{pid}/edit", f"console/customers/{pid}/domain",
             f"organizations/{pid}/", f"organizations/{pid}/users", f"store/customers/{pid}/card"]
    assert {browser.get(f"/en/{page}").status_code for page in pages} == {200}
    move(cast.outsider.partner)
    assert {browser.get(f"/en/{page}").status_code for page in pages} == {404}
    assert "Siam Trading" not in browser.get("/en/store/customers").text
    assert "Siam Trading" in cast.outsider.browser().get("/en/store/customers").text
    assert cast.outsider.browser().get(f"/en/organizations/{pid}/").status_code == 404  # access was not given


def test_a_later_day_comes_where_the_organization_is(cast, move, clock, run_jobs):
    other = cast.outsider.partner
    assert cast.admin
    change = move(other, days=20)
    assert (change.state, fresh(cast.siam).partner_id) == ("announced", cast.andina.id)
    with pytest.raises(AlreadyChanging):
        move(None)
    clock.advance(days=14)
    run_jobs()
    assert set(told().values()) >= {"customer coming", "former coming", "following coming"}
    clock.advance(days=5, hours=9)  # the evening before in UTC, the day itself in Bangkok
    ctx = cast.make_ctx()
    for one in due(ctx):
        carry_out_due(ctx, one)
        carry_out_due(ctx, one)
    assert (fresh(change).state, fresh(cast.siam).partner_id) == ("done", other.id)
    assert Outgoing.select().where(Outgoing.key.contains(f"{change.public_id}:done:customer")).count() == 1


def test_who_is_suspended_or_has_no_console_gets_no_access(cast, move):
    Partner.update(state="suspended").where(Partner.id == cast.outsider.partner.id).execute()
    move(cast.outsider.partner, with_access=True)
    assert (fresh(cast.siam).access, Access.select().where(Access.state == "active").count()) == ("none", 0)


def test_money_stays_where_it_was_made_and_goes_on_where_it_goes(cast, shop, move):
    """In the middle of a period: the old invoice and its refund are the former partner's, the next is the new one's."""
    cast.card(cast.siam)
    owned = shop.bought(cast.siam)
    [first] = invoices(owned)
    move(cast.outsider.partner)
    shop.refund(first, 1000)
    shop.day(40)
    again = [one for one in invoices(owned) if one.id != first.id]
    assert {one.partner_id for one in again} == {cast.outsider.partner.id}
    assert fresh(first).partner_id == cast.andina.id
    assert fresh(first).credited == 1000
    assert cast.admin.browser().get(f"/en/store/invoices/{first.public_id}").status_code == 200
    assert cast.outsider.browser().get(f"/en/store/invoices/{first.public_id}").status_code == 404
    assert shop.faults() == []


def test_without_partner_the_vendor_goes_on_with_the_customer_s_own_card(cast, shop, move):
    cast.card(cast.siam)
    owned = shop.bought(cast.siam)
    move(None)
    shop.day(40)
    direct = Invoice.select().where(Invoice.subscription == owned).order_by(Invoice.id.desc()).get()
    assert direct.partner.house
    assert (direct.state, direct.commission) == ("paid", 0)
    assert fresh(owned).state == "paid"
    assert shop.faults() == []
    assert "Zoho" not in cast.reviewer.browser().get("/en/desk/partners").text.split("<main")[1]


def test_the_partner_s_card_goes_with_it(cast, shop, move):
    cast.card(cast.siam, "reseller")
    owned = shop.bought(cast.siam)
    move(None)
    assert (fresh(cast.siam).card_kind, fresh(cast.siam).card_id) == ("none", None)
    shop.day(40)
    assert fresh(owned).state == "ended"  # nobody is there to pay the next period
    assert shop.faults() == []


def test_subscriptions_end_at_their_renewal_if_the_customer_wants_so(cast, shop, move):
    cast.card(cast.siam)
    owned = shop.bought(cast.siam)
    move(None, subscriptions="end")
    assert (fresh(owned).renewal, fresh(owned).state) == ("end", "paid")
    shop.day(40)
    assert fresh(owned).state == "ended"
    assert shop.faults() == []


def test_a_charge_under_way_comes_to_its_end(cast, shop, move):
    cast.card(cast.siam, "reseller")
    order = shop.buy(cast.siam)
    move(cast.outsider.partner)
    shop.work()
    [invoice] = Invoice.select().where(Invoice.order == order)
    assert (fresh(order).state, invoice.partner_id, invoice.state) == ("done", cast.andina.id, "paid")
    assert shop.faults() == []


def test_what_is_open_is_told(cast, shop, gateway):
    cast.card(cast.siam, "reseller")
    owned = shop.bought(cast.siam)
    kinds = [one.kind for one in obligations(cast.siam.id)]
    assert kinds.count("paid-by-partner") == 2  # one that was bought now, and the one it had
    trial = cast.customer("Nova", "nova.example", standing="trial")
    [found] = obligations(trial.id)
    assert (found.kind, found.day) == ("trial", Subscription.get(Subscription.organization == trial).renews_on)
    shop.buy(cast.siam, "books-standard")
    assert "order" in [one.kind for one in obligations(cast.siam.id)]
    assert fresh(owned).state == "paid"


def test_the_page_of_a_change(cast, move):
    change = move(cast.outsider.partner, days=10)
    path = f"/en/organizations/{cast.siam.public_id}/partner/changes/{change.public_id}"
    page = cast.siam_admin.browser().get(path).text
    assert "Other Resale" in page
    assert "Andina Cloud" in page
    assert "Take the change back" in page
    assert [cast.siam_manager.browser().get(path).status_code, cast.admin.browser().get(path).status_code] == [403, 403]
    elsewhere = cast.customer("Nova", "nova.example")
    assert cast.siam_admin.browser().get(path.replace(cast.siam.public_id, elsewhere.public_id)).status_code == 404
    own = cast.siam_admin.browser()
    assert own.get(path.replace(change.public_id, "guessed")).status_code == 404
    [form] = html.fromstring(own.get(path).data).xpath("//form[contains(@action, 'take-back')]")
    assert own.post(form.get("action"), data=dict(form.form_values())).status_code == 303
    assert fresh(change).state == "withdrawn"
    assert Organization.get_by_id(cast.siam.id).partner_id == cast.andina.id


def test_a_partner_without_access_asks_for_it(cast, move):
    """Chosen without access, it may ask, and the super administrator lets it in; without Console there is no use."""
    other, pid = cast.outsider.partner, cast.siam.public_id
    move(other)
    store, own = cast.outsider.browser(), cast.siam_admin.browser()
    address = f"/en/store/customers/{pid}"
    page = store.get(address).text
    assert "has chosen you without giving you access" in page
    assert "Revoked" not in page + own.get(f"/en/organizations/{pid}/partner").text
    assert store.send(f"{address}/access", address, message="Please").status_code == 303
    page = own.get(f"/en/organizations/{pid}/partner")
    [form] = html.fromstring(page.data).xpath("//form[contains(@action, 'accept')]")
    assert own.post(form.get("action"), data=dict(form.form_values())).status_code == 303
    assert (fresh(cast.siam).access, store.get(f"/en/organizations/{pid}/").status_code) == ("active", 200)
    move(cast.partner("Storefront", "US", "en", console=False))
    assert (fresh(cast.siam).access, Access.select().count()) == ("none", 0)
