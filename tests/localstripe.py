"""A Stripe of this machine's own for tests: localstripe, a program of its own, run in a process of its own on loopback.

`python -m tests.localstripe PORT` is that process. It adds what localstripe lacks of the little that we use: it drops
parameters that only Stripe's own pages show, and lists payments by customer.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from tests.postgres import free_port

KEY = "sk_test_local"


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Run localstripe; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "tests.localstripe", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout
        assert "Running on" in process.stdout.readline(), "localstripe did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _main(port: int) -> None:
    from aiohttp import web
    from localstripe import resources, webhooks

    async def at_once(_seconds: float) -> None:
        """Webhooks need no second of waiting."""

    class Unhurried:
        sleep, ensure_future = staticmethod(at_once), staticmethod(webhooks.asyncio.ensure_future)

    webhooks.asyncio = Unhurried
    resources.Store.dump_to_disk = lambda _store: None
    intents = resources.PaymentIntent
    _drop(intents, "_api_create", "description")
    _drop(intents, "_api_cancel", "cancellation_reason")
    intents._api_list_all = classmethod(_listed)
    from localstripe.server import app  # reads what is above when it is imported

    web.run_app(app, host="127.0.0.1", port=port, print=lambda text: print(text, flush=True))


def _drop(resource: Any, method: str, *names: str) -> None:
    original = getattr(resource, method).__func__

    def without(cls: Any, *args: Any, **values: Any) -> Any:
        return original(cls, *args, **{name: value for name, value in values.items() if name not in names})

    setattr(resource, method, classmethod(without))
    for place, (verb, url, function) in enumerate(_extra()):
        if getattr(function, "__func__", None) is original:
            _extra()[place] = (verb, url, getattr(resource, method))


def _extra() -> list[Any]:
    from localstripe.resources import extra_apis

    return extra_apis  # type: ignore[no-any-return]


def _listed(cls: Any, url: str, customer: str | None = None, limit: Any = None, **_more: Any) -> Any:
    from localstripe.resources import List, store

    found = List(url, limit=limit)
    found._list = [one for key, one in store.items() if key.startswith("payment_intent:") and one.customer == customer]
    return found


if __name__ == "__main__":
    _main(int(sys.argv[1]))
