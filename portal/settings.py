"""Configuration: the environment read once into frozen settings, all faults reported at once."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from portal.adapters.signon import Provider

ROOT = Path(__file__).resolve().parent.parent
_CONFIDENTIAL = {  # faults end in logs
    "PORTAL_SECRET_KEY", "PORTAL_DATABASE_URL", "PORTAL_SMTP_URL", "PORTAL_IMAP_URL", "PORTAL_STRIPE_KEY",
    "PORTAL_STRIPE_WEBHOOK_SECRET",
}
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_DEVELOPMENT_SECRET = "development only: sessions of this machine, no secret of anybody"


class SettingsError(Exception):
    """The environment does not describe a portal that could run; the message lists every fault with its remedy."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs between two installations. Everything has a safe default in development and no secret elsewhere."""

    development: bool
    database_url: str
    secret_key: str
    base_url: str
    var: Path
    programme: Path
    smtp_url: str
    mail_from: str
    dns_servers: tuple[tuple[str, int], ...]
    local_htmx: bool
    trusted_proxies: int
    database_pool: int
    dev_dns_port: int = 5354
    dev_web_port: int = 5380
    cards: str = "none"
    stripe_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_api: str = ""
    authserv_id: str = ""
    mail_in_addresses: tuple[str, ...] = ()
    imap_url: str = ""
    providers: tuple[Provider, ...] = ()  # identity providers, in the order of the sign-in page
    testing: bool = False

    @property
    def secure(self) -> bool:
        """Whether browsers reach the portal by https: then cookies are only sent there."""
        return self.base_url.startswith("https:")

    @property
    def own_addresses(self) -> frozenset[str]:
        """The addresses that mails of the portal come from and go to, besides those of the programme."""
        return frozenset(address.lower() for address in (parseaddr(self.mail_from)[1], *self.mail_in_addresses))

    @property
    def dev_internet(self) -> bool:
        """Whether domains are looked up in a small internet of this machine's own instead of the real one."""
        return self.development and not self.dns_servers

    @property
    def sandbox(self) -> bool:
        """Whether payments are the sandbox gateway's, which moves no money: never outside development."""
        return self.development and self.cards == "sandbox"


class _Reader:
    """Reads variables and gathers faults instead of stopping at the first."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment, self.faults = environment, list[str]()

    def get(self, name: str, default: str | None, remedy: str) -> str:
        value = self.environment.get(name) or default
        if value is None:
            self.faults.append(f"{name} is missing: {remedy}")
        return value or ""

    def checked(self, name: str, default: str | None, good: Callable[[str], bool], remedy: str) -> str:
        value = self.get(name, default, remedy)
        if value and not good(value):
            shown = name if name in _CONFIDENTIAL else f"{name}={value!r}"
            self.faults.append(f"{shown} cannot be used: {remedy}")
        return value

    def number(self, name: str, default: int, remedy: str) -> int:
        value = self.checked(name, str(default), str.isdecimal, remedy)
        return int(value) if value.isdecimal() else default


def load(environment: Mapping[str, str]) -> Settings:
    """Read `PORTAL_…` variables; raise `SettingsError` naming everything that is wrong.

    Without any variable this is development mode: an SQLite file under `var/`, mails into a local mailbox.
    """
    read = _Reader(environment)
    mode = read.checked("PORTAL_ENV", "development", {"development", "production"}.__contains__,
                        "use development or production")
    development = mode != "production"
    var = Path(read.get("PORTAL_VAR", str(ROOT / "var"), ""))
    settings = Settings(
        development=development,
        var=var,
        database_url=read.checked(
            "PORTAL_DATABASE_URL", f"sqlite:///{var / 'portal.db'}" if development else None,
            lambda url: urlsplit(url).scheme in {"sqlite", "postgresql"},
            "use postgresql://user:password@host/name or sqlite:////absolute/path",
        ),
        secret_key=read.checked(
            "PORTAL_SECRET_KEY", _DEVELOPMENT_SECRET if development else None, lambda key: len(key) >= 32,
            "use at least 32 random characters, the same on every node",
        ),
        base_url=read.checked(
            "PORTAL_BASE_URL", f"http://127.0.0.1:{environment.get('PORT') or 8000}" if development else None,
            lambda url: urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname),
            "use the address that people type, such as https://partners.example.com",
        ).rstrip("/"),
        programme=Path(read.checked(
            "PORTAL_PROGRAMME", str(ROOT / "portal/programme/default.toml"), lambda path: Path(path).is_file(),
            "use the path of a programme file",
        )),
        smtp_url=_smtp_url(read, development),
        mail_from=read.checked(
            "PORTAL_MAIL_FROM", "Partner portal <portal@localhost>" if development else None,
            lambda sender: "@" in parseaddr(sender)[1],
            "use the sender of all mails, such as Partners <partners@example.com>",
        ),
        dns_servers=_dns_servers(read),
        local_htmx=read.checked("PORTAL_HTMX", "cdn", {"cdn", "local"}.__contains__, "use cdn or local") == "local",
        trusted_proxies=read.number("PORTAL_TRUSTED_PROXIES", 0, "use how many proxies stand in front, 0 for none"),
        database_pool=read.number("PORTAL_DATABASE_POOL", 10, "use a number of connections per process"),
        dev_dns_port=read.number("PORTAL_DEV_DNS_PORT", 5354, "use the port of the development DNS server"),
        dev_web_port=read.number("PORTAL_DEV_WEB_PORT", 5380, "use the port of the development web server"),
        **_cards(read, development),
        **_mail_in(read),
        providers=tuple(_providers(read)),
    )
    if read.faults:
        raise SettingsError("The portal cannot start:\n" + "\n".join(f"- {fault}" for fault in read.faults))
    return settings


def _smtp_url(read: _Reader, development: bool) -> str:
    """Read the address of the mail server; empty means the local mailbox."""
    return read.checked(
        "PORTAL_SMTP_URL", "" if development else None,
        lambda url: urlsplit(url).scheme in {"smtp", "smtps", "smtp+starttls"},
        "use smtp://, smtps:// or smtp+starttls://user:password@host:port",
    )


def _mail_in(read: _Reader) -> dict[str, Any]:
    """Read how mails to Partner Support come in."""
    listed = read.get("PORTAL_MAIL_IN_ADDRESSES", "", "").replace(" ", "").lower()
    addresses = tuple(dict.fromkeys(filter(None, listed.split(","))))
    for address in addresses:
        if "@" not in address.strip("@"):
            read.faults.append(f"PORTAL_MAIL_IN_ADDRESSES has {address!r}: use addresses such as support@example.com")
    return {
        "authserv_id": read.get("PORTAL_AUTHSERV_ID", "", "").strip(),
        "mail_in_addresses": addresses,
        "imap_url": read.checked(
            "PORTAL_IMAP_URL", "", lambda url: urlsplit(url).scheme in {"imap", "imaps", "imap+starttls"}
            and bool(urlsplit(url).hostname and urlsplit(url).username),
            "use imaps:// or imap+starttls://user:password@host:port/Folder",
        ),
    }


def _cards(read: _Reader, development: bool) -> dict[str, Any]:
    """Read which payment gateway takes the money, and what it needs."""
    cards = read.checked("PORTAL_CARDS", "sandbox" if development else "none",
                         {"sandbox", "stripe", "none"}.__contains__, "use sandbox, stripe or none")
    if cards == "sandbox" and not development:
        read.faults.append("PORTAL_CARDS='sandbox' cannot be used: it moves no money, use stripe or none in production")
    if cards != "stripe":
        return {"cards": cards}
    if find_spec("stripe") is None:
        read.faults.append("PORTAL_CARDS='stripe' cannot be used: install the extra, pip install '.[stripe]'")
    return {
        "cards": cards,
        "stripe_key": read.checked("PORTAL_STRIPE_KEY", None, lambda key: key.startswith(("sk_", "rk_")),
                                   "use the secret key of the Stripe account, which begins with sk_ or rk_"),
        "stripe_webhook_secret": read.checked(
            "PORTAL_STRIPE_WEBHOOK_SECRET", None, lambda secret: secret.startswith("whsec_"),
            "use the signing secret of the webhook endpoint, which begins with whsec_",
        ),
        "stripe_api": read.checked(
            "PORTAL_STRIPE_API", "", lambda url: urlsplit(url).scheme in {"http", "https"},
            "leave it out, or use the address of a server that answers like Stripe, for tests",
        ),
    }


def _providers(read: _Reader) -> Iterator[Provider]:
    """Read the identity providers: `PORTAL_SIGN_ON` names them, and each has its own variables."""
    codes = [code for code in read.get("PORTAL_SIGN_ON", "", "").replace(" ", "").split(",") if code]
    issuers = set[str]()
    for code in dict.fromkeys(codes):
        if not _CODE.fullmatch(code):
            read.faults.append(f"PORTAL_SIGN_ON has {code!r}: use small letters, digits and hyphens")
            continue
        provider = _provider(read, code, f"PORTAL_SIGN_ON_{code.upper().replace('-', '_')}")
        if provider.issuer and provider.issuer in issuers:
            read.faults.append(f"PORTAL_SIGN_ON names {provider.issuer} twice: use one name for each provider")
        issuers.add(provider.issuer)
        yield provider


def _provider(read: _Reader, code: str, prefix: str) -> Provider:
    from portal.adapters.signon import Provider

    return Provider(
        code=code,
        name=read.get(f"{prefix}_NAME", code.capitalize(), ""),
        issuer=read.checked(f"{prefix}_ISSUER", None, _issuer, "use the provider's issuer address, which begins with "
                            "https:// and has no ? or #").rstrip("/"),
        client_id=read.get(f"{prefix}_CLIENT_ID", None, "use the number or name that the provider gave the portal"),
        client_secret=read.get(f"{prefix}_CLIENT_SECRET", None, "use the secret that the provider gave the portal"),
    )


def _issuer(url: str) -> bool:
    """Tell whether this can be an issuer. Only on this machine, for tests, it may do without https."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    return bool(parts.hostname) and (parts.scheme == "https" or local) and not (parts.query or parts.fragment)


def _dns_servers(read: _Reader) -> tuple[tuple[str, int], ...]:
    """Read `ip[:port],…`; empty means the system's resolvers."""
    found = []
    for item in filter(None, read.get("PORTAL_DNS_SERVERS", "", "").replace(" ", "").split(",")):
        host, _, port = item.rpartition(":") if item.count(":") == 1 else (item, "", "")
        try:
            found.append((str(ipaddress.ip_address(host)), _port(port or "53")))
        except ValueError:
            read.faults.append(f"PORTAL_DNS_SERVERS has {item!r}: use addresses such as 192.0.2.53 or 127.0.0.1:5353")
    return tuple(found)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError(text)
    return int(text)
