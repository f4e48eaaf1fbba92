"""The page on which a partner verifies a customer's domain."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.domains import commands, queries
from portal.domains.policy import Method
from portal.web.access import ctx, does, shows
from portal.web.console import pages
from portal.web.domain_parts import LinkForm, posted_method, shown, tell_whether
from portal.web.render import notify, page, see_other, wants_fragment


@pages.get("/customers/<customer>/domain")
@shows(commands.ask_check.permission)
def domain(customer: str) -> Response:
    return _answer(customer)


@pages.post("/customers/<customer>/domain/check")
@does(commands.ask_check)
def check_domain(customer: str) -> Response:
    method = posted_method()
    tell_whether(commands.ask_check(ctx(), customer, method))
    return _answer(customer, method) if wants_fragment() else see_other(_address(customer, method))


@pages.post("/customers/<customer>/domain")
@does(commands.send_domain_link)
def send_domain_link(customer: str) -> Response:
    form = LinkForm()
    if not form.validate():
        return _answer(customer, form=form, status=422)
    address = str(form.email.data)
    try:
        commands.send_domain_link(ctx(), customer, form.name.data or "", address, form.language.data)
    except DomainError as error:
        form.refuse(error)
        return _answer(customer, form=form, status=409)
    notify("success", N_("The link was sent to %(address)s."), address=address)
    return see_other(_address(customer))


def _address(customer: str, method: Method | None = None) -> str:
    return url_for("console.domain", customer=customer, method=method)


def _answer(customer: str, method: Method | None = None, form: LinkForm | None = None, status: int = 200) -> Response:
    found = queries.verifiable(ctx().actor, customer)
    return page(
        "console/domain.html", block="progress", status=status, customer=customer,
        **shown(found, method, lambda method: _address(customer, method)),
        check_url=url_for("console.check_domain", customer=customer),
        link_url=url_for("console.send_domain_link", customer=customer), link_days=commands.LINK_LIFETIME.days,
        manage_url=url_for("organization.home", organization=customer) if ctx().actor.can(P.CUSTOMER_ENTER) else None,
        form=form or LinkForm(formdata=None, language=found.organization.language),
    )
