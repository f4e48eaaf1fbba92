"""Marks English words for the catalogs without translating them: the page or the mail that shows them does."""


def N_(message: str) -> str:
    """Return `message` unchanged; extraction finds it and the reader's page translates it."""
    return message


def NP_(context: str, message: str) -> tuple[str, str]:
    """Like `N_`, for an English word that means two things (`context` tells which)."""
    return context, message
