"""What the worker does for the database itself."""

import pytest

from portal.storage import database, is_postgresql


@pytest.fixture
def counts(monkeypatch, run_jobs):
    """Let the worker do what is due; return whether it had the engine count its rows."""
    plain, said = database.obj.execute_sql, []

    def noted(sql, *rest, **more):
        said.append(sql)
        return plain(sql, *rest, **more)

    monkeypatch.setattr(database.obj, "execute_sql", noted)

    def run():
        said.clear()
        run_jobs()
        return any("ANALYZE" in sql for sql in said)

    return run


def test_sqlite_counts_its_rows_once_a_day_and_postgresql_by_itself(counts, clock):
    wanted = not is_postgresql()
    assert counts() is wanted
    assert not counts(), "once is enough for a day"
    clock.advance(days=1)
    assert counts() is wanted
