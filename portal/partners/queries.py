"""Reads about partners and their people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.accounts.models import Account
from portal.partners.models import Member, Partner


def works_at(account_id: int, partner_id: int | None) -> bool:
    """Tell whether the person works at this partner."""
    return bool(Member.select().where(Member.account == account_id, Member.partner == partner_id).exists())


def is_member(account_id: int) -> bool:
    """Tell whether the person works at a partner."""
    return bool(Member.select().where(Member.account == account_id).exists())


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody at a partner who is told something by mail, in the language that they want for this partner's mails."""

    public_id: str  # of the account
    email: str
    name: str
    language: str
    country: str  # as days and amounts are written there
    time_zone: str


_COLUMNS = (Account.public_id, Account.email, Account.name, Member.language, Account.language, Account.country,
            Partner.country, Account.time_zone)


def recipients(*columns: Any) -> Any:
    """Select `columns` and then, for `recipient`, what a mail to a member needs, in the order of accounts."""
    return Account.select(*columns, *_COLUMNS).join(Member).join(Partner).order_by(Account.id)


def recipient(
    public_id: str, email: str, name: str, chosen: str, language: str, own_country: str, country: str, time_zone: str
) -> Recipient:
    """Return the recipient of a row of `recipients`, without its first columns."""
    return Recipient(public_id, email, name, chosen or language, own_country or country, time_zone)


def super_admins(partner_id: int) -> list[Recipient]:
    """Return the people who rule a partner: they get its mails."""
    rows = recipients().where(Member.partner == partner_id, Member.role == "super-admin").tuples()
    return [recipient(*row) for row in rows]


def one_recipient(member: Member) -> Recipient:
    """Return a member as a recipient of mails."""
    return recipient(*recipients().where(Member.id == member.id).tuples().get())


def language_at(account: Account, partner_id: int | None) -> str:
    """Return the language of mails to somebody about a partner at which they work or have worked."""
    mine = (Member.account == account) & (Member.partner == partner_id)
    return str(Member.select(Member.language).where(mine).scalar() or account.language)


def addresses(partner_id: int) -> list[str]:
    """Return the e-mail addresses of everybody who works at a partner."""
    people = Account.select(Account.email).join(Member).where(Member.partner == partner_id).order_by(Account.id)
    return [account.email for account in people]
