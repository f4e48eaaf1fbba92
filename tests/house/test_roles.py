"""Every page and button for every task: whom the guard lets in is what the table of permissions says, and nobody else.

The answers of the access table go by people; this goes by roles. And a person with several places is in each of them
what somebody is who has that place alone.
"""

from __future__ import annotations

from typing import Any

import pytest

from portal.accounts.models import Session, Staff
from portal.core.permissions import GRANTS, LIMITS, P, Role, granted
from portal.customers.models import Organization
from portal.partners.models import Member, Partner
from portal.partners.policy import ROLES
from portal.storage import transaction
from tests.house.test_access_table import CAST, TABLE, address, answer, lines, things

AUDIENCES = ("console", "desk", "store", "support")
STAFF_TASKS = ("reviewer", "support", "support-lead", "finance", "admin")
# Asked by the page itself, besides its mark.
ALSO = {"console.payments": {P.REPORT_READ}, "support.add_ticket": {P.SUPPORT_OPEN},
        "support.submit_ticket": {P.SUPPORT_OPEN}}
# What somebody is at the partner whose things these are: their task, and what else is so.
SITUATIONS: dict[str, dict[str, Any]] = {
    **{role: {"role": role} for role in ROLES},
    "limited administrator": {"role": "admin", "sees": "chosen"},
    "limited billing": {"role": "billing", "sees": "chosen"},
    "reader with help center": {"role": "reader", "help_center": True},
    "suspended": {"role": "super-admin", "state": "suspended"},
    "terminated": {"role": "super-admin", "state": "terminated"},
    "without console": {"role": "super-admin", "console": False},
    "suspended sales": {"role": "sales", "state": "suspended"},
}


def somebody(cast: Any, role: str, state: str = "active", console: bool = True, **more: Any) -> Any:
    """Let a new person work at Andina like this, whose things exist already."""
    person = cast.person("somebody@andina.example", "en", second_factor_at=cast.now)
    with transaction():
        Member.create(partner=cast.andina, account=person.account, role=role, created_at=cast.now, **more)
        Partner.update(state=state, console=console).where(Partner.id == cast.andina.id).execute()
    return person


def let_in(app: Any, cast: Any, person: Any, values: dict[str, str]) -> dict[str, bool]:
    """Ask for everything in the partner's and the staff's audiences; tell where the answer is another than 403."""
    app.config["WTF_CSRF_ENABLED"] = False
    browser, found = person.browser(), {}
    for line in sorted(lines(app)):
        if line.split()[1].split(".")[0] in AUDIENCES:
            method = line.split()[0]
            found[line] = answer(browser, method, address(app, line, values)) != "403"
    return found


def expected(app: Any, roles: frozenset[Role]) -> dict[str, bool]:
    permissions = granted(roles)
    return {
        line: {app.view_functions[rule.endpoint].permission, *ALSO.get(rule.endpoint, ())} <= permissions
        for line, rule in lines(app).items() if rule.endpoint.split(".")[0] in AUDIENCES
    }


@pytest.mark.parametrize("situation", SITUATIONS)
def test_people_of_a_partner(situation: str, app, cast) -> None:
    values = things(cast)
    person = somebody(cast, **SITUATIONS[situation])
    assert let_in(app, cast, person, values) == expected(app, person.actor.roles)


@pytest.mark.parametrize("task", STAFF_TASKS)
def test_people_of_the_vendor(task: str, app, cast) -> None:
    values, person = things(cast), cast.person("one@vendor.example", "en", staff=task)
    assert let_in(app, cast, person, values) == expected(app, person.actor.roles)


def test_every_role_of_a_place_is_among_them() -> None:
    """A new task gets its row here, and its page and button in every other row."""
    there = {f"partner-{role}" for role in ROLES} | {"staff", *(f"staff-{task}" for task in STAFF_TASKS)}
    widened = {str(role) for role in LIMITS} | {"console-partner", "help-center"}
    elsewhere = {"anyone", "account", "customer-member", "customer-admin", "customer-super-admin", "on-behalf",
                 "worker"}
    assert {str(role) for role in GRANTS} == there | widened | elsewhere


def test_somebody_who_sees_chosen_customers_and_has_none_reads_of_none(app, cast) -> None:
    values = things(cast)
    for role in ("admin", "reader", "sales"):
        with transaction():
            Member.delete().where(Member.partner == cast.andina, Member.sees == "chosen").execute()
        browser = somebody(cast, role, sees="chosen").browser()
        for line, rule in sorted(lines(app).items()):
            if line.startswith("GET ") and rule.endpoint.split(".")[0] in {"console", "store"}:
                shown = browser.get(address(app, line, values), follow_redirects=True).get_data(as_text=True)
                text = shown.replace(cast.newcomer.email, "")  # whom the partner has invited
                assert not [name for name in ("Siam Trading", "siam.example") if name in text], (role, line)


# ---- One person, several places ----

def in_place(person: Any, place: str) -> Any:
    with transaction():
        Session.update(place=place).where(Session.account == person.account).execute()
    return person.browser()


@pytest.fixture
def everywhere(cast):
    """Andina's things and its super admin, who rules another partner too and is of the vendor's staff; and the keys of
    the places by the columns of the access table.
    """
    values, person, other = things(cast), cast.admin, cast.outsider.partner
    with transaction():
        Member.create(partner=other, account=person.account, role="super-admin", created_at=cast.now)
        Staff.create(account=person.account, role="admin", created_at=cast.now)
        person.account.second_factor_at = cast.now
        person.account.save()
    return values, person, {
        "owner": f"partner:{cast.andina.public_id}", "outsider": f"partner:{other.public_id}", "staff": "staff",
    }


@pytest.mark.parametrize("as_who", ["owner", "outsider", "staff"])
def test_in_each_place_somebody_reads_what_others_read_who_work_there_alone(as_who: str, app, cast, everywhere) -> None:
    values, person, keys = everywhere
    browser = in_place(person, keys[as_who])
    pages = [line for line in TABLE if line.startswith("GET ") and not line.startswith("GET account.")]
    got = {line: answer(browser, "GET", address(app, line, values)) for line in pages}
    assert got == {line: TABLE[line].split()[CAST.index(as_who)] for line in pages}


@pytest.mark.parametrize("as_who", ["outsider", "staff"])
def test_nothing_of_one_place_is_changed_from_another(as_who: str, app, cast, everywhere) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    values, person, keys = everywhere
    browser, column = in_place(person, keys[as_who]), CAST.index(as_who)
    forms = [line for line in TABLE if line.startswith("POST ") and line.split()[1].split(".")[0] in {
        "console", "store", "organization"}]
    got = {line: answer(browser, "POST", address(app, line, values)) for line in forms}
    assert got == {line: TABLE[line].split()[column] for line in forms}
    assert P.DESK_OPEN in person.actor.permissions or as_who == "outsider"
    assert Organization.get_by_id(cast.siam.id).version == cast.siam.version
