"""Imports run one way: down the floors, and Flask stays upstairs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = [
    "core", "storage", "adapters", "jobs", "audit", "mail", "programme", "accounts", "partners", "applications",
    "customers", "team", "domains", "subscriptions", "commissions", "billing", "delegation", "directory",
    "mailpolicies", "backups", "referrals", "consents", "relations", "support", "help", "privacy", "web",
]
WEB_LIBRARIES = {"flask", "flask_babel", "flask_wtf", "flask_login", "flask_compress", "wtforms", "jinja2", "werkzeug"}
MAY_USE_WEB = {"portal/cli.py", "portal/mail/render.py"}
WIRING = {"portal/__init__.py", "portal/cli.py", "portal/serve.py", "portal/demo.py", "portal/demo_console.py",
          "portal/demo_store.py", "portal/demo_support.py", "portal/demo_money.py", "portal/demo_relations.py",
          "portal/demo_help.py",
          "portal/settings.py",
          "portal/catalogs.py", "portal/languages.py"}
MODULES = sorted(path for path in (ROOT / "portal").rglob("*.py") if "migrations" not in path.parts)


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield imported names, except those for type checkers only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from imports(node)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    found = list(imports(ast.parse(path.read_text())))
    room = path.relative_to(ROOT / "portal").parts[0]
    if name not in WIRING:
        above = set(FLOORS[FLOORS.index(room) + 1 :])
        upwards = [target for target in found if target.startswith("portal.") and target.split(".")[1] in above]
        assert not upwards, f"{name} imports {upwards}"
    if room != "web" and name not in MAY_USE_WEB | WIRING:
        assert not [target for target in found if target.split(".")[0] in WEB_LIBRARIES]


@pytest.mark.parametrize("path", sorted((ROOT / "portal/core").glob("*.py")), ids=lambda path: path.name)
def test_core_needs_only_the_standard_library(path: Path) -> None:
    import sys

    for target in imports(ast.parse(path.read_text())):
        top = target.split(".")[0]
        assert top in sys.stdlib_module_names or target.startswith("portal.core"), target


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_lives_in_it(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_clock_reads_the_clock(path: Path) -> None:
    if path.name in {"clock.py", "serve.py"} or "adapters" in path.parts:
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in {"utcnow", "today"}:
            owner = ast.unparse(node.value)
            assert owner not in {"date", "datetime", "datetime.date", "datetime.datetime"}, f"{path}:{node.lineno}"
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"datetime.now", "time.time"}:
            raise AssertionError(f"{path}:{node.lineno} reads the clock")


def test_policies_touch_nothing() -> None:
    """Rules are pure: no database, no ports."""
    for path in (ROOT / "portal").rglob("policy.py"):
        outside = [t for t in imports(ast.parse(path.read_text()))
                   if t.startswith(("peewee", "playhouse", "portal.storage", "portal.jobs", "portal.mail"))
                   or t.endswith(".models")]
        assert not outside, f"{path} imports {outside}"
