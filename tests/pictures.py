"""Takes the pictures of the help from real pages of the demo, and notes which labels they show."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from portal import demo
from portal.accounts.models import Account
from portal.help.pictures import TAKEN, Picture, pictures
from portal.settings import ROOT
from tests.screenshots import Portal

FOLDER = ROOT / "static/help"
_WIDTH = 1280
_MARGIN = 16
_MOST_BYTES = 60_000


def take_all(portal: Portal, browser: Browser, languages: list[str]) -> int:
    """Take every picture in these languages; return how many. AssertionError when one does not show its labels."""
    noted = {}
    for lang in languages:
        (FOLDER / lang).mkdir(parents=True, exist_ok=True)
        noted[lang] = {name: _take(portal, browser, name, picture, lang) for name, picture in pictures().items()}
    TAKEN.write_text(json.dumps(noted, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return sum(map(len, noted.values()))


def _take(portal: Portal, browser: Browser, name: str, picture: Picture, lang: str) -> Mapping[str, str]:
    """Take one picture; return the words of its labels."""
    context = browser.new_context(viewport={"width": _WIDTH, "height": picture.height}, reduced_motion="reduce",
                                  bypass_csp=True)
    if picture.who:
        person = portal.cast.sign_in(Account.get(Account.email == getattr(demo, picture.who).email))
        context.add_cookies([{"name": "portal", "value": person.cookie, "url": portal.address}])
    page = context.new_page()
    answer = page.goto(portal.address + picture.path.format(lang=lang, **portal.things))
    assert answer is not None
    assert answer.ok, (name, lang, answer.status)
    page.add_style_tag(content=".corner-link, .page-help { display: none }")
    words = portal.app.extensions["templates"][lang].globals["_"]
    labels = {label: words(label) for label in picture.labels}
    shown = page.inner_text("body") + " ".join(page.locator("[aria-label]").evaluate_all(
        "all => all.map(e => e.getAttribute('aria-label'))"))
    missing = [word for word in labels.values() if word not in " ".join(shown.split())]
    assert not missing, f"{name} in {lang} does not show {missing}"
    _save(_shot(page, picture), FOLDER / lang / f"{name}.webp")
    context.close()
    return labels


def _shot(page: Page, picture: Picture) -> bytes:
    if picture.whole:
        return page.screenshot()
    box = page.locator("main").bounding_box()
    assert box is not None
    clip = {"x": box["x"] - _MARGIN, "y": box["y"], "width": box["width"] + 2 * _MARGIN,
            "height": min(box["height"], picture.height)}
    return page.screenshot(full_page=True, clip=clip)


def _save(png: bytes, path: Path) -> None:
    """Keep a picture as small as its flat colors allow."""
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").save(path, "WEBP", quality=55, method=6)
    assert path.stat().st_size <= _MOST_BYTES, (path, path.stat().st_size)
