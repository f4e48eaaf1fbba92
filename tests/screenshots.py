"""`make screenshots`: pictures of real pages of the demo in every language, for the README and the help."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from portal import create_app, demo
from portal.accounts.models import Account
from portal.billing.models import Invoice
from portal.core.locales import COMPLETE
from portal.customers.models import Organization
from portal.directory.models import User
from portal.domains.models import Domain
from portal.partners.models import Partner
from portal.settings import ROOT, load
from portal.storage import database, transaction
from portal.storage.migrate import migrate
from portal.subscriptions.models import Subscription
from portal.support.models import Ticket
from portal.web.wiring import dev_names
from tests.browser import chromium
from tests.cast import Cast
from tests.doubles import FixedClock
from tests.postgres import free_port
from tests.servers import live

GALLERY = ROOT / "docs/screenshots"
_MOST_BYTES = 150_000
_WAITING = "transbajio.example"  # a demo customer whose domain is not verified
_TRIAL = "paramo.example"  # one that tries
_TOKEN = "vwm3k7qj2xhd5tzn8cfr4pgy6s"  # in place of a random one, so that a picture changes only with its page


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: `<lang>-<name>.png`, of the page at `path` as `email` sees it (nobody: signed out)."""

    name: str
    path: str
    email: str = ""
    width: int = 1280
    height: int = 800
    languages: tuple[str, ...] = COMPLETE


SHOTS = (
    Shot("home", "/{lang}/", height=860),
    Shot("customers", "/{lang}/console/customers", demo.ADMIN.email),
    Shot("domain", "/{lang}/console/customers/{waiting}/domain", demo.ADMIN.email, height=900),
    Shot("on-behalf", "/{lang}/organizations/{managed}/users", demo.ADMIN.email, height=720),
    Shot("user", "/{lang}/organizations/{managed}/users/{user}", demo.ADMIN.email, height=900),
    Shot("partner", "/{lang}/organizations/{managed}/partner", demo.SIAM.email, height=720),
    Shot("record", "/{lang}/organizations/{managed}/record", demo.SIAM.email, height=780),
    Shot("preview", "/{lang}/store/subscriptions/{subscription}/change?plan={plan}&licenses=60&period=yearly"
         "&extra_storage_gb=20", demo.ADMIN.email, height=1300),
    Shot("invoice", "/{lang}/store/invoices/{invoice}", demo.ADMIN.email, height=900),
    Shot("reports", "/{lang}/store/reports", demo.ADMIN.email, height=900),
    Shot("commission", "/{lang}/store/commission", demo.ADMIN.email, height=900),
    Shot("phone", "/{lang}/console/customers?sort=-renewal", demo.ADMIN.email, 360, 720, ("th",)),
)


@dataclass
class Portal:
    """The demo, served on loopback at `address`."""

    app: Flask
    address: str
    cast: Cast
    things: dict[str, str]


@contextmanager
def demo_portal() -> Iterator[Portal]:
    """Serve a portal with demo data on a database that lasts as long as this."""
    with ExitStack() as stack:
        var, port = Path(stack.enter_context(tempfile.TemporaryDirectory())), free_port()
        settings = replace(load({}), var=var, database_url=f"sqlite:///{var / 'portal.db'}", local_htmx=True,
                           base_url=f"http://127.0.0.1:{port}")
        app = create_app(settings, clock=FixedClock())
        stack.enter_context(app.app_context())
        stack.enter_context(database.connection_context())
        migrate()
        demo.fill(app.extensions["make_ctx"](), dev_names(settings))
        cast = Cast(app, app.extensions["make_ctx"])
        yield Portal(app, stack.enter_context(live(app, port)), cast, _things())


def _things() -> dict[str, str]:
    with transaction():
        Domain.update(token=_TOKEN).where(Domain.name == _WAITING).execute()
    names = {"waiting": _WAITING, "managed": demo.SIAM_TRADING["domain"]}
    ids = {key: Organization.get(Organization.domain == name).public_id for key, name in names.items()}
    owned = Subscription.get(Subscription.organization == Organization.get(Organization.domain == names["managed"]))
    first = Invoice.select().where(Invoice.subscription == owned).order_by(Invoice.id.desc()).first()
    user = User.get(User.email == f"emily@{names['managed']}")
    partner = Partner.get(Partner.name == "Andina Cloud")
    urgent = Ticket.select().where(Ticket.partner == partner, Ticket.severity == "S1").order_by(Ticket.id.desc())
    return {**ids, "ticket": urgent.first().public_id, "trial": _TRIAL, "subscription": owned.public_id,
            "plan": owned.plan, "invoice": first.public_id, "user": user.public_id}


def take(portal: Portal, browser: Browser, shot: Shot, language: str) -> bytes:
    """Return the picture as a PNG."""
    context = browser.new_context(viewport={"width": shot.width, "height": shot.height}, reduced_motion="reduce")
    if shot.email:
        person = portal.cast.sign_in(Account.get(Account.email == shot.email))
        context.add_cookies([{"name": "portal", "value": person.cookie, "url": portal.address}])
    page = context.new_page()
    answer = page.goto(portal.address + shot.path.format(lang=language, **portal.things))
    assert answer is not None
    assert answer.ok, (shot.name, answer.status)
    picture = page.screenshot()
    context.close()
    return picture


def main() -> int:
    from tests.pictures import take_all

    if not chromium.PROGRAM:
        print(chromium.MISSING)
        return 1
    GALLERY.mkdir(parents=True, exist_ok=True)
    with demo_portal() as portal, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        for shot in SHOTS:
            for language in shot.languages:
                picture = take(portal, browser, shot, language)
                assert len(picture) <= _MOST_BYTES, (shot.name, language, len(picture))
                (GALLERY / f"{language}-{shot.name}.png").write_bytes(picture)
        helping = take_all(portal, browser, list(COMPLETE))
        browser.close()
    count = sum(len(shot.languages) for shot in SHOTS)
    print(f"{count} pictures in {GALLERY.relative_to(ROOT)}, {helping} of the help")
    return 0


if __name__ == "__main__":
    sys.exit(main())
