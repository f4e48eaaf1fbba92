"""Adding customer organizations, one or many."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.accounts.commands import invite
from portal.accounts.models import Account
from portal.accounts.policy import TOKEN_LIFETIME, Purpose, normalize_email, normalize_name
from portal.audit import record
from portal.core.context import Ctx
from portal.core.countries import zone_of
from portal.core.errors import Stale
from portal.core.ids import named_id, public_id, random_token
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.customers.policy import search_text, sort_key
from portal.delegation.commands import grant
from portal.directory.commands.imports import ask, require_lines
from portal.directory.commands.users import enlist
from portal.directory.policy.organizations import (
    IMPORT_MAX_LINES,
    LICENSES_DEFAULT,
    AlreadyAdded,
    DomainTaken,
    Draft,
    faults,
)
from portal.directory.queries.imports import CUSTOMERS, import_job
from portal.domains.models import Domain
from portal.domains.policy import DomainName, normalize
from portal.mail import post
from portal.partners.models import Partner
from portal.storage import command, locked
from portal.subscriptions.commands import start_trial


@command(P.CUSTOMER_ADD)
def add_organization(
    ctx: Ctx, name: str, domain: str, admin_name: str, admin_email: str, language: str, country: str, plan: str,
    licenses: int = LICENSES_DEFAULT, once: str = "",
) -> Organization:
    """Add a customer of the actor's partner and return it (S0.28, S3.1, S2.29).

    The trial begins today, the partner becomes its partner administrator, and the super administrator is invited by
    mail in `language`. `once` names the request: asked again with the same one, the organization of the first time
    comes back and nothing else happens. Raises `DomainError` for the first answer that is wrong, `DomainTaken` and
    `AlreadyAdded`.
    """
    draft = Draft(name, domain, admin_name, admin_email, language, country, plan, licenses)
    # One partner adds one organization at a time: the two questions that follow stay answered until the end.
    partner = locked(Partner.select().where(Partner.id == ctx.actor.partner_id)).get()
    identity = named_id(ctx.secret, "organization", f"{partner.id}:{once}") if once else public_id()
    before = Organization.get_or_none(Organization.public_id == identity)
    if before:
        return before  # type: ignore[no-any-return]
    for fault in faults(draft, ctx.programme):
        raise fault
    return _add(ctx, partner, identity, draft, _free(ctx, partner, draft.domain))


def _free(ctx: Ctx, partner: Partner, typed: str) -> DomainName:
    """Return the domain if this partner may add it."""
    domain = normalize(typed)
    if Organization.select().where(Organization.partner == partner, Organization.domain == domain.ascii).exists():
        raise AlreadyAdded
    if Domain.select().where(Domain.name == domain.ascii, Domain.verified_at.is_null(False)).exists():
        raise DomainTaken(ctx.programme.vendor.help_email)
    return domain


def _add(ctx: Ctx, partner: Partner, identity: str, draft: Draft, domain: DomainName) -> Organization:
    organization = _organization(ctx, partner, identity, draft, domain)
    Domain.create(
        organization=organization, name=domain.ascii, display=domain.display, token=random_token(), created_at=ctx.now
    )
    trial_ends = start_trial(ctx, organization, draft.plan, draft.licenses)
    grant(ctx, organization)
    _invite_super_admin(ctx, organization, domain, trial_ends)
    record(
        ctx, "organization.added", subject=organization.public_id, organization_id=organization.id,
        domain=domain.ascii, plan=draft.plan, licenses=draft.licenses,
    )
    return organization


def _organization(ctx: Ctx, partner: Partner, identity: str, draft: Draft, domain: DomainName) -> Organization:
    name, admin_name = normalize_name(draft.name), normalize_name(draft.admin_name)
    email = normalize_email(draft.admin_email)
    return Organization.create(  # type: ignore[no-any-return]
        public_id=identity, partner=partner, name=name, name_key=sort_key(name), domain=domain.ascii,
        admin_name=admin_name, admin_email=email, language=draft.language, country=draft.country,
        time_zone=zone_of(draft.country), created_at=ctx.now,
        search=search_text(name, domain.ascii, domain.display, admin_name, email),
    )


def _invite_super_admin(ctx: Ctx, organization: Organization, domain: DomainName, trial_ends: date) -> None:
    user = enlist(ctx, organization.id, organization.admin_email, organization.admin_name, "super-admin")
    shown = {"user": user.public_id, "organization": organization.name, "inviter": ctx.actor.partner_name}
    handle = invite(ctx, user.email, user.name, organization.language, shown)
    # Whoever has an account already has chosen a language there, and that one counts.
    language = Account.select(Account.language).where(Account.email == user.email).scalar()
    post(
        ctx, "organization-invitation", key=f"organization-invitation:{user.public_id}", address=user.email,
        name=user.name, language=language, handle=handle, partner=ctx.actor.partner_name,
        organization=organization.name, domain=domain.display, trial_ends=trial_ends.isoformat(),
        country=organization.country, days=TOKEN_LIFETIME[Purpose.INVITATION].days,
    )


@command(P.CUSTOMER_IMPORT)
def ask_check(ctx: Ctx, rows: list[Any], once: str) -> str:
    """Have an uploaded file checked line by line and return the job's public id; nothing is added yet.

    `rows`: pairs of a line number and that line's answers, as `Draft` names them. `once` names the upload.
    """
    require_lines(rows, IMPORT_MAX_LINES)
    return ask(ctx, CUSTOMERS, CUSTOMERS.check, once, partner=ctx.actor.partner_id, rows=rows)


@command(P.CUSTOMER_IMPORT)
def ask_import(ctx: Ctx, check: str) -> str:
    """Have the lines of a finished check added, once, and return the job's public id."""
    if not import_job(ctx.actor, CUSTOMERS, check).may_be_added:
        raise Stale
    return ask(ctx, CUSTOMERS, CUSTOMERS.adding, check, partner=ctx.actor.partner_id, check=check)
