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


ACME = {
    "PORTAL_SIGN_ON": "acme, glo-bex", "PORTAL_SIGN_ON_ACME_ISSUER": "https://id.acme.example/",
    "PORTAL_SIGN_ON_ACME_CLIENT_ID": "portal", "PORTAL_SIGN_ON_ACME_CLIENT_SECRET": "s3cret",
    "PORTAL_SIGN_ON_ACME_NAME": "Acme Mail", "PORTAL_SIGN_ON_GLO_BEX_ISSUER": "https://globex.example/tenant",
    "PORTAL_SIGN_ON_GLO_BEX_CLIENT_ID": "7", "PORTAL_SIGN_ON_GLO_BEX_CLIENT_SECRET": "s3cret too",
}


def test_identity_providers_stand_in_their_order():
    settings = load({**GOOD, **ACME})
    assert [(one.code, one.name, one.issuer, one.client_id) for one in settings.providers] == [
        ("acme", "Acme Mail", "https://id.acme.example", "portal"),
        ("glo-bex", "Glo-bex", "https://globex.example/tenant", "7"),
    ]
    assert list(ports(settings).signon.providers) == ["acme", "glo-bex"]
    assert list(ports(load(GOOD)).signon.providers) == []


def test_a_provider_that_is_named_twice_is_one():
    assert len(load({**GOOD, **ACME, "PORTAL_SIGN_ON": "acme,acme"}).providers) == 1


@pytest.mark.parametrize("missing", [name for name in ACME if name.endswith(("_ISSUER", "_ID", "_SECRET"))])
def test_what_a_provider_needs_is_named(missing):
    with pytest.raises(SettingsError, match=missing):
        load({name: value for name, value in {**GOOD, **ACME}.items() if name != missing})


def test_all_that_providers_lack_is_told_at_once():
    with pytest.raises(SettingsError) as refusal:
        load({**GOOD, "PORTAL_SIGN_ON": "acme,Bad!,x_y"})
    told = str(refusal.value)
    assert [word for word in ("ACME_ISSUER", "ACME_CLIENT_ID", "ACME_CLIENT_SECRET", "'Bad!'", "'x_y'")
            if word not in told] == []


@pytest.mark.parametrize("issuer", [
    "http://id.acme.example", "ftp://127.0.0.1", "id.acme.example", "https://", "https://id.acme.example?x=1",
    "https://id.acme.example#x", "https://globex.example/tenant/",
])
def test_an_issuer_is_an_address_of_its_own(issuer):
    with pytest.raises(SettingsError, match="PORTAL_SIGN_ON"):
        load({**GOOD, **ACME, "PORTAL_SIGN_ON_ACME_ISSUER": issuer})


def test_faults_of_providers_repeat_no_secret():
    with pytest.raises(SettingsError) as refusal:
        load({**GOOD, **ACME, "PORTAL_SIGN_ON_ACME_ISSUER": "http://x.example"})
    assert "s3cret" not in str(refusal.value)
