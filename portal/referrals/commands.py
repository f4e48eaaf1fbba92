"""Recommending the programme: an organization's own code, and those who come by it."""

from __future__ import annotations

from portal.accounts.commands import throttle
from portal.accounts.policy import network_of, normalize_email, normalize_name
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.ids import public_id
from portal.core.locales import DEFAULT
from portal.core.permissions import P
from portal.domains.models import Domain
from portal.domains.policy import normalize
from portal.mail import post
from portal.referrals.models import Referral, ReferralCode
from portal.referrals.policy import TRIES_PER_ADDRESS, TRIES_PER_CODE, WINDOW, Draft, OwnDomain, check
from portal.storage import command


@command(P.REFERRAL_USE)
def open_programme(ctx: Ctx) -> str:
    """Make the code of the actor's organization and return it (S3.16: never the partner). Twice is the same as once."""
    present = ReferralCode.get_or_none(ReferralCode.organization == ctx.actor.organization_id)
    if present:
        return str(present.code)
    row, made = ReferralCode.get_or_create(
        organization=ctx.actor.organization_id, defaults={"code": public_id(), "created_at": ctx.now}
    )
    if made:
        record(ctx, "referral.opened", organization_id=ctx.actor.organization_id)
    return str(row.code)


def receive(
    ctx: Ctx, code: str, company: str, domain: str, contact_name: str, contact_email: str, language: str, address: str
) -> None:
    """Take down an organization that came by `code`, and tell the vendor; nobody else is written to.

    The same domain twice is one recommendation, the first. Whether the portal knows the domain stays unsaid. Raises
    `NotFound` for an unknown code, `TooManyAttempts` for too many from `address`, or a `DomainError` beside its field.
    """
    known = ReferralCode.get_or_none(ReferralCode.code == code)
    if known is None:
        raise NotFound
    draft = Draft(
        normalize_name(company), normalize(domain).ascii, normalize_name(contact_name), normalize_email(contact_email),
        language,
    )
    check(draft)
    throttle(ctx, f"referral:address:{network_of(address)}", TRIES_PER_ADDRESS, WINDOW)
    throttle(ctx, f"referral:code:{code}", TRIES_PER_CODE, WINDOW)
    _take_down(ctx, known.organization_id, draft)


@command(P.PUBLIC)
def _take_down(ctx: Ctx, organization_id: int, draft: Draft) -> None:
    if Domain.select().where(Domain.organization == organization_id, Domain.name == draft.domain).exists():
        raise OwnDomain
    row, new = Referral.get_or_create(
        organization=organization_id, domain=draft.domain,
        defaults={
            "company": draft.company, "contact_name": draft.contact_name, "contact_email": draft.contact_email,
            "language": draft.language, "created_at": ctx.now,
        },
    )
    if new:
        # Without the name: the partner reads the record too, and the referral programme is not for it (S3.16).
        record(ctx, "referral.received", subject=row.public_id, organization_id=organization_id)
        _tell_vendor(ctx, row)


def _tell_vendor(ctx: Ctx, referral: Referral) -> None:
    vendor, by = ctx.programme.vendor, referral.organization
    post(
        ctx, "referral-received", key=f"referral-received:{referral.public_id}", address=vendor.help_email,
        name=vendor.name, language=DEFAULT, company=referral.company, domain=referral.domain,
        contact_name=referral.contact_name, contact_email=referral.contact_email, wanted=referral.language,
        recommender=by.name, recommender_domain=by.domain,
    )
