"""Reads about partners and their people."""

from __future__ import annotations

from portal.partners.models import Member


def is_member(account_id: int) -> bool:
    """Tell whether the person works at a partner."""
    return bool(Member.select().where(Member.account == account_id).exists())
