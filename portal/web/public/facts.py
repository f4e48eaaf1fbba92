"""Numbers that articles state and no vendor changes: each from the rule that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FACTS: Final[Mapping[str, int]] = {}
