"""Bytes of mails to text: any charset that a mail names, known or not, right or wrong; nothing here raises."""

from __future__ import annotations

import base64
import re

# What mail programs call charsets that Python knows under another name; for Thai, the superset of them all.
_ALIASES = {
    "windows-874": "cp874", "x-windows-874": "cp874", "tis-620": "cp874", "iso-8859-11": "cp874", "thai": "cp874",
    "iso-8859-1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8", "": "utf-8", "iso-8859-8-i": "iso-8859-8",
    "x-sjis": "cp932", "x-gbk": "gb18030", "gb2312": "gb18030", "x-mac-roman": "mac-roman", "unicode": "utf-16",
}
# Encodings of other things than mails: slow for large texts, or able to write what is no text.
_NOT_THESE = {"punycode", "idna", "unicode_escape", "unicode-escape", "raw_unicode_escape", "raw-unicode-escape",
              "undefined"}
# A charset, B or Q, and words without the mark that ends them: no mail makes this look at a character twice.
_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_NO_BYTES = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # halves of characters that stand for no byte
_TURNS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c"))
_CONTROLS = dict.fromkeys(n for n in (*range(32), *range(127, 160)) if n not in (9, 10))


def decoded(content: bytes, charset: str) -> str:
    """Return the text of bytes in a charset; where that is unknown or wrong, as UTF-8, with marks for what is not."""
    name = charset.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    if name == "utf-8" or name in _NOT_THESE:
        return plain(_utf8(content))
    try:
        return plain(content.decode(name, "replace"))
    except (LookupError, ValueError):
        return plain(_utf8(content))


def _utf8(content: bytes) -> str:
    """Read UTF-8, or what a Western program wrote without saying so."""
    text = content.decode("utf-8-sig", "replace")
    wrong = text.count("\ufffd")
    if wrong and wrong > sum(c > "\x7f" for c in text) - wrong:
        return content.decode("cp1252", "replace")
    return text


def plain(text: object) -> str:
    """Return text that a database stores and a page shows: no control characters, no halves of characters."""
    if not isinstance(text, str):
        return ""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines.encode("utf-8", "replace").decode("utf-8").translate(_CONTROLS)


def header_text(value: str) -> str:
    """Return the words of a header as one line without marks that turn the direction of writing."""
    return " ".join(plain(_words(eight_bit(value))).translate(_TURNS).split())


def eight_bit(value: str) -> str:
    """Read what a mail writes into its headers as it is, bytes beyond ASCII: they are surrogates until now."""
    if value.isascii():
        return value
    return decoded(_NO_BYTES.sub("?", value).encode("utf-8", "surrogateescape"), "utf-8")


def _words(value: str) -> str:
    """Decode the encoded words of a header. The bytes of neighbors are joined first: some split a character."""
    if "=?" not in value:
        return value
    parts: list[tuple[str, str | bytes]] = []
    end = 0
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        if between.strip() or (between and not parts):
            parts.append(("", between))
        charset, content = match[1].lower(), _bytes(match[2], match[3])
        if parts and parts[-1][0] == charset and isinstance(parts[-1][1], bytes):
            parts[-1] = (charset, parts[-1][1] + content)
        else:
            parts.append((charset, content))
        end = match.end()
    parts.append(("", value[end:]))
    return "".join(part if isinstance(part, str) else decoded(part, charset) for charset, part in parts)


def _bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if encoding in "bB":
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
        return base64.b64decode(letters[: len(letters) - (len(letters) % 4 == 1)] + b"==")
    return re.sub(rb"=([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), raw.replace(b"_", b" "))
