"""No byte of an internal note reaches a partner: whatever happened to a ticket, on no page, in no part of one, by no
search, in no file, feed or mail.

A new way to partners gets its line in `SURFACES`: a function of the world that yields (where, text).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from portal.core.errors import DomainError
from portal.mail.models import Outgoing
from portal.storage import transaction
from portal.support.commands.answering import answer, determine, log_call, note, set_state
from portal.support.commands.attachments import upload_as_staff
from portal.support.commands.conversation import close, rate, reopen, reply
from portal.support.commands.history import add, held, settle
from portal.support.commands.identity import complete, identify
from portal.support.commands.triage import assign
from portal.support.models import Event, Ticket
from portal.support.policy.events import KINDS
from portal.support.queries.partner import listed
from portal.web.support.requests import asked_from
from tests.client import HTMX
from tests.support.partners import asked, big, fresh, helped

MARK = "geheim"  # in everything that is written inside
Surface = Iterator[tuple[str, str]]


@dataclass
class World:
    """A ticket of Andina's, and what was written inside about it."""

    cast: Any
    ticket: Ticket
    dice: random.Random
    secrets: list[str] = field(default_factory=list)

    def secret(self) -> str:
        self.secrets.append(f"{MARK}{self.dice.randrange(10**9):09}")
        return self.secrets[-1]

    @property
    def staff(self) -> Any:
        return self.cast.reviewer.ctx

    @property
    def id(self) -> str:
        return str(self.ticket.public_id)

    @property
    def version(self) -> int:
        return fresh(self.ticket).version


# ---- What may happen ----

def _note(world: World) -> None:
    files = [upload_as_staff(world.staff, f"{world.secret()}.txt", world.secret().encode()).public_id]
    note(world.staff, world.id, f"Between us: {world.secret()}", files if world.dice.random() < 0.5 else [])


def _internal(world: World) -> None:
    """Any internal kind, with words and data, also such as no command writes today."""
    kind = world.dice.choice([name for name, about in KINDS.items() if not about.public and not about.clocks])
    with transaction():
        row = held(world.staff, world.id)
        add(world.staff, row, kind, world.secret(), detail=world.secret())
        settle(world.staff, row)


def _inside_though_usually_public(world: World) -> None:
    kind = world.dice.choice(["staff-reply", "call", "partner-reply", "identified", "classified"])
    with transaction():
        row = held(world.staff, world.id)
        add(world.staff, row, kind, world.secret(), public=False, verdict="large", params={"customer": world.secret()})
        settle(world.staff, row)


def _assign(world: World) -> None:
    assign(world.staff, world.id, world.cast.reviewer.account.public_id, world.version)


ACTS = [
    _note, _note, _internal, _inside_though_usually_public, _assign,
    lambda world: answer(world.staff, world.id, "An answer.", then=world.dice.choice(["open", "waiting", "resolved"])),
    lambda world: log_call(world.staff, world.id, "phone", "A call."),
    lambda world: determine(world.staff, world.id, "What it is."),
    lambda world: set_state(world.staff, world.id, world.dice.choice(["hold", "open"]), "A reason.", world.version),
    lambda world: identify(world.staff, world.id, "boss@big.example", "", "", "crm", world.version),
    lambda world: complete(world.cast.admin.ctx, world.id, "it@nobody.example", "", "", world.version),
    lambda world: reply(world.cast.admin.ctx, world.id, "A message."),
    lambda world: close(world.cast.admin.ctx, world.id, world.version),
    lambda world: reopen(world.cast.admin.ctx, world.id, world.version),
    lambda world: rate(world.cast.admin.ctx, world.id, "bad", "Slow."),
]


# ---- What partners read ----

def pages(world: World) -> Surface:
    customer = Ticket.get_by_id(world.ticket.id).organization
    paths = ["/support", f"/support/tickets/{world.id}", f"/support/tickets/{world.id}/rating", "/account/area",
             "/support/new", "/support/channels", "/store/", "/console/customers"]
    if customer:
        paths += [f"/store/customers/{customer.public_id}", f"/support?customer={customer.public_id}",
                  f"/store/customers/{customer.public_id}/record"]
    for person in (world.cast.admin, world.cast.colleague):
        browser = person.browser()
        for path in paths:
            for headers in ({}, HTMX):
                yield path, browser.get(f"/en{path}", headers=headers).get_data(as_text=True)


def files(world: World) -> Surface:
    browser = world.cast.admin.browser()
    for event in Event.select().where(Event.ticket == world.ticket):
        for file in event.attachment_set:
            got = browser.get(f"/en/support/tickets/{world.id}/attachments/{file.public_id}")
            yield f"file {file.name}", got.get_data(as_text=True) + got.headers.get("Content-Disposition", "")


def searches(world: World) -> Surface:
    yield "the index", Ticket.get_by_id(world.ticket.id).search
    for secret in world.secrets:
        for words in (secret, secret[:9]):
            rows = listed(world.cast.admin.ctx, asked_from({"q": words})).page.rows
            yield "a search", f"{MARK} found by {words}" if rows else ""


def mails(world: World) -> Surface:
    staff = world.cast.reviewer.email
    for mail in Outgoing.select().where(Outgoing.to_address != staff):
        yield f"the mail {mail.event}", f"{mail.params} {mail.headers}"


SURFACES = [pages, files, searches, mails]


@pytest.mark.parametrize("seed", range(8))
def test_nothing_internal_reaches_a_partner(cast, clock, seed):
    big(cast)
    _ = helped(cast.admin), helped(cast.colleague), cast.reviewer
    world = World(cast, asked(cast.admin, "help-center", customer_email="boss@big.example"), random.Random(seed))
    for _step in range(14):
        clock.advance(minutes=world.dice.randrange(1, 200))
        try:
            world.dice.choice(ACTS)(world)
        except DomainError:
            continue  # not in this state
    _note(world)
    told = [where for surface in SURFACES for where, text in surface(world) if MARK in text]
    assert told == []
    assert len(world.secrets) > 2
