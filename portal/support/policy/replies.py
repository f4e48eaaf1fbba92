"""The new part of an answer by mail, above and between what it quotes; in doubt, words are kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

from portal.support.policy.addresses import plain_address

# Around the sentence "Please write your answer above this line." that begins each mail about a ticket, in its language:
# a line that begins so ends an answer, whatever the language is.
LINE_BEGINS, LINE_ENDS = "##-", "-##"

# How programs say who wrote what follows: how such a line begins, and how it ends.
_WROTE = (
    (("on ",), ("wrote:",)),
    (("el ", "en ", "il "), ("escribió:", "escribio:")),
    (("le ",), ("a écrit:", "écrit:", "a ecrit:")),
    (("ในวันที่", "เมื่อ", "วันที่", "บน "), ("เขียนว่า:", "เขียน:", "ได้เขียน:")),
)
_NAME_FIRST = (" wrote on ", " escribió el ", " a écrit le ", " เขียนเมื่อ ")
# Headers of the mail that Outlook puts above what it quotes: from, sent, to, subject.
_FROM = ("from", "de", "จาก")
_SENT = ("sent", "date", "enviado", "enviado el", "fecha", "envoyé", "envoyé le", "ส่ง", "ส่งเมื่อ", "วันที่")
_OTHERS = ("to", "para", "à", "a", "ถึง", "cc", "cci", "สำเนา", "สำเนาถึง", "importance", "importancia", "ความสำคัญ",
           "reply-to", "objet", "asunto", "subject", "เรื่อง", "หัวเรื่อง")
_SUBJECT = ("subject", "asunto", "objet", "เรื่อง", "หัวเรื่อง")
_ORIGINAL = ("original message", "mensaje original", "message d'origine", "message original", "ข้อความต้นฉบับ",
             "ข้อความเดิม")
_FORWARDED = ("forwarded", "reenviado", "transféré", "ส่งต่อ")
_FORWARD_BEGINS = ("begin ", "inicio ", "début ", "เริ่ม")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']{1,64}@[^\s<>()\[\],;:\"']{1,253}")
_SEEN_AS_NOTHING = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\ufeff"))
_LINE_MAX = 500
_HEADERS_MAX = 12  # lines of a block of headers, with those that are folded


def new_part(text: str, ours: Collection[str] = ()) -> str:
    """Return what somebody wrote in an answer, without what their program quoted below it.

    Only what quotes one of `our` addresses (or names none) is cut: somebody else's words are new. If nothing is left,
    everything is kept.
    """
    lines = [line.rstrip() for line in text.splitlines()]
    plain = [_plain(line) for line in lines]
    end = _quote_begins(plain, ours)
    kept = "\n".join(lines[:end]).strip("\n")
    return kept if kept.strip() else text.strip()


def _plain(line: str) -> str:
    """Return a line as lines are compared."""
    seen = unicodedata.normalize("NFC", line[:_LINE_MAX]).translate(_SEEN_AS_NOTHING)
    return " ".join(seen.lower().replace(" :", ":").replace("\u00a0:", ":").replace("\u202f:", ":").split())


def _quote_begins(lines: Sequence[str], ours: Collection[str]) -> int:
    """Return the number of lines that are the answer's."""
    end = _cut_at_headers(lines, _cut_at_line(lines), ours)
    while True:
        end = _without_gap(lines, end)
        quoted = _without_quotes(lines, end)
        start = _attribution(lines, quoted) if quoted < end else None
        if start is None or not _about_us(lines[start:quoted], ours):
            return end
        end = start


def _cut_at_line(lines: Sequence[str]) -> int:
    """Cut at our own line, if it is not quoted by a mark at each line: then the answer may stand between the lines."""
    end = next((n for n, line in enumerate(lines) if line.startswith(LINE_BEGINS)), len(lines))
    if end == len(lines):
        return end
    attributed = _attribution(lines, _without_gap(lines, end))
    return attributed if attributed is not None else end


def _cut_at_headers(lines: Sequence[str], end: int, ours: Collection[str]) -> int:
    for n in range(end):
        if lines[n].startswith(("-", *_FORWARD_BEGINS)) and any(word in lines[n] for word in _FORWARDED):
            return end  # what somebody forwards is what they want to say
        if _is_header_block(lines, n, end) and _about_us(lines[n : n + 3], ours, only_first=True):
            return _without_gap(lines, n)
    return end


def _is_header_block(lines: Sequence[str], start: int, end: int) -> bool:
    """Tell whether the headers of a mail begin at a line: who, when and the subject, close together."""
    if _label(lines[start]) not in _FROM:
        return False
    labels = {_label(line) for line in lines[start : min(start + _HEADERS_MAX, end)]}
    return bool(labels & set(_SENT)) and bool(labels & set(_SUBJECT))


def _label(line: str) -> str:
    return line.strip("* ").partition(":")[0].strip("* ") if ":" in line else ""


def _about_us(lines: Sequence[str], ours: Collection[str], only_first: bool = False) -> bool:
    """Tell whether a quote is of our own mail: it names our address, or none."""
    named = _ADDRESS.findall(lines[0] if only_first else " ".join(lines))
    if only_first and not named and len(lines) > 1 and not _label(lines[1]):
        named = _ADDRESS.findall(lines[1])  # a long name was folded
    return not ours or not named or any(plain_address(address.rstrip(".")) in ours for address in named)


def _without_gap(lines: Sequence[str], end: int) -> int:
    """Go up over empty lines, rules, and words such as "Original message"."""
    while end and (not lines[end - 1].strip("_-=* ") or _is_original(lines[end - 1])):
        end -= 1
    return end


def _is_original(line: str) -> bool:
    return line.startswith("-") and line.strip("- ") in _ORIGINAL


def _without_quotes(lines: Sequence[str], end: int) -> int:
    while end and (not lines[end - 1] or lines[end - 1].startswith((">", "|"))):
        end -= 1
    return end


def _attribution(lines: Sequence[str], end: int) -> int | None:
    """Return where the line before `end` begins that says who wrote what follows; it may be folded in up to three."""
    for start in range(end - 1, max(end - 4, -1), -1):
        if not lines[start]:
            return None
        if _says_who_wrote(" ".join(lines[start:end])):
            return start
    return None


def _says_who_wrote(line: str) -> bool:
    if len(line) > _LINE_MAX or not any(c.isdigit() for c in line):
        return False
    if any(line.startswith(begins) and line.endswith(ends) for begins, ends in _WROTE):
        return True
    return line.endswith(":") and any(words in line for words in _NAME_FIRST)
