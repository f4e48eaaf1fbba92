"""The environment: nothing is needed in development, and everything that is wrong is told at once."""

import pytest

from portal import settings as settings_module
from portal.settings import SettingsError, load
from portal.web.wiring import ports

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
    ("PORTAL_CARDS", "paypal"), ("PORTAL_CARDS", "sandbox"), ("PORTAL_TRUSTED_PROXIES", "-1"),
    ("PORTAL_PROGRAMME", "/nowhere.toml"),
])
def test_what_cannot_be_used_is_named(name, value):
    with pytest.raises(SettingsError, match=name):
        load({**GOOD, name: value})


STRIPE = {"PORTAL_CARDS": "stripe", "PORTAL_STRIPE_KEY": "sk_live_1", "PORTAL_STRIPE_WEBHOOK_SECRET": "whsec_1"}


@pytest.mark.parametrize(("environment", "cards", "sandbox"), [
    ({}, "sandbox", True), ({"PORTAL_CARDS": "none"}, "none", False), (GOOD, "none", False),
    (STRIPE, "stripe", False), ({**GOOD, **STRIPE}, "stripe", False),
])
def test_which_gateway_takes_the_money(environment, cards, sandbox):
    settings = load(environment)
    assert (settings.cards, settings.sandbox) == (cards, sandbox)
    assert ports(settings).cards.name == cards


@pytest.mark.parametrize("missing", ["PORTAL_STRIPE_KEY", "PORTAL_STRIPE_WEBHOOK_SECRET"])
def test_stripe_needs_its_keys(missing):
    with pytest.raises(SettingsError, match=missing):
        load({name: value for name, value in {**GOOD, **STRIPE}.items() if name != missing})


@pytest.mark.parametrize(("name", "value"), [
    ("PORTAL_STRIPE_KEY", "pk_live_1"), ("PORTAL_STRIPE_WEBHOOK_SECRET", "sk_live_1"), ("PORTAL_STRIPE_API", "ftp://x"),
])
def test_stripes_keys_are_what_they_should_be(name, value):
    with pytest.raises(SettingsError, match=name):
        load({**GOOD, **STRIPE, name: value})


def test_stripe_needs_its_extra(monkeypatch):
    monkeypatch.setattr(settings_module, "find_spec", lambda _name: None)
    with pytest.raises(SettingsError, match="install the extra"):
        load({**GOOD, **STRIPE})


@pytest.mark.parametrize(("name", "value"), [
    ("PORTAL_DATABASE_URL", "mysql://portal:hunter2@db"), ("PORTAL_SECRET_KEY", "hunter2"),
    ("PORTAL_SMTP_URL", "http://portal:hunter2@mail.example"), ("PORTAL_STRIPE_KEY", "hunter2"),
    ("PORTAL_STRIPE_WEBHOOK_SECRET", "hunter2"),
])
def test_faults_repeat_no_secret(name, value):
    with pytest.raises(SettingsError) as refusal:
        load({**GOOD, **STRIPE, name: value})
    assert "hunter2" not in str(refusal.value)
