"""Help: the search index of the articles, how often they are read, what readers say of them."""

from pathlib import Path

from peewee import PostgresqlDatabase


def up(migrator, db):
    engine = "postgresql" if isinstance(db, PostgresqlDatabase) else "sqlite"
    for statement in Path(__file__).with_suffix(f".{engine}.sql").read_text().split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
