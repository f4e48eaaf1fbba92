"""Bank accounts: changed only with one's own password, told to all owners, usable after a while, shown masked."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from portal.accounts.policy import TooManyAttempts, WrongPassword
from portal.audit.models import Event
from portal.commissions.commands.accounts import change_bank
from portal.commissions.models import BankAccount
from portal.commissions.policy.accounts import Details
from portal.commissions.queries.accounts import accounts_of, present
from portal.core.errors import DomainError, Forbidden, Stale
from portal.mail.models import Outgoing
from portal.storage import database
from tests.commissions.money import IBAN, PASSWORD, password


@pytest.fixture
def boss(cast):
    password(cast.admin)
    return cast.admin


def change(person, number: str = IBAN, typed: str = PASSWORD, seen: str = "") -> None:
    change_bank(person.ctx, Details("Andina Cloud SA", "Banco Uno", number, "", "ES"), typed, "192.0.2.1", seen)


def test_the_first_account_waits_too(cast, boss, make_ctx) -> None:
    change(boss)
    account = present(cast.andina.id)
    assert account is not None
    assert account.usable_from == cast.now + timedelta(days=7)
    assert (account.number, account.created_by_name) == ("•••• 1332", "Partner Admin")
    assert BankAccount.get().number == IBAN


def test_history_is_kept(cast, boss, clock) -> None:
    change(boss)
    first = present(cast.andina.id)
    clock.advance(days=20)
    change(boss, "9876543210", seen=first.public_id)
    assert [(one.number, one.replaced_at) for one in accounts_of(boss.actor)] == [
        ("•••• 3210", None), ("•••• 1332", cast.now)]
    assert accounts_of(cast.outsider.actor) == []


@pytest.mark.parametrize("typed", ["", "demo-porta", "DEMO-PORTAL"])
def test_a_wrong_password_changes_nothing(boss, typed) -> None:
    with pytest.raises(WrongPassword) as refused:
        change(boss, typed=typed)
    assert refused.value.field == "password"
    assert BankAccount.select().count() == Outgoing.select().count() == 0


def test_guessing_is_throttled_as_at_the_sign_in(boss) -> None:
    for _ in range(10):
        with pytest.raises(WrongPassword):
            change(boss, typed="guess")
    with pytest.raises(TooManyAttempts):
        change(boss)


def test_somebody_without_password_cannot_prove_anything(cast) -> None:
    with pytest.raises(WrongPassword):
        change(cast.admin)


def test_a_wrong_number_is_said_before_the_password_counts(boss) -> None:
    for _ in range(12):
        with pytest.raises(DomainError) as refused:
            change(boss, "ES9121000418450200051323", typed="guess")
        assert refused.value.field == "number"


def test_only_super_admins_of_a_partner(cast) -> None:
    for person in (cast.colleague, cast.reviewer, cast.siam_admin):
        password(person)
        with pytest.raises(Forbidden):
            change(person)


def test_what_changed_meanwhile_is_shown_first(boss, cast) -> None:
    change(boss)
    with pytest.raises(Stale):
        change(boss, "9876543210", seen="")
    with pytest.raises(Stale):
        change(boss, "9876543210", seen="other")
    assert present(cast.andina.id).number == "•••• 1332"


def test_two_first_accounts_at_once_are_one(app, boss) -> None:
    together, ctx, outcomes = threading.Barrier(2), boss.ctx, list[str]()

    def click(number: str) -> None:
        with database.connection_context():
            together.wait()
            try:
                change_bank(ctx, Details("A", "B", number, "", "ES"), PASSWORD, "192.0.2.1", "")
                outcomes.append("done")
            except Stale:
                outcomes.append("stale")

    threads = [threading.Thread(target=click, args=(number,)) for number in ("11111111", "22222222")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "stale"]
    assert BankAccount.select().count() == 1


def test_all_owners_are_told_in_their_languages_and_nobody_reads_the_number(cast, boss, run_jobs, mailer) -> None:
    cast.member("second-admin@andina.example", "th", cast.andina, "super-admin")
    _ = cast.colleague, cast.outsider
    change(boss)
    change(boss, "9876543210", seen=present(cast.andina.id).public_id)
    rows = Outgoing.select().where(Outgoing.event == "bank-changed").order_by(Outgoing.id)
    assert [(row.to_address, row.language) for row in rows] == 2 * [
        ("partner-admin@andina.example", "es"), ("second-admin@andina.example", "th")]
    run_jobs()
    texts = [mail.get_body(("plain",)).get_content() for mail in mailer.sent]
    assert len(texts) == 4
    assert all("•••• 1332" in text or "•••• 3210" in text for text in texts)
    said = [event.detail for event in Event.select().where(Event.verb == "bank.changed").order_by(Event.id)]
    assert [(one["before"], one["after"]) for one in said] == [
        ({"bank_account": ""}, {"bank_account": "•••• 1332"}),
        ({"bank_account": "•••• 1332"}, {"bank_account": "•••• 3210"})]
    everywhere = " ".join([*texts, *(str(row.params) for row in Outgoing.select()), *map(str, said)])
    assert IBAN not in everywhere
    assert "9876543210" not in everywhere
