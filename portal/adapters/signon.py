"""Signing in at an identity provider: the port, and a fake. The real one is in `oidc.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


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

        What is kept is JSON, holds secrets, and has the question's `state`, which comes back with the answer.
        `again`: the person signs in anew even if the provider knows them. Raises `ProviderDown`.
        """
        ...

    def finish(self, provider: str, return_url: str, kept: Mapping[str, Any], answer: Mapping[str, str]) -> Person:
        """Return who came back. Raises `ProviderDown`, `AnswerRefused`."""
        ...


class NoSignOn:
    """Where no identity provider is connected."""

    providers: Mapping[str, Provider] = {}

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
    refuses: str = ""  # the reason for which an answer with a known code is refused all the same
    begun: list[dict[str, Any]] = field(default_factory=list)  # what was kept of each question

    def begin(self, provider: str, return_url: str, again: bool = False) -> tuple[str, dict[str, Any]]:
        if self.down:
            raise ProviderDown(provider)
        kept = {"state": f"state-{provider}-{len(self.begun)}", "again": again}
        self.begun.append(kept)
        return f"https://idp.example/{provider}?state={kept['state']}", kept

    def finish(self, provider: str, return_url: str, kept: Mapping[str, Any], answer: Mapping[str, str]) -> Person:
        if self.down:
            raise ProviderDown(provider)
        if answer.get("state") != kept["state"]:
            raise AnswerRefused("state")
        if self.refuses or answer.get("code") not in self.people:
            raise AnswerRefused(self.refuses or "code")
        return self.people[answer["code"]]
