"""How headers are written: every space of a long subject arrives."""

from __future__ import annotations

from email.header import Header
from email.policy import SMTP, EmailPolicy
from typing import Any

_NAMES_OF_MAILS = ("in-reply-to", "references")


class WholeWords(EmailPolicy):
    """The standard library's policy, which loses a space where it folds a subject between two encoded words.

    `Header` folds inside words and keeps all spaces. Addresses are the library's own business: their names are short.
    Names of mails are never encoded, however long: no program would find the thread again.
    """

    def _fold(self, name: str, value: Any, refold_binary: bool = False) -> str:
        if name.lower() in _NAMES_OF_MAILS:
            return f"{name}: {f'{self.linesep} '.join(str(value).split())}{self.linesep}"
        if str(value).isascii() or hasattr(value, "addresses"):
            return super()._fold(name, value, refold_binary)  # type: ignore[misc,no-any-return]
        return f"{name}: {Header(str(value), 'utf-8', header_name=name).encode(linesep=self.linesep)}{self.linesep}"


MAIL = WholeWords() + SMTP
