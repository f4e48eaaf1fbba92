"""The page for what went wrong on our side: it needs nothing that could be broken."""

import pytest
from peewee import OperationalError

from portal.storage import database


@pytest.fixture
def browser(app, cast):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return cast.siam_admin.browser()  # whose menu asks the database


@pytest.mark.parametrize(("lang", "words"), [("en", "Something went wrong on our side"), ("es", "<h1>")])
def test_without_its_database_the_portal_still_says_so(browser, monkeypatch, lang, words):
    def gone(*_args, **_more):
        raise OperationalError("the server has gone away")

    monkeypatch.setattr(database.obj, "execute_sql", gone)
    response = browser.get(f"/{lang}/store/")
    assert response.status_code == 500
    assert words in response.text
    assert f'lang="{lang}"' in response.text


def test_nor_does_it_need_a_connection(browser, monkeypatch):
    def refused(*_args, **_more):
        raise OperationalError("connection refused")

    monkeypatch.setattr(database.obj, "connect", refused)
    response = browser.get("/th/help")
    assert response.status_code == 500
    assert 'lang="th"' in response.text
