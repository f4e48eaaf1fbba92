"""A second factor from the first refusal to the lost phone, in four languages and without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest

from portal.accounts import passwords
from portal.accounts.commands.second_factor import code_at, step_of
from portal.accounts.models import Account
from portal.core.locales import COMPLETE
from portal.customers.models import Organization
from portal.storage import transaction
from tests.journeys.conftest import World
from tests.words import words

PASSWORD = "tres tristes tigres"


@pytest.fixture
def emily(world: World) -> Any:
    """An administrator of a customer that requires a second factor."""
    person = world.cast.person("emily@siam.example", "en", password_hash=passwords.hashed(PASSWORD))
    world.cast.employ(world.cast.siam, person, "admin")
    with transaction():
        Organization.update(tfa_required=True).execute()
    return person


@pytest.mark.parametrize("language", COMPLETE)
def test_from_the_refusal_to_the_lost_phone(world: World, emily: Any, language: str) -> None:
    say, browser = words(language), world.browser(language)
    users = f"/{language}/organizations/{world.cast.siam.public_id}/users"

    browser.open(users).press(say("Sign in"), email=emily.email, password=PASSWORD)
    assert say("Set up a second factor to go on. It is required by: %(names)s.", names="Siam Trading") in browser.text

    browser.press(say("Set up an authenticator app"))
    secret = browser.tree.xpath("//p[@class='secret']/code/text()")[0].replace(" ", "")
    browser.press(say("Use this app from now on"), otp="000000")
    assert browser.status == 409
    browser.press(say("Use this app from now on"), otp=code_at(secret, step_of(world.clock.now)))
    codes = browser.tree.xpath("//ol//code/text()")
    browser.click(say("I have kept them: go on"))
    assert browser.url == users
    assert browser.status == 200

    again = world.browser(language)
    world.clock.advance(minutes=1)
    again.open(users).press(say("Sign in"), email=emily.email, password=PASSWORD)
    again.press(say("Sign in"), otp=code_at(secret, step_of(world.clock.now)))
    assert again.url == users

    lost = world.browser(language)
    lost.open(users).press(say("Sign in"), email=emily.email, password=PASSWORD)
    lost.press(say("Sign in"), otp=codes[4].upper())
    assert lost.url == users
    world.work()
    assert "A recovery code was used" in [mail["Subject"] for mail in world.box.to(emily.email)]
    assert Account.get_by_id(emily.account.id).second_factor_at
