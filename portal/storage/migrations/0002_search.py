"""Substring indexes for the search columns: a trigram table kept by triggers, or pg_trgm where it is installed."""

from peewee import PostgresqlDatabase

SEARCHED = [("organization", "search")]

SQLITE = [
    """CREATE VIRTUAL TABLE "{t}_{c}" USING fts5({c}, content='{t}', content_rowid='id', tokenize='trigram')""",
    """CREATE TRIGGER "{t}_{c}_insert" AFTER INSERT ON "{t}" BEGIN
         INSERT INTO "{t}_{c}" (rowid, {c}) VALUES (new.id, new.{c});
       END""",
    """CREATE TRIGGER "{t}_{c}_delete" AFTER DELETE ON "{t}" BEGIN
         INSERT INTO "{t}_{c}" ("{t}_{c}", rowid, {c}) VALUES ('delete', old.id, old.{c});
       END""",
    """CREATE TRIGGER "{t}_{c}_update" AFTER UPDATE OF {c} ON "{t}" BEGIN
         INSERT INTO "{t}_{c}" ("{t}_{c}", rowid, {c}) VALUES ('delete', old.id, old.{c});
         INSERT INTO "{t}_{c}" (rowid, {c}) VALUES (new.id, new.{c});
       END""",
]


def up(migrator, db):
    for table, column in SEARCHED:
        if isinstance(db, PostgresqlDatabase):
            _postgresql(db, table, column)
        else:
            for statement in SQLITE:
                db.execute_sql(statement.format(t=table, c=column))


def _postgresql(db, table, column):
    available = db.execute_sql("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'").fetchone()
    if available:
        db.execute_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        db.execute_sql(f'CREATE INDEX "{table}_{column}_trgm" ON "{table}" USING gin ({column} gin_trgm_ops)')
