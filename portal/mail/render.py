"""Turns an outbox row into a mail in the recipient's language."""

from __future__ import annotations

import hashlib
import re
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from markupsafe import Markup, escape

from portal.adapters.mailer import Undeliverable
from portal.core.context import Ctx
from portal.core.ids import derive
from portal.core.locales import LANGUAGES
from portal.mail.models import Outgoing
from portal.mail.policy import MAIL

_LINK = re.compile(r"https?://[^\s<>\"\u2066-\u2069]+")


def one_time(ctx: Ctx, purpose: str, handle: str) -> str:
    """Return the whole one-time token for a handle: `handle.secret`."""
    return f"{handle}.{derive(ctx.secret, purpose, handle)}"


def rendered(ctx: Ctx, mail: Outgoing) -> EmailMessage:
    """Return the finished mail: plain text, and the same words as HTML. `Undeliverable` if nobody has the address."""
    subject, text = _words(ctx, mail)
    message = EmailMessage(policy=MAIL)
    message["From"] = current_app.config["MAIL_FROM"]
    message["To"] = _recipient(mail)
    message["Subject"] = subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = _message_id(ctx, mail.key)
    message["Auto-Submitted"] = "auto-generated"
    for name, value in (mail.headers or {}).items():
        del message[name]
        message[name] = value
    message.set_content(text)
    message.add_alternative(_html(subject, text, mail.language), subtype="html")
    # Last, because setting the contents drops every Content- header of before.
    message["Content-Language"] = mail.language
    return message


def _recipient(mail: Outgoing) -> Address:
    """Return the addressee. An address that no header can hold stays so, however often it is tried."""
    try:
        return Address(mail.to_name, addr_spec=mail.to_address)
    except (MessageError, ValueError, IndexError) as fault:  # its parser has no one way to say no
        raise Undeliverable(str(fault)) from fault


def _message_id(ctx: Ctx, key: str) -> str:
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{urlsplit(ctx.base_url).hostname}>"


def _words(ctx: Ctx, mail: Outgoing) -> tuple[str, str]:
    """Render the blocks `subject` and `body` of the event's template."""
    template = current_app.extensions["templates"][mail.language].get_template(f"mail/{mail.event}.txt")
    urls = current_app.url_map.bind(urlsplit(ctx.base_url).netloc, url_scheme=urlsplit(ctx.base_url).scheme)

    def link(endpoint: str, **values: Any) -> str:
        return urls.build(endpoint, {"lang": mail.language, **values}, force_external=True)

    context = template.new_context(
        {
            **mail.params,
            "name": mail.to_name,
            "lang": mail.language,
            "programme": ctx.programme,
            "vendor": ctx.programme.vendor,
            "link": link,
            "one_time": lambda purpose, handle: one_time(ctx, purpose, handle),
        }
    )
    subject, body = ("".join(template.blocks[block](context)) for block in ("subject", "body"))
    return " ".join(subject.split()), re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"


def _html(subject: str, text: str, language: str) -> str:
    """Set the plain text as HTML: a paragraph per block of lines, links clickable, nothing else."""
    paragraphs = (
        Markup("<p>{}</p>").format(_linked(block)) for block in text.strip().split("\n\n")
    )
    return Markup(
        '<!DOCTYPE html><html lang="{}" dir="{}"><head><meta charset="utf-8"><title>{}</title></head>'
        "<body>{}</body></html>"
    ).format(language, LANGUAGES[language].direction, subject, Markup("\n").join(paragraphs))


def _linked(block: str) -> Markup:
    parts, end = [], 0
    for match in _LINK.finditer(block):
        parts += [escape(block[end : match.start()]), Markup('<a href="{0}">{0}</a>').format(match.group())]
        end = match.end()
    return Markup("").join([*parts, escape(block[end:])]).replace("\n", Markup("<br>"))
