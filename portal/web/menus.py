"""The left menu of each audience, and the switch between audiences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import gettext

from portal.core.context import Actor
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.queries.entrance import own_organizations


@dataclass(frozen=True, slots=True)
class Item:
    """One link of a menu."""

    label: str
    url: str
    current: bool
    count: int | None = None
    below: bool = False  # this page is not the link's own, but stands below it


# audience -> (endpoint, label, permission); an entry is shown to those whom its page would let in.
MENUS: dict[str, tuple[tuple[str, str, P], ...]] = {
    "store": (
        ("store.home", N_("Overview"), P.STORE_OPEN),
        ("store.customers", N_("Customers"), P.STORE_OPEN),
        ("store.attach", N_("Attach customer"), P.CUSTOMER_ATTACH),
        ("store.changes", N_("Requested changes"), P.CHANGE_ANSWER),
        ("store.renewals", N_("Renewals"), P.STORE_OPEN),
        ("store.cards", N_("Cards"), P.CARD_CHANGE),
        ("store.invoices", N_("Invoices"), P.STORE_OPEN),
        ("store.overview", N_("Reports"), P.REPORT_READ),
        ("store.commission", N_("Commission"), P.COMMISSION_READ),
        ("store.team", N_("Team"), P.MEMBER_READ),
    ),
    "console": (
        ("console.customers", N_("Manage customers"), P.CONSOLE_OPEN),
        ("console.add_customer", N_("Add customer"), P.CUSTOMER_ADD),
        ("console.import_customers", N_("Import customers"), P.CUSTOMER_IMPORT),
        ("console.payments", N_("Payment reports"), P.REPORT_READ),
    ),
    "organization": (
        ("organization.home", N_("Overview"), P.ORGANIZATION_OPEN),
        ("organization.users", N_("Users"), P.DIRECTORY_READ),
        ("organization.groups", N_("Groups"), P.DIRECTORY_READ),
        ("organization.aliases", N_("Aliases"), P.DIRECTORY_READ),
        ("organization.mail_policies", N_("Mail policies"), P.DIRECTORY_READ),
        ("organization.domains", N_("Domains"), P.DIRECTORY_READ),
        ("organization.subscription", N_("Subscription"), P.SUBSCRIPTION_READ),
        ("organization.invoices", N_("Invoices"), P.SUBSCRIPTION_READ),
        ("organization.partner", N_("Your partner"), P.DIRECTORY_READ),
        ("organization.record", N_("Record"), P.RECORD_READ),
        ("organization.requests", N_("Requests"), P.ORGANIZATION_OPEN),
        ("organization.backups", N_("Back-ups"), P.USER_BACK_UP),
        ("organization.referrals", N_("Referral programme"), P.REFERRAL_USE),
        ("organization.settings", N_("Settings"), P.DIRECTORY_READ),
        ("organization.privacy", N_("Data"), P.ORGANIZATION_EXPORT),
    ),
    "support": (
        ("support.requests", N_("Requests"), P.SUPPORT_OPEN),
        ("support.add_ticket", N_("Add ticket"), P.SUPPORT_OPEN),
        ("support.attainment", N_("Service level"), P.SUPPORT_OPEN),
        ("support.channels", N_("Contact channels"), P.SUPPORT_READ),
    ),
    "desk": (
        ("desk.applications", N_("Applications"), P.APPLICATION_READ),
        ("desk.referrals", N_("Recommendations"), P.REFERRAL_READ),
        ("desk.tickets", N_("Tickets"), P.TICKET_WORK),
        ("desk.agent", N_("Support profile"), P.TICKET_WORK),
        ("desk.partners", N_("Partners"), P.FINANCE_READ),
        ("desk.payouts", N_("Payouts"), P.FINANCE_READ),
        ("desk.invoices", N_("Invoices"), P.FINANCE_READ),
        ("desk.refund_requests", N_("Refunds to approve"), P.FINANCE_READ),
        ("desk.received_mails", N_("Received mail"), P.TICKET_WORK),
        ("desk.attainment", N_("Service level"), P.SUPPORT_REPORT),
        ("desk.disputes", N_("Disputes"), P.RELATION_READ),
        ("desk.rules", N_("Support rules"), P.SUPPORT_DIRECT),
        ("desk.help", N_("Help articles"), P.HELP_STAFF_READ),
        ("desk.staff", N_("Staff"), P.STAFF_EDIT),
        ("desk.retention", N_("Retention"), P.DATA_KEEP),
        ("desk.own_place", N_("Your task"), P.DESK_OPEN),
    ),
    "account": (
        ("account.settings", N_("Settings"), P.ACCOUNT_SETTINGS),
        ("account.sessions", N_("Sessions"), P.ACCOUNT_SETTINGS),
        ("account.second_factor", N_("Second factor"), P.ACCOUNT_SETTINGS),
        ("account.identities", N_("Sign-in services"), P.ACCOUNT_SETTINGS),
        ("account.privacy", N_("Your data"), P.ACCOUNT_SETTINGS),
        ("account.area", N_("My area"), P.SUPPORT_READ),
    ),
    "dev": (("dev.mail", N_("Local mailbox"), P.PUBLIC), ("dev.dns", N_("Local DNS"), P.PUBLIC),
            ("dev.codes", N_("Local authenticator"), P.PUBLIC)),
}
AUDIENCES = (
    ("store", "store.home", N_("Partner Store"), P.STORE_OPEN),
    ("console", "console.customers", N_("Partner Console"), P.CONSOLE_OPEN),
    ("support", "support.requests", N_("Partner Support"), P.SUPPORT_OPEN),
    ("desk", "desk.home", N_("Desk"), P.DESK_OPEN),
)


def menu(audience: str, actor: Actor) -> list[Item]:
    """Return the menu of an audience for this person; public pages have none."""
    values = {"organization": (request.view_args or {}).get("organization")} if audience == "organization" else {}
    entries = [(gettext(label), url_for(endpoint, **values), endpoint)
               for endpoint, label, permission in MENUS.get(audience, ())
               if actor.can(permission) and actor.can(_asked_by(endpoint))]
    here = max((url for _label, url, _endpoint in entries if _leads_to(url)), key=len, default=None)
    return [Item(label, url, url == here, below=request.endpoint != endpoint) for label, url, endpoint in entries]


def _asked_by(endpoint: str) -> P:
    """Return what the page itself asks, where the menu asks for more than that."""
    view: Any = current_app.view_functions[endpoint]
    permission: P = view.permission
    return permission


def help_center(actor: Actor) -> str | None:
    """Return where the link at the lower right leads (S4.28): to Partner Support for whom its help center is open to,
    to the general one (S4.31) for others who work at a partner, nowhere for everybody else.
    """
    person = g.get("visitor", actor)
    if person.can(P.SUPPORT_OPEN):
        return url_for("support.requests")
    return url_for("account.area") if person.can(P.SUPPORT_READ) else None


def _leads_to(url: str) -> bool:
    """Tell whether this page is the menu's one, or below it: the user's page below the list of users."""
    return request.path == url or request.path.startswith(f"{url}/")


def contexts(audience: str, actor: Actor) -> list[Item]:
    """Return the parts of the portal that this person may enter."""
    # Inside an organization's console the actor has that one role; the way out stays the person's own.
    person = g.get("visitor", actor)
    items = [
        Item(gettext(label), url_for(endpoint), audience == name)
        for name, endpoint, label, permission in AUDIENCES
        if person.can(permission)
    ]
    here = (request.view_args or {}).get("organization")
    return items + [
        Item(name, url_for("organization.home", organization=public_id), public_id == here)
        for public_id, name in _own_organizations(person)
    ]


def _own_organizations(person: Actor) -> list[tuple[str, str]]:
    """Return the organizations that a person administers; those who have none are spared the question."""
    return own_organizations(person.account_id) if person.administers and not person.unsecured else []
