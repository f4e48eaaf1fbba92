"""Drives Debian's w3m at a terminal with the words of `tests.no_js.NoJs`: every act is keys that a person presses."""

from __future__ import annotations

import os
import shutil
import time
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pexpect
import pyte
from flask import Flask, request
from flask.wrappers import Response
from lxml import html
from lxml.html import HtmlElement

PROGRAM = shutil.which("w3m")
MISSING = "w3m is not installed: apt-get install w3m"
_ROWS, _COLUMNS = 400, 110  # a terminal so tall that pages need no scrolling
_OPTIONS = {
    "use_cookie": 1, "accept_cookie": 1, "show_cookie": 0, "auto_image": 0, "confirm_qq": 0, "use_mouse": 0,
    "display_charset": "UTF-8", "default_url": 0, "editor": "cp {answer}",
}
# What the Tab key stops at, in the order of the page.
_STOPS = "//a[@href] | //input[not(@type='hidden')] | //select | //textarea | //button"
_CLEAR = "\x15"
_PATIENCE = 30  # seconds for a page
# Seconds of silence after which w3m is believed to have shown all, and to wait whatever the system says of it.
_SHOWN, _SILENCE = 0.3, 3.0


class Screen(pyte.Screen):
    """A terminal's screen that keeps Thai vowels and tones, which stand above the letter before them."""

    def draw(self, data: str) -> None:
        for char in data:
            if unicodedata.category(char) == "Mn" and self.cursor.x:
                line, place = self.buffer[self.cursor.y], self.cursor.x - 1
                line[place] = line[place]._replace(data=line[place].data + char)
            else:
                super().draw(char)


class Heard:
    """What the portal answered: kept to know which page is on the screen, and where its fields are."""

    def __init__(self, app: Flask) -> None:
        self.status, self.url = 0, "/"
        self.tree: HtmlElement = html.document_fromstring("<html></html>")
        self.count = 0
        app.after_request(self._note)

    def _note(self, response: Response) -> Response:
        if response.mimetype == "text/html" and response.status_code not in (301, 302, 303, 307):
            self.count += 1
            self.status, self.url = response.status_code, request.full_path.rstrip("?")
            response.direct_passthrough = False
            body = response.get_data()
            if not response.headers.get("Content-Encoding"):
                self.tree = html.document_fromstring(body.decode())
        return response


class W3m:
    """A person at a terminal."""

    def __init__(self, app: Flask, base: str, language: str, home: Path) -> None:
        self.base, self.heard, self.answer = base, Heard(app), home / "answer"
        options = {**_OPTIONS, "accept_language": language, "accept_encoding": "identity"}
        self.screen = Screen(_COLUMNS, _ROWS)
        self.stream = pyte.Stream(self.screen)
        arguments = [part for name, value in options.items()
                     for part in ("-o", f"{name}={str(value).format(answer=self.answer)}")]
        self.terminal = pexpect.spawn(
            str(PROGRAM), [*arguments, f"{base}/"], dimensions=(_ROWS, _COLUMNS), encoding="utf-8", timeout=15,
            env={"HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "TMPDIR": str(home)},
        )
        self.process = Path(f"/proc/{self.terminal.pid}")
        self.spoken = time.monotonic()  # when either side last said something
        self.due = 0  # what w3m has read when it has taken all keys, in bytes as the system counts them
        self.seen = 0  # bytes that came from the terminal
        self.elsewhere = 0  # bytes that w3m had written to other places when the last key was pressed
        self._loaded(0)

    # ---- What a person sees ----

    @property
    def text(self) -> str:
        """What stands on the screen, in one line."""
        return " ".join(" ".join(self.screen.display[:-1]).split())

    @property
    def url(self) -> str:
        return self.heard.url

    @property
    def status(self) -> int:
        return self.heard.status

    @property
    def tree(self) -> HtmlElement:
        return self.heard.tree

    @property
    def lang(self) -> str:
        return str(self.tree.get("lang"))

    # ---- What a person does ----

    def open(self, url: str) -> W3m:
        """Type an address."""
        target = urljoin(self.base + self.url, url)
        if urlsplit(target).netloc != urlsplit(self.base).netloc:
            target = self.base + urlsplit(target)._replace(scheme="", netloc="").geturl()
        before = self.heard.count
        self._keys("U", _CLEAR, target, "\r")
        return self._loaded(before)

    def click(self, words: str, within: str = "") -> W3m:
        """Go to the link that says `words`, and open it."""
        before = self.heard.count
        self._go_to(self._pick("a", words, within))
        self._keys("\r")
        return self._loaded(before)

    def press(self, words: str, within: str = "", **values: Any) -> W3m:
        """Type `values` into the form of the button that says `words`, then press it."""
        button = self._pick("button", words, within)
        form = next(button.iterancestors("form"))
        for name, value in values.items():
            self._fill(form, name, value)
        before = self.heard.count
        self._go_to(button)
        self._keys("\r")
        return self._loaded(before)

    def refreshed(self, link: str, until: str) -> None:
        """Bring the page up to date by its link; `until` is what it says then."""
        self.click(link)
        assert until in self.text, self.text

    def _fill(self, form: HtmlElement, name: str, value: Any) -> None:
        controls = form.xpath(".//*[@name=$name][not(@type='hidden')]", name=name)
        control = next((c for c in controls if c.get("type") == "radio" and c.get("value") == value), controls[0])
        if control.tag == "textarea":  # opened in an editor, which copies the answer into the file it is given
            self.answer.write_text(f"{value}\n")
        self._go_to(control)
        if control.tag == "select":
            options = control.xpath(".//option")
            wanted = next(place for place, option in enumerate(options) if option.get("value") == value)
            present = next((place for place, option in enumerate(options) if option.get("selected") is not None), 0)
            self._keys("\r", ("\x1b[B" if wanted > present else "\x1b[A") * abs(wanted - present), "\r")
        elif control.get("type") in {"checkbox", "radio"} or control.tag == "textarea":
            self._keys("\r")
        else:
            self._keys("\r", _CLEAR, str(value), "\r")

    # ---- Keys, and waiting for what they do ----

    def _pick(self, tag: str, words: str, within: str) -> HtmlElement:
        found = [e for e in self.tree.xpath(f"//{tag}") if _says(e, words) and (not within or _in(e, within))]
        assert found, f"nothing says {words!r} on {self.url} ({self.status}): {self.text[:2000]}"
        return found[0]

    def _go_to(self, element: HtmlElement) -> None:
        """Press Tab until the cursor is on it: from the top, where the first link is, as often as there are others."""
        self._keys("g", "\t" * self.tree.xpath(_STOPS).index(element))
        words = " ".join(element.text_content().split()) if element.tag in {"a", "button"} else ""
        first = words.split(" ")[0]
        if not self._at(self.screen.cursor.y, self.screen.cursor.x).startswith(first):
            # A button that a narrow column breaks into two lines is no stop: move there by the arrows.
            down, right = next((y, x) for y in range(_ROWS - 1) for x in range(_COLUMNS)
                               if self._at(y, x).startswith(first))
            self._keys("g", "j" * down)
            for _ in range(5):  # one key is one letter, which may be none or two columns wide
                self._keys("l" * (right - self.screen.cursor.x))

    def _at(self, line: int, column: int) -> str:
        """Return what the screen shows from a place to the end of the line."""
        cells = self.screen.buffer[line]
        return "".join(cells[place].data for place in range(column, _COLUMNS))

    def _keys(self, *keys: str) -> None:
        for key in keys:
            read, written = self._counted()
            self.due, self.elsewhere = read + len(key.encode()), written - self.seen
            self.terminal.send(key)
            self.spoken = time.monotonic()
            self._settle()

    def _settle(self) -> None:
        """Read what the terminal shows until w3m waits for the next key."""
        while not self._quiet():
            pass

    def _loaded(self, before: int) -> W3m:
        """Wait until the portal has answered and its page is on the screen, from its heading to its last link."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if self._quiet() and self.heard.count > before and self._shows_page():
                return self
        raise AssertionError(f"{self.url} ({self.status}) is not on the screen: {self.text[:2000]}")

    def _shows_page(self) -> bool:
        ends = (self.tree.xpath("string(//h1)"), self.tree.xpath("string((//a[@href])[last()])"))
        return all(" ".join(end.split()) in self.text for end in ends)

    def _quiet(self) -> bool:
        """Read what has come; tell whether w3m waits for the next key, and all that it wrote has come.

        Silence tells little on a busy machine, where keys and answers take their time through the terminal. So the
        bytes are counted that w3m has read and written; what it has written to other places meanwhile, to the portal
        or to files, cannot be told from what is still to come.
        """
        waits = self._waits()
        all_seen = self._counted()[1] - self.seen <= self.elsewhere
        try:
            text = self.terminal.read_nonblocking(65536, timeout=0.01)
        except pexpect.TIMEOUT:
            silence = time.monotonic() - self.spoken
            return (waits and (all_seen or silence > _SHOWN)) or silence > _SILENCE
        self.stream.feed(text)
        self.seen += len(text.encode())
        self.spoken = time.monotonic()
        return False

    def _waits(self) -> bool:
        """Tell whether w3m has taken all keys, sleeps, and neither reads a page nor has an editor open."""
        taken = self._counted()[0] >= self.due
        sleeps = (self.process / "stat").read_text().split()[2] == "S"
        children = (self.process / f"task/{self.terminal.pid}/children").read_text()
        return taken and sleeps and not children and not any(map(_is_socket, (self.process / "fd").iterdir()))

    def _counted(self) -> tuple[int, int]:
        """Return how many bytes w3m has read and written."""
        counts = dict(line.split(": ") for line in (self.process / "io").read_text().splitlines())
        return int(counts["rchar"]), int(counts["wchar"])

    def close(self) -> None:
        self.terminal.close(force=True)


def _is_socket(descriptor: Path) -> bool:
    try:
        return os.readlink(descriptor).startswith("socket:")
    except FileNotFoundError:  # closed meanwhile
        return False


def _says(element: HtmlElement, words: str) -> bool:
    return " ".join(element.text_content().split()) == words or element.get("aria-label") == words


def _in(element: HtmlElement, words: str) -> bool:
    return any(words in ancestor.text_content() for ancestor in element.iterancestors("tr", "li", "section", "form"))
