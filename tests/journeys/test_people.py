"""People from the invitation to the erasure, in four languages, without JavaScript.

A colleague comes to a partner for one customer, works in two places, is removed, and takes her data; a member of the
staff is appointed, secures herself and gives money back together with another.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from portal.accounts.commands.second_factor import code_at, step_of
from portal.billing.commands.payouts import ask_payout
from portal.billing.models import Invoice, Refund, RefundRequest
from portal.commissions.models import Payout
from portal.core.locales import COMPLETE
from portal.customers.models import Organization
from portal.privacy.models import DataExport
from portal.subscriptions.models import Subscription
from tests.billing.shop import Shop, invoices
from tests.commissions.money import bank, earn
from tests.journeys.conftest import World
from tests.no_js import NoJs
from tests.words import words

LEK, FAH = "lek@people.example", "fah@people.example"
PASSWORD = "tres tristes tigres"
ANDINA, OTHER = "Andina Cloud", "Other Resale"
Enter = Callable[[Any], Any]
Say = Callable[..., str]


@pytest.mark.parametrize("language", COMPLETE)
def test_a_colleague_comes_and_goes(world: World, language: str) -> None:
    people_story(world, _doors(world, language), language)


@pytest.mark.parametrize("language", COMPLETE)
def test_finance_is_appointed_secured_and_decides(world: World, language: str) -> None:
    staff_story(world, _doors(world, language), language)


def _doors(world: World, language: str) -> Enter:
    return lambda person: NoJs(person.browser()) if person else world.browser(language)


def people_story(world: World, enter: Enter, language: str) -> None:
    """Walk it with browsers that speak like `NoJs`; `enter` opens one for somebody, or for nobody."""
    say, cast = words(language), world.cast
    _, lanna = cast.siam, cast.customer("Lanna Craft", "lanna.example")
    boss, lek = enter(cast.admin), enter(None)
    _invited(boss, say, language, sees="chosen", customers="siam.example")
    _accepts(world, lek, say, language)
    _sees_one_customer(lek, say, language, cast.siam, lanna)
    _joins_another_partner(world, enter(cast.outsider), lek, say, language)
    _gets_another_task(cast, boss, lek, say, language)
    _is_removed(world, boss, lek, say, language)
    _takes_her_data(world, lek, say, language)
    _thinks_again_about_erasure(lek, say)
    _signs_another_browser_out(world, enter(None), lek, say, language)


def _invited(boss: Any, say: Say, language: str, **grant: str) -> None:
    boss.open(f"/{language}/store/team").click(say("Invite somebody"))
    person = {"email": LEK, "name": "เล็ก Ñandú", "language": language, "role": "sales"}
    boss.press(say("Send the invitation"), **person, sees="chosen", customers="somebody-elses.example")
    assert boss.status == 409
    boss.press(say("Send the invitation"), **grant)
    assert say("The invitation to %(address)s is on its way.", address=LEK) in boss.notices


def _accepts(world: World, lek: Any, say: Say, language: str) -> None:
    world.work()
    assert world.box.to(LEK)[-1]["Content-Language"] == language
    link = world.link(LEK, "invitation")
    lek.open(link).press(say("Accept the invitation"), password=PASSWORD)
    assert say("You have accepted the invitation to %(organization)s.", organization=ANDINA) in lek.notices
    assert lek.open(link).status == 410, "a link works once"


def _sees_one_customer(lek: Any, say: Say, language: str, siam: Organization, lanna: Organization) -> None:
    lek.open(f"/{language}/store/customers")
    assert "siam.example" in lek.text
    assert "lanna.example" not in lek.text
    assert lek.open(f"/{language}/store/customers/{siam.public_id}").status == 200
    assert lek.open(f"/{language}/store/customers/{lanna.public_id}").status == 404
    assert lek.open(f"/{language}/store/reports").status == 403, "figures of the whole partner"
    assert say("You may not open this page") in lek.text


def _joins_another_partner(world: World, other: Any, lek: Any, say: Say, language: str) -> None:
    _invited(other, say, language, sees="all", customers="")
    world.work()
    lek.open(world.link(LEK, "invitation")).press(say("Accept the invitation"))
    assert "siam.example" not in lek.open(f"/{language}/store/customers").text, "who has come begins there"
    lek.unfold(OTHER).press(ANDINA)
    assert "siam.example" in lek.open(f"/{language}/store/customers").text


def _gets_another_task(cast: Any, boss: Any, lek: Any, say: Say, language: str) -> None:
    owned = Subscription.get(Subscription.organization == cast.siam)
    change = f"/{language}/store/subscriptions/{owned.public_id}/change"
    assert lek.open(change).status == 200
    boss.open(f"/{language}/store/team").click(f"{say('Edit')} เล็ก Ñandú")
    boss.press(say("Save the changes"), role="reader")
    assert say("The changes are saved. They count from this person's next click.") in boss.notices
    assert lek.open(change).status == 403


def _is_removed(world: World, boss: Any, lek: Any, say: Say, language: str) -> None:
    customer = f"/{language}/store/customers/{world.cast.siam.public_id}"
    assert lek.open(customer).status == 200
    boss.open(f"/{language}/store/team").click(f"{say('Remove')} เล็ก Ñandú").press(say("Remove from the team"))
    assert LEK not in boss.text
    assert lek.open(customer).status == 404
    assert "siam.example" not in lek.open(f"/{language}/store/customers").text
    assert lek.status == 200, "with the other partner she goes on"
    world.work()
    assert ANDINA in str(world.box.to(LEK)[-1]["Subject"])


def _takes_her_data(world: World, lek: Any, say: Say, language: str) -> None:
    world.clock.advance(hours=3)
    lek.open(f"/{language}/account/privacy").press(say("Make an archive of my data"))
    assert say("Is it you?") in lek.text
    assert not DataExport.select().exists()
    lek.press(say("Go on"), password="not her password")
    lek.press(say("Go on"), password=PASSWORD).press(say("Send now"))
    world.work()
    lek.refreshed(say("Refresh"), until=say("SHA-256 checksum:"))
    assert world.box.to(LEK)[-1]["Content-Language"] == language
    with zipfile.ZipFile(io.BytesIO(lek.download())) as archive:
        assert archive.testzip() is None
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert any(LEK in text for text in texts.values())
    assert not any(PASSWORD in text for text in texts.values())
    assert all(json.loads(text) is not None for name, text in texts.items() if name.endswith(".json"))


def _thinks_again_about_erasure(lek: Any, say: Say) -> None:
    lek.press(say("Erase my account"))
    assert say("Your erasure is announced. You may take it back until its day.") in lek.notices
    lek.press(say("Keep my account"))
    assert say("Your erasure is taken back. Nothing was erased.") in lek.notices
    assert say("Erase my account") in lek.text


def _signs_another_browser_out(world: World, phone: Any, lek: Any, say: Say, language: str) -> None:
    sessions = f"/{language}/account/sessions"
    phone.open(sessions).press(say("Sign in"), email=LEK, password=PASSWORD)
    assert phone.url == sessions
    lek.open(sessions)
    here = say("This browser")
    [other] = [row for row in lek.tree.xpath("//tbody/tr") if here not in row.text_content()]
    lek.press_at(other.xpath(".//form/@action")[0])
    assert say("That browser is signed out.") in lek.notices
    assert lek.open(sessions).url == sessions
    assert phone.open(sessions).url != sessions


def staff_story(world: World, enter: Enter, language: str) -> None:
    """Walk it with browsers that speak like `NoJs`; `enter` opens one for somebody, or for nobody."""
    say = words(language)
    admin, fah = enter(world.cast.reviewer), enter(None)
    invoice = _paid_invoice(world)
    _appointed(world, admin, say, language)
    secret = _secures_herself(world, fah, say, language)
    _approves_a_refund(world, admin, fah, say, language, invoice, secret)
    _approves_a_payout(world, fah, say, language)


def _paid_invoice(world: World) -> Invoice:
    cast = world.cast
    world.card(cast.siam)
    shop = Shop(cast, None, world.clock, world.work)  # type: ignore[arg-type]
    return invoices(shop.bought(cast.siam))[0]


def _appointed(world: World, admin: Any, say: Say, language: str) -> None:
    admin.open(f"/{language}/desk/staff").click(say("Appoint somebody"))
    admin.press(say("Give this task"), email=FAH, name="ฟ้า", language=language, role="finance")
    assert say("The task is given, and a mail is on its way to %(email)s.", email=FAH) in admin.notices
    world.work()
    assert world.box.to(FAH)[-1]["Content-Language"] == language


def _secures_herself(world: World, fah: Any, say: Say, language: str) -> str:
    fah.open(world.link(FAH, "invitation")).press(say("Accept the invitation"), password=PASSWORD)
    for page in ("desk/invoices", "desk/payouts", "desk/refunds"):
        assert say("Set up an authenticator app") in fah.open(f"/{language}/{page}").text, page
    fah.press(say("Set up an authenticator app"))
    secret = "".join(fah.tree.xpath("//p[@class='secret']/code/text()")).replace(" ", "")
    fah.press(say("Use this app from now on"), otp=code_at(secret, step_of(world.clock.now)))
    fah.click(say("I have kept them: go on"))
    assert fah.url == f"/{language}/desk/refunds"
    assert say("No refund waits") in fah.text
    assert fah.open(f"/{language}/desk/staff").status == 403, "no administrator"
    return secret


def _approves_a_refund(world: World, admin: Any, fah: Any, say: Say, language: str, invoice: Invoice, secret: str
                       ) -> None:
    admin.open(f"/{language}/desk/invoices/{invoice.public_id}")
    admin.press(say("Show what it does"), amount="7000.01" if language in ("en", "th") else "7000,01")
    admin.press(_button(admin, "//form[.//textarea[@name='reason']]//button"), reason="เรียกเก็บเกินไป")
    assert (Refund.select().count(), RefundRequest.get().state) == (0, "asked"), "too much for one"
    world.clock.advance(hours=3)
    fah.open(f"/{language}/desk/refunds").click(invoice.code)
    fah.press(_button(fah, "//form[contains(@action, '/approve')]//button"))
    assert say("Is it you?") in fah.text, "money leaves"
    fah.press(say("Go on with this code"), otp=code_at(secret, step_of(world.clock.now)))
    assert RefundRequest.get().state == "asked"
    fah.press(say("Send now"))
    world.work()
    assert (Refund.get().state, Invoice.get_by_id(invoice.id).credited) == ("succeeded", 700_001)


def _approves_a_payout(world: World, fah: Any, say: Say, language: str) -> None:
    cast = world.cast
    bank(cast.make_ctx(), cast.andina)
    earn(cast.make_ctx(), cast.andina, 50_000, "journey")
    payout = ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)
    fah.open(f"/{language}/desk/payouts")
    fah.open(fah.tree.xpath("//tbody//a/@href")[0]).press(say("Approve the payout"))
    approved = Payout.get_by_id(payout.id)
    assert (approved.state, approved.approved_by_name) == ("approved", "ฟ้า")


def _button(person: Any, path: str) -> str:
    """Return what a button says whose words hold an amount."""
    return " ".join(person.tree.xpath(path)[0].text_content().split())
