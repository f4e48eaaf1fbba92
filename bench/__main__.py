"""`make bench`: prints one line per figure; `make bench SIZES="100 10000"` for a quick one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import data, payments, support
from bench import help as reading
from bench.bare import bare_app
from bench.paired import Call, ratio, request
from portal import create_app
from portal.settings import load
from portal.storage import database
from portal.storage.migrate import migrate
from tests import postgres

LIST = "/en/console/customers"
LISTS = (LIST, "/en/store/", "/en/store/customers")
# Pages of the console of customer 1.
INSIDE = tuple(f"/en/organizations/c1/{page}" for page in (
    "", "users", "users?q=siam", "users?q=user-77@", "users?state=suspended", "groups", "groups/g1", "aliases",
    "mail-policies", "record", "record?side=partner",
))
PAYMENTS = "/en/store/reports/payments"
REPORTS = (
    "/en/store/reports", PAYMENTS, f"{PAYMENTS}?since=2025-09-01&until=2025-09-30", f"{PAYMENTS}?customer=c7",
    f"{PAYMENTS}?state=declined", f"{PAYMENTS}?service=sites&currency=EUR", f"{PAYMENTS}?state=refunded",
    "/en/console/payments",
)
SEARCH = f"{PAYMENTS}?q=customer-17.example"  # among as many times more customers
PUBLIC = ("/en/", "/th/", "/en/help/partner-programme", "/th/help/partner-programme", "/en/sign-in", "/en/apply")
PRIVATE = ("/en/store/", "/en/store/customers", LIST, "/th/console/customers", "/en/console/customers/add")


def line(what: str, figure: str, goal: str = "") -> None:
    print(f"{what:<68} {figure:>12}  {goal}", flush=True)


@contextmanager
def portal_with(size: int, fill: Callable[[int], None] = data.fill) -> Iterator[Any]:
    """Yield the portal on a fresh SQLite database that `fill` has made so large."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(load({}), database_url=f"sqlite:///{folder}/bench.db", var=Path(folder), testing=True)
        app = create_app(settings, clock=lambda: data.NOW)
        with database.connection_context():
            migrate()
            fill(size)
            yield app


@contextmanager
def portal_on_postgresql(_size: int, _fill: Callable[[int], None]) -> Iterator[Any]:
    """Yield the portal on a fresh PostgreSQL of its own, or None where that is not installed."""
    if not postgres.installed():
        yield None
        return
    with tempfile.TemporaryDirectory() as folder, postgres.server(Path(folder)) as url:
        settings = replace(load({}), database_url=url, var=Path(folder), testing=True)
        app = create_app(settings, clock=lambda: data.NOW)
        with database.connection_context():
            migrate()
            yield app


def cookie_of(app: Any) -> dict[str, str]:
    """Return the headers of the signed-in partner's browser."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["session"] = data.TOKEN
    client.get(LIST)  # now the session holds its form token too, as that of every browser after one page
    cookie = client.get_cookie("portal")
    return {"Cookie": f"portal={cookie.value}", "Accept-Encoding": "br"}


def lists(sizes: list[int]) -> None:
    """The customer list, first page and a page far down, against the bare page and against its smallest self."""
    bare = request(bare_app().wsgi_app, "/customers")
    smallest: float | None = None
    for size in sizes:
        with portal_with(size) as app:
            headers = cookie_of(app)
            headers.pop("Accept-Encoding")
            first = ratio(request(app.wsgi_app, LIST, headers), bare)
            line(f"customer list, {size} customers / bare page", f"{first:.2f}", "goal 2.50")
            smallest = smallest or first
            line(f"customer list, {size} customers / {sizes[0]} customers", f"{first / smallest:.2f}", "goal 1.20")
            deep = ratio(request(app.wsgi_app, _far_down(app, headers), headers), bare)
            line(f"customer list, {size} customers, 30 pages down / bare page", f"{deep:.2f}", "goal 2.50")
            statements(app, headers, size)
            if size == sizes[0]:
                weights(app, headers)


def organization(sizes: list[int]) -> None:
    """The pages of one customer's console with many users, groups, addresses and acts, against the smallest."""
    first: dict[str, float] = {}
    bare = request(bare_app().wsgi_app, "/customers")
    for size in sizes:
        with portal_with(size, data.fill_organization) as app:
            headers = cookie_of(app)
            headers.pop("Accept-Encoding")
            for path in INSIDE:
                figure = ratio(request(app.wsgi_app, path, headers), bare)
                first.setdefault(path, figure)
                line(f"{path}, {size} users / {sizes[0]} users", f"{figure / first[path]:.2f}", "goal 1.20")
            statements(app, headers, size, INSIDE, "users")


def reports(sizes: list[int]) -> None:
    """Reports over many payments of a partner: against the same sums in plain SQL, and against the smallest."""
    first: dict[str, float] = {}
    bare = request(bare_app().wsgi_app, "/customers")
    for size in sizes:
        with portal_with(size, payments.fill_payments) as app:
            headers = cookie_of(app)
            headers.pop("Accept-Encoding")
            deep = {f"{PAYMENTS}, 30 pages down": _far_down(app, headers, PAYMENTS)}
            for what, path in ({path: path for path in (*REPORTS, SEARCH)} | deep).items():
                figure = ratio(request(app.wsgi_app, path, headers), bare)
                first.setdefault(what, figure)
                line(f"{what}, {size} payments / {sizes[0]} payments", f"{figure / first[what]:.2f}", "goal 1.20")
            if size >= 1_000_000:
                against_sql(app, headers, size)
            statements(app, headers, size, (*REPORTS, SEARCH), "payments")


def against_sql(app: Any, headers: dict[str, str], size: int) -> None:
    """Whole pages against nothing but the statement that adds up the payments themselves."""
    for path, sql in ((REPORTS[0], payments.OVERVIEW), (PAYMENTS, payments.SUMS)):
        figure = ratio(request(app.wsgi_app, path, headers), lambda sql=sql: database.execute_sql(sql).fetchall(),  # type: ignore[misc]
                       rounds=5, batch=3)
        line(f"{path} / its sums in plain SQL, {size} payments", f"{figure:.3f}", "goal 0.200")


def tickets(sizes: list[int]) -> None:
    """The desk's queue of many open tickets against the smallest, and all their clocks folded anew."""
    first: float | None = None
    bare = request(bare_app().wsgi_app, "/customers")
    for size in sizes:
        with portal_with(size, support.fill_tickets) as app:
            folding(app, size)
            headers = staff_cookie_of(app)
            figure = ratio(request(app.wsgi_app, support.QUEUE, headers), bare)
            first = first or figure
            queue = f"{support.QUEUE}, {size} open tickets"
            line(f"{queue} / {sizes[0]} open tickets", f"{figure / first:.2f}", "goal 1.20")
            deep = _far_down(app, headers, support.QUEUE)
            far = ratio(request(app.wsgi_app, deep, headers), bare)
            line(f"{queue}, 30 pages down / first page", f"{far / figure:.2f}", "goal 1.20")
            statements(app, headers, size, (support.QUEUE,), "open tickets")


def searching(sizes: list[int]) -> None:
    """Questions to the help: what the database needs for one, in milliseconds, on each engine that is there, and what
    the page of results costs.
    """
    for engine, open_portal in (("SQLite", portal_with), ("PostgreSQL", portal_on_postgresql)):
        for size in sizes:
            with open_portal(size, lambda _size: None) as app:
                if app is None:
                    line(f"search of help on {engine}", "not installed")
                    break
                reading.fill(app, size)
                usual, worst = reading.questions(size)
                line(f"search of help on {engine}, {size} articles, a usual question", f"{usual:.1f} ms")
                line(f"search of help on {engine}, {size} articles, the worst", f"{worst:.1f} ms", "goal 10 ms")
    with portal_with(1, lambda _size: None) as app:
        for path in reading.PAGES:
            figure = ratio(request(app.wsgi_app, path), request(bare_app().wsgi_app, "/customers"))
            line(f"{path}, the shipped articles / bare page", f"{figure:.1f}")


def folding(app: Any, size: int) -> None:
    """Clocks of all tickets: made, and then folded anew where nothing has changed."""
    ctx = app.extensions["make_ctx"]()
    for what in ("clocks of {} tickets, all new", "clocks of {} tickets, folded anew"):
        read, folded = support.events_read(size), support.refolded(ctx)
        line(f"{what.format(size)}, CPU microseconds of one", f"{folded / size * 1e6:.0f}", "goal 1000")
        line(f"{what.format(size)} / reading their events", f"{folded / read:.1f}")


def staff_cookie_of(app: Any) -> dict[str, str]:
    """Return the headers of the browser of a lead of support."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["session"] = support.TOKEN
    client.get(support.QUEUE)
    return {"Cookie": f"portal={client.get_cookie('portal').value}"}


def _far_down(app: Any, headers: dict[str, str], path: str = LIST) -> str:
    """Follow `next` for thirty pages, or as far as there are any."""
    from lxml import html

    for _ in range(30):
        tree = html.fromstring(request(app.wsgi_app, path, headers)().decode())
        following = tree.xpath("//a[@rel='next']/@href")
        if not following:
            break
        path = following[0]
    return path


def statements(
    app: Any, headers: dict[str, str], size: int, paths: Iterable[str] = LISTS, of: str = "customers"
) -> None:
    """SQL statements of each page, which must not depend on the rows."""
    from tests.client import statements as counted

    for path in paths:
        with counted() as seen:
            request(app.wsgi_app, path, headers)()
        line(f"SQL statements of {path}, {size} {of}", str(len(seen)), "goal 5")


def weights(app: Any, headers: dict[str, str]) -> None:
    """Compressed bytes of the main pages and of what they load."""
    for path in (*PUBLIC, *PRIVATE):
        cookie = headers if path in PRIVATE else {}
        body = request(app.wsgi_app, path, {**cookie, "Accept-Encoding": "br"})()
        line(f"compressed HTML of {path}", f"{len(body)} B")
    import brotli

    for name, goal in (("app.css", "goal 10000"), ("app.js", ""), ("htmx.min.js", "")):
        size = len(brotli.compress(Path("static", name).read_bytes(), quality=5))
        line(f"compressed {name}", f"{size} B", goal)


def cold_start() -> None:
    """A new process until its first page, against one that imports Flask and serves the bare page."""
    programs = {
        "portal": "import os; os.environ['PORTAL_DATABASE_URL'] = 'sqlite:///'; "  # a fresh clone has no file yet
                  "from portal import create_app; answer = create_app().test_client().get('/en/sign-in'); "
                  "assert answer.status_code == 200",
        "bare": "from bench.bare import bare_app; bare_app().test_client().get('/customers')",
    }
    times = {name: _children(lambda p=program: subprocess.run([sys.executable, "-c", p], check=True))  # type: ignore[misc]
             for name, program in programs.items()}
    line("cold start / bare Flask process", f"{times['portal'] / times['bare']:.2f}")
    line("cold start, CPU seconds", f"{times['portal']:.2f}")


def _children(call: Call, times: int = 5) -> float:
    """Return the least CPU seconds that child processes took for one call."""
    best = float("inf")
    for _ in range(times):
        before = os.times()
        call()
        after = os.times()
        best = min(best, after.children_user + after.children_system - before.children_user - before.children_system)
    return best


def main() -> int:
    begin = time.monotonic()
    sizes = [int(size) for size in os.environ.get("SIZES", "100 10000 1000000").split()]
    cold_start()
    lists(sizes)
    organization([size for size in (1000, 10_000, 100_000) if size <= max(sizes)])
    reports([size for size in (10_000, 100_000, 1_000_000) if size <= max(sizes)])
    tickets([size for size in (1000, 100_000) if size <= max(sizes)])
    searching([size for size in (50, 5000) if size <= max(sizes)])
    line("bench", f"{time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
