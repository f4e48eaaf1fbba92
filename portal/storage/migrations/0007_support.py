"""Partner Support: tickets and their events, clocks, rules, received mail; headers of mails that belong together."""

from pathlib import Path

from peewee import PostgresqlDatabase

TRIGRAMS = [
    """CREATE VIRTUAL TABLE "support_ticket_search"
         USING fts5(search, content='support_ticket', content_rowid='id', tokenize='trigram')""",
    """CREATE TRIGGER "support_ticket_search_insert" AFTER INSERT ON "support_ticket" BEGIN
         INSERT INTO "support_ticket_search" (rowid, search) VALUES (new.id, new.search);
       END""",
    """CREATE TRIGGER "support_ticket_search_delete" AFTER DELETE ON "support_ticket" BEGIN
         INSERT INTO "support_ticket_search" ("support_ticket_search", rowid, search)
         VALUES ('delete', old.id, old.search);
       END""",
    """CREATE TRIGGER "support_ticket_search_update" AFTER UPDATE OF search ON "support_ticket" BEGIN
         INSERT INTO "support_ticket_search" ("support_ticket_search", rowid, search)
         VALUES ('delete', old.id, old.search);
         INSERT INTO "support_ticket_search" (rowid, search) VALUES (new.id, new.search);
       END""",
]


def up(migrator, db):
    postgresql = isinstance(db, PostgresqlDatabase)
    engine = "postgresql" if postgresql else "sqlite"
    for statement in Path(__file__).with_suffix(f".{engine}.sql").read_text().split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
    if not postgresql:
        for statement in TRIGRAMS:
            db.execute_sql(statement)
    elif db.execute_sql("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").fetchone():
        db.execute_sql('CREATE INDEX "support_ticket_search_trgm" ON "support_ticket" USING gin (search gin_trgm_ops)')
