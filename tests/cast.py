"""The named cast: who is who in every test, in the demo and in the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Flask

from portal.accounts.commands.second_factor import code_at, step_of
from portal.accounts.models import Account, Session, Staff, Totp
from portal.accounts.secrets import seal
from portal.billing.models import Card
from portal.core.context import Actor, Ctx
from portal.core.folding import fold
from portal.core.ids import digest, random_token
from portal.customers.models import NEVER, Organization
from portal.customers.policy import search_text, sort_key
from portal.delegation.models import Access
from portal.directory.commands.users import enlist
from portal.directory.models import User
from portal.domains.models import Domain
from portal.domains.policy import normalize
from portal.partners.models import Member, Partner
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from portal.web.actors import actor_of
from tests.client import CheckedClient

PASSWORD = "demo-portal"
APP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Person:
    """Someone with an account and a browser."""

    cast: Cast
    account: Account
    token: str

    @property
    def email(self) -> str:
        return str(self.account.email)

    @property
    def partner(self) -> Partner:
        return Partner.get_by_id(self.actor.partner_id)  # type: ignore[no-any-return]

    @property
    def actor(self) -> Actor:
        actor = actor_of(self.token, self.cast.now, self.cast.make_ctx().programme.security)
        assert actor is not None
        return actor

    @property
    def ctx(self) -> Ctx:
        """A context as if this person had just clicked."""
        return self.cast.make_ctx(self.actor)

    def browser(self) -> CheckedClient:
        """A new browser in which this person is signed in."""
        client = self.cast.app.test_client()
        with client.session_transaction() as session:
            session["session"] = self.token
        return client

    @property
    def cookie(self) -> str:
        """What a real browser holds in its session cookie when this person is signed in."""
        app = self.cast.app
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return str(serializer.dumps({"session": self.token}))


class Cast:
    """Creates people and their organizations on first use, so that a test pays for whom it needs."""

    def __init__(self, app: Flask, make_ctx: Any) -> None:
        self.app, self.make_ctx = app, make_ctx
        self._made: dict[str, Any] = {}

    @property
    def now(self) -> Any:
        return self.make_ctx().now

    def _once(self, key: str, make: Any) -> Any:
        if key not in self._made:
            with transaction():
                self._made[key] = make()
        return self._made[key]

    def person(self, email: str, language: str, staff: str = "", **more: Any) -> Person:
        """Somebody with an account; `staff` is their task among the vendor's staff, who have a second factor."""
        def make() -> Person:
            if staff:
                more["second_factor_at"] = self.now
            account = Account.create(
                email=email, name=email.partition("@")[0].replace("-", " ").title(), language=language,
                verified_at=self.now, created_at=self.now, **more,
            )
            if staff:
                Staff.create(account=account, role=staff, created_at=self.now)
            return self.sign_in(account)

        return self._once(email, make)  # type: ignore[no-any-return]

    def sign_in(self, account: Account) -> Person:
        """Sign somebody in who is there already; nothing asks them again who they are."""
        token = random_token()
        Session.create(
            digest=digest(token), account=account, created_at=self.now, seen_at=self.now + timedelta(days=3650),
            expires_at=self.now + timedelta(days=3650), proved_at=self.now + timedelta(days=3650),
        )
        return Person(self, account, token)

    def code_of(self, account: Account) -> str:
        """Return what somebody's authenticator app shows, which was set up if it was not, and not used yet."""
        ctx = self.make_ctx()
        with transaction():
            Totp.delete().where(Totp.account == account).execute()
            Totp.create(account=account, secret=seal(ctx, APP_SECRET), confirmed_at=self.now, created_at=self.now)
            Account.update(second_factor_at=self.now).where(Account.id == account.id).execute()
        return code_at(APP_SECRET, step_of(self.now))

    def returning(self, email: str) -> Person:
        """Somebody who has come in by themselves, in one more browser."""
        return self.sign_in(Account.get(Account.email == email))

    def partner(self, name: str, country: str, language: str, console: bool = True) -> Partner:
        return self._once(f"partner {name}", lambda: Partner.create(  # type: ignore[no-any-return]
            name=name, name_key=fold(name), kind="reseller", console=console, country=country, region="US",
            language=language, created_at=self.now,
        ))

    def member(self, email: str, language: str, partner: Partner, role: str) -> Person:
        person = self.person(email, language)
        self._once(f"member {email}", lambda: Member.create(
            partner=partner, account=person.account, role=role, created_at=self.now
        ))
        return person

    @property
    def andina(self) -> Partner:
        return self.partner("Andina Cloud", "MX", "es")

    @property
    def admin(self) -> Person:
        """Super admin of the partner Andina Cloud; reads Spanish."""
        return self.member("partner-admin@andina.example", "es", self.andina, "super-admin")

    @property
    def colleague(self) -> Person:
        """Administrator of the partner Andina Cloud; reads French."""
        return self.member("partner-member@andina.example", "fr", self.andina, "admin")

    @property
    def outsider(self) -> Person:
        """Super admin of another partner, who must never see anything of Andina's."""
        return self.member("outsider@other.example", "en", self.partner("Other Resale", "US", "en"), "super-admin")

    @property
    def reviewer(self) -> Person:
        """The vendor's staff, an administrator; reads English."""
        return self.person("staff@vendor.example", "en", staff="admin")

    @property
    def newcomer(self) -> Person:
        """A person with an account and nothing else; reads Thai."""
        return self.person("newcomer@siam.example", "th")

    def customer(
        self,
        name: str,
        domain: str,
        *,
        partner: Partner | None = None,
        verified: bool = True,
        standing: str = "paid",
        access: str = "active",
        admin_name: str = "",
        admin_email: str = "",
        country: str = "TH",
        language: str = "th",
        time_zone: str = "Asia/Bangkok",
        plan: str = "workplace-standard",
        licenses: int = 10,
        period: str = "yearly",
        trial_days: int = 15,
        started_on: date | None = None,
        renews_on: date | None = None,
    ) -> Organization:
        """A customer of a partner (Andina's unless told otherwise) with its domain, subscription and access.

        `renews_on` defaults to the end of the trial, or to a year after `started_on` (today).
        """
        spelled = normalize(domain)
        admin = (admin_name or f"{name} Admin", admin_email or f"super-admin@{spelled.ascii}")
        ctx = self.make_ctx()
        started = started_on or ctx.today(time_zone)
        if standing != "ended":
            days = trial_days if standing in {"trial", "expired"} else 365
            renews_on = renews_on or started + timedelta(days=days)
        owner = partner or self.andina
        with transaction():
            row = Organization.create(
                partner=owner, name=name, name_key=sort_key(name), domain=spelled.ascii,
                domain_verified_at=self.now if verified else None, admin_name=admin[0], admin_email=admin[1],
                language=language, country=country, time_zone=time_zone,
                search=search_text(name, spelled.ascii, spelled.display, *admin), standing=standing,
                renews_on=renews_on or NEVER, access=access, created_at=self.now,
            )
            Domain.create(
                organization=row, name=spelled.ascii, display=spelled.display, token=random_token(),
                verified_at=self.now if verified else None, verified_by="txt" if verified else None,
                created_at=self.now,
            )
            subscription = Subscription.create(
                organization=row, service=ctx.programme.plans[plan].service, plan=plan, state=standing,
                licenses=licenses, period=period, currency="USD", unit_price=3600, started_on=started,
                trial_days=trial_days if standing in {"trial", "expired"} else None, renews_on=renews_on,
                period_from=started if standing in {"paid", "suspended"} else None, anchor_day=started.day,
                created_at=self.now,
            )
            row.main_subscription = subscription.id
            row.save(only=[Organization.main_subscription])
            if access != "none":
                Access.create(organization=row, partner=owner, state=access, since=self.now)
        return row

    def card(self, organization: Organization, kind: str = "customer", token: str = "tok", last4: str = "4242",
             exp_year: int = 2030) -> Card:
        """A payment card that an organization pays with from now on: its own, or its partner's (`reseller`)."""
        owner = {"organization": organization} if kind == "customer" else {"partner": organization.partner}
        with transaction():
            card = Card.create(
                **owner, gateway="fake", customer="payer", token=token, brand="visa", last4=last4, exp_month=12,
                exp_year=exp_year, created_at=self.now,
            )
            organization.card_id, organization.card_kind = card.id, kind
            organization.save(only=[Organization.card_id, Organization.card_kind])
        return card  # type: ignore[no-any-return]

    @property
    def siam(self) -> Organization:
        """Siam Trading in Thailand: a customer of Andina's, verified and paid, which Andina may administer."""
        return self._once("siam", lambda: self.customer(  # type: ignore[no-any-return]
            "Siam Trading", "siam.example", admin_name="Super Admin", admin_email="super-admin@siam.example",
        ))

    @property
    def siam_admin(self) -> Person:
        """Super administrator of Siam Trading, who may require a second factor because of having one; reads Thai."""
        person = self.person("super-admin@siam.example", "th", time_zone="Asia/Bangkok", second_factor_at=self.now)
        self._once("siam admin", lambda: self.employ(self.siam, person, "super-admin"))
        return person

    def employ(self, organization: Organization, person: Person, role: str = "member", state: str = "active") -> User:
        """Make somebody with an account a user of a customer."""
        with transaction():
            user = enlist(self.make_ctx(), organization.id, person.email, person.account.name, role, state=state)
            user.account = person.account
            user.save(only=[User.account])
        return user

    def user(self, email: str, name: str = "", role: str = "member", state: str = "active",
             organization: Organization | None = None) -> User:
        """A user of Siam Trading (unless told otherwise) who has no account yet."""
        with transaction():
            words = name or email.partition("@")[0].title()
            return enlist(self.make_ctx(), (organization or self.siam).id, email, words, role, state=state)

    @property
    def siam_manager(self) -> Person:
        """Administrator, not super administrator, of Siam Trading; reads English."""
        person = self.person("manager@siam.example", "en", time_zone="Asia/Bangkok")
        self._once("siam manager", lambda: self.employ(self.siam, person, "admin"))
        return person
