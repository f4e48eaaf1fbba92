"""The Partner Store: renewals and suspensions, cards, orders, invoices, charges, the ledger of commission, reports."""

from pathlib import Path

from peewee import PostgresqlDatabase

from portal.core.folding import fold

# What was issued or booked stays as it was, whoever asks; only what becomes of an invoice is kept in its row.
_SETTLEMENT = ("paid", "credited", "state", "tries", "next_try_on")
FROZEN = {
    "invoice": _SETTLEMENT,
    "invoice_line": (),
    "commission_entry": (),
}


def up(migrator, db):
    postgresql = isinstance(db, PostgresqlDatabase)
    engine = "postgresql" if postgresql else "sqlite"
    for statement in Path(__file__).with_suffix(f".{engine}.sql").read_text().split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
    for table, open_columns in FROZEN.items():
        frozen = [column.name for column in db.get_columns(table) if column.name not in open_columns]
        for statement in (_postgresql if postgresql else _sqlite)(table, frozen):
            db.execute_sql(statement)
    for partner, name in db.execute_sql("SELECT id, name FROM partner").fetchall():
        place = "%s" if postgresql else "?"
        db.execute_sql(f"UPDATE partner SET name_key = {place} WHERE id = {place}", (fold(name)[:255], partner))
    # Until now there were no periods: one ends at the next renewal of what is paid.
    db.execute_sql(
        "UPDATE subscription SET period_from = started_on "
        "WHERE state IN ('paid', 'suspended') AND renews_on IS NOT NULL AND started_on < renews_on"
    )


def _sqlite(table, columns):
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
    return [
        f'CREATE TRIGGER "{table}_frozen" BEFORE UPDATE OF {", ".join(columns)} ON "{table}" {refuse}',
        f'CREATE TRIGGER "{table}_kept" BEFORE DELETE ON "{table}" {refuse}',
    ]


def _postgresql(table, columns):
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return [
        f"""CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{table} is never changed'; END $$""",
        f'CREATE TRIGGER "{table}_frozen" BEFORE UPDATE ON "{table}" '
        f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {table}_refuse()",
        f'CREATE TRIGGER "{table}_kept" BEFORE DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION {table}_refuse()',
    ]
