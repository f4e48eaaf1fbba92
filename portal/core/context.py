"""Who asks, when, and with which ports: handed to every command, job and query instead of globals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from portal.core.errors import Forbidden, ProofNeeded
from portal.core.permissions import STEP_UP, P, Role, granted

if TYPE_CHECKING:
    from portal.adapters.cards import Gateway
    from portal.adapters.dns import Dns
    from portal.adapters.imap import Inbox
    from portal.adapters.mailer import Mailer
    from portal.adapters.signon import SignOn
    from portal.adapters.web_fetch import WebFetch
    from portal.programme.schema import Programme


_OWN = frozenset({Role.CUSTOMER_MEMBER, Role.CUSTOMER_ADMIN, Role.CUSTOMER_SUPER_ADMIN})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person works: at a partner, or on the vendor's staff. `key` is what a session keeps of their choice."""

    key: str
    name: str  # of the partner; empty for the staff


@dataclass(frozen=True, slots=True)
class Actor:
    """The person (or the worker) behind a request, rebuilt from the database each time.

    A person who works in several `places` acts in one at a time. `fresh`: they have proved a short while ago that it is
    them. `unsecured`: they must set up a second factor first, and hold no role but ACCOUNT until then.
    """

    roles: frozenset[Role] = frozenset()
    account_id: int | None = None
    name: str = ""
    email: str = ""
    language: str = "en"
    country: str = ""
    time_zone: str = "UTC"
    partner_id: int | None = None
    partner_name: str = ""
    organization_id: int | None = None
    member_id: int | None = None  # their place in the partner
    partner_since: datetime | None = None  # of a partner that is suspended or terminated: since when, and why
    partner_reason: str = ""
    calendar: str = ""  # the era that they want years in; empty: as usual in their language
    place: str = ""  # the key of the one they act in
    places: tuple[Place, ...] = ()
    administers: bool = False  # whether they have organizations of their own to enter
    fresh: bool = True
    unsecured: bool = False
    permissions: frozenset[P] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "permissions", granted(self.roles))

    def can(self, permission: P) -> bool:
        """Tell whether the table grants `permission` to one of the actor's roles."""
        return permission in self.permissions

    def require(self, permission: P) -> None:
        """Raise `Forbidden` unless the actor may, and `ProofNeeded` if they must prove first who they are."""
        if permission not in self.permissions:
            raise Forbidden(permission)
        if permission in STEP_UP and not self.fresh:
            raise ProofNeeded(permission)

    @property
    def side(self) -> str:
        """Whose side the actor is on at this moment, as the record tells it."""
        sides = (("organization", _OWN), ("partner", {Role.ON_BEHALF}), ("portal", {Role.WORKER}),
                 ("staff", {Role.STAFF}))
        found = (side for side, roles in sides if self.roles & roles)
        return next(found, "partner" if self.partner_id else "person")

    @property
    def sees_all(self) -> bool:
        """Whether the actor sees all customers of their partner, not only chosen ones."""
        return Role.CHOSEN_CUSTOMERS not in self.roles

    @property
    def signed_in(self) -> bool:
        return self.account_id is not None


ANYONE = Actor()
WORKER = Actor(roles=frozenset({Role.WORKER}), name="portal")


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world, one attribute per thing that can be slow, down or lying."""

    dns: Dns
    web: WebFetch
    mailer: Mailer
    cards: Gateway
    signon: SignOn
    inbox: Inbox | None = None  # the folder that mails are fetched from, if there is one


@dataclass(frozen=True, slots=True)
class MailIn:
    """What is known of the mail server in front: the name that it signs its findings with, and what comes to us.

    From `addresses`, no person writes: they are the portal's.
    """

    authserv_id: str = ""
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ctx:
    """Everything a command may know besides its arguments. `now` is aware and in UTC."""

    actor: Actor
    now: datetime
    programme: Programme
    ports: Ports
    secret: str
    base_url: str
    reason: str = ""  # why, in the actor's own words, for the record
    mail_in: MailIn = MailIn()

    def today(self, time_zone: str = "UTC") -> date:
        """Return the calendar day it is in `time_zone`: trials and due dates are days, not instants."""
        return self.now.astimezone(ZoneInfo(time_zone)).date()
