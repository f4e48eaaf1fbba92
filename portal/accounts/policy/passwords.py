"""Which passwords may be chosen: long enough, and none that is tried first. Signing in asks nothing of this.

There are no rules about kinds of characters: they make passwords harder to remember and no harder to guess.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container
from itertools import pairwise

from portal.accounts.policy import PASSWORD_MAX, PASSWORD_MIN, normalize_password
from portal.core.errors import DomainError
from portal.core.words import N_

_WORD_MIN = 4  # shorter words are in any password by chance
_NAME_MIN = 3
_RUN_STEPS = {-1, 0, 1}


def check_password(password: str, own: Collection[str] = (), common: Container[str] = frozenset()) -> None:
    """Raise `DomainError` on field `password` when it is too short, too long or easy to guess.

    `own`: names and addresses that somebody would try who knows the person or the portal; `common`: folded passwords
    and words that are tried first (see `folded`).
    """
    password = normalize_password(password)
    if len(password) < PASSWORD_MIN:
        raise DomainError(N_("Use at least %(count)s characters."), field="password", count=PASSWORD_MIN)
    if len(password) > PASSWORD_MAX:
        raise DomainError(N_("Use at most %(count)s characters."), field="password", count=PASSWORD_MAX)
    text = folded(password)
    if _is_of(text, own):
        raise DomainError(
            N_("Your name, your address and our names are too easy to guess. Choose a few unrelated words."),
            field="password",
        )
    if _is_common(password, text, common):
        raise DomainError(
            N_("This password is one of the first that others would try. Choose a few unrelated words."),
            field="password",
        )


def folded(text: str) -> str:
    """Return what is left of a text when case, spaces and punctuation do not count."""
    return "".join(sign for sign in normalize_password(normalize_password(text).casefold()) if sign.isalnum())


def words_of(name: str, email: str) -> set[str]:
    """Return the words that a person's name and address are made of."""
    local, _, domain = email.partition("@")
    return {name, email, local, domain, *name.split(), *re.split(r"[^\w]+", local), *domain.split(".")[:-1]}


def _is_of(text: str, own: Collection[str]) -> bool:
    """Tell whether little but digits is left when these words are taken away."""
    words = {word for word in map(folded, own) if len(word) >= _NAME_MIN}
    left = text
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return left != text and len(_core(left)) < _WORD_MIN


def _is_common(password: str, text: str, common: Container[str]) -> bool:
    """Tell whether this is a word that is tried first, with or without digits around it, or a repetition or a run."""
    tried = (one for one in (password.casefold(), text, _core(text)) if len(one) >= _WORD_MIN)
    return any(one in common for one in tried) or _is_pattern("".join(password.casefold().split()), common)


def _is_pattern(text: str, common: Container[str]) -> bool:
    """Tell whether the same few signs come again and again, or each is the neighbor of the one before."""
    unit = text[:(text + text).find(text, 1)]
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return len(unit) < _WORD_MIN or (unit != text and unit in common) or (len(steps) == 1 and steps <= _RUN_STEPS)


def _core(text: str) -> str:
    """Return a folded text without the digits at its ends."""
    return re.sub(r"^\d+|\d+$", "", text)
