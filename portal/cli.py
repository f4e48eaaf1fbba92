"""`flask portal …`: what an operator does from a shell."""

from __future__ import annotations

import signal
import sys
from threading import Event

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from portal.accounts.policy import STAFF_ROLES
from portal.core.locales import COMPLETE, DEFAULT, LANGUAGES
from portal.help.collection import Library
from portal.help.freshness import TO_DO, Row, difference, rows
from portal.storage import database
from portal.storage.migrate import migrate as apply_migrations
from portal.storage.migrate import pending
from portal.support.policy.terms import unknown_holidays

portal = AppGroup("portal", help="Operate the partner portal.")


@portal.command()
def migrate() -> None:
    """Bring the database schema up to date."""
    current_app.extensions["settings"].var.mkdir(parents=True, exist_ok=True)
    with database.connection_context():
        names = apply_migrations()
    click.echo("\n".join(names) or "up to date")


@portal.command("help-index")
@with_appcontext
def help_index() -> None:
    """Index the help articles of this version, so that the first search need not wait for it."""
    from portal.web.public.help_index import index_from_shell

    with database.connection_context():
        click.echo(index_from_shell(current_app._get_current_object()))  # type: ignore[attr-defined]


@portal.group(invoke_without_command=True)
@with_appcontext
@click.pass_context
def check(context: click.Context) -> None:
    """Tell whether the portal can serve: settings, programme file, database, schema."""
    if context.invoked_subcommand:
        return
    with database.connection_context():
        missing = pending()
    if missing:
        raise click.ClickException(f"run `flask portal migrate`: {', '.join(missing)}")
    if unknown := unknown_holidays(current_app.extensions["programme"]):
        raise click.ClickException(f"calendars name countries without known holidays: {', '.join(unknown)}")
    click.echo("ok")


@check.command()
def money() -> None:
    """Tell whether all that was charged, invoiced, given back and earned fits together; exit code 1 if not."""
    from portal.billing.verification import Verification

    faults = 0
    with database.connection_context():
        verification = Verification(current_app.extensions["make_ctx"]())
        for fault in verification.faults():
            faults += 1
            click.echo(str(fault))
    seen = ", ".join(f"{what}: {count}" for what, count in verification.seen.items())
    click.echo(f"{seen}{', ' if seen else ''}faults: {faults}")
    if faults:
        raise click.exceptions.Exit(1)


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


@portal.command("mail-in")
@click.option("--listen", "address", metavar="HOST:PORT", help="Take mails from a mail server, until stopped.")
@click.option("--smtp", is_flag=True, help="Speak SMTP to it instead of LMTP.")
@click.option("--imap", is_flag=True, help="Fetch what is new in the folder of PORTAL_IMAP_URL.")
@click.option("--to", "mailbox", envvar="RECIPIENT", default="", help="Of the mail on standard input: whom it came to.")
@click.option("--from", "sender", envvar="SENDER", default="", help="Of the mail on standard input: its return path.")
def mail_in(address: str | None, smtp: bool, imap: bool, mailbox: str, sender: str) -> None:
    """Take mails to Partner Support in; without an option, the one on standard input.

    Exit codes are those of sysexits: 0 stored, 65 no mail or too large, 67 no such mailbox, 75 try again later.
    """
    from portal.support import doors

    settings, make_ctx = current_app.extensions["settings"], current_app.extensions["make_ctx"]
    if address:
        _listen(address, not smtp)
    elif imap:
        if not settings.imap_url:
            raise click.ClickException("set PORTAL_IMAP_URL")
        with database.connection_context():
            click.echo(f"mails: {doors.poll(make_ctx)}")
    else:
        content = sys.stdin.buffer.read()
        code, words = doors.take_one(make_ctx, content, mailbox, sender, settings.mail_in_addresses)
        if words:
            click.echo(words, err=True)
        raise click.exceptions.Exit(code)


def _listen(address: str, lmtp: bool) -> None:
    from portal.support import doors

    host, _, port = address.rpartition(":")
    if not port.isdecimal():
        raise click.BadParameter("use an address such as 127.0.0.1:8024", param_hint="--listen")
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    only = current_app.extensions["settings"].mail_in_addresses
    doors.listen(current_app.extensions["make_ctx"], host.strip("[]"), int(port), stop, lmtp, only,
                 lambda: click.echo(f"mails are taken at {address}"))


@portal.command()
def routes() -> None:
    """List every address with the permission that its page asks for."""
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view = current_app.view_functions[rule.endpoint]
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        click.echo(f"{methods:9} {rule.rule:60} {getattr(view, 'permission', 'DENIED')}")


@portal.command("help-status")
@click.option("--strict", is_flag=True, help="Exit code 1 if an article of a complete language is missing or outdated.")
def help_status(strict: bool) -> None:
    """Tell of each language which help articles are missing or outdated, and what English has changed since."""
    from portal.web.articles import articles_of

    library = articles_of()
    found = list(rows(library))
    for lang in LANGUAGES:
        to_do = [row for row in found if row.lang == lang and row.state in TO_DO]
        missing = sum(row.state == "missing" for row in to_do)
        complete = sum(row.lang == lang for row in found) - len(to_do)
        about = " (the source)" if lang == DEFAULT else "" if lang in COMPLETE else " (in preparation)"
        click.echo(f"{lang}{about}: {complete} complete, {missing} missing, {len(to_do) - missing} outdated")
        for row in to_do:
            _tell_of_article(library, row)
    if strict and any(row.state in TO_DO and row.lang in COMPLETE for row in found):
        raise click.exceptions.Exit(1)


def _tell_of_article(library: Library, row: Row) -> None:
    """Print an article that needs work, and the sentences that English has changed."""
    if row.state == "missing":
        click.echo(f"  {row.lang}/{row.key}.md is missing")
        return
    article, newest = library.get(row.key, row.lang), library.source(row.key).revision
    click.echo(f"  {row.lang}/{row.key}.md follows revision {article.based_on} of {newest} (significance {row.lag})")
    for kind, text in difference(library, article):
        click.echo(f"    {kind} {text}".rstrip())


@portal.command()
@click.argument("email")
@click.option("--language", default="en", show_default=True, help="Language of the invitation, if one is needed.")
@click.option("--role", type=click.Choice(STAFF_ROLES), default="admin", show_default=True, help="Their task.")
def staff(email: str, language: str, role: str) -> None:
    """Make EMAIL the vendor's staff; whoever has no account yet is invited by mail."""
    from portal.accounts.commands import appoint_staff

    with database.connection_context():
        ready = appoint_staff(current_app.extensions["make_ctx"](), email, language, role)
    click.echo("may use the desk from the next click on" if ready else "invited by mail")


@portal.command("sign-out")
@click.argument("email")
def sign_out(email: str) -> None:
    """Sign all browsers of EMAIL out, as after a theft; the next sign-in counts as one from a new browser."""
    from portal.accounts.commands.own_sessions import end_sessions_of
    from portal.accounts.policy import normalize_email
    from portal.core.errors import NotFound

    with database.connection_context():
        try:
            end_sessions_of(current_app.extensions["make_ctx"](), normalize_email(email))
        except NotFound:
            raise click.ClickException("there is no account with this address") from None
    click.echo("signed out everywhere")


@portal.group("second-factor")
def second_factor() -> None:
    """Look after people's second factors."""


@second_factor.command()
@click.argument("email")
def reset(email: str) -> None:
    """Take app, recovery codes and passkeys of EMAIL away, who has lost them; their sessions end, and they get a mail.

    Make sure first that it is really them who asks.
    """
    from portal.accounts.commands.second_factor import reset_by_operator
    from portal.accounts.policy import normalize_email
    from portal.core.errors import NotFound

    with database.connection_context():
        try:
            reset_by_operator(current_app.extensions["make_ctx"](), normalize_email(email))
        except NotFound:
            raise click.ClickException("there is no account with this address") from None
    click.echo("reset: this person signs in without second factor, and sets one up again where it is required")


@portal.group()
def audit() -> None:
    """Look after the record of who did what."""


@audit.command()
@click.option("--organization", metavar="PUBLIC_ID", help="This organization's acts alone.")
@click.option("--anchor", default="", metavar="HASH", help="A fingerprint that must be found, from a monthly mail.")
def verify(organization: str | None, anchor: str) -> None:
    """Tell whether an act of the record was changed, removed or added; exit code 1 if so."""
    from portal.audit.verification import Verification

    faults = 0
    with database.connection_context():
        check = Verification(_chain(organization) if organization else None, anchor.strip().lower())
        for fault in check.faults():
            faults += 1
            click.echo(_FAULTS[fault.kind].format(fault, where=_whose(fault.chain)))
    if check.erased:
        click.echo(f"{check.erased} acts have lost a person's names to an erasure; of these, {check.believed} are from "
                   "before names had a digest of their own, and are believed to say what they say")
    click.echo(f"acts: {check.acts}, chains: {check.chains}, faults: {faults}")
    if faults:
        raise click.exceptions.Exit(1)


_FAULTS = {
    "changed": "{where}: act {0.position} is not what was recorded, or was put in the place of another",
    "missing": "{where}: acts {0.position} to {0.last} are missing",
    "added": "{where}: act {0.position} stands outside the chain: it was added, or the end of the chain was cut",
    "end": "{where}: the end of the chain does not fit act {0.position}",
    "erased": "{where}: act {0.position} is marked as erased, and no erasure tells of it",
    "anchor": "no act has this fingerprint: the record was written anew since the mail, or its acts of then are too "
              "old to be kept",
}


def _chain(organization: str) -> int:
    from portal.customers.models import Organization

    found = Organization.get_or_none(Organization.public_id == organization)
    if found is None:
        raise click.BadParameter("there is no such organization", param_hint="--organization")
    return int(found.id)


def _whose(chain: int) -> str:
    from portal.customers.models import Organization

    found = Organization.get_or_none(Organization.id == chain)
    return f"organization {found.public_id}" if found else "acts of no organization" if not chain else f"chain {chain}"


@portal.command()
@click.option("--dry-run", is_flag=True, help="Tell what would go, and let nothing go.")
def retention(dry_run: bool) -> None:
    """Let go what the programme keeps no longer, or tell what that is; the worker does it every day."""
    from portal.core.context import WORKER
    from portal.privacy.retention import look, run

    with database.connection_context():
        ctx = current_app.extensions["make_ctx"](WORKER)
        found = look(ctx)
        went = {} if dry_run else run(ctx)
    for kind in found:
        oldest = kind.oldest.isoformat(timespec="seconds") if kind.oldest else "-"
        rows = kind.rows if dry_run else went[kind.kind]
        click.echo(f"{kind.kind:22} {kind.days:5} days {rows:8} rows, oldest {oldest}")


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
