"""What tests about a partner's team make and ask for."""

from __future__ import annotations

from typing import Any

from lxml import html

from portal.mail.models import Outgoing
from portal.partners.models import Member
from portal.team.commands import change_member, invite_member


def member_of(person: Any, partner: Any = None) -> Member:
    """Return a person's place at a partner, Andina unless told otherwise."""
    return Member.get(Member.account == person.account, Member.partner == (partner or person.cast.andina))


def change(by: Any, member: Member, **wanted: Any) -> None:
    """Change a member as `by` would, who sees what is there now."""
    present = {"role": member.role, "sees": member.sees, "domains": [], "help_center": member.help_center,
               "until": None, "seen": member.version}
    change_member(by.ctx, member.public_id, **{**present, **wanted})


def invited(by: Any, email: str = "new@andina.example", **more: Any) -> Any:
    """Let `by` invite somebody."""
    wanted = {"name": "Somebody New", "language": "th", "role": "sales", "sees": "all", **more}
    return invite_member(by.ctx, email, **wanted)


def mails(event: str) -> list[tuple[str, str]]:
    """Return address and language of the mails of this event, in their order."""
    return [(row.to_address, row.language) for row in Outgoing.select().where(Outgoing.event == event)
            .order_by(Outgoing.id)]


def link_in(message: Any) -> str:
    """Return the path of the one-time link in a mail that was sent."""
    body = message.get_body(("html",)).get_content()
    return str(html.fromstring(body).xpath("//a/@href")[0]).removeprefix("http://portal.test")
