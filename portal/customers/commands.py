"""Keeps what customers are sorted and found by in step; part of every command that changes a name."""

from __future__ import annotations

from portal.customers.models import Organization
from portal.customers.policy import search_text, sort_key, spelled


def reindex(organization_id: int) -> None:
    """Bring what an organization is sorted and found by in step with its name, domain and super administrator."""
    row = Organization.get_by_id(organization_id)
    found_by = search_text(row.name, row.domain, spelled(row.domain), row.admin_name, row.admin_email)
    changed = Organization.update(name_key=sort_key(row.name), search=found_by)
    changed.where(Organization.id == organization_id).execute()
