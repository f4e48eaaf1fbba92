"""Signing in at an identity provider by OpenID Connect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from portal.core.clock import Clock, system_clock


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider that people may sign in with, as the settings name it."""

    code: str
    name: str
    issuer: str
    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who came back from a provider. `email_verified` is the provider's word for the address."""

    provider: str
    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str = ""


class ProviderDown(Exception):
    """The provider does not answer, or not in time."""


class AnswerRefused(Exception):
    """What came back is not a good answer to what was asked; `reason` is a short word for the page and the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SignOn(Protocol):
    """Sends people to identity providers and reads what they come back with."""

    @property
    def providers(self) -> Mapping[str, Provider]: ...

    def begin(self, provider: str, return_url: str, again: bool = False) -> tuple[str, dict[str, Any]]:
        """Return the address to send the browser to, and what must be kept of the question until the answer.

        `again`: the person signs in anew even if the provider knows them. Raises `ProviderDown`.
        """
        ...

    def finish(self, provider: str, return_url: str, kept: Mapping[str, Any], answer: Mapping[str, str]) -> Person:
        """Return who came back. Raises `ProviderDown`, `AnswerRefused`."""
        ...


class OidcSignOn:
    """The real thing, by Authlib: authorization code flow with PKCE, nonce and state."""

    def __init__(self, providers: Iterable[Provider], clock: Clock = system_clock) -> None:
        self.providers: Mapping[str, Provider] = {provider.code: provider for provider in providers}
        self._clock = clock

    def begin(self, provider: str, return_url: str, again: bool = False) -> tuple[str, dict[str, Any]]:
        raise ProviderDown(provider)

    def finish(self, provider: str, return_url: str, kept: Mapping[str, Any], answer: Mapping[str, str]) -> Person:
        raise ProviderDown(provider)


@dataclass
class FakeSignOn:
    """Identity providers in memory: `people` holds who comes back, by the code that the test puts into the answer."""

    providers: dict[str, Provider] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    down: bool = False

    def begin(self, provider: str, return_url: str, again: bool = False) -> tuple[str, dict[str, Any]]:
        if self.down:
            raise ProviderDown(provider)
        return f"https://idp.example/{provider}", {"state": f"state-{provider}", "again": again}

    def finish(self, provider: str, return_url: str, kept: Mapping[str, Any], answer: Mapping[str, str]) -> Person:
        if self.down:
            raise ProviderDown(provider)
        if answer.get("state") != kept["state"] or answer.get("code") not in self.people:
            raise AnswerRefused("state")
        return self.people[answer["code"]]
