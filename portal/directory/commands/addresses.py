"""An organization's addresses: aliases of its users, and who gets the mail that is for nobody."""

from __future__ import annotations

from typing import Any

from peewee import IntegrityError

from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.commands.forwarding import forwarded_mail_reaches_nobody_more
from portal.directory.commands.holding import hold
from portal.directory.models import Address
from portal.directory.policy.addresses import ALIASES_MAX, AddressTaken, TooManyAliases, local_part
from portal.directory.queries.addresses import owner_name, owners, person
from portal.domains.models import Domain
from portal.storage import command, transaction


@command(P.ADDRESS_EDIT)
@forwarded_mail_reaches_nobody_more
def add_alias(ctx: Ctx, user: str, local: str, domain: str) -> Address:
    """Give a user one more address and return it.

    `user`: an address or the public id; `domain`: a verified one of the organization. Raises a `DomainError` for the
    field that is wrong: `AddressTaken` when the address belongs to somebody, `TooManyAliases` at fifty.
    """
    organization_id = hold(ctx)
    owner = person(organization_id, user)
    text = new_address(organization_id, local, domain)
    if Address.select().where(Address.user == owner, Address.kind == "alias").count() >= ALIASES_MAX:
        raise TooManyAliases(owner.name)
    address = claim(ctx, organization_id, text, kind="alias", user=owner)
    record(
        ctx, "alias.added", subject=address.public_id, organization_id=organization_id, name=text,
        after={"text": text, "user": owner.email},
    )
    return address


@command(P.ADDRESS_EDIT)
@forwarded_mail_reaches_nobody_more
def remove_alias(ctx: Ctx, address: str) -> Address:
    """Take an alias (by its public id) away from its user and return what it was. Raises `NotFound`."""
    organization_id = hold(ctx)
    row: Address | None = Address.get_or_none(
        Address.organization == organization_id, Address.public_id == address, Address.kind == "alias"
    )
    if row is None:
        raise NotFound(address)
    Address.delete().where(Address.id == row.id).execute()
    record(
        ctx, "alias.removed", subject=address, organization_id=organization_id, name=row.text,
        before={"text": row.text, "user": _receiver(row)},
    )
    return row


@command(P.ADDRESS_EDIT)
@forwarded_mail_reaches_nobody_more
def set_catch_all(ctx: Ctx, domain: str, user: str) -> None:
    """Let a user get what is sent to addresses of `domain` that nobody has; the last one who was named does.

    Raises a `DomainError` for the field that is wrong, as `add_alias` does.
    """
    organization_id = hold(ctx)
    receiver = person(organization_id, user)
    text = f"@{_own_domain(organization_id, domain)}"
    row = _catch_all(organization_id, text)
    before = _receiver(row) if row else None
    if before == receiver.email:
        return
    if row:
        Address.update(user=receiver).where(Address.id == row.id).execute()
    else:
        row = claim(ctx, organization_id, text, kind="catch-all", user=receiver)
    record(
        ctx, "catch-all.set", subject=row.public_id, organization_id=organization_id, name=text,
        before={"user": before}, after={"user": receiver.email},
    )


@command(P.ADDRESS_EDIT)
def remove_catch_all(ctx: Ctx, domain: str) -> None:
    """Let mail to unknown addresses of `domain` be refused again; where it is already, nothing happens."""
    organization_id = hold(ctx)
    row = _catch_all(organization_id, f"@{domain}")
    if row is None:
        return
    Address.delete().where(Address.id == row.id).execute()
    record(
        ctx, "catch-all.removed", subject=row.public_id, organization_id=organization_id, name=row.text,
        before={"user": _receiver(row)},
    )


def new_address(organization_id: int, local: str, domain: str) -> str:
    """Return the address as it is stored. Raises a `DomainError` for the field `local` or `domain`."""
    return f"{local_part(local)}@{_own_domain(organization_id, domain)}"


def claim(ctx: Ctx, organization_id: int, text: str, **row: Any) -> Address:
    """Write the row of a new address; raises `AddressTaken` when the organization has it."""
    try:
        with transaction():
            return Address.create(  # type: ignore[no-any-return]
                organization=organization_id, text=text, domain=text.rpartition("@")[2], created_at=ctx.now, **row
            )
    except IntegrityError:
        raise taken(organization_id, text) from None


def taken(organization_id: int, text: str) -> AddressTaken:
    """Return the refusal that names the owner of an address that the organization has."""
    return AddressTaken(text, owner_name(owners(organization_id, [text])[text]))


def _own_domain(organization_id: int, domain: str) -> str:
    """Return the domain if mail for it is the organization's."""
    verified = Domain.verified_at.is_null(False)
    if not Domain.select().where(Domain.organization == organization_id, Domain.name == domain, verified).exists():
        raise DomainError(N_("Choose one of the verified domains of this organization."), "domain")
    return domain


def _catch_all(organization_id: int, text: str) -> Address | None:
    return Address.get_or_none(  # type: ignore[no-any-return]
        Address.organization == organization_id, Address.kind == "catch-all", Address.text == text
    )


def _receiver(address: Address) -> str:
    return str(address.user.email) if address.user else ""
