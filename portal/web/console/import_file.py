"""Reads an uploaded file of customers: what its lines say, in any of our languages."""

from __future__ import annotations

from functools import cache
from typing import Any

from portal.core.locales import LANGUAGES
from portal.core.words import N_
from portal.directory.policy.organizations import LICENSES_DEFAULT, QUESTIONS, REQUIRED, trial_plans
from portal.programme import Programme
from portal.web.countries import countries
from portal.web.csv_file import languages, plain, rows

Row = tuple[int, dict[str, Any]]


def read(data: bytes, programme: Programme) -> list[Row]:
    """Return (line number, answers) of each line that holds something; raise a `DomainError` on field `file`."""
    meant = _meanings(programme)
    found = rows(data, QUESTIONS, REQUIRED, N_("The file has no customers below its first line."))
    return [(line, _answers(cells, meant)) for line, cells in found]


def _answers(cells: dict[str, str], meant: dict[str, dict[str, str]]) -> dict[str, Any]:
    answers: dict[str, Any] = dict(cells)
    for key, spellings in meant.items():
        answers[key] = spellings.get(plain(answers[key]), answers[key])
    answers["licenses"] = _licenses(answers["licenses"])
    return answers


def _licenses(text: str) -> int:
    """Return the number, the usual one where the cell is empty, or 0 where it holds something else."""
    if not text:
        return LICENSES_DEFAULT
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _meanings(programme: Programme) -> dict[str, dict[str, str]]:
    """Return for each column with choices: the spellings of a choice, and its code."""
    plans = {plain(name): plan.code for plan in trial_plans(programme) for name in plan.name.values()}
    plans |= {plain(plan.code): plan.code for plan in trial_plans(programme)}
    return {"language": languages(), "country": _countries(), "plan": plans}


@cache
def _countries() -> dict[str, str]:
    found = {plain(name): code for language in LANGUAGES for code, name in countries(language)}
    return found | {code.lower(): code for code, _name in countries("en")}
