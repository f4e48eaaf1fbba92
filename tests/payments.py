"""The sandbox as the portal's gateway in tests: its webhooks arrive, and people use its pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from portal.adapters.sandbox.gateway import SandboxGateway
from portal.adapters.sandbox.signing import signature
from portal.billing.models import Charge
from tests.client import CheckedClient

GOOD, ASKS, EMPTY, REFUSED = "4242424242424242", "4000002500003155", "4000000000009995", "4000000000000002"
CARD = {"number": "4242 4242 4242 4242", "expiry": "12/30", "cvc": "123"}


def path_of(url: str) -> str:
    """Return the path of an absolute address of the portal or its sandbox."""
    assert url.startswith("http://portal.test/"), url
    return urlsplit(url).path


def webhooks_arrive(app: Flask, sandbox: SandboxGateway) -> list[int]:
    """Let the sandbox's webhooks reach the portal from now on; the answers are added to the list."""
    answers: list[int] = []

    def send(url: str, headers: Mapping[str, str], body: bytes) -> int:
        response = app.test_client().post(path_of(url), data=body, headers=dict(headers))
        answers.append(response.status_code)
        return response.status_code

    sandbox.send = send
    return answers


def told(sandbox: SandboxGateway, body: bytes) -> dict[str, str]:
    """Return the headers with which the sandbox would send a message now."""
    return {"Sandbox-Signature": signature(sandbox.secret, body, sandbox.clock())}


def opened(browser: CheckedClient, url: str) -> str:
    """Follow a link to a hosted page as a browser does; return the page's own path, with its language."""
    response = browser.get(path_of(url), follow_redirects=True)
    assert response.status_code == 200, response.status_code
    return response.request.path


def enter(browser: CheckedClient, url: str, **typed: str) -> Any:
    """Enter a card on a hosted page."""
    return browser.send(opened(browser, url), **{**CARD, **typed})


def answer(browser: CheckedClient, charge: Charge, said: str = "confirm") -> Any:
    """Confirm or refuse a charge on the page of its bank."""
    return browser.send(opened(browser, charge.action_url), answer=said)
