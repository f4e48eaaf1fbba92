"""Walks all public pages in all languages, following every link, as somebody who is not signed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from lxml import etree, html
from lxml.html import HtmlElement
from werkzeug.test import TestResponse

from tests.client import CheckedClient

BASE = "http://portal.test"
_ELSEWHERE = ("mailto:", "https://", "tel:")
_LIMIT = 2000  # pages: more would be a trap for crawlers


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was served."""

    path: str
    response: TestResponse
    tree: HtmlElement

    @property
    def lang(self) -> str:
        return self.path.split("/")[1]

    @property
    def indexable(self) -> bool:
        return not self.tree.xpath("//meta[@name='robots']")

    def links(self) -> Iterator[tuple[str, str]]:
        """Yield (path, fragment) of each link within the portal."""
        for href in self.tree.xpath("//a/@href"):
            if not href.startswith(_ELSEWHERE):
                address, fragment = urldefrag(urljoin(BASE + self.path, href))
                if address.startswith(BASE):
                    yield address.removeprefix(BASE), unquote(fragment)

    def alternates(self) -> dict[str, str]:
        found = self.tree.xpath("//link[@rel='alternate'][@hreflang]")
        assert all(link.get("href").startswith(f"{BASE}/") for link in found), f"{self.path}: absolute addresses"
        return {link.get("hreflang"): link.get("href").removeprefix(BASE) for link in found}

    def said(self) -> Iterator[tuple[str, str]]:
        """Yield each piece of text in the body with the language that it is marked as."""
        yield from _said(self.tree.body, self.lang)


def crawl(client: CheckedClient, begin: list[str]) -> tuple[dict[str, Page], dict[str, int]]:
    """Return the pages of public addresses, and the status of every other address that they link to."""
    waiting, pages, others = list(begin), dict[str, Page](), dict[str, int]()
    while waiting:
        path = waiting.pop()
        if path in pages or path in others:
            continue
        assert len(pages) < _LIMIT
        response = client.get(path)
        if response.status_code != 200 or response.mimetype != "text/html" or not _public(path):
            others[path] = response.status_code
            continue
        pages[path] = page = Page(path, response, html.fromstring(response.text))
        waiting += [link for link, _fragment in page.links() if "/language?" not in link]
        waiting += [urlsplit(address).path for address in page.alternates().values()]
    return pages, others


def _said(element: HtmlElement, lang: str) -> Iterator[tuple[str, str]]:
    if element.tag in {"script", "code", "pre"} or element.get("translate") == "no":
        return
    lang = element.get("lang", lang)
    yield " ".join((element.text or "").split()), lang
    for child in element.iterchildren(etree.Element):
        yield from _said(child, lang)
    for child in element:
        yield " ".join((child.tail or "").split()), lang


def _public(path: str) -> bool:
    """Tell whether everybody sees the same at an address; other pages ask to sign in, or belong to somebody."""
    part = path.split("/")[2].split("?")[0] if path.count("/") > 1 else ""
    return part in {"", "help", "apply", "sign-in", "sign-up", "forgot-password"}
