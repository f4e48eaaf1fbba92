"""The shipped programme and an invented one: both load, and answer by their own data."""

from dataclasses import FrozenInstanceError
from datetime import date, time
from pathlib import Path

import pytest

import portal.programme
from portal.programme import Programme, load
from portal.programme.support import Hours
from portal.programme.text import Text

ROOM = Path(portal.programme.__file__).parent
ACME = Path(__file__).with_name("acme.toml")


@pytest.fixture(scope="module")
def shipped() -> Programme:
    return load(ROOM / "default.toml")


@pytest.fixture(scope="module")
def acme() -> Programme:
    return load(ACME)


def test_shipped_terms_are_those_of_the_sources(shipped: Programme) -> None:
    trial = shipped.trial
    assert (trial.initial_days, trial.extension_days, trial.max_days, trial.grace_days) == (15, 15, 60, 0)
    assert (shipped.application.review_days, shipped.application.partner_kind) == (7, "reseller")
    assert [code for code, choice in shipped.application.expertises.items() if choice.opens_console] == ["workplace"]
    first = shipped.severities[shipped.support.large_account_severity]
    assert first.around_the_clock
    assert first.acknowledgement == Hours(aim=1, limit=3)
    assert first.determination == Hours(aim=2, limit=8)
    assert first.resolution == Hours(aim=24, limit=48)


def test_another_vendor_has_other_terms(acme: Programme) -> None:
    trial = acme.trial
    assert (trial.initial_days, trial.extension_days, trial.max_days, trial.grace_days) == (10, 5, 30, 2)
    assert (acme.vendor.product, acme.application.review_days) == ("Acme Studio", 3)
    assert acme.calendars["bern"].hours_on("mon") == [(time(8), time(12)), (time(13), time(0))]
    assert acme.calendars["bern"].hours_on("sun") == []
    assert acme.severities["RED"].resolution is None


def test_every_service_of_the_catalog_is_described(shipped: Programme) -> None:
    placements = [category for service in shipped.services.values() for category in service.categories]
    assert len(shipped.services) == 52
    assert set(placements) == set(shipped.categories)
    assert len({service.description.get("en") for service in shipped.services.values()}) == 52


def test_exclusions_from_priority_support(shipped: Programme) -> None:
    """S4.6-11: four services and the add-ons of Writer, but not Writer itself."""
    excluded = {code for code, service in shipped.services.items() if not service.priority_support}
    assert excluded == {"campaigns", "dataprep", "pagesense", "marketing-automation"}
    addons = {code: service.addons for code, service in shipped.services.items() if service.addons}
    assert [addon.priority_support for addon in addons.pop("writer").values()] == [False]
    assert not addons


@pytest.mark.parametrize(
    ("country", "region", "email", "portal_channels", "assumed"),
    [
        ("US", "US", "partner-support@zohocorp.com", True, False),
        ("IN", "IN", "partner-support@zohocorp.com", True, False),
        ("AU", "AU", "partner-support@zohocorp.com", True, False),
        ("JP", "JP", "partner-support@zohocorp.com", True, False),
        ("SA", "SA", "partner-support@zohocorp.com", False, True),
        ("CA", "CA", "partner-support@zohocorp.com", False, True),
        ("FR", "EU", "partner-support@eu.zohocorp.com", True, False),
        ("es", "EU", "partner-support@eu.zohocorp.com", True, False),
        ("GB", "UK", "partner-support@eu.zohocorp.com", False, True),
        ("TH", "OTHER", "partner-support@zohocorp.com", False, True),
        ("MX", "OTHER", "partner-support@zohocorp.com", False, True),
        ("CH", "OTHER", "partner-support@zohocorp.com", False, True),
        ("", "OTHER", "partner-support@zohocorp.com", False, True),
    ],
)
def test_region_for_country(
    shipped: Programme, country: str, region: str, email: str, portal_channels: bool, assumed: bool
) -> None:
    found = shipped.region_for_country(country)
    assert (found.code, found.support_email) == (region, email)
    assert (found.portal_channels, found.assumed) == (portal_channels, assumed)


@pytest.mark.parametrize("country", ["LI", "li"])
def test_regions_of_another_vendor(acme: Programme, country: str) -> None:
    assert acme.region_for_country(country).support_email == "alps@acme.example"
    assert acme.region_for_country("US").code == "WORLD"


@pytest.mark.parametrize(
    ("country", "currency"),
    [("US", "USD"), ("DE", "EUR"), ("TH", "THB"), ("MX", "MXN"), ("th", "THB"), ("CO", "USD"), ("", "USD")],
)
def test_currency_for_country(shipped: Programme, country: str, currency: str) -> None:
    assert shipped.currency_for_country(country) == currency


def test_every_plan_has_a_price_in_every_currency_of_a_country(shipped: Programme) -> None:
    for plan in shipped.plans.values():
        assert plan.prices.keys() == {"USD", "EUR", "THB", "MXN"}
        assert all(amount > 0 for prices in plan.prices.values() for amount in prices.values())


@pytest.mark.parametrize(
    ("service", "day", "rate"),
    [
        ("cutter", date(2025, 6, 30), 0),
        ("cutter", date(2025, 7, 1), 700),
        ("renderer", date(2026, 6, 30), 700),
        ("renderer", date(2026, 7, 1), 250),
        ("cutter", date(2027, 1, 1), 800),
    ],
)
def test_commission_is_the_rate_of_the_day(acme: Programme, service: str, day: date, rate: int) -> None:
    assert acme.commission.rule("base", service, day).rate == rate


def test_commission_of_an_unknown_tier_is_an_error_and_not_nothing(acme: Programme) -> None:
    with pytest.raises(KeyError):
        acme.commission.rule("gold", "cutter", date(2027, 1, 1))


def test_text_falls_back_to_english() -> None:
    text = Text({"en": "Sales", "fr": "Ventes"})
    assert (text.get("fr"), text.get("th"), text.get("de")) == ("Ventes", "Sales", "Sales")
    assert Text("Solo").get("th") == "Solo"


def test_a_programme_cannot_be_changed(acme: Programme) -> None:
    with pytest.raises(FrozenInstanceError):
        acme.trial.max_days = 90  # type: ignore[misc]
    with pytest.raises(TypeError):
        acme.regions["MOON"] = acme.regions["ALPS"]  # type: ignore[index]
    with pytest.raises(TypeError):
        acme.vendor.terms["en"] = ""  # type: ignore[index]


def test_nothing_of_the_shipped_vendor_is_elsewhere(shipped: Programme) -> None:
    hosts = {center.host for center in shipped.data_centers.values()}
    names = {shipped.vendor.name, shipped.vendor.product, shipped.vendor.suite, shipped.vendor.help_email} | hosts
    for file in [ACME, *ROOM.glob("*.py")]:
        words = file.read_text(encoding="utf-8").lower()
        assert [name for name in names if name.lower() in words] == [], file.name
