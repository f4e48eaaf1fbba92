"""Every act that is recorded in an organization has words, and every word of the record is of an act."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from portal.audit.words import FIELDS, KINDS, OTHER, VERBS, kind_of
from portal.core.context import Actor
from portal.core.permissions import Role

ROOT = Path(__file__).resolve().parents[2]
TREES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(path.read_text())
    for path in sorted((ROOT / "portal").rglob("*.py"))
}
Home = tuple[str, str]  # module and name of a function
RECORD: Home = ("portal.audit", "record")


@cache
def names(module: str) -> dict[str, Home]:
    """Return what the names of a module's functions stand for: its own, or others' that it imports."""
    found: dict[str, Home] = {}
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.FunctionDef):
            found[node.name] = (module, node.name)
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
            found |= {f"{alias.name}.record": RECORD for alias in node.names if alias.name == "audit"}
    return found


def calls(home: Home) -> Iterator[tuple[str, ast.Call, ast.FunctionDef | None]]:
    """Yield each call of a function, with its module and the function that it stands in."""
    for module, tree in TREES.items():
        called = {name for name, target in names(module).items() if target == home}
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in called:
                around = [function for function in functions if node in ast.walk(function)]
                yield module, node, around[-1] if around else None


def argument(call: ast.Call, name: str, place: int) -> ast.expr | None:
    named = [word.value for word in call.keywords if word.arg == name]
    return named[0] if named else call.args[place] if len(call.args) > place else None


def spoken(module: str, value: ast.expr | None, function: ast.FunctionDef | None) -> Iterator[str]:
    """Yield the texts that an expression may have, going back to whoever calls the function around it."""
    if isinstance(value, ast.Constant):
        yield str(value.value)
    elif isinstance(value, ast.IfExp):
        yield from (*spoken(module, value.body, function), *spoken(module, value.orelse, function))
    elif isinstance(value, ast.JoinedStr):
        texts = [""]
        for part in value.values:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            more = list(spoken(module, inner, function))
            texts = [text + end for text in texts for end in more]
        yield from texts
    elif isinstance(value, ast.Name) and function and value.id in parameters(function):
        for caller, call, around in calls((module, function.name)):
            yield from spoken(caller, argument(call, value.id, parameters(function).index(value.id)), around)
    elif isinstance(value, ast.Name) and function and assigned(function, value.id):
        for given in assigned(function, value.id):
            yield from spoken(module, given, function)
    else:
        raise AssertionError(f"{module}: nobody can read which verb {ast.unparse(value or ast.Constant('none'))} is")


def parameters(function: ast.FunctionDef) -> list[str]:
    return [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]


def assigned(function: ast.FunctionDef, name: str) -> list[ast.expr]:
    return [node.value for node in ast.walk(function)
            if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]]


@cache
def used() -> frozenset[str]:
    """Return the verbs of all acts that belong to an organization; only those have readers."""
    return frozenset(
        verb for module, call, function in calls(RECORD)
        if module != "portal.audit" and argument(call, "organization_id", 3)
        for verb in spoken(module, argument(call, "verb", 1), function)
    )


def test_the_search_finds_what_is_recorded_directly_and_through_others() -> None:
    assert {"trial.extended", "user.joined", "domain.verified", "mail-policy.added", "access.revoked"} <= used()


def test_every_act_has_its_sentence() -> None:
    assert sorted(used() - VERBS.keys()) == [], "add them to portal/audit/words.py"


def test_no_sentence_is_of_an_act_that_nobody_records() -> None:
    assert sorted(VERBS.keys() - used()) == []


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_sentence_needs_no_more_than_the_object_and_has_a_kind(verb: str) -> None:
    assert VERBS[verb] % {"name": "x"}
    assert set(re.findall(r"%\((\w+)\)s", VERBS[verb])) <= {"name"}
    assert kind_of(verb) != OTHER


def test_what_changed_has_its_name() -> None:
    """Fields that stand in a literal `before={…}` or `after={…}` beside a verb, whoever records them."""
    literal = {
        key.value for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.Call)
        for word in node.keywords if word.arg in {"before", "after"} and isinstance(word.value, ast.Dict)
        for key in word.value.keys if isinstance(key, ast.Constant)
    }
    assert sorted(literal - FIELDS.keys()) == [], "add them to portal/audit/words.py"


def test_each_side_that_an_actor_can_be_on_has_its_words() -> None:
    from portal.audit.words import SIDES

    assert {Actor(frozenset({role}), partner_id=1).side for role in Role} | {Actor().side} <= SIDES.keys()
    assert len({prefix for kind in KINDS.values() for prefix in kind.prefixes}) == sum(
        len(kind.prefixes) for kind in KINDS.values())
