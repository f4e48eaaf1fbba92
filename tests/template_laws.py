"""The laws of templates, checked on every HTML answer of every test."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml import html
from lxml.html import HtmlElement

from portal.core.locales import LANGUAGES

SENT_ONCE = "this:drop"  # a form while its answer is under way
LAST_ASKED = "closest main:replace"  # of all that a person asks of a page, the last is what it shows
_CONTROLS = ".//input[not(@type='hidden')] | .//select | .//textarea"
# Forms without a token, which would need a cookie: anybody may send them, and they do nothing in anybody's name.
_OPEN_FORMS = re.compile(r"/[a-z]+/help/[a-z0-9-]+(\?.*)?")  # was this article helpful?
_SOURCE = re.compile(r'<pre class="source".*?</pre>', re.DOTALL)
_UNTRANSLATED = re.compile(r"%\(\w+\)s|\{\{|\{%")


def violations(text: str, path: str) -> list[str]:
    """Return what is wrong with a page, or with the fragment of one."""
    whole = text.lstrip().lower().startswith("<!doctype html>")
    tree = html.document_fromstring(text) if whole else html.fragment_fromstring(text, create_parent="body")
    laws = [_unique_ids, _labels, _forms, _htmx, _inline, _placeholders]
    faults = [fault for law in laws for fault in law(tree, text)]
    return faults + (list(_page(tree, path)) if whole else [])


def _unique_ids(tree: HtmlElement, _text: str) -> Iterator[str]:
    counts = Counter(tree.xpath("//@id"))
    yield from (f"id {name} is used {count} times" for name, count in counts.items() if count > 1)


def _labels(tree: HtmlElement, _text: str) -> Iterator[str]:
    labelled = set(tree.xpath("//label/@for"))
    for control in tree.xpath(_CONTROLS):
        named = control.get("aria-label") or control.get("aria-labelledby") or control.get("type") == "submit"
        if control.get("id") not in labelled and not named and not control.xpath("ancestor::label"):
            yield f"control {control.get('name')} has no label"


def _forms(tree: HtmlElement, _text: str) -> Iterator[str]:
    for form in tree.xpath("//form"):
        method = (form.get("method") or "get").lower()
        has_token = bool(form.xpath(".//input[@name='csrf_token']"))
        is_open = bool(_OPEN_FORMS.fullmatch(form.get("action") or ""))
        if method == "post" and has_token == is_open:
            yield f"form {form.get('action')} has {'a' if has_token else 'no'} csrf token"
        if method == "get" and has_token:
            yield f"form {form.get('action')} shows its csrf token in the address"
        if form.xpath("ancestor::form"):
            yield f"form {form.get('action')} stands inside another"


def _htmx(tree: HtmlElement, _text: str) -> Iterator[str]:
    for element in tree.xpath("//*[@hx-post]"):
        if element.tag == "form" and element.get("hx-post") != element.get("action"):
            yield f"hx-post {element.get('hx-post')} differs from action {element.get('action')}"
        if element.tag != "form":
            yield f"hx-post on <{element.tag}> works with JavaScript only"
        if element.get("hx-sync") != SENT_ONCE:
            yield f"hx-post {element.get('hx-post')}: a double click sends it twice"
    for element in tree.xpath("//*[@hx-get]"):
        real = element.get("action") if element.tag == "form" else element.get("href")
        if element.tag in {"form", "a"}:
            if real != element.get("hx-get"):
                yield f"hx-get {element.get('hx-get')} differs from {real}"
            if element.get("hx-sync") != LAST_ASKED:
                yield f"hx-get {element.get('hx-get')}: an earlier answer may come after what was asked last"
    for element in tree.xpath("//*[@hx-post or @hx-get]"):
        if not element.get("hx-target") or not element.get("hx-swap"):
            yield f"<{element.tag}> with htmx names no target or swap of its own"


def _inline(tree: HtmlElement, _text: str) -> Iterator[str]:
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        yield from (f"{name} on <{element.tag}>" for name in element.attrib if name.startswith("on") or name == "style")
        if element.tag == "style" or (element.tag == "script" and element.get("type") != "application/ld+json"
                                      and (element.text or "").strip()):
            yield f"inline <{element.tag}>"
        if element.get("href", "").startswith("javascript:"):
            yield "javascript: link"


def _placeholders(_tree: HtmlElement, text: str) -> Iterator[str]:
    """What the source of an article is shown in may hold them: staff compare it with its translations."""
    yield from (f"unfilled {match}" for match in _UNTRANSLATED.findall(_SOURCE.sub("", text)))


def _page(tree: HtmlElement, path: str) -> Iterator[str]:
    prefix = path.split("/")[1]
    if prefix in LANGUAGES and tree.get("lang") != prefix:
        yield f"lang is {tree.get('lang')}, the address says {prefix}"
    if len(tree.xpath("//h1")) != 1:
        yield f"{len(tree.xpath('//h1'))} h1"
    if len(tree.xpath("//main")) != 1:
        yield "not exactly one main"
    if not (tree.findtext(".//title") or "").strip():
        yield "no title"
