"""What happened in the console of the demo's best customer: by its partner, and by its own super administrator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from portal.core.context import Actor, Ctx
from portal.customers.models import Organization
from portal.directory.commands.addresses import add_alias, set_catch_all
from portal.directory.commands.groups import add_group, add_members
from portal.directory.commands.settings import set_tfa
from portal.directory.commands.user_states import suspend_user
from portal.directory.commands.users import edit_user
from portal.directory.models import User
from portal.directory.queries.entrance import entrance, inside
from portal.mailpolicies.commands import add_policy, assign_policy, make_default
from portal.mailpolicies.policy import Rules
from portal.subscriptions.commands import ask_change
from portal.subscriptions.models import Subscription
from portal.subscriptions.policy import Wish

Ago = Callable[[float, Actor], Ctx]


class Console:
    """One organization's console, in which people do things on past days."""

    def __init__(self, ago: Ago, organization: Organization) -> None:
        self._ago, self._organization = ago, organization

    def on(self, days: float, actor: Actor, reason: str = "") -> Ctx:
        """Return the context of somebody who stood in the console so many days ago."""
        found = entrance(actor, self._organization.public_id)
        return replace(self._ago(days, inside(actor, found)), reason=reason)

    def user(self, local: str) -> str:
        email = f"{local}@{self._organization.domain}"
        return str(User.get(User.organization == self._organization, User.email == email).public_id)


def furnish(ago: Ago, organization: Organization, partner: Actor, colleague: Actor, owner: Actor) -> None:
    """Let the partner and the super administrator do what the console then shows."""
    console, domain = Console(ago, organization), str(organization.domain)
    _addresses(console, domain, partner, colleague)
    _policies(console, partner)
    suspend_user(console.on(24, partner, "ลาออกแล้วตามอีเมลวันที่ 3"), console.user("anucha"))
    edit_user(console.on(12, colleague), console.user("emily"), 0, "Emily Sato", "ผู้จัดการฝ่ายขาย", "+66 2 555 0134")
    set_tfa(console.on(6, owner), True, organization.version)
    add_alias(console.on(5, owner), f"sudarat@{domain}", "accounting", domain)
    held = Subscription.get(Subscription.organization == organization)
    ask_change(console.on(1, owner), held.public_id, Wish(licenses=held.licenses + 12), "สาขาเชียงใหม่เปิดเดือนหน้า")


def _addresses(console: Console, domain: str, partner: Actor, colleague: Actor) -> None:
    sales = add_group(console.on(45, partner), "ฝ่ายขาย", "sales", domain, "คำถามจากลูกค้าและใบเสนอราคา")
    add_members(console.on(45, partner), sales.public_id, f"emily@{domain}\ntheeradet@{domain}\nbenjamas@{domain}")
    office = add_group(console.on(44, partner), "สำนักงานกรุงเทพฯ", "bangkok", domain)
    add_members(console.on(44, partner), office.public_id, f"kritsada@{domain}\nsudarat@{domain}\nemily@{domain}")
    add_alias(console.on(38, colleague), f"emily@{domain}", "export", domain)
    add_alias(console.on(38, colleague), f"kritsada@{domain}", "info", domain)
    set_catch_all(console.on(37, colleague), domain, f"kritsada@{domain}")


def _policies(console: Console, partner: Actor) -> None:
    standard = Rules("มาตรฐาน", 25, "internal", True, 1095, blocked=["@spam.example"])
    make_default(console.on(30, partner), add_policy(console.on(30, partner), standard), 0)
    strict = Rules("ฝ่ายขาย", 50, "off", True, 365, allowed=["orders@freight.example"], blocked=["@freight.example"])
    assign_policy(console.on(29, partner), add_policy(console.on(29, partner), strict), "sales@siam.example")
