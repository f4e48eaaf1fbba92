"""Nothing is forgotten: every table that points to a person or an organization is exported, or says why not."""

from __future__ import annotations

import re

import pytest
from peewee import CharField, ForeignKeyField, TextField

from portal.accounts.models import Account, Attempts
from portal.customers.models import Organization
from portal.privacy.contents import columns
from portal.privacy.places import GOES, PLACES, STAYS
from portal.privacy.subjects import NOT_OF_ORGANIZATION, NOT_OF_PERSON, OF_ORGANIZATION, OF_PERSON
from portal.storage.tables import all_tables
from tests.privacy.world import named, texts

TABLES = [table for table in all_tables() if not table.__module__.startswith("portal.adapters.sandbox")]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table._meta.table_name)
def test_a_person_gets_all_that_points_to_them(table):
    listed = {subject.model for subject in OF_PERSON} | NOT_OF_PERSON.keys()
    points = [field.name for field in table._meta.sorted_fields
              if isinstance(field, ForeignKeyField) and field.rel_model is Account]
    why = points + [field.name for field in named(table)]
    assert not why or table in listed, f"{table.__name__} names people in {why}: export it, or say why not"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table._meta.table_name)
def test_an_organization_gets_all_that_points_to_it(table):
    listed = {subject.model for subject in OF_ORGANIZATION} | NOT_OF_ORGANIZATION.keys()
    points = [field.name for field in table._meta.sorted_fields
              if field.column_name == "organization_id"
              or (isinstance(field, ForeignKeyField) and field.rel_model is Organization)]
    assert not points or table in listed, f"{table.__name__} belongs to organizations: export it, or say why not"


@pytest.mark.parametrize("subjects", [OF_PERSON, OF_ORGANIZATION])
def test_subjects_have_names_and_words_of_their_own(subjects):
    assert len({subject.name for subject in subjects}) == len({subject.label for subject in subjects}) == len(subjects)
    assert all(re.fullmatch("[a-z-]+", subject.name) for subject in subjects)


@pytest.mark.parametrize("subject", OF_PERSON + OF_ORGANIZATION, ids=lambda subject: subject.name)
def test_no_secret_leaves(subject):
    handed = {field.name for field in columns(subject)}
    assert handed
    assert set(subject.only) <= handed | {"id"}
    secret = {name for name in handed if re.search("hash|digest|secret|token|handle|salt|credential|pending|archive|"
                                                   "payload|content|public_key|_key|url", name)}
    # What the chain of the record and an archive are checked with is no secret; `digest` of nothing else may leave.
    assert secret <= {"hash", "pending_at"}, secret


# Columns that hold codes, ids, days and digests, whatever anybody types.
CODES = re.compile(
    r"public_id|language|time_zone|country|region|kind|state|role|sees|service|plan|period|currency|renewal|brand|last4|"
    r"gateway|event|reference|digest|sha256|hash|before_first|salt|personal|handle|token|secret|pending|password_hash|"
    r"credential|provider|issuer|subject|purpose|place|stage|method|verb|side|entity|code|card_kind|format|"
    r"commission_tier|tier|cause|key|lease|calendar|standing|access|contacts_sync|by|hint|task|bucket|verdict|forwarding|"
    r"draft_digest|expertise|terms_version|terms_language|verified_by|tax_note|label|url|back|customers|subscriptions|why|"
    r"card|customer|behavior|charge|return_url|return|widgets|gone|reason_code|public_key|payload|result|error|"
    r"severity|next_clock|media_type|languages|regions|if_refused|month|lang|edition"
)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table._meta.table_name)
def test_every_text_is_looked_at_when_somebody_is_erased(table):
    """A column of text holds codes, or it is replaced, emptied, or stays for a reason."""
    known = set(STAYS.get(table, ((), ""))[0]) | set(GOES.get(table, ()))
    known |= set(PLACES[table].columns) if table in PLACES else set()
    goes = {"email", "name", "user_agent", "address"} if any(
        field.name == "account" for field in table._meta.sorted_fields) and table is not Attempts else set()
    loose = {field.name for field in texts(table) if not CODES.fullmatch(field.name)} - known - goes
    assert not loose, f"{table.__name__}: say in portal/privacy/places.py what becomes of {loose}"


def test_what_is_listed_is_there():
    for model, place in PLACES.items():
        assert set(place.columns) <= model._meta.fields.keys()
    for model, (kept, reason) in STAYS.items():
        assert set(kept) <= model._meta.fields.keys(), model
        assert reason.endswith(".")
        assert not set(kept) & set(PLACES[model].columns if model in PLACES else ()), model
    for model, gone in GOES.items():
        assert all(isinstance(model._meta.fields[name], CharField | TextField) for name in gone)
