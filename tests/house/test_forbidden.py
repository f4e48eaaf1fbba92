"""The ten forbidden tasks, one row per task and way to reach it: none lets a partner through, and none changes a thing.

Every task of an organization's console stands here, allowed or forbidden; every command and page of a forbidden one,
too. A new task, command or page without its line fails.
"""

from __future__ import annotations

import importlib
import io
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest
from markupsafe import escape
from PIL import Image

import portal
from portal.backups.commands import ask_backup
from portal.backups.models import Backup
from portal.consents.commands import approve, ask_consent
from portal.consents.policy import ABOUT_USERS
from portal.core.context import Ctx
from portal.core.errors import Forbidden
from portal.core.permissions import FORBIDDEN_ON_BEHALF, ORGANIZATION_TASKS, P
from portal.delegation.policy import FORBIDDEN
from portal.directory.commands import handover, pictures, second_factor, settings, user_states, users
from portal.directory.models import User
from portal.directory.pictures import Drawn, draw
from portal.jobs.models import Job
from portal.referrals.commands import open_programme
from portal.storage import transaction
from portal.storage.tables import all_tables
from tests.client import HTMX
from tests.consents.terms import offering
from tests.inside import inside

Act = Callable[[Ctx, "Scene"], object]


@dataclass(frozen=True)
class Scene:
    """What the tasks are done to."""

    cast: Any
    user: User
    backup: Backup

    @property
    def version(self) -> int:
        return int(type(self.cast.siam).get_by_id(self.cast.siam.id).version)


@dataclass(frozen=True)
class Line:
    """A forbidden task: its commands, its pages with what their forms send, and what a question for it carries."""

    commands: Mapping[str, Act]
    pages: Mapping[str, Mapping[str, str]]
    shown_on: str  # where a partner reads that it is not available
    arguments: Mapping[str, Any] = field(default_factory=dict)


PICTURE = Drawn(b"RIFF", sha256(b"RIFF").hexdigest())


TABLE: dict[P, Line | str] = {
    # Forbidden, in the order of S3.8-17.
    P.SUPER_ADMIN_CHANGE: Line(
        {"directory.commands.handover.propose_super_admin":
             lambda ctx, scene: handover.propose_super_admin(ctx, scene.user.public_id),
         "directory.commands.handover.withdraw_proposal": lambda ctx, scene: handover.withdraw_proposal(ctx)},
        {"POST propose_super_admin": {"user": "emily@siam.example"}, "POST withdraw_proposal": {}},
        "settings",
    ),
    P.TFA_SET: Line(
        {"directory.commands.settings.set_tfa": lambda ctx, scene: settings.set_tfa(ctx, True, scene.version),
         "directory.commands.second_factor.reset_factor":
             lambda ctx, scene: second_factor.reset_factor(ctx, scene.user.public_id)},
        {"POST set_tfa": {"tfa-required": "y", "tfa-seen": "0", "required": "y", "seen": "0"},
         "POST reset_second_factor": {}},
        "settings", {"required": True},
    ),
    P.USER_ROLE_CHANGE: Line(
        {"directory.commands.user_states.change_role":
             lambda ctx, scene: user_states.change_role(ctx, scene.user.public_id, "admin", scene.user.version)},
        {"POST change_role": {"role": "admin", "seen": "0"}},
        "users/{user}", {"role": "admin"},
    ),
    P.USER_PICTURE_SET: Line(
        {"directory.commands.pictures.set_picture":
             lambda ctx, scene: pictures.set_picture(ctx, scene.user.public_id, PICTURE),
         "directory.commands.pictures.remove_picture":
             lambda ctx, scene: pictures.remove_picture(ctx, scene.user.public_id)},
        {"POST set_picture": {"picture": "file"}, "POST remove_picture": {}},
        "users/{user}", {"image": "UklGRg=="},
    ),
    P.USER_PASSWORD_RESET: Line(
        {"directory.commands.user_states.reset_password":
             lambda ctx, scene: user_states.reset_password(ctx, scene.user.public_id)},
        {"POST reset_user_password": {}}, "users/{user}",
    ),
    P.USER_DELETE: Line(
        {"directory.commands.user_states.delete_user":
             lambda ctx, scene: user_states.delete_user(ctx, scene.user.public_id)},
        {"GET delete_user": {}, "POST do_delete_user": {}}, "users/{user}",
    ),
    P.USER_BACK_UP: Line(
        {"backups.commands.ask_backup": lambda ctx, scene: ask_backup(ctx, scene.user.public_id)},
        {"GET backups": {}, "GET backup_file": {}, "POST back_up_user": {}}, "users/{user}",
    ),
    P.DASHBOARD_EDIT: Line(
        {"directory.commands.settings.edit_dashboard":
             lambda ctx, scene: settings.edit_dashboard(ctx, ["partner"], scene.version)},
        {"GET dashboard": {}, "POST edit_dashboard": {"partner": "1", "seen": "0"}}, "", {"widgets": ["partner"]},
    ),
    P.REFERRAL_USE: Line(
        {"referrals.commands.open_programme": lambda ctx, scene: open_programme(ctx)},
        {"GET referrals": {}, "POST open_referrals": {}}, "limits",
    ),
    P.CONTACTS_SYNC_SET: Line(
        {"directory.commands.settings.set_contacts_sync":
             lambda ctx, scene: settings.set_contacts_sync(ctx, "both-ways", scene.version)},
        {"POST set_contacts_sync": {"contacts-mode": "both-ways", "contacts-seen": "0"}},
        "settings", {"mode": "both-ways"},
    ),
    # Allowed (S3.5), each with a page that a partner opens.
    P.ADDRESS_EDIT: "aliases",
    P.DIRECTORY_READ: "users",
    P.DOMAIN_EDIT: "domains",
    P.GROUP_EDIT: "groups/add",
    P.MAIL_POLICY_EDIT: "mail-policies/add",
    P.ORGANIZATION_EDIT: "settings",
    P.ORGANIZATION_OPEN: "",
    P.RECORD_READ: "record",
    P.SUBSCRIPTION_READ: "subscription",
    P.USER_ADD: "users/add",
    P.USER_EDIT: "users/{user}",
    P.USER_IMPORT: "users/import",
    P.USER_SUSPEND: "users/{user}",
}
LINES: dict[P, Line] = {task: line for task, line in TABLE.items() if isinstance(line, Line)}
COMMANDS = [(task, name) for task, line in LINES.items() for name in line.commands]
PAGES = [(task, name) for task, line in LINES.items() for name in line.pages]
QUIET = {"account_session", "account_attempts", "job"}  # a visit is noted, a try is counted, a job has run


@pytest.fixture
def app(app: Any) -> Any:
    """The portal of a vendor who lets partners ask: not even there they do it themselves."""
    return offering(app)


@pytest.fixture
def scene(cast: Any) -> Scene:
    assert cast.siam_admin
    assert cast.admin
    assert cast.colleague
    user = cast.employ(cast.siam, cast.person("emily@siam.example", "en"), "member")
    with transaction():
        backup = Backup.create(
            organization=cast.siam, user=user, user_name=user.name, user_email=user.email, state="ready",
            archive=b"PK", created_at=cast.now, ready_at=cast.now, expires_at=cast.now.replace(year=2030),
        )
    boss = inside(cast.siam_admin, cast.siam)
    pictures.set_picture(boss, user.public_id, draw(_image().read()))
    return Scene(cast, user, backup)


@pytest.fixture
def partner(cast: Any, scene: Scene) -> Ctx:
    return inside(cast.admin, cast.siam)


@pytest.fixture
def base(cast: Any) -> str:
    return f"/en/organizations/{cast.siam.public_id}"


def _image() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(out, "PNG")
    return io.BytesIO(out.getvalue())


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables but the quiet ones."""
    tables = [table for table in all_tables() if table._meta.table_name not in QUIET]
    return {table._meta.table_name: list(table.select().order_by(table.id).tuples()) for table in tables}


def all_commands() -> dict[str, P]:
    """Return every command of the house by module and name, with its permission."""
    found = {}
    for module in pkgutil.walk_packages(portal.__path__, "portal."):
        if ".commands" in module.name:
            for name, value in vars(importlib.import_module(module.name)).items():
                if hasattr(value, "permission") and value.__module__ == module.name:
                    found[f"{module.name.removeprefix('portal.')}.{name}"] = value.permission
    return found


def pages_of(app: Any, task: P) -> dict[str, Any]:
    """Return the pages of the console that need a task, by method and endpoint, with their rules."""
    return {
        f"{method} {rule.endpoint.removeprefix('organization.')}": rule
        for rule in app.url_map.iter_rules() if rule.endpoint.startswith("organization.")
        for method in (rule.methods or set()) & {"GET", "POST"}
        if app.view_functions[rule.endpoint].permission is task
    }


def test_every_task_of_the_console_has_its_line() -> None:
    assert TABLE.keys() == ORGANIZATION_TASKS
    assert LINES.keys() == FORBIDDEN_ON_BEHALF == FORBIDDEN.keys()
    assert len(LINES) == 10


@pytest.mark.parametrize("task", LINES, ids=str)
def test_every_command_and_page_of_a_forbidden_task_has_its_line(app: Any, task: P) -> None:
    assert {name for name, needs in all_commands().items() if needs is task} == LINES[task].commands.keys()
    assert pages_of(app, task).keys() == LINES[task].pages.keys()


@pytest.mark.parametrize("task", [task for task, line in TABLE.items() if isinstance(line, str)], ids=str)
def test_what_is_allowed_is_open(cast: Any, scene: Scene, base: str, task: P) -> None:
    page = f"{base}/{TABLE[task]}".format(user=scene.user.public_id)
    assert inside(cast.colleague, cast.siam).actor.can(task)
    assert cast.colleague.browser().get(page).status_code == 200


@pytest.mark.parametrize(("task", "name"), COMMANDS)
def test_the_command_refuses_a_partner(partner: Ctx, scene: Scene, task: P, name: str) -> None:
    before = everything()
    with pytest.raises(Forbidden) as refused:
        LINES[task].commands[name](partner, scene)
    assert refused.value.args == (task,)
    assert everything() == before


@pytest.mark.parametrize(("task", "name"), COMMANDS)
def test_the_super_administrator_does_it(cast: Any, scene: Scene, task: P, name: str) -> None:
    boss = inside(cast.siam_admin, cast.siam)
    if name.endswith("withdraw_proposal"):
        handover.propose_super_admin(boss, scene.user.public_id)
    before = everything()
    LINES[task].commands[name](boss, scene)
    after = everything()
    assert after != before
    assert len(after["audit_event"]) == len(before["audit_event"]) + 1


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
@pytest.mark.parametrize("who", ["admin", "colleague"])
@pytest.mark.parametrize(("task", "name"), PAGES)
def test_the_page_refuses_a_partner(
    app: Any, cast: Any, scene: Scene, base: str, task: P, name: str, who: str, headers: dict[str, str]
) -> None:
    browser = getattr(cast, who).browser()
    data = _sent(LINES[task].pages[name]) | {"csrf_token": browser.csrf(f"{base}/limits")}
    with app.test_request_context():
        _, path = pages_of(app, task)[name].build({
            "lang": "en", "organization": cast.siam.public_id, "user": scene.user.public_id,
            "backup": scene.backup.public_id,
        })
    before = everything()
    method = name.split()[0]
    response = browser.open(path, method=method, data=data if method == "POST" else None, headers=headers)
    assert response.status_code == 403
    _explains(response.text, task)
    assert everything() == before


def _sent(values: Mapping[str, str]) -> dict[str, Any]:
    return {name: (_image(), "x.png") if value == "file" else value for name, value in values.items()}


def _explains(text: str, task: P) -> None:
    """Which task, why, who can, and that this is a customer's console (S3.18)."""
    for words in (str(escape(FORBIDDEN[task])), "security policies of your customer", "Super Admin",
                  "You are currently managing your customer", f"/consents/ask?task={task.value}"):
        assert words in text, words


@pytest.mark.parametrize("task", LINES, ids=str)
def test_it_is_shown_as_unavailable_not_hidden(cast: Any, scene: Scene, base: str, task: P) -> None:
    page = f"{base}/{LINES[task].shown_on}".format(user=scene.user.public_id)
    text = cast.admin.browser().get(page).text
    assert str(escape(FORBIDDEN[task])) in text
    assert "security policies of your customer" in text
    assert "Super Admin" in text


@pytest.mark.parametrize("task", LINES, ids=str)
def test_a_partner_does_not_approve_its_own_question(
    cast: Any, scene: Scene, partner: Ctx, base: str, task: P
) -> None:
    user = scene.user.public_id if task in ABOUT_USERS else ""
    asked = ask_consent(partner, task.value, user, dict(LINES[task].arguments), "Let me")
    before = everything()
    with pytest.raises(Forbidden):
        approve(partner, asked.public_id)
    page = f"{base}/consents/{asked.public_id}"
    for who in (cast.admin, cast.colleague):
        assert who.browser().send(f"{page}/approve", page).status_code == 403
    assert everything() == before


BULK = ["delete", "role", "admin", "password", "picture", "back-up", "backup", "delete_user", "change_role"]


@pytest.mark.parametrize("act", BULK)
def test_no_bulk_action_does_it(cast: Any, scene: Scene, base: str, act: str) -> None:
    before = everything()
    response = cast.admin.browser().send(
        f"{base}/users", f"{base}/limits", act=act, user=scene.user.public_id, confirmed="yes", role="admin"
    )
    assert response.status_code in (403, 422)
    assert everything() == before


def test_the_bulk_deletion_explains_itself(cast: Any, scene: Scene, base: str) -> None:
    response = cast.admin.browser().send(f"{base}/users", f"{base}/limits", act="delete", user=scene.user.public_id)
    assert response.status_code == 403
    _explains(response.text, P.USER_DELETE)


ROLES = ["admin", "super-admin"]


@pytest.mark.parametrize("role", ROLES)
def test_nobody_is_added_with_a_role(cast: Any, scene: Scene, partner: Ctx, base: str, role: str) -> None:
    before = everything()
    with pytest.raises(Forbidden):
        users.add_user(partner, "new@siam.example", "New", role)
    response = cast.admin.browser().send(
        f"{base}/users/add", name="New", email="new@siam.example", role=role, language="en", once="x"
    )
    assert response.status_code in (403, 422)
    assert everything() == before


def test_a_role_among_details_is_nothing(cast: Any, scene: Scene, base: str) -> None:
    page = f"{base}/users/{scene.user.public_id}"
    before = everything()
    cast.admin.browser().send(
        page, name=scene.user.name, title="", phone="", email=scene.user.email, seen=str(scene.user.version),
        role="admin", state="suspended", picture="", password="new-password",
    )
    assert everything() == before


def test_settings_among_details_are_nothing(cast: Any, scene: Scene, base: str) -> None:
    page, siam = f"{base}/settings", cast.siam
    before = everything()
    values = {"name": siam.name, "country": siam.country, "time_zone": siam.time_zone, "language": siam.language,
              "seen": str(scene.version), "tfa_required": "y", "contacts_sync": "both-ways", "widgets": "partner"}
    cast.admin.browser().send(page, **values, **{f"details-{name}": value for name, value in values.items()})
    assert everything() == before


@pytest.mark.parametrize("role", ROLES)
def test_an_import_gives_no_role(cast: Any, scene: Scene, base: str, run_jobs: Any, role: str) -> None:
    run_jobs()
    browser = cast.admin.browser()
    before = everything()
    file = io.BytesIO(f"name,email,role\nNew,new@siam.example,{role}\n".encode())
    asked = browser.send(f"{base}/users/import", file=(file, "users.csv"))
    run_jobs()
    assert asked.status_code == 303
    report = asked.headers["Location"]
    assert browser.get(report).status_code == 200
    agreed = browser.post(report, data={"csrf_token": browser.csrf(f"{base}/limits")})
    assert agreed.status_code == 409  # no line is without fault
    run_jobs()
    assert everything() == before


def test_a_forged_job_gives_no_role(cast: Any, scene: Scene, run_jobs: Any) -> None:
    run_jobs()
    before = everything()
    payload = {"organization": cast.siam.public_id, "partner": cast.andina.id}
    line = {"email": "new@siam.example", "name": "New", "role": "admin", "title": "", "phone": "", "language": "en"}
    common = {"run_at": cast.now, "created_at": cast.now, "account_id": cast.admin.account.id}
    with transaction():
        check = Job.create(
            kind="directory.user-import-check", key="forged check", state="done", finished_at=cast.now,
            payload={**payload, "rows": [[2, line]]}, result={"good": 1, "free": 9, "refused": [], "stopped": False},
            **common,
        )
        adding = Job.create(
            kind="directory.user-import", key="forged", payload={**payload, "check": check.public_id}, **common
        )
    run_jobs()
    done = Job.get_by_id(adding.id)
    assert (done.state, done.result["added"]) == ("done", 0)
    assert everything() == before
