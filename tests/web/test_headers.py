"""Headers that every answer carries, pages and files alike."""

import pytest


@pytest.mark.parametrize("path", ["/en/", "/en/nothing-here", "/", "/static/app.css", "/robots.txt", "/en/store/"])
def test_every_answer_says_what_a_browser_may_do_with_it(client, path):
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_wrong_method_is_told_the_right_ones(client):
    response = client.get("/en/sign-out")
    assert response.status_code == 405
    assert {"POST", "OPTIONS"} == set(response.allow)


@pytest.mark.parametrize("path", ["/en/invitation/%00", "/en/verify-email/%00.x", "/en/help/%00", "/en/domain/%00.x"])
def test_an_address_that_no_database_takes_does_not_exist(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["store/customers/%00", "console/customers/%00/domain", "organizations/%00/"])
def test_nor_does_it_for_partners(cast, path):
    assert cast.admin.browser().get(f"/en/{path}").status_code == 404
