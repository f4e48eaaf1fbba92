"""The classification rule at the desk: what is in force, a draft with its dry run, and all versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, IntegerField, SelectChoice, SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.support.commands import rules as acts
from portal.support.models import Rule
from portal.support.policy.classification import Rules
from portal.support.policy.rules import NOTE_MAX, THRESHOLD_MAX, TRIAL_ROWS, fingerprint, services_of
from portal.support.queries.rules import application, find_rule, rules_of_row, trial_job, versions
from portal.support.queries.trials import with_names
from portal.support.verdicts import service_name
from portal.web.access import ctx, does, shows
from portal.web.desk import pages
from portal.web.forms import Form, tidy
from portal.web.i18n import current_language
from portal.web.render import notify, page, see_other


class ActForm(Form):
    """An act on a draft as the page showed it."""

    seen = HiddenField()


class RuleForm(ActForm):
    """A changed rule; the regions of the programme are added to it, a number for each."""

    excluded = SelectMultipleField(
        N_("Services and add-ons that never count"), widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=N_("They are measured by something else than user licenses. Tickets about them have no priority "
                       "support."),
    )
    note = TextAreaField(
        N_("Why the rule is changed"), [DataRequired(), Length(max=NOTE_MAX)], filters=[tidy], render_kw={"rows": 3},
        description=N_("Colleagues read it, and it is kept with the version."),
    )

    @property
    def thresholds(self) -> dict[str, int]:
        return {code: self[_field(code)].data or 0 for code in ctx().programme.regions}

    @property
    def numbers(self) -> list[Any]:
        return [self[_field(code)] for code in ctx().programme.regions]


def _field(region: str) -> str:
    return f"threshold-{region}"


def _form(rules: Rules | None = None, note: str = "", sent: bool = False) -> RuleForm:
    """Return the form of a rule: as it was sent, or showing `rules`."""
    programme, language = ctx().programme, current_language()
    checks = [InputRequired(), NumberRange(min=1, max=THRESHOLD_MAX)]
    numbers = {
        _field(code): IntegerField(region.name.get(language), checks, render_kw={"inputmode": "numeric"})
        for code, region in programme.regions.items()
    }
    made: Callable[..., RuleForm] = type("RegionsForm", (RuleForm,), numbers)
    if sent or rules is None:
        form = made()
    else:
        form = made(formdata=None, excluded=sorted(rules.excluded), note=note,
                    **{_field(code): rules.thresholds[code] for code in programme.regions})
    form.excluded.choices = [SelectChoice(code, service_name(programme, language, code))
                             for code in services_of(programme)]
    return form


@pages.get("/support-rules")
@shows(P.SUPPORT_DIRECT)
def rules() -> Response:
    return _rules()


@pages.post("/support-rules")
@does(acts.draft_rule)
def draft_rule() -> Response:
    form = _form(sent=True)
    draft = next((row for row in versions() if row.state == "draft"), None)
    if not form.validate():
        return _refused(draft, form, 422)
    try:
        row = acts.draft_rule(ctx(), form.thresholds, form.excluded.data or [], form.note.data or "",
                              form.seen.data or "")
    except DomainError as error:
        form.refuse(error)
        return _refused(draft, form, 409 if isinstance(error, Stale) else 422)
    notify("success", N_("The draft is kept. Nothing has changed yet: try it on the open tickets."))
    return see_other(url_for("desk.rule", rule=row.public_id))


@pages.get("/support-rules/<rule>")
@shows(P.SUPPORT_DIRECT)
def rule(rule: str) -> Response:
    return _rule(rule)


@pages.get("/support-rules/<rule>/<any(trial, activation, discard):rule_act>")
@shows(P.SUPPORT_DIRECT)
def rule_act(rule: str, rule_act: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("desk.rule", rule=rule))


@pages.post("/support-rules/<rule>/trial")
@does(acts.try_rule)
def try_rule(rule: str) -> Response:
    return _act(rule, acts.try_rule) or see_other(url_for("desk.rule", rule=rule, _anchor="trial"))


@pages.post("/support-rules/<rule>/activation")
@does(acts.activate_rule)
def activate_rule(rule: str) -> Response:
    refused = _act(rule, acts.activate_rule)
    if refused:
        return refused
    notify("success", N_("The rule is in force. Open tickets are being judged by it now."))
    return see_other(url_for("desk.rules"))


@pages.post("/support-rules/<rule>/discard")
@does(acts.discard_rule)
def discard_rule(rule: str) -> Response:
    refused = _act(rule, acts.discard_rule)
    if refused:
        return refused
    notify("success", N_("The draft is discarded."))
    return see_other(url_for("desk.rules"))


def _act(rule: str, act: Callable[..., object]) -> Response | None:
    """Do something to a draft; return the page that says why not, if a rule refuses."""
    form = ActForm()
    try:
        act(ctx(), rule, form.seen.data or "")
    except DomainError as error:
        form.refuse(error)
        return _rule(rule, acted=form, status=409)
    return None


def _refused(draft: Rule | None, form: RuleForm, status: int) -> Response:
    """Show what was typed again, where it was typed."""
    return _rule(draft.public_id, form=form, status=status) if draft else _rules(form, status)


def _rules(form: RuleForm | None = None, status: int = 200) -> Response:
    found = versions()
    active = next((row for row in found if row.state == "active"), None)
    present = rules_of_row(active, ctx().programme)
    form = form or _form(present)
    form.seen.data = ""
    return page(
        "desk/rules.html", status=status, rows=found, active=active, rules=present, form=form, names=_names(),
        draft=next((row for row in found if row.state == "draft"), None), applying=application(),
    )


def _rule(rule: str, form: RuleForm | None = None, acted: ActForm | None = None, status: int = 200) -> Response:
    row, active = find_rule(rule)
    programme = ctx().programme
    mine, present = rules_of_row(row, programme), rules_of_row(active, programme)
    form = form or _form(mine, row.note)
    content = fingerprint(row.thresholds, row.excluded)
    acted = acted or ActForm(formdata=None)
    form.seen.data = acted.seen.data = content
    job = trial_job(row)
    return page(
        "desk/rule.html", block="trial", status=status, rule=row, mine=mine, present=present, form=form, acted=acted,
        names=_names(), job=job, running=bool(job and job.state == "ready"), most=TRIAL_ROWS,
        trial=_trial(row, content),
        severities=_Names({code: entry.name.get(current_language()) for code, entry in programme.severities.items()}),
        tickets="desk.ticket" in current_app.view_functions,
    )


def _trial(row: Rule, content: str) -> dict[str, Any] | None:
    """Return what a dry run of this content found, if there was one."""
    if row.tried_at is None or row.trial["of"] != content:
        return None
    return {**row.trial, "rows": with_names(row.trial["rows"])}


def _names() -> dict[str, str]:
    """Return what services and add-ons are called in the language of the page."""
    programme, language = ctx().programme, current_language()
    return _Names({code: service_name(programme, language, code) for code in services_of(programme)})


class _Names(dict[str, str]):
    """Names of codes; one that is gone keeps its code."""

    def __missing__(self, code: str) -> str:
        return code
