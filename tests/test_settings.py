"""The environment: nothing is needed in development, and everything that is wrong is told at once."""

import pytest

from portal.settings import SettingsError, load

GOOD = {
    "PORTAL_ENV": "production", "PORTAL_DATABASE_URL": "postgresql://portal@db.example/portal",
    "PORTAL_SECRET_KEY": "k" * 32, "PORTAL_BASE_URL": "https://partners.example.com",
    "PORTAL_SMTP_URL": "smtp://mail.example", "PORTAL_MAIL_FROM": "Partners <partners@example.com>",
}


def test_development_needs_nothing():
    assert load({}).development


def test_production_knows_what_it_was_told():
    settings = load({**GOOD, "PORTAL_DNS_SERVERS": "192.0.2.1, 192.0.2.2:5353"})
    assert (settings.development, settings.secure) == (False, True)
    assert settings.dns_servers == (("192.0.2.1", 53), ("192.0.2.2", 5353))


def test_all_that_is_missing_is_told_at_once():
    with pytest.raises(SettingsError) as refusal:
        load({"PORTAL_ENV": "production"})
    assert [name for name in GOOD if name not in str(refusal.value)] == ["PORTAL_ENV"]


@pytest.mark.parametrize(("name", "value"), [
    ("PORTAL_ENV", "prod"), ("PORTAL_DATABASE_URL", "mysql://db"), ("PORTAL_SECRET_KEY", "short"),
    ("PORTAL_BASE_URL", "partners.example.com"), ("PORTAL_SMTP_URL", "http://mail.example"),
    ("PORTAL_MAIL_FROM", "Partners"), ("PORTAL_HTMX", "remote"), ("PORTAL_DNS_SERVERS", "dns.example"),
    ("PORTAL_DNS_SERVERS", "192.0.2.1:99999"), ("PORTAL_DNS_SERVERS", "192.0.2.1:-5"),
    ("PORTAL_TRUSTED_PROXIES", "-1"), ("PORTAL_PROGRAMME", "/nowhere.toml"),
])
def test_what_cannot_be_used_is_named(name, value):
    with pytest.raises(SettingsError, match=name):
        load({**GOOD, name: value})


@pytest.mark.parametrize(("name", "value"), [
    ("PORTAL_DATABASE_URL", "mysql://portal:hunter2@db"), ("PORTAL_SECRET_KEY", "hunter2"),
    ("PORTAL_SMTP_URL", "http://portal:hunter2@mail.example"),
])
def test_faults_repeat_no_secret(name, value):
    with pytest.raises(SettingsError) as refusal:
        load({**GOOD, name: value})
    assert "hunter2" not in str(refusal.value)
