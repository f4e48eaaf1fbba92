"""Single sign-on from end to end, in four languages, without JavaScript, at a real identity provider (S0.20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.accounts import passwords
from portal.adapters.oidc import OidcSignOn
from portal.core.locales import COMPLETE
from tests.doubles import FixedClock
from tests.journeys.conftest import World
from tests.no_js import NoJs
from tests.oidc_provider import Visitor, server
from tests.words import words

PASSWORD = "tres tristes tigres"
Open = Callable[[], Any]
Go = Callable[..., None]  # go(person, link's words, name at the provider, the button pressed there)


@pytest.fixture
def clock() -> FixedClock:
    """The provider's clock is the machine's, and so is the portal's here."""
    clock = FixedClock()
    clock.now = datetime.now(UTC).replace(microsecond=0)
    return clock


@pytest.fixture
def signon(base_port, clock) -> Iterator[OidcSignOn]:
    with server(f"http://127.0.0.1:{base_port}/signed-on/acme") as provider:
        yield OidcSignOn([provider], clock)


class Traveler(NoJs):
    """A browser without JavaScript that has been at the provider, and is known there."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.visitor = Visitor()


def go(person: Traveler, link: str, name: str, act: str = "enter") -> None:
    answer = person.client.get(person._link(link, "").get("href"))
    person.open(person.visitor.visit(answer.headers["Location"], name, act))


@pytest.mark.parametrize("language", COMPLETE)
def test_sign_on(world: World, language: str) -> None:
    def window() -> Traveler:
        return Traveler(world.browser(language).client)

    sign_on_story(world, window, go, language)


def sign_on_story(world: World, window: Open, go: Go, language: str) -> None:
    """Walk it with any browser that speaks like `NoJs`, and any way of being at the provider."""
    say = words(language)
    _somebody_new_comes_in(window(), go, say, language)
    world.cast.person("ana@andina.example", language, password_hash=passwords.hashed(PASSWORD))
    _somebody_with_an_account_links_it(world, window(), go, say, language)
    _others_do_not_get_in(window, go, say, language)
    _somebody_unlinks(world, window(), go, say, language)
    world.clock.advance(hours=2)
    person = window().open(f"/{language}/sign-in")
    go(person, say("Sign in with %(service)s", service="Acme"), "ana")
    assert person.status == 502
    assert say("The clocks do not agree") in person.text


def _somebody_new_comes_in(person: Any, go: Go, say: Any, language: str) -> None:
    person.open(f"/{language}/account")
    assert say("Sign in") in person.text
    go(person, say("Sign in with %(service)s", service="Acme"), "malee")
    assert person.url.endswith(f"/{language}/account")
    assert person.lang == language
    assert "malee@siam.example" in person.text
    person.press(say("Sign out"))
    person.open(f"/{language}/sign-in?next=/{language}/account/identities")
    go(person, say("Sign in with %(service)s", service="Acme"), "malee")  # known there, and here
    assert "malee@siam.example" in person.text
    person.press(say("Unlink %(service)s", service="Acme"))
    assert person.status in (403, 200)  # asked for a proof first: it is the only way in that she has
    assert say("Is it you?") in person.text


def _somebody_with_an_account_links_it(world: World, person: Any, go: Go, say: Any, language: str) -> None:
    person.open(f"/{language}/sign-in?next=/{language}/account/identities")
    go(person, say("Sign in with %(service)s", service="Acme"), "ana")
    assert say("You have an account here already") in person.text
    person.press(say("Sign in and link"), password="not the password")
    assert person.status == 409
    person.press(say("Sign in and link"), password=PASSWORD)
    assert say("Unlink %(service)s", service="Acme") in person.text
    world.work()
    mail = world.box.to("ana@andina.example")[-1]
    assert mail["Content-Language"] == language
    assert "Acme" in str(mail["Subject"])


def _others_do_not_get_in(window: Open, go: Go, say: Any, language: str) -> None:
    for name, act, status, title in (
        ("ana", "cancel", 200, "You have not signed in"),
        ("ana again", "enter", 409, "This is another account at %(service)s"),
        ("unsure", "enter", 409, "%(service)s does not vouch for your address"),
    ):
        person = window().open(f"/{language}/sign-in")
        go(person, say("Sign in with %(service)s", service="Acme"), name, act)
        assert (person.status, person.lang) == (status, language)
        assert say(title, service="Acme") in person.text


def _somebody_unlinks(world: World, person: Any, go: Go, say: Any, language: str) -> None:
    person.open(f"/{language}/account/identities")
    go(person, say("Sign in with %(service)s", service="Acme"), "ana")
    person.open(f"/{language}/account/prove?next=/{language}/account/identities")
    go(person, _proving(person), "ana")  # signs in there anew
    person.press(say("Unlink %(service)s", service="Acme"))
    assert say("Link %(service)s", service="Acme") in person.text


def _proving(person: Any) -> str:
    """Return what the link to the provider on the page of the proof says."""
    link = person.tree.xpath("//main//a[contains(@href, '/sign-in/with/acme')]")[0]
    return " ".join(link.text_content().split())
