"""The main job from end to end, in four languages, without JavaScript, on real mail and real DNS."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.locales import COMPLETE
from portal.domains.models import Domain
from portal.partners.models import Partner
from tests.journeys.conftest import World
from tests.no_js import NoJs
from tests.words import words

APPLICANTS = {
    "es": ("Lucía Fernández", "Nube Clara", {"street": "Calle Mayor 7", "city": "Madrid", "country": "ES"}),
    "fr": ("Élodie Martin", "Nuage Bleu", {"street": "3 rue de l’Église", "city": "Lyon", "country": "FR"}),
    "th": ("สมชาย ใจดี", "เมฆสยาม", {"street": "99 ถนนสุขุมวิท", "city": "กรุงเทพฯ", "country": "TH"}),
    "en": ("Ada O’Neill", "Blue Sky", {"street": "1 High Street", "city": "Austin", "country": "US"}),
}
DUE = {"en": "March 9, 2026", "es": "9 de marzo de 2026", "fr": "9 mars 2026", "th": "9 มีนาคม พ.ศ. 2569"}
PASSWORD = "tres tristes tigres"


@pytest.mark.parametrize("language", COMPLETE)
def test_from_the_first_page_to_a_managed_customer(world: World, language: str) -> None:
    whole_story(world, world.browser(language), language)


def whole_story(world: World, person: Any, language: str) -> None:
    """Walk it with any browser that speaks like `NoJs`."""
    say = words(language)
    email = f"applicant@{language}.example"

    _reads_and_applies(world, person, say, language, email)
    _is_accepted(world, email)
    _opens_store_and_console(world, person, say, language, email)
    domain = f"kunde-{language}.example"
    _adds_a_customer(world, person, say, domain)
    _verifies(world, person, say, domain)
    _extends_the_trial(world, person, say)
    _manages(person, say, domain)


def _reads_and_applies(world: World, person: Any, say, language: str, email: str) -> None:
    name, company, address = APPLICANTS[language]
    person.open("/")
    assert (person.url, person.lang) == (f"/{language}/", language)
    person.click(say("Apply to become a partner")).click(say("Start the application"))

    person.press(say("Continue"), company=company)
    assert person.status == 422
    assert say("This field is required.") in person.text
    person.press(say("Continue"), **address)  # the company's name was kept
    person.press(say("Continue"), expertise="workplace", experience="Ten years.", plan="Fifty customers.")

    person.click(say("Create account"))
    person.press(say("Create account"), name=name, email=email, password=PASSWORD)
    assert email in person.text
    world.work()
    assert world.box.to(email)[-1]["Content-Language"] == language
    person.open(world.link(email, "verify-email")).press(say("Confirm and continue"))

    assert company in person.text, "nothing typed was lost"
    person.press(say("Submit"))
    assert person.status == 422
    person.press(say("Submit"), accept=True)
    assert person.url.endswith("/application")
    assert DUE[language] in person.text
    world.work()
    assert world.box.to(email)[-1]["Content-Language"] == language


def _is_accepted(world: World, email: str) -> None:
    desk = NoJs(world.cast.reviewer.browser()).open("/en/desk/applications")
    company = APPLICANTS[email.split("@")[1].split(".")[0]][1]
    desk.click(company).press("Accept the application")
    assert desk.status == 200, desk.text
    world.work()
    assert Partner.select().where(Partner.name == company).count() == 1


def _opens_store_and_console(world: World, person: Any, say, language: str, email: str) -> None:
    welcome = world.box.to(email)[-1]
    assert welcome["Content-Language"] == language
    person.open(world.link(email, "/store"))
    assert (person.status, person.url) == (200, f"/{language}/store/")
    person.click(say("Partner Console"))
    assert person.url.startswith(f"/{language}/console/customers")


def _adds_a_customer(world: World, person: Any, say, domain: str) -> None:
    person.click(say("Add customer"))
    person.press(say("Add customer"), name="Clientèle & Co", domain="not a domain", admin_name="ผู้ดูแล",
                 admin_email=f"boss@{domain}", language="th", country="TH")
    assert person.status in (409, 422)
    person.press(say("Add customer"), domain=domain.upper())
    assert domain in person.text
    world.work()
    assert world.box.to(f"boss@{domain}")[-1]["Content-Language"] == "th", "the invitation speaks their language"


def _verifies(world: World, person: Any, say, domain: str) -> None:
    world.names.place_zone(domain)
    person.press(say("Check now"))
    world.work()
    person.refreshed(say("Refresh"), until=say("Next automatic check"))
    token = Domain.get(Domain.name == domain).token
    hosts = person.tree.xpath("//code/text() | //*[contains(@class,'copy')]//text()")
    host = next(text.strip() for text in hosts if text.strip().endswith(domain))
    value = next(text.strip() for text in hosts if token in text)
    world.names.place(host, "TXT", value)
    world.clock.advance(minutes=2)
    person.press(say("Check now"))
    world.work()
    person.open(person.url)
    assert say("The domain is verified.") in person.text


def _extends_the_trial(world: World, person: Any, say) -> None:
    person.click(say("Manage customers"))
    assert not person.tree.xpath(f"//main//a[starts-with(normalize-space(), '{say('Verify')} ')]")
    for _ in range(3):
        button = person.tree.xpath("//button[starts-with(@id, 'extend-')]")[0]
        person.press(" ".join(button.text_content().split()))
        assert person.status == 200
    assert not person.tree.xpath("//button[starts-with(@id, 'extend-')]"), "sixty days are the end"


def _manages(person: Any, say, domain: str) -> None:
    person.click(f"{say('Manage')} {domain}")
    banner = say("You are currently managing your customer %(domain)s", domain=domain)
    for _ in range(2):
        assert person.status == 200
        assert banner in " ".join(person.tree.text_content().split())
        person.click(say("Users"))
    assert f"boss@{domain}" in person.text
