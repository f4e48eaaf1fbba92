"""Outgoing mail: written with the change, rendered in the recipient's language, sent by the worker."""

from portal.mail.commands import post

__all__ = ["post"]
