"""The list of pictures in the help: what each shows, and what its labels were when it was taken."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
TAKEN: Final = _HERE / "pictures_taken.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A page at `path`, seen by somebody of the demo's cast, down to `height` pixels; `whole`: with what frames it."""

    path: str
    height: int
    labels: tuple[str, ...]
    who: str = ""
    whole: bool = False


def pictures() -> Mapping[str, Picture]:
    """Return the pictures by name."""
    entries = tomllib.loads((_HERE / "pictures.toml").read_text(encoding="utf-8"))
    return {name: Picture(**{**entry, "labels": tuple(entry["labels"])}) for name, entry in entries.items()}


def taken() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return what the labels of each picture were when it was taken: by language and name of the picture."""
    found: Mapping[str, Mapping[str, Mapping[str, str]]] = json.loads(TAKEN.read_text(encoding="utf-8"))
    return found
