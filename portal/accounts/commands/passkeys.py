"""Passkeys: adding, renaming and removing them, and coming in or proving who one is with one.

A passkey asks for the finger, the face or the screen lock of its owner and is bound to the portal's own name, so it
counts as both factors. Each answer belongs to one question that was put to this browser within minutes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal import audit
from portal.accounts.commands.attempts import throttle
from portal.accounts.commands.proof import note_proof
from portal.accounts.commands.second_factor import follow_up, needs_proof, tell
from portal.accounts.commands.sessions import half_session, open_session
from portal.accounts.models import Account, Challenge, Passkey, Session
from portal.accounts.policy import (
    NAME_MAX,
    PASSKEY_ADDRESS,
    PASSKEY_WAIT,
    PASSKEYS_MAX,
    PasskeyRefused,
    network_of,
    normalize_name,
)
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound
from portal.core.ids import digest, random_token
from portal.core.permissions import P
from portal.core.words import N_
from portal.storage import command

_CREDENTIAL_MAX = 1400  # characters of its id
_OWNER = UserVerificationRequirement.REQUIRED
# What the library raises for bytes that are no answer, some of it by accident.
_UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, IndexError, RecursionError, struct.error)


@dataclass(frozen=True, slots=True)
class Question:
    """What the browser asks a passkey, as JSON, and the token that it keeps until the answer."""

    token: str
    options: str


@dataclass(frozen=True, slots=True)
class _Answered:
    passkey: Passkey
    count: int


# ---- Adding and looking after them ----


def ask_to_add(ctx: Ctx, address: str) -> Question:
    """Ask the actor's browser to make a passkey. Raises `ProofNeeded`, `TooManyAttempts`, or `DomainError`."""
    ctx.actor.require(P.ACCOUNT_SETTINGS)
    needs_proof(ctx)
    _count(ctx, address)
    return _ask_to_add(ctx)


@command(P.ACCOUNT_SETTINGS)
def _ask_to_add(ctx: Ctx) -> Question:
    account = Account.get_by_id(ctx.actor.account_id)
    held = [row.credential for row in Passkey.select(Passkey.credential).where(Passkey.account == account)]
    if len(held) >= PASSKEYS_MAX:
        raise DomainError(N_("Remove a passkey first: an account has at most %(count)s."), count=PASSKEYS_MAX)
    options = webauthn.generate_registration_options(
        rp_id=_host(ctx), rp_name=ctx.programme.vendor.name, user_id=account.public_id.encode(),
        user_name=account.email, user_display_name=account.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_OWNER
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in held],
    )
    return _question(ctx, "passkey-add", account.id, options)


def add_passkey(ctx: Ctx, token: str, answer: str, name: str) -> None:
    """Take the public half of a passkey that was just made. Raises `PasskeyRefused`, `ProofNeeded` or `DomainError`."""
    name = normalize_name(name)
    if not name or len(name) > NAME_MAX:
        raise DomainError(N_("Use 1 to %(count)s characters."), field="name", count=NAME_MAX)
    needs_proof(ctx)
    question = _take(ctx, "passkey-add", token)
    if question.account_id != ctx.actor.account_id:
        raise PasskeyRefused
    try:
        made = webauthn.verify_registration_response(
            credential=answer, expected_challenge=base64url_to_bytes(question.payload["challenge"]),
            expected_rp_id=_host(ctx), expected_origin=_origin(ctx), require_user_verification=True,
        )
    except _UNREADABLE as error:
        raise PasskeyRefused from error
    _add(ctx, bytes_to_base64url(made.credential_id), made.credential_public_key, made.sign_count, name)


@command(P.ACCOUNT_SETTINGS)
def _add(ctx: Ctx, credential: str, public_key: bytes, count: int, name: str) -> None:
    added = Passkey.insert(
        account=ctx.actor.account_id, credential=credential, public_key=public_key, sign_count=count, name=name,
        created_at=ctx.now,
    ).on_conflict_ignore().returning(Passkey.id)
    if len(credential) > _CREDENTIAL_MAX or not list(added.tuples().execute()):
        raise PasskeyRefused  # it is somebody's already
    account = Account.get_by_id(ctx.actor.account_id)
    audit.record(ctx, "account.passkey-added", subject=account.public_id, name=name)
    tell(ctx, account, "passkey-added", passkey=name)


@command(P.ACCOUNT_SETTINGS)
def rename_passkey(ctx: Ctx, passkey: str, name: str) -> None:
    """Call a passkey (public id) of the actor's something else. Raises `NotFound`, or `DomainError` on `name`."""
    name = normalize_name(name)
    if not name or len(name) > NAME_MAX:
        raise DomainError(N_("Use 1 to %(count)s characters."), field="name", count=NAME_MAX)
    Passkey.update(name=name).where(Passkey.id == _own(ctx, passkey).id).execute()


@command(P.ACCOUNT_SETTINGS)
def remove_passkey(ctx: Ctx, passkey: str) -> str:
    """Let a passkey (public id) of the actor's open nothing any more; return its name.

    Raises `NotFound` or `ProofNeeded`.
    """
    row = _own(ctx, passkey)
    needs_proof(ctx)
    Passkey.delete().where(Passkey.id == row.id).execute()
    account = Account.get_by_id(ctx.actor.account_id)
    audit.record(ctx, "account.passkey-removed", subject=account.public_id, name=row.name)
    tell(ctx, account, "passkey-removed", passkey=row.name)
    return str(row.name)


def _own(ctx: Ctx, passkey: str) -> Passkey:
    row = Passkey.get_or_none(Passkey.public_id == passkey, Passkey.account == ctx.actor.account_id)
    if row is None:
        raise NotFound
    return row  # type: ignore[no-any-return]


# ---- Coming in, and proving ----


def ask_to_enter(ctx: Ctx, half: str | None, address: str) -> Question:
    """Ask whoever sits at this browser for a passkey; after a right password (`half`), for one of that account.

    Raises `TooManyAttempts`.
    """
    _count(ctx, address)
    row = Session.get_or_none(Session.digest == digest(half or ""), Session.stage == "code",
                              Session.expires_at > ctx.now)
    return _ask(ctx, "passkey-enter", row.account_id if row else None)


def ask_to_prove(ctx: Ctx, address: str) -> Question:
    """Ask the actor for one of their passkeys. Raises `TooManyAttempts`."""
    ctx.actor.require(P.ACCOUNT_SETTINGS)
    _count(ctx, address)
    return _ask(ctx, "passkey-prove", ctx.actor.account_id)


@command(P.PUBLIC)
def _ask(ctx: Ctx, kind: str, account_id: int | None) -> Question:
    options = webauthn.generate_authentication_options(rp_id=_host(ctx), user_verification=_OWNER)
    return _question(ctx, kind, account_id, options)


def enter_by_passkey(
    ctx: Ctx, token: str, answer: str, half: str | None, user_agent: str, address: str
) -> str:
    """Open a session for the owner of the passkey that answered, in the place of `half` one if there is one.

    Raises `PasskeyRefused`, or `SignInExpired` where the half a session has expired meanwhile.
    """
    question = _take(ctx, "passkey-enter", token)
    answered = _checked(ctx, question, answer)
    row = half_session(ctx, half) if question.account_id else None
    return _enter(ctx, answered, row, user_agent, address)


@command(P.PUBLIC)
def _enter(ctx: Ctx, answered: _Answered, half: Session | None, user_agent: str, address: str) -> str:
    account_id = answered.passkey.account_id
    used = Passkey.update(used_at=ctx.now, sign_count=answered.count).where(
        Passkey.id == answered.passkey.id, _newer(answered.count)
    ).execute()
    usable = Account.select().where(Account.id == account_id, Account.verified_at.is_null(False),
                                    Account.erased_at.is_null())
    if not used or not usable.exists() or (half and half.account_id != account_id):
        raise PasskeyRefused
    if half:
        return follow_up(ctx, half, user_agent, address)
    return open_session(ctx, account_id, user_agent, address, method="passkey")


def prove_by_passkey(ctx: Ctx, token: str, answer: str, session: str) -> None:
    """Note that the owner of a passkey of the actor's sits at this session. Raises `PasskeyRefused`."""
    ctx.actor.require(P.ACCOUNT_SETTINGS)
    question = _take(ctx, "passkey-prove", token)
    if question.account_id != ctx.actor.account_id:
        raise PasskeyRefused
    _prove(ctx, _checked(ctx, question, answer), session)


@command(P.ACCOUNT_SETTINGS)
def _prove(ctx: Ctx, answered: _Answered, session: str) -> None:
    if not Passkey.update(used_at=ctx.now, sign_count=answered.count).where(
        Passkey.id == answered.passkey.id, _newer(answered.count)
    ).execute():
        raise PasskeyRefused
    note_proof(ctx, session)


def _checked(ctx: Ctx, question: Challenge, answer: str) -> _Answered:
    """Return the passkey that answered the question, and how often it has signed since. Raises `PasskeyRefused`."""
    try:
        credential: Any = webauthn.helpers.parse_authentication_credential_json(answer)
        passkey = Passkey.get_or_none(Passkey.credential == bytes_to_base64url(credential.raw_id))
        if passkey is None or question.account_id not in {None, passkey.account_id}:
            raise PasskeyRefused
        seen = webauthn.verify_authentication_response(
            credential=credential, expected_challenge=base64url_to_bytes(question.payload["challenge"]),
            expected_rp_id=_host(ctx), expected_origin=_origin(ctx), require_user_verification=True,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=0,  # a copied passkey is a refusal of its own, below
        )
    except _UNREADABLE as error:
        raise PasskeyRefused from error
    if passkey.sign_count and seen.new_sign_count <= passkey.sign_count:
        _warn(ctx, passkey)
        raise PasskeyRefused
    return _Answered(passkey, seen.new_sign_count)


def _newer(count: int) -> Any:
    """Ask once more inside the transaction: of two answers with one number, one is a copy's."""
    return (Passkey.sign_count < count) | ((Passkey.sign_count == 0) & (count == 0))


@command(P.PUBLIC)
def _warn(ctx: Ctx, passkey: Passkey) -> None:
    """Tell the owner that a passkey has counted backwards: there may be a copy of it."""
    account = Account.get_by_id(passkey.account_id)
    audit.record(ctx, "account.passkey-copied", subject=account.public_id, name=passkey.name)
    tell(ctx, account, "passkey-copied", key=f"{passkey.public_id}:{ctx.today().isoformat()}", passkey=passkey.name)


# ---- Questions ----


def _question(ctx: Ctx, kind: str, account_id: int | None, options: Any) -> Question:
    token = random_token()
    Challenge.create(
        digest=digest(token), kind=kind, account=account_id, created_at=ctx.now, expires_at=ctx.now + PASSKEY_WAIT,
        payload={"challenge": bytes_to_base64url(options.challenge)},
    )
    return Question(token, webauthn.options_to_json(options))


@command(P.PUBLIC)
def _take(ctx: Ctx, kind: str, token: str) -> Challenge:
    """Use a question up, whatever its answer is worth: of two answers at once, one finds it."""
    row = Challenge.get_or_none(Challenge.digest == digest(token), Challenge.kind == kind,
                                Challenge.expires_at > ctx.now)
    if row is None or not Challenge.delete().where(Challenge.id == row.id).execute():
        raise PasskeyRefused
    return row  # type: ignore[no-any-return]


def _count(ctx: Ctx, address: str) -> None:
    throttle(ctx, f"passkey:{network_of(address)}", PASSKEY_ADDRESS.tries, PASSKEY_ADDRESS.window)


def _host(ctx: Ctx) -> str:
    return urlsplit(ctx.base_url).hostname or ""


def _origin(ctx: Ctx) -> str:
    return ctx.base_url.rstrip("/")
