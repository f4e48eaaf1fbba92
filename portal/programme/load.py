"""Reads a programme file by walking the schema's annotations, and reports all faults at once."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, time
from functools import cache
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from portal.core.locales import COMPLETE, PREPARING
from portal.programme.checks import Check, remedy
from portal.programme.schema import Programme
from portal.programme.text import Text

KINDS: Mapping[type, str] = MappingProxyType(
    {
        str: "a text in quotes",
        int: "a whole number",
        bool: "true or false",
        date: "a date such as 2026-01-31",
        time: "a time such as 09:00:00",
        list: "a list in brackets",
        dict: "a table",
    }
)


class ProgrammeError(Exception):
    """A programme file that cannot be used; the message has one line for each of its `faults`."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def load(path: Path, languages: Sequence[str] = COMPLETE, preparing: Sequence[str] = PREPARING) -> Programme:
    """The programme in a TOML file, whose texts must exist in all the languages, and may in those in preparation.

    Raises ProgrammeError with every fault of the file: file, key, what is wrong, remedy.
    """
    walk = Walk(path.name, parsed(path), languages, preparing)
    programme: Programme = walk.read(Programme, walk.source, "")
    if walk.faults:
        raise ProgrammeError(walk.faults)
    return programme


def parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProgrammeError([f"{path.name}: cannot be read: {error}"]) from error
    except ValueError as error:
        raise ProgrammeError([f"{path.name}: is not TOML in UTF-8: {error}"]) from error


@cache
def annotations(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def required(kind: Any) -> set[str]:
    return {field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING}


class Walk:
    """One walk through a file along the annotations; a value that has faults is read as None."""

    def __init__(
        self, file: str, source: dict[str, Any], languages: Sequence[str], preparing: Sequence[str] = ()
    ) -> None:
        self.file = file
        self.source = source
        self.languages = languages
        self.preparing = preparing
        self.faults: list[str] = []

    def fault(self, path: str, message: str) -> None:
        self.faults.append(f"{self.file}: {path}: {message}" if path else f"{self.file}: {message}")

    def read(self, hint: Any, value: Any, path: str) -> Any:
        """The value as the annotation describes it."""
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self.checked(args[0], args[1:], value, path)
        if origin in (Union, UnionType):  # `X | None`: TOML has no null, so a value that is there is an X
            return self.read(args[0], value, path)
        if origin is Literal:
            return self.choice(args, value, path)
        if origin is tuple:
            return self.array(args[0], value, path)
        if hint is Text:
            return self.text(value, path)
        if is_dataclass(hint):
            return self.record(hint, value, path)
        if origin is not None:
            return self.table(args[0], args[1], value, path)
        return self.scalar(hint, value, path)

    def scalar(self, kind: type, value: Any, path: str) -> Any:
        if type(value) is not kind:  # not isinstance: true is not a number here
            self.fault(path, f"{shown(value)} is not {KINDS[kind]}: use {KINDS[kind]}")
        elif isinstance(value, str) and not value.strip():
            self.fault(path, "is blank: write some words")
        else:
            return value
        return None

    def checked(self, hint: Any, checks: Iterable[Check], value: Any, path: str) -> Any:
        before = len(self.faults)
        result = self.read(hint, value, path)
        if len(self.faults) == before:
            for check in checks:
                for message in check.faults(result, self.source):
                    self.fault(path, message)
        return result

    def choice(self, choices: Sequence[str], value: Any, path: str) -> Any:
        if value not in choices:
            self.fault(path, f"{shown(value)} is not known: {remedy(str(value), choices)}")
        return value

    def array(self, hint: Any, value: Any, path: str) -> tuple[Any, ...]:
        items = self.scalar(list, value, path) or []
        return tuple(self.read(hint, item, f"{path}[{place}]") for place, item in enumerate(items))

    def table(self, key_hint: Any, hint: Any, value: Any, path: str) -> Mapping[str, Any]:
        entries = self.scalar(dict, value, path) or {}
        read = {key: self.entry(key_hint, hint, key, entry, f"{path}.{key}") for key, entry in entries.items()}
        return MappingProxyType(read)

    def entry(self, key_hint: Any, hint: Any, key: str, value: Any, path: str) -> Any:
        self.read(key_hint, key, path)
        if is_dataclass(hint) and "code" in annotations(hint):  # type: ignore[arg-type]
            return self.record(hint, value, path, code=key)
        return self.read(hint, value, path)

    def text(self, value: Any, path: str) -> Text | None:
        if not isinstance(value, dict):
            words = self.scalar(str, value, path)
            return words and Text(words)
        before = len(self.faults)
        self.unknown(value, [*self.languages, *self.preparing], path)
        for language in [*self.languages, *(one for one in self.preparing if one in value)]:
            if language not in value:
                self.fault(path, f"the translation into {language!r} is missing: add {path}.{language}")
            else:
                self.scalar(str, value[language], f"{path}.{language}")
        return Text(value) if len(self.faults) == before else None

    def record(self, kind: Any, value: Any, path: str, **given: str) -> Any:
        before = len(self.faults)
        source = self.scalar(dict, value, path)
        if source is None:
            return None
        hints = {name: hint for name, hint in annotations(kind).items() if name not in given}
        self.unknown(source, hints, path)
        for name, hint in hints.items():
            if name in required(kind) and name not in source:
                self.fault(join(path, name), f"is missing: add {wanted(hint)}")
        present = [name for name in hints if name in source]
        found = {name: self.read(hints[name], source[name], join(path, name)) for name in present}
        if len(self.faults) > before:
            return None
        result = kind(**given, **found)
        for key, message in result.broken_rules():
            self.fault(join(path, key), message)
        return result

    def unknown(self, value: Mapping[str, Any], known: Iterable[str], path: str) -> None:
        choices = list(known)
        for key in value:
            if key not in choices:
                self.fault(join(path, key), f"is not known: {remedy(key, choices)}")


def join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def shown(value: Any) -> str:
    """The value as it stands in the file, or what it is when that would be long."""
    if isinstance(value, dict | list):
        return KINDS[type(value)]
    return str(value).lower() if isinstance(value, bool) else repr(value)


def wanted(hint: Any) -> str:
    """What to write under a missing key, in words."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Annotated, Literal):
        return wanted(args[0]) if origin is Annotated else f"one of {', '.join(args)}"
    if hint is Text:
        return "a text, one for each language"
    return KINDS[list] if origin is tuple else KINDS.get(hint, KINDS[dict])
