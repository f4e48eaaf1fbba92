"""The pages of back-ups."""

from __future__ import annotations

import hashlib
import html
import re

import pytest

from portal.backups.models import Backup
from portal.storage import transaction
from tests.client import HTMX, statements


@pytest.fixture
def path(cast):
    return f"/en/organizations/{cast.siam.public_id}"


@pytest.fixture
def browser(cast):
    return cast.siam_admin.browser()


@pytest.fixture
def emily(cast):
    return cast.user("emily.o'hara@siam.example", "Emily <O'Hara>")


def test_from_the_user_to_the_file(cast, path, browser, emily, run_jobs):
    page = f"{path}/users/{emily.public_id}"
    assert "No back-ups yet" in browser.get(f"{path}/backups").text
    asked = browser.send(f"{page}/backup", page=page)
    assert (asked.status_code, asked.headers["Location"]) == (303, f"{path}/backups")
    waiting = browser.get(f"{path}/backups").text
    assert 'hx-trigger="every 2s"' in waiting
    assert f'<a class="button secondary" href="{path}/backups">' in waiting
    run_jobs()
    done = browser.get(f"{path}/backups", headers=HTMX).text
    assert "hx-trigger" not in done
    assert "<html" not in done
    link = re.search(r'href="([^"]+/file)"', done)
    assert link
    file = browser.get(link[1])
    assert file.mimetype == "application/zip"
    assert file.headers["Content-Disposition"] == (
        'attachment; filename="backup-emily-o-hara-siam-example-' f'{cast.now.date()}.zip"')
    assert "no-store" in file.headers["Cache-Control"]
    assert hashlib.sha256(file.data).hexdigest() in html.unescape(done)


def ready(cast, user, **more):
    with transaction():
        return Backup.create(**{
            "organization": cast.siam, "user": user, "user_name": user.name, "user_email": user.email,
            "state": "ready", "archive": b"PK", "created_at": cast.now, "ready_at": cast.now,
            "expires_at": cast.now.replace(year=2100), **more,
        })


def test_what_has_expired_or_is_not_ready_is_not_there(cast, path, browser, emily):
    for more in ({"expires_at": cast.now}, {"state": "expired", "archive": None}, {"state": "asked", "archive": None}):
        backup = ready(cast, emily, **more)
        assert browser.get(f"{path}/backups/{backup.public_id}/file").status_code == 404
    assert browser.get(f"{path}/backups/23456789abcd/file").status_code == 404
    shown = browser.get(f"{path}/backups").text
    assert shown.count("Expired") == 2
    assert "/file" not in shown


@pytest.mark.parametrize(("person", "status"), [
    ("siam_manager", 403), ("admin", 403), ("colleague", 403), ("outsider", 404), ("reviewer", 404),
])
def test_everybody_but_the_super_administrator_is_kept_out(cast, path, emily, person, status):
    backup = ready(cast, emily)
    browser = getattr(cast, person).browser()
    assert browser.get(f"{path}/backups").status_code == status
    assert browser.get(f"{path}/backups/{backup.public_id}/file").status_code == status
    token = browser.csrf("/en/account")
    answer = browser.post(f"{path}/users/{emily.public_id}/backup", data={"csrf_token": token})
    assert answer.status_code == status
    assert Backup.select().count() == 1


def test_a_long_list_has_pages_and_never_reads_archives(cast, path, browser, emily):
    for _ in range(51):
        ready(cast, emily)
    with statements() as seen:
        first = browser.get(f"{path}/backups").text
    assert len(seen) == 4
    assert not any("archive" in sql for sql in seen)
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    assert browser.get(html.unescape(following[1])).text.count("Download (") == 1


def test_in_thai_the_page_and_its_times_are_thai(cast, browser, emily):
    ready(cast, emily)
    page = browser.get(f"/th/organizations/{cast.siam.public_id}/backups").text
    assert '<html lang="th"' in page
    assert "Emily &lt;O&#39;Hara&gt;" in page
