"""A browser without JavaScript, in process: reads pages, follows links, fills in forms, presses buttons."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import html
from lxml.html import FormElement, HtmlElement

from tests.client import CheckedClient


class NoJs:
    """Does only what a person can: what has no link or button on the page cannot be reached."""

    def __init__(self, client: CheckedClient) -> None:
        self.client, self.url, self.status = client, "/", 0
        self.tree: HtmlElement = html.document_fromstring("<html></html>")

    def open(self, url: str, **arguments: Any) -> NoJs:
        """Load an address, following redirects as browsers do."""
        response = self.client.open(_local(urljoin(self.url, url)), **arguments)
        self.url = urljoin(self.url, url)
        hops = 0
        while response.status_code in (301, 302, 303, 307) and hops < 5:
            self.url = urljoin(self.url, response.headers["Location"])
            response, hops = self.client.get(_local(self.url)), hops + 1
        self.status = response.status_code
        self.body = response.get_data(as_text=response.mimetype.startswith("text/"))
        if response.mimetype == "text/html":
            self.tree = html.document_fromstring(self.body)
        return self

    @property
    def text(self) -> str:
        """What the page's main part says, in one line."""
        mains = self.tree.xpath("//main") or [self.tree]
        return " ".join(mains[0].text_content().split())

    @property
    def notices(self) -> str:
        return " ".join(" ".join(e.text_content().split()) for e in self.tree.xpath("//*[@id='notices']"))

    @property
    def lang(self) -> str:
        return str(self.tree.get("lang"))

    def click(self, words: str, within: str = "") -> NoJs:
        """Follow the link that says `words`; `within` names a text of the row or block that it stands in."""
        return self.open(self._link(words, within).get("href"))

    def has_link(self, words: str) -> bool:
        return any(_says(link, words) for link in self.tree.xpath("//a[@href]"))

    def press(self, words: str, within: str = "", **values: Any) -> NoJs:
        """Fill `values` into the form of the button that says `words`, and send it."""
        button = self._pick(self.tree.xpath("//form//button | //form//input[@type='submit']"), words, within)
        form: FormElement = button.getparent()
        while form.tag != "form":
            form = form.getparent()
        for name, value in values.items():
            self._fill(form, name, value)
        fields = [(name, value) for name, value in form.form_values()]
        fields += [(name, value) for name, value in values.items() if isinstance(value, tuple)]
        if button.get("name"):
            fields.append((button.get("name"), button.get("value") or ""))
        return self._send(form, fields)

    def press_at(self, action: str) -> NoJs:
        """Send the form with this address, where several buttons say the same."""
        form = self.tree.xpath("//form[@action=$action]", action=action)[0]
        return self._send(form, form.form_values())

    def unfold(self, words: str) -> NoJs:
        """Open what says `words` and holds more; here everything stands open."""
        assert any(words in part.text_content() for part in self.tree.xpath("//summary")), words
        return self

    def download(self) -> bytes:
        """Return the file that the page offers."""
        [address] = self.tree.xpath("//main//a[@download]/@href")
        return bytes(self.client.get(address).data)

    def refreshed(self, link: str, until: str) -> None:
        """Bring the page up to date by its link; `until` is what it says then."""
        self.click(link)
        assert until in self.text

    def _fill(self, form: FormElement, name: str, value: Any) -> None:
        control = form.inputs[name]
        if isinstance(value, tuple):
            return  # a file, sent beside the fields
        if isinstance(value, bool):
            control.checked = value
        else:
            control.value = value

    def _send(self, form: FormElement, fields: list[tuple[str, Any]]) -> NoJs:
        action = form.get("action") or self.url
        data: dict[str, list[Any]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        if (form.get("method") or "get").lower() == "get":
            return self.open(urlsplit(action).path, query_string=data)
        kind = {"content_type": "multipart/form-data"} if form.get("enctype") else {}
        return self.open(action, method="POST", data=data, headers={"Origin": "http://localhost"}, **kind)

    def _link(self, words: str, within: str) -> HtmlElement:
        return self._pick(self.tree.xpath("//a[@href]"), words, within)

    def _pick(self, elements: list[HtmlElement], words: str, within: str) -> HtmlElement:
        found = [e for e in elements if _says(e, words) and (not within or _stands_in(e, within))]
        assert found, f"nothing says {words!r} on {self.url} ({self.status}): {self.text[:600]}"
        return found[0]


def _local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _says(element: HtmlElement, words: str) -> bool:
    said = " ".join(element.text_content().split()) or element.get("value") or ""
    return said == words or element.get("aria-label") == words


def _stands_in(element: HtmlElement, words: str) -> bool:
    """Tell whether a row, list item, section or form around the element holds `words`."""
    return any(
        words in ancestor.text_content()
        for ancestor in element.iterancestors("tr", "li", "article", "section", "fieldset", "form")
    )
