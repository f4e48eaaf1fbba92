"""After a move nothing of the customer is there for its former partner but the papers that it wrote."""

from __future__ import annotations

from typing import Any

import pytest

from portal.customers.models import Organization
from portal.directory.models import Address, Group, User
from portal.domains.models import Domain
from portal.mailpolicies.models import MailPolicy
from portal.relations.commands.changes import announce
from portal.storage import transaction
from portal.subscriptions.models import ChangeRequest, Subscription
from tests.house.test_access_table import TABLE, address, answer, lines, things
from tests.house.test_chosen_customers import about, column, objects, things_of_no_object


def move(cast: Any, to: Any) -> None:
    ctx = cast.siam_admin.ctx
    with transaction():
        announce(ctx, cast.siam, to_partner=to, by="customer", effective_on=ctx.today("Asia/Bangkok"), with_access=True)


def held(cast: Any) -> list[Any]:
    """Everything that a partner could change of the customer, as it is now."""
    mine = Organization.id == cast.siam.id
    tables = (Subscription, ChangeRequest, User, Address, Group, Domain, MailPolicy)
    rows = [list(table.select().where(table.organization == cast.siam.id).order_by(table.id).dicts())
            for table in tables]
    return [list(Organization.select().where(mine).dicts()), *rows]


# The papers of its own, its own people, and what it says about the end: all else is as for any other partner.
KEPT = {
    "GET console.import_status", "POST console.do_import", "GET store.entry", "GET store.export",
    "GET store.export_file", "GET store.former_customer", "GET store.former_customer_file", "POST store.dispute",
    "GET store.invoice", "GET store.invoice_pdf", "GET store.payout", "POST store.remove_card",
    "GET store.member", "POST store.change_member", "GET store.remove_member", "POST store.do_remove_member",
    "POST store.resend_member_invitation", "POST store.withdraw_member_invitation",
    *(line for line in TABLE if line.split()[1].startswith("support.")),
}
TOLD = {"store.former_customers", "store.invoices", "store.statement", "store.statement_file"}  # its papers name it


@pytest.mark.parametrize("alone", [False, True])
def test_what_has_left_is_not_there_and_cannot_be_changed(app, cast, alone) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    values, browser, owner, outsider = things(cast), cast.admin.browser(), 0, 2
    move(cast, None if alone else cast.outsider.partner)
    before = held(cast)
    got = {line: answer(browser, line.split()[0], address(app, line, values)) for line in about(app, "GET", "POST")}
    wanted = {line: column(line, owner if line in KEPT else outsider) for line in got}
    wanted["POST store.withdraw_offer"] = "404"  # the other partner's request
    assert {line: (got[line], wanted[line]) for line in got if got[line] != wanted[line]} == {}
    assert len(got) > 150
    assert held(cast) == before


def test_no_list_names_it(app, cast) -> None:
    things(cast)
    browser = cast.admin.browser()
    move(cast, cast.outsider.partner)
    told = set()
    for line, rule in lines(app).items():
        method, endpoint = line.split()
        if method == "GET" and endpoint.startswith(("store.", "console.")) and not objects(rule):
            page = browser.get(address(app, line, {**things_of_no_object(), "lang": "en"}))
            told |= {endpoint} if "Siam Trading" in page.get_data(as_text=True) else set()
    assert told == TOLD
