"""Measures two things against each other: CPU time, interleaved, median of the paired ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from werkzeug.test import EnvironBuilder

Call = Callable[[], object]


def request(wsgi: Any, path: str, headers: dict[str, str] | None = None) -> Call:
    """Return a call that asks a WSGI application for a page, with everything but the network."""
    environ = EnvironBuilder(path=path, headers=headers or {}).get_environ()

    def call() -> bytes:
        status: list[str] = []
        answer = wsgi(dict(environ), lambda line, _headers, _info=None: status.append(line))
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        assert status[0].startswith("200"), f"{path}: {status[0]}"
        return body

    return call


def seconds(call: Call, times: int) -> float:
    """Return the CPU seconds of this process for `times` calls."""
    begin = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - begin


def ratio(a: Call, b: Call, rounds: int = 31, batch: int = 12) -> float:
    """Return how many times the CPU of `b` one call of `a` costs."""
    seconds(a, batch), seconds(b, batch)
    return statistics.median(seconds(a, batch) / seconds(b, batch) for _ in range(rounds))
