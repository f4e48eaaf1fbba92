"""Fills a database with many payments of one partner, and asks the same questions in plain SQL."""

from __future__ import annotations

from datetime import date
from typing import Any

from bench.data import NOW, insert, organization, partner, subscription
from portal.billing.models import Card
from portal.customers.models import Organization
from portal.storage import database, transaction
from portal.storage.bulk import counted
from portal.subscriptions.models import Subscription

DAYS = 3 * 365
EACH = 40  # payments of a customer
SINCE = date(2025, 4, 1)  # what the pages show by themselves: the last twelve months
UNTIL = NOW.date()

# What the overview shows, and the sums above the list, added up from the payments themselves.
OVERVIEW = f"""
SELECT substr(on_day, 1, 7), currency, service, card_kind, state, count(*), sum(amount), sum(net)
FROM billing_charge WHERE partner_id = 1 AND on_day BETWEEN '{SINCE}' AND '{UNTIL}' GROUP BY 1, 2, 3, 4, 5"""
SUMS = f"""
SELECT currency, state, count(*), sum(amount), sum(net)
FROM billing_charge WHERE partner_id = 1 AND on_day BETWEEN '{SINCE}' AND '{UNTIL}' GROUP BY 1, 2"""

# One row per payment: they come one after the other, and what they are about looks like chance.
_SOURCE = """
CREATE TEMP TABLE pay AS
WITH RECURSIVE seq(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM seq WHERE n < {count}),
     chance AS (SELECT n, n * 2654435761 % 4294967296 AS a, n * 40503 * 7 % 1000003 AS b FROM seq)
SELECT n, n % {customers} + 1 AS customer, date('{until}', '-' || ({days} - 1 - (n - 1) * {days} / {count}) || ' days')
       AS day, 1000 + a % 90000 AS net, (1000 + a % 90000) / 5 AS tax,
       CASE WHEN a / 7 % 4 < 2 THEN 'workplace' WHEN a / 7 % 4 = 2 THEN 'mail' ELSE 'sites' END AS service,
       CASE WHEN b % 3 = 0 THEN 'reseller' ELSE 'customer' END AS kind,
       CASE WHEN b / 3 % 4 = 0 THEN 'EUR' ELSE 'USD' END AS currency,
       CASE WHEN b / 17 % 20 = 0 THEN 'declined' ELSE 'succeeded' END AS state
FROM chance"""
_TABLES = (
    """INSERT INTO invoice (id, public_id, entity, number, code, kind, reason, organization_id, partner_id,
        subscription_id, service, card_kind, issuer, recipient, language, country, issued_on, issued_at, due_on,
        currency, net, tax_rate, tax_note, tax, total, commission_base, commission, commission_rate, commission_tier,
        paid, credited, state, tries)
    SELECT n, 'i' || n, 'us', n, 'US-' || n, 'invoice', '', customer, 1, customer, service, kind, '{{}}', '{{}}', 'en',
        'US', day, '{now}', day, currency, net, 2000, '', tax, net + tax, net, tax, 2000, 'silver', net + tax, 0,
        'paid', 1 FROM pay""",
    """INSERT INTO billing_charge (id, public_id, key, invoice_id, organization_id, partner_id, card_id, service,
        card_kind, amount, net, currency, state, reference, decline_code, action_url, refunded, on_day, created_at,
        settled_at)
    SELECT n, 'p' || n, 'p' || n, n, customer, 1, customer, service, kind, net + tax, net, currency, state, 'r' || n,
        '', '', 0, day, '{now}', '{now}' FROM pay""",
    """INSERT INTO billing_refund (id, public_id, key, charge_id, partner_id, invoice_id, amount, currency, state,
        fault, reason, asked_by_name, on_day, created_at, settled_at)
    SELECT n, 'b' || n, 'b' || n, n, 1, n, net + tax, currency, 'succeeded', '', '', '', day, '{now}', '{now}'
        FROM pay WHERE n % 100 = 0""",
    """INSERT INTO billing_day (partner_id, on_day, service, card_kind, state, currency, count, amount, net, commission)
    SELECT 1, day, service, kind, state, currency, count(*), sum(net + tax), sum(net),
        sum(CASE WHEN state = 'succeeded' THEN tax ELSE 0 END) FROM pay GROUP BY 2, 3, 4, 5, 6
    UNION ALL SELECT 1, day, service, kind, 'refunded', currency, count(*), sum(net + tax), sum(net), 0
        FROM pay WHERE n % 100 = 0 GROUP BY 2, 3, 4, 5, 6""",
    """INSERT INTO billing_month (partner_id, on_day, service, card_kind, state, currency, count, amount, net,
        commission)
    SELECT partner_id, date(on_day, 'start of month'), service, card_kind, state, currency, sum(count), sum(amount),
        sum(net), sum(commission) FROM billing_day GROUP BY 2, 3, 4, 5, 6""",
)


def fill_payments(count: int) -> None:
    """Create a partner's customers and `count` payments of three years, with their invoices, refunds and totals."""
    customers = max(1, count // EACH)
    owner = partner().id
    with transaction():
        insert(Organization, customers, lambda n: organization(n, owner))
        insert(Subscription, customers, subscription)
        insert(Card, customers, lambda n: _card(n, owner))
        values = {"count": count, "customers": customers, "days": DAYS, "until": UNTIL, "now": f"{NOW:%Y-%m-%d %H:%M}"}
        for statement in (_SOURCE, *_TABLES):
            database.execute_sql(statement.format(**values))
    counted()


def _card(n: int, owner: int) -> dict[str, Any]:
    return {"id": n, "public_id": f"k{n}", "partner": owner, "organization": None, "gateway": "fake", "customer": "x",
            "token": f"t{n}", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030, "state": "active",
            "created_at": NOW}
