"""Domains of an organization: the list, and one with what proves it, how far that is, and what can be done."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.commands import domains as commands
from portal.directory.policy.domains import DOMAINS_MAX
from portal.directory.queries import domains as queries
from portal.domains import commands as checks
from portal.domains.policy import Method
from portal.web.access import ctx, does, shows
from portal.web.domain_parts import LinkForm, posted_method, tell_whether
from portal.web.domain_parts import shown as with_proof
from portal.web.forms import Form, tidy
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import notify, page, see_other, wants_fragment


class DomainForm(Form):
    """A further domain."""

    domain = StringField(
        N_("Domain name"), [DataRequired(), Length(max=300)], filters=[tidy],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


@pages.get("/<organization>/domains")
@shows(P.DIRECTORY_READ, realm)
def domains(organization: str) -> Response:
    return _list(DomainForm(formdata=None))


@pages.post("/<organization>/domains")
@does(commands.add_domain, realm)
def add_domain(organization: str) -> Response:
    form = DomainForm()
    if not form.validate():
        return _list(form, 422)
    try:
        added = commands.add_domain(ctx(), str(form.domain.data))
    except DomainError as error:
        form.refuse(error)
        return _list(form, 409)
    notify("success", N_("%(domain)s is in the list. Now prove that it is yours."), domain=added.display)
    return see_other(_address(added.public_id))


@pages.get("/<organization>/domains/<domain>")
@shows(P.DIRECTORY_READ, realm)
def domain(organization: str, domain: str) -> Response:
    return _answer(domain)


@pages.post("/<organization>/domains/<domain>/check")
@does(checks.ask_check_inside, realm)
def check_own_domain(organization: str, domain: str) -> Response:
    method = posted_method()
    tell_whether(checks.ask_check_inside(ctx(), domain, method))
    return _answer(domain, method=method) if wants_fragment() else see_other(_address(domain, method))


@pages.post("/<organization>/domains/<domain>")
@does(checks.send_domain_link_inside, realm)
def send_own_domain_link(organization: str, domain: str) -> Response:
    form = LinkForm()
    if not form.validate():
        return _answer(domain, 422, link_form=form)
    address = str(form.email.data)
    try:
        checks.send_domain_link_inside(ctx(), domain, form.name.data or "", address, form.language.data)
    except DomainError as error:
        form.refuse(error)
        return _answer(domain, 409, link_form=form)
    notify("success", N_("The link was sent to %(address)s."), address=address)
    return see_other(_address(domain))


@pages.post("/<organization>/domains/<domain>/primary")
@does(commands.make_primary, realm)
def make_primary(organization: str, domain: str) -> Response:
    try:
        row = commands.make_primary(ctx(), domain)
    except DomainError as error:
        return _answer(domain, 409, refused=error)
    notify("success", N_("%(domain)s is the primary domain now."), domain=row.display)
    return see_other(_address(domain))


@pages.post("/<organization>/domains/<domain>/remove")
@does(commands.remove_domain, realm)
def remove_domain(organization: str, domain: str) -> Response:
    try:
        row = commands.remove_domain(ctx(), domain)
    except DomainError as error:
        return _answer(domain, 409, refused=error)
    notify("success", N_("%(domain)s is removed."), domain=row.display)
    return see_other(url_for("organization.domains", organization=organization))


@pages.get("/<organization>/domains/<domain>/check")
@pages.get("/<organization>/domains/<domain>/primary")
@pages.get("/<organization>/domains/<domain>/remove")
@shows(P.DIRECTORY_READ, realm)
def domain_part(organization: str, domain: str) -> Response:
    """Lead a reader who reloads a refused act, or changes its language, to the page it belongs to."""
    return see_other(_address(domain))


def _address(domain: str, method: Method | None = None) -> str:
    return url_for("organization.domain", organization=here().public_id, domain=domain, method=method)


def _list(form: DomainForm, status: int = 200) -> Response:
    return page(
        "organization/domains.html", status=status, organization=here(), form=form,
        domains=queries.domains(here().id), most=DOMAINS_MAX, counted=queries.COUNTED,
    )


def _answer(
    public_id: str, status: int = 200, method: Method | None = None, link_form: LinkForm | None = None,
    refused: DomainError | None = None,
) -> Response:
    row = queries.domain(here().id, public_id)
    acts = Form(formdata=None)
    if refused:
        acts.refuse(refused)
    return page(
        "organization/domain.html", block="progress", status=status, organization=here(), domain=row, acts=acts,
        counted=queries.COUNTED,
        **with_proof(row, method, lambda method: _address(public_id, method)), manage_url=None,
        check_url=url_for("organization.check_own_domain", organization=here().public_id, domain=public_id),
        link_form=link_form or LinkForm(formdata=None, language=here().language),
        link_days=checks.LINK_LIFETIME.days,
    )
