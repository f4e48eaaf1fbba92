"""The real ports for a set of settings, and the small internet of a development machine."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from portal.adapters.addresses import is_public_or_loopback
from portal.adapters.cards import Gateway, NoGateway
from portal.adapters.dev_dns import LOOPBACK, DevDns
from portal.adapters.dev_names import DevNames
from portal.adapters.dev_web import DevWeb
from portal.adapters.dns import AuthoritativeDns
from portal.adapters.imap import Inbox
from portal.adapters.mailer import FolderMailer, Mailer, SmtpMailer
from portal.adapters.sandbox.gateway import SandboxGateway
from portal.adapters.signon import NoSignOn, SignOn
from portal.adapters.stripe_cards import StripeGateway
from portal.adapters.web_fetch import GuardedFetch
from portal.core.clock import Clock, system_clock
from portal.core.context import Ports
from portal.core.ids import derive
from portal.settings import Settings, SettingsError

log = logging.getLogger("portal.development")


def ports(settings: Settings, clock: Clock = system_clock) -> Ports:
    """Connect nothing yet: adapters open their connections when they are asked."""
    if settings.dev_internet:
        port = settings.dev_dns_port
        dns = AuthoritativeDns([(LOOPBACK, port)], port, allowed=is_public_or_loopback)
        web = GuardedFetch(dns.addresses, is_public_or_loopback, {"http": settings.dev_web_port})
    else:
        dns = AuthoritativeDns(settings.dns_servers or None)
        web = GuardedFetch(dns.addresses)
    return Ports(dns=dns, web=web, mailer=_mailer(settings), cards=_cards(settings, clock),
                 signon=_sign_on(settings, clock), inbox=_inbox(settings))


def dev_names(settings: Settings) -> DevNames:
    """Return the records and files of the development internet: one file that all processes read."""
    return DevNames(settings.var / "dev-dns.json")


@contextlib.contextmanager
def dev_internet(settings: Settings) -> Iterator[None]:
    """Run the development DNS and web servers meanwhile, unless another worker does or the real ones are asked."""
    with contextlib.ExitStack() as servers:
        if settings.dev_internet:
            names = dev_names(settings)
            try:
                servers.callback(DevDns(names.records, settings.dev_dns_port).start().stop)
                servers.callback(DevWeb(names.files, settings.dev_web_port).start().stop)
            except OSError as error:
                log.warning("the development DNS or web server runs elsewhere already: %s", error)
        yield


def _mailer(settings: Settings) -> Mailer:
    return SmtpMailer(settings.smtp_url) if settings.smtp_url else FolderMailer(settings.var / "mail")


def _inbox(settings: Settings) -> Inbox | None:
    if not settings.imap_url:
        return None
    from portal.adapters.imap import ImapInbox  # most installations have a mail server of their own

    return ImapInbox(settings.imap_url)


def _sign_on(settings: Settings, clock: Clock) -> SignOn:
    if not settings.providers:
        return NoSignOn()
    from portal.adapters.oidc import OidcSignOn  # takes a while to import

    return OidcSignOn(settings.providers, clock)


def _cards(settings: Settings, clock: Clock) -> Gateway:
    if settings.cards == "stripe":
        return StripeGateway(settings.stripe_key, settings.stripe_webhook_secret, settings.stripe_api)
    return sandbox(settings, clock) if settings.cards == "sandbox" else NoGateway()


def sandbox(settings: Settings, clock: Clock) -> SandboxGateway:
    """Return the gateway that moves no money. Raises `SettingsError` in production, however it got there."""
    if not settings.sandbox:
        raise SettingsError("The sandbox gateway exists in development mode only.")
    secret = derive(settings.secret_key, "sandbox-gateway", "webhooks")
    return SandboxGateway(secret, settings.base_url, clock)
