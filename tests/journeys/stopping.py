"""Real processes of the portal that stop at a given step and wait there to be killed.

The steps are put around the portal's own functions from here: nothing in the portal knows of them.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from portal import create_app, settings
from portal.billing.commands import charging, orders, refunds, renewals
from portal.jobs import worker
from portal.web import wiring

Environment = Mapping[str, str]


class Stop:
    """Where this process stops: it writes its marker, and never goes on."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def here(self) -> None:
        self.marker.write_text("here")
        threading.Event().wait()

    def before(self, owner: Any, name: str, when: Callable[..., bool] = lambda *_: True) -> None:
        """Stop when something is asked for, before it is done."""
        real = getattr(owner, name)

        @functools.wraps(real)
        def never(*args: Any, **more: Any) -> Any:
            if when(*args):
                self.here()
            return real(*args, **more)

        setattr(owner, name, never)

    def after(self, owner: Any, name: str) -> None:
        """Stop when something was done, before anybody learns of it."""
        real = getattr(owner, name)

        @functools.wraps(real)
        def unheard(*args: Any, **more: Any) -> None:
            real(*args, **more)
            self.here()

        setattr(owner, name, unheard)


def _of(kind: str) -> Callable[..., bool]:
    return lambda job, *_: job.kind == kind


Step = Callable[[Stop, Any], None]
# The steps of money in their order; `cards` is the gateway's port.
CHARGE: Mapping[str, Step] = {
    "before the gateway is asked": lambda stop, cards: stop.before(cards, "charge"),
    "when the gateway has taken it": lambda stop, cards: stop.after(cards, "charge"),
    "before it is settled": lambda stop, cards: stop.before(charging, "held_organization"),
    "when half of it is settled": lambda stop, cards: stop.before(charging, "earn"),
    "when all of it is settled and not committed": lambda stop, cards: stop.after(charging, "tell_recipient"),
    "before its job is done": lambda stop, cards: stop.before(worker, "finish", _of("billing.charge")),
}
REFUND: Mapping[str, Step] = {
    "before the gateway is asked": lambda stop, cards: stop.before(cards, "refund"),
    "when the gateway has given it back": lambda stop, cards: stop.after(cards, "refund"),
    "when half of it is settled": lambda stop, cards: stop.after(refunds, "credit"),
    "before its job is done": lambda stop, cards: stop.before(worker, "finish", _of("billing.refund")),
}
RENEWAL: Mapping[str, Step] = {
    "before its invoice": lambda stop, cards: stop.before(renewals, "issue"),
    "when it is invoiced and not committed": lambda stop, cards: stop.after(renewals, "tell_recipient"),
    "before its charge": lambda stop, cards: stop.before(cards, "charge"),
}
ORDER: Mapping[str, Step] = {
    "when the order is written and not committed": lambda stop, cards: stop.after(orders, "open_charge"),
}
STEPS = {"charge": CHARGE, "refund": REFUND, "renewal": RENEWAL}
UNHEARD = "before the answer"


def work(environment: Environment, of: str, step: str, marker: Path) -> None:
    """Be a worker that stops at a step of something, or works on until it is killed."""
    app = _app(environment, STEPS[of][step] if of else None, Stop(marker))
    worker.work(app.extensions["make_ctx"], threading.Event(), pause=0.05)


def serve(environment: Environment, port: int, step: str, marker: Path) -> None:
    """Be a web server that stops at a step of an order, or when all is done and nothing answered yet."""
    stop = Stop(marker)
    app = _app(environment, ORDER.get(step), stop)
    answer = app.wsgi_app

    def unheard(environ: Any, start: Any) -> Any:
        answered = answer(environ, start)
        if step == UNHEARD and environ["REQUEST_METHOD"] == "POST":
            stop.here()
        return answered

    app.wsgi_app = unheard
    server = make_server("127.0.0.1", port, app, threaded=True)
    marker.with_suffix(".up").write_text("up")
    server.serve_forever()


def _app(environment: Environment, step: Step | None, stop: Stop) -> Any:
    made = settings.load(environment)
    ports = wiring.ports(made)
    if step:
        step(stop, ports.cards)
    return create_app(made, ports)
