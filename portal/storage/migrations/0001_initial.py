"""The first schema, as the plain SQL of each engine beside this file."""

from pathlib import Path

from peewee import PostgresqlDatabase


def up(migrator, db):
    engine = "postgresql" if isinstance(db, PostgresqlDatabase) else "sqlite"
    for statement in Path(__file__).with_suffix(f".{engine}.sql").read_text().split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
