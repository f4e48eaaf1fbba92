"""Every country has a time zone that exists, and large countries the one that most people would expect."""

from zoneinfo import ZoneInfo

import pytest

from portal.core.countries import zone_of, zones


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("TH", "Asia/Bangkok"), ("MX", "America/Mexico_City"), ("ES", "Europe/Madrid"), ("fr", "Europe/Paris"),
        ("BR", "America/Sao_Paulo"), ("RU", "Europe/Moscow"), ("US", "America/New_York"), ("ZZ", "UTC"),
    ],
)
def test_a_country_has_the_zone_of_its_people(country, zone):
    assert zone_of(country) == zone


def test_every_zone_can_be_calculated_with():
    assert len(zones()) > 240
    for zone in zones().values():
        ZoneInfo(zone)
