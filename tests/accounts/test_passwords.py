"""Passwords are the same keys on every keyboard, and hashing costs the same for nobody as for somebody."""

import unicodedata

import pytest
from argon2 import PasswordHasher

from portal.accounts import passwords
from portal.accounts.commands import sign_in
from portal.accounts.models import Account


@pytest.mark.parametrize("password", ["contraseña larga", "mot de passé", "น้ำใจกว้างขวาง", "ﬁve words in a row"])
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_keyboard_types_the_same_password(password, form):
    assert passwords.matches(passwords.hashed(password), unicodedata.normalize(form, password))


@pytest.mark.parametrize("stored", [None, "", "not a hash"])
def test_what_is_no_hash_matches_nothing(stored):
    assert not passwords.matches(stored, "")


def test_an_unknown_account_costs_one_hash_as_a_known_one(monkeypatch, app, cast, anyone):
    costs = []

    class Counted(PasswordHasher):
        def hash(self, *args, **more):
            costs.append("hash")
            return super().hash(*args, **more)

        def verify(self, *args, **more):
            costs.append("verify")
            return super().verify(*args, **more)

    passwords.use(Counted(time_cost=1, memory_cost=8, parallelism=1))
    person = cast.person("ana@example.com", "es", password_hash=passwords.hashed("long enough"))
    for email in (person.email, "nobody@example.com", cast.newcomer.email):
        costs.clear()
        with pytest.raises(Exception, match="not right"):
            sign_in(anyone(), email, "wrong password", "", "192.0.2.1")
        assert len(costs) == 1


def test_a_hash_with_old_parameters_is_renewed_at_sign_in(cast, anyone):
    person = cast.person("ana@example.com", "es", password_hash=passwords.hashed("long enough"))
    passwords.use(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    sign_in(anyone(), person.email, "long enough", "", "")
    renewed = Account.get_by_id(person.account.id).password_hash
    assert "m=16,t=2" in renewed
    assert passwords.matches(renewed, "long enough")
