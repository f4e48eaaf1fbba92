"""Linking accounts at identity providers to one's own, and unlinking them."""

from __future__ import annotations

from typing import Any

from portal import audit
from portal.accounts.commands.attempts import count_mail
from portal.accounts.commands.sessions import open_session
from portal.accounts.commands.tokens import issue_token, redeem
from portal.accounts.models import Account, Challenge, Identity, Session
from portal.accounts.policy import (
    TOKEN_LIFETIME,
    LastWayIn,
    Purpose,
    SignOnRefused,
    TokenRefused,
    normalize_email,
)
from portal.accounts.queries import Claim, enters_without, link, pending_claim
from portal.adapters.signon import Person
from portal.core.context import Ctx
from portal.core.errors import NotFound, ProofNeeded
from portal.core.ids import digest, public_id
from portal.core.permissions import P
from portal.mail import post
from portal.storage import command


def identity_of(person: Person) -> Identity | None:
    """Return whom a person at a provider is linked to: by issuer and subject, which never change, and nothing else."""
    return Identity.get_or_none(  # type: ignore[no-any-return]
        Identity.issuer == person.issuer, Identity.subject == person.subject
    )


def check_subject(person: Person, email: str) -> None:
    """Raise `SignOnRefused` if the provider has told us this address before, as that of somebody else.

    Providers give an address that somebody has left to somebody new; what tells them apart is the subject.
    """
    theirs = Identity.select().join(Account).where(
        Identity.issuer == person.issuer, (Identity.email == email) | (Account.email == email)
    )
    if theirs.exists():
        raise SignOnRefused("changed")


def link_identity(ctx: Ctx, account: Account, person: Person) -> Identity:
    """Write the link and its record. Part of other commands."""
    identity = Identity.create(
        account=account.id, provider=person.provider, issuer=person.issuer, subject=person.subject,
        email=normalize_email(person.email)[:254], created_at=ctx.now,
    )
    audit.record(ctx, "account.identity-linked", subject=account.public_id, provider=person.provider)
    return identity  # type: ignore[no-any-return]


@command(P.ACCOUNT_SETTINGS)
def link_claimed(ctx: Ctx, token: str) -> Claim:
    """Link whoever a claim is about to the actor's account, and tell its owner by mail; return the claim.

    Raises `ProofNeeded`, `NotFound` if the claim is used up, too old or about another account, `SignOnRefused`.
    """
    if not ctx.actor.fresh:
        raise ProofNeeded
    claim = pending_claim(ctx, token)
    if claim is None or claim.account_id != ctx.actor.account_id:
        raise NotFound
    if not Challenge.delete().where(Challenge.digest == digest(token)).execute():
        raise NotFound
    check_free(ctx, claim.person)
    account = Account.get_by_id(claim.account_id)
    link_identity(ctx, account, claim.person)
    _tell(ctx, "identity-linked", account, claim.person.provider, claim.person.email)
    return claim


def check_free(ctx: Ctx, person: Person) -> None:
    """Raise `SignOnRefused` unless this person at the provider can be linked to the actor's account."""
    known = identity_of(person)
    if known:
        raise SignOnRefused("linked" if known.account_id == ctx.actor.account_id else "taken")
    if Identity.select().where(Identity.account == ctx.actor.account_id, Identity.issuer == person.issuer).exists():
        raise SignOnRefused("changed")


def check_own(ctx: Ctx, person: Person) -> None:
    """Raise `SignOnRefused` unless this person at the provider is linked to the actor's account."""
    known = identity_of(person)
    if known is None or known.account_id != ctx.actor.account_id:
        raise SignOnRefused("other")


@command(P.ACCOUNT_SETTINGS)
def unlink_identity(ctx: Ctx, identity: str, session: str) -> str:
    """Unlink one of the actor's own, end the other sessions that were opened by a provider; return the provider's code.

    Raises `ProofNeeded`, `NotFound`, or `LastWayIn` when nothing else would let its owner in.
    """
    row = Identity.get_or_none(Identity.public_id == identity, Identity.account == ctx.actor.account_id)
    if row is None:
        raise NotFound
    if not ctx.actor.fresh:
        raise ProofNeeded
    account = Account.get_by_id(row.account_id)
    if not enters_without(ctx, account.id, but=row.id):
        raise LastWayIn
    row.delete_instance()
    Session.delete().where(
        Session.account == account.id, Session.method == "sign-on", Session.digest != digest(session)
    ).execute()
    audit.record(ctx, "account.identity-unlinked", subject=account.public_id, provider=row.provider)
    _tell(ctx, "identity-unlinked", account, row.provider, row.email)
    return str(row.provider)


def _tell(ctx: Ctx, event: str, account: Account, provider: str, identity: str) -> None:
    known = ctx.ports.signon.providers.get(provider)
    post(
        ctx, event, key=f"{event}:{public_id()}", address=account.email, name=account.name, language=account.language,
        provider=known.name if known else provider, identity=identity,
    )


def mail_claim(ctx: Ctx, token: str, address: str) -> Claim:
    """Mail a link to the owner of a claimed account, which works in this browser only; return the claim.

    Raises `NotFound` without a claim, and `TooManyAttempts`.
    """
    claim = pending_claim(ctx, token)
    if claim is None:
        raise NotFound
    count_mail(ctx, "claim", claim.email, address)
    _mail_claim(ctx, claim, digest(token))
    return claim


@command(P.PUBLIC)
def _mail_claim(ctx: Ctx, claim: Claim, claim_digest: str) -> None:
    account = Account.get_by_id(claim.account_id)
    handle = issue_token(ctx, Purpose.CLAIM, account, {"claim": claim_digest})
    known = ctx.ports.signon.providers.get(claim.person.provider)
    post(
        ctx, "claim", key=f"claim:{handle}", address=account.email, name=account.name, language=account.language,
        handle=handle, provider=known.name if known else claim.person.provider,
        minutes=int(TOKEN_LIFETIME[Purpose.CLAIM].total_seconds()) // 60,
    )


def check_claim_link(ctx: Ctx, token: str, claim: str) -> None:
    """Raise `TokenRefused` unless the mailed link is good and belongs to the claim that this browser keeps.

    Otherwise somebody could begin in their own browser and wait for the owner to press the button.
    """
    payload: dict[str, Any] = link(ctx, Purpose.CLAIM, token).payload
    if not claim or payload.get("claim") != digest(claim):
        raise TokenRefused


@command(P.PUBLIC)
def redeem_claim_link(ctx: Ctx, token: str, claim: str, user_agent: str, address: str) -> str:
    """Use the mailed link up in the browser that keeps the claim, and return the token of a session."""
    check_claim_link(ctx, token, claim)
    used = redeem(ctx, Purpose.CLAIM, token)
    return open_session(ctx, used.account.id, user_agent, address, method="link")
