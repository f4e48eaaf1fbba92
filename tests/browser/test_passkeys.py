"""Passkeys in Chromium, with its virtual authenticator: added, used to come in, as second factor and as proof."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from portal.accounts import passwords
from portal.accounts.models import Account, Passkey, Session
from tests.browser.chromium import Chromium
from tests.words import words

pytestmark = pytest.mark.browser

PASSWORD = "tres tristes tigres"
RUNS = {"sqlite": ["en", "th"], "postgresql": ["es"]}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "language" in metafunc.fixturenames:
        metafunc.parametrize("language", RUNS[metafunc.config.getoption("--engine")])


@pytest.fixture
def host() -> str:
    """Passkeys are bound to a name."""
    return "localhost"


def authenticator(window: Chromium) -> tuple[Any, str]:
    """Give the browser a passkey store whose owner always agrees; return the way to it, and its id."""
    session = window.page.context.new_cdp_session(window.page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


@pytest.fixture
def ana(world) -> Any:
    return world.cast.person("ana@andina.example", "en", password_hash=passwords.hashed(PASSWORD))


def press(window: Chromium, words: str) -> None:
    """Press a passkey's button: its script answers first, and then the page goes on."""
    with window.page.expect_navigation():
        window.page.get_by_role("button", name=words).click()


def test_adding_coming_in_as_second_factor_and_as_proof(language, world, person, ana) -> None:
    say, window = words(language), person(language)
    _session, _id = authenticator(window)
    window.open(f"/{language}/sign-in").press(say("Sign in"), email=ana.email, password=PASSWORD)

    window.open(f"/{language}/account/second-factor").click(say("Add a passkey"))
    window.page.locator("[name=name]").fill("Laptop")
    press(window, say("Make a passkey"))
    assert say("The passkey is added. From now on you can sign in with it.") in window.notices
    assert "Laptop" in window.text

    window.press(say("Sign out"))
    window.open(f"/{language}/sign-in?next=/{language}/account")
    press(window, say("Sign in with a passkey"))
    assert window.url == f"/{language}/account"
    assert Passkey.get().used_at == world.clock.now

    window.press(say("Sign out"))
    code = world.cast.code_of(ana.account)
    window.open(f"/{language}/sign-in").press(say("Sign in"), email=ana.email, password=PASSWORD)
    assert window.url == f"/{language}/sign-in/code"
    press(window, say("Use a passkey instead"))
    assert window.url == f"/{language}/"

    Session.update(proved_at=world.clock.now - timedelta(hours=3)).execute()
    window.open(f"/{language}/account/passkeys/add")
    assert window.url.startswith(f"/{language}/account/prove")
    press(window, say("Use a passkey"))
    assert window.url == f"/{language}/account/passkeys/add"
    assert Account.get_by_id(ana.account.id).second_factor_at
    assert code not in window.page.content()
    assert window.errors == []


def test_a_passkey_that_says_no_leaves_a_sentence(world, person, ana) -> None:
    window = person("en")
    session, key = authenticator(window)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    window.open("/en/sign-in")
    window.page.get_by_role("button", name="Sign in with a passkey").click()
    window.page.get_by_text("The passkey did not answer.").wait_for()
    assert window.url == "/en/sign-in"


def test_without_scripts_the_page_says_what_does_the_same(world, person) -> None:
    window = person("en", scripts=False)
    window.open("/en/sign-in")
    assert not window.page.get_by_role("button", name="Sign in with a passkey").is_visible()
    assert window.page.get_by_text("Passkeys need JavaScript").is_visible()
