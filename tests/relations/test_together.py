"""A change of partner beside what else is done to the organization in that moment: nobody waits in a circle."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal.customers.models import Organization
from portal.delegation import commands as delegation
from portal.domains import commands as domains
from portal.domains.models import Domain, DomainCheck
from portal.domains.policy import Finding, Method, Outcome
from portal.domains.queries import round_key
from portal.relations.commands.changes import announce, carry_out_due
from portal.relations.models import Change
from portal.storage import database, transaction
from tests.relations.doors import boss


@pytest.fixture
def due(cast, clock) -> Change:
    """Siam leaves Andina, whose day has come; somebody of Andina's has asked for a check of a domain."""
    _ = cast.admin, cast.siam
    ctx = boss(cast)
    with transaction():
        change = announce(ctx, cast.siam, to_partner=None, by="customer",
                          effective_on=ctx.today("Asia/Bangkok") + timedelta(days=2))
        Domain.update(verified_at=None).where(Domain.organization == cast.siam).execute()
        DomainCheck.create(domain=Domain.get(Domain.organization == cast.siam), method=Method.TXT, state="asked",
                           asked_at=cast.now, asked_by=cast.admin.email, language="es")
    clock.advance(days=3)
    return change


def suspending(cast: Any) -> Callable[[], object]:
    ctx = boss(cast)
    return lambda: delegation.suspend_access(ctx)


def settling(cast: Any) -> Callable[[], object]:
    ctx, check = cast.make_ctx(), DomainCheck.get()
    return lambda: domains.settle(ctx, check.domain_id, Method.TXT, round_key(check), Finding(Outcome.VERIFIED))


@pytest.mark.parametrize(("act", "room", "step"), [
    (suspending, delegation, "stop_checks"), (settling, domains, "_take"),
])
def test_both_come_to_their_end(cast, due, monkeypatch, act, room, step) -> None:
    """The act has half of its rows when the change begins, and goes on when that waits for them."""
    real, half, errors = getattr(room, step), threading.Event(), list[BaseException]()
    worker, first = cast.make_ctx(), act(cast)

    def slowly(*args: Any) -> Any:
        half.set()
        threading.Event().wait(0.5)  # as long as the other needs to reach what it waits for
        return real(*args)

    def run(what: Callable[[], object]) -> None:
        try:
            with database.connection_context():
                what()
        except BaseException as error:
            errors.append(error)

    monkeypatch.setattr(room, step, slowly)
    acting = threading.Thread(target=run, args=(first,))
    acting.start()
    assert half.wait(10)
    run_change = threading.Thread(target=run, args=(lambda: carry_out_due(worker, due.id),))
    run_change.start()
    for thread in (acting, run_change):
        thread.join(30)
    assert errors == []
    assert Change.get().state == "done"
    assert Organization.get_by_id(cast.siam.id).partner_id is None
