"""`flask portal …`: what an operator does from a shell."""

from __future__ import annotations

import signal
from threading import Event

import click
from flask import current_app
from flask.cli import AppGroup

from portal.storage import database
from portal.storage.migrate import migrate as apply_migrations
from portal.storage.migrate import pending

portal = AppGroup("portal", help="Operate the partner portal.")


@portal.command()
def migrate() -> None:
    """Bring the database schema up to date."""
    current_app.extensions["settings"].var.mkdir(parents=True, exist_ok=True)
    with database.connection_context():
        names = apply_migrations()
    click.echo("\n".join(names) or "up to date")


@portal.command()
def check() -> None:
    """Tell whether the portal can serve: settings, programme file, database, schema."""
    with database.connection_context():
        missing = pending()
    if missing:
        raise click.ClickException(f"run `flask portal migrate`: {', '.join(missing)}")
    click.echo("ok")


@portal.command()
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
def work(once: bool) -> None:
    """Run the worker: mails, domain checks, imports."""
    from portal.jobs.worker import run_due
    from portal.jobs.worker import work as work_until
    from portal.web.wiring import dev_internet

    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    make_ctx = current_app.extensions["make_ctx"]
    with dev_internet(current_app.extensions["settings"]):
        if once:
            with database.connection_context():
                run_due(make_ctx)
        else:
            work_until(make_ctx, stop)


@portal.command()
def routes() -> None:
    """List every address with the permission that its page asks for."""
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view = current_app.view_functions[rule.endpoint]
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        click.echo(f"{methods:9} {rule.rule:60} {getattr(view, 'permission', 'DENIED')}")


@portal.command()
@click.argument("email")
@click.option("--language", default="en", show_default=True, help="Language of the invitation, if one is needed.")
def staff(email: str, language: str) -> None:
    """Make EMAIL the vendor's staff; whoever has no account yet is invited by mail."""
    from portal.accounts.commands import appoint_staff

    with database.connection_context():
        ready = appoint_staff(current_app.extensions["make_ctx"](), email, language)
    click.echo("may use the desk from the next click on" if ready else "invited by mail")


@portal.command()
def demo() -> None:
    """Fill an empty development database with the demo cast and customers."""
    from portal import demo as cast
    from portal.web.wiring import dev_names

    settings = current_app.extensions["settings"]
    if not settings.development:
        raise click.ClickException("The demo data has a known password: it exists in development mode only.")
    with database.connection_context():
        click.echo(cast.fill(current_app.extensions["make_ctx"](), dev_names(settings)))
