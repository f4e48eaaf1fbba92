"""Reads about partners and their people."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.partners.models import Member


def works_at(account_id: int, partner_id: int | None) -> bool:
    """Tell whether the person works at this partner."""
    return bool(Member.select().where(Member.account == account_id, Member.partner == partner_id).exists())


def is_member(account_id: int) -> bool:
    """Tell whether the person works at a partner."""
    return bool(Member.select().where(Member.account == account_id).exists())


def super_admins(partner_id: int) -> list[Account]:
    """Return the people who rule a partner: they get its mails."""
    query = Account.select().join(Member).where(Member.partner == partner_id, Member.role == "super-admin")
    return list(query.order_by(Account.id))


def addresses(partner_id: int) -> list[str]:
    """Return the e-mail addresses of everybody who works at a partner."""
    people = Account.select(Account.email).join(Member).where(Member.partner == partner_id).order_by(Account.id)
    return [account.email for account in people]
