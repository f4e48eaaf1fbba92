"""The people of an organization: the list, and what is done to many of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import DomainError, NotFound
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.commands.user_states import delete_user, resume_user, suspend_user
from portal.directory.policy.addresses import shown
from portal.directory.policy.users import ROLES, STATES, free_licenses
from portal.directory.queries.users import PAGE_SIZE, names
from portal.directory.queries.users import users as people
from portal.storage.commands import Command
from portal.web.access import ctx, does, shows
from portal.web.forms import tidy
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import page

_SEARCH_MAX = 100
_ACTS: Mapping[str, Command[Any, Any]] = {"suspend": suspend_user, "resume": resume_user, "delete": delete_user}


@pages.get("/<organization>/users")
@shows(P.DIRECTORY_READ, realm)
def users(organization: str) -> Response:
    return _list()


@pages.post("/<organization>/users")
@does(suspend_user, realm)
def act_on_users(organization: str) -> Response:
    """Do one thing to each of the chosen users, each by a command of its own, and tell what was done and what not."""
    act, chosen = request.form.get("act", ""), [tidy(user) for user in request.form.getlist("user")]
    if act not in _ACTS or not chosen:
        return _list(422, N_("Choose at least one user, and what to do."))
    if len(chosen) > PAGE_SIZE:
        return _list(422, N_("Choose at most %(most)s users at a time."), most=PAGE_SIZE)
    ctx().actor.require(_ACTS[act].permission)
    known = names(here().id, chosen)
    if act == "delete" and known and "confirmed" not in request.form:
        return page("organization/delete_users.html", organization=here(), users=known)
    done, refused = _outcome(_ACTS[act], known)
    missing = len({*chosen} - known.keys())
    return page("organization/acted_on_users.html", organization=here(), act=act, done=done, refused=refused,
                missing=missing)


def _outcome(act: Command[Any, Any], known: Mapping[str, str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the names of those for whom the act was done, and the others' with the reason."""
    done, refused = list[str](), list[tuple[str, str]]()
    for user, name in known.items():
        try:
            act(ctx(), user)
            done.append(name)
        except DomainError as error:
            refused.append((name, gettext(error.message, **error.params)))
        except NotFound:  # somebody was quicker
            refused.append((name, gettext("This user is no longer there.")))
    return done, refused


def _list(status: int = 200, error: str = "", **params: object) -> Response:
    asked = _asked()
    found = people(here().id, asked["q"], request.args.get("after"), asked["role"], asked["state"])

    def address(**changes: str | None) -> str:
        given: dict[str, Any] = {name: value or None for name, value in {**asked, **changes}.items()}
        return url_for("organization.users", organization=here().public_id, **given)

    return page(
        "organization/users.html", block="people", status=status, organization=here(), users=found.rows, asked=asked,
        error=gettext(error, **params) if error else "", address=address, roles=ROLES, states=STATES, shown=shown,
        free=free_licenses(here().users, here().licenses),
        previous_url=address(after=found.previous) if found.previous else None,
        next_url=address(after=found.next) if found.next else None,
    )


def _asked() -> dict[str, str]:
    """Read what the address asks for; what makes no sense is as if it had not been asked."""
    role, state = request.args.get("role", ""), request.args.get("state", "")
    return {
        "q": tidy(request.args.get("q"))[:_SEARCH_MAX],
        "role": role if role in ROLES else "",
        "state": state if state in STATES else "",
    }
