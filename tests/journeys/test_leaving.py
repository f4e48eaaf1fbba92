"""A customer leaves, thinks again and leaves after all; its partner reads what it keeps and disputes; staff settle it.

In four languages, without JavaScript.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.core.locales import COMPLETE
from portal.customers.models import Organization
from tests.journeys.conftest import World
from tests.no_js import NoJs
from tests.words import words

ANDINA = "Andina Cloud"


@pytest.mark.parametrize("language", COMPLETE)
def test_a_customer_leaves_thinks_again_and_leaves(world: World, language: str) -> None:
    leaving_story(world, lambda person: NoJs(person.browser()), language)


def leaving_story(world: World, enter: Callable[[Any], NoJs], language: str) -> None:
    """Walk it with browsers that speak like `NoJs`; `enter` opens one for somebody."""
    say, cast = words(language), world.cast
    _ = cast.siam, cast.reviewer
    owner, partner, staff = enter(cast.siam_admin), enter(cast.admin), enter(cast.reviewer)
    _leaves(cast, owner, say, language)
    owner.press(say("Take the change back"))
    assert say("It is taken back: your partner stays. It gets access only if you allow it again.") in owner.notices
    assert _siam(cast).partner == cast.andina
    _leaves(cast, owner, say, language)
    _the_day_comes(world)
    _keeps_and_disputes(world, partner, say, language)
    _settled(world, staff, say, language)


def _siam(cast: Any) -> Organization:
    return Organization.get_by_id(cast.siam.id)  # type: ignore[no-any-return]


def _leaves(cast: Any, owner: NoJs, say: Callable[..., str], language: str) -> None:
    owner.open(f"/{language}/organizations/{cast.siam.public_id}/partner")
    leave = say("Leave %(partner)s", "of a customer", partner=ANDINA)
    owner.click(leave)
    owner.press(leave)
    assert owner.status == 422, "what happens to the subscriptions has no default"
    owner.press(leave, subscriptions="continue", reason="ขอบคุณ")
    assert owner.status == 200
    assert say("You leave your partner. It was told by e-mail, and its access has ended.") in owner.notices
    assert _siam(cast).access == "revoked"


def _the_day_comes(world: World) -> None:
    world.work()
    world.clock.advance(days=15)
    world.work()
    assert _siam(world.cast).partner is None


def _keeps_and_disputes(world: World, partner: NoJs, say: Callable[..., str], language: str) -> None:
    assert partner.open(f"/{language}/store/customers/{world.cast.siam.public_id}").status == 404
    partner.open(f"/{language}/store/customers").click(say("Former customers"))
    partner.click("Siam Trading")
    assert "ขอบคุณ" in partner.text
    partner.press(say("Dispute the change"), text="Nobody has talked to us.")
    assert say("It waits for the decision of the vendor, which both sides get by e-mail.") in partner.text
    world.work()


def _settled(world: World, staff: NoJs, say: Callable[..., str], language: str) -> None:
    assert "/desk/disputes/" in world.link("staff@vendor.example", "/desk/")
    staff.open(f"/{language}/desk/disputes").click("Siam Trading")
    assert "Nobody has talked to us." in staff.text
    staff.press(say("Settle the dispute"), decision="The customer may leave.")
    assert say("The dispute is settled. Both sides get the decision by e-mail.") in staff.notices
    world.work()
    for address in ("super-admin@siam.example", "partner-admin@andina.example"):
        mail = world.box.to(address)[-1]
        assert "The customer may leave." in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
