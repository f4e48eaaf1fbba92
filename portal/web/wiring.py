"""The real ports for a set of settings."""

from __future__ import annotations

from portal.adapters.dns import AuthoritativeDns
from portal.adapters.mailer import FolderMailer, Mailer, SmtpMailer
from portal.adapters.web_fetch import GuardedFetch
from portal.core.context import Ports
from portal.settings import Settings


def ports(settings: Settings) -> Ports:
    """Connect nothing yet: adapters open their connections when they are asked."""
    dns = AuthoritativeDns(settings.dns_servers or None)
    return Ports(dns=dns, web=GuardedFetch(dns.addresses), mailer=_mailer(settings))


def _mailer(settings: Settings) -> Mailer:
    return SmtpMailer(settings.smtp_url) if settings.smtp_url else FolderMailer(settings.var / "mail")
