"""Fills a database with many customers of one partner, or with many users of one, and signs that partner in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from portal.accounts.models import Account, Session
from portal.audit.models import Event
from portal.core.ids import digest
from portal.customers.models import Organization
from portal.customers.policy import search_text, sort_key
from portal.delegation.models import Access
from portal.directory.commands.users import user_search
from portal.directory.models import Address, Group, GroupMember, User
from portal.partners.models import Member, Partner
from portal.storage import Table, database, transaction
from portal.storage.bulk import counted
from portal.subscriptions.models import Subscription

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOKEN = "bench"
_STANDINGS = ("paid", "paid", "paid", "trial", "expired")
_GROUPS = 60
_NAMES = ("Comercial Andina", "Siam Trading", "Boulangerie Lumière", "Northwind", "บริษัท สยาม")


def fill(count: int) -> None:
    """Create a partner with `count` customers, each with a subscription and active access."""
    owner = partner()
    with transaction():
        insert(Organization, count, lambda n: organization(n, owner.id))
        insert(Subscription, count, subscription)
        insert(Access, count, lambda n: {"organization": n, "partner": owner.id, "state": "active", "since": NOW})
    counted()


def fill_organization(users: int) -> None:
    """Create one customer with `users` people, two addresses each, groups (one of everybody), and as many acts."""
    fill(1)
    with transaction():
        insert(User, users, _user)
        insert(Address, users, lambda n: _address(n, "user", f"user-{n}"))
        insert(Address, users, lambda n: _address(n, "alias", f"alias-{n}"))
        insert(Group, _GROUPS, _group)
        insert(Address, _GROUPS, lambda n: {**_address(n, "group", f"group-{n}"), "user": None, "group": n})
        insert(GroupMember, users, lambda n: {"group": 1, "user": n})
        insert(GroupMember, users, lambda n: {"group": n % (_GROUPS - 1) + 2, "user": n})
        Group.update(size=users).where(Group.id == 1).execute()
        insert(Event, users, _act)
        Organization.update(users=users).execute()
        Subscription.update(licenses=users + 10).execute()
    counted()


def _user(n: int) -> dict[str, Any]:
    name, email = f"{_NAMES[n % 5]} {n * 7919 % 1_000_003}", f"user-{n}@customer-1.example"
    return {
        "id": n, "public_id": f"u{n}", "organization": 1, "email": email, "name": name, "name_key": sort_key(name),
        "role": "super-admin" if n == 1 else "admin" if n % 50 == 0 else "member",
        "state": "suspended" if n % 20 == 0 else "active", "title": "", "phone": "",
        "search": user_search(name, email, ""), "version": 0, "created_at": NOW,
    }


def _address(n: int, kind: str, local: str) -> dict[str, Any]:
    return {
        "public_id": f"{kind}{n}", "organization": 1, "text": f"{local}@customer-1.example",
        "domain": "customer-1.example", "kind": kind, "user": n, "created_at": NOW,
    }


def _group(n: int) -> dict[str, Any]:
    name = f"Group {n}"
    return {"id": n, "public_id": f"g{n}", "organization": 1, "name": name, "name_key": sort_key(name),
            "description": "", "size": 0, "version": 0, "created_at": NOW}


def _act(n: int) -> dict[str, Any]:
    return {
        "chain": 1, "position": n, "hash": "", "at": NOW, "verb": "user.edited",
        "side": "partner" if n % 2 else "organization", "actor_id": 1, "actor_name": "Bench",
        "partner_id": 1 if n % 2 else None, "partner_name": "Bench" if n % 2 else "", "organization_id": 1,
        "subject": f"u{n}", "name": f"User {n}", "reason": "", "detail": {"before": {"title": ""}},
    }


def partner() -> Partner:
    with transaction():
        account = Account.create(email="bench@partner.example", name="Bench", verified_at=NOW, created_at=NOW)
        partner = Partner.create(
            name="Bench", kind="reseller", console=True, country="US", region="US", language="en", created_at=NOW
        )
        Member.create(partner=partner, account=account, role="super-admin", created_at=NOW)
        Session.create(
            digest=digest(TOKEN), account=account, created_at=NOW, seen_at=NOW, expires_at=NOW + timedelta(days=400)
        )
    return partner


def organization(n: int, partner: int) -> dict[str, Any]:
    name, domain = f"{_NAMES[n % 5]} {n * 7919 % 1_000_003}", f"customer-{n}.example"
    email = f"admin@{domain}"
    return {
        "id": n, "public_id": f"c{n}", "partner": partner, "name": name, "name_key": sort_key(name), "domain": domain,
        "domain_verified_at": NOW if n % 10 else None, "admin_name": f"Person {n}", "admin_email": email,
        "language": "en", "country": "US", "time_zone": "UTC",
        "search": search_text(name, domain, domain, f"Person {n}", email), "main_subscription": n,
        "standing": _STANDINGS[n % 5], "renews_on": _renewal(n), "access": "active", "version": 0, "created_at": NOW,
    }


def subscription(n: int) -> dict[str, Any]:
    standing = _STANDINGS[n % 5]
    return {
        "id": n, "public_id": f"s{n}", "organization": n, "service": "workplace", "plan": "workplace-standard",
        "state": standing, "licenses": n % 90 + 5, "period": "yearly" if n % 2 else "monthly", "currency": "USD",
        "unit_price": 300, "started_on": date(2026, 2, 20), "trial_days": 30 if standing == "trial" else None,
        "renews_on": _renewal(n), "version": 0, "created_at": NOW,
    }


def _renewal(n: int) -> date:
    return date(2026, 3, 10) + timedelta(days=n % 360)


def insert(table: type[Table], count: int, row: Callable[[int], dict[str, Any]]) -> None:
    """Insert by the driver's executemany: through the ORM a million rows take ten times as long."""
    fields = [field for field in table._meta.sorted_fields if field.name in row(1)]
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    marks = ", ".join("?" * len(fields))
    sql = f'INSERT INTO "{table._meta.table_name}" ({columns}) VALUES ({marks})'
    database.cursor().executemany(sql, _values(fields, count, row))


def _values(fields: list[Any], count: int, row: Callable[[int], dict[str, Any]]) -> Iterator[list[Any]]:
    for n in range(1, count + 1):
        values = row(n)
        yield [field.db_value(values[field.name]) for field in fields]
