"""Signing in at identity providers by OpenID Connect: authorization code flow with PKCE, nonce and state."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from portal.adapters.signon import AnswerRefused, Person, Provider, ProviderDown
from portal.core.clock import Clock, system_clock
from portal.core.ids import random_token

log = logging.getLogger("portal.signon")

SCOPE = "openid email profile"
SKEW = 60  # seconds that two clocks may differ
_PATIENCE = (3.05, 6.0)  # seconds to connect, and between two pieces of an answer
_REMEMBERED = timedelta(hours=1)
_LARGEST = 256 * 1024
# Signatures that only the provider can make: none that is no signature, none by the secret that both sides know.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# What providers answer to the browser instead of a code, and what that means to the person.
_ERRORS = {"access_denied": "denied", "login_required": "denied", "interaction_required": "denied",
           "consent_required": "denied"}
_UNAVAILABLE = {"temporarily_unavailable", "server_error"}


@dataclass(frozen=True, slots=True)
class _Known:
    """What a provider has published about itself, and when we read it."""

    metadata: Mapping[str, Any]
    keys: KeySet
    since: datetime


class OidcSignOn:
    """The real thing, by Authlib. What providers publish is remembered for an hour, in this process."""

    def __init__(self, providers: Iterable[Provider], clock: Clock = system_clock) -> None:
        self.providers: Mapping[str, Provider] = {provider.code: provider for provider in providers}
        self._clock = clock
        self._known: dict[str, _Known] = {}

    def begin(self, provider: str, return_url: str, again: bool = False) -> tuple[str, dict[str, Any]]:
        asked = self.providers[provider]
        with _reaching(asked):
            known = self._about(asked)
        kept = {"state": random_token(), "nonce": random_token(), "verifier": random_token(),
                "when": self._seconds(), "again": again}
        more = {"prompt": "login", "max_age": "0"} if again else {}
        url, _state = _client(asked, known, return_url).create_authorization_url(
            known.metadata["authorization_endpoint"], state=kept["state"], nonce=kept["nonce"],
            code_verifier=kept["verifier"], **more,
        )
        return url, kept

    def finish(self, provider: str, return_url: str, kept: Mapping[str, Any], answer: Mapping[str, str]) -> Person:
        asked = self.providers[provider]
        if not hmac.compare_digest(answer.get("state", "").encode(), str(kept["state"]).encode()):
            raise AnswerRefused("state")
        with _reaching(asked):
            known = self._about(asked)
            code = _code(answer, known.metadata)
            client = _client(asked, known, return_url)
            token = _exchanged(client, known, code, str(kept["verifier"]))
            claims = self._claims(asked, known, token, kept)
            return _person(asked, known, claims, client)

    def _about(self, provider: Provider) -> _Known:
        """Return what the provider has published, read anew when that was long ago."""
        known = self._known.get(provider.code)
        if known is None or self._clock() - known.since > _REMEMBERED:
            metadata = _discovered(provider)
            known = _Known(metadata, _keys(metadata), self._clock())
            self._known[provider.code] = known
        return known

    def _claims(
        self, provider: Provider, known: _Known, token: Mapping[str, Any], kept: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return what the ID token says once all of it has been checked. Raises `AnswerRefused`."""
        try:
            signed = self._opened(provider, known, str(token.get("id_token", "")))
            claims = _checked(signed, known.metadata["issuer"], provider.client_id, kept, token, self._seconds())
        except ExpiredTokenError as error:  # it was made this very second
            raise AnswerRefused("clock") from error
        except InvalidClaimError as error:
            raise AnswerRefused(_CLAIMS.get(error.claim, "token")) from error
        except (JoseError, ValueError) as error:
            log.warning("the ID token of %s is not good: %s", provider.code, error)
            raise AnswerRefused("token") from error
        if kept["again"] and not _anew(claims, kept["when"]):
            raise AnswerRefused("again")
        return claims

    def _opened(self, provider: Provider, known: _Known, text: str) -> jwt.Token:
        """Return the token if a key of the provider signed it; a key we have not heard of is asked for, once."""
        registry = JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
        try:
            return jwt.decode(text, known.keys, registry=registry)
        except InvalidKeyIdError:
            fresh = replace(known, keys=_keys(known.metadata))
            self._known[provider.code] = fresh
            return jwt.decode(text, fresh.keys, registry=registry)

    def _seconds(self) -> int:
        return int(self._clock().timestamp())


_CLAIMS = {"exp": "clock", "iat": "clock", "nbf": "clock", "nonce": "nonce", "iss": "issuer", "aud": "audience",
           "azp": "audience"}


@contextmanager
def _reaching(provider: Provider) -> Iterator[None]:
    """Turn all that can go wrong on the way to a provider into `ProviderDown`."""
    try:
        yield
    except (requests.RequestException, _Unusable) as error:
        log.warning("the identity provider %s cannot be used: %s", provider.code, error)
        raise ProviderDown(provider.code) from error


class _Unusable(Exception):
    """What the provider answers is nothing to work with."""


def _discovered(provider: Provider) -> Mapping[str, Any]:
    metadata = _json(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if str(metadata.get("issuer", "")).rstrip("/") != provider.issuer.rstrip("/"):
        raise _Unusable(f"it calls itself {metadata.get('issuer')!r}")
    for name in _ENDPOINTS:
        if not _safe(str(metadata.get(name, "")), provider.issuer):
            raise _Unusable(f"its {name} is {metadata.get(name)!r}")
    return metadata


def _safe(url: str, issuer: str) -> bool:
    """Tell whether an address is https, or on this machine as the issuer itself is."""
    parts, home = urlsplit(url), urlsplit(issuer)
    if home.scheme == "http":
        return parts.scheme in {"http", "https"} and {parts.hostname, home.hostname} <= _LOOPBACK
    return parts.scheme == "https" and bool(parts.hostname)


def _keys(metadata: Mapping[str, Any]) -> KeySet:
    try:
        return KeySet.import_key_set(_json(metadata["jwks_uri"]))  # type: ignore[arg-type]
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise _Unusable(f"its keys cannot be read: {error}") from error


def _json(url: str) -> dict[str, Any]:
    answer = requests.get(url, timeout=_PATIENCE, allow_redirects=False, headers={"Accept": "application/json"})
    return _object(answer)


def _object(answer: requests.Response) -> dict[str, Any]:
    if answer.status_code != 200 or len(answer.content) > _LARGEST:
        raise _Unusable(f"{answer.url} answers {answer.status_code}, {len(answer.content)} bytes")
    try:
        found = answer.json()
    except ValueError as error:
        raise _Unusable(f"{answer.url} answers no JSON") from error
    if not isinstance(found, dict):
        raise _Unusable(f"{answer.url} answers no object")
    return found


def _client(provider: Provider, known: _Known, return_url: str) -> OAuth2Session:
    methods = known.metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
    return OAuth2Session(
        provider.client_id, provider.client_secret, token_endpoint_auth_method=method, scope=SCOPE,
        redirect_uri=return_url, code_challenge_method="S256", default_timeout=_PATIENCE,
    )


def _code(answer: Mapping[str, str], metadata: Mapping[str, Any]) -> str:
    """Return the code of an answer that is this provider's (RFC 9207) and no refusal."""
    issuer = answer.get("iss")
    if issuer is None and metadata.get("authorization_response_iss_parameter_supported"):
        raise AnswerRefused("issuer")
    if issuer is not None and issuer != metadata["issuer"]:
        raise AnswerRefused("issuer")
    if error := answer.get("error"):
        if error in _UNAVAILABLE:
            raise _Unusable(f"it says {error[:80]!r}")
        raise AnswerRefused(_ERRORS.get(error, "token"))
    if not answer.get("code"):
        raise AnswerRefused("token")
    return answer["code"]


def _exchanged(client: OAuth2Session, known: _Known, code: str, verifier: str) -> Mapping[str, Any]:
    """Return the tokens for a code. A code that was used, or is not for us, is the browser's fault; the rest is not."""
    try:
        return client.fetch_token(  # type: ignore[no-any-return]
            known.metadata["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier,
            allow_redirects=False,
        )
    except OAuthError as error:
        if error.error == "invalid_grant":
            raise AnswerRefused("code") from error
        raise _Unusable(f"it gives no tokens: {error}") from error
    except ValueError as error:
        raise _Unusable(f"it gives no tokens: {error}") from error


def _checked(
    signed: jwt.Token, issuer: str, client_id: str, kept: Mapping[str, Any], token: Mapping[str, Any], now: int
) -> dict[str, Any]:
    claims = CodeIDToken(
        signed.claims, signed.header,
        {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id},
         "nonce": {"essential": True}},
        {"nonce": kept["nonce"], "client_id": client_id, "access_token": token.get("access_token")},
    )
    claims.validate(now=now, leeway=SKEW)
    return dict(claims)


def _anew(claims: Mapping[str, Any], since: int) -> bool:
    """Tell whether the provider has made sure who sits there since it was asked to."""
    when = claims.get("auth_time")
    return isinstance(when, (int, float)) and when >= since - SKEW


def _person(provider: Provider, known: _Known, claims: dict[str, Any], client: OAuth2Session) -> Person:
    about = claims if claims.get("email") else {**claims, **_user_info(known, str(claims["sub"]), client)}
    return Person(
        provider=provider.code, issuer=known.metadata["issuer"], subject=str(claims["sub"]),
        email=str(about.get("email") or ""), email_verified=about.get("email_verified") in (True, "true"),
        name=str(about.get("name") or ""),
    )


def _user_info(known: _Known, subject: str, client: OAuth2Session) -> dict[str, Any]:
    """Ask for what the ID token does not say. Raises `AnswerRefused` if the answer is about somebody else."""
    url = str(known.metadata.get("userinfo_endpoint") or "")
    if not _safe(url, known.metadata["issuer"]):
        return {}
    about = _object(client.get(url, allow_redirects=False))
    if about.get("sub") != subject:
        raise AnswerRefused("token")
    return about
