"""Every main page: nothing is wider than a narrow phone in any language, and axe finds nothing to object to.

axe reads each page in one language, the next page in the next: what it finds rarely depends on words, and four
readings of each page would take longer than all other tests together.
"""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from portal.adapters.signon import Provider
from portal.applications.models import Application
from portal.billing.models import Difference
from portal.core.locales import LANGUAGES
from portal.demo import SIAM_USERS
from portal.demo_console import furnish
from portal.directory.models import Group, User
from portal.mailpolicies.models import MailPolicy
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.billing.rows import a_payment
from tests.browser import chromium

pytestmark = [pytest.mark.browser, pytest.mark.looks]

NOBODY = ["/", "/help", "/help/partner-programme", "/help/manage-customer-account", "/help/priority-support",
          "/sign-in", "/sign-in/with/acme/changed", "/sign-up", "/forgot-password", "/apply", "/apply/company",
          "/nothing-here"]
PARTNER = ["/store/", "/store/customers", "/store/customers/{siam}", "/console/customers", "/console/customers?q=zzz",
           "/console/customers/add", "/console/customers/import", "/console/customers/{new}/domain",
           "/console/customers/{new}/domain?method=file",
           "/account", "/account/identities", "/desk/applications", "/store/changes", "/store/customers/{siam}/record",
           "/store/customers/{siam}/services", "/store/customers/{siam}/services/bigin-express?licenses=3",
           "/store/subscriptions/{subscription}", "/store/subscriptions/{subscription}/end",
           "/store/reports", "/store/reports/payments", "/store/reports/payments?q=example",
           "/store/reports/reconciliation", "/console/payments",
           "/store/subscriptions/{subscription}/change?licenses=5&extra_storage_gb=20&plan=workplace-professional"]
STAFF = ["/desk/applications", "/desk/applications/{application}", "/desk/referrals",
         "/desk/subscriptions/{subscription}"]
_INSIDE = "/organizations/{siam}"
ON_BEHALF = [_INSIDE + page for page in (
    "/", "/users", "/users/add", "/users/import", "/users/{user}", "/users/{user}/policy", "/groups", "/groups/{group}",
    "/aliases", "/mail-policies", "/mail-policies/{policy}", "/domains", "/settings", "/limits", "/referrals",
)]
OWNER = [_INSIDE + page for page in (
    "/", "/users", "/users/{user}", "/users/{user}/delete", "/subscription", "/partner", "/partner/revoke", "/record",
    "/requests", "/backups", "/referrals", "/settings", "/dashboard", "/mail-policies/add",
)]
APPLICANT = ["/application"]
NARROW = 320  # CSS pixels: what WCAG's reflow asks for
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def things(cast: Any) -> dict[str, str]:
    """Customers in every state, so that lists show all they can, and an application under review."""
    acme = Provider("acme", "Acme", "https://acme.example", "portal", "secret")
    cast.make_ctx().ports.signon.providers[acme.code] = acme
    new = cast.customer("Compañía Transportadora Bajío", "transbajio.example", verified=False, standing="trial")
    cast.customer("บริษัท สยามเทรดดิ้ง จำกัด (มหาชน)", "ร้านค้า.example", standing="trial", trial_days=30)
    cast.customer("Boulangerie Lumière", "lumiere.example", standing="expired")
    cast.customer("Gone Away Ltd", "gone.example", access="revoked")
    with transaction():
        application = Application.create(
            account=cast.newcomer.account, language="th", state="submitted", company="Siam Apps", country="TH",
            street="1", city="Bangkok", expertise="workplace", experience="10", plan="50", terms_version="1",
            terms_language="th", terms_accepted_at=cast.now, created_at=cast.now, saved_at=cast.now,
            submitted_at=cast.now, due_on=cast.now.date(),
        )
    owned = Subscription.get(Subscription.organization == cast.siam)
    reported(cast, owned)
    return {"siam": cast.siam.public_id, "new": new.public_id, "application": application.public_id,
            "subscription": owned.public_id, **console(cast)}


def reported(cast: Any, owned: Subscription) -> None:
    """Payments and a difference, for the reports."""
    with transaction():
        a_payment(cast)
        a_payment(cast, number=2, state="declined", decline_code="insufficient_funds")
        Difference.create(subscription=owned, partner=cast.andina, kind="over-assigned", sold=10, assigned=12,
                          invoiced=10, began_on=cast.now.date(), seen_on=cast.now.date())


def console(cast: Any) -> dict[str, str]:
    """Let in Siam's console happen what happened in the demo's."""
    owner = cast.siam_admin
    for name, local, role, state in SIAM_USERS:
        cast.user(f"{local}@siam.example", name, role, state)
    with transaction():
        furnish(lambda _days, actor: cast.make_ctx(actor), cast.siam, cast.admin.actor, cast.colleague.actor,
                owner.actor)
    user = User.get(User.email == "emily@siam.example")
    return {"user": user.public_id, "group": Group.get().public_id, "policy": MailPolicy.get().public_id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages(language: str, world, site, chromium_browser) -> None:
    cast = world.cast
    values = things(cast)
    faults: list[str] = []
    visits = [(None, NOBODY), (cast.admin, PARTNER + ON_BEHALF), (cast.siam_admin, OWNER), (cast.reviewer, STAFF),
              (cast.newcomer, APPLICANT)]
    for person, paths in visits:
        context = chromium_browser.new_context(viewport={"width": NARROW, "height": 800}, reduced_motion="reduce")
        chromium.serve_cdn(context, blocked=False)
        if person is not None:
            context.add_cookies([{"name": "portal", "value": person.cookie, "url": site}])
        page = context.new_page()
        for number, path in enumerate(paths):
            page.goto(f"{site}/{language}{path.format(**values)}")
            faults += [f"{page.url}: {fault}" for fault in misfits(page, language)]
            if number % len(LANGUAGES) == list(LANGUAGES).index(language):
                faults += [f"{page.url}: {fault}" for fault in objections(page)]
        context.close()
    assert not faults, "\n".join(faults)


def objections(page: Any) -> list[str]:
    """Return what axe has against the page that is open."""
    report = Axe().run(page, options=RULES).response
    assert len(report["passes"]) > 10, "axe has looked at the page"
    return [
        f"{violation['id']} ({violation['help']}): {violation['nodes'][0]['html'][:160]}"
        for violation in report["violations"]
    ]


def misfits(page: Any, language: str) -> list[str]:
    """Return whether the open page is of another language, or wider than the window."""
    lang, width = page.evaluate("[document.documentElement.lang, document.documentElement.scrollWidth]")
    found = ["lang"] if lang != language else []
    return [*found, f"{width} px wide"] if width > NARROW else found
