"""A customer comes to a partner by its request, moves to another by a code and back by a token, in four languages,
without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.core.locales import COMPLETE
from portal.customers.models import Organization
from tests.journeys.conftest import World
from tests.no_js import NoJs
from tests.relations.doors import independent
from tests.words import words

CODE = "//div[contains(@class, 'copy')]/code"


@pytest.mark.parametrize("language", COMPLETE)
def test_a_customer_comes_moves_and_moves_back(world: World, language: str) -> None:
    attaching_story(world, lambda person: NoJs(person.browser()), language)


def attaching_story(world: World, enter: Callable[[Any], NoJs], language: str) -> None:
    """Walk it with browsers that speak like `NoJs`; `enter` opens one for somebody."""
    say, cast = words(language), world.cast
    independent(cast)
    owner, first, second = enter(cast.siam_admin), enter(cast.admin), enter(cast.outsider)
    for partner in (first, second):
        partner.open(f"/{language}/store/attach")
    _asked(world, owner, first, say)
    moved_by_code(cast, owner, second, say, language)
    _moved_by_token(cast, owner, first, say, language)


def _partner(cast: Any) -> Any:
    return Organization.get_by_id(cast.siam.id).partner


def _asked(world: World, owner: NoJs, partner: NoJs, say: Callable[..., str]) -> None:
    partner.press(say("Send the request"), domain="siam.example", message="ร้านค้าเหมือนของคุณ")
    assert say("If this organization is here, its super administrator now has your request.") in partner.notices
    world.work()
    owner.open(world.link("super-admin@siam.example", "/attach/"))
    assert owner.lang == "th"
    assert _partner(world.cast) is None
    thai = words("th")
    owner.press(thai("Make %(partner)s your partner", partner="Andina Cloud"), with_access="no", agree=True)
    assert owner.status == 200
    assert _partner(world.cast) == world.cast.andina


def moved_by_code(cast: Any, owner: NoJs, partner: NoJs, say: Callable[..., str], language: str) -> None:
    partner.press(say("Make a partner code"))
    code = partner.tree.xpath(CODE)[0].text_content()
    owner.open(f"/{language}/organizations/{cast.siam.public_id}/partner")
    owner.click(say("Enter the code of a partner, or answer a partner that asks you"))
    owner.press(say("Enter the code"), code=code.lower())
    assert say("What ends with %(partner)s", partner="Andina Cloud") in owner.text
    move = say("Move to %(partner)s", partner="Other Resale")
    owner.press(move, agree=True)
    assert owner.status == 422, "whether with access has no default"
    owner.press(move, with_access="yes", agree=True)
    assert owner.status == 200
    assert _partner(cast) == cast.outsider.partner
    assert "Siam Trading" in partner.open(f"/{language}/store/attach").text


def _moved_by_token(cast: Any, owner: NoJs, partner: NoJs, say: Callable[..., str], language: str) -> None:
    owner.open(f"/{language}/organizations/{cast.siam.public_id}/partner/token")
    owner.press(say("Make the token"), with_access="yes", agree=True, only="andina cloud")
    token = owner.tree.xpath(CODE)[0].text_content()
    partner.open(f"/{language}/store/attach").click(say("Enter a transfer token"))
    partner.press(say("Continue"), token=token)
    assert "siam.example" in partner.text
    partner.press(say("Attach this customer"))
    assert say("%(name)s is now your customer.", name="Siam Trading") in partner.notices
    assert _partner(cast) == cast.andina
