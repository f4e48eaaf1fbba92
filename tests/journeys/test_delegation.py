"""Delegated administration from end to end, in four languages, without JavaScript: a partner works in its customer's
console, is refused what is not its business, and is shut out in the middle of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from portal.accounts.models import Account
from portal.core.locales import COMPLETE
from portal.delegation.policy import FORBIDDEN
from tests.journeys.conftest import World
from tests.no_js import NoJs
from tests.words import words

NEW = "nattawut@siam.example"
PASSWORD = "tres tristes tigres"
UNAVAILABLE = (
    "Not available to you because of the security policies of your customer. Their super administrator can do it: "
    "%(name)s."
)


@pytest.mark.parametrize("language", COMPLETE)
def test_a_partner_works_for_its_customer_until_the_door_closes(world: World, language: str) -> None:
    delegation_story(world, lambda person: NoJs(person.browser()) if person else world.browser(language), language)


@pytest.mark.parametrize("language", COMPLETE)
def test_one_forbidden_task_by_consent(world: World, language: str) -> None:
    consent_story(world, lambda person: NoJs(person.browser()), language)


def delegation_story(world: World, enter: Callable[[Any], Any], language: str) -> None:
    """Walk it with browsers that speak like `NoJs`; `enter` opens one for somebody, or for nobody."""
    say, cast = words(language), world.cast
    cast.siam_admin, cast.user("gone@siam.example", "Somchai Gone")
    partner, owner = enter(cast.admin), enter(cast.siam_admin)
    partner.open(f"/{language}/console/customers").click(f"{say('Manage')} siam.example")

    _partner_adds_a_user(world, partner, enter(None), say, language)
    _partner_gives_addresses(partner, say)
    _partner_makes_a_policy(partner, say)
    _partner_reads_its_limits(partner, say)
    owner.open(f"/{language}/organizations/{cast.siam.public_id}/")
    _owner_asks_for_licenses(world, owner, partner, say, language)
    _owner_does_what_a_partner_may_not(world, owner, say)
    _access_ends_and_comes_back(world, owner, partner, say, language)
    _a_digest_arrives(world, say)
    _owner_hands_over(world, owner, enter, say, language)


def _partner_adds_a_user(world: World, partner: Any, invited: Any, say, language: str) -> None:
    partner.click(say("Users")).click(say("Add user"))
    partner.press(say("Add user"), name="ณัฐวุฒิ", email="somebody@elsewhere.example", language=language)
    assert partner.status in (409, 422), "an address outside the organization's domains"
    partner.press(say("Add user"), email=NEW)
    assert (partner.status, NEW in partner.text) == (200, True), partner.text
    world.work()
    assert world.box.to(NEW)[-1]["Content-Language"] == language
    invited.open(world.link(NEW, "invitation")).press(say("Accept the invitation"), password=PASSWORD)
    assert invited.status == 200


def _partner_gives_addresses(partner: Any, say) -> None:
    partner.click(say("Aliases")).press(say("Add alias"), local="Ventas", user=NEW, reason="Pedido 17")
    assert "ventas@siam.example" in partner.text
    partner.press(say("Add alias"), local="ventas", user=NEW)
    assert partner.status == 409, "nobody gets an address that is taken"
    partner.click(say("Groups")).click(say("Add group"))
    partner.press(say("Add group"), name="Équipe ventes", local="equipe")
    partner.press(say("Add members"), members=f"{NEW}\nghost@siam.example")
    assert "ghost@siam.example" in partner.tree.text_content(), "who could not be added is named"
    partner.press(say("Add members"), members=NEW)
    assert "ณัฐวุฒิ" in partner.text


def _partner_makes_a_policy(partner: Any, say) -> None:
    partner.click(say("Mail policies")).click(say("Add mail policy"))
    rules = {"name": "Estricta", "attachment_mb": "5", "retention_days": "30", "blocked": "@spam.example"}
    partner.press(say("Add mail policy"), **rules, forwards="thief@elsewhere.example")
    assert partner.status in (409, 422), "a partner forwards no mail to outside"
    partner.press(say("Add mail policy"), forwards="")
    partner.press(say("Assign"), address="equipe@siam.example")
    assert "Équipe ventes" in partner.text
    partner.click(say("Users")).click("ณัฐวุฒิ").click(say("Mail policy"))
    assert "Estricta" in partner.text


def _partner_reads_its_limits(partner: Any, say) -> None:
    refusal = say(UNAVAILABLE, name="Super Admin")
    partner.click(say("Users")).click("ณัฐวุฒิ")
    assert partner.text.count(refusal) == 5, "role, password, image, back-up and deletion"
    partner.click(say("Settings"))
    assert partner.text.count(refusal) == 3, "second factor, contacts and super administrator"
    partner.click(say("Overview"))
    assert refusal in partner.text, "the dashboard"
    partner.click(say("What you can do here, and what you cannot"))
    for task in FORBIDDEN.values():
        assert say(task) in partner.text
    partner.open(partner.url.replace("/limits", "/referrals"))
    assert partner.status == 403
    assert say("Open and use the referral programme") in partner.text


def _owner_asks_for_licenses(world: World, owner: Any, partner: Any, say, language: str) -> None:
    owner.click(say("Subscription")).press(say("Send the request"), topic="licenses", licenses="1")
    assert owner.status in (409, 422), "fewer licenses than users"
    owner.press(say("Send the request"), licenses="25")
    assert owner.status == 200
    world.work()
    assert world.box.to(world.cast.admin.email)[-1]["Content-Language"] == "es"
    world.card(world.cast.siam)
    partner.open(f"/{language}/store/changes").click(say("Answer", "button")).click(say("Prepare the change"))
    partner.press(say("Confirm the change"), answer="Con mucho gusto.")
    assert partner.status == 200
    world.work()
    owner.click(say("Subscription"))
    assert "Con mucho gusto." in owner.text
    assert "25" in owner.text
    world.work()
    assert world.box.to(world.cast.siam_admin.email)[-1]["Content-Language"] == "th"


def _owner_does_what_a_partner_may_not(world: World, owner: Any, say) -> None:
    owner.click(say("Users")).click("ณัฐวุฒิ")
    owner.press(say("Make administrator")).press(say("Make user"))
    owner.press(say("Upload the image"), picture=(io.BytesIO(_picture()), "portrait.png"))
    assert owner.tree.xpath("//img[contains(@class, 'portrait')]")
    owner.press(say("Reset the password"))
    owner.press(say("Back up"))
    world.work()
    owner.open(owner.url)
    assert owner.tree.xpath("//a[contains(@href, '/backups/')]"), owner.text
    assert world.box.to(NEW)[-1]["Subject"], "the link to a new password"

    owner.click(say("Settings")).press(say("Save second factor"), **{"tfa-required": True})
    assert say("Required") in owner.text
    owner.press(say("Save contacts synchronization"), **{"contacts-mode": "both-ways"})
    owner.click(say("Overview")).click(say("Edit the dashboard")).press(say("Save the dashboard"), activity="1")
    assert say("The dashboard is saved.") in owner.notices
    owner.click(say("Referral programme")).press(say("Get your link"))
    assert "/refer/" in owner.text
    owner.click(say("Users")).click("Somchai Gone").click(say("Delete this user")).press(say("Delete this user"))
    assert "gone@siam.example" not in owner.text


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (400, 300), "teal").save(file, "PNG")
    return file.getvalue()


def _access_ends_and_comes_back(world: World, owner: Any, partner: Any, say, language: str) -> None:
    cast = world.cast
    partner.open(f"/{language}/organizations/{cast.siam.public_id}/users/add")
    owner.click(say("Your partner")).click(say("Revoke access")).press(say("Revoke access"))
    assert owner.status == 200
    partner.press(say("Add user"), name="Too Late", email="late@siam.example")
    assert partner.status == 404
    partner.open(f"/{language}/console/customers")
    assert "siam.example" not in partner.text
    world.work()
    assert world.box.to(cast.admin.email)[-1]["Content-Language"] == "es"
    assert world.box.to(cast.siam_admin.email)[-1]["Content-Language"] == "th"

    partner.open(f"/{language}/store/customers/{cast.siam.public_id}")
    partner.press(say("Ask for access"), message="Para ayudarles otra vez.")
    owner.click(say("Your partner")).press(say("Accept the request"))
    partner.open(f"/{language}/organizations/{cast.siam.public_id}/users")
    assert partner.status == 200
    owner.click(say("Record"))
    assert "Pedido 17" in owner.text, "the reason that the partner gave"


def _a_digest_arrives(world: World, say) -> None:
    world.clock.advance(days=31)
    world.work()
    digest = world.box.to(world.cast.siam_admin.email)[-1]
    assert digest["Content-Language"] == "th"
    assert "Andina Cloud" in digest.get_body(("plain",)).get_content()


def _owner_hands_over(world: World, owner: Any, enter: Callable[[Any], Any], say, language: str) -> None:
    owner.click(say("Settings")).press(say("Propose a new super administrator"), **{"successor-user": NEW})
    assert owner.status == 200
    world.work()
    successor = enter(world.cast.returning(NEW)).open(world.link(NEW, "handover"))
    assert successor.lang == language
    successor.press(say("Accept"))
    successor.open(f"/{language}/organizations/{world.cast.siam.public_id}/partner")
    assert say("Authenticator app") in successor.text, "the organization requires a second factor"
    world.cast.code_of(Account.get(Account.email == NEW))
    successor.open(f"/{language}/organizations/{world.cast.siam.public_id}/partner")
    assert say("Revoke access") in successor.text
    owner.open(owner.url)
    assert not owner.tree.xpath("//form[contains(@action, '/super-admin')]"), "the former is an administrator now"


def consent_story(world: World, enter: Callable[[Any], Any], language: str) -> None:
    """A vendor whose programme allows it: the partner asks for one task, the super administrator does it."""
    say, cast = words(language), world.cast
    world.programme(lambda old: replace(old, delegation=replace(old.delegation, one_task_consent=True)))
    cast.siam_admin, cast.user("gone@siam.example", "Somchai Gone")
    partner, owner = enter(cast.admin), enter(cast.siam_admin)
    inside = f"/{language}/organizations/{cast.siam.public_id}"

    partner.open(f"{inside}/users").click("Somchai Gone")
    partner.click(say("Ask for this one time"), within=say("Delete a user"))
    partner.press(say("Send the request"), reason="")
    assert partner.status == 422
    partner.press(say("Send the request"), reason="Ya no trabaja aquí.")
    assert partner.status == 200
    world.work()
    mail = world.box.to(cast.siam_admin.email)[-1]
    assert mail["Content-Language"] == "th"
    assert "Ya no trabaja aquí." in mail.get_body(("plain",)).get_content()

    partner.open(f"{inside}/users").click("Somchai Gone")
    assert partner.status == 200, "asking alone changes nothing"
    owner.open(f"{inside}/requests").click(say("Delete a user"))
    assert "Somchai Gone" in owner.text
    owner.press(say("Approve and do it now"))
    assert owner.status == 200
    partner.open(f"{inside}/users")
    assert "Somchai Gone" not in partner.text
    world.work()
    assert world.box.to(cast.admin.email)[-1]["Content-Language"] == "es"
    owner.open(f"{inside}/record")
    assert "Ya no trabaja aquí." in owner.text
