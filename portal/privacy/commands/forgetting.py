"""Makes a person a pseudonym: their names leave every text, their ways in are deleted, what others answer for stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from peewee import Expression, Field, Value

from portal.accounts.models import (
    Account,
    Challenge,
    Device,
    Identity,
    OneTimeToken,
    Passkey,
    RecoveryCode,
    Session,
    Staff,
    Totp,
)
from portal.applications.models import Application
from portal.applications.models import Note as ApplicationNote
from portal.audit.erasure import erase_names
from portal.audit.models import Event
from portal.billing.models import Export
from portal.core.context import Ctx
from portal.core.ids import public_id
from portal.directory.models import User
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.partners.models import Member
from portal.privacy.commands.requests import forget_requester, found_anew
from portal.privacy.models import DataExport
from portal.privacy.places import PLACES, Place, Trail
from portal.privacy.policy import Names, pseudonym
from portal.referrals.models import Referral
from portal.storage import JsonField, Table
from portal.subscriptions.models import CalendarFeed
from portal.support.models import Agent, Ticket
from portal.support.models import Event as TicketEvent
from portal.team.models import Invitation as TeamInvitation

_BATCH = 500
_WAYS_IN = (
    Session, Device, OneTimeToken, Totp, RecoveryCode, Passkey, Challenge, Identity, Staff, Member, TeamInvitation,
    CalendarFeed, Export, DataExport, Agent,
)
_ANSWERS = ("website", "phone", "street", "city", "postal_code", "state_province", "experience", "plan", "reason")
Counts = dict[str, int]


def forget_person(ctx: Ctx, account: Account) -> Counts:
    """Erase a person in the caller's transaction; return how many rows of which kind it concerned."""
    names, trail = _names(account), _trail(account)
    counts = {"mails": _forget_mails(names), "recommendations": _forget_recommendations(names)}
    counts["requests"] = forget_requester(account, names)
    counts["texts"] = sum(_replace(model, place, names, trail) for model, place in PLACES.items())
    found_anew(names)
    counts["acts"] = erase_names(ctx, _acts(account, names, trail), lambda event: _renamed(event, account, names))
    counts["applications"] = _forget_applications(account)
    counts["jobs"] = _forget_jobs(account, names)
    counts["ways_in"] = sum(
        int(model.delete().where(model.account == account.id).execute()) for model in _WAYS_IN  # type: ignore[attr-defined]
    )
    counts["users"] = int(User.update(account=None).where(User.account == account.id).execute())
    Account.update(
        name=names.pseudonym, email=names.address, password_hash=None, country="", time_zone="UTC", calendar="",
        signed_in_at=None, second_factor_at=None, erased_at=ctx.now,
    ).where(Account.id == account.id).execute()
    return counts


def _names(account: Account) -> Names:
    """Return all names under which the person is known here, past ones too."""
    acted: Any = Event.select(Event.actor_name).where(Event.actor_id == account.id).distinct()
    listed: Any = User.select(User.name).where(User.account == account.id)
    asked: Any = Ticket.select(Ticket.requester_name).where(Ticket.requester == account.id).distinct()
    wrote: Any = TicketEvent.select(TicketEvent.actor_name).where(TicketEvent.actor == account.id).distinct()
    queries = (acted, listed, asked, wrote)
    names = {account.name, *(name for query in queries for (name,) in query.tuples())}
    return Names(names - {account.email}, [account.email], pseudonym(), f"erased-{public_id()}@erased.invalid")


def _trail(account: Account) -> Trail:
    staff = Staff.select().where(Staff.account == account.id).exists()
    acted = Event.select().where(Event.actor_id == account.id, Event.side == "staff").exists()
    return Trail(account.id, staff or acted)


# ---- Texts ----

def _replace(model: type[Table], place: Place, names: Names, trail: Trail) -> int:
    """Replace the person in the columns of a table; return in how many rows."""
    fields = [model._meta.fields[name] for name in place.columns]
    wanted = _mention(fields, names.addresses) | place.rows(trail) & _mention(fields, names.names)
    changed = 0
    for identity, *values in _batches(model, fields, wanted):
        new = {field.name: _without(field, value, names) for field, value in zip(fields, values, strict=True)}
        new = {name: value for name, value in new.items() if value != values[place.columns.index(name)]}
        if new:
            model.update(**new).where(model.id == identity).execute()
            changed += 1
    return changed


def _batches(model: type[Table], fields: list[Field], wanted: Expression) -> Iterator[tuple[Any, ...]]:
    after = 0
    while True:
        query: Any = model.select(model.id, *fields).where(model.id > after, wanted).order_by(model.id).limit(_BATCH)
        batch = list(query.tuples())
        yield from batch
        if len(batch) < _BATCH:
            return
        after = batch[-1][0]


def _mention(fields: list[Field], words: list[str]) -> Expression:
    """Tell of a row whether one of its columns may hold one of these words; JSON escapes some letters."""
    found: Any = Value(0) == Value(1)
    for field in fields:
        for word in words:
            found |= field.cast("TEXT").contains(json.dumps(word, ensure_ascii=False)[1:-1])
            found |= field.cast("TEXT").contains(word)
    return found  # type: ignore[no-any-return]


def _without(field: Field, value: Any, names: Names) -> Any:
    if value is None or isinstance(field, JsonField):
        return names.without_in(value)
    return names.without(value)[: getattr(field, "max_length", None)]


# ---- The record ----

def _acts(account: Account, names: Names, trail: Trail) -> Any:
    """Return the acts that may name the person: theirs, those about them, and those that mention them."""
    columns: list[Field] = [Event.actor_name, Event.name, Event.reason, Event.detail]
    there = trail.partner(Event.partner_id) | trail.organization(Event.organization_id) | (Event.chain == 0)
    return Event.select().where(
        (Event.actor_id == account.id) | (Event.subject == account.public_id) | _mention(columns, names.addresses)
        | (there & _mention(columns, names.names))
    )


def _renamed(event: Event, account: Account, names: Names) -> dict[str, Any]:
    own = {"actor_name": names.pseudonym if event.actor_id == account.id and event.actor_name else event.actor_name}
    if event.actor_id is None:
        own["actor_name"] = names.without(event.actor_name)
    return {**own, "name": names.without(event.name)[:255], "reason": names.without(event.reason)[:500],
            "detail": names.without_in(event.detail)}


# ---- What goes ----

def _forget_mails(names: Names) -> int:
    """Delete the mails to the person. What has not gone out yet goes no more."""
    mine = Outgoing.to_address.in_(names.addresses)
    waiting: Any = Outgoing.select(Outgoing.key).where(mine, Outgoing.state == "pending")
    keys = [f"mail:{key}" for (key,) in waiting.tuples()]
    for start in range(0, len(keys), _BATCH):
        Job.delete().where(Job.key.in_(keys[start : start + _BATCH])).execute()
    return int(Outgoing.delete().where(mine).execute())


def _forget_recommendations(names: Names) -> int:
    found = Referral.update(contact_name=names.pseudonym).where(Referral.contact_email.in_(names.addresses))
    return int(found.execute())


def _forget_applications(account: Account) -> int:
    """Delete what was not decided; of what was, that it was and when stays, beside the company's name."""
    mine = Application.account == account.id
    decided = Application.state.in_(["accepted", "declined", "withdrawn"])
    gone = Application.delete().where(mine, ~decided).execute()
    kept = Application.select(Application.id).where(mine)
    ApplicationNote.update(body="").where(ApplicationNote.application.in_(kept)).execute()
    return int(gone + Application.update(**dict.fromkeys(_ANSWERS, "")).where(mine).execute())


def _forget_jobs(account: Account, names: Names) -> int:
    """Delete finished work that names the person; work under way goes in its own time."""
    told = _mention([Job.payload, Job.result, Job.error, Job.key], names.addresses)
    mine = (Job.account_id == account.id) & _mention([Job.payload, Job.result, Job.error], names.names)
    return int(Job.delete().where(Job.finished_at.is_null(False), told | mine).execute())
