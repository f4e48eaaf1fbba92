"""What the worker does for the database itself."""

from portal.storage import database, is_postgresql


def test_sqlite_counts_its_rows_once_a_day(cast, clock, run_jobs):
    """Without these numbers it takes long ways through large tables; PostgreSQL counts by itself."""
    if is_postgresql():
        return
    cast.person("ana@example.com", "es")

    def counted() -> bool:
        return ("account",) in list(database.execute_sql("SELECT tbl FROM sqlite_stat1"))

    run_jobs()
    assert counted()
    database.execute_sql("DELETE FROM sqlite_stat1")
    run_jobs()
    assert not counted(), "once is enough for a day"
    clock.advance(days=1)
    run_jobs()
    assert counted()
