"""The partner's own people: who they are, what they do, and the reader's own place among them."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.partners.policy import task_of
from portal.team import commands
from portal.team.policy import INCLUDES, TASKS, last_day, manages
from portal.team.queries import Colleague, chosen_domains, colleague, colleagues, invitations, myself
from portal.web.access import ctx, does, shows
from portal.web.account.entrance import arrival, home_of
from portal.web.conflicts import Pairs, compared
from portal.web.forms import SeenForm
from portal.web.render import notify, page, see_other
from portal.web.store import pages
from portal.web.store.team_forms import COMPARED, LanguageForm, MemberForm

_WORDS: dict[str, Any] = {"tasks": TASKS, "includes": INCLUDES}


@pages.get("/team")
@shows(P.MEMBER_READ)
def team() -> Response:
    return team_page()


def team_page(form: LanguageForm | None = None, status: int = 200) -> Response:
    found, me = colleagues(ctx(), request.args.get("after") if request.method == "GET" else None), myself(ctx())

    def turn(cursor: str | None) -> str | None:
        return url_for("store.team", after=cursor) if cursor else None

    return page(
        "store/team.html", status=status, members=found.rows, me=me, form=form or LanguageForm(me.language),
        invitations=invitations(ctx()), last_day=_last_day, manages=_manages, now=ctx().now,
        previous_url=turn(found.previous), next_url=turn(found.next), **_WORDS,
    )


def _last_day(expires_at: Any) -> Any:
    return last_day(expires_at, ctx().actor.time_zone)


def _manages(role: str) -> bool:
    """Tell whether the reader may change somebody with this task."""
    return ctx().actor.can(P.MEMBER_EDIT) and manages(task_of(ctx().actor.roles), role)


# ---- The reader's own place ----

@pages.get("/team/language")
@shows(P.MEMBER_READ)
def member_language() -> Response:
    """Lead to the form: the address of a refused change is in the browser's bar."""
    return see_other(url_for("store.team"))


@pages.post("/team/language")
@does(commands.set_language)
def set_member_language() -> Response:
    form = LanguageForm()
    if not form.validate():
        return team_page(form, 422)
    commands.set_language(ctx(), form.language.data)
    notify("success", N_("The language of your mails is saved."))
    return see_other(url_for("store.team"))


@pages.get("/team/leave")
@shows(P.MEMBER_READ)
def leave_team() -> Response:
    return _leaving()


@pages.post("/team/leave")
@does(commands.leave_team)
def do_leave_team() -> Response:
    form = SeenForm()
    if not form.validate():
        return _leaving(422)
    partner = ctx().actor.partner_name
    try:
        commands.leave_team(ctx(), form.seen.data)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _leaving(409)
    notify("success", N_("You have left %(partner)s."), partner=partner)
    return see_other(home_of(arrival()))


def _leaving(status: int = 200) -> Response:
    me = myself(ctx())
    return page("store/leave_team.html", status=status, member=me, **_WORDS)


# ---- A colleague ----

@pages.get("/team/<member>")
@shows(P.MEMBER_EDIT)
def member(member: str) -> Response:
    return _member(colleague(ctx(), member))


@pages.post("/team/<member>")
@does(commands.change_member)
def change_member(member: str) -> Response:
    row = colleague(ctx(), member)
    form = MemberForm(ctx().actor, row, [])
    if not form.validate():
        return _member(row, form, 422)
    try:
        commands.change_member(ctx(), member, **form.given(row.help_center), seen=form.seen.data)
    except Stale as stale:
        return _changed_meanwhile(member, form, stale)
    except DomainError as error:
        form.refuse(error)
        return _member(row, form, 409)
    notify("success", N_("The changes are saved. They count from this person's next click."))
    return see_other(url_for("store.team"))


def _changed_meanwhile(member: str, form: MemberForm, stale: Stale) -> Response:
    row = colleague(ctx(), member)
    pairs = compared(form, MemberForm(ctx().actor, row, chosen_domains(row), formdata=None), COMPARED)
    form.show(row.version)
    if not pairs:
        form.refuse(stale)
    return _member(row, form, 409, pairs)


def _member(row: Colleague, form: MemberForm | None = None, status: int = 200, conflict: Pairs | None = None
            ) -> Response:
    mine = row.id == ctx().actor.member_id
    return page(
        "store/member.html", status=status, member=row, mine=mine, managed=_manages(row.role), conflict=conflict,
        form=form or MemberForm(ctx().actor, row, chosen_domains(row), formdata=None), last_day=_last_day, **_WORDS,
    )


@pages.get("/team/<member>/remove")
@shows(P.MEMBER_EDIT)
def remove_member(member: str) -> Response:
    return _removing(colleague(ctx(), member))


@pages.post("/team/<member>/remove")
@does(commands.remove_member)
def do_remove_member(member: str) -> Response:
    row, form = colleague(ctx(), member), SeenForm()
    if not form.validate():
        return _removing(row, 422)
    try:
        commands.remove_member(ctx(), member, form.seen.data)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _removing(colleague(ctx(), member), 409)
    notify("success", N_("%(name)s is no longer in your team."), name=row.name or row.email)
    return see_other(url_for("store.team") if row.id != ctx().actor.member_id else home_of(arrival()))


def _removing(row: Colleague, status: int = 200) -> Response:
    return page("store/remove_member.html", status=status, member=row, **_WORDS)
