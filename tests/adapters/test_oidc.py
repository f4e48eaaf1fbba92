"""Signing in by OpenID Connect: against a certified provider, and against one that lies in every way it can."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from portal.adapters import oidc
from portal.adapters.oidc import OidcSignOn
from portal.adapters.signon import AnswerRefused, Person, Provider, ProviderDown
from tests import oidc_provider
from tests.oidc_provider import SECRET, Visitor, answer_in
from tests.postgres import free_port

BACK = "http://127.0.0.1:9/signed-on/acme"  # nobody listens there; the visitor stops before
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


# ---- A certified provider ----


@pytest.fixture(scope="module")
def acme() -> Iterator[Provider]:
    with oidc_provider.server(BACK) as provider:
        yield provider


def come_back(port: OidcSignOn, name: str = "ana", act: str = "enter", again: bool = False,
              visitor: Visitor | None = None) -> tuple[dict[str, Any], dict[str, str]]:
    """Go to the provider and return what was kept of the question, and the answer."""
    url, kept = port.begin("acme", BACK, again)
    return json.loads(json.dumps(kept)), answer_in((visitor or Visitor()).visit(url, name, act))


def test_somebody_signs_in(acme):
    port = OidcSignOn([acme])
    kept, answer = come_back(port, "malee")
    assert port.finish("acme", BACK, kept, answer) == Person(
        "acme", acme.issuer, "malee-1", "malee@siam.example", True, "มาลี ใจดี"
    )


def test_the_question_is_bound_to_its_asker(acme):
    url, kept = OidcSignOn([acme]).begin("acme", BACK)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert (asked["state"], asked["nonce"]) == (kept["state"], kept["nonce"])
    assert kept["verifier"] not in url
    assert len({kept["state"], kept["nonce"], kept["verifier"]}) == 3


def test_what_the_token_does_not_say_is_asked_for():
    with oidc_provider.server(BACK, in_id_token=False) as acme:
        port = OidcSignOn([acme])
        kept, answer = come_back(port)
        assert port.finish("acme", BACK, kept, answer).email == "ana@andina.example"


def test_the_providers_word_for_the_address_is_kept(acme):
    port = OidcSignOn([acme])
    kept, answer = come_back(port, "unsure")
    assert port.finish("acme", BACK, kept, answer).email_verified is False


def test_who_comes_again_proves_it_anew(acme):
    port, visitor = OidcSignOn([acme]), Visitor()
    first = come_back(port, visitor=visitor)
    assert port.finish("acme", BACK, *first)
    kept, answer = come_back(port, "malee", again=True, visitor=visitor)  # asked although it knows the browser
    assert port.finish("acme", BACK, kept, answer).subject == "malee-1"


def test_who_was_not_asked_anew_has_proved_nothing(acme):
    """Somebody takes the demand out of the address that the browser is sent to."""
    port, visitor = OidcSignOn([acme]), Visitor()
    come_back(port, visitor=visitor)
    url, kept = port.begin("acme", BACK, again=True)
    kept["when"] += oidc.SKEW + 30  # as if the sign-in had been long before
    answer = answer_in(visitor.visit(url.replace("prompt=login", "prompt=none").replace("max_age=0", "max_age=999"),
                                     "ana"))
    refused(port, kept, answer, "again")


@pytest.mark.parametrize("hours", [-2, 2])
def test_clocks_that_disagree(hours, acme):
    port = OidcSignOn([acme], lambda: datetime.now(UTC) + timedelta(hours=hours))
    refused(port, *come_back(port), "clock")


@pytest.mark.parametrize("seconds", [-30, 30])
def test_clocks_that_differ_a_little(seconds, acme):
    port = OidcSignOn([acme], lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    assert port.finish("acme", BACK, *come_back(port))


def test_somebody_cancels(acme):
    port = OidcSignOn([acme])
    refused(port, *come_back(port, act="cancel"), "denied")


def test_a_code_counts_once(acme):
    port = OidcSignOn([acme])
    kept, answer = come_back(port)
    assert port.finish("acme", BACK, kept, answer)
    refused(port, kept, answer, "code")


def test_a_stolen_code_is_worth_nothing_without_the_verifier(acme):
    port = OidcSignOn([acme])
    kept, answer = come_back(port)
    _url, other = port.begin("acme", BACK)
    refused(port, {**other, "state": kept["state"]}, answer, "code")


def test_another_state(acme):
    port = OidcSignOn([acme])
    kept, answer = come_back(port)
    for state in ("", "guessed", "ๆ"):
        refused(port, kept, {**answer, "state": state}, "state")


def test_an_answer_of_another_issuer(acme):
    port = OidcSignOn([acme])
    kept, answer = come_back(port)
    refused(port, kept, {**answer, "iss": "https://other.example"}, "issuer")
    refused(port, kept, {name: value for name, value in answer.items() if name != "iss"}, "issuer")


def test_keys_that_have_changed_are_asked_for_once():
    port_number = free_port()
    with oidc_provider.server(BACK, port_number) as acme:
        port = OidcSignOn([acme])
        assert port.finish("acme", BACK, *come_back(port))
    with oidc_provider.server(BACK, port_number):
        assert port.finish("acme", BACK, *come_back(port)).subject == "ana-1"


def test_a_provider_that_is_down(acme):
    gone = replace(acme, issuer=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ProviderDown):
        OidcSignOn([gone]).begin("acme", BACK)


def test_a_wrong_secret_is_the_operators_matter(acme):
    port = OidcSignOn([replace(acme, client_secret="wrong")])
    kept, answer = come_back(port)
    with pytest.raises(ProviderDown):
        port.finish("acme", BACK, kept, answer)


def refused(port: OidcSignOn, kept: dict[str, Any], answer: dict[str, str], reason: str) -> None:
    with pytest.raises(AnswerRefused) as refusal:
        port.finish("acme", BACK, kept, answer)
    assert refusal.value.reason == reason


# ---- A provider that lies ----


@dataclass
class Liar:
    """Answers whatever a test wants. By itself it tells the truth, so that each test changes one thing."""

    issuer: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    metadata: dict[str, Any] = field(default_factory=dict)
    token: Callable[[dict[str, Any]], str] | None = None
    user_info: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    nonce: str = ""

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if path in self.broken:
            return self.broken[path]
        return 200, json.dumps(self._said(path)).encode()

    def _said(self, path: str) -> dict[str, Any]:
        if path.startswith("/.well-known"):
            return {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/auth",
                    "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                    "userinfo_endpoint": f"{self.issuer}/me",
                    "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"], **self.metadata}
        if path == "/keys":
            return {"keys": [self.key.as_dict(private=False)]}
        if path == "/me":
            return self.user_info
        make = self.token or (lambda claims: self.signed(claims))
        return {"access_token": "x", "token_type": "Bearer", "id_token": make(self.claims())}

    def claims(self) -> dict[str, Any]:
        now = int(NOW.timestamp())
        return {"iss": self.issuer, "aud": "portal", "sub": "1", "nonce": self.nonce, "iat": now, "exp": now + 300,
                "email": "ana@andina.example", "email_verified": True}

    def signed(self, claims: dict[str, Any], alg: str = "RS256", key: Any = None, kid: str = "one") -> str:
        return jwt.encode({"alg": alg, "kid": kid}, claims, key or self.key, algorithms=[alg])


@pytest.fixture
def liar() -> Iterator[Liar]:
    port = free_port()
    made = Liar(f"http://127.0.0.1:{port}")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = made.answer(urlsplit(self.path).path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", body.decode())
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def finish(liar) -> Callable[..., Person]:
    """Ask the liar and take its answer."""
    port = OidcSignOn([Provider("acme", "Acme", liar.issuer, "portal", SECRET)], lambda: NOW)

    def run(again: bool = False, **answer: str) -> Person:
        _url, kept = port.begin("acme", BACK, again)
        liar.nonce = kept["nonce"]
        return port.finish("acme", BACK, kept, {"state": kept["state"], "code": "c", **answer})

    return run


def test_the_liar_can_tell_the_truth(liar, finish):
    assert finish() == Person("acme", liar.issuer, "1", "ana@andina.example", True)


def changed(**claims: Any) -> Callable[[Liar], Callable[[dict[str, Any]], str]]:
    """Return a token whose claims are other ones; None takes one away."""
    def of(liar: Liar) -> Callable[[dict[str, Any]], str]:
        return lambda told: liar.signed({k: v for k, v in {**told, **claims}.items() if v is not None})

    return of


def shared_secret(liar: Liar) -> Callable[[dict[str, Any]], str]:
    return lambda told: liar.signed(told, "HS256", OctKey.import_key(SECRET))


def public_key_as_secret(liar: Liar) -> Callable[[dict[str, Any]], str]:
    def signed(told: dict[str, Any]) -> str:
        text = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(told)}"
        return f"{text}.{encoded(hmac.digest(liar.key.as_pem(private=False), text.encode(), 'sha256'))}"

    return signed


def unsigned(_liar: Liar) -> Callable[[dict[str, Any]], str]:
    return lambda told: f"{part({'alg': 'none'})}.{part(told)}."


def part(said: dict[str, Any]) -> str:
    return encoded(json.dumps(said).encode())


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def other_key(liar: Liar) -> Callable[[dict[str, Any]], str]:
    return lambda told: liar.signed(told, key=RSAKey.generate_key(2048))


def unknown_key(liar: Liar) -> Callable[[dict[str, Any]], str]:
    return lambda told: liar.signed(told, key=RSAKey.generate_key(2048), kid="two")


def key_in_header(liar: Liar) -> Callable[[dict[str, Any]], str]:
    own = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "jwk": own.as_dict(private=False)}
    return lambda told: jwt.encode(header, told, own, algorithms=["RS256"])


SECONDS = int(NOW.timestamp())
LIES = {
    "another audience": (changed(aud="other"), "audience"),
    "no audience": (changed(aud=None), "token"),
    "for us and others, by nobody": (changed(aud=["portal", "other"]), "token"),
    "for us and others, by another": (changed(aud=["portal", "other"], azp="other"), "audience"),
    "by another": (changed(azp="other"), "audience"),
    "another issuer": (changed(iss="https://other.example"), "issuer"),
    "no issuer": (changed(iss=None), "token"),
    "another nonce": (changed(nonce="other"), "nonce"),
    "no nonce": (changed(nonce=None), "token"),
    "nobody": (changed(sub=None), "token"),
    "a number": (changed(sub=7), "token"),
    "expired": (changed(exp=SECONDS - 61), "clock"),
    "never expires": (changed(exp=None), "token"),
    "from tomorrow": (changed(iat=SECONDS + 61), "clock"),
    "not yet": (changed(nbf=SECONDS + 61), "clock"),
    "of another access token": (changed(at_hash="x"), "token"),
    "signed with the client's secret": (shared_secret, "token"),
    "signed with the public key as a secret": (public_key_as_secret, "token"),
    "not signed": (unsigned, "token"),
    "signed with another key": (other_key, "token"),
    "signed with a key that is not published": (unknown_key, "token"),
    "signed with the key that it brings": (key_in_header, "token"),
    "no token": (lambda _liar: lambda _told: "", "token"),
    "nonsense": (lambda _liar: lambda _told: "a.b.c", "token"),
}


@pytest.mark.parametrize("lie", LIES)
def test_lies(lie, liar, finish):
    make, reason = LIES[lie]
    liar.token = make(liar)
    with pytest.raises(AnswerRefused) as refusal:
        finish()
    assert refusal.value.reason == reason


def test_a_key_that_is_not_published_is_asked_for_once(liar, finish):
    liar.token = unknown_key(liar)
    with pytest.raises(AnswerRefused):
        finish()
    assert liar.asked.count("/keys") == 2


@pytest.mark.parametrize("auth_time", [None, "now", SECONDS - 61])
def test_a_proof_says_when_it_was_given(auth_time, liar, finish):
    liar.token = changed(auth_time=auth_time)(liar)
    with pytest.raises(AnswerRefused):
        finish(again=True)
    liar.token = changed(auth_time=SECONDS)(liar)
    assert finish(again=True)


def test_an_address_in_the_token_is_not_asked_for_again(liar, finish):
    liar.user_info = {"sub": "1", "email": "other@andina.example", "email_verified": True}
    assert finish().email == "ana@andina.example"
    assert "/me" not in liar.asked


def test_the_address_of_somebody_else(liar, finish):
    liar.token = changed(email=None)(liar)
    liar.user_info = {"sub": "2", "email": "other@andina.example", "email_verified": True}
    with pytest.raises(AnswerRefused):
        finish()
    liar.user_info["sub"] = "1"
    assert finish().email == "other@andina.example"


@pytest.mark.parametrize("word", [None, False, "false", "yes", 1.5, {}])
def test_only_a_plain_yes_verifies_an_address(word, liar, finish):
    liar.token = changed(email_verified=word)(liar)
    assert finish().email_verified is False


SAID = {"denied": "access_denied", "token": "unsupported_response_type"}


@pytest.mark.parametrize("reason", SAID)
def test_refusals_of_the_provider(reason, finish):
    with pytest.raises(AnswerRefused) as refusal:
        finish(error=SAID[reason])
    assert refusal.value.reason == reason


METADATA = {
    "calls itself otherwise": {"issuer": "https://other.example"},
    "has no issuer": {"issuer": None},
    "no keys": {"jwks_uri": None},
    "keys elsewhere without https": {"jwks_uri": "http://other.example/keys"},
    "tokens elsewhere without https": {"token_endpoint": "http://other.example/token"},
    "people elsewhere": {"authorization_endpoint": "javascript:alert(1)"},
}


@pytest.mark.parametrize("case", METADATA)
def test_what_it_publishes_is_vetted(case, liar, finish):
    liar.metadata = METADATA[case]
    with pytest.raises(ProviderDown):
        finish()


BROKEN = {
    "discovery fails": ("/.well-known/openid-configuration", 500, b""),
    "discovery moves": ("/.well-known/openid-configuration", 302, b"https://other.example/"),
    "discovery is no JSON": ("/.well-known/openid-configuration", 200, b"<html>"),
    "discovery is a list": ("/.well-known/openid-configuration", 200, b"[]"),
    "keys fail": ("/keys", 503, b""),
    "keys are none": ("/keys", 200, b"{}"),
    "keys are wrong": ("/keys", 200, b'{"keys": [{"kty": "RSA"}]}'),
    "tokens fail": ("/token", 502, b"<html>"),
    "tokens are no JSON": ("/token", 200, b"<html>"),
    "tokens move": ("/token", 302, b"https://other.example/"),
    "we are not known": ("/token", 401, b'{"error": "invalid_client"}'),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_provider_is_down(case, liar, finish):
    path, status, body = BROKEN[case]
    liar.broken = {path: (status, body)}
    with pytest.raises(ProviderDown):
        finish()


def test_a_provider_that_says_it_is_down(finish):
    with pytest.raises(ProviderDown):
        finish(error="temporarily_unavailable")


def test_what_it_publishes_is_remembered_for_a_while(liar):
    times = [NOW]
    port = OidcSignOn([Provider("acme", "Acme", liar.issuer, "portal", SECRET)], lambda: times[-1])
    for _ in range(3):
        port.begin("acme", BACK)
    assert len(liar.asked) == 2
    times.append(NOW + timedelta(hours=2))
    port.begin("acme", BACK)
    assert len(liar.asked) == 4


def test_a_slow_provider_is_down(liar, finish, monkeypatch):
    monkeypatch.setattr(oidc, "_PATIENCE", (0.2, 0.2))
    answered = threading.Event()
    monkeypatch.setattr(liar, "answer", lambda _path: (200, b"{}") if answered.wait(5) else (500, b""))
    with pytest.raises(ProviderDown):
        finish()
    answered.set()


def test_only_a_provider_of_this_machine_may_do_without_https():
    assert not oidc._safe("http://127.0.0.1/keys", "https://acme.example")
    assert not oidc._safe("http://acme.example/keys", "https://acme.example")
    assert oidc._safe("https://keys.acme.example/keys", "https://acme.example")
    assert not oidc._safe("https://acme.example/keys", "http://127.0.0.1:9")
