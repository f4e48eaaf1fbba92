"""Personal data handed out, and people and organizations erased: asked for, waited for, carried out, or taken back."""

from portal.privacy.commands.erasures import (
    ask_erasure,
    ask_organization_erasure,
    carry_out,
    remind,
    withdraw_erasure,
    withdraw_organization_erasure,
)
from portal.privacy.commands.exports import ask_export, ask_organization_export, expire, give_up, keep_archive

__all__ = [
    "ask_erasure",
    "ask_export",
    "ask_organization_erasure",
    "ask_organization_export",
    "carry_out",
    "expire",
    "give_up",
    "keep_archive",
    "remind",
    "withdraw_erasure",
    "withdraw_organization_erasure",
]
