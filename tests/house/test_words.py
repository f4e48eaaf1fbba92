"""Words for people are marked for the catalogs wherever Python speaks: labels, notices, refusals."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for path in (ROOT / "portal").rglob("*.py") if "migrations" not in path.parts)
SPEAKS = {"DomainError": 0, "notify": 1}  # name of the call -> place of its words


def bare_words(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and text of every constant that stands where a catalog message should."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        place = SPEAKS.get(name, 0 if name.endswith("Field") and name != "HiddenField" else None)
        spoken = [node.args[place]] if place is not None and len(node.args) > place else []
        if name.endswith("Field"):
            spoken += [word.value for word in node.keywords if word.arg in {"label", "description"}]
        for argument in spoken:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value.strip():
                yield node.lineno, argument.value


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_words_are_marked(path: Path) -> None:
    in_tables = path.name == "models.py" or {"models", "programme", "storage"} & set(path.parts)
    assert in_tables or list(bare_words(ast.parse(path.read_text()))) == []
