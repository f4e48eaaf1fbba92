"""How acts are chained: each hash covers one act and the hash before it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any


def link(before: str, *, at: datetime, detail: dict[str, Any] | str | None, **act: int | str | None) -> str:
    """Return the hash of an act that follows the one whose hash is `before`.

    `at` is aware; `detail` holds JSON values, or is their JSON text as the database keeps it.
    """
    details = json.loads(detail) if isinstance(detail, str) else detail
    content = {**act, "at": at.astimezone(UTC).isoformat(), "detail": details, "before": before}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
