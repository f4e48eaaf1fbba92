"""The customer's console: users' details, addresses, groups, mail policies, consents, and the chained record."""

from datetime import UTC, datetime
from pathlib import Path

from peewee import PostgresqlDatabase

from portal.audit.policy import link_unsalted
from portal.core.folding import fold
from portal.core.ids import public_id

TRIGRAMS = [
    """CREATE VIRTUAL TABLE "directory_user_search"
         USING fts5(search, content='directory_user', content_rowid='id', tokenize='trigram')""",
    """CREATE TRIGGER "directory_user_search_insert" AFTER INSERT ON "directory_user" BEGIN
         INSERT INTO "directory_user_search" (rowid, search) VALUES (new.id, new.search);
       END""",
    """CREATE TRIGGER "directory_user_search_delete" AFTER DELETE ON "directory_user" BEGIN
         INSERT INTO "directory_user_search" ("directory_user_search", rowid, search)
         VALUES ('delete', old.id, old.search);
       END""",
    """CREATE TRIGGER "directory_user_search_update" AFTER UPDATE OF search ON "directory_user" BEGIN
         INSERT INTO "directory_user_search" ("directory_user_search", rowid, search)
         VALUES ('delete', old.id, old.search);
         INSERT INTO "directory_user_search" (rowid, search) VALUES (new.id, new.search);
       END""",
    "INSERT INTO \"directory_user_search\" (\"directory_user_search\") VALUES ('rebuild')",
]


def up(migrator, db):
    postgresql = isinstance(db, PostgresqlDatabase)
    engine = "postgresql" if postgresql else "sqlite"
    for statement in Path(__file__).with_suffix(f".{engine}.sql").read_text().split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
    mark = "%s" if postgresql else "?"
    _describe_users(db, mark)
    _chain_events(db, mark)
    if not postgresql:
        for statement in TRIGRAMS:
            db.execute_sql(statement)
    elif db.execute_sql("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").fetchone():
        db.execute_sql(
            'CREATE INDEX "directory_user_search_trgm" ON "directory_user" USING gin (search gin_trgm_ops)'
        )


def _describe_users(db, mark):
    """Count those there are, and give each their search words and the row of their address."""
    db.execute_sql(
        "UPDATE organization SET users = "
        "(SELECT count(*) FROM directory_user u WHERE u.organization_id = organization.id)"
    )
    users = "SELECT id, organization_id, name, email, created_at FROM directory_user"
    for user, organization, name, email, created_at in db.execute_sql(users).fetchall():
        address = email.lower()
        db.execute_sql(
            f"UPDATE directory_user SET search = {mark} WHERE id = {mark}", (fold(f"{name} {email}")[:1000], user)
        )
        db.execute_sql(
            "INSERT INTO directory_address (public_id, organization_id, text, domain, kind, user_id, created_at) "
            f"VALUES ({', '.join([mark] * 7)})",
            (public_id(), organization, address, address.rpartition("@")[2], "user", user, created_at),
        )


def _chain_events(db, mark):
    """Put the acts that were recorded before there were chains into theirs, in their order."""
    columns = "id, at, verb, actor_id, actor_name, partner_id, organization_id, subject, detail"
    ends = {}
    for row in db.execute_sql(f"SELECT {columns} FROM audit_event ORDER BY id").fetchall():
        event, at, verb, actor_id, actor_name, partner_id, organization_id, subject, detail = row
        side = "partner" if partner_id else "person" if actor_id else "portal"
        chain = organization_id or 0
        position, before = ends.get(chain, (0, ""))
        if not isinstance(at, datetime):
            at = datetime.fromisoformat(at)
        found = link_unsalted(
            before, chain=chain, position=position + 1, at=at.replace(tzinfo=UTC), verb=verb, side=side,
            actor_id=actor_id, actor_name=actor_name, partner_id=partner_id, partner_name="",
            organization_id=organization_id, subject=subject, name="", reason="", detail=detail,
        )
        ends[chain] = position + 1, found
        db.execute_sql(
            f"UPDATE audit_event SET chain = {mark}, position = {mark}, side = {mark}, hash = {mark} WHERE id = {mark}",
            (chain, position + 1, side, found, event),
        )
    for chain, (position, end) in ends.items():
        db.execute_sql(
            "INSERT INTO audit_chain (chain, position, hash, first_position, before_first) "
            f"VALUES ({', '.join([mark] * 5)})", (chain, position, end, 1, ""),
        )
    db.execute_sql('CREATE UNIQUE INDEX "audit_event_chain_position" ON "audit_event" ("chain", "position")')
