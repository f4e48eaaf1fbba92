"""Reads of subscriptions: customers with what they subscribe to, and what they ask to change."""

from portal.subscriptions.queries.customers import (
    SEARCH_MAX,
    SIZE,
    SORTS,
    STATES,
    Asked,
    Attention,
    Customer,
    Held,
    Plan,
    attention,
    held,
    listed,
    plans_of,
)

__all__ = [
    "SEARCH_MAX",
    "SIZE",
    "SORTS",
    "STATES",
    "Asked",
    "Attention",
    "Customer",
    "Held",
    "Plan",
    "attention",
    "held",
    "listed",
    "plans_of",
]
