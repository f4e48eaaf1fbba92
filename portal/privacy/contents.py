"""Writes the archive of a person or an organization: each subject as JSON and as a table, read in batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

from peewee import BlobField, Field, ForeignKeyField

from portal.accounts.models import Account
from portal.backups.archive import Packing
from portal.billing.models import Card, Invoice
from portal.core.sheets import Style, csv_text
from portal.customers.models import Organization
from portal.directory.models import Group, Picture, User
from portal.domains.models import Domain
from portal.mailpolicies.models import MailPolicy
from portal.partners.models import Partner
from portal.privacy.models import DataExport
from portal.privacy.subjects import HIDDEN, OF_ORGANIZATION, OF_PERSON, SECRET, Subject, Whose
from portal.storage import Table

_BATCH = 500
README = "README.txt"
# What a reference is written as, where a public id says less.
_SAID: dict[type[Table], Field] = {
    Partner: Partner.name, Organization: Organization.name, Group: Group.name, MailPolicy: MailPolicy.name,
    User: User.email, Domain: Domain.name, Invoice: Invoice.code, Card: Card.last4,
}
Row = dict[str, Any]


def subjects_of(export: DataExport) -> tuple[Subject, ...]:
    """Return what an export holds."""
    return OF_ORGANIZATION if export.organization_id else OF_PERSON


def write(
    file: BinaryIO, at: datetime, export: DataExport, readme: str, step: Callable[[int, int], bool]
) -> bool:
    """Write the archive of an export; `step` is told before each subject, and stops everything by answering False."""
    packing, about = Packing(file, at), _about(export)
    try:
        packing.add(README, [readme.encode()])
        return _add_subjects(packing, export, step)
    finally:
        packing.close(about=about, asked_at=export.created_at.isoformat())


def _add_subjects(packing: Packing, export: DataExport, step: Callable[[int, int], bool]) -> bool:
    subjects, whose = subjects_of(export), _whose(export)
    for done, subject in enumerate(subjects):
        if not step(done, len(subjects)):
            return False
        packing.add(f"{subject.name}.json", _as_json(rows(subject, whose)))
        packing.add(f"{subject.name}.csv", _as_csv(subject, whose))
        if subject.model is Picture:
            _add_pictures(packing, subject, whose)
    return True


def _whose(export: DataExport) -> Whose:
    if export.organization_id:
        return Whose(export.organization_id)
    return Whose(export.account_id, Account.get_by_id(export.account_id).email)


def _about(export: DataExport) -> str:
    return str(export.organization.name if export.organization else export.account.email)


# ---- Rows ----

def columns(subject: Subject) -> list[Field]:
    """Return the columns that an export hands out: all but secrets and what is about others."""
    every = [field for field in subject.model._meta.sorted_fields if not isinstance(field, BlobField)]
    if subject.only:
        return [field for field in every if field.name in subject.only]
    return [
        field for field in every
        if field.name not in HIDDEN | subject.without and not field.primary_key and _is_said(field)
    ]


def _is_said(field: Field) -> bool:
    """A reference to a person's account is the person themselves, or somebody else: neither is told."""
    return not isinstance(field, ForeignKeyField) or field.rel_model is not Account


def rows(subject: Subject, whose: Whose) -> Iterator[Row]:
    """Yield what a subject holds, oldest first, with the memory of one batch."""
    model = subject.model
    chosen = columns(subject)
    query: Any = model.select(model.id, *(_value(field) for field in chosen)).where(subject.mine(whose))
    after = 0
    while True:
        batch = list(query.where(model.id > after).order_by(model.id).limit(_BATCH).tuples())
        yield from ({field.name: _plain(value) for field, value in zip(chosen, row[1:], strict=True)} for row in batch)
        if len(batch) < _BATCH:
            return
        after = batch[-1][0]


def _value(field: Field) -> Any:
    """Return what a column is read as: a reference by what people call its row."""
    if not isinstance(field, ForeignKeyField):
        return field
    target = field.rel_model.alias()
    said = _SAID.get(field.rel_model) or field.rel_model._meta.fields.get("public_id")
    if said is None:
        return field
    return target.select(getattr(target, said.name)).where(target.id == field).alias(field.name)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items() if key not in SECRET}
    return [_plain(part) for part in value] if isinstance(value, list) else value


# ---- Files ----

def _as_json(found: Iterator[Row]) -> Iterator[bytes]:
    separator = "[\n"
    for row in found:
        yield (separator + json.dumps(row, ensure_ascii=False)).encode()
        separator = ",\n"
    yield b"[]\n" if separator == "[\n" else b"\n]\n"


def _as_csv(subject: Subject, whose: Whose) -> Iterator[bytes]:
    heading = [field.name for field in columns(subject)]
    cells = (_cells(list(row.values())) for row in rows(subject, whose))
    yield from (text.encode() for text in csv_text(heading, cells, Style()))


def _cells(values: Sequence[Any]) -> Iterable[object]:
    for value in values:
        structured = isinstance(value, dict | list)
        yield json.dumps(value, ensure_ascii=False) if structured else "" if value is None else value


def _add_pictures(packing: Packing, subject: Subject, whose: Whose) -> None:
    owners: Any = Picture.select(Picture.id, User.public_id).join(User).where(subject.mine(whose)).order_by(Picture.id)
    for picture, user in owners.tuples():
        packing.add(f"pictures/{user}.webp", [bytes(Picture.get_by_id(picture).data)])
