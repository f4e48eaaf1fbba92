"""Every main page: nothing is wider than a narrow phone in any language, and axe finds nothing to object to.

axe reads each page in one language, the next page in the next: what it finds rarely depends on words, and four
readings of each page would take longer than all other tests together.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from portal.accounts import passwords
from portal.accounts.commands.second_factor import start_app
from portal.accounts.models import Account, Passkey, Session
from portal.adapters.signon import Provider
from portal.applications.models import Application
from portal.billing.models import Difference, Invoice, RefundRequest
from portal.core.context import WORKER
from portal.core.ids import digest
from portal.core.locales import COMPLETE
from portal.demo import SIAM_USERS
from portal.demo_console import furnish
from portal.demo_relations import tell
from portal.directory.models import Group, User
from portal.help.models import Answer
from portal.mailpolicies.models import MailPolicy
from portal.partners.models import Member, Partner
from portal.privacy.models import DataExport
from portal.relations.models import Change, Dispute
from portal.relations.queries.terms import reading
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from portal.support.commands.answering import answer, set_state
from portal.support.commands.attachments import upload
from portal.support.models import Received, Rule
from portal.support.policy.rules import fingerprint
from portal.team.models import Invitation
from tests.billing.rows import a_payment
from tests.browser import chromium
from tests.cast import PASSWORD
from tests.relations.doors import boss, entered, redeemable, token
from tests.support.partners import asked, big, fresh, helped

pytestmark = [pytest.mark.browser, pytest.mark.looks]

NOBODY = ["/", "/help", "/help/search?q=trial", "/help/partner-programme", "/help/manage-customer-account",
          "/help/priority-support",
          "/help/contact?country=MX", "/help/priority-support/thanks?answer=no",
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
           "/store/subscriptions/{subscription}/change?licenses=5&extra_storage_gb=20&plan=workplace-professional",
           "/store/team", "/store/team/invite", "/store/team/{member}", "/store/team/{member}/remove",
           "/store/team/leave", "/store/attach", "/store/attach/token", "/store/former", "/store/former/{left}",
           "/store/customers/{siam}/release", "/account/sessions", "/account/second-factor",
           "/account/second-factor/app", "/account/passkeys/{passkey}",
           "/account/privacy", "/account/prove", "/support", "/support?state=closed", "/support/new?customer={siam}",
           "/support/tickets/{request}", "/support/tickets/{request}/rating", "/support/channels",
           "/support/attainment", "/account/area", "/account/area/departments",
           "/account/area/departments/partner-support"]
OTHER_PARTNER = ["/store/attach/tokens/{token}"]
SUSPENDED = ["/store/", "/store/team"]
STAFF = ["/desk/applications", "/desk/applications/{application}", "/desk/referrals",
         "/desk/subscriptions/{subscription}", "/desk/staff", "/desk/staff/appoint", "/desk/staff/{finance}",
         "/desk/task", "/desk/refunds", "/desk/invoices/{invoice}", "/desk/disputes", "/desk/disputes/{dispute}",
         "/desk/tickets", "/desk/tickets?q=request&state=all", "/desk/tickets/{request}", "/desk/tickets/new",
         "/desk/tickets/new?q=andina", "/desk/support-profile",
         "/desk/mail", "/desk/mail/{mail}", "/desk/attainment?by=severity", "/desk/attainment/runs",
         "/desk/help", "/desk/help?language=th&state=current", "/desk/help/partner-programme/th", "/desk/help/answers",
         "/desk/retention", "/desk/support-rules", "/desk/support-rules/{rule}", "/desk/partners/{partner}"]
_INSIDE = "/organizations/{siam}"
ON_BEHALF = [_INSIDE + page for page in (
    "/", "/users", "/users/add", "/users/import", "/users/{user}", "/users/{user}/policy", "/groups", "/groups/{group}",
    "/aliases", "/mail-policies", "/mail-policies/{policy}", "/domains", "/settings", "/limits", "/referrals",
)]
OWNER = [_INSIDE + page for page in (
    "/", "/users", "/users/{user}", "/users/{user}/delete", "/subscription", "/partner", "/partner/revoke", "/record",
    "/requests", "/backups", "/referrals", "/settings", "/dashboard", "/mail-policies/add", "/partner/code",
    "/partner/attach/{offer}", "/partner/token", "/partner/leave", "/partner/changes", "/partner/changes/{came}",
    "/privacy",
)]
APPLICANT = ["/application"]
HALF_IN = ["/sign-in/code"]
# Pages that refuse somebody, or all: they are looked at as well.
REFUSING = {
    "/nothing-here": {404}, "/sign-in/with/acme/changed": {409}, "/desk/applications": {200, 403},
    f"{_INSIDE}/referrals": {200, 403},
    "/store/subscriptions/{subscription}/change?licenses=5&extra_storage_gb=20&plan=workplace-professional": {409},
}
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
    answered(cast)
    return {"siam": cast.siam.public_id, "new": new.public_id, "application": application.public_id,
            "request": requested(cast), "subscription": owned.public_id, **console(cast), **people(cast),
            **relations(cast), "mail": held_mail(cast), "rule": tried_rule(cast)}


def answered(cast: Any) -> None:
    """What a reader wrote about an article, in one long word."""
    with transaction():
        Answer.create(public_id="answer", key="partner-programme", lang="th", helpful=False,
                      sentence="ไม่พบวิธีสมัคร" * 20, created_at=cast.now)


def tried_rule(cast: Any) -> str:
    """A draft of the classification rule with what its dry run found."""
    params = {"licenses": 200, "threshold": 100, "region": "US", "counted": {"mail": 200}, "excluded": {}}
    rows = [{"ticket": "none", "number": "12345678", "partner": cast.andina.id, "organization": cast.siam.id,
             "effect": effect, "before": "S3", "after": "S1", "verdict": "large", "params": params}
            for effect in ("rises", "kept")]
    excluded = ["campaigns", "writer/automation"]
    trial = {"of": fingerprint({"US": 100}, excluded), "job": "none", "rows": rows,
             "counts": {"rises": 1, "falls": 0, "kept": 1, "same": 7}}
    with transaction():
        row = Rule.create(
            version=1, state="draft", thresholds={"US": 100}, excluded=excluded, note="ผู้ใช้เพิ่มขึ้น", tried_at=cast.now,
            trial=trial, made_by_name="Lead", created_at=cast.now,
        )
    return row.public_id


def held_mail(cast: Any) -> str:
    """A mail that nobody could file by itself, with long words and a file."""
    content = (f"From: Somebody <somebody@stranger.example>\r\nSubject: {'Long' * 40}\r\n"
               "Authentication-Results: mx.vendor.example; dmarc=fail\r\nContent-Type: multipart/mixed; boundary=x\r\n"
               f"\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{'ไม่ได้รับอีเมล' * 40}\r\n--x\r\n"
               "Content-Type: text/plain; name=log.txt\r\n\r\n554\r\n--x--\r\n").encode()
    with transaction():
        row = Received.create(
            mailbox="partner-support@zohocorp.com", sha256="0" * 64, content=content, size=len(content), state="held",
            reason="unauthenticated", from_email="somebody@stranger.example", from_name="Somebody",
            subject="Long" * 40, received_at=cast.now,
        )
    return str(row.public_id)


def reported(cast: Any, owned: Subscription) -> None:
    """Payments and a difference, for the reports."""
    with transaction():
        a_payment(cast)
        a_payment(cast, number=2, state="declined", decline_code="insufficient_funds")
        Difference.create(subscription=owned, partner=cast.andina, kind="over-assigned", sold=10, assigned=12,
                          invoiced=10, began_on=cast.now.date(), seen_on=cast.now.date())


def requested(cast: Any) -> str:
    """Open the help center to the partner's super admin: a large account, an answer, a promise and a pause."""
    big(cast, "Compañía Transportadora del Golfo", "golfo.example")
    file = upload(helped(cast.admin).ctx, "captura-de-la-pantalla-con-un-nombre-muy-largo.txt", b"?")
    ticket = asked(cast.admin, "help-center", customer_email="boss@golfo.example", service="writer",
                   subject="ไม่มีอีเมลเข้ามาตั้งแต่เก้าโมงเช้า", attachments=[file.public_id])
    answer(cast.reviewer.ctx, ticket.public_id, "Lo estamos mirando.", promise=cast.now + timedelta(hours=3))
    set_state(cast.reviewer.ctx, ticket.public_id, "waiting", "Which user?", fresh(ticket).version)
    asked(cast.colleague)
    return str(ticket.public_id)


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


def people(cast: Any) -> dict[str, str]:
    """A team with somebody invited, ways in, archives of data, a refund that waits for a second one of the staff."""
    finance, invoice = cast.person("finance@vendor.example", "en", staff="finance"), Invoice.get()
    start_app(cast.admin.ctx)
    later = cast.now + timedelta(days=7)
    with transaction():
        Account.update(password_hash=passwords.hashed(PASSWORD)).where(Account.id == cast.admin.account.id).execute()
        Invitation.create(partner=cast.andina, account=cast.newcomer.account, role="sales", customers=[],
                          invited_by_name="Partner Admin", created_at=cast.now, expires_at=later)
        passkey = Passkey.create(account=cast.admin.account, credential="eHg", public_key=b"x", name="Teléfono",
                                 created_at=cast.now)
        for person, about in ((cast.admin, None), (cast.siam_admin, cast.siam)):
            DataExport.create(account=person.account, organization=about, language="en", state="ready", archive=b"PK",
                              sha256="0123456789abcdef" * 4, created_at=cast.now, ready_at=cast.now, expires_at=later)
        RefundRequest.create(invoice=invoice, amount=100, currency=invoice.currency, reason="เรียกเก็บเกินไป",
                             asked_by=finance.account.id, asked_by_name="Finance", created_at=cast.now)
    return {"finance": finance.account.public_id, "invoice": invoice.public_id, "passkey": passkey.public_id,
            "member": Member.get(Member.account == cast.colleague.account).public_id,
            "partner": cast.andina.public_id}


def relations(cast: Any) -> dict[str, str]:
    """A customer that came, one that left and was disputed, a code and a token on their way."""
    left = cast.customer("Ancienne Boulangerie", "ancienne.example", language="fr")
    tell(lambda days, actor=WORKER: replace(cast.make_ctx(actor), now=cast.now - timedelta(days=days)), "left", left,
         cast.admin.actor, cast.outsider.actor)
    offer = entered(cast)
    with transaction():
        came = Change.create(
            organization=cast.siam, to_partner=cast.andina, by="customer", state="done", with_access=True,
            effective_on=cast.now.date(), terms=reading(boss(cast), offer).terms, decided_by_name="Super Admin",
            created_at=cast.now, done_at=cast.now,
        )
    return {"offer": offer, "token": redeemable(cast, token(cast, once="pages")), "came": came.public_id,
            "left": Change.get(Change.organization == left).public_id, "dispute": Dispute.get().public_id}


def half_in(cast: Any) -> Any:
    """Somebody who has given the password and whose second factor is still to come."""
    person = cast.sign_in(cast.person("half@vendor.example", "en", second_factor_at=cast.now).account)
    with transaction():
        Session.update(stage="code").where(Session.digest == digest(person.token)).execute()
    return person


def suspended(cast: Any) -> Any:
    person = cast.member("asleep@asleep.example", "en", cast.partner("Asleep Ltd", "US", "en"), "super-admin")
    with transaction():
        Partner.update(state="suspended", state_since=cast.now, state_reason="Invoices stayed open.").where(
            Partner.name == "Asleep Ltd").execute()
    return person


@pytest.mark.parametrize("language", COMPLETE)
def test_pages(language: str, world, site, chromium_browser) -> None:
    cast = world.cast
    values = things(cast)
    faults: list[str] = []
    visits = [(None, NOBODY), (cast.admin, PARTNER + ON_BEHALF), (cast.siam_admin, OWNER), (cast.reviewer, STAFF),
              (cast.newcomer, APPLICANT), (cast.outsider, OTHER_PARTNER), (suspended(cast), SUSPENDED),
              (half_in(cast), HALF_IN)]
    for person, paths in visits:
        context = chromium.window(chromium_browser, viewport={"width": NARROW, "height": 800}, reduced_motion="reduce")
        if person is not None:
            context.add_cookies([{"name": "portal", "value": person.cookie, "url": site}])
        page = context.new_page()
        for number, path in enumerate(paths):
            answer = page.goto(f"{site}/{language}{path.format(**values)}")
            if answer.status not in REFUSING.get(path, {200}):
                faults.append(f"{path}: {answer.status}")
            if answer.request.redirected_from and not path.startswith("/help/"):
                faults.append(f"{path}: leads to {page.url}")
            faults += [f"{page.url}: {fault}" for fault in misfits(page, language)]
            if number % len(COMPLETE) == list(COMPLETE).index(language):
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
