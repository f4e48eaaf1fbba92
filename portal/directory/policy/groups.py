"""What a group needs, and how many members one request may name."""

from __future__ import annotations

from portal.accounts.policy import normalize_name
from portal.core.errors import DomainError
from portal.core.words import N_

NAME_MAX = 120
DESCRIPTION_MAX = 500
LINES_MAX = 500


def group_name(text: str) -> str:
    """Return the name of a group as it is stored, or raise a `DomainError` for the field `name`."""
    name = normalize_name(text)
    if not name:
        raise DomainError(N_("This field is required."), "name")
    if len(name) > NAME_MAX:
        raise DomainError(N_("Use at most %(count)s characters."), "name", count=NAME_MAX)
    return name


def group_description(text: str) -> str:
    """Return the description as it is stored, or raise a `DomainError` for the field `description`."""
    description = text.strip()
    if len(description) > DESCRIPTION_MAX:
        raise DomainError(N_("Use at most %(count)s characters."), "description", count=DESCRIPTION_MAX)
    return description


def named_members(text: str) -> list[str]:
    """Return the addresses that somebody wrote one per line, each once; commas and semicolons separate them too.

    Raises a `DomainError` for the field `members` when there are none or too many.
    """
    lines = [line.strip() for line in text.replace(",", "\n").replace(";", "\n").splitlines()]
    found = list(dict.fromkeys(line for line in lines if line))
    if not found:
        raise DomainError(N_("Enter the e-mail address of a user."), "members")
    if len(found) > LINES_MAX:
        raise DomainError(N_("Enter at most %(most)s addresses at once."), "members", most=LINES_MAX)
    return found
