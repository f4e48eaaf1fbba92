"""The demo: a small cast with a known password, their customers in every state, and applications that wait."""

from __future__ import annotations

import base64
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from portal.accounts.models import Account, Staff, Totp
from portal.accounts.passwords import hashed
from portal.accounts.secrets import seal
from portal.adapters.dev_names import DevNames
from portal.applications.commands.drafts import save_draft
from portal.applications.commands.review import ask_applicant
from portal.applications.commands.submission import submit_application
from portal.applications.models import Application
from portal.audit.policy import month_over
from portal.commissions.commands.statements import partners_of_month, send_statement
from portal.core.context import Actor, Ctx
from portal.core.countries import zone_of
from portal.core.permissions import Role
from portal.customers.models import Organization
from portal.delegation.commands import revoke_access
from portal.demo_console import furnish
from portal.demo_help import read_and_answered
from portal.demo_money import Money
from portal.demo_relations import tell as tell_of_relation
from portal.demo_store import Purchase, Store, address, bought_ago
from portal.demo_support import Support
from portal.directory.commands.digest import send_digests
from portal.directory.commands.invitations import join
from portal.directory.commands.organizations import add_organization
from portal.directory.commands.users import enlist
from portal.directory.models import User
from portal.directory.policy.organizations import trial_plans
from portal.domains.commands import ask_check, settle
from portal.domains.models import Domain, DomainCheck
from portal.domains.policy import Finding, Method, Outcome, registrable
from portal.domains.queries import round_key
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.partners.commands import create_partner
from portal.partners.models import Member, Partner
from portal.storage import transaction
from portal.subscriptions.commands import expire_trials, extend_trial, send_reminders
from portal.team.commands import invite_member
from portal.team.commands import join as join_team
from portal.team.models import Invitation

PASSWORD = "demo-portal"
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in; `what` they are is for the table that is printed."""

    email: str
    name: str
    language: str
    country: str
    what: str = ""


ADMIN = Person("partner-admin@andina.example", "Lucía Herrera", "es", "MX", "Andina Cloud, super administrator")
MEMBER = Person("partner-member@andina.example", "Chloé Moreau", "fr", "FR",
                "Andina Cloud, administrator; Other Resale, read-only")
SALES = Person("sales@andina.example", "ปิยะดา วงศ์ทอง", "th", "TH", "Andina Cloud, sales")
BILLING = Person("billing@andina.example", "Mateo Rivas", "es", "MX", "Andina Cloud, billing")
SUPPORT = Person("support@andina.example", "Camille Perrin", "fr", "FR", "Andina Cloud, support of three customers")
SIAM = Person("super-admin@siam.example", "ณัฐกานต์ ศรีสยาม", "th", "TH", "Siam Trading, a customer's super administrator")
STAFF = Person("staff@vendor.example", "Robin Hayes", "en", "US", "the vendor's staff, administrator")
FINANCE = Person("finance@vendor.example", "Noa Lindgren", "en", "US", "the vendor's staff, finance")
AGENT = Person("support@vendor.example", "กานดา เรืองศรี", "th", "TH", "the vendor's staff, support")
LEAD = Person("lead@vendor.example", "Elena Marchetti", "en", "US", "the vendor's staff, lead of support")
OUTSIDER = Person("outsider@other.example", "Morgan Blake", "en", "US", "Other Resale, another partner")
_TASKS = {STAFF.email: "admin", FINANCE.email: "finance", AGENT.email: "support", LEAD.email: "support-lead"}
CAST = (ADMIN, MEMBER, SALES, BILLING, SUPPORT, SIAM, STAFF, FINANCE, AGENT, LEAD, OUTSIDER)
_HELP_CENTER = (ADMIN, MEMBER, SALES, OUTSIDER)  # besides who was given it with their invitation
_WITH_APP = (SIAM, STAFF, FINANCE)  # their second factor is an authenticator app, which /dev/codes stands in for

# How old, in days, each story is when it is told, and how often its trial has been extended since.
_TRIALS = {
    "new": (1, 0), "unverified": (6, 0), "ending": (13, 0), "expired": (19, 0),
    "trial15": (5, 0), "trial30": (20, 1), "trial45": (35, 2), "trial60": (50, 3),
}
_UNVERIFIED = {"new", "unverified"}
_LOOKED_AFTER = ("siam.example", "sonrisas.example", "transbajio.example")  # by the person in support
_OWNER = (Role.PARTNER_SUPER_ADMIN, Role.CONSOLE_PARTNER)
_STAFF_ADMIN = (Role.STAFF, Role.STAFF_ADMIN)
_TRIED = 12  # days before a trial was bought

SIAM_TRADING = {
    "name": "Siam Trading", "domain": "siam.example", "admin_name": SIAM.name, "language": "th", "country": "TH",
    "plan": "2", "licenses": "48", "story": "yearly",
}
# Customers of the other partner, whom nobody at Andina may ever see.
OTHERS = (
    {"name": "Kestrel Freight", "domain": "kestrel.example", "admin_name": "Dana Whitlock", "story": "yearly"},
    {"name": "Maple & Stone", "domain": "maplestone.example", "admin_name": "Jesse Calder", "story": "trial30"},
    {"name": "Orchard Lane School", "domain": "orchardlane.example", "admin_name": "Ruth Abara", "story": "unverified"},
    {"name": "Pelican Print", "domain": "pelican.example", "admin_name": "Sam Okoro", "story": "monthly"},
)
SIAM_USERS = (
    ("กฤษดา พงศ์ไพร", "kritsada", "admin", "active"), ("สุดารัตน์ แก้วใส", "sudarat", "member", "active"),
    ("ธีรเดช อินทร์แก้ว", "theeradet", "member", "active"), ("Emily Sato", "emily", "member", "active"),
    ("เบญจมาศ ทองดี", "benjamas", "member", "invited"), ("อนุชา รักไทย", "anucha", "member", "active"),
)


def fill(ctx: Ctx, names: DevNames | None = None) -> str:
    """Fill the database once and return the table of accounts; a second time changes nothing.

    `names`: the local DNS, in which the zones of domains that wait for verification then exist.
    """
    if Account.select().where(Account.email == ADMIN.email).exists():
        return "The demo data is there already.\n\n" + accounts()
    password = hashed(PASSWORD)
    story = _Story(ctx, password)
    with transaction():
        story.tell()
    with transaction():  # the record, which the monthly mails are about, is written with the story's commit
        story.deliver()
    if names:
        for domain in Domain.select().where(Domain.verified_at.is_null()):
            names.place_zone(registrable(domain.name) or domain.name)
    return "The demo data is ready.\n\n" + accounts()


def accounts() -> str:
    """Return who can sign in, as text for a terminal."""
    rows = [f"  {person.email:31} {person.language}  {person.what}" for person in CAST]
    coded = ", ".join(person.email.partition("@")[0] + "@…" for person in _WITH_APP)
    return "\n".join([*rows, "", f"  Password of all: {PASSWORD}",
                      f"  A code of an authenticator app is asked of {coded}: it stands at /dev/codes"])


def app_secret(email: str) -> str:
    """Return the secret of a demo account's authenticator app: the same on every machine, as the password is."""
    return base64.b32encode(hashlib.sha256(f"authenticator app of the demo: {email}".encode()).digest()[:20]).decode()


def customers() -> list[dict[str, str]]:
    """Return Andina's customers, each with the story that brought it where it is."""
    return [SIAM_TRADING, *_rows("demo_customers.csv")]


def _rows(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


class _Story:
    """Lets the cast do, on the days when they did it, what the pages then show."""

    def __init__(self, ctx: Ctx, password: str) -> None:
        self.now, self.password = ctx, password
        self.partner_of = dict[str, Partner]()
        self.store = Store(self.ago)

    def ago(self, days: float, actor: Actor | None = None) -> Ctx:
        """Return the context of a past day, as the worker or as somebody."""
        return replace(self.now, now=self.now.now - timedelta(days=days), actor=actor or self.now.actor)

    def tell(self) -> None:
        for person in CAST:
            self.account(person)
        andina = self.partner("Andina Cloud", ADMIN)
        self.partner("Other Resale", OUTSIDER)
        Member.create(partner=andina, account=self.row(MEMBER), role="admin", created_at=self.ago(500).now)
        self.partner_of[MEMBER.email] = andina
        for number, values in enumerate(customers()):
            self.customer(ADMIN, number, values)
        for number, values in enumerate(OTHERS):
            self.customer(OUTSIDER, number, {"language": "en", "country": "US", "plan": "1", "licenses": "9", **values})
        self.money()
        self.siam_people()
        self.colleagues()
        self.support()
        read_and_answered(self.ago)
        for values in _rows("demo_applications.csv"):
            self.apply(values)
        while expire_trials(self.now):
            pass

    def money(self) -> None:
        """Let everything be bought, renewed and paid, or not, and what came afterwards."""
        address(self.partner_of[ADMIN.email].id, "Andina Cloud, S.A. de C.V.", "Av. Insurgentes Sur 1602, piso 4",
                "03940", "Ciudad de México", "MX", "ACL150312AB1")
        owner = self.actor(ADMIN, Role.ACCOUNT, *_OWNER)
        staff = self.actor(STAFF, *_STAFF_ADMIN), self.actor(FINANCE, Role.STAFF, Role.STAFF_FINANCE)
        self.store.tell(Money(self.ago, self.partner_of[ADMIN.email], owner, staff, PASSWORD).on)
        other = self.actor(OUTSIDER, Role.ACCOUNT, *_OWNER)
        for purchase in self.store.purchases:
            organization = Organization.get_by_id(purchase.organization.id)
            tell_of_relation(self.ago, purchase.story, organization, owner, other)
            if purchase.story == "ended":
                self.store.end(purchase)
            elif purchase.story == "revoked":
                self.revoke(organization)

    def account(self, person: Person) -> Account:
        then = self.ago(500).now
        account = Account.create(
            email=person.email, name=person.name, language=person.language, country=person.country,
            time_zone=zone_of(person.country), password_hash=self.password, verified_at=then, created_at=then,
        )
        if task := _TASKS.get(person.email):
            Staff.create(account=account, role=task, created_at=then)
        if person in _WITH_APP:
            self.app(account)
        return account  # type: ignore[no-any-return]

    def app(self, account: Account) -> None:
        """Set up an authenticator app, as long ago as the account."""
        then, secret = account.created_at, seal(self.now, app_secret(account.email))
        Totp.create(account=account, secret=secret, confirmed_at=then, created_at=then)
        Account.update(second_factor_at=then).where(Account.id == account.id).execute()

    def row(self, person: Person) -> Account:
        return Account.get(Account.email == person.email)  # type: ignore[no-any-return]

    def actor(self, person: Person, *roles: Role) -> Actor:
        row, partner = self.row(person), self.partner_of.get(person.email)
        return Actor(
            frozenset(roles), row.id, row.name, row.email, row.language, row.country, row.time_zone,
            partner.id if partner else None, partner.name if partner else "",
        )

    def partner(self, name: str, head: Person) -> Partner:
        ctx = self.ago(500, self.actor(STAFF, *_STAFF_ADMIN))
        self.partner_of[head.email] = create_partner(
            ctx, name, "reseller", head.country, head.language, True, self.row(head)
        )
        return self.partner_of[head.email]

    def customer(self, person: Person, number: int, values: dict[str, str]) -> None:
        """Add one customer and let its story happen."""
        actor, story = self.actor(person, *_OWNER), values["story"]
        age, extensions = _TRIALS.get(story, (bought_ago(story, number) + _TRIED, 0))
        plans = trial_plans(self.now.programme)
        added = add_organization(
            self.ago(age, actor), values["name"], values["domain"], values["admin_name"],
            SIAM.email if values is SIAM_TRADING else f"admin@{values['domain']}", values["language"],
            values["country"], plans[min(int(values["plan"]), len(plans)) - 1].code, int(values["licenses"]),
            once=f"demo:{values['domain']}",
        )
        if story not in _UNVERIFIED:
            self.verify(age - 0.5, actor, added)
        self.extend(age, actor, added, extensions)
        if story not in _TRIALS:
            buyer = self.actor(person, *_OWNER)
            self.store.purchases.append(Purchase(bought_ago(story, number), added, number, story, buyer))

    def verify(self, days: float, actor: Actor, organization: Organization) -> None:
        ask_check(self.ago(days, actor), organization.public_id, Method.TXT)
        check = DomainCheck.select().join(Domain).where(Domain.organization == organization).get()
        found = Finding(Outcome.VERIFIED)
        settle(self.ago(days - 0.01), check.domain_id, Method.TXT, round_key(check), found)

    def extend(self, age: int, actor: Actor, organization: Organization, times: int) -> None:
        """Extend a trial on the day before each of its ends."""
        terms = self.now.programme.trial
        for length in list(self.lengths())[:times]:
            assert length < terms.max_days
            extend_trial(self.ago(age - length + 1, actor), organization.public_id, seen=length)

    def lengths(self) -> Iterator[int]:
        terms = self.now.programme.trial
        yield from range(terms.initial_days, terms.max_days, terms.extension_days)

    def revoke(self, organization: Organization) -> None:
        """Let a customer take its partner's access away; what it has bought goes on."""
        owner = Actor(frozenset({Role.CUSTOMER_SUPER_ADMIN}), name=organization.admin_name,
                      organization_id=organization.id)
        revoke_access(self.ago(3, owner))

    def siam_people(self) -> None:
        siam = Organization.get(Organization.domain == SIAM_TRADING["domain"])
        invited = User.get(User.organization == siam)
        join(self.ago(300, self.actor(SIAM)), self.row(SIAM).id, {"user": invited.public_id})
        for name, local, role, state in SIAM_USERS:
            enlist(self.ago(290), siam.id, f"{local}@siam.example", name, role, state=state)
        partner, colleague = (self.actor(person, *_OWNER) for person in (ADMIN, MEMBER))
        furnish(self.ago, Organization.get_by_id(siam.id), partner, colleague, self.actor(SIAM))

    def colleagues(self) -> None:
        """Let Andina's team grow, Other Resale invite one of them too, and somebody not answer yet."""
        self.let_in(ADMIN, SALES, role="sales")
        self.let_in(ADMIN, BILLING, role="billing")
        self.let_in(ADMIN, SUPPORT, role="support", sees="chosen", domains=_LOOKED_AFTER, help_center=True)
        self.let_in(OUTSIDER, MEMBER, role="reader")
        self.invite(2, ADMIN, Person("sofia.duarte@andina.example", "Sofía Duarte", "es", "MX"), role="sales")

    def support(self) -> None:
        """Open the help center to some people, and let them ask and be answered."""
        mine = [self.row(person).id for person in _HELP_CENTER]
        Member.update(help_center=True).where(Member.account.in_(mine)).execute()
        self.partner_of |= dict.fromkeys((SALES.email, SUPPORT.email), self.partner_of[ADMIN.email])
        asks = (Role.ACCOUNT, Role.HELP_CENTER)
        people = {
            "admin": self.actor(ADMIN, *asks, *_OWNER), "member": self.actor(MEMBER, *asks, Role.PARTNER_ADMIN),
            "sales": self.actor(SALES, *asks, Role.PARTNER_SALES), "outsider": self.actor(OUTSIDER, *asks, *_OWNER),
            "support": self.actor(SUPPORT, *asks, Role.PARTNER_SUPPORT),
        }
        agents = (self.actor(AGENT, Role.STAFF, Role.STAFF_SUPPORT),
                  self.actor(LEAD, Role.STAFF, Role.STAFF_SUPPORT_LEAD))
        Support(self.ago, people, agents).tell()

    def let_in(self, head: Person, person: Person, **grant: Any) -> None:
        row = self.invite(200, head, person, **grant)
        join_team(self.ago(199), row.account_id, {"team": row.public_id})

    def invite(self, days: int, head: Person, person: Person, role: str, sees: str = "all", **more: Any) -> Invitation:
        member = Member.get(Member.account == self.row(head), Member.role == "super-admin")
        actor = replace(self.actor(head, *_OWNER), member_id=member.id)
        return invite_member(self.ago(days, actor), person.email, person.name, person.language, role, sees, **more)

    def apply(self, values: dict[str, str]) -> None:
        """Let somebody apply; where the row has a question, the staff has asked it a day later."""
        person = Person(values["email"], values["name"], values["language"], values["country"])
        account, programme, days = self.account(person), self.now.programme, int(values["days"])
        ctx = self.ago(days, self.actor(person, Role.ACCOUNT))
        expertise = next(code for code, each in programme.application.expertises.items() if each.opens_console)
        save_draft(ctx, {**values, "expertise": expertise}, person.language, token="")
        submit_application(ctx, programme.vendor.terms_version, person.language)
        if values["question"]:
            row = Application.get(Application.account == account)
            staff = self.ago(days - 1, self.actor(STAFF, *_STAFF_ADMIN))
            ask_applicant(staff, row.public_id, values["question"], row.version)

    def deliver(self) -> None:
        """Let all mails of the story count as sent long ago: the local mailbox begins with what the visitor does."""
        send_digests(self.now, month_over(self.now.now), after=0, size=1000)
        month = (self.now.today().replace(day=1) - timedelta(days=1)).replace(day=1).isoformat()
        for partner in partners_of_month(self.now, month):
            send_statement(self.now, partner, month)
        for state in ("trial", "paid"):
            send_reminders(self.now, state)
        Outgoing.update(state="sent", sent_at=self.now.now).where(Outgoing.state == "pending").execute()
        Job.delete().where(Job.kind.in_(["mail.send", "domains.check"]), Job.state == "ready").execute()
