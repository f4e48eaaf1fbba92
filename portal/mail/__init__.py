"""Outgoing mail: written with the change, rendered in the recipient's language, sent by the worker."""

from portal.mail.commands import Letter, post, post_all

__all__ = ["Letter", "post", "post_all"]
