"""Signing in at an identity provider: the question, its one answer, and whose account that opens (S0.20)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from portal import audit
from portal.accounts.commands.attempts import throttle
from portal.accounts.commands.identities import check_subject, identity_of, link_identity
from portal.accounts.commands.sessions import end_sessions, open_session
from portal.accounts.models import Account, Challenge, Identity, OneTimeToken, Session, Staff
from portal.accounts.policy import (
    CLAIM_LIFETIME,
    QUESTION_LIFETIME,
    SIGN_ON_ADDRESS,
    Purpose,
    SignOnRefused,
    network_of,
    normalize_name,
    vouched_email,
)
from portal.accounts.secrets import seal, unseal
from portal.adapters.signon import AnswerRefused, Person
from portal.core.context import Ctx
from portal.core.errors import ProofNeeded
from portal.core.ids import digest, random_token
from portal.core.permissions import P
from portal.storage import command


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody goes to a provider for: to `enter`, to `link` it to their account, or to `prove` who they are.

    `onward` is the page that they want to see in the end, `language` that of the page they left.
    """

    purpose: str
    onward: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question that a provider's answer belongs to."""

    provider: str
    errand: Errand
    account_id: int | None  # whose errand it is; none for somebody who wants to enter
    kept: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrived:
    """The token of a new session, or of a claim: somebody must prove first that an account is theirs."""

    session: str | None = None
    claim: str | None = None


def ask(ctx: Ctx, provider: str, return_url: str, browser: str, errand: Errand, address: str) -> str:
    """Begin at a provider and return the address to send the browser to; `browser` is the token that it keeps.

    Asks the provider, so call it outside transactions. Raises `TooManyAttempts`, `ProviderDown`; who links or proves
    must be signed in, and who links must have proved lately that it is them.
    """
    if errand.purpose != "enter":
        ctx.actor.require(P.ACCOUNT_SETTINGS)
    if errand.purpose == "link" and not ctx.actor.fresh:
        raise ProofNeeded
    limit = SIGN_ON_ADDRESS
    throttle(ctx, f"sign-on:address:{network_of(address)}", limit.tries, limit.window)
    url, kept = ctx.ports.signon.begin(provider, return_url, again=errand.purpose == "prove")
    _keep(ctx, provider, browser, errand, kept)
    return url


@command(P.PUBLIC)
def _keep(ctx: Ctx, provider: str, browser: str, errand: Errand, kept: Mapping[str, Any]) -> None:
    Challenge.create(
        digest=_bound(browser, kept["state"]), kind="sign-on",
        account=None if errand.purpose == "enter" else ctx.actor.account_id,
        payload={"provider": provider, "errand": asdict(errand), "kept": seal(ctx, json.dumps(kept))},
        created_at=ctx.now, expires_at=ctx.now + QUESTION_LIFETIME,
    )


def _bound(browser: str, state: str) -> str:
    """Return by what a question is found again: in the browser that asked it, with the state that came back."""
    return digest(f"{browser}:{state}")


@command(P.PUBLIC)
def take(ctx: Ctx, browser: str | None, state: str) -> Question:
    """Return the question that this browser asked with this state, once.

    Raises `AnswerRefused`: `state` if there is none (it was answered, or asked in another browser or by nobody),
    `expired` if it is too old.
    """
    mine = (Challenge.digest == _bound(browser or "", state)) & (Challenge.kind == "sign-on")
    row = next(iter(Challenge.delete().where(mine).returning(Challenge).execute()), None)
    if row is None or not browser:
        raise AnswerRefused("state")
    if row.expires_at <= ctx.now:
        raise AnswerRefused("expired")
    kept = json.loads(unseal(ctx, row.payload["kept"]))
    return Question(row.payload["provider"], Errand(**row.payload["errand"]), row.account_id, kept)


def answered(ctx: Ctx, question: Question, provider: str, return_url: str, answer: Mapping[str, str]) -> Person:
    """Return who has come back to be asked for by `provider`. Raises `AnswerRefused`, `ProviderDown`.

    Asks the provider, so call it outside transactions. An answer that comes to another provider's address is refused
    before any code of one is shown to the other.
    """
    if provider != question.provider:
        raise AnswerRefused("issuer")
    if question.account_id not in (None, ctx.actor.account_id):
        raise AnswerRefused("state")
    return ctx.ports.signon.finish(provider, return_url, question.kept, answer)


@command(P.PUBLIC)
def arrive(ctx: Ctx, person: Person, errand: Errand, user_agent: str, address: str) -> Arrived:
    """Let a person in whose account at the provider is linked, or who is new here; raise `SignOnRefused` otherwise.

    An account that is there already is never opened, and never linked, by its address alone: whoever comes must prove
    that it is theirs (decision 0021).
    """
    known = identity_of(person)
    account = known.account if known else None
    if account is None:
        email = vouched_email(person.email, person.email_verified)
        check_subject(person, email)
        account = Account.get_or_none(Account.email == email)
        if account and account.verified_at and not account.erased_at:
            return Arrived(claim=_claim(ctx, account.id, person, errand.onward))
        account = _welcome(ctx, account, email, person, errand.language)
        link_identity(ctx, account, person)
    if account.erased_at:
        raise SignOnRefused("closed")
    return Arrived(session=_open(ctx, account, person, user_agent, address))


def _open(ctx: Ctx, account: Account, person: Person, user_agent: str, address: str) -> str:
    """Open a session. It does not count as a proof: the provider may know the browser for weeks."""
    Identity.update(used_at=ctx.now, email=person.email[:254]).where(
        Identity.issuer == person.issuer, Identity.subject == person.subject
    ).execute()
    token = open_session(ctx, account.id, user_agent, address, method="sign-on")
    Session.update(proved_at=None).where(Session.digest == digest(token)).execute()
    return token


@command(P.ACCOUNT_SETTINGS)
def keep_claim(ctx: Ctx, person: Person, onward: str | None) -> str:
    """Remember whom the actor wants to link until they have seen who it is; return the token that the browser keeps."""
    assert ctx.actor.account_id
    return _claim(ctx, ctx.actor.account_id, person, onward)


def _claim(ctx: Ctx, account_id: int, person: Person, onward: str | None) -> str:
    token = random_token()
    Challenge.create(
        digest=digest(token), kind="sign-on", account=account_id, created_at=ctx.now,
        expires_at=ctx.now + CLAIM_LIFETIME, payload={"claim": asdict(person), "onward": onward},
    )
    return token


def _welcome(ctx: Ctx, account: Account | None, email: str, person: Person, language: str) -> Account:
    """Return the confirmed account of somebody new."""
    if account is None:
        account = _created(ctx, email, person, language)
    elif account.erased_at is None:
        _check_uninvited(account)
        _take_over(ctx, account, person, language)
    audit.record(ctx, "account.verified", subject=account.public_id)
    return account


def _created(ctx: Ctx, email: str, person: Person, language: str) -> Account:
    return Account.create(  # type: ignore[no-any-return]
        email=email, name=_name(person, email), language=language, verified_at=ctx.now, created_at=ctx.now
    )


def _check_uninvited(account: Account) -> None:
    """Raise `SignOnRefused` for somebody whom a task among the staff awaits: only the invitation's link gives it."""
    if Staff.select().where(Staff.account == account.id).exists():
        raise SignOnRefused("invited")


def _take_over(ctx: Ctx, account: Account, person: Person, language: str) -> None:
    """Give an unconfirmed account to whose mailbox it is; what a stranger may have chosen for it counts for nothing."""
    invited = account.name if account.password_hash is None else ""
    account.name = _name(person, invited or account.email)
    account.password_hash, account.verified_at, account.language = None, ctx.now, language
    account.save(only=[Account.name, Account.password_hash, Account.verified_at, Account.language])
    end_sessions(account.id)
    OneTimeToken.delete().where(
        OneTimeToken.account == account.id, OneTimeToken.purpose != Purpose.INVITATION, OneTimeToken.used_at.is_null()
    ).execute()


def _name(person: Person, otherwise: str) -> str:
    return normalize_name(person.name)[:80] or otherwise.partition("@")[0][:80]
