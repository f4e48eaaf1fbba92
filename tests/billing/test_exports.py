"""Long reports as files: made by a job, the same after a crash, kept for some days, and only for who asked."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, datetime, timedelta

import openpyxl
import pytest

from portal.billing.commands import exports
from portal.billing.commands.exports import ask_export
from portal.billing.jobs import reports as jobs
from portal.billing.models import Export
from portal.billing.queries.exports import asked_as_json, asked_from_json, content_of, watched
from portal.billing.queries.payments import Asked, chosen, payments
from portal.billing.sheets import Words
from portal.core.errors import DomainError, Forbidden, NotFound
from portal.core.sheets import Style
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from tests.billing.history import told

ALL = Asked(date(2025, 1, 1), date(2026, 12, 31))
WORDS = Words(
    "Pagos", ["Día", "Cliente", "Servicio", "De quién", "Tarjeta", "Estado", "Motivo", "Neto", "Impuesto", "Bruto",
              "Devuelto", "Comisión", "Moneda", "Recibo"],
    {"crm": "CRM", "mail": "=Mail"}, {"reseller": "Distribuidor", "customer": "Cliente"},
    {"succeeded": "Pagado", "declined": "Rechazado", "pending": "En espera", "action": "En espera",
     "refunded": "Devuelto"},
    {"insufficient_funds": "Sin fondos"}, "Rechazado", Style(";", ",", {"THB": 2, "EUR": 2}),
)


@pytest.fixture
def history(shop, cast):
    return told(shop, cast)


def test_a_filter_and_words_survive_the_way_to_the_job(history, cast) -> None:
    ctx = cast.admin.ctx
    customer = chosen(ctx, history.thai.public_id, True)
    asked = replace(ALL, customer=customer, service="crm", administered=True, after="x")
    assert asked_from_json(asked_as_json(asked)) == replace(asked, after=None)
    assert asked_from_json(asked_as_json(ALL)) == ALL
    assert Words.from_json(WORDS.as_json()) == WORDS


def test_a_csv_file(history, cast, run_jobs) -> None:
    export = ask_export(cast.admin.ctx, ALL, "csv", WORDS, "es")
    assert (watched(cast.admin.ctx, export.public_id).state, export.rows) == ("asked", 8)
    run_jobs()
    text = content_of(cast.admin.ctx, export.public_id).content.decode()
    assert text.startswith("\ufeff")
    heading, *lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    assert heading == WORDS.headings
    rows = payments(cast.admin.ctx, ALL, size=100).rows
    assert [line[0] for line in lines] == [row.on.isoformat() for row in rows]
    declined = next(line for line in lines if line[5] == "Rechazado")
    assert declined[1:7] == ["Thai Silk", "'=Mail", "Cliente", "Visa •••• 4242", "Rechazado", "Sin fondos"]
    first = lines[-3]
    row = rows[-3]
    assert first[7:] == [_plain(amount) for amount in (row.net, row.amount - row.net, row.amount, row.refunded,
                                                       row.commission)] + [row.currency, row.code]


def _plain(minor: int) -> str:
    return f"{minor // 100},{minor % 100:02}"


def test_an_xlsx_file_has_real_numbers_and_days(history, cast, run_jobs) -> None:
    export = ask_export(cast.admin.ctx, ALL, "xlsx", WORDS, "es")
    run_jobs()
    book = openpyxl.load_workbook(io.BytesIO(content_of(cast.admin.ctx, export.public_id).content))
    sheet = book["Pagos"]
    heading, *lines = sheet.iter_rows()
    assert [cell.value for cell in heading] == WORDS.headings
    for line, row in zip(lines, payments(cast.admin.ctx, ALL, size=100).rows, strict=True):
        assert line[0].value == datetime.combine(row.on, datetime.min.time())
        assert line[0].number_format == "yyyy-mm-dd"
        assert line[9].value == row.amount / 100
        assert line[9].number_format == "#,##0.00"
        assert line[12].value == row.currency
        assert {cell.data_type for cell in line} <= {"d", "s", "n"}  # no formula, whatever a name looks like
    assert any(line[2].value == "=Mail" for line in lines)


def test_the_filter_counts_and_the_partner_too(history, cast, run_jobs) -> None:
    asked = {
        "refunds": replace(ALL, state="refunded"), "administered": replace(ALL, administered=True),
        "one": replace(ALL, customer=chosen(cast.admin.ctx, history.french.public_id, False)),
    }
    made = {name: ask_export(cast.admin.ctx, each, "csv", WORDS, "es") for name, each in asked.items()}
    made["outsider"] = ask_export(cast.outsider.ctx, ALL, "csv", WORDS, "es")
    run_jobs()
    counted = {name: Export.get_by_id(export.id).rows for name, export in made.items()}
    assert counted == {"refunds": 3, "administered": 6, "one": 3, "outsider": 0}


def test_asking_twice_is_asking_once_until_it_is_there(history, cast, run_jobs) -> None:
    ctx = cast.admin.ctx
    first = ask_export(ctx, ALL, "csv", WORDS, "es")
    assert ask_export(ctx, replace(ALL, after="x"), "csv", WORDS, "es").id == first.id
    others = [ask_export(ctx, ALL, "xlsx", WORDS, "es"), ask_export(ctx, ALL, "csv", WORDS, "fr"),
              ask_export(ctx, replace(ALL, state="declined"), "csv", WORDS, "es"),
              ask_export(cast.colleague.ctx, ALL, "csv", WORDS, "es")]
    assert len({first.id, *(other.id for other in others)}) == 5
    run_jobs()
    assert ask_export(ctx, ALL, "csv", WORDS, "es").id != first.id


def test_who_asked_is_told_in_their_language(history, cast, run_jobs, mailer) -> None:
    export = ask_export(cast.colleague.ctx, ALL, "csv", WORDS, "es")
    run_jobs()
    mail = Outgoing.get(Outgoing.event == "export-ready")
    assert (mail.to_address, mail.language) == (cast.colleague.email, "fr")
    sent = next(message for message in mailer.sent
                if f"/fr/store/reports/exports/{export.public_id}" in message.get_body(("plain",)).get_content())
    assert sent["Content-Language"] == "fr"


def test_killed_in_the_middle_it_is_made_again(history, cast, clock, run_jobs, monkeypatch) -> None:
    export = ask_export(cast.admin.ctx, ALL, "csv", WORDS, "es")
    real, calls = jobs.every, []

    def torn(*args):
        for piece in real(*args):
            calls.append(len(piece))
            yield piece
            if len(calls) == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "every", torn)
    with pytest.raises(KeyboardInterrupt):
        run_jobs()
    row = Export.get_by_id(export.id)
    assert (row.state, row.content) == ("asked", None)
    clock.advance(minutes=5)  # the lease is over
    run_jobs()
    content = content_of(cast.admin.ctx, export.public_id).content.decode()
    assert len(content.splitlines()) == 9
    assert Outgoing.select().where(Outgoing.event == "export-ready").count() == 1


def test_a_second_outcome_changes_nothing(history, cast, make_ctx, run_jobs) -> None:
    export = ask_export(cast.admin.ctx, ALL, "csv", WORDS, "es")
    run_jobs()
    before = content_of(cast.admin.ctx, export.public_id).content
    exports.keep_export(make_ctx(), export, b"other", 1)
    exports.give_up(make_ctx(), export)
    assert content_of(cast.admin.ctx, export.public_id).content == before


def test_what_can_never_be_made_is_given_up(history, cast, clock, run_jobs, monkeypatch) -> None:
    def broken(*_args):
        raise RuntimeError

    monkeypatch.setattr(jobs, "write", broken)
    export = ask_export(cast.admin.ctx, ALL, "csv", WORDS, "es")
    for _ in range(8):
        run_jobs()
        clock.advance(hours=2)
    assert watched(cast.admin.ctx, export.public_id).state == "failed"


def test_progress_is_there_to_be_watched(history, cast, run_jobs, monkeypatch) -> None:
    monkeypatch.setattr("portal.billing.queries.payments._CHUNK", 3)
    seen = []
    real = jobs.lines

    def watching(words, piece):
        job = Job.get(Job.kind == "billing.export")
        seen.append((job.done, job.total))
        return real(words, piece)

    monkeypatch.setattr(jobs, "lines", watching)
    ask_export(cast.admin.ctx, ALL, "csv", WORDS, "es")
    run_jobs()
    assert seen == [(0, 8), (3, 8), (6, 8)]


def test_it_expires(history, cast, clock, run_jobs, make_ctx) -> None:
    export = ask_export(cast.admin.ctx, ALL, "csv", WORDS, "es")
    run_jobs()
    clock.advance(days=6)
    run_jobs()
    assert content_of(cast.admin.ctx, export.public_id).content
    clock.advance(days=1)
    with pytest.raises(NotFound):
        content_of(cast.admin.ctx, export.public_id)
    assert watched(cast.admin.ctx, export.public_id).state == "expired"
    run_jobs()
    row = Export.get_by_id(export.id)
    assert (row.state, row.content) == ("expired", None)
    assert make_ctx().now - row.ready_at == timedelta(days=7)


def test_nobody_else_sees_it(history, cast, run_jobs) -> None:
    export = ask_export(cast.admin.ctx, ALL, "csv", WORDS, "es")
    run_jobs()
    for other in (cast.colleague, cast.outsider):
        for read in (watched, content_of):
            with pytest.raises(NotFound):
                read(other.ctx, export.public_id)
    with pytest.raises(Forbidden):
        ask_export(cast.reviewer.ctx, ALL, "csv", WORDS, "es")


def test_too_long_for_a_sheet(history, cast, monkeypatch) -> None:
    monkeypatch.setattr(exports, "MOST_LINES", 7)
    with pytest.raises(DomainError):
        ask_export(cast.admin.ctx, ALL, "csv", WORDS, "es")
    assert Export.select().count() == 0
