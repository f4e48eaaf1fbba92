"""Helping a user who has lost their second factor, at the word of who answers for them."""

from __future__ import annotations

from portal.accounts.commands.second_factor import needs_proof, reset_second_factor
from portal.accounts.models import Account, Staff
from portal.core.context import Ctx
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.commands.users import note, own_user
from portal.directory.policy.users import NotJoined
from portal.directory.queries.users import verified_domains
from portal.partners.models import Member
from portal.storage import command


class NotYours(DomainError):
    """The account is more than this organization's: taking its second factor away would open other doors, too."""

    def __init__(self) -> None:
        super().__init__(N_("This account is not only your organization's. Ask this person to write to us."))


class OwnFactor(DomainError):
    """One's own second factor is looked after in one's own settings, where the app is asked for."""

    def __init__(self) -> None:
        super().__init__(N_("You change your own second factor in your settings."))


@command(P.TFA_SET)
def reset_factor(ctx: Ctx, user: str) -> None:
    """Take the second factor of a user (public id) away, who has lost it; their sessions end, and they are told.

    S3.9: the super administrator, never the partner. Only where the organization has proved the domain of their
    address, and not for the vendor's staff or people of a partner. Raises `NotFound`, `ProofNeeded`, `NotJoined`,
    `OwnFactor` or `NotYours`.
    """
    row = own_user(ctx, user)
    needs_proof(ctx)
    if row.account_id is None:
        raise NotJoined
    if row.account_id == ctx.actor.account_id:
        raise OwnFactor
    account = Account.get_by_id(row.account_id)
    if account.email.rpartition("@")[2] not in verified_domains(row.organization_id) or _works_elsewhere(account.id):
        raise NotYours
    reset_second_factor(ctx, account, by=row.organization.name)
    note(ctx, "user.second-factor-reset", row)


def _works_elsewhere(account_id: int) -> bool:
    return bool(
        Staff.select().where(Staff.account == account_id).exists()
        or Member.select().where(Member.account == account_id).exists()
    )
